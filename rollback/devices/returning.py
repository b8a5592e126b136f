"""Which of the lost devices are back: matched by serial number, IMEI or strong id, never by XMS' own id.

A device that the restored server didn't have is back when it is there. One that it had all the time is back when it
enrolled or was in contact since: a row alone proves nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.devices.findings import Comparison, Finding, Reason
from rollback.devices.pairing import pair
from rollback.devices.values import Device
from storage.database import Unit
from storage.models import CaptureRow

NAME = "returned"
"""The row beside the captures that holds the last count."""


@dataclass(frozen=True)
class Returned:
    """The last count.

    Attributes:
        of: How many devices had to enrol again, without those that security holds.
        missing: Those that are not back, by the id that they have in the first capture.
        counted_at: When they were counted; None before the first count.
        closed_at: When counting ended.
        closed_by: Who ended it: a person's id, or ``bot`` where enough were back.
        why: What was said about ending it.
    """

    of: int
    missing: tuple[str, ...]
    counted_at: datetime | None = None
    closed_at: datetime | None = None
    closed_by: str = ""
    why: str = ""

    @property
    def back(self) -> int:
        """How many are back."""
        return self.of - len(self.missing)

    @property
    def part(self) -> float:
        """Which part of them is back, from 0 to 1; 1 where nobody had to enrol again."""
        return self.back / self.of if self.of else 1.0


def expected(comparison: Comparison, cleared: Collection[str]) -> tuple[Finding, ...]:
    """The lost devices that are expected back: not those of which security has to say first what becomes of them."""
    return tuple(finding for finding in comparison.lost if all(row in cleared for row in finding.rows))


def to_look_at(lost: Sequence[Finding], there: Sequence[Device]) -> dict[str, Device]:
    """Devices that must be read in detail to be told back, by their id on the restored server."""
    twins = _twins(lost, there)
    return {
        twin.id: twin
        for finding in lost
        if Reason.ABSENT not in finding.reasons and (twin := twins.get(finding.device.id)) is not None
    }


def count(lost: Sequence[Finding], there: Sequence[Device], restored: datetime) -> Returned:
    """How many of the lost devices are back.

    Args:
        lost: The devices that are expected.
        there: All devices of the server now; those of `to_look_at` with their details.
        restored: When the restored server was captured: contact after it is contact with the restored server.
    """
    twins = _twins(lost, there)
    missing = tuple(f.device.id for f in lost if not _is_back(f, twins.get(f.device.id), restored))
    return Returned(len(lost), missing)


def _twins(lost: Sequence[Finding], there: Sequence[Device]) -> dict[str, Device]:
    return {device.id: twin for device, twin in pair([finding.device for finding in lost], there).pairs}


def _is_back(finding: Finding, twin: Device | None, restored: datetime) -> bool:
    if twin is None or twin.managed is False:
        return False
    if Reason.ABSENT in finding.reasons:
        return True
    details = twin.details
    moments = (details.first_connection, details.last_auth) if details is not None else ()
    return any(moment is not None and moment > restored for moment in moments)


def only(comparison: Comparison, devices: Iterable[str]) -> tuple[Finding, ...]:
    """The lost devices with these ids."""
    wanted = set(devices)
    return tuple(finding for finding in comparison.lost if finding.device.id in wanted)


def returned_of(session: Session, rollback_id: int) -> Returned | None:
    """The last count of a rollback; None before the first."""
    row = _row(session, rollback_id)
    return None if row is None else _read(row)


def keep(unit: Unit, rollback_id: int, returned: Returned) -> None:
    """Keep a count made now; what was said about ending it stays."""
    row = _row(unit.session, rollback_id)
    if row is None:
        row = CaptureRow(rollback_id=rollback_id, name=NAME, started_at=unit.now)
        unit.session.add(row)
    counted = {"of": returned.of, "missing": list(returned.missing), "counted_at": unit.now.isoformat()}
    row.extras = {**row.extras, **counted}


def end(unit: Unit, rollback_id: int, by: str, why: str) -> None:
    """End the counting."""
    row = _row(unit.session, rollback_id)
    assert row is not None  # noqa: S101 - nobody ends what was never counted
    row.extras = {**row.extras, "closed_at": unit.now.isoformat(), "closed_by": by, "why": why}


def _row(session: Session, rollback_id: int) -> CaptureRow | None:
    wanted = select(CaptureRow).where(col(CaptureRow.rollback_id) == rollback_id, col(CaptureRow.name) == NAME)
    return session.scalars(wanted).one_or_none()


def _read(row: CaptureRow) -> Returned:
    told = row.extras
    return Returned(
        of=told["of"],
        missing=tuple(told["missing"]),
        counted_at=datetime.fromisoformat(told["counted_at"]),
        closed_at=datetime.fromisoformat(told["closed_at"]) if told.get("closed_at") else None,
        closed_by=told.get("closed_by", ""),
        why=told.get("why", ""),
    )
