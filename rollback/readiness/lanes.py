"""Runs a check: a lane each for systems, nodes, the door, side by side; what is silent delays nobody but itself.

A lane that does not end in time is left to its own timeouts, and its page says so; nothing is ever changed.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from rollback.readiness import netscaler, pairs, sqlserver, veeam, vsphere
from rollback.readiness.place import Page, Place, Reached, Round
from rollback.readiness.rows import Outlook, Report, Row, accept
from rollback.readiness.xenmobile import lanes as nodes_and_door
from storage.words import Mode, SystemName

log = logging.getLogger(__name__)
LIMIT: Final = timedelta(seconds=60)

Fill = Callable[[Page], None]
"""Fills one page; errors of clients become rows inside."""


@dataclass
class Lane:
    """One page and what fills it.

    Attributes:
        page: Its page.
        fill: Fills it.
        ended: Set when it is filled.
    """

    page: Page
    fill: Fill
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Fill the page; whatever is raised in it stays in it, as a row."""
        try:
            self.fill(self.page)
        except Exception as error:
            log.exception("the check of %s broke off", self.page.subject)
            text = f"The check broke off ({type(error).__name__}); the log has more."
            todo = "Tell whoever keeps the bot; the other rows stand."
            self.page.add(Row(self.page.subject, "checked", Outlook.FAIL, text, todo))
        finally:
            self.ended.set()


def inspect(
    place: Place,
    pause: Callable[[float, threading.Event], bool],
    *,
    limit: timedelta = LIMIT,
    accepted: Iterable[str] = (),
    own: Sequence[tuple[str, Fill]] = (),
) -> Report:
    """Check one estate. Reads only; ends within `limit`, whoever stays silent.

    Args:
        place: What is checked.
        pause: Waits at most so many seconds, or until the event is set; True if it is.
        limit: How long the whole may take.
        accepted: Codes of warnings that the settings accept.
        own: Pages of the caller's: its own machine, its own messenger.
    """
    begun = place.now()
    reached = {system: Reached() for system in SystemName}
    taken = Round(place, reached, pause, limit)
    lanes = [Lane(Page(subject), fill) for subject, fill in (*own, *_systems(taken))]
    left = threading.Event()
    threads = [threading.Thread(target=_run, args=(lane, lanes, left), name="check", daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    pause(limit.total_seconds(), left)
    rows = [row for lane in lanes for row in _told(lane, limit)]
    return Report(place.estate.name, begun, accept(rows, frozenset(accepted)), place.open)


def _run(lane: Lane, all_lanes: Sequence[Lane], left: threading.Event) -> None:
    lane.run()
    if all(each.ended.is_set() for each in all_lanes):
        left.set()


def _told(lane: Lane, limit: timedelta) -> tuple[Row, ...]:
    ended, rows = lane.ended.is_set(), lane.page.rows
    if ended:
        return rows
    text = f"It did not answer everything within {limit.total_seconds():g} s; what it said is above."
    todo = "Look whether it is up and reachable from the bot's machine, then check again."
    return (*rows, Row(lane.page.subject, "answers", Outlook.FAIL, text, todo))


def _systems(taken: Round) -> list[tuple[str, Fill]]:
    place = taken.place
    fills: dict[SystemName, Callable[[Round, Page], None]] = {
        SystemName.NETSCALER: netscaler.fill,
        SystemName.VSPHERE: vsphere.fill,
        SystemName.SQLSERVER: sqlserver.fill,
        SystemName.VEEAM: veeam.fill,
    }
    lanes = [(system.value, _lane(taken, system, fill)) for system, fill in fills.items()]
    lanes += nodes_and_door(taken)
    if place.estate.mode(SystemName.VEEAM) is not Mode.OFF:
        lanes.append(("restore points", lambda page: pairs.fill(taken, page)))
    return lanes


def _lane(taken: Round, system: SystemName, fill: Callable[[Round, Page], None]) -> Fill:
    def filled(page: Page) -> None:
        if taken.place.estate.mode(system) is Mode.OFF:
            text = "Off in the settings: people read and act, nothing was asked."
            page.add(Row(page.subject, "mode", Outlook.OFF, text))
            taken.reached[system].tell(good=False)
            return
        try:
            fill(taken, page)
        finally:
            if not taken.reached[system].told.is_set():
                taken.reached[system].tell(good=False)

    return filled
