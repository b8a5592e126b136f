"""Deleting what names people, on the date that was set: rows here, files elsewhere; counts and hashes stay."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.book import Book, estate_of
from rollback.operations import reports
from storage.database import Unit
from storage.models import CaptureRow, DeviceRow, ExportRow, NoteRow, Outgoing, Rollback, SecurityRow
from storage.words import Event

KEPT = frozenset({"run", "rows", "cutoff", "source", "whole", "of", "missing", "counted_at", "closed_at", "closed_by"})
"""What stays beside a capture: it names nobody; ids of devices that are deleted are numbers."""
NAMES_A_FILE = ("export-read", "export-refused")
HOLDS_NOTES = ("timeline", "stakeholders-words")


def date_of(row: Rollback) -> datetime | None:
    """When what names people in a rollback is deleted; None as long as it is open."""
    return None if row.ended_at is None else row.ended_at + estate_of(row).afterwards.retention


def due(session: Session, now: datetime) -> list[Rollback]:
    """Rollbacks whose date has come and that still name people."""
    wanted = select(Rollback).where(col(Rollback.ended_at).is_not(None), col(Rollback.purged_at).is_(None))
    return [row for row in session.scalars(wanted) if (date := date_of(row)) is not None and date <= now]


def forget(unit: Unit, rollback_id: int) -> int:
    """Delete the devices of every capture, invitations, keys and names of files; returns how many devices.

    It may be done again: killed between this and `done`, the same is deleted once more.
    """
    session = unit.session
    captures = list(session.scalars(select(CaptureRow).where(col(CaptureRow.rollback_id) == rollback_id)))
    mine = col(DeviceRow.capture_id).in_([row.id for row in captures])
    devices = session.execute(select(func.count()).select_from(DeviceRow).where(mine)).scalar_one()
    session.execute(delete(DeviceRow).where(mine))
    for row in captures:
        row.extras = {key: value for key, value in row.extras.items() if key in KEPT}
    for line in session.scalars(select(SecurityRow).where(col(SecurityRow.rollback_id) == rollback_id)):
        line.key, line.twin = "", line.number
    session.execute(update(ExportRow).where(col(ExportRow.rollback_id) == rollback_id).values(name="", why=""))
    told = col(Outgoing.rollback_id) == rollback_id, col(Outgoing.subject).in_((*NAMES_A_FILE, *HOLDS_NOTES))
    session.execute(update(Outgoing).where(*told).values(facts={}))
    _forget_notes(unit, rollback_id)
    return int(devices)


def _forget_notes(unit: Unit, rollback_id: int) -> None:
    """Delete what people put on the timeline; a report that has it word for word is written anew without it."""
    notes = unit.session.scalars(select(NoteRow).where(col(NoteRow.rollback_id) == rollback_id)).all()
    for note in notes:
        unit.session.delete(note)
    if notes:
        unit.session.flush()
        reports.note_asked(unit, Book.open(unit.session, rollback_id), "bot")


def done(unit: Unit, rollback_id: int, devices: int, files: int) -> None:
    """Note that nothing names anybody any more."""
    row = unit.session.get_one(Rollback, rollback_id)
    row.purged_at = unit.now
    unit.note(Event.DATA_PURGED, rollback_id, "bot", devices=devices, files=files)
