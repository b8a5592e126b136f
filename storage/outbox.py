"""What the publisher owes to Slack: `Redraw` (the latest wins) and `Say` (once).

Rows say what to show, never how: the text is made from the rows when it is sent.
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import Outgoing
from storage.words import OutboxKind, OutboxState, SubjectKind

ASKED_AGAIN = "asked_again"
"""In a redraw's facts: how often it was asked for again while it waited."""


@dataclass(frozen=True)
class Redraw:
    """Draw the message of a subject again, or post it if there is none yet."""

    subject: SubjectKind
    subject_id: int
    rollback_id: int | None


@dataclass(frozen=True)
class Say:
    """Post one new message.

    Attributes:
        kind: Which sentence: a name that `commands.blocks.sayings` knows.
        facts: What the sentence needs; ids and counts.
        channel: Where: a channel's or a person's Slack id; empty means the rollback's own channel.
    """

    kind: str
    rollback_id: int | None
    facts: dict[str, Any] = field(default_factory=dict)
    channel: str = ""


def asked_again(row: Outgoing) -> int:
    """How often a waiting redraw was asked for again."""
    return int(row.facts.get(ASKED_AGAIN, 0))


def put(session: Session, item: Redraw | Say, now: datetime) -> None:
    """Add one item, in the same unit as what it tells of.

    A redraw that already waits is not added again, but counted: whoever is drawing it just now draws it once more.
    """
    if isinstance(item, Redraw):
        waiting = select(Outgoing).where(
            Outgoing.kind == OutboxKind.REDRAW,  # type: ignore[arg-type]
            Outgoing.state == OutboxState.WAITING,  # type: ignore[arg-type]
            Outgoing.subject == item.subject,  # type: ignore[arg-type]
            Outgoing.subject_id == item.subject_id,  # type: ignore[arg-type]
        )
        found = session.scalars(waiting).first()
        if found is not None:
            found.facts = {ASKED_AGAIN: asked_again(found) + 1}
            return
        row = Outgoing(
            rollback_id=item.rollback_id,
            kind=OutboxKind.REDRAW,
            subject=item.subject,
            subject_id=item.subject_id,
            nonce=secrets.token_urlsafe(12),
            state=OutboxState.WAITING,
            created_at=now,
        )
    else:
        row = Outgoing(
            rollback_id=item.rollback_id,
            kind=OutboxKind.SAY,
            subject=item.kind,
            channel=item.channel,
            facts=item.facts,
            nonce=secrets.token_urlsafe(12),
            state=OutboxState.WAITING,
            created_at=now,
        )
    session.add(row)
