"""What the audit chain holds of one rollback: its entries, attempts that were refused, and the head at this moment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
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
        entries: Every entry about it, and every step back of the wall clock meanwhile, in the order of the chain.
        refused: Attempts that were refused while it was open, also those that named no rollback.
        head_seq, head_mac: The newest entry of the whole chain.
    """

    entries: tuple[Entry, ...]
    refused: tuple[Entry, ...]
    head_seq: int
    head_mac: str


def read_record(session: Session, rollback_id: int, *, ended: bool) -> Record:
    """Read the chain for one rollback.

    What names no rollback counts while this one was open: by its place in the chain, because the wall clock may have
    been set back.

    Args:
        session: A reading session.
        rollback_id: Which rollback.
        ended: Whether it is over; else everything up to the head counts.
    """
    head = session.get_one(AuditHead, 1)
    mine = select(AuditEntry).where(col(AuditEntry.rollback_id) == rollback_id).order_by(col(AuditEntry.seq))
    own = list(session.scalars(mine))
    first, last = (own[0].seq, own[-1].seq if ended else head.seq) if own else (0, 0)
    meanwhile = select(AuditEntry).where(
        col(AuditEntry.rollback_id).is_(None),
        col(AuditEntry.event).in_([Event.ACCESS_REFUSED, Event.CLOCK_WENT_BACK]),
        col(AuditEntry.seq).between(first, last),
    )
    every = sorted([*own, *session.scalars(meanwhile)], key=lambda row: row.seq)
    return Record(
        tuple(_entry(row) for row in every if row.rollback_id is not None or row.event == Event.CLOCK_WENT_BACK),
        tuple(_entry(row) for row in every if row.event == Event.ACCESS_REFUSED),
        head.seq,
        head.mac,
    )


def _entry(row: AuditEntry) -> Entry:
    said = json.loads(row.content)
    return Entry(row.seq, row.wall, Event(row.event), said["actor"], said["facts"])
