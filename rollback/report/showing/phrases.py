"""Phrases that every way of showing the report uses."""

from rollback.report.model import DeviationKind, Head
from rollback.report.values import Doing

ENDS = {
    "running": "still running",
    "paused": "on hold",
    "completed": "completed",
    "aborted": "aborted",
    "rolled_forward": "taken back (rolled forward)",
}
"""How a rollback stands, by its state."""

DOES = {
    Doing.LOOKING: "reading the systems",
    Doing.VOTES: "waiting for votes",
    Doing.TURN: "agreed, waiting for its turn",
    Doing.WORK: "at work",
    Doing.HANDS: "being done by hand",
    Doing.PROVING: "being proven",
    Doing.ANSWERS: "waiting for people to look and answer",
    Doing.BLOCKED: "blocked",
    Doing.FAILED: "failed, waiting for a decision",
    Doing.UNKNOWN: "outcome unknown, waiting for somebody to look",
}
"""What a stage does in a stretch of time."""

KINDS = {
    DeviationKind.LEFT_OUT: "left out",
    DeviationKind.TRIED_AGAIN: "tried again",
    DeviationKind.BY_HAND: "by hand",
    DeviationKind.FLAGGED: "flagged",
    DeviationKind.FAILED: "failed",
    DeviationKind.DESPITE: "approved despite",
    DeviationKind.DENIED: "denied",
    DeviationKind.ASKED_ANEW: "asked anew",
    DeviationKind.HELD: "held",
    DeviationKind.RECONCILED: "reconciled",
    DeviationKind.HEALTH: "health",
    DeviationKind.CLOCK: "clock",
}
"""What each kind of deviation is called."""


def title(head: Head) -> str:
    """``REAL · RB-7``: what the report is called."""
    return f"{head.mode} · {head.label}"
