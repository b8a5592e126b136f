"""The audit chain and its heads."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, UniqueConstraint
from sqlmodel import Field

from storage.models.base import Instant, Table


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
    """A head of the chain that was posted to the channel, as a second witness; nothing writes it in this release."""

    number: int = Field(primary_key=True)
    seq: int
    mac: str
    channel: str
    ts: str = ""
    at: datetime = Field(sa_type=Instant)
