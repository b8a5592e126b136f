"""The toy's house: a database, a worker, and helpers that press as people do."""

import atexit
import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from rollback import rounds
from rollback.actions.action import Catalogue
from rollback.book import Book
from rollback.estate import Estate
from rollback.operations import gates, stages
from rollback.operations.gates import Ballot
from rollback.operations.refusal import Refusal
from rollback.operations.start import Order, start
from rollback.roles import Account, Roster
from rollback.systems import Systems
from rollback.worker.bench import Bench
from rollback.worker.worker import Worker
from storage.audit import AuditKey, verify
from storage.clock import HandClock
from storage.database import Database, Unit
from storage.migrations import prepare
from storage.models import AuditEntry, ChangeRow, Gate, Outgoing, PreviewRow, Rollback, Stage, Vote
from storage.words import Choice, Event, GateState, Mode, StageState
from toy.actions import catalogue
from toy.effects import CLIENTS
from toy.people import estate, plan, presser, roster
from toy.world import ToyWorld

KEY = AuditKey("k1", b"0123456789abcdef0123456789abcdef")


THREE_LAMPS = ("params: {lit: false}", "params: {lit: false, lamps: abc, one_by_one: true}")
"""An edit of the runbook: `dim` brings down three lamps, one after the other."""


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
        verbs: Catalogue | None = None,
        side_by_side: int = 4,
        gone: Callable[[frozenset[Account]], dict[Account, bool]] = lambda _: {},
    ) -> None:
        self.clock = clock or HandClock()
        self.crossing = crossing
        self.file = file = folder / "bot.sqlite"
        if not file.exists():
            shutil.copy(empty_database(), file)
        prepare(file, self.clock.now())
        self.database = Database(file, self.clock, KEY, at_boundary=crossing)
        self.database.start()
        self.world = world or ToyWorld(folder / "world.sqlite", wire, "abc")
        begun = self.clock.now().timestamp() - self.clock.monotonic()
        self.world.now = lambda: begun + self.clock.monotonic()
        self.bench = Bench(
            self.database,
            self.clock,
            self._connect,
            verbs or catalogue(),
            gone=gone,
            crossing=wire,
            side_by_side=side_by_side,
        )
        self.worker = Worker(self.bench)

    def _connect(self, of: Estate) -> Systems:
        return Systems(
            {kind: lambda kind=kind: kind(self.world) for kind in CLIENTS if of.mode(kind.system) is not Mode.OFF}  # type: ignore[misc]
        )

    def stop(self) -> None:
        self.database.stop()

    def restart(self, **bench: Any) -> None:
        """Another process takes over: everything begins from the rows. `bench` is what differs in it."""
        self.stop()
        self.database = Database(self.file, self.clock, KEY, at_boundary=self.crossing)
        self.database.start()
        changed = {"catalogue": bench.pop("verbs")} if "verbs" in bench else {}
        self.bench = replace(self.bench, database=self.database, stopping=threading.Event(), **changed, **bench)
        self.worker = Worker(self.bench)

    def begin(
        self,
        who: str = "ic",
        *,
        edits: Sequence[tuple[str, str]] = (),
        people: Roster | None = None,
        **modes: Mode,
    ) -> int:
        """Start a rollback; `edits` change the runbook's text, `modes` say what the bot may do with each system."""
        place = estate(**modes)
        order = Order(place, plan(place, edits), people or roster(), "Port 80 flaps.", "C1", drill=True)
        return self.database.run(lambda unit: start(unit, presser(who, people), order).id)

    def settle(self, most: int = 40) -> None:
        """Let the worker do everything that can be done now."""
        for _ in range(most):
            if not self.worker.run_due():
                return
        raise AssertionError(f"the worker never rests: {self.states()}")

    def step_until(self, done: Callable[[], bool], most: int = 60) -> None:
        """Let the worker go on pass by pass, and stop it in mid-way as soon as `done`."""
        for _ in range(most):
            if done():
                return
            self.worker.run_due()
        raise AssertionError(f"it never came to that: {self.states()}")

    def later(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self.settle()

    def until(self, stage: str, *states: StageState, most: int = 30, step: float = 31) -> None:
        """Play every part until a stage is in one of `states`."""
        play(self, lambda: self.state(stage) in states, most=most, step=step)
        assert self.state(stage) in states, self.states()

    def stage(self, name: str) -> Stage:
        with self.database.read() as session:
            return session.scalars(select(Stage).where(Stage.name == name)).one()

    def state(self, name: str) -> StageState:
        return StageState(self.stage(name).state)

    def states(self) -> dict[str, str]:
        with self.database.read() as session:
            return {s.name: str(s.state) for s in session.scalars(select(Stage).order_by(Stage.position))}

    def rollback(self) -> Rollback:
        with self.database.read() as session:
            return session.scalars(select(Rollback)).one()

    def gate(self, name: str) -> Gate | None:
        """The open round of that name."""
        found = self.rounds(name)
        return found[-1] if found and found[-1].state == GateState.ASKING else None

    def rounds(self, name: str) -> list[Gate]:
        with self.database.read() as session:
            return list(session.scalars(select(Gate).where(Gate.name == name).order_by(Gate.id)))

    def votes(self) -> list[Vote]:
        with self.database.read() as session:
            return list(session.scalars(select(Vote).order_by(Vote.id)))

    def reopened(self, stage: str) -> str:
        """Why the newest approval of a stage was not enough, as it was told."""
        with self.database.read() as session:
            told = session.scalars(select(Outgoing).where(Outgoing.subject == "gate-reopened").order_by(Outgoing.id))
            return next((str(one.facts["why"]) for one in reversed(list(told)) if one.facts["stage"] == stage), "")

    def rollback_is_there(self) -> bool:
        with self.database.read() as session:
            return session.scalars(select(Rollback)).first() is not None

    def preview(self, stage: str) -> Any:
        """What the newest preview of a stage holds."""
        with self.database.read() as session:
            return rounds.preview_of(session, session.scalars(select(Stage).where(Stage.name == stage)).one()).content

    def preview_rows(self, stage: str) -> int:
        """How often a stage was previewed."""
        with self.database.read() as session:
            return len(session.scalars(select(PreviewRow.id).where(PreviewRow.stage_id == self.stage(stage).id)).all())

    def changes(self, stage: str) -> list[ChangeRow]:
        """The changes of a stage in all its attempts, in order."""
        with self.database.read() as session:
            wanted = select(ChangeRow).join(Stage, Stage.id == ChangeRow.stage_id).where(Stage.name == stage)
            return list(session.scalars(wanted.order_by(ChangeRow.id)))

    def audited(self, event: Event) -> list[dict[str, Any]]:
        """What the chain holds of one kind of event: the facts, with ``actor``."""
        with self.database.read() as session:
            rows = session.scalars(
                select(AuditEntry.content).where(AuditEntry.event == event.value).order_by(AuditEntry.seq)
            )
            said = [json.loads(content) for content in rows]
        return [{**one["facts"], "actor": one["actor"]} for one in said]

    def verified(self) -> int:
        """The number of entries of a chain that verifies."""
        with self.database.read() as session:
            return verify(session, {KEY.id: KEY})

    def verbs_of(self) -> list[str]:
        """What changed in the world, in order, with repetitions."""
        return [verb for verb, _, _ in self.world.ledger()]

    def vote(self, gate: str, who: str, choice: Choice = Choice.APPROVE, typed: str = "RB-1", account: int = 0) -> str:
        """Vote in the open round of that name."""
        row = self.gate(gate)
        assert row is not None, f"{gate} is not asked"
        return self.vote_in(row, who, Ballot(choice, row.digest, typed, "no"), account)

    def vote_in(self, row: Gate, who: str, ballot: Ballot, account: int = 0) -> str:
        def cast(unit: Unit) -> str:
            book = Book.open(unit.session, row.rollback_id)
            return gates.vote(unit, book, row.id, presser(who, book.roster, account), ballot)  # type: ignore[arg-type]

        return self.database.click(cast)

    def press(self, what: Callable[..., str], who: str, *given: object, **named: object) -> str:
        """An operation on the rollback: `what(unit, book, who, …)`."""

        def unit_of_work(unit: Unit) -> str:
            book = Book.open(unit.session, 1)
            return what(unit, book, presser(who, book.roster), *given, **named)

        return self.database.click(unit_of_work)

    def operate(self, what: Callable[..., str], stage: str, who: str, *given: object, **named: object) -> str:
        """An operation on one stage: `what(unit, book, stage, who, …)`."""

        def unit_of_work(unit: Unit) -> str:
            book = Book.open(unit.session, 1)
            return what(unit, book, book.stage(stage), presser(who, book.roster), *given, **named)

        return self.database.click(unit_of_work)

    def attest(self, stage: str, who: str, *targets: str) -> str:
        return self.operate(stages.attest, stage, who, "task 7 at 09:05", frozenset(targets))

    def answer(self, stage: str, check: str, who: str, *, passed: bool = True) -> str:
        def unit_of_work(unit: Unit) -> str:
            book = Book.open(unit.session, 1)
            pressed = presser(who, book.roster)
            return stages.answer(unit, book, book.stage(stage), check, pressed, passed=passed, evidence={})

        return self.database.click(unit_of_work)


@contextmanager
def living(**options: Any) -> Iterator[House]:
    """A house in memory where there is a file system in memory: rules are tested, not power cuts."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder's name is made by tempfile
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        made = House(Path(folder), **options)
        try:
            yield made
        finally:
            made.stop()


def refused(press: Callable[[], object]) -> str:
    """The sentence of a press that is refused."""
    with pytest.raises(Refusal) as no:
        press()
    return no.value.sentence


def with_people(people: Roster, person: str, **also: object) -> Roster:
    """A roster in which one person differs."""
    return Roster.of([one.model_copy(update=also) if one.id == person else one for one in people.people])


def version(action: object, number: int) -> Any:
    """The action of another release."""
    action.version = number  # type: ignore[attr-defined]
    return action


@lru_cache(maxsize=1)
def empty_database() -> Path:
    """A database as the migrations make it, made once a process and copied from then on."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / "empty" / "bot.sqlite"
    prepare(file, datetime(2030, 1, 7, 9, 0, tzinfo=UTC))
    return file


VOTERS = {"first": ("xa",), "second": ("so", "dba"), "third": ("so",)}


def play(house: House, done: Callable[[], bool] = lambda: False, most: int = 200, step: float = 31) -> dict[str, str]:
    """Play every part until `done`, the end, or something that people have to decide."""
    for _ in range(most):
        house.settle()
        if done():
            break
        if not _press_something(house):
            states = house.states()
            waiting = [s for s, state in states.items() if state not in ("succeeded", "skipped")]
            if not waiting or any(state in ("needs_reconcile", "failed") for state in states.values()):
                return states
            house.clock.advance(timedelta(seconds=step))
    else:
        raise AssertionError(f"it never ends: {house.states()}")
    return house.states()


def _press_something(house: House) -> bool:
    for gate, voters in VOTERS.items():
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
    if house.state("done") is StageState.VERIFYING and "done:decided" not in _passed(house):
        house.answer("done", "decided", "ic")
        return True
    return False


def _passed(house: House) -> frozenset[str]:
    with house.database.read() as session:
        return Book.open(session, 1).passed
