"""One rollback of the practice estate with a worker, and one person who presses what only makes things safer."""

from invariants_bench import InvariantsBench
from sqlalchemy import select
from sqlmodel import col

from rollback import journal, rounds
from rollback.book import Book
from rollback.operations import asking, safety, stages
from rollback.operations.refusal import Presser
from rollback.roles import Account, Person, Roster
from rollback.worker.worker import Worker
from storage.database import Unit
from storage.models import ChangeRow, Stage
from storage.words import GateState, Mode, Purpose, Role, StageState, SystemName

CLOSE, OPEN = "close-the-door", "enable-vservers"


class SafetyBench(InvariantsBench):
    """The bench of the invariants with a worker, and presses by one person with a role."""

    def press(self, verb: str, role: Role, *given: str) -> str:
        person = Person(id="one", name="Person one", accounts=(Account(team="T1", user="U3"),), roles=(role,))
        who = Presser(person, person.accounts[0])

        def unit_of_work(unit: Unit) -> str:
            book = Book.open(unit.session, self.id)
            book.roster = Roster.of([*book.roster.people, person])
            return getattr(safety, verb)(unit, book, who, *given)  # type: ignore[no-any-return]

        return self.database.click(unit_of_work)

    def work(self, times: int = 40) -> None:
        """Let the worker do what is due, with time passing in between, until nothing is under way any more."""
        worker = Worker(self.bench)
        for _ in range(times):
            for stage_id in worker.due():
                worker.advance(stage_id)
            self.estate.pass_time(0.3)
            if not self._at_work():
                return

    def _at_work(self) -> bool:
        left = (StageState.PREVIEWING, StageState.APPROVED, StageState.RUNNING, StageState.VERIFYING)
        with self.database.read() as session:
            book = Book.open(session, self.id)
            return any(stage.state in left and book.lets_begin(stage) for stage in book.stages.values())

    def stage(self, name: str) -> Stage:
        with self.database.read() as session:
            return session.scalars(select(Stage).where(col(Stage.name) == name)).one()

    def state(self, name: str) -> str:
        return str(self.stage(name).state)

    def changes(self, name: str) -> list[ChangeRow]:
        with self.database.read() as session:
            stage = session.scalars(select(Stage).where(col(Stage.name) == name)).one()
            return journal.changes_of(session, stage)

    def mode(self, system: SystemName, mode: Mode) -> None:
        """How far the bot goes with a system in the open rollback."""

        def unit_of_work(unit: Unit) -> None:
            row = Book.open(unit.session, self.id)
            place = row.estate.model_copy(update={"modes": {**row.estate.modes, system: mode}})
            row.row.estate, row.row.estate_hash = place.to_bytes(), place.digest()

        self.database.run(unit_of_work)

    def approved(self, stage: str, gate: str) -> None:
        """The gate of a stage was approved once."""

        def unit_of_work(unit: Unit) -> None:
            book = Book.open(unit.session, self.id)
            shown = ((book.stages[stage], "d1"),)
            policy = rounds.policy_of(book.plan.gate(gate))
            row = asking.ask(unit, book, asking.Round(gate, Purpose.CHANGE, policy, shown))
            asking.close(unit, row, GateState.APPROVED)

        self.database.run(unit_of_work)

    def opened(self) -> None:
        """The door was closed by the rollback and is open again, as was approved."""
        self.closed()
        with self.database.read() as session:
            result = Book.open(session, self.id).stages["disable-vservers"].result
        self.ended("disable-vservers", **{**result, "prior": list(self.world.vservers)})
        for name in self.world.vservers:
            self.world.vserver_set(name, enabled=True, by="rollback-bot")
        self.approved(OPEN, "open")
        self.ended(OPEN)

    def disabled(self) -> list[str]:
        return sorted(e.target for e in self.world.ledger.entries("netscaler", "disable") if e.by == "rollback-bot")

    def attest(self, name: str) -> None:
        """A person says that the changes of a stage were made by hand."""

        def unit_of_work(unit: Unit) -> None:
            book = Book.open(unit.session, self.id)
            stages.attest(unit, book, book.stages[name], self.presser, "seen in its console", frozenset())

        self.database.run(unit_of_work)
