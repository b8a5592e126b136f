"""What a rollback has come to: which line was crossed, and what would stay switched off if it ended now."""

from typing import Literal

from rollback.book import Book
from storage.words import StageKind, StageState

CLOSE = "vservers-disable"
"""The action that closes the door, by the plan or toward safety."""


def still_off(book: Book) -> list[tuple[str, str]]:
    """What stays switched off if the rollback ends now, each with the role that owns it."""
    off: list[tuple[str, str]] = []
    touched = {name for name, stage in book.stages.items() if stage.started_at is not None}
    opened = book.stages.get("enable-vservers")
    closed = any(stage.action == CLOSE and stage.started_at is not None for stage in book.stages.values())
    if closed and (opened is None or opened.state != StageState.SUCCEEDED):
        off.append(("The vServers of the door are disabled: no device reaches the service.", "XA"))
    if "shut-down-nodes" in touched and not _node_is_on(book):
        off.append(("The nodes are switched off.", "VA"))
    if "prepare" in touched:
        off.append(("Jobs, alarms and the freeze were paused by hand in prepare.", "VA"))
    return off


def any_change_made(book: Book) -> bool:
    """Whether a stage that changes something has begun: one with a gate, or one that was started toward safety."""
    return any(
        stage.started_at is not None and (stage.gate or stage.kind == StageKind.SAFETY)
        for stage in book.stages.values()
    )


def crossed_line(book: Book) -> Literal[0, 1, 2]:
    """The last line that was crossed: 0, 1 or 2."""
    return max((book.planned(stage).line for stage in book.stages.values() if stage.started_at is not None), default=0)


def _node_is_on(book: Book) -> bool:
    return any(
        stage.state == StageState.SUCCEEDED and stage.action in ("node-start", "nodes-join")
        for stage in book.stages.values()
    )
