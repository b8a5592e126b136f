"""The toy's house: a database, a worker, people, and helpers that press as people do."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from rollback import rounds
from rollback.book import Book
from rollback.estate import Estate, Node
from rollback.operations import gates, stages
from rollback.operations.gates import Ballot
from rollback.operations.refusal import Presser
from rollback.operations.start import Order, start
from rollback.roles import Account, Person, Roster
from rollback.runbook import Plan
from rollback.runbook.expansion import expand
from rollback.runbook.reading import read
from rollback.systems import Systems
from rollback.worker.bench import Bench
from rollback.worker.worker import Worker
from storage.audit import AuditKey
from storage.clock import HandClock
from storage.database import Database
from storage.migrations import prepare
from storage.models import Gate, Rollback, Stage
from storage.words import Choice, GateState, Mode, Role, StageState, SystemName
from toy.actions import Toy, catalogue
from toy.world import ToyWorld

KEY = AuditKey("k1", b"0123456789abcdef0123456789abcdef")
ROLES = {
    "ic": (Role.INCIDENT_COMMANDER,),
    "xa": (Role.XENMOBILE_ADMIN,),
    "va": (Role.VIRTUALISATION_ADMIN,),
    "dba": (Role.DATABASE_ADMIN,),
    "so": (Role.SERVICE_OWNER,),
}
PEOPLE = {
    key: Person(id=key, name=f"Person {key}", accounts=(Account(team="T1", user=f"U{key}"),), roles=roles)
    for key, roles in ROLES.items()
}


def roster() -> Roster:
    return Roster.of(list(PEOPLE.values()))


def estate(**modes: Mode) -> Estate:
    chosen = {system: modes.get(system.value, Mode.ACT) for system in SystemName}
    return Estate(
        name="toy",
        practice=True,
        nodes=(Node(name="n1", address="192.0.2.1", inventory_path="DC/vm/n1"),),
        modes=chosen,
    )


def plan(of: Estate) -> Plan:
    text = (Path(__file__).parent / "toy.yml").read_text(encoding="utf-8")
    return expand(read(text, "toy.yml").runbook, of, 1, "n1", "prepare-first")  # type: ignore[arg-type]


class House:
    """One process of the bot over one database file and one toy world."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: HandClock | None = None,
        crossing: Callable[[str], None] = lambda _: None,
        wire: Callable[[str], None] = lambda _: None,
        world: ToyWorld | None = None,
    ) -> None:
        self.clock = clock or HandClock()
        file = folder / "bot.sqlite"
        prepare(file, self.clock.now())
        self.database = Database(file, self.clock, KEY, at_boundary=crossing)
        self.database.start()
        self.world = world or ToyWorld(folder / "world.sqlite", wire)
        self.world.now = self.clock.now
        self.bench = Bench(
            self.database,
            self.clock,
            lambda _: Systems({Toy: lambda: Toy(self.world)}),
            catalogue(),
            crossing=wire,
        )
        self.worker = Worker(self.bench)

    def stop(self) -> None:
        self.database.stop()

    def begin(self, who: str = "ic", **modes: Mode) -> int:
        place = estate(**modes)
        order = Order(place, plan(place), roster(), "Port 80 flaps.", "C1", drill=True)
        return self.database.run(lambda unit: start(unit, presser(who), order).id)

    def settle(self, most: int = 40) -> None:
        """Let the worker do everything that can be done now."""
        for _ in range(most):
            if not self.worker.run_due():
                return

    def later(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.settle()

    def stage(self, name: str) -> Stage:
        with self.database.read() as session:
            return session.scalars(select(Stage).where(Stage.name == name)).one()

    def states(self) -> dict[str, str]:
        with self.database.read() as session:
            return {s.name: str(s.state) for s in session.scalars(select(Stage).order_by(Stage.position))}

    def rollback(self) -> Rollback:
        with self.database.read() as session:
            return session.scalars(select(Rollback)).one()

    def gate(self, name: str) -> Gate | None:
        with self.database.read() as session:
            found = session.scalars(select(Gate).where(Gate.name == name).order_by(Gate.id.desc())).first()
            return found if found is not None and found.state == GateState.ASKING else None

    def vote(self, gate: str, who: str, choice: Choice = Choice.APPROVE, typed: str = "RB-1", why: str = "") -> str:
        row = self.gate(gate)
        assert row is not None, f"{gate} is not asked"
        ballot = Ballot(choice, row.digest, typed, why)
        return self.database.run(
            lambda unit: gates.vote(unit, Book.open(unit.session, row.rollback_id), row.id, presser(who), ballot)
        )

    def operate(self, what: Callable[..., str], stage: str, who: str, *given: object, **named: object) -> str:
        """An operation on one stage: `what(unit, book, stage, …)` with the presser where the operation wants it."""

        def unit_of_work(unit: object) -> str:
            book = Book.open(unit.session, 1)  # type: ignore[attr-defined]
            return what(unit, book, book.stage(stage), presser(who), *given, **named)

        return self.database.run(unit_of_work)

    def answer(self, stage: str, check: str, who: str, *, passed: bool = True) -> str:
        def unit_of_work(unit: object) -> str:
            book = Book.open(unit.session, 1)  # type: ignore[attr-defined]
            return stages.answer(unit, book, book.stage(stage), check, presser(who), passed=passed, evidence={})  # type: ignore[arg-type]

        return self.database.run(unit_of_work)


def presser(who: str) -> Presser:
    person = PEOPLE[who]
    return Presser(person, person.accounts[0])


def play(house: House, most: int = 200) -> dict[str, str]:
    """Play every part until nothing moves any more: votes, the answer at the end, time passing."""
    for _ in range(most):
        house.settle()
        if not _press_something(house):
            states = house.states()
            waiting = [s for s, state in states.items() if state not in ("succeeded", "skipped")]
            if not waiting or any(state in ("needs_reconcile", "failed") for state in states.values()):
                return states
            house.clock.advance(timedelta(seconds=31))
    raise AssertionError(f"it never ends: {house.states()}")


def _press_something(house: House) -> bool:
    for gate, voters in (("first", ("xa",)), ("second", ("so", "dba")), ("third", ("so",))):
        row = house.gate(gate)
        if row is None:
            continue
        with house.database.read() as session:
            book = Book.open(session, row.rollback_id)
            planned = book.plan.gate(gate)
            if not rounds.reached(session, book, planned, planned.approve_when):
                continue
            voted = {vote.person for vote in rounds.votes_of(session, row)}
        left = [who for who in voters if who not in voted]
        if left:
            house.vote(gate, left[0])
            return True
    if house.stage("done").state == StageState.VERIFYING and "done:decided" not in _passed(house):
        house.answer("done", "decided", "ic")
        return True
    return False


def _passed(house: House) -> frozenset[str]:
    with house.database.read() as session:
        return Book.open(session, 1).passed
