"""The audit chain: append-only, keyed, numbered without gaps.

Each entry's HMAC-SHA256 covers its stored bytes, which hold the format version, the installation, its number, the
previous entry's mac and the id of the key. The key lies outside the database. Triggers guard against mistakes; the
chain guards against people who hold the database but not the key. Neither guards against root on the bot's host, nor
against cutting off the tail after the last head that somebody else holds (`docs/security.md`).
"""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, text, type_coerce, update
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType
from sqlmodel import col

from storage.models import AuditEntry, AuditHead
from storage.words import Event

FORMAT = 1
START = "0" * 64
CHUNK = 500
COLUMNS = {
    "seq": "seq",
    "format": "format",
    "installation": "installation",
    "prev": "prev",
    "key_id": "key",
    "monotonic": "monotonic",
    "event": "event",
    "rollback_id": "rollback",
}
"""Columns of an entry that repeat what its signed content says, by the name that they have there."""
AS_STORED = [
    type_coerce(col(column), NullType()).label(name)
    for name, column in AuditEntry.__table__.columns.items()  # type: ignore[attr-defined]
]
"""An entry as it lies on the disk: no type in between that could stumble over a forged value or repair it."""

TRIGGERS = {
    "audit_refuses_update": """
        CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END""",
    "audit_refuses_delete": """
        CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END""",
    "audit_guards_insert": """
        CREATE TRIGGER audit_guards_insert BEFORE INSERT ON audit
        WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit)
          OR NEW.prev IS NOT COALESCE((SELECT mac FROM audit ORDER BY seq DESC LIMIT 1), '{start}')
        BEGIN SELECT RAISE(ABORT, 'audit entries come one after another'); END""".replace("{start}", START),
}


class AuditBroken(Exception):
    """The audit chain can't be trusted; the message names the first bad entry. A person has to look first."""


@dataclass(frozen=True)
class AuditKey:
    """The key of the chain.

    Attributes:
        id: Names the key in each entry, so that keys can be rotated.
        secret: At least 32 bytes, from a file outside the database.
    """

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"AuditKey(id={self.id!r})"

    def mac(self, content: bytes) -> str:
        """HMAC-SHA256 of `content`, in hex."""
        return hmac.new(self.secret, content, hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Note:
    """What a unit wants to have written in the chain.

    Attributes:
        event: Its name.
        rollback_id: The rollback that it is about, if any.
        actor: Id of the person, ``bot``, or empty.
        facts: Counts, states, hashes, ids; never names of people or secrets.
    """

    event: Event
    rollback_id: int | None
    actor: str
    facts: dict[str, Any]


def canonical(value: object) -> bytes:
    """JSON with sorted keys and no spaces: the same value gives the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode()


def append(
    session: Session, key: AuditKey, installation: str, notes: list[Note], wall: datetime, monotonic: float
) -> None:
    """Write `notes` as the next entries and take the head, as the last thing that a unit does.

    A wall clock that has gone back since the last entry is an entry of its own, before the others.
    """
    if not notes:
        return
    head = session.execute(select(AuditHead.seq, AuditHead.mac).where(AuditHead.id == 1)).one()  # type: ignore[call-overload]
    last = session.execute(select(AuditEntry.wall).where(AuditEntry.seq == head.seq)).scalar()  # type: ignore[call-overload]
    if last is not None and wall < last:
        went_back = Note(Event.CLOCK_WENT_BACK, None, "bot", {"seconds": (last - wall).total_seconds()})
        notes = [went_back, *notes]
    seq, prev = head.seq, head.mac
    for note in notes:
        seq += 1
        content = canonical(
            {
                "format": FORMAT,
                "installation": installation,
                "seq": seq,
                "prev": prev,
                "key": key.id,
                "wall": wall.isoformat(),
                "monotonic": monotonic,
                "event": note.event,
                "rollback": note.rollback_id,
                "actor": note.actor,
                "facts": note.facts,
            }
        )
        mac = key.mac(content)
        row = {
            "seq": seq,
            "format": FORMAT,
            "installation": installation,
            "prev": prev,
            "key_id": key.id,
            "wall": wall,
            "monotonic": monotonic,
            "event": note.event.value,
            "rollback_id": note.rollback_id,
            "content": content,
            "mac": mac,
        }
        session.execute(insert(AuditEntry).values(row))
        prev = mac
    session.execute(update(AuditHead).where(AuditHead.id == 1).values(seq=seq, mac=prev))  # type: ignore[arg-type]


def create_triggers(connection: Connection) -> None:
    """Put the guards on the audit table; called by the migration that makes it."""
    for statement in TRIGGERS.values():
        connection.execute(text(statement))


def check_triggers(connection: Connection) -> None:
    """Compare the audit table's triggers with the list.

    Raises:
        AuditBroken: One is missing, differs or is none of ours; the bot does not start.
    """
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type='trigger' AND tbl_name='audit'"))
    found = {name: " ".join(sql.split()) for name, sql in rows}
    if unknown := sorted(set(found) - set(TRIGGERS)):
        raise AuditBroken(
            f"The audit table has a trigger that is none of its guards: {', '.join(unknown)}. Nothing was started. "
            "Find out who put it there before anything else."
        )
    for name, statement in TRIGGERS.items():
        if found.get(name) != " ".join(statement.split()):
            raise AuditBroken(
                f"The audit table's guard {name} is missing or was changed. Nothing was started. "
                "Find out who changed the database, and restore it from the last backup that verifies."
            )


def verify(session: Session, keys: dict[str, AuditKey]) -> int:
    """Read the whole chain and prove it.

    Returns:
        The number of entries.

    Raises:
        AuditBroken: The first entry that is missing, changed, forked or made with another key, by number.
    """
    seq, prev = 0, START
    for row in _entries(session):
        seq += 1
        if row.seq != seq:
            raise AuditBroken(f"Audit entry {seq} is missing: the next one found is {row.seq}.")
        key = keys.get(row.key_id)
        if key is None:
            raise AuditBroken(f"Audit entry {seq} was made with key {row.key_id!r}, which is not at hand.")
        if row.prev != prev or not _signed(key, row):
            raise AuditBroken(f"Audit entry {seq} is not what was written: its mac doesn't fit.")
        if not _columns_fit(row):
            raise AuditBroken(f"Audit entry {seq}: its columns differ from its signed content.")
        prev = row.mac
    head = session.execute(select(AuditHead.seq, AuditHead.mac).where(AuditHead.id == 1)).one_or_none()  # type: ignore[call-overload]
    if head is None:
        raise AuditBroken(f"The chain has {seq} entries and its head is missing: the end may be cut off.")
    if (head.seq, head.mac) != (seq, prev):
        raise AuditBroken(f"The head says {head.seq} entries, the chain has {seq}: the end was cut off or forged.")
    return seq


def _signed(key: AuditKey, row: Any) -> bool:  # noqa: ANN401 - a row of the audit table
    return isinstance(row.content, bytes) and hmac.compare_digest(key.mac(row.content), str(row.mac))


def _columns_fit(row: Any) -> bool:  # noqa: ANN401 - a row of the audit table
    said = json.loads(row.content)
    same = all(getattr(row, column) == said[name] for column, name in COLUMNS.items())
    return same and _as_stored(said["wall"]) == row.wall


def _as_stored(wall: str) -> str:
    """The signed time as its column holds it; compared as text, so that a column that holds no time is found too."""
    return datetime.fromisoformat(wall).replace(tzinfo=None).isoformat(" ", "microseconds")


def _entries(session: Session) -> Iterator[Any]:
    after = 0
    while True:
        rows = session.execute(
            select(*AS_STORED).where(col(AuditEntry.seq) > after).order_by(col(AuditEntry.seq)).limit(CHUNK)
        ).all()
        if not rows:
            return
        yield from rows
        after = rows[-1].seq
