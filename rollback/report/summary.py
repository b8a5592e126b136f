"""The head of the report: what it was about, how it ended, the clocks, what it cost."""

from collections.abc import Iterator

from rollback.report.markdown import instant, said
from rollback.situation import Situation
from rollback.situation.durations import span
from storage.words import RollbackState

ENDS = {
    RollbackState.RUNNING: "still running",
    RollbackState.PAUSED: "on hold",
    RollbackState.COMPLETED: "completed",
    RollbackState.ABORTED: "aborted",
    RollbackState.ROLLED_FORWARD: "taken back (rolled forward)",
}
COUNTED = {
    "must": "devices must enrol again",
    "check_first": "devices to check first",
    "people": "people concerned",
}


def summary(s: Situation) -> Iterator[str]:
    """The head of the report."""
    yield f"# {s.mode} · {s.label}: {said(s.runbook)}"
    yield ""
    yield f"- **{ENDS[s.state].capitalize()}**, {s.done} of {len(s.stages)} stages done, as of {instant(s.now, s.zone)}"
    yield f"- Estate: {said(s.estate)}; from {said(s.from_version)} back to {said(s.to_version)}"
    yield f"- Reason: {said(s.reason)}"
    yield from (f"- Number of the {name}: {said(number)}" for name, number in s.numbers)
    yield f"- Started {instant(s.started_at, s.zone)} by {said(s.started_by.name)}; lead at last: {said(s.lead.name)}"
    if s.ended_at is not None:
        yield f"- Ended {instant(s.ended_at, s.zone)}, after {span(s.ended_at - s.started_at)}"
    yield from _door(s)
    if s.clocks.live and s.clocks.live_at is not None:
        yield f"- Declared healthy {instant(s.clocks.live_at, s.zone)}, after {span(s.clocks.live_at - s.started_at)}"
    yield from (f"- {s.counts[name]} {meaning}" for name, meaning in COUNTED.items() if name in s.counts)
    others = {name: count for name, count in s.counts.items() if name not in COUNTED}
    yield from (f"- {said(name.replace('_', ' '))}: {count}" for name, count in sorted(others.items()))
    yield f"- Times are {said(s.zone.key)}."


def _door(s: Situation) -> Iterator[str]:
    closed_for = s.door.closed_for(s.now)
    if s.door.closed_at is None or closed_for is None:
        yield "- The door was never closed."
    elif s.door.opened_at is None:
        yield f"- The door is closed since {instant(s.door.closed_at, s.zone)}: {span(closed_for)} so far"
    else:
        yield (
            f"- The door was closed for {span(closed_for)}, from {instant(s.door.closed_at, s.zone)} "
            f"to {instant(s.door.opened_at, s.zone)}"
        )
