"""What the audit chain holds of one rollback: its entries, attempts that were refused, and the head at this moment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from storage.models import AuditEntry, AuditHead
from storage.words import Event


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the chain.

    Attributes:
        seq: Its number.
        at: By the wall clock, aware UTC.
        event: What happened.
        actor: Id of a person, an account, ``bot``, or empty.
        facts: What goes with it.
    """

    seq: int
    at: datetime
    event: Event
    actor: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """What the chain holds of a rollback.

    Attributes:
        entries: Every entry about it, in the order of the chain.
        refused: Attempts that were refused while it was open, also those that named no rollback.
        head_seq, head_mac: The newest entry of the whole chain.
    """

    entries: tuple[Entry, ...]
    refused: tuple[Entry, ...]
    head_seq: int
    head_mac: str


def read_record(session: Session, rollback_id: int, start: datetime, end: datetime) -> Record:
    """Read the chain for one rollback.

    Args:
        session: A reading session.
        rollback_id: Which rollback.
        start: When it began; refused attempts that named no rollback count from then on,
        end: until then.
    """
    mine = select(AuditEntry).where(col(AuditEntry.rollback_id) == rollback_id).order_by(col(AuditEntry.seq))
    refused = (
        select(AuditEntry)
        .where(
            col(AuditEntry.event) == Event.ACCESS_REFUSED,
            or_(
                col(AuditEntry.rollback_id) == rollback_id,
                col(AuditEntry.rollback_id).is_(None) & col(AuditEntry.wall).between(start, end),
            ),
        )
        .order_by(col(AuditEntry.seq))
    )
    head = session.get_one(AuditHead, 1)
    return Record(
        tuple(_entry(row) for row in session.scalars(mine)),
        tuple(_entry(row) for row in session.scalars(refused)),
        head.seq,
        head.mac,
    )


def _entry(row: AuditEntry) -> Entry:
    said = json.loads(row.content)
    return Entry(row.seq, row.wall, Event(row.event), said["actor"], said["facts"])
