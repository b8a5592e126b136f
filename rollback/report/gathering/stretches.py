"""What each stage's time went into: the audit chain's moves of it, cut finer where people made or looked at things."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from rollback.report.gathering.history import History
from rollback.report.gathering.record import Record
from rollback.report.gathering.words import NONE, between, named, words
from rollback.report.model import Hold, Spent
from rollback.report.values import PEOPLE, WORKING, Doing, Stretch
from rollback.situation import Situation, StageView
from storage.models import ChangeRow
from storage.words import By, Event, StageState

DOES: Mapping[StageState, Doing] = {
    StageState.PREVIEWING: Doing.LOOKING,
    StageState.BLOCKED: Doing.BLOCKED,
    StageState.AWAITING_APPROVAL: Doing.VOTES,
    StageState.APPROVED: Doing.TURN,
    StageState.RUNNING: Doing.WORK,
    StageState.VERIFYING: Doing.PROVING,
    StageState.FAILED: Doing.FAILED,
    StageState.NEEDS_RECONCILE: Doing.UNKNOWN,
}
"""What a stage does in each state; in the others it does nothing."""

Span = tuple[datetime, datetime]


def stretches(s: Situation, record: Record, history: History) -> dict[str, tuple[Stretch, ...]]:
    """The stretches of each stage, by its name."""
    moves: dict[str, list[tuple[datetime, StageState, int]]] = {}
    for entry in record.entries:
        if entry.event is Event.STAGE_MOVED:
            move = (entry.at, StageState(entry.facts["to"]), int(entry.facts.get("attempt", 1)))
            moves.setdefault(str(entry.facts["stage"]), []).append(move)
    until = s.ended_at or s.now
    return {stage.name: tuple(_of(stage, moves.get(stage.name, []), history, until)) for stage in s.stages}


def _of(
    stage: StageView, moves: Sequence[tuple[datetime, StageState, int]], history: History, until: datetime
) -> Iterator[Stretch]:
    ends = [*(at for at, _, _ in moves[1:]), until]
    for (start, state, attempt), end in zip(moves, ends, strict=False):  # without a move there is no stretch
        doing = DOES.get(state)
        if doing is None or end <= start:  # a clock that was set back leaves no negative stretch
            continue
        waits = tuple(_by_people(stage, history, attempt, doing, (start, end)))
        if not waits:
            yield Stretch(start=start, end=end, doing=doing, attempt=attempt)
            continue
        other = Doing.HANDS if doing is Doing.WORK else Doing.ANSWERS
        yield from _cut((start, end), waits, doing, other, attempt)


def _by_people(stage: StageView, history: History, attempt: int, doing: Doing, whole: Span) -> Iterator[Span]:
    """When people's hands, or their answers, were what a running or verifying stage waited for."""
    if doing is Doing.WORK:
        changes = [one for one in history.changes.get(stage.id, ()) if one.attempt == attempt]
        yield from _hands(changes, whole)
    elif doing is Doing.PROVING:
        start, end = whole
        asked = [check for check in stage.checks if check.by is By.PERSON and not check.optional]
        given = [one.at for check in asked for one in check.answers if one.attempt == attempt and start < one.at <= end]
        if given:
            yield start, max(given)
        elif any(check.waits for check in asked):
            yield whole


def _hands(changes: Sequence[ChangeRow], whole: Span) -> Iterator[Span]:
    """From the end of what came before a change by hand until that change was attested."""
    begun = whole[0]
    for change in changes:
        ended = change.ended_at
        if change.by == By.PERSON:
            yield begun, min(whole[1], ended or whole[1])
        if ended is not None:
            begun = max(begun, min(ended, whole[1]))


def _cut(whole: Span, waits: Iterable[Span], doing: Doing, other: Doing, attempt: int) -> Iterator[Stretch]:
    at = whole[0]
    for start, end in joined(waits):
        if start > at:
            yield Stretch(start=at, end=start, doing=doing, attempt=attempt)
        if end > start:
            yield Stretch(start=max(at, start), end=end, doing=other, attempt=attempt)
        at = max(at, end)
    if whole[1] > at:
        yield Stretch(start=at, end=whole[1], doing=doing, attempt=attempt)


def holds(s: Situation, record: Record) -> tuple[Hold, ...]:
    """Every time in which the rollback was on hold."""
    found: list[Hold] = []
    begun: tuple[datetime, str, str] | None = None
    for entry in record.entries:
        if entry.event is Event.ROLLBACK_HELD:
            begun = (entry.at, named(s, entry.actor), words(str(entry.facts.get("why", ""))))
        elif begun is not None and entry.event in (Event.ROLLBACK_RESUMED, Event.ROLLBACK_ABORTED):
            found.append(Hold(start=begun[0], end=max(begun[0], entry.at), by=begun[1], why=begun[2]))
            begun = None
    if begun is not None:
        found.append(Hold(start=begun[0], end=max(begun[0], s.ended_at or s.now), by=begun[1], why=begun[2]))
    return tuple(found)


def spent(start: datetime, end: datetime, told: Iterable[Stretch], held: Iterable[Hold]) -> Spent:
    """Where the time from `start` to `end` went; what was at work counts as work, whoever else was waited for."""
    every = list(told)
    working = joined((one.start, one.end) for one in every if one.doing in WORKING)
    waiting = [(one.start, one.end) for one in every if one.doing in PEOPLE]
    on_hold = [(one.start, one.end) for one in held]
    at_work = _length(working, start, end)
    either = _length(joined([*working, *waiting, *on_hold]), start, end)
    return Spent(working=at_work, held_up=either - at_work, between=between(start, end) - either)


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same times without overlaps, in order."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _length(spans: Iterable[Span], start: datetime, end: datetime) -> timedelta:
    return sum((between(max(start, a), min(end, b)) for a, b in spans), NONE)
