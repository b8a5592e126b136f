"""A rollback of the XenMobile runbook whose systems are a script: its rows come about through operations and worker.

`Script` says what each stage's preview holds and what its changes come to; everything else is the bot itself.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select

from rollback import health, rounds
from rollback.actions.action import (
    Catalogue,
    Change,
    Check,
    Done,
    Given,
    Look,
    NotDone,
    Outcome,
    Preview,
    Samples,
    Verdict,
    Watch,
)
from rollback.book import Book, toward_safety
from rollback.estate import Estate, Node, SqlServerPlace
from rollback.handing_out.lists import write_lists
from rollback.handing_out.office import Office, hand_out_due
from rollback.operations import choices, gates, stages
from rollback.operations.gates import Ballot
from rollback.operations.refusal import Presser
from rollback.operations.start import Order, start
from rollback.roles import Account, Person, Roster
from rollback.runbook import ACTIONS, Plan, PlannedStage, builtin, expand
from rollback.situation import CheckView, Situation, StageView
from rollback.systems import Systems
from rollback.worker.bench import Bench
from rollback.worker.worker import Worker
from storage.audit import AuditKey
from storage.clock import HandClock
from storage.database import Database, Unit
from storage.migrations import prepare
from storage.models import Gate, Stage
from storage.words import By, CheckState, Choice, GateState, Mode, Repeat, Role, StageKind, StageState, SystemName

KEY = AuditKey("k1", b"0123456789abcdef0123456789abcdef")
NAMES = {
    "ic": (Role.INCIDENT_COMMANDER,),
    "xa": (Role.XENMOBILE_ADMIN,),
    "va": (Role.VIRTUALISATION_ADMIN,),
    "dba": (Role.DATABASE_ADMIN,),
    "so": (Role.SERVICE_OWNER,),
    "cl": (Role.COMMUNICATIONS,),
    "sec": (Role.SECURITY,),
}


def people(names: Mapping[str, str] | None = None) -> dict[str, Person]:
    """Seven people, one a role; `names` replaces what they are called."""
    called = names or {}
    return {
        key: Person(
            id=key,
            name=called.get(key, f"Person {key}"),
            accounts=(Account(team="T1", user=f"U{key.upper()}1"),),
            roles=roles,
        )
        for key, roles in NAMES.items()
    }


def estate(nodes: int = 3, name: str = "xms", **modes: Mode) -> Estate:
    """An estate with that many nodes; every system acts unless told otherwise."""
    return Estate(
        name=name,
        zone="Europe/Zurich",
        nodes=tuple(
            Node(name=f"xms{n:02}", address=f"192.0.2.{n}", inventory_path=f"DC/vm/xms{n:02}")
            for n in range(1, nodes + 1)
        ),
        modes={system: modes.get(system.value, Mode.ACT) for system in SystemName},
        sqlserver=SqlServerPlace(database="XMS"),
    )


def plan_of(place: Estate, devices: int = 10_000, **given: Any) -> Plan:
    """The XenMobile plan of an estate."""
    return expand(builtin("xenmobile").runbook, place, devices, place.nodes[0].name, "prepare-first", **given)  # type: ignore[arg-type]


@dataclass
class Script:
    """What the systems would say.

    Attributes:
        previews: By stage name; a stage without one gets one change for each of its nodes, or one.
        outcomes: By the change's target: how it ends; else it is done.
        failing: Bot checks that fail, as ``stage:check``, with what was seen.
        open: Bot checks that can't be answered yet, as ``stage:check``.
        results: By stage name.
        progress: By the change's target: what is told while it lasts.
        meanwhile: Called while a change lasts that tells its progress.
    """

    previews: dict[str, Preview] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    failing: dict[str, str] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    results: dict[str, Any] = field(default_factory=dict)
    progress: dict[str, tuple[int, str]] = field(default_factory=dict)
    meanwhile: Callable[[], Any] = lambda: None


class _Scripted:
    """Every action and the only effect of a scripted rollback."""

    version = 1
    settle, repeat, dies_with_us = timedelta(seconds=5), Repeat.ASK, False

    def __init__(self, script: Script, plan: Callable[[], Plan]) -> None:
        self.script, self.plan = script, plan

    def _planned(self, stage: str) -> PlannedStage:
        plan = self.plan()
        in_plan = stage in {one.name for one in plan.stages}
        return plan.stage(stage) if in_plan else toward_safety(plan, stage.partition(".")[0])

    def preview(self, systems: Systems, given: Given) -> Preview:
        if given.stage in self.script.previews:
            return self.script.previews[given.stage]
        planned = self._planned(given.stage)
        if not planned.gate and planned.kind is not StageKind.SAFETY:
            return Preview()
        targets = planned.nodes or (given.stage,)
        return Preview(tuple(change(f"{given.stage}: change {target}", target) for target in targets))

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        planned = self._planned(given.stage).checks
        return Verdict(
            tuple(self._check(given, c.name, c.text) for c in planned if c.by is By.BOT and c.after == group)
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        planned = self._planned(given.stage).checks
        return Verdict(tuple(self._check(given, c.name, c.text) for c in planned if c.by is By.BOT))

    def result(self, systems: Systems, given: Given) -> Any:
        return self.script.results.get(given.stage, {})

    def before(self, change: Change, systems: Systems, given: Given) -> Any:
        return {}

    def act(self, change: Change, systems: Systems, given: Given, before: Any, watch: Watch) -> Outcome:
        if change.target in self.script.progress:
            watch.progress(*self.script.progress[change.target])
            self.script.meanwhile()
        return self.script.outcomes.get(change.target, Done("seen done"))

    def look(self, change: Change, systems: Systems, given: Given, before: Any, ref: Any) -> Look:
        return NotDone("not seen")

    def follow(self, change: Change, systems: Systems, given: Given, ref: Any, watch: Watch) -> Outcome:
        return Done("followed")

    def _check(self, given: Given, name: str, text: str) -> Check:
        full = f"{given.stage}:{name}"
        if full in self.script.failing:
            return Check(name, CheckState.FAILED, self.script.failing[full])
        return Check(name, CheckState.OPEN if full in self.script.open else CheckState.PASSED, text)


def change(text: str, target: str = "xms01", group: int = 1, **given: Any) -> Change:
    """A scripted change."""
    return Change("scripted", group, given.pop("system", SystemName.VSPHERE), target, text, **given)


@lru_cache(maxsize=1)
def _empty_database() -> bytes:
    """A new database, migrated once for all tests."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "bot.sqlite"
        prepare(file, HandClock().now())
        return file.read_bytes()


class House:
    """One bot over one database file, with a script for its systems."""

    def __init__(
        self, folder: Path, script: Script | None = None, stored: tuple[bytes, datetime] | None = None
    ) -> None:
        self.clock = HandClock() if stored is None else HandClock(stored[1])
        self.script = script or Script()
        (folder / "bot.sqlite").write_bytes(_empty_database() if stored is None else stored[0])
        self.plan = plan_of(estate())
        self.database = Database(folder / "bot.sqlite", self.clock, KEY)
        self.database.start()
        self.people = people()
        scripted = _Scripted(self.script, lambda: self.plan)
        catalogue = Catalogue(dict.fromkeys(ACTIONS, scripted), {"scripted": scripted}, lambda *_: ())
        self.worker = Worker(Bench(self.database, self.clock, lambda _: Systems({}), catalogue))
        self.office = Office(self.database, self.clock, folder / "files", lambda _: None)

    def stop(self) -> None:
        """Close the database."""
        self.database.stop()

    def begin(
        self, place: Estate | None = None, *, reason: str = "Port 80 flaps.", drill: bool = False, **given: Any
    ) -> int:
        """Start a rollback by the commander."""
        place = place or estate()
        self.plan = given.pop("plan", None) or plan_of(place)
        order = Order(place, self.plan, Roster.of(list(self.people.values())), reason, "C1", "C2", drill=drill, **given)
        return self.database.run(lambda unit: start(unit, self.presser("ic"), order).id)

    def presser(self, who: str) -> Presser:
        """Somebody who presses."""
        return Presser(self.people[who], self.people[who].accounts[0])

    def settle(self, most: int = 60) -> None:
        """Let the worker do everything that can be done now."""
        for _ in range(most):
            if not self.worker.run_due():
                return

    def later(self, **span: float) -> None:
        """Let time pass, then the worker."""
        self.clock.advance(timedelta(**span))
        self.settle()

    def picture(self) -> Situation:
        """The situation now."""
        with self.database.read() as session:
            return Situation.of(session, 1, self.clock.now())

    def do(self, what: Callable[[Unit, Book], Any]) -> Any:
        """One operation on the rollback."""
        return self.database.run(lambda unit: what(unit, Book.open(unit.session, 1)))

    def operate(self, what: Callable[..., str], stage: str, who: str, *given: object, **named: object) -> str:
        """An operation on one stage."""
        return self.do(lambda unit, book: what(unit, book, book.stage(stage), self.presser(who), *given, **named))

    def gate(self, name: str) -> Gate | None:
        """The open round of that name."""
        with self.database.read() as session:
            found = session.scalars(select(Gate).where(Gate.name == name).order_by(Gate.id.desc())).first()
            return found if found is not None and found.state == GateState.ASKING else None

    def vote(self, gate: str, who: str, choice: Choice = Choice.APPROVE, typed: str = "RB-1", why: str = "") -> str:
        """One vote in the open round of a gate."""
        row = self.gate(gate)
        assert row is not None, f"{gate} is not asked"
        ballot = Ballot(choice, row.digest, typed, why)
        return self.do(lambda unit, book: gates.vote(unit, book, row.id, self.presser(who), ballot))

    def answer(self, stage: str, check: str, who: str, *, passed: bool = True, **evidence: str) -> str:
        """One answer to one check, once the lists are written; its fields are filled in unless they are given."""
        hand_out_due(self.office, (write_lists,))
        fields = {one.name: "seen" for one in self.plan.stage(stage).check(check).fields}
        given = {"passed": passed, "evidence": fields | evidence}
        return self.do(
            lambda unit, book: stages.answer(unit, book, book.stage(stage), check, self.presser(who), **given)  # type: ignore[arg-type]
        )

    def sample(self, what: str, target: str, *, good: bool, value: str = "") -> None:
        """One reading of health."""
        reading = health.Reading(what, target, good, value)
        self.database.run(lambda unit: health.record(unit, 1, (reading,)))

    def pick(self, who: str, **picked: str) -> str:
        """Pick values; each of them was offered."""
        return self.do(
            lambda unit, book: choices.pick(unit, book, self.presser(who), picked, {k: [v] for k, v in picked.items()})
        )

    def states(self) -> dict[str, str]:
        """The state of each stage."""
        with self.database.read() as session:
            return {s.name: str(s.state) for s in session.scalars(select(Stage).order_by(Stage.position))}


@lru_cache(maxsize=8)
def _stored(stage: str, state: StageState) -> tuple[bytes, datetime]:
    """An ordinary rollback played until a stage has come to a state: its database and the time then."""
    with TemporaryDirectory() as folder:
        house = House(Path(folder))
        try:
            house.begin()
            play_until(house, stage, state)
            house.settle()
        finally:
            house.stop()
        return (Path(folder) / "bot.sqlite").read_bytes(), house.clock.now()


@contextmanager
def resumed(folder: Path, stage: str, state: StageState) -> Iterator[House]:
    """A house in which an ordinary rollback has come that far; it is played once and copied."""
    house = House(folder, stored=_stored(stage, state))
    try:
        yield house
    finally:
        house.stop()


@contextmanager
def playing(folder: Path, script: Script | None = None) -> Iterator[House]:
    """A house that is closed at the end."""
    house = House(folder, script)
    try:
        yield house
    finally:
        house.stop()


def play_until(house: House, stage: str, state: StageState = StageState.RUNNING, most: int = 300) -> None:
    """Play every part until a stage has come to a state."""
    for _ in range(most):
        house.settle()
        if house.states()[stage] == state:
            return
        if not _press_something(house):
            house.clock.advance(timedelta(seconds=61))
    raise AssertionError(f"{stage} never is {state}: {house.states()}")


def _press_something(house: House) -> bool:
    """Everything that waits for people in one picture: a vote at each gate, an answer to each check, each hand."""
    picture = house.picture()
    answering = [(stage, check) for stage in picture.stages for check in stage.open_checks]
    for stage, check in answering:
        _answer(house, stage, check)
    by_hand = [stage for stage in picture.stages if stage.open_changes]
    for stage in by_hand:
        house.operate(stages.attest, stage.name, _attester(house, stage.name), "seen by hand", frozenset())
    voting = [gate for gate in picture.asking() if gate.approvable and gate.asked]
    for gate in voting:
        house.vote(gate.name, gate.asked[0].id)
    return bool(voting or answering or by_hand)


def _answer(house: House, stage: StageView, check: CheckView) -> None:
    """One more person answers a check, unless it is for somebody else than who answers another one now."""
    apart = [one for one in stage.checks if one.name in house.plan.stage(stage.name).check(check.name).other_than]
    if any(one.waits for one in apart):
        return
    out = {answer.person.id for one in (check, *apart) for answer in one.answers}
    who = next(key for key, person in house.people.items() if person.holds() & set(check.who) and key not in out)
    house.answer(stage.name, check.name, who)


def _attester(house: House, stage: str) -> str:
    with house.database.read() as session:
        book = Book.open(session, 1)
        found = rounds.approved_round(session, book.stage(stage))
        approved = {v.person for v in rounds.votes_of(session, found[0])} if found else set()
    named = house.plan.stage(stage).attests
    able = [k for k, p in house.people.items() if p.holds() & set(named) and k not in approved]
    return (able or ["ic"])[0]
