"""Votes: rounds of asking, what they showed, who voted, and what was picked."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from storage.models.base import Instant, Json, Table, json_column


class PreviewRow(Table, table=True):
    """One preview of a stage, as it was shown."""

    __tablename__ = "preview"
    id: int | None = Field(default=None, primary_key=True)
    stage_id: int = Field(foreign_key="stage.id", index=True)
    attempt: int
    digest: str
    taken_at: datetime = Field(sa_type=Instant)
    content: Json = Field(sa_column=json_column())


class Gate(Table, table=True):
    """One round of asking people."""

    __table_args__ = (UniqueConstraint("rollback_id", "name", "round"),)
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    name: str
    round: int
    purpose: str
    state: str
    version: int = 0
    digest: str
    policy: Json = Field(sa_column=json_column())
    asked_by: str = ""
    asked_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    reminded: int = 0
    why: str = ""


class GateStage(Table, table=True):
    """One stage in one round of asking: the digest that the round's votes are bound to."""

    __tablename__ = "gate_stage"
    __table_args__ = (UniqueConstraint("gate_id", "stage_id"),)
    id: int | None = Field(default=None, primary_key=True)
    gate_id: int = Field(foreign_key="gate.id", index=True)
    stage_id: int = Field(foreign_key="stage.id", index=True)
    preview_id: int | None = Field(default=None, foreign_key="preview.id")
    attempt: int
    digest: str


class Vote(Table, table=True):
    """One person's vote in one round; a second one is refused by the database."""

    __table_args__ = (UniqueConstraint("gate_id", "person"),)
    id: int | None = Field(default=None, primary_key=True)
    gate_id: int = Field(foreign_key="gate.id", index=True)
    person: str
    team: str
    user: str
    enterprise: str = ""
    choice: str
    digest: str
    typed: str = ""
    reason: str = ""
    at: datetime = Field(sa_type=Instant)


class ChoiceRow(Table, table=True):
    """A value that somebody chose, edited or overrode; who changed it is an influencer of previews that use it."""

    __tablename__ = "choice"
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    key: str
    value: Json = Field(sa_column=json_column())
    person: str = ""
    at: datetime = Field(sa_type=Instant)
