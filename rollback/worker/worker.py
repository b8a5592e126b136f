"""One stage, one step further: the worker reads the row, does what its state asks for, and writes down what came of it.

Every step can be interrupted anywhere: the next one begins from the rows.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from sqlalchemy import select

from integrations.errors import IntegrationError
from rollback import journal, rounds
from rollback.actions.action import Given, Verdict
from rollback.book import OPEN, Book, estate_of
from rollback.health import RowSamples
from rollback.stages import Overtaken, move, redraw
from rollback.systems import Systems
from rollback.worker import claims, clock_steps, previews, verifying
from rollback.worker.bench import AFTER_AN_ERROR, PEOPLE_AGAIN, Bench
from rollback.worker.carrying import Carrier, Stopping
from rollback.worker.given import given_of
from storage.database import Unit
from storage.models import ChangeRow, Rollback, Stage
from storage.outbox import Say
from storage.words import By, ChangeState, StageState


class Worker:
    """Brings stages on; `due` says which, `advance` takes one a step further."""

    def __init__(self, bench: Bench) -> None:
        """Work with what `bench` holds."""
        self.bench = bench
        self._steps = clock_steps.ClockSteps(bench.database)

    def run_due(self) -> int:
        """Advance every stage that is due, one after another; returns how many were. For tests and small estates."""
        due = self.due()
        for stage_id in due:
            self.advance(stage_id)
        return len(due)

    def due(self) -> list[int]:
        """Ids of the stages that something can be done about now, in order."""
        now = self.bench.clock.now()
        if back := self._steps.back(now):
            self.bench.database.run(lambda unit: clock_steps.follow(unit, back))
        with self.bench.database.read() as session:
            ids = session.scalars(select(Rollback.id).where(Rollback.state.in_(list(OPEN))))  # type: ignore[attr-defined, call-overload]
            found: list[int] = []
            for rollback_id in list(ids):
                book = Book.open(session, rollback_id)
                can_ask = {gate.name for gate in book.plan.gates if rounds.reached(session, book, gate, gate.ask_when)}
                late = rounds.overtaken(session, book) if book.running else frozenset()
                found += [
                    s.id for s in book.stages.values() if s.id and (s.id in late or _is_due(book, s, now, can_ask))
                ]
        return found

    def advance(self, stage_id: int) -> None:
        """Take one stage one step further; an error of a system is kept on its card and tried again later."""
        with self.bench.database.read() as session:
            state = StageState(session.get_one(Stage, stage_id).state)
        try:
            self._step(stage_id, state)
        except (Overtaken, Stopping):
            return
        except IntegrationError as error:
            sentence = str(error)
            self.bench.database.run(lambda unit: _later(unit, stage_id, sentence))

    def broken(self, stage_id: int, error: BaseException) -> None:
        """Keep an error of our own on the stage's card: nothing more is done about it for a minute."""
        sentence = (
            f"Something in the bot went wrong ({type(error).__name__}). Look at its log; it tries again in a minute."
        )
        self.bench.database.run(lambda unit: _later(unit, stage_id, sentence, PEOPLE_AGAIN))

    def _step(self, stage_id: int, state: StageState) -> None:
        match state:
            case StageState.WAITING:
                self.bench.database.run(lambda unit: _begin_previewing(unit, stage_id))
            case StageState.PREVIEWING:
                self._preview(stage_id)
            case StageState.BLOCKED | StageState.AWAITING_APPROVAL:
                self._preview_again(stage_id, state)
            case StageState.APPROVED:
                self._claim(stage_id)
            case StageState.RUNNING | StageState.NEEDS_RECONCILE:
                self._carry_on(stage_id)
            case StageState.VERIFYING:
                self._verify(stage_id)

    def _preview(self, stage_id: int) -> None:
        with self._systems(stage_id) as systems:
            seen = previews.look(self.bench, systems, stage_id, claiming=False)
        self.bench.database.run(lambda unit: previews.settle(unit, self.bench, stage_id, seen))

    def _preview_again(self, stage_id: int, state: StageState) -> None:
        claiming = state is StageState.BLOCKED and self._was_approved(stage_id)
        with self._systems(stage_id) as systems:
            seen = previews.look(self.bench, systems, stage_id, claiming=claiming)
        if state is StageState.BLOCKED and self.bench.database.run(
            lambda unit: previews.still_blocked(unit, stage_id, seen)
        ):
            return
        self.bench.database.run(lambda unit: _to_previewing(unit, stage_id, "looked at again"))

    def _was_approved(self, stage_id: int) -> bool:
        with self.bench.database.read() as session:
            stage = session.get_one(Stage, stage_id)
            return not stage.gate or rounds.approved_round(session, stage) is not None

    def _claim(self, stage_id: int) -> None:
        claims.ask_who_is_gone(self.bench, stage_id)
        with self._systems(stage_id) as systems:
            seen = previews.look(self.bench, systems, stage_id, claiming=True)
            if self.bench.database.run(lambda unit: claims.claim(unit, self.bench, stage_id, seen)):
                self._carry_on(stage_id)

    def _carry_on(self, stage_id: int) -> None:
        """Take up the open changes of the first group that isn't done, then see what follows from how they ended."""
        with self._systems(stage_id) as systems:
            rows, given, unsettled = self._open_changes(stage_id)
            if unsettled is not None:
                self._settle_group(systems, stage_id, unsettled)
                return
            carrier = Carrier(self.bench, systems, given)
            mine = [row for row in rows if row.by == By.BOT or row.state != ChangeState.PLANNED]
            self._side_by_side(carrier, mine)
            group = self.bench.database.run(lambda unit: _after_changes(unit, stage_id))
            if group is not None:
                self._settle_group(systems, stage_id, group)

    def _side_by_side(self, carrier: Carrier, rows: list[ChangeRow]) -> None:
        if len(rows) <= 1:
            for row in rows:
                carrier.take_up(row)
            return
        with ThreadPoolExecutor(min(self.bench.side_by_side, len(rows)), thread_name_prefix="change") as pool:
            futures = [pool.submit(carrier.take_up, row) for row in rows]
        for future in futures:
            future.result()

    def _settle_group(self, systems: Systems, stage_id: int, group: int) -> None:
        """What must pass after a group: the action's checks and the people's."""
        _, given, _ = self._open_changes(stage_id)
        with self.bench.database.read() as session:
            stage = session.get_one(Stage, stage_id)
            samples = RowSamples(session, stage.rollback_id, self.bench.clock.now(), given.estate.timings.sample_every)
            verdict = self.bench.catalogue.actions[stage.action].settled(systems, given, group, samples)
        self.bench.database.run(lambda unit: _group_settled(unit, stage_id, group, verdict))

    def _verify(self, stage_id: int) -> None:
        with self._systems(stage_id) as systems:
            _, given, _ = self._open_changes(stage_id)
            with self.bench.database.read() as session:
                stage = session.get_one(Stage, stage_id)
                every = given.estate.timings.sample_every
                samples = RowSamples(session, stage.rollback_id, self.bench.clock.now(), every)
                action, version = self.bench.catalogue.actions[stage.action], stage.version
                verdict = action.verify(systems, given, samples)
            if self.bench.database.run(lambda unit: verifying.note(unit, stage_id, version, verdict)):
                result = action.result(systems, given)
                self.bench.database.run(lambda unit: verifying.succeed(unit, stage_id, version, verdict, result))

    def _open_changes(self, stage_id: int) -> tuple[list[ChangeRow], Given, int | None]:
        """The open changes of the present group, what they may know, and an earlier group that must settle first."""
        with self.bench.database.read() as session:
            book = Book.open(session, session.get_one(Stage, stage_id).rollback_id)
            stage = next(s for s in book.stages.values() if s.id == stage_id)
            rows = journal.changes_of(session, stage)
            given = given_of(session, book, stage, self.bench.clock.now(), claiming=True)
        reconciling = stage.state == StageState.NEEDS_RECONCILE
        left = [row for row in rows if _looks_again(row) or (row.state not in journal.ENDED and not reconciling)]
        current = min((row.group for row in left), default=None)
        ended = [row.group for row in rows if current is None or row.group < current]
        before = max(ended, default=0)
        well = not any(row.state in (ChangeState.FAILED, ChangeState.UNKNOWN) for row in rows)
        unsettled = before if well and before > stage.settled_group and stage.state == StageState.RUNNING else None
        return [row for row in left if row.group == current], given, unsettled

    def _systems(self, stage_id: int) -> Systems:
        with self.bench.database.read() as session:
            estate = estate_of(session.get_one(Rollback, session.get_one(Stage, stage_id).rollback_id))
        return self.bench.connect(estate)


def _is_due(book: Book, stage: Stage, now: datetime, can_ask: set[str]) -> bool:
    waits = stage.due_at is not None and stage.due_at > now
    match stage.state:
        case StageState.WAITING:
            return book.lets_begin(stage) and (stage.gate in can_ask if stage.gate else not book.unmet(stage))
        case StageState.PREVIEWING | StageState.BLOCKED | StageState.AWAITING_APPROVAL:
            return book.lets_begin(stage) and not waits
        case StageState.APPROVED:
            return not waits and claims.ready(book, stage)
        case StageState.RUNNING | StageState.VERIFYING | StageState.NEEDS_RECONCILE:
            waits_for_people = stage.state == StageState.NEEDS_RECONCILE and stage.due_at is None
            return not waits and not waits_for_people
    return False


def _looks_again(row: ChangeRow) -> bool:
    return row.state == ChangeState.UNKNOWN and row.look_at is not None


def _begin_previewing(unit: Unit, stage_id: int) -> None:
    move(unit, unit.session.get_one(Stage, stage_id), StageState.PREVIEWING)


def _to_previewing(unit: Unit, stage_id: int, why: str) -> None:
    move(unit, unit.session.get_one(Stage, stage_id), StageState.PREVIEWING, why=why)


def _later(unit: Unit, stage_id: int, sentence: str, after: timedelta = AFTER_AN_ERROR) -> None:
    stage = unit.session.get_one(Stage, stage_id)
    if stage.why != sentence:
        unit.put(Say("system-error", stage.rollback_id, {"stage": stage.name, "why": sentence}))
    stage.why, stage.due_at = sentence, unit.now + after


def _after_changes(unit: Unit, stage_id: int) -> int | None:
    """What follows from how the changes ended; returns the group that has to settle when all its changes are done."""
    book = Book.open(unit.session, unit.session.get_one(Stage, stage_id).rollback_id)
    stage = next(s for s in book.stages.values() if s.id == stage_id)
    rows = journal.changes_of(unit.session, stage)
    by_state = {state: [r for r in rows if r.state == state] for state in ChangeState}
    if stage.state == StageState.NEEDS_RECONCILE:
        _reconciled(unit, stage, by_state)
    elif by_state[ChangeState.INTENDED]:
        due = [row.look_at for row in by_state[ChangeState.INTENDED] if row.look_at is not None]
        stage.due_at = min(due, default=None)
    elif by_state[ChangeState.UNKNOWN]:
        _needs_people(unit, stage, by_state[ChangeState.UNKNOWN])
    elif by_state[ChangeState.FAILED]:
        _fail(unit, stage, _texts(by_state[ChangeState.FAILED]), "another change of the stage failed")
    else:
        return _settles_next(unit, book, stage, rows)
    return None


def _settles_next(unit: Unit, book: Book, stage: Stage, rows: list[ChangeRow]) -> int | None:
    left = [row.group for row in rows if row.state == ChangeState.PLANNED]
    if not left:
        return max((row.group for row in rows), default=0)
    done = max((row.group for row in rows if row.group < min(left)), default=0)
    if done > stage.settled_group:
        return done
    if not book.lets_begin(stage) or journal.open_by_hand(rows):
        stage.due_at = unit.now + PEOPLE_AGAIN
    return None


def _needs_people(unit: Unit, stage: Stage, rows: list[ChangeRow]) -> None:
    why = _texts(rows)
    move(unit, stage, StageState.NEEDS_RECONCILE, why=why)
    unit.put(Say("needs-reconcile", stage.rollback_id, {"stage": stage.name, "why": why}))


def _fail(unit: Unit, stage: Stage, why: str, of_the_rest: str) -> None:
    journal.drop_the_rest(unit, stage, of_the_rest)
    move(unit, stage, StageState.FAILED, why=why)
    unit.put(Say("failed", stage.rollback_id, {"stage": stage.name, "why": why}))


def _texts(rows: list[ChangeRow]) -> str:
    """What became of these changes, a sentence each: the target and what happened; what was approved is on the card."""
    return " ".join(_told(row.target, row.outcome["text"].strip()) for row in rows)


def _told(target: str, text: str) -> str:
    named = text if target in text else f"{target}: {text}"
    return named if named.endswith((".", "!", "?", "…")) else f"{named}."


def _reconciled(unit: Unit, stage: Stage, by_state: dict[ChangeState, list[ChangeRow]]) -> None:
    if by_state[ChangeState.UNKNOWN] or by_state[ChangeState.INTENDED]:
        stage.due_at = min((row.look_at for row in by_state[ChangeState.UNKNOWN] if row.look_at), default=None)
        return
    move(unit, stage, StageState.RUNNING, why="it was looked for again and is known now")


def _group_settled(unit: Unit, stage_id: int, group: int, verdict: Verdict) -> None:
    """Go on to the next group, or to verifying, when what must pass after this group has passed."""
    book = Book.open(unit.session, unit.session.get_one(Stage, stage_id).rollback_id)
    stage = next(s for s in book.stages.values() if s.id == stage_id)
    if stage.state != StageState.RUNNING:
        return
    verifying.record(unit, stage, verdict.checks)
    last = all(row.state in journal.ENDED for row in journal.changes_of(unit.session, stage))
    if verdict.failed():
        why = "; ".join(f"{check.name}: {check.text}" for check in verdict.failed())
        _fail(unit, stage, why, "what had to pass in between failed")
    elif verdict.open():
        stage.due_at = verifying.look_again_at(verdict, book, unit.now)
    elif last:
        move(unit, stage, StageState.VERIFYING, settled_group=group)
    elif (stands := verifying.standing(unit, book, stage, after=group)).failed:
        _fail(unit, stage, "; ".join(stands.failed), "what people had to see in between failed")
    elif stands.waits_for_people:
        stage.due_at = unit.now + PEOPLE_AGAIN
    else:
        stage.settled_group, stage.due_at = group, None
        redraw(unit, stage)  # the next group may wait for people's hands: its card names them
        unit.ring("dispatcher")
