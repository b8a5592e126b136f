"""What is read again and again: health, readiness, what must be so."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from storage.models.base import Instant, Json, Table, json_column


class Sample(Table, table=True):
    """One reading of health: a port, a vServer, a clock."""

    __table_args__ = (Index("ix_sample_what", "rollback_id", "what", "target", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id")
    what: str
    target: str
    at: datetime = Field(sa_type=Instant)
    good: bool
    value: str = ""


class Inspection(Table, table=True):
    """One check of an estate's readiness: asked for by a person or due by the clock, and what it came to."""

    __table_args__ = (Index("ix_inspection_estate", "estate", "scheduled", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    estate: str
    practice: bool
    scheduled: bool
    asked_by: str
    channel: str
    asked_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    outlook: str = ""
    report: Json = Field(default=None, sa_column=json_column(nullable=True))


class Invariant(Table, table=True):
    """What must be so for a while, and how it was read last."""

    __table_args__ = (UniqueConstraint("rollback_id", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id")
    name: str
    good: bool | None = None
    read_at: datetime | None = Field(default=None, sa_type=Instant)
    missed: int = 0
    text: str = ""
