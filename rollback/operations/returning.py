"""Counting devices back after go-live: each count is told when it matters, and somebody ends it."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from rollback.book import Book
from rollback.devices.returning import Returned, end, keep, returned_of
from rollback.operations.lead import require
from rollback.operations.notices import BELL, newest
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb
from storage.database import Unit
from storage.outbox import Redraw, Say
from storage.words import Event, Notice, StageState, SubjectKind

GO_LIVE = "go-live"
BOT = "bot"


def is_due(session: Session, book: Book, now: datetime) -> bool:
    """Whether the devices are to be counted now: after go-live, from time to time, until somebody ended it."""
    stage = book.stages.get(GO_LIVE)
    if stage is None or stage.state != StageState.SUCCEEDED or book.row.ended_at is not None:
        return False
    last = returned_of(session, book.id)
    if last is None or last.counted_at is None:
        return True
    return last.closed_at is None and now - last.counted_at >= book.estate.afterwards.count_every


def counted(unit: Unit, book: Book, returned: Returned) -> None:
    """Keep a count; where enough devices are back, the counting ends by itself."""
    last = returned_of(unit.session, book.id)
    if last is not None and last.closed_at is not None:
        return
    keep(unit, book.id, returned)
    unit.session.flush()
    if last is None or last.back != returned.back:
        unit.note(Event.FACT_NOTED, book.id, BOT, fact="re-enrolled", back=returned.back, of=returned.of)
        unit.put(Redraw(SubjectKind.BOARD, book.id, book.id))
    if returned.part >= book.estate.afterwards.enough:
        _end(unit, book, BOT, f"{book.estate.afterwards.enough:.0%} are back")
    unit.ring(BELL)


def close(unit: Unit, book: Book, who: Presser, why: str) -> str:
    """End the counting though devices are missing; the service owner signs for those that never returned.

    Raises:
        Refusal: Not this person's to say, no reason, nothing was counted yet, or it has ended.
    """
    require(book, who, Verb.RETURNS_CLOSE, "say that no more devices are waited for")
    last = returned_of(unit.session, book.id)
    if last is None:
        raise Refusal("No device was counted yet: counting begins after go-live. Nothing was changed.", book.id)
    if last.closed_at is not None:
        raise Refusal(f"Counting has ended already, by {last.closed_by}. Nothing was changed.", book.id)
    if not why.strip():
        raise Refusal("Say why no more devices are waited for: `devices close REASON`. Nothing was changed.", book.id)
    _end(unit, book, who.person.id, why.strip())
    unit.ring(BELL)
    return f"Counting ends: {words(last)}; {len(last.missing)} never returned, their list is being written."


def first_sent(session: Session, book: Book) -> datetime | None:
    """When people were asked to enrol again: as marked, else when the service was declared healthy."""
    row = newest(session, book.id).get(Notice.RE_ENROL)
    if row is not None and row.sent_at is not None:
        return row.sent_at
    stage = book.stages.get(GO_LIVE)
    return stage.ended_at if stage is not None and stage.state == StageState.SUCCEEDED else None


def reminder_due(session: Session, book: Book, now: datetime) -> timedelta | None:
    """The newest reminder whose day has come; None before the first, and when nobody is missing or waited for."""
    last, sent = returned_of(session, book.id), first_sent(session, book)
    if last is None or last.closed_at is not None or not last.missing or sent is None:
        return None
    return max((after for after in book.estate.afterwards.reminders if now - sent >= after), default=None)


def words(returned: Returned) -> str:
    """The count for people."""
    return f"{returned.back} of {returned.of} devices are back"


def _end(unit: Unit, book: Book, by: str, why: str) -> None:
    end(unit, book.id, by, why)
    unit.session.flush()
    last = returned_of(unit.session, book.id)
    assert last is not None  # noqa: S101 - it was written right above
    unit.note(
        Event.FACT_NOTED, book.id, by, fact="counting of re-enrolled devices ended", back=last.back, of=last.of, why=why
    )
    facts = {"back": last.back, "of": last.of, "by": by, "why": why}
    unit.put(Say("returns-closed", book.id, facts))
