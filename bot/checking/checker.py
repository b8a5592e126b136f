"""Carries out the checks that were asked for in Slack or are due, one after the other, in a thread of its own.

What is asked for stands in our rows: a check that was cut off by a restart is made by the next process.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from slack_sdk import WebClient

from bot.checking.places import own_pages, place_of
from bot.settings import Settings
from rollback.actions.action import Connect
from rollback.operations import inspections
from rollback.operations.inspections import BELL, Subject
from rollback.readiness import Outlook, Report, Row, against, inspect
from storage.clock import Clock
from storage.database import Database, Lane
from storage.models import Inspection

log = logging.getLogger(__name__)
TICK = 10.0  # seconds between two looks without a bell
SLICE = 0.25  # seconds until it is seen that the program ends


@dataclass(frozen=True)
class Checking:
    """What a check works with.

    Attributes:
        settings: As loaded.
        database: Rows and units.
        clock: The time source.
        connect: Makes the clients of an estate.
        slack: Asked who we are; nothing is posted with it.
        stopping: Set when the program ends: a check under way is left, and made by the next process.
    """

    settings: Settings
    database: Database
    clock: Clock
    connect: Connect
    slack: WebClient
    stopping: threading.Event = field(default_factory=threading.Event)

    def ask_what_is_due(self) -> None:
        """Ask for the check of every estate whose turn it is; `check.every` zero: never."""
        wanted = self.settings.check
        if not wanted.every:
            return
        for one in self.settings.estates:
            subject = Subject(one.estate.name, one.estate.practice, wanted.channel)
            self.database.submit(
                lambda unit, subject=subject: inspections.ask_if_due(unit, subject, wanted.every),  # type: ignore[misc]
                Lane.BULK,
            ).result()

    def carry_out(self) -> int:
        """Make every check that waits; returns how many."""
        with self.database.read() as session:
            rows = inspections.waiting(session)
        for row in rows:
            report = self._checked(row)
            if self.stopping.is_set():
                break
            self.database.submit(_ending(row, report), Lane.BULK).result()
        return len(rows)

    def _checked(self, row: Inspection) -> Report:
        try:
            one = self.settings.estate(row.estate)
        except KeyError:
            text = f"The settings have no estate {row.estate} any more."
            gone = Row("settings", "estate", Outlook.FAIL, text, "Ask for the check of another one.")
            return Report(row.estate, self.clock.now(), (gone,))
        with self.database.read() as session:
            place = place_of(one, self.connect, self.clock.now, session)
            before = inspections.last_report(session, row.estate)
        own = own_pages(self.settings, one, self.slack, self.clock.now)
        limit = self.settings.check.limit
        return against(inspect(place, self._pause, limit=limit, accepted=one.accepted, own=own), before)

    def _pause(self, seconds: float, event: threading.Event) -> bool:
        """Wait for the event, but no longer than the program runs."""
        ends = self.clock.monotonic() + seconds
        while not (event.is_set() or self.stopping.is_set()) and self.clock.monotonic() < ends:
            self.clock.wait(min(SLICE, seconds), event)
        return event.is_set()


def _ending(row: Inspection, report: Report) -> Callable[..., None]:
    assert row.id is not None  # noqa: S101 - it was read from the database
    inspection_id = row.id
    return lambda unit: inspections.end(unit, inspection_id, report)


class Checker:
    """The thread of `Checking`: looks when the bell rings, and every few seconds."""

    def __init__(self, checking: Checking) -> None:
        """Nothing runs before `start`."""
        self._checking = checking
        self._bell = checking.database.bells.event(BELL)
        self._thread = threading.Thread(target=self._run, name="checker", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End at once."""
        self._checking.stopping.set()
        self._bell.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._checking.stopping.is_set():
            try:
                self._checking.carry_out()
            except Exception:
                log.exception("a check broke off; it is made again")
            self._checking.clock.wait(TICK, self._bell)
            self._bell.clear()
