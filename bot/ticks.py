"""What is due by the clock: reminders, samples of health, the next word to stakeholders, the board's own pulse.

APScheduler only ticks, in memory; due times live in our rows, so that nothing is lost or doubled by a restart.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import select
from sqlmodel import col

from rollback.book import OPEN
from rollback.operations import gates, stakeholders
from storage.database import Database, Lane, Unit
from storage.models import Rollback
from storage.outbox import Redraw
from storage.words import SubjectKind

PULSE = timedelta(seconds=60)
CHECKED_EVERY = timedelta(seconds=30)  # how often it is looked whether a check of readiness is due
COUNTED_EVERY = timedelta(seconds=60)  # how often it is looked whether a count of devices is due
WATCHED_AT_MOST = timedelta(seconds=2)  # how often invariants are read at most, each round with logins of its own


@dataclass
class Ticks:
    """Carries out what is due; `run_due` is what the scheduler calls, and what tests call by hand.

    Attributes:
        database: Rows and units.
        now: The clock's wall hand.
        sample: Takes one round of readings for every open rollback.
        watch: Reads what must be so for every open rollback; beside `sample`: a slow system leaves no gap there.
        check: Asks for the checks of readiness that are due; others carry them out.
        count: Counts devices that enrolled again, where that is due.
    """

    database: Database
    now: Callable[[], datetime]
    sample: Callable[[], None]
    watch: Callable[[], None] = lambda: None
    check: Callable[[], None] = lambda: None
    count: Callable[[], None] = lambda: None
    _pulsed: dict[int, datetime] = field(default_factory=dict)

    def run_due(self) -> None:
        """Remind, tell stakeholders, keep the boards alive."""
        self.database.submit(gates.remind_due, Lane.BULK).result()
        self._tell_stakeholders()
        self.database.submit(self._pulse, Lane.BULK).result()

    def _tell_stakeholders(self) -> None:
        """Look in a session of its own what is due, and have the writer say it."""
        with self.database.read() as session:
            found = stakeholders.due(session, self.now())
        for due in found:
            self.database.submit(partial(stakeholders.tell, due=due), Lane.BULK).result()

    def _pulse(self, unit: Unit) -> None:
        """Board and headline say when they were drawn, and count down to the next word to stakeholders.

        Drawn again every minute, so that an old one means that nobody watches.
        """
        for row in _open(unit):
            assert row.id is not None  # noqa: S101 - read from the database
            if unit.now - self._pulsed.get(row.id, datetime.min.replace(tzinfo=unit.now.tzinfo)) >= PULSE:
                self._pulsed[row.id] = unit.now
                unit.put(Redraw(SubjectKind.BOARD, row.id, row.id))
                if row.stakeholders:
                    unit.put(Redraw(SubjectKind.HEADLINE, row.id, row.id))


def scheduler(ticks: Ticks, every: timedelta, sample_every: timedelta) -> BackgroundScheduler:
    """A scheduler in memory that calls `ticks`; it is started by whoever starts the program."""
    made = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(4)})
    settings = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
    made.add_job(ticks.run_due, "interval", seconds=every.total_seconds(), id="due", **settings)
    made.add_job(ticks.sample, "interval", seconds=sample_every.total_seconds(), id="sample", **settings)
    made.add_job(ticks.check, "interval", seconds=CHECKED_EVERY.total_seconds(), id="check", **settings)
    watched_every = max(sample_every, WATCHED_AT_MOST).total_seconds()
    made.add_job(ticks.watch, "interval", seconds=watched_every, id="watch", **settings)
    made.add_job(ticks.count, "interval", seconds=COUNTED_EVERY.total_seconds(), id="count", **settings)
    return made


def _open(unit: Unit) -> list[Rollback]:
    return list(unit.session.scalars(select(Rollback).where(col(Rollback.state).in_(list(OPEN)))))
