"""Having an export of the console read where the bot can't read the devices itself; the reading is done elsewhere."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.book import Book
from rollback.devices.inventory import AFTER, CLOSED
from rollback.devices.values import CaptureSource
from rollback.operations.lead import require
from rollback.operations.notices import BELL, COMPARE
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb
from rollback.stages import ENDED
from storage.database import Unit
from storage.models import CaptureRow, ExportRow
from storage.outbox import Say
from storage.words import Event, StageState

FOLDER = "exports"
"""Folder inside the rollback's own where administrators put what they exported."""
CAPTURES = {"before": CLOSED, "after": AFTER}
"""The capture that an export becomes, by the word that people use."""
LIST = "list-devices"
_NAME = re.compile(r"[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,199}")


def ask(unit: Unit, book: Book, who: Presser, which: str, name: str, count: int | None = None) -> str:
    """Ask for an export to be read from the rollback's folder.

    Args:
        unit: The transaction.
        book: The rollback.
        who: Who asks.
        which: ``before`` the restore or ``after`` it.
        name: The file's name, one part of a path.
        count: How many rows the console showed; another count is refused. None: nobody said.

    Raises:
        Refusal: Not this person's to ask, no such word, a path, or the bot has read the devices itself.
    """
    require(book, who, Verb.EXPORT_READ, "have an export read")
    if which not in CAPTURES:
        raise Refusal("Say `before` or `after` the restore. Nothing was changed.", book.id)
    if _NAME.fullmatch(name) is None:
        raise Refusal(
            f"Name a file in the folder `{FOLDER}` of {book.label}, without a path. Nothing was changed.", book.id
        )
    _must_be_wanted(unit, book, which)
    if waiting(unit.session, book.id) is not None:
        raise Refusal("Another export is being read; ask again when it is done. Nothing was changed.", book.id)
    row = ExportRow(
        rollback_id=book.id, capture=which, name=name, asked_by=who.person.id, asked_at=unit.now, count=count or 0
    )
    unit.session.add(row)
    unit.note(Event.FACT_NOTED, book.id, who.person.id, fact=f"export {which} asked for")
    unit.ring(BELL)
    return f"The export {which} the restore is being read; what it holds follows in the channel."


def waiting(session: Session, rollback_id: int) -> ExportRow | None:
    """The export that was asked for and isn't read yet."""
    wanted = select(ExportRow).where(col(ExportRow.rollback_id) == rollback_id, col(ExportRow.read_at).is_(None))
    return session.scalars(wanted.order_by(col(ExportRow.id))).first()


def was_read(unit: Unit, book: Book, export_id: int, sha256: str, count: int) -> None:
    """Note that an export was read and kept; stages that wait for it look at once."""
    row = unit.session.get_one(ExportRow, export_id)
    row.read_at, row.sha256, row.count = unit.now, sha256, count
    unit.note(Event.EXPORT_READ, book.id, row.asked_by, capture=row.capture, sha256=sha256, count=count)
    facts = {"which": row.capture, "name": row.name, "sha256": sha256, "count": count}
    unit.put(Say("export-read", book.id, facts))
    stage = book.stages.get(COMPARE)
    if stage is not None and stage.state not in ENDED:
        stage.due_at = None
    unit.ring("dispatcher")


def was_refused(unit: Unit, book: Book, export_id: int, why: str) -> None:
    """Note that a file can't be used, and why; nothing of it was kept."""
    row = unit.session.get_one(ExportRow, export_id)
    row.read_at, row.why = unit.now, why
    unit.put(Say("export-refused", book.id, {"name": row.name, "why": why}))


def _must_be_wanted(unit: Unit, book: Book, which: str) -> None:
    """An export never takes the place of what the bot has read, and comes when its server is the right one."""
    wanted = select(CaptureRow).where(col(CaptureRow.rollback_id) == book.id, col(CaptureRow.name) == CAPTURES[which])
    captured = unit.session.scalars(wanted).first()
    by_bot = captured is not None and captured.extras.get("source") != CaptureSource.CONSOLE_EXPORT
    if captured is not None and by_bot and captured.completed_at is not None:
        raise Refusal(f"The bot itself has read the devices {which} the restore. Nothing was changed.", book.id)
    for name in (LIST, COMPARE):
        stage = book.stages.get(name)
        if stage is None:
            raise Refusal("This runbook compares no devices. Nothing was changed.", book.id)
        if stage.state == StageState.RUNNING and name == (LIST if which == "before" else COMPARE):
            raise Refusal(f"The bot is reading the devices itself ({name}). Nothing was changed.", book.id)
    compare = book.stage(COMPARE)
    if compare.state in ENDED:
        raise Refusal(f"{COMPARE} has ended; its lists are signed. Nothing was changed.", book.id)
    if which == "after" and book.unmet(compare):
        waits = ", ".join(str(need) for need in book.unmet(compare))
        raise Refusal(f"{COMPARE} waits for {waits}: an export now would be the old server's.", book.id)
