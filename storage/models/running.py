"""A rollback, its stages, their changes and checks: what the worker carries on from."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlmodel import Column, Field

from storage.models.base import Instant, Json, Table, json_column


class Rollback(Table, table=True):
    """One rollback. Plan, estate and roles are frozen into it as bytes with their hash."""

    __table_args__ = (
        UniqueConstraint("number"),
        Index(
            "ix_rollback_open_estate",
            "estate_name",
            unique=True,
            sqlite_where=Column("state").in_(["running", "paused"]),
            postgresql_where=Column("state").in_(["running", "paused"]),
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    number: int
    state: str
    version: int = 0
    drill: bool
    estate_name: str
    runbook: str
    reason: str
    channel: str
    stakeholders: str = ""
    lead: str
    started_by: str
    started_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    held_by: str = ""
    held_why: str = ""
    plan: bytes = Field(sa_type=LargeBinary)
    plan_hash: str
    estate: bytes = Field(sa_type=LargeBinary)
    estate_hash: str
    roles: bytes = Field(sa_type=LargeBinary)
    roles_hash: str
    facts: Json = Field(default_factory=dict, sa_column=json_column())
    next_update_at: datetime | None = Field(default=None, sa_type=Instant)
    last_update_at: datetime | None = Field(default=None, sa_type=Instant)
    nagged_for: datetime | None = Field(default=None, sa_type=Instant)
    told: Json = Field(default_factory=dict, sa_column=json_column())
    purged_at: datetime | None = Field(default=None, sa_type=Instant)


class Stage(Table, table=True):
    """One stage of a rollback. Its state is changed by `rollback.stages.move` alone."""

    __table_args__ = (UniqueConstraint("rollback_id", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    position: int
    name: str
    action: str
    target: str = ""
    kind: str
    gate: str = ""
    state: str
    version: int = 0
    attempt: int = 1
    settled_group: int = 0
    preview_id: int | None = None
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    why: str = ""
    flags: Json = Field(default_factory=list, sa_column=json_column())
    result: Json = Field(default=None, sa_column=json_column(nullable=True))
    claimed_by: str = ""
    fence: int = 0
    timeline: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=Instant)


class ChangeRow(Table, table=True):
    """One planned change: the journal."""

    __tablename__ = "change"
    __table_args__ = (UniqueConstraint("stage_id", "attempt", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    stage_id: int = Field(foreign_key="stage.id", index=True)
    attempt: int
    position: int
    group: int
    kind: str
    system: str
    target: str
    by: str
    text: str
    detail: Json = Field(default_factory=dict, sa_column=json_column())
    state: str
    before: Json = Field(default=None, sa_column=json_column(nullable=True))
    ref: Json = Field(default=None, sa_column=json_column(nullable=True))
    outcome: Json = Field(default=None, sa_column=json_column(nullable=True))
    action_version: int
    fence: int = 0
    acts: int = 0
    not_done_seen: int = 0
    look_at: datetime | None = Field(default=None, sa_type=Instant)
    intended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    progress: int | None = None
    progress_text: str = ""
    person: str = ""


class CheckRow(Table, table=True):
    """One named check of a stage's attempt, as it stands."""

    __tablename__ = "check"
    __table_args__ = (UniqueConstraint("stage_id", "attempt", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    stage_id: int = Field(foreign_key="stage.id", index=True)
    attempt: int
    name: str
    by: str
    state: str
    text: str = ""
    after: int | None = None
    at: datetime = Field(sa_type=Instant)


class Answer(Table, table=True):
    """What one person answered to one check, with the evidence; one answer a person."""

    __table_args__ = (UniqueConstraint("stage_id", "attempt", "check_name", "person"),)
    id: int | None = Field(default=None, primary_key=True)
    stage_id: int = Field(foreign_key="stage.id", index=True)
    attempt: int
    check_name: str
    person: str
    passed: bool
    evidence: str = ""
    at: datetime = Field(sa_type=Instant)


class Debt(Table, table=True):
    """Something owed after the rollback: a snapshot to remove, an alarm to switch on, a review."""

    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    text: str
    owner: str
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
