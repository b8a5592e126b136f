"""Devices of a capture as rows of the database: written some hundreds at a time, read one after the other, or by id."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Text, delete, func, insert, select, type_coerce, update
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.devices.chunks import CHUNK, chunks
from rollback.devices.stored import decode, encode
from rollback.devices.values import Device
from storage.database import Database, Lane, Unit
from storage.models import DeviceRow

_BEST = type_coerce(func.coalesce(col(DeviceRow.detail), col(DeviceRow.row)), Text)
"""The details of a device, else its row; as text, because JSON columns would be decoded, encoded and decoded."""


def stored(session: Session, capture_id: int | None) -> Iterator[bytes]:
    """Every device of a capture as it is stored, in the order in which it was written, some hundreds in memory."""
    wanted = select(_BEST).where(col(DeviceRow.capture_id) == capture_id).order_by(col(DeviceRow.id))
    for text in session.scalars(wanted.execution_options(yield_per=CHUNK)):
        yield text.encode()


def by_id(database: Database, capture_id: int | None, ids: Sequence[str]) -> dict[str, Device]:
    """Devices of a capture with all of their details, by XMS' id; one that isn't stored is left out."""
    wanted = select(col(DeviceRow.vendor_id), _BEST).where(
        col(DeviceRow.capture_id) == capture_id, col(DeviceRow.vendor_id).in_(ids)
    )
    with database.read() as session:
        return {vendor_id: decode(text.encode()) for vendor_id, text in session.execute(wanted)}


def write(database: Database, capture_id: int, devices: Iterable[Device], *, detailed: bool) -> int:
    """Write devices behind those that the capture has; returns how many.

    Args:
        database: Where to.
        capture_id: Which capture.
        devices: In the order in which they are kept.
        detailed: Whether they have their details.
    """
    count = 0
    for chunk in chunks(devices):
        made = [_row(capture_id, device, detailed=detailed) for device in chunk]
        _bulk(database, lambda unit, made=made: unit.session.execute(insert(DeviceRow), made))  # type: ignore[misc]
        count += len(made)
    return count


def last(database: Database, capture_id: int) -> int:
    """The row that was written last of a capture; 0 if there is none."""
    with database.read() as session:
        wanted = select(func.coalesce(func.max(DeviceRow.id), 0)).where(col(DeviceRow.capture_id) == capture_id)
        return session.execute(wanted).scalar_one() or 0


def remove(database: Database, capture_id: int) -> None:
    """Delete every device of a capture."""
    _by_rows(database, capture_id, delete(DeviceRow))


def hand_over(database: Database, capture_id: int, to: int) -> None:
    """Give the devices of one capture to another, which has none."""
    _by_rows(database, capture_id, update(DeviceRow).values(capture_id=to))


def as_json(device: Device) -> Any:  # noqa: ANN401 - JSON
    """A device for a JSON column."""
    return json.loads(encode(device))


def _row(capture_id: int, device: Device, *, detailed: bool) -> dict[str, Any]:
    made = as_json(device)
    row = {"capture_id": capture_id, "vendor_id": device.id, "row": made}
    return row | {"detail": made} if detailed else row


def _by_rows(database: Database, capture_id: int, statement: Any) -> None:  # noqa: ANN401 - delete or update
    """Carry a statement out on the rows of a capture, some hundreds a unit."""
    wanted = select(col(DeviceRow.id)).where(col(DeviceRow.capture_id) == capture_id)
    while True:
        with database.read() as session:
            ids = list(session.scalars(wanted.order_by(col(DeviceRow.id)).limit(CHUNK)))
        if not ids:
            return
        chosen = statement.where(col(DeviceRow.id).in_(ids))
        _bulk(database, lambda unit, chosen=chosen: unit.session.execute(chosen))  # type: ignore[misc]


def _bulk(database: Database, unit: Callable[[Unit], object]) -> None:
    database.run(unit, Lane.BULK)
