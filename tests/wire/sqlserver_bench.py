"""What the SQL Server tests stand on: both ODBC drivers, a world whose time can be held, a server, clients."""

import importlib.util
import platform
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from integrations.errors import IntegrationError
from integrations.login import Login
from integrations.sqlserver import Address, Ref, SqlServer, find_driver
from practice.tds import TdsServer
from practice.world import HandTime, World

USER, PASSWORD = "rollback-bot", "p}w;d {x="
FULL = "E:\\Backup\\XMS_full.bak"
SAFE = "E:\\Backup\\XMS_RB-7_1.bak"
MARK = "RB-7/back-up-database/XMS"


class HeldTime(HandTime):
    """A time that moves by itself until it is held; then each step of a BACKUP or RESTORE waits to be let through."""

    def __init__(self) -> None:
        super().__init__()
        self._held = False
        self._steps = threading.Semaphore(0)
        self.waiting = threading.Event()

    def hold(self, after: int) -> None:
        """Let `after` steps through, and no more until `go_on`."""
        self._held = True
        for _ in range(after):
            self._steps.release()

    def go_on(self) -> None:
        self._held = False
        self._steps.release()

    def pause(self, seconds: float, stop: threading.Event) -> None:
        while self._held and not stop.is_set():
            if self._steps.acquire(timeout=0.005):
                break
            self.waiting.set()
        super().pause(seconds, stop)


@dataclass
class Heard:
    """Collects what a change tells: its refs and percentages."""

    refs: list[Ref] = field(default_factory=list)
    percents: list[int] = field(default_factory=list)


@dataclass
class Bench:
    """One practice SQL Server and how to reach it through one driver."""

    world: World
    time: HeldTime
    server: TdsServer
    driver: str
    ca_file: Path
    clients: list[SqlServer] = field(default_factory=list)
    logins: int = 0

    def address(self) -> Address:
        return Address("127.0.0.1", self.server.port, "localhost", self.ca_file)

    def client(self, password: str = PASSWORD, **more: object) -> SqlServer:
        def login() -> Login:
            self.logins += 1
            return Login(USER, password)

        made = SqlServer(self.address(), login, driver=self.driver, **more)  # type: ignore[arg-type]
        self.clients.append(made)
        return made

    def done(self) -> list[tuple[str, str]]:
        """The ledger's verbs of SQL Server, with who did them."""
        return [(entry.verb, entry.by) for entry in self.world.ledger.entries("sqlserver")]

    def shut_down_nodes(self) -> None:
        for name in self.world.nodes:
            self.world.power_off(name, "tests")

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.time.go_on()
        self.server.stop()


def driver_named(name: str) -> str:
    """FreeTDS, or Microsoft's driver out of its wheel; a test is left out, and says so, where the driver is missing."""
    wanted = "FreeTDS" if name == "freetds" else microsoft_library()
    try:
        return find_driver(wanted).name
    except IntegrationError as missing:
        pytest.skip(f"left out: {missing}")


def microsoft_library() -> str:
    if importlib.util.find_spec("mssql_python_odbc") is None or platform.machine() != "x86_64":
        pytest.skip("left out: Microsoft's ODBC driver is not installed (python package mssql-python-odbc)")
    folder = importlib.import_module("mssql_python_odbc").get_libs_dir()
    found = sorted(Path(folder).glob("linux/debian_ubuntu/x86_64/lib/libmsodbcsql-*"))
    if not found:
        pytest.skip("left out: the package mssql-python-odbc holds no driver for this machine")
    return str(found[-1])
