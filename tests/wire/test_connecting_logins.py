"""Refused logins, with clients made as the bot makes them: afresh for each piece of work, one guard a system."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlserver_bench import driver_named

from bot.connecting import Connector, sql_address
from bot.demo.setting_up import Wanted, write_settings
from bot.settings import Settings, load
from integrations.errors import LoginRefused
from integrations.netscaler import NetScaler
from integrations.sqlserver import SqlServer, find_driver, trust
from integrations.veeam import Veeam
from integrations.vsphere import VSphere
from practice.estate import PASSWORD, PracticeEstate
from practice.world import HandTime
from practice.world.made import DATABASE, make_world
from rollback.cluster import Cluster
from rollback.estate import Node
from rollback.systems import LOGINS_BELL, Systems
from storage.audit import AuditKey
from storage.clock import SystemClock
from storage.database import Database
from storage.migrations import prepare

pytestmark = pytest.mark.odbc
AT_ONCE = 6


@dataclass
class Bench:
    """A practice estate, the settings of a bot for it, and what makes its clients."""

    practice: PracticeEstate
    settings: Settings
    connect: Connector
    database: Database
    password: Path

    def work(self, system: str) -> None:
        """One piece of work with clients of its own: one question to one system."""
        estate = self.settings.estates[0].estate
        with self.connect(estate) as systems:
            ASKED[system](systems, estate.nodes[0])

    def attempts(self) -> dict[str, int]:
        """How many logins each system has seen."""
        practice = self.practice
        assert practice.tds is not None
        return {
            "netscaler": practice.nitro.login_attempts,
            "vsphere": list(practice.vcenter.calls).count("Login"),
            "sqlserver": practice.tds.login_attempts,
            "veeam": practice.veeam.tokens.attempts,
            "xenmobile": sum(sessions.attempts for sessions in practice.nodes.sessions.values()),
        }


@pytest.fixture(scope="module")
def running() -> Iterator[PracticeEstate]:
    driver_named("freetds")
    with PracticeEstate(make_world(2, HandTime(), devices=60)) as practice:
        yield practice


@pytest.fixture
def bench(running: PracticeEstate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    settings = load(write_settings(tmp_path, running.described(tmp_path), Wanted(devices=60, nodes=2)))
    address = sql_address(settings.estates[0])
    for name, value in trust(find_driver("FreeTDS"), address, tmp_path).items():
        monkeypatch.setenv(name, value)
    clock = SystemClock()
    file = tmp_path / "bot.sqlite"
    prepare(file, datetime.now(UTC))  # noqa: TID251 - a row's date that nobody reads
    database = Database(file, clock, AuditKey("k", b"0" * 32))
    database.start()
    yield Bench(running, settings, Connector(settings, clock, database), database, tmp_path / "secrets" / "password")
    database.stop()


ASKED: dict[str, Callable[[Systems, Node], object]] = {
    "netscaler": lambda systems, _: systems.get(NetScaler).high_availability(),
    "vsphere": lambda systems, _: systems.get(VSphere).clock(),
    "sqlserver": lambda systems, _: systems.get(SqlServer).database(DATABASE),
    "veeam": lambda systems, _: systems.get(Veeam).server_time(),
    "xenmobile": lambda systems, node: systems.get(Cluster).api(node).count_devices(),
}


@pytest.mark.parametrize("system", ASKED)
def test_a_wrong_password_costs_one_login_whoever_asks(bench: Bench, system: str) -> None:
    """Whatever number of clients is made, and however many ask at once, a refused login is tried once."""
    bench.password.write_text("wrong")
    before = bench.attempts()[system]

    def refused(_: int) -> bool:
        with pytest.raises(LoginRefused):
            bench.work(system)
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert all(pool.map(refused, range(2 * AT_ONCE)))
    assert bench.attempts()[system] - before == 1


@pytest.mark.parametrize("system", ASKED)
def test_another_look_asked_for_by_a_person_tries_once_more(bench: Bench, system: str) -> None:
    """A person's *Check again* lets the same login be tried once more; a password that was mended needs nobody."""
    bench.password.write_text("wrong")
    before = bench.attempts()[system]
    for _ in range(2):
        with pytest.raises(LoginRefused):
            bench.work(system)
    bench.database.run(lambda unit: unit.ring(LOGINS_BELL))
    for _ in range(2):
        with pytest.raises(LoginRefused):
            bench.work(system)
    assert bench.attempts()[system] - before == 2

    bench.password.write_text(PASSWORD)
    bench.work(system)
    assert bench.attempts()[system] - before == 3
