"""The end of the timeline, without the rest of the report."""

from sqlalchemy.orm import Session

from rollback.report.gathering.notes import read_notes
from rollback.report.gathering.record import read_record
from rollback.report.gathering.timeline import timeline
from rollback.report.model import Entry
from rollback.situation import Situation


def last_lines(session: Session, s: Situation, most: int) -> tuple[Entry, ...]:
    """The last lines of the timeline, the newest at the end."""
    record = read_record(session, s.id, ended=s.ended)
    return tuple(timeline(s, record, read_notes(session, s.id)))[-most:]
