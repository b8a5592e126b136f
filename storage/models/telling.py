"""What people are told: notices, files, notes on the timeline, the lead on its way."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from storage.models.base import Instant, Json, Table, json_column


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
    texts: Json = Field(sa_column=json_column())
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
