"""One offer of the lead as people see it: who offers it to whom, what became of it, who is about."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.situation.picture import Situation
from rollback.situation.stage_values import PersonView
from rollback.untrusted import Untrusted
from storage.models import AuditEntry, HandoverRow, Rollback

ABOUT = timedelta(hours=1)
"""Whoever did something within this time is taken to be there."""


@dataclass(frozen=True, slots=True)
class HandoverView:
    """One offer of the lead.

    Attributes:
        id: Of its row.
        outgoing, incoming, asked_by: Who has the lead, who is to take it, who offered it.
        asked_at: When it was offered.
        taken_at: When the next commander said *I have the lead*; None: not (yet).
        closed_at: When it was over; None while it is open.
        told_at: When stakeholders were told last, or None.
        about: Who has done something within the last hour.
    """

    id: int
    outgoing: PersonView
    incoming: PersonView
    asked_by: PersonView
    asked_at: datetime
    taken_at: datetime | None
    closed_at: datetime | None
    told_at: datetime | None
    about: tuple[PersonView, ...]

    @property
    def open(self) -> bool:
        """Whether it waits for an answer."""
        return self.closed_at is None


def handover_view(session: Session, s: Situation, offer_id: int) -> HandoverView:
    """The offer with that id.

    Args:
        session: A reading session.
        s: The picture of its rollback.
        offer_id: Which offer.
    """
    row = session.get_one(HandoverRow, offer_id)
    rollback = session.get_one(Rollback, row.rollback_id)
    people = {person.id: person for person in s.people}

    def who(person: str) -> PersonView:
        return people.get(person) or PersonView(person, Untrusted(person))

    recent = select(AuditEntry.content).where(  # type: ignore[call-overload]
        col(AuditEntry.rollback_id) == s.id, col(AuditEntry.wall) > s.now - ABOUT, col(AuditEntry.wall) <= s.now
    )
    actors = {json.loads(content)["actor"] for content in session.scalars(recent)}
    return HandoverView(
        id=offer_id,
        outgoing=who(row.outgoing),
        incoming=who(row.incoming),
        asked_by=who(row.asked_by),
        asked_at=row.asked_at,
        taken_at=row.taken_at,
        closed_at=row.closed_at,
        told_at=rollback.last_update_at,
        about=tuple(person for person in s.people if person.id in actors),
    )


def offered(session: Session, rollback_id: int) -> HandoverRow | None:
    """The offer that waits for its answer, or None."""
    wanted = select(HandoverRow).where(
        col(HandoverRow.rollback_id) == rollback_id, col(HandoverRow.closed_at).is_(None)
    )
    return session.scalars(wanted.order_by(col(HandoverRow.id).desc())).first()
