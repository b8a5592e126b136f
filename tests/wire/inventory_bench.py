"""A practice cluster with devices, our own database beside it, and the actions that capture and compare."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from xenmobile_bench import HOST, PASSWORD, TLS_NAME, USER, XenMobileBench

from helpers_given import TinyWatch, ToldSamples, a_given, modes, with_changes
from integrations.login import Login
from practice.world.devices import ANDROID_MODE
from practice.world.made import LAST_GOOD_SET, upgrade_began
from rollback.actions.action import Action, Change, Given, Look, Outcome, Preview, Verdict
from rollback.actions.catalogue import catalogue
from rollback.cluster import Cluster
from rollback.devices.inventory import InventoryStore
from rollback.estate import Estate, Node, XenMobilePlace
from rollback.systems import Systems
from storage.audit import AuditKey
from storage.clock import HandClock
from storage.database import Database
from storage.migrations import prepare
from storage.models import Rollback
from storage.words import RollbackState

KEY = AuditKey("k1", b"0123456789abcdef0123456789abcdef")


@dataclass
class InventoryBench:
    """One rollback's rows, the store over them, and the nodes of a practice world."""

    xms: XenMobileBench
    database: Database
    clock: HandClock
    rollback_id: int
    store: InventoryStore
    off: bool = False
    password: str = PASSWORD
    opening: Literal["enough-nodes", "first-node"] = "enough-nodes"

    @classmethod
    def made(cls, xms: XenMobileBench, folder: Path) -> "InventoryBench":
        """A fresh database with one rollback in it."""
        clock = HandClock(xms.world.now())
        file = folder / "bot.sqlite"
        prepare(file, clock.now())
        database = Database(file, clock, KEY)
        database.start()
        row = database.run(lambda unit: a_rollback(unit.session, clock.now()))
        return cls(xms, database, clock, row, InventoryStore(database, clock))

    @property
    def estate(self) -> Estate:
        nodes = tuple(self._node(name) for name in self.xms.world.nodes)
        place = XenMobilePlace(tls_name=TLS_NAME, page_size=50, android_property=ANDROID_MODE)
        fields: dict[str, Any] = {"modes": modes(), "xenmobile": place, "opening": self.opening}
        return Estate(name="practice", practice=True, nodes=nodes, **fields)

    def _node(self, name: str) -> Node:
        ports: Any = {str(p): self.xms.servers.port(name, p) for p in (80, 443, 4443, 8443)}
        return Node(name=name, address=HOST, inventory_path=f"DC1/vm/XMS/{name}", ports=ports)

    def systems(self, more: Mapping[type[Any], Any] | None = None) -> Systems:
        login = None if self.off else lambda: Login(USER, self.password)
        cluster = lambda: Cluster(self.estate, self.xms.tls, login)  # noqa: E731 - as wiring hands it over
        return Systems({Cluster: cluster, InventoryStore: lambda: self.store, **(more or {})})

    def given(self, stage: str, **told: Any) -> Given:
        chosen = next(one for one in self.xms.world.backups if one.set_id == LAST_GOOD_SET)
        cutoff = [chosen.start.isoformat(), chosen.finish.isoformat()]
        facts = {"upgrade_started_at": upgrade_began(self.xms.world.now()).isoformat(), "last_change_before": ""}
        results = {"prepare": {"cutoff": cutoff}}
        fields = {"facts": facts, "results": results, "rollback_id": self.rollback_id, **told}
        return a_given(self.estate, stage, self.clock.now(), **fields)

    def watch(self) -> TinyWatch:
        return TinyWatch(lambda seconds: self.clock.advance(timedelta(seconds=seconds)))

    def carry(self, given: Given, change: Change, watch: TinyWatch | None = None) -> Outcome:
        """Guards, then the act, as the worker does it."""
        effect = catalogue().effects[change.kind]
        with self.systems() as systems:
            before = effect.before(change, systems, given)
            return effect.act(change, systems, given, before, watch or self.watch())

    def look(self, given: Given, change: Change) -> Look:
        with self.systems() as systems:
            return catalogue().effects[change.kind].look(change, systems, given, {}, None)

    def follow(self, given: Given, change: Change, watch: TinyWatch | None = None) -> Outcome:
        with self.systems() as systems:
            effect = catalogue().effects[change.kind]
            return effect.follow(change, systems, given, {"capture": change.target}, watch or self.watch())

    def preview(self, word: str, given: Given) -> Preview:
        with self.systems() as systems:
            return catalogue().actions[word].preview(systems, given)

    def warm(self) -> Outcome:
        """The early capture of `prepare`."""
        given = self.given("prepare")
        return self.carry(given, self.preview("prepare", given).changes[0])

    def captured(self) -> None:
        """Early, behind the door; then the restore."""
        self.warm()
        self.run("list-devices", "list-devices")
        self.xms.restore()

    def run(self, stage: str, word: str, **told: Any) -> tuple[Verdict, Any]:
        """A whole stage: preview, every change, verdict and result."""
        action: Action = catalogue().actions[word]
        given = self.given(stage, **told)
        with self.systems() as systems:
            preview = action.preview(systems, given)
        for change in preview.changes:
            self.carry(given, change)
        return self.verdict(word, with_changes(given, preview.changes))

    def verdict(self, word: str, given: Given) -> tuple[Verdict, Any]:
        action: Action = catalogue().actions[word]
        with self.systems() as systems:
            return action.verify(systems, given, ToldSamples()), action.result(systems, given)

    def another(self, given: Given) -> Given:
        """The next attempt of the same stage."""
        return replace(given, attempt=given.attempt + 1)

    def close(self) -> None:
        self.database.stop()


def a_rollback(session: Any, now: datetime) -> int:
    row = Rollback(
        number=7, state=RollbackState.RUNNING, drill=True, estate_name="practice", runbook="xenmobile",
        reason="Port 80 flaps.", channel="C1", stakeholders="", lead="ic", started_by="ic", started_at=now,
        plan=b"", plan_hash="", estate=b"", estate_hash="", roles=b"", roles_hash="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return int(row.id)
