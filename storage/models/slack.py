"""What was shown in Slack, what came from there, and what is owed to it."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from storage.models.base import Instant, Json, Table, json_column


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
    offered: Json = Field(default_factory=dict, sa_column=json_column())
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
    facts: Json = Field(default_factory=dict, sa_column=json_column())
    nonce: str
    state: str = Field(index=True)
    tries: int = 0
    error: str = ""
    not_before: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
