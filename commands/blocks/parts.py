"""Lines that several messages share: who it is about, the door, the clocks, the way back, states in plain words."""

from collections.abc import Iterable, Sequence

from commands.blocks.message import escape, mention, prose, words
from commands.blocks.times import clock, since, span
from rollback.situation import PersonView, Situation, StageView, WayBack
from storage.words import CheckState, Role, StageState

STATES = {
    StageState.WAITING: "waits",
    StageState.PREVIEWING: "is being looked at",
    StageState.BLOCKED: "BLOCKED",
    StageState.AWAITING_APPROVAL: "waits for votes",
    StageState.APPROVED: "approved",
    StageState.RUNNING: "running",
    StageState.VERIFYING: "being verified",
    StageState.SUCCEEDED: "succeeded",
    StageState.FAILED: "FAILED",
    StageState.NEEDS_RECONCILE: "OUTCOME UNKNOWN",
    StageState.SKIPPED: "left out",
}
"""The states of a stage in plain words."""

SIGNS = {
    StageState.RUNNING: "▶",
    StageState.VERIFYING: "▶",
    StageState.SUCCEEDED: "✓",
    StageState.SKIPPED: "–",
    StageState.FAILED: "✗",
    StageState.BLOCKED: "✗",
    StageState.NEEDS_RECONCILE: "?",
    StageState.AWAITING_APPROVAL: "○",
    StageState.APPROVED: "○",
}
"""A sign in front of the words; it never stands alone."""

CHECK_STATES = {
    CheckState.OPEN: "○ open",
    CheckState.PASSED: "✓ passed",
    CheckState.FAILED: "✗ FAILED",
    CheckState.NOT_CHECKED: "– not checked by machine",
}
"""The states of a check in plain words."""

LINES = {
    1: "LINE 1: DESTRUCTIVE FROM HERE",
    2: "LINE 2: NO RETURN FOR DEVICES FROM HERE",
}
"""The two lines, as they stand on every board and gate card."""


def head(s: Situation) -> str:
    """``REAL · RB-7``: how every message begins."""
    return f"{s.mode} · {s.label}"


def door(s: Situation) -> str:
    """The door in one phrase, or nothing as long as it was never closed."""
    if s.door.closed_at is None:
        return ""
    if s.door.opened_at is None:
        return f"DOOR CLOSED {since(s, s.door.closed_at)}"
    closed_for = s.door.closed_for(s.now)
    was = f", it was closed for {span(closed_for)}" if closed_for is not None else ""
    return f"door open again since {clock(s, s.door.opened_at)}{was}"


def clocks(s: Situation) -> str:
    """When the door opens, when the service is declared healthy, by when it must be decided."""
    known = s.clocks
    parts = []
    if known.opens_at is not None and not known.opened:
        parts.append(f"open about {clock(s, known.opens_at)}")
    if known.live_at is not None:
        parts.append(
            f"healthy since {clock(s, known.live_at)}" if known.live else f"go-live about {clock(s, known.live_at)}"
        )
    if known.drop_dead is not None:
        left = known.drop_dead - s.now
        parts.append(
            f"decide by {clock(s, known.drop_dead)} ({f'in {span(left)}' if left.total_seconds() > 0 else 'PAST'})"
        )
    return ", ".join(parts)


def way_back(way: WayBack) -> str:
    """The way back and its price in one phrase."""
    if way.takes is None:
        return escape(way.costs)
    if not way.needed:
        return "nothing has been changed yet, so nothing has to be taken back"
    return f"about {span(way.takes)}; {escape(way.costs)}"


def roles(wanted: Sequence[Role]) -> str:
    """``CL or SEC``."""
    return " or ".join(wanted)


def places(wanted: Iterable[Sequence[Role]]) -> str:
    """``SO and CL or SEC``, each place in brackets where it is a choice."""
    parts = [roles(place) if len(place) == 1 else f"({roles(place)})" for place in wanted]
    return " and ".join(parts)


def persons(people: Sequence[PersonView], *, tell: bool = False) -> str:
    """People by name, or mentioned so that Slack tells them."""
    return ", ".join(mention(person) if tell else prose(person.name, 40) for person in people)


def stage_line(s: Situation, stage: StageView) -> str:
    """One stage on one line: sign, place, name, state, times."""
    state = STATES[stage.state]
    sign = SIGNS.get(stage.state, "·")
    shown = f"{sign} {stage.position} {words(stage.name)}: {state}{_when(s, stage)}"
    attempt = f", attempt {stage.attempt}" if stage.attempt > 1 and not stage.over else ""
    return shown + attempt + _progress(stage)


def _when(s: Situation, stage: StageView) -> str:
    if stage.state in (StageState.RUNNING, StageState.VERIFYING) and stage.started_at is not None:
        return f" {since(s, stage.started_at)}"
    if stage.state is StageState.SUCCEEDED and stage.ended_at is not None:
        took = f", {span(stage.ended_at - stage.started_at)}" if stage.started_at is not None else ""
        return f" {clock(s, stage.ended_at)}{took}{', flagged' if stage.flags else ''}"
    if stage.state in (StageState.FAILED, StageState.SKIPPED) and stage.ended_at is not None:
        return f" {clock(s, stage.ended_at)}"
    if (
        stage.state in (StageState.WAITING, StageState.APPROVED, StageState.AWAITING_APPROVAL)
        and stage.starts is not None
    ):
        return f", about {clock(s, stage.starts)}"
    return ""


def _progress(stage: StageView) -> str:
    if stage.state is not StageState.RUNNING:
        return ""
    known = [change for change in stage.changes if change.progress is not None and change.ended_at is None]
    return "".join(f", {change.progress} %" for change in known[:1])
