"""What was read of devices, and what security decided about them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from storage.models.base import Instant, Json, Table, json_column


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
    extras: Json = Field(default_factory=dict, sa_column=json_column())


class DeviceRow(Table, table=True):
    """One device of one capture: its row of the list, and its details once they are read."""

    __tablename__ = "device"
    __table_args__ = (UniqueConstraint("capture_id", "vendor_id"),)
    id: int | None = Field(default=None, primary_key=True)
    capture_id: int = Field(foreign_key="capture.id", index=True)
    vendor_id: str
    row: Json = Field(sa_column=json_column())
    detail: Json = Field(default=None, sa_column=json_column(nullable=True))


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
