"""The head of the report, and what was aimed at beside what came of it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rollback.book import Book
from rollback.estimate import SoFar, estimate
from rollback.report.gathering.comparison import then
from rollback.report.gathering.words import NONE, between, words
from rollback.report.model import Count, Head, Number, Target
from rollback.situation import Situation, StageView

MEANS = {
    "must": ("device must enrol again", "devices must enrol again"),
    "check_first": ("device to check first", "devices to check first"),
    "people": ("person concerned", "people concerned"),
    "came_back": ("device came back", "devices came back"),
    "invitations": ("invitation to send again", "invitations to send again"),
}
"""What the numbers of the comparison mean; of one and of more; others by their names."""


def head(s: Situation, book: Book) -> Head:
    """The head of the report."""
    return Head(
        label=s.label,
        mode="DRILL" if s.drill else "REAL",
        state=s.state.value,
        runbook=words(s.runbook),
        estate=words(s.estate),
        from_version=words(s.from_version),
        to_version=words(s.to_version),
        reason=words(s.reason),
        numbers=tuple(Number(name=name, value=words(value)) for name, value in s.numbers),
        counts=tuple(_counts(s)),
        started_at=s.started_at,
        started_by=words(s.started_by.name),
        lead=words(s.lead.name),
        ended_at=s.ended_at,
        zone=s.zone.key,
        done=s.done,
        stages=len(s.stages),
        door_closed_at=s.door.closed_at,
        door_opened_at=s.door.opened_at,
        door_closed=_closed(s),
        live_at=s.clocks.live_at if s.clocks.live else None,
        acute_until=_acute_until(s, book),
    )


def _counts(s: Situation) -> Iterator[Count]:
    for name in (*MEANS, *sorted(s.counts.keys() - MEANS.keys())):
        if name in s.counts:
            one, more = MEANS.get(name, (words(name.replace("_", " ")),) * 2)
            value = s.counts[name]
            yield Count(name=words(name), value=value, means=one if value == 1 else more)


def _closed(s: Situation) -> timedelta | None:
    closed = s.door.closed_for(s.now)
    return None if closed is None else max(NONE, closed)


def _acute_until(s: Situation, book: Book) -> datetime:
    """A stage that asks for each change by itself goes on for days, and tells nothing of how long the outage took."""
    acute = _acute(s, book)
    if not all(stage.over for stage in acute):
        return s.ended_at or s.now
    return max([s.started_at, *(stage.ended_at for stage in acute if stage.ended_at is not None)])


def targets(s: Situation, book: Book) -> Iterator[Target]:
    """What the runbook's estimate aimed at when the rollback was started, beside what came of it."""
    if book.plan.milestones is None:
        return
    aimed = estimate(book.plan, SoFar(started=s.started_at, now=s.started_at))
    runbook = book.plan.runbook
    by_hand = runbook.reference
    closed = _closed(s) if s.door.opened_at is not None else None
    if aimed.door_closed is not None:
        was = by_hand.door_closed if by_hand is not None else None
        yield Target(what="door closed for", target=aimed.door_closed, actual=closed, by_hand=was)
    opens, lives = book.plan.milestones.door_opens, book.plan.milestones.live
    if aimed.opens_at is not None:
        opened = s.clocks.opens_at if s.clocks.opened else None
        yield _from_start(s, "until the door is open", aimed.opens_at, opened, then(runbook, opens.stage))
    if aimed.live_at is not None:
        lived = s.clocks.live_at if s.clocks.live else None
        yield _from_start(s, "until declared healthy", aimed.live_at, lived, then(runbook, lives.stage))
    is_over = s.ended or all(stage.over for stage in _acute(s, book))
    over = _acute_until(s, book) if is_over else None
    yield _from_start(s, "in all", aimed.ends_at, over, by_hand.total if by_hand is not None else None)
    if s.clocks.drop_dead is not None:
        lived = s.clocks.live_at if s.clocks.live else None
        yield _from_start(s, "latest time, as given at the start", s.clocks.drop_dead, lived, None)


def _acute(s: Situation, book: Book) -> list[StageView]:
    slow = {name for gate in book.plan.gates if gate.each_change for name in gate.stages}
    return [stage for stage in s.stages if stage.name not in slow]


def _from_start(s: Situation, what: str, aimed: datetime, at: datetime | None, by_hand: timedelta | None) -> Target:
    actual = None if at is None else between(s.started_at, at)
    return Target(what=what, target=between(s.started_at, aimed), actual=actual, by_hand=by_hand)
