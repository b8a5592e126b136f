"""What is known of a rollback when its notices are drafted: from rows to `Known`, in one reading session."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from rollback.book import Book
from rollback.devices.decided import cleared, security_rows_of
from rollback.drafts.contexts import Common
from rollback.drafts.letters import Terms
from rollback.drafts.notices import Content
from rollback.drafts.occasions import REPLY_WITHIN, Known
from rollback.operations.notices import comparison_mark, newest
from rollback.situation import Situation
from storage.models import Draft
from storage.words import Notice

TELLING = frozenset({"release-notices", "tell-users"})
NEXT_UPDATE = timedelta(minutes=30)


@dataclass(frozen=True)
class Seen:
    """What is known of one rollback.

    Attributes:
        book: Its rows.
        newest: The newest version of each notice.
        known: What notices tell; None where the settings have no words for them.
        comparison: Which comparison there is: changes when the devices are compared anew; empty before the first.
        cleared: Keys of security's rows that are settled in such a way that users may be written to.
    """

    book: Book
    newest: dict[Notice, Draft]
    known: Known | None
    comparison: str
    cleared: frozenset[str] = frozenset()

    def content(self, notice: Notice) -> Content | None:
        """What the newest version of a notice holds."""
        row = self.newest.get(notice)
        return None if row is None else Content.from_json(row.texts)


def look(session: Session, rollback_id: int, now: datetime) -> Seen | None:
    """What is known of a rollback now; None if it has ended, or if its runbook tells nobody anything."""
    book = Book.open(session, rollback_id)
    if book.row.ended_at is not None or not any(stage.action in TELLING for stage in book.stages.values()):
        return None
    found = newest(session, rollback_id)
    clear = cleared(security_rows_of(session, rollback_id))
    return Seen(book, found, _known(session, book, found, now), comparison_mark(session, book), clear)


def notice_code(book: Book) -> str:
    """The code on the intranet page: the same all through a rollback, another in the next; it proves nothing."""
    named = f"{book.id} {book.row.plan_hash} {book.row.started_at.isoformat()}"
    return base64.b32encode(hashlib.sha256(named.encode()).digest()).decode()[:5]


def _known(session: Session, book: Book, found: dict[Notice, Draft], now: datetime) -> Known | None:
    site = book.estate.words()
    if site is None:
        return None
    picture = Situation.of(session, book.id, now)
    common = Common(site, book.label, notice_code(book))
    listed = Content.from_json(found[Notice.RECIPIENTS].texts).listed if Notice.RECIPIENTS in found else None
    return Known(
        common=common,
        terms=_terms(book, common, found),
        from_version=book.estate.from_version,
        to_version=book.estate.to_version,
        now=now,
        closes_at=picture.door.closed_at or _closes(book, picture) or now,
        closed_at=picture.door.closed_at,
        opened_at=picture.door.opened_at,
        next_update=book.row.next_update_at or now + NEXT_UPDATE,
        listed=listed,
        vendor_case=str(book.row.facts.get("case_number") or ""),
    )


def _closes(book: Book, picture: Situation) -> datetime | None:
    if book.plan.milestones is None:
        return None
    return picture.stage_named(book.plan.milestones.door_closes).starts


def _terms(book: Book, common: Common, found: dict[Notice, Draft]) -> Terms:
    """The days that letters name: fixed with the first draft, so that its approval holds."""
    if Notice.RE_ENROL in found:
        event, reply = Content.from_json(found[Notice.RE_ENROL].texts).days
        return Terms(common, event, reply)
    event = book.row.started_at.astimezone(book.estate.tz()).date()
    return Terms(common, event, event + REPLY_WITHIN)
