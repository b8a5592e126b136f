"""What the tests of the database's stages stand on: SQL Server and vCenter over one world, and stages run by hand."""

import json
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlserver_bench import Bench, driver_named
from vsphere_bench import PASSWORD, USER

from helpers_given import a_given, attested, ended
from integrations.errors import IntegrationError
from integrations.login import Login, LoginGuard
from integrations.sqlserver import SqlServer
from integrations.vsphere import VSphere
from practice.vcenter import VCenter
from practice.world.made import BACKUP_FOLDER, upgrade_began
from rollback import recovery
from rollback.actions.action import Change, Done, Effect, Failed, Given, Look, Outcome, Preview, Verdict
from rollback.actions.catalogue import catalogue
from rollback.cluster import Cluster
from rollback.estate import Estate, Node, SqlServerPlace
from rollback.systems import Systems
from storage.words import By, Mode, StageState, SystemName

BACK_UP, RESTORE, RESTART = "back-up-database", "restore-database", "restart-sql-server"
WAY_BACK = "back-restore-database"
WORDS = {
    BACK_UP: "database-back-up",
    RESTORE: "database-restore",
    WAY_BACK: "database-restore",
    RESTART: "sql-restart",
}


@pytest.fixture
def odbc_driver() -> str:
    """One driver is enough for the stages: the client's own tests speak through both."""
    return driver_named("freetds")


@pytest.fixture
def stages(sql: Bench, server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext) -> "Iterator[Stages]":
    """The stages over a fresh world, every system on."""
    vcenter = VCenter(sql.world, {USER: PASSWORD}, server_tls()).start()
    yield Stages(sql, vcenter, client_tls)
    vcenter.stop()


CHOSEN = 4  # number of the practice world's last good set
SAFE = "E:\\Backup\\XMS_RB-7_1.bak"


@dataclass
class TinyWatch:
    """Remembers what an effect tells; waiting lets the world's time pass."""

    pass_by: Callable[[float], None]
    refs: list[Any] = field(default_factory=list)
    percents: list[int | None] = field(default_factory=list)
    on_progress: Callable[[int | None], object] = lambda _: None

    def ref(self, ref: Any) -> None:
        self.refs.append(ref)

    def progress(self, percent: int | None, text: str = "") -> None:
        self.percents.append(percent)
        self.on_progress(percent)

    def wait(self, seconds: float) -> None:
        self.pass_by(seconds)


class NoSamples:
    """The database's checks ask for no samples."""

    def held(self, what: str, target: str, since: datetime, span: timedelta) -> bool:
        raise AssertionError(what)

    def last(self, what: str, target: str) -> tuple[datetime, bool, str] | None:
        raise AssertionError(what)


@dataclass
class Stages:
    """The database's stages over one world, each run as the worker would, step by step."""

    sql: Bench
    vcenter: VCenter
    client_tls: ssl.SSLContext
    place: SqlServerPlace = field(
        default_factory=lambda: SqlServerPlace(backup_roots=(BACKUP_FOLDER,), safety_folder=BACKUP_FOLDER)
    )
    chosen_modes: dict[str, Mode] = field(default_factory=dict)
    off: set[type] = field(default_factory=set)
    choices: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    ports: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.catalogue = catalogue()
        self.facts.setdefault("upgrade_started_at", upgrade_began(self.sql.world.now()).isoformat())
        self.watch = TinyWatch(self.passes)

    def passes(self, seconds: float) -> None:
        self.sql.time.advance(seconds)
        self.sql.world.settle()

    def estate(self) -> Estate:
        nodes = tuple(
            Node(
                name=node.name,
                address="127.0.0.1",
                inventory_path=node.inventory_path,
                instance_uuid=node.instance_uuid,
                ports=dict(self.ports.get(node.name, {})),  # type: ignore[arg-type]
            )
            for node in self.sql.world.nodes.values()
        )
        modes = {system: self.chosen_modes.get(system.value, Mode.ACT) for system in SystemName}
        return Estate(name="XMS", practice=True, nodes=nodes, modes=modes, sqlserver=self.place, devices=300)

    def given(self, stage: str, **more: Any) -> Given:
        params = {"source": "safety-backup" if stage == WAY_BACK else "picked-backup"}
        known = {"choices": self.choices, "facts": self.facts, "results": self.results, "states": self.states}
        told = {"params": params, "claiming": False, **known, **more}
        return a_given(self.estate(), stage, self.sql.world.now(), **told)

    def systems(self) -> Systems:
        estate = self.estate()
        makers: dict[type, Any] = {
            Cluster: lambda: Cluster(estate, None, None),
            SqlServer: self.sql.client,
            VSphere: lambda: VSphere(
                "127.0.0.1",
                port=self.vcenter.port,
                login=LoginGuard(lambda: Login(USER, PASSWORD)),
                tls=self.client_tls,
                monotonic=lambda: self.sql.world.now().timestamp(),
            ),
        }
        return Systems({kind: make for kind, make in makers.items() if kind not in self.off})

    def preview(self, stage: str, **more: Any) -> Preview:
        """A preview, its changes as they come back from the journal's rows."""
        with self.systems() as systems:
            preview = self.catalogue.actions[WORDS[stage]].preview(systems, self.given(stage, **more))
        stored = (replace(change, detail=json.loads(json.dumps(change.detail))) for change in preview.changes)
        return replace(preview, changes=tuple(stored))

    def effect(self, change: Change) -> Effect:
        return self.catalogue.effects[change.kind]

    def begin(self, change: Change, stage: str, **more: Any) -> tuple[Any, Outcome]:
        """Guards and act, as the carrier does them."""
        with self.systems() as systems:
            given = self.given(stage, **more)
            before = self.effect(change).before(change, systems, given)
            return before, self.effect(change).act(change, systems, given, before, self.watch)

    def look(self, change: Change, stage: str, before: Any, ref: Any) -> Look:
        with self.systems() as systems:
            return self.effect(change).look(change, systems, self.given(stage), before, ref)

    def verify(self, stage: str, changes: tuple[Change, ...], **more: Any) -> Verdict:
        with self.systems() as systems:
            given = self.given(stage, planned=changes, made=changes, **more)
            return self.catalogue.actions[WORDS[stage]].verify(systems, given, NoSamples())

    def result(self, stage: str, changes: tuple[Change, ...], **more: Any) -> Any:
        with self.systems() as systems:
            given = self.given(stage, planned=changes, made=changes, **more)
            return self.catalogue.actions[WORDS[stage]].result(systems, given)

    def run(self, stage: str, **more: Any) -> Preview:
        """A whole stage on its happy path; its result is kept for the next ones."""
        preview = self.preview(stage, claiming=True, **more)
        assert preview.blockers(claiming=True) == ()
        made: list[Change] = []
        for change in preview.changes:
            if change.by is By.BOT:
                _, outcome = self.begin(change, stage, **more)
                assert isinstance(outcome, Done), outcome
                made.append(ended(change, outcome))
            else:
                made.append(attested(change))
        verdict = self.verify(stage, tuple(made), **more)
        assert not verdict.failed(), verdict
        assert not verdict.open(), verdict
        self.results[stage] = json.loads(json.dumps(self.result(stage, tuple(made), **more)))
        self.states[stage] = StageState.SUCCEEDED
        return replace(preview, changes=tuple(made))

    def shut_down(self) -> None:
        """Everything that comes before the safety backup."""
        self.sql.shut_down_nodes()
        self.states["shut-down-nodes"] = self.states["snapshot-nodes"] = StageState.SUCCEEDED

    def ready_to_restore(self) -> Change:
        """The safety backup is made; the change that restores is returned."""
        self.shut_down()
        self.run(BACK_UP)
        return self.preview(RESTORE).changes[0]

    def verbs(self) -> list[str]:
        """What SQL Server did, by the ledger."""
        return [verb for verb, _ in self.sql.done()]


def codes(preview: Preview, *, claiming: bool = False) -> list[str]:
    """Codes of what stops the stage."""
    return [finding.code for finding in preview.blockers(claiming=claiming)]


class Attempt:
    """One change whose outcome is not known, and what is found out about it."""

    def __init__(self, stages: Stages, change: Change, stage: str) -> None:
        self.stages, self.change, self.stage = stages, change, stage
        self.effect = stages.effect(change)
        with stages.systems() as systems:
            self.before = self.effect.before(change, systems, stages.given(stage))

    def act(self) -> Outcome | None:
        """Send it; None when its outcome is open: the reply was lost, or the process died."""
        with self.stages.systems() as systems:
            try:
                outcome = self.effect.act(
                    self.change, systems, self.stages.given(self.stage), self.before, self.stages.watch
                )
            except IntegrationError as error:
                if not error.may_have_happened:
                    raise
                return None
        return None if isinstance(outcome, Failed) and outcome.may_have_happened else outcome

    def ref(self) -> object:
        return self.stages.watch.refs[-1] if self.stages.watch.refs else None

    def look(self) -> Look:
        return self.stages.look(self.change, self.stage, self.before, self.ref())

    def next(self, look: Look, seen: int) -> recovery.Step:
        return recovery.next_step(look, self.effect.repeat, self.effect.settle, seen, self.stages.sql.world.now())


def a_backup(stages: Stages) -> Attempt:
    stages.shut_down()
    return Attempt(stages, stages.preview(BACK_UP).changes[0], BACK_UP)


def a_restore(stages: Stages) -> Attempt:
    change = stages.ready_to_restore()
    stages.watch.refs.clear()
    return Attempt(stages, change, RESTORE)
