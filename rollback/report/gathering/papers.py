"""What lies beside the rollback: notices, files, debts, refused attempts. Counts and hashes, never who is on a list."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.report.gathering.record import Record
from rollback.report.gathering.words import named, words
from rollback.report.model import Debt, File, Notice, Refused
from rollback.situation import Situation
from rollback.untrusted import Untrusted
from storage.models import Draft, FileRow


def notices(session: Session, s: Situation) -> Iterator[Notice]:
    """Every version of every notice, with those who saw to it."""
    wanted = select(Draft).where(col(Draft.rollback_id) == s.id).order_by(col(Draft.name), col(Draft.version))
    for row in session.scalars(wanted):
        yield Notice(
            name=words(row.name),
            version=row.version,
            state=words(row.state),
            written_by=named(s, row.author),
            reviewed_by=named(s, row.reviewer),
            approved_by=named(s, row.approver),
            sent_by=named(s, row.sent_by),
            sent_at=row.sent_at,
            sent_channel=words(row.sent_channel),
            sent_count=row.sent_count,
        )


def files(session: Session, s: Situation) -> Iterator[File]:
    """Every file that was written, with its place, hash and count."""
    wanted = (
        select(FileRow).where(col(FileRow.rollback_id) == s.id, col(FileRow.sha256) != "").order_by(col(FileRow.id))
    )
    for row in session.scalars(wanted):
        yield File(place=words(Untrusted(row.place)), count=row.count, sha256=row.sha256, at=row.at)


def debts(s: Situation) -> Iterator[Debt]:
    """What is owed, and what was settled."""
    for debt in s.debts:
        owner = named(s, debt.owner) or words(debt.owner)
        yield Debt(text=words(debt.text), owner=owner, due_at=debt.due_at, settled_at=debt.settled_at)


def refused(record: Record) -> Iterator[Refused]:
    """Every attempt that was refused, with the sentence that it was answered."""
    for entry in record.refused:
        answer = words(str(entry.facts.get("why", "")))
        yield Refused(at=entry.at, account=words(Untrusted(entry.actor)), answer=answer)
