"""Asking for a report, and noting that one was written; the writing itself is `rollback.handing_out.reports`."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.book import Book
from rollback.drafts.files import Written
from rollback.operations.notices import BELL, files_of
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb, may
from storage.database import Unit
from storage.models import FileRow
from storage.outbox import Say
from storage.words import Event


def report_name(book: Book) -> str:
    """The report's file name."""
    return f"{book.label}-report.md"


def ask(unit: Unit, book: Book, who: Presser) -> str:
    """Ask for the report as things stand now, also after the end; a second ask in the meantime adds nothing.

    Raises:
        Refusal: Not this person's to ask.
    """
    if not may(who.person, Verb.REPORT):
        raise Refusal("Your roles don't let you ask for the report; nothing was changed.", book.id)
    note_asked(unit, book, who.person.id)
    last = next((row for row in files_of(unit.session, book.id) if row.name == report_name(book)), None)
    before = f" The last one: {last.place}, sha256 {last.sha256}." if last is not None else ""
    return f"The report of {book.label} is being written; its place and hash follow in the channel.{before}"


def note_asked(unit: Unit, book: Book, by: str) -> None:
    """Have a report written; one that is waited for already is enough.

    Args:
        unit: The transaction.
        book: The rollback, open or ended.
        by: Id of the person who asked, or ``bot`` at the end of a rollback.
    """
    if asked_for(unit.session, book.id) is None:
        unit.session.add(
            FileRow(rollback_id=book.id, name=report_name(book), place="", sha256="", count=0, at=unit.now)
        )
        unit.note(Event.FACT_NOTED, book.id, by, fact="report asked for")
    unit.ring(BELL)


def asked_for(session: Session, rollback_id: int) -> FileRow | None:
    """The row of a report that was asked for and isn't written yet."""
    wanted = select(FileRow).where(col(FileRow.rollback_id) == rollback_id, col(FileRow.sha256) == "")
    return session.scalars(wanted).first()


def written(unit: Unit, rollback_id: int, files: Sequence[Written]) -> None:
    """Note that the files of the report lie on disk; the channel gets the place and hash of each."""
    asked = asked_for(unit.session, rollback_id)
    if asked is None:
        return
    unit.session.delete(asked)
    told: list[dict[str, object]] = []
    for file in files:
        place, name = str(file.place), file.place.name
        unit.session.add(
            FileRow(
                rollback_id=rollback_id, name=name, place=place, sha256=file.sha256, count=file.count, at=unit.now,
            )
        )  # fmt: skip
        unit.note(Event.REPORT_WRITTEN, rollback_id, "bot", name=name, sha256=file.sha256, size=file.size)
        told.append({"place": place, "sha256": file.sha256, "count": file.count})
    unit.put(Say("files-written", rollback_id, {"what": "The report", "files": told}))
