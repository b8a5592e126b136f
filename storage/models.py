"""The tables. The rows are the truth; Slack is a view of them.

Columns that only later promises need (`fence`, `lease_until`, `key_id`, `installation`) exist from the first
migration, so that no later release changes the schema under an audit chain. Times are stored as UTC; `Instant` brings
them back aware. Closed sets are stored as their words (`storage.words`).
"""

from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, Index, LargeBinary, MetaData, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from sqlmodel import Column, Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json: TypeAlias = Any  # what json.dumps takes; typed again where it is read


class Instant(TypeDecorator[datetime]):
    """An aware UTC time: naive ones are refused on the way in, and come back aware on the way out."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store as naive UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone can't be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read as aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class Table(SQLModel):
    """Base of all tables: constraints are named, so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)


def _json(*, nullable: bool = False) -> Column[Any]:
    return Column(JSON, nullable=nullable)


class Installation(Table, table=True):
    """Who this database belongs to: one row, made once."""

    id: str = Field(primary_key=True)
    created_at: datetime = Field(sa_type=Instant)


class PersonRow(Table, table=True):
    """A named person, as the settings had them last."""

    __tablename__ = "person"
    id: str = Field(primary_key=True)
    name: str


class Account(Table, table=True):
    """A Slack account of a person, and since when Slack calls it gone; one account belongs to one person."""

    __table_args__ = (UniqueConstraint("team", "user"),)
    id: int | None = Field(default=None, primary_key=True)
    person: str = Field(foreign_key="person.id")
    team: str
    user: str
    gone_at: datetime | None = Field(default=None, sa_type=Instant)


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
    facts: Json = Field(default_factory=dict, sa_column=_json())
    next_update_at: datetime | None = Field(default=None, sa_type=Instant)
    last_update_at: datetime | None = Field(default=None, sa_type=Instant)
    nagged_for: datetime | None = Field(default=None, sa_type=Instant)
    told: Json = Field(default_factory=dict, sa_column=_json())
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
    flags: Json = Field(default_factory=list, sa_column=_json())
    result: Json = Field(default=None, sa_column=_json(nullable=True))
    claimed_by: str = ""
    fence: int = 0
    timeline: int = 0
    lease_until: datetime | None = Field(default=None, sa_type=Instant)


class PreviewRow(Table, table=True):
    """One preview of a stage, as it was shown."""

    __tablename__ = "preview"
    id: int | None = Field(default=None, primary_key=True)
    stage_id: int = Field(foreign_key="stage.id", index=True)
    attempt: int
    digest: str
    taken_at: datetime = Field(sa_type=Instant)
    content: Json = Field(sa_column=_json())


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
    policy: Json = Field(sa_column=_json())
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
    value: Json = Field(sa_column=_json())
    person: str = ""
    at: datetime = Field(sa_type=Instant)


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
    detail: Json = Field(default_factory=dict, sa_column=_json())
    state: str
    before: Json = Field(default=None, sa_column=_json(nullable=True))
    ref: Json = Field(default=None, sa_column=_json(nullable=True))
    outcome: Json = Field(default=None, sa_column=_json(nullable=True))
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
    report: Json = Field(default=None, sa_column=_json(nullable=True))


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


class Message(Table, table=True):
    """A Slack message of ours: where it stands, and the nonce and code that its buttons carry."""

    __table_args__ = (UniqueConstraint("channel", "ts"), UniqueConstraint("nonce"))
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int | None = Field(default=None, foreign_key="rollback.id", index=True)
    subject: str
    subject_id: int
    channel: str
    ts: str | None = None
    nonce: str
    code: str = ""
    version: int = 0
    shown: str = ""
    current: bool = True


class Dialog(Table, table=True):
    """An open dialog: what it was opened for and which options it offered; used once."""

    id: str = Field(primary_key=True)
    person: str
    verb: str
    rollback_id: int | None = Field(default=None, foreign_key="rollback.id")
    stage_id: int | None = Field(default=None, foreign_key="stage.id")
    gate_id: int | None = Field(default=None, foreign_key="gate.id")
    digest: str = ""
    offered: Json = Field(default_factory=dict, sa_column=_json())
    opened_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class Inbound(Table, table=True):
    """A press, command or submit that was carried out, with its answer: the same one again gets the same answer."""

    key: str = Field(primary_key=True)
    answer: str = ""
    refused: bool = False
    at: datetime = Field(sa_type=Instant)


class Outgoing(Table, table=True):
    """One message that the publisher owes to Slack."""

    __tablename__ = "outbox"
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int | None = Field(default=None, foreign_key="rollback.id")
    kind: str
    subject: str
    subject_id: int = 0
    channel: str = ""
    facts: Json = Field(default_factory=dict, sa_column=_json())
    nonce: str
    state: str = Field(index=True)
    tries: int = 0
    error: str = ""
    not_before: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)


class AuditEntry(Table, table=True):
    """One link of the audit chain; triggers keep it append-only."""

    __tablename__ = "audit"
    __table_args__ = (UniqueConstraint("prev"), CheckConstraint("seq > 0", name="seq_positive"))
    seq: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    format: int
    installation: str
    prev: str
    key_id: str
    wall: datetime = Field(sa_type=Instant)
    monotonic: float
    event: str
    rollback_id: int | None = None
    content: bytes = Field(sa_type=LargeBinary)
    mac: str


class AuditHead(Table, table=True):
    """The newest link; one row, taken last by each unit."""

    __tablename__ = "audit_head"
    id: int = Field(primary_key=True)
    seq: int
    mac: str


class Head(Table, table=True):
    """A head of the chain that was posted to the channel: the second witness."""

    number: int = Field(primary_key=True)
    seq: int
    mac: str
    channel: str
    ts: str = ""
    at: datetime = Field(sa_type=Instant)


class CaptureRow(Table, table=True):
    """One capture of the device inventory, resumable: its rows and details are in `device`."""

    __tablename__ = "capture"
    __table_args__ = (UniqueConstraint("rollback_id", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    name: str
    started_at: datetime = Field(sa_type=Instant)
    completed_at: datetime | None = Field(default=None, sa_type=Instant)
    expected: int = 0
    read: int = 0
    content_hash: str = ""
    extras: Json = Field(default_factory=dict, sa_column=_json())


class DeviceRow(Table, table=True):
    """One device of one capture: its row of the list, and its details once they are read."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("capture_id", "vendor_id"),)
    id: int | None = Field(default=None, primary_key=True)
    capture_id: int = Field(foreign_key="capture.id", index=True)
    vendor_id: str
    row: Json = Field(sa_column=_json())
    detail: Json = Field(default=None, sa_column=_json(nullable=True))


class SecurityRow(Table, table=True):
    """One row of security's list: what it is about by key alone, what was decided and who has done it."""

    __tablename__ = "security_row"
    __table_args__ = (UniqueConstraint("rollback_id", "key", "twin"),)
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    key: str
    twin: int
    number: int
    list_hash: str
    advice: str
    pending: bool | None = None
    decision: str = ""
    tell: bool = False
    decided_by: str = ""
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    done_by: str = ""
    done_at: datetime | None = Field(default=None, sa_type=Instant)


class ExportRow(Table, table=True):
    """A device list that a person exported in the console and asked the bot to read from the rollback's folder."""

    __tablename__ = "export"
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    capture: str
    name: str
    asked_by: str
    asked_at: datetime = Field(sa_type=Instant)
    read_at: datetime | None = Field(default=None, sa_type=Instant)
    sha256: str = ""
    count: int = 0
    why: str = ""


class Draft(Table, table=True):
    """One version of one notice in all its languages."""

    __table_args__ = (UniqueConstraint("rollback_id", "name", "version"),)
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    name: str
    version: int
    state: str
    text_hash: str
    list_hash: str = ""
    texts: Json = Field(sa_column=_json())
    author: str
    reviewer: str = ""
    approver: str = ""
    sent_by: str = ""
    sent_channel: str = ""
    sent_count: int | None = None
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)


class FileRow(Table, table=True):
    """A file that the bot wrote to disk: Slack gets its place, hash and count, never its content."""

    __tablename__ = "file"
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    name: str
    place: str
    sha256: str
    count: int
    at: datetime = Field(sa_type=Instant)
    purge_at: datetime | None = Field(default=None, sa_type=Instant)


class NoteRow(Table, table=True):
    """What somebody put on the timeline; the chain holds a digest of salt and text, so that a purge leaves nothing."""

    __tablename__ = "note"
    __table_args__ = (UniqueConstraint("rollback_id", "channel", "ts"),)
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    person: str
    author: str
    text: str
    salt: str
    channel: str = ""
    ts: str | None = None
    link: str = ""
    said_at: datetime = Field(sa_type=Instant)
    at: datetime = Field(sa_type=Instant)


class HandoverRow(Table, table=True):
    """The lead on its way from one commander to the next: it is handed over when the next one says so."""

    __tablename__ = "handover"
    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    outgoing: str
    incoming: str
    asked_by: str
    asked_at: datetime = Field(sa_type=Instant)
    taken_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)


class Debt(Table, table=True):
    """Something owed after the rollback: a snapshot to remove, an alarm to switch on, a review."""

    id: int | None = Field(default=None, primary_key=True)
    rollback_id: int = Field(foreign_key="rollback.id", index=True)
    text: str
    owner: str
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
