"""The wall clock went back: what was due by it stays as far away as it was, and open asks are previewed anew.

Due times lie in the rows as instants of the wall clock. Set back by two hours, it would leave every one of them two
hours late. How far apart two looks have to be is kept all the same: every instant moves by the same step.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import col

from rollback.book import OPEN, Book
from rollback.stages import move
from storage.database import Database, Unit
from storage.models import AuditEntry, AuditHead, ChangeRow, Rollback, Stage
from storage.words import StageState

LEAST = timedelta(seconds=5)
"""Smaller steps are a time server at work: what is due waits that much longer."""


class ClockSteps:
    """Remembers the latest instant that was seen; after a start, the one of the last audit entry."""

    def __init__(self, database: Database) -> None:
        """Nothing is read before the first `back`."""
        self._database = database
        self._latest: datetime | None = None

    def back(self, now: datetime) -> timedelta:
        """By how much the clock has gone back since it was looked at last; zero if it hasn't."""
        latest = self._latest or self._last_entry() or now
        self._latest = now
        return latest - now if latest - now >= LEAST else timedelta(0)

    def _last_entry(self) -> datetime | None:
        with self._database.read() as session:
            newest = select(col(AuditEntry.wall)).join(AuditHead, col(AuditHead.seq) == col(AuditEntry.seq))
            return session.scalars(newest).first()


def follow(unit: Unit, by: timedelta) -> None:
    """Move everything that is due in open rollbacks back by the same step, and preview what is asked for anew."""
    for rollback in unit.session.scalars(select(Rollback).where(col(Rollback.state).in_(list(OPEN)))).all():
        if rollback.next_update_at is not None:
            rollback.next_update_at -= by
        assert rollback.id is not None  # noqa: S101 - read from the database
        book = Book.open(unit.session, rollback.id)
        for stage in book.stages.values():
            _follow_stage(unit, stage, by)
    unit.ring("dispatcher")


def _follow_stage(unit: Unit, stage: Stage, by: timedelta) -> None:
    looked_for = select(ChangeRow).where(col(ChangeRow.stage_id) == stage.id, col(ChangeRow.look_at).is_not(None))
    for change in unit.session.scalars(looked_for):
        assert change.look_at is not None  # noqa: S101 - asked for so
        change.look_at -= by
    if stage.state == StageState.AWAITING_APPROVAL:
        move(unit, stage, StageState.PREVIEWING, why="the clock went back")
    elif stage.due_at is not None:
        stage.due_at -= by
