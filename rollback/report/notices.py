"""Notices on their way to their readers, and files on disk: counts and hashes, never who is on a list."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.report.markdown import instant, said, table
from rollback.report.people import named
from rollback.situation import Situation
from rollback.untrusted import Untrusted
from storage.models import Draft, FileRow


def notices(session: Session, s: Situation) -> Iterator[str]:
    """Every version of every notice, with those who saw to it."""
    wanted = select(Draft).where(col(Draft.rollback_id) == s.id).order_by(col(Draft.name), col(Draft.version))
    rows = [
        (
            said(row.name),
            str(row.version),
            said(row.state),
            named(s, row.author),
            named(s, row.reviewer),
            named(s, row.approver),
            _sent(s, row),
        )
        for row in session.scalars(wanted)
    ]
    yield from table(("notice", "version", "state", "written", "reviewed", "approved", "sent"), rows)


def _sent(s: Situation, row: Draft) -> str:
    if row.sent_at is None:
        return ""
    return (
        f"{instant(row.sent_at, s.zone)} by {named(s, row.sent_by)}, {said(Untrusted(row.sent_channel))}, "
        f"to {row.sent_count}"
    )


def files(session: Session, s: Situation) -> Iterator[str]:
    """Every file that was written, with its place, hash and count."""
    wanted = (
        select(FileRow).where(col(FileRow.rollback_id) == s.id, col(FileRow.sha256) != "").order_by(col(FileRow.id))
    )
    rows = [
        (said(Untrusted(row.place)), str(row.count), f"`{row.sha256}`", instant(row.at, s.zone))
        for row in session.scalars(wanted)
    ]
    yield from table(("file", "count", "sha256", "written"), rows)
