"""The whole report, put together from its parts."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from rollback.book import Book
from rollback.report import asking, comparison, deviations, notices, stages, summary, timeline
from rollback.report.history import read_history
from rollback.report.record import Record, read_record
from rollback.situation import Situation


def report(session: Session, rollback_id: int, now: datetime) -> str:
    """The report of a rollback as it stands, in Markdown.

    Args:
        session: A reading session.
        rollback_id: Which rollback; it may still be open.
        now: The present instant, aware UTC.

    Raises:
        rollback.book.NoSuchRollback: There is none.
    """
    s = Situation.of(session, rollback_id, now)
    book = Book.open(session, rollback_id)
    history = read_history(session, s)
    record = read_record(session, rollback_id, s.started_at, s.ended_at or now)
    parts: tuple[tuple[str, Iterator[str]], ...] = (
        ("Compared with the run by hand", comparison.comparison(s, book.plan.runbook)),
        ("Deviations", deviations.deviations(s, history, record)),
        ("Stages", stages.overview(s)),
        ("What was asked, and who agreed", asking.rounds(s)),
        ("What happened in each stage", stages.details(s, history)),
        ("Attempts that were refused", deviations.refused(s, record)),
        ("Switched off or owed", deviations.debts(s)),
        ("Notices", notices.notices(session, s)),
        ("Files", notices.files(session, s)),
        ("Timeline", timeline.timeline(s, record)),
        ("The record", _record(book, record)),
    )
    lines = [*summary.summary(s), ""]
    for title, part in parts:
        lines += [f"## {title}", "", *part, ""]
    return "\n".join(lines)


def _record(book: Book, record: Record) -> Iterator[str]:
    row = book.row
    yield f"- Audit entries about this rollback: {len(record.entries)}"
    yield f"- Head of the whole chain: entry {record.head_seq}, mac `{record.head_mac}`"
    yield "- `rollback-bot audit verify` proves the chain with the key that lies outside the database."
    yield f"- Frozen at the start: plan `{row.plan_hash}`, estate `{row.estate_hash}`, people `{row.roles_hash}`"
