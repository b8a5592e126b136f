"""Notes on the timeline: what somebody wrote in a channel, or types, kept with its author and a link to it.

The chain holds a digest over a random salt and the text, never the text: a purge takes the row, and nothing is left.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from rollback.book import Book
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb, may
from storage.database import Unit
from storage.models import NoteRow
from storage.words import Event

LONGEST = 2_000
"""Characters of a note; the link leads to the rest."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that goes on the timeline.

    Attributes:
        text: What was written.
        author: Id of the named person who wrote it, or a Slack account as ``T…/U…``.
        said_at: When, aware UTC.
        channel, ts: Where it stands in Slack; empty for what was typed behind the command.
        link: Leads there, or empty.
    """

    text: str
    author: str
    said_at: datetime
    channel: str = ""
    ts: str = ""
    link: str = ""


def add(unit: Unit, book: Book, who: Presser, heard: Heard) -> str:
    """Put a message on the timeline of a rollback, open or ended; the same message once.

    Raises:
        Refusal: Not this person's to note, no text, or it is there already.
    """
    if not may(who.person, Verb.NOTE):
        raise Refusal("Your roles don't let you add to the timeline; nothing was changed.", book.id)
    text = heard.text.strip()
    if not text:
        raise Refusal("There is no text in it to put on the timeline; nothing was changed.", book.id)
    if heard.ts and _there(unit, book, heard):
        raise Refusal("This message is on the timeline already; nothing was changed.", book.id)
    row = NoteRow(
        rollback_id=book.id,
        person=who.person.id,
        author=heard.author,
        text=text[:LONGEST],
        salt=secrets.token_hex(16),
        channel=heard.channel,
        ts=heard.ts or None,
        link=heard.link,
        said_at=heard.said_at,
        at=unit.now,
    )
    unit.session.add(row)
    unit.session.flush()
    unit.note(
        Event.NOTE_ADDED, book.id, who.person.id, note=row.id, author=row.author, link=row.link, digest=digest(row)
    )
    cut = f" Its first {LONGEST} characters are kept." if len(text) > LONGEST else ""
    return f"It is on the timeline of {book.label}.{cut}"


def digest(row: NoteRow) -> str:
    """What the chain holds of a note's text."""
    return hashlib.sha256(f"{row.salt}\n{row.text}".encode()).hexdigest()


def _there(unit: Unit, book: Book, heard: Heard) -> bool:
    wanted = select(NoteRow.id).where(  # type: ignore[call-overload]
        col(NoteRow.rollback_id) == book.id, col(NoteRow.channel) == heard.channel, col(NoteRow.ts) == heard.ts
    )
    return unit.session.execute(wanted).first() is not None
