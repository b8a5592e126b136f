"""One rollback of the practice estate, its stages ended as a test says, and real readings of what must be so."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from inventory_bench import KEY
from preparing_bench import PreparingBench, WorldClock
from sqlalchemy import select
from sqlmodel import col

from practice.world.made import LAST_GOOD_SET, fixed_uuid
from rollback.actions.catalogue import catalogue
from rollback.actions.traffic.closing import APPLIANCE
from rollback.book import Book
from rollback.operations import lead
from rollback.operations.refusal import Presser
from rollback.operations.start import Order, start
from rollback.roles import Account, Person, Roster
from rollback.runbook import builtin, expand
from rollback.systems import Systems
from rollback.worker.bench import Bench
from rollback.worker.invariants import watch
from storage.database import Database, Unit
from storage.migrations import prepare
from storage.models import AuditEntry, Invariant, Outgoing, Rollback, Stage
from storage.words import Role, StageState

EVERYBODY = Person(id="all", name="Person all", accounts=(Account(team="T1", user="U1"),), roles=tuple(Role))
OTHER = Person(id="other", name="Person other", accounts=(Account(team="T1", user="U2"),), roles=tuple(Role))
CHOSEN = fixed_uuid(f"set.{LAST_GOOD_SET}")
NODES = ("xms01", "xms02", "xms03")


class InvariantsBench:
    """The rows of one rollback over the practice estate; the worker's own unit keeps what is read."""

    def __init__(self, estate: PreparingBench, folder: Path) -> None:
        self.estate, self.world = estate, estate.world
        clock = WorldClock(estate.world)
        file = folder / "run.sqlite"
        prepare(file, clock.now())
        self.database = Database(file, clock, KEY)
        self.database.start()
        self.off: tuple[type, ...] = ()
        self.bench = Bench(self.database, clock, self._connect, catalogue())
        plan = expand(builtin("xenmobile").runbook, estate.estate, 120, "xms01", "prepare-first")  # type: ignore[arg-type]
        order = Order(
            estate.estate, plan, Roster.of([EVERYBODY, OTHER]), "Port 80 flaps.", "C1", drill=True, facts=estate.facts
        )
        self.presser = Presser(EVERYBODY, EVERYBODY.accounts[0])
        self.id = self.database.run(lambda unit: start(unit, self.presser, order).id)

    def _connect(self, _: Any) -> Systems:
        return self.estate.systems(*self.off)

    def close(self) -> None:
        self.database.stop()

    # What the stages have left behind

    def ended(self, *stages: str, **result: Any) -> None:
        """These stages have succeeded now, with this result."""
        self.estate.pass_time(0.1)
        self.set(StageState.SUCCEEDED, *stages, **result)
        self.estate.results |= dict.fromkeys(stages, result)

    def set(self, state: StageState, *stages: str, **result: Any) -> None:
        def unit_of_work(unit: Unit) -> None:
            for row in unit.session.scalars(select(Stage).where(col(Stage.name).in_(stages))):
                row.state, row.result, row.version = state, result, row.version + 1
                row.started_at = row.started_at or unit.now
                row.ended_at = unit.now

        self.database.run(unit_of_work)

    def prepared(self) -> None:
        points = {f"point@{name}": fixed_uuid(f"point.{name}.before") for name in NODES}
        self.ended("prepare", taken={"backup": CHOSEN, **points})

    def closed(self) -> None:
        """Prepared, and the door is closed."""
        self.prepared()
        self.estate.close_the_door()
        with self.estate.systems() as systems:
            given = self.estate.given("disable-vservers")
            result = catalogue().actions["vservers-disable"].result(systems, given)
        assert result[APPLIANCE]
        self.ended("disable-vservers", **result)

    def shut_down(self) -> None:
        """Besides, all nodes are off."""
        self.closed()
        self.estate.all_off()
        self.ended("shut-down-nodes", off=list(NODES))

    def saved(self) -> None:
        """Besides, the safety backup is made."""
        self.shut_down()
        _, result = self.estate.run("database-back-up", self.estate.given("back-up-database"))
        self.ended("back-up-database", **result)
        self.ended("snapshot-nodes")

    def restored(self) -> None:
        """Besides, the database is restored, and restarted."""
        self.saved()
        chosen = next(one for one in self.world.backups if one.set_id == LAST_GOOD_SET)
        self.world.restore_begin(chosen, "rollback-bot")
        self.world.restore_finish(chosen, "rollback-bot")
        self.ended("restore-database", version="10.6")
        self.ended("restart-sql-server")

    # What is watched

    def watch(self, times: int = 1) -> dict[str, bool | None]:
        """Read so many rounds, 20 s apart; what each invariant is then."""
        for _ in range(times):
            watch(self.bench, self.id)
            self.estate.pass_time(0.1)
            self.estate.time.advance(timedelta(seconds=20))
        return {name: row.good for name, row in self.rows().items()}

    def rows(self) -> dict[str, Invariant]:
        with self.database.read() as session:
            return {row.name: row for row in session.scalars(select(Invariant).where(Invariant.rollback_id == self.id))}  # type: ignore[arg-type]

    def text(self, name: str) -> str:
        return self.rows()[name].text

    def rollback(self) -> Rollback:
        with self.database.read() as session:
            return session.get_one(Rollback, self.id)

    def said(self) -> list[tuple[str, str]]:
        """What was said of health: kind and invariant."""
        with self.database.read() as session:
            rows = session.scalars(
                select(Outgoing).where(col(Outgoing.subject).like("health%")).order_by(col(Outgoing.id))
            )
            return [(str(row.subject), row.facts["name"]) for row in rows]

    def audited(self, event: str) -> int:
        with self.database.read() as session:
            return len(list(session.scalars(select(AuditEntry).where(AuditEntry.event == event))))  # type: ignore[arg-type]

    def resume(self) -> str:
        return self.database.run(lambda unit: lead.resume(unit, Book.open(unit.session, self.id), self.presser))
