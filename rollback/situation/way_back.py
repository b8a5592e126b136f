"""The way back from a point of a rollback, with its price, laid out from the runbook that was frozen at the start."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from rollback.book import Book
from rollback.estimate import SoFar, estimate
from rollback.runbook import PlanImpossible, expand_way_back
from rollback.situation.values import WayBack
from rollback.standing import any_change_made, crossed_line
from rollback.untrusted import Untrusted

COSTS = {
    0: "it costs nothing but time: database and disks are as they were",
    1: "it costs no device, as long as the door stays closed",
    2: "devices that enrolled since the door was opened are lost, and iPhones that dropped their profile stay lost",
}
"""What each line makes of the way back, besides the time it takes."""


def way_back_now(book: Book, now: datetime) -> WayBack:
    """The way back from where the rollback stands."""
    return way_back_from(book, crossed_line(book), now, begun=any_change_made(book))


def way_back_from(book: Book, line: int, now: datetime, *, begun: bool) -> WayBack:
    """The way back as it is once `line` was crossed, or a line that the rollback has crossed already.

    Args:
        book: The rollback.
        line: The line of the changes that are about to be made.
        now: The present instant.
        begun: Whether anything has been changed by then.
    """
    crossed = _line(max(line, crossed_line(book)))
    try:
        back = expand_way_back(book.plan, crossed, set(_touched(book, crossed)))
    except PlanImpossible:
        return WayBack(crossed, begun, None, (), "this runbook knows no way back")
    takes = estimate(back, SoFar(started=now, now=now)).ends_at - now
    steps = tuple(Untrusted(stage.title) for stage in back.stages)
    return WayBack(crossed, begun, takes, steps, COSTS[crossed])


def _touched(book: Book, line: int) -> Iterator[str]:
    """Nodes whose disks a restore has touched by then; before line 1 none, and beyond it the first one at least."""
    for stage in book.stages.values():
        if stage.action == "node-restore" and stage.started_at is not None:
            yield book.planned(stage).target
    if line:
        yield book.plan.first


def _line(line: int) -> Literal[0, 1, 2]:
    return 2 if line >= 2 else 1 if line == 1 else 0
