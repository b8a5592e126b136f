"""What people put on the timeline, by the number that the audit chain has of it."""

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from storage.models import NoteRow

_LINK = re.compile(r"^https://[a-z0-9][a-z0-9-]*\.slack\.com/archives/[A-Z0-9]+/p\d+$")


def read_notes(session: Session, rollback_id: int) -> Mapping[int, NoteRow]:
    """The notes of a rollback, by id."""
    rows = session.scalars(select(NoteRow).where(col(NoteRow.rollback_id) == rollback_id))
    return {row.id: row for row in rows if row.id is not None}


def link_of(note: NoteRow) -> str:
    """The link to a message in Slack; what isn't one is none."""
    return note.link if _LINK.match(note.link) else ""
