"""Captures of the device list as rows: begun, listed, filled with details bit by bit, finished; and read back.

Reading 10,000 devices takes long, so what was read is kept every few devices: after a crash, a lost node or another try
only what is missing is read again. Nothing here talks to a system.
"""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from sqlalchemy import Text, bindparam, func, select, type_coerce, update
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.devices import rows
from rollback.devices.chunks import Whole
from rollback.devices.console_export import Export
from rollback.devices.decided import security_rows_of, settled
from rollback.devices.returning import Returned, returned_of
from rollback.devices.stored import Shared, decode, decode_invitation, decode_slim, digest, encode_invitation
from rollback.devices.values import Capture, CaptureCounts, CaptureSource, Cutoff, Device, Invitation
from rollback.health import RowSamples
from storage.clock import Clock
from storage.database import Database, Lane, Unit
from storage.models import CaptureRow, DeviceRow
from storage.words import Event

T = TypeVar("T")
WARM, CLOSED, AFTER, WAY_BACK, WAY_BACK_AFTER = "warm", "closed", "after", "way-back", "way-back-after"
"""Captures of a rollback: early, behind the closed door, after the restore; and the same pair for the way back."""


class NoCapture(LookupError):
    """This rollback has no complete capture of the devices, so there is no list. Capture first, then ask again."""


@dataclass(frozen=True)
class Begun:
    """A capture that is under way.

    Attributes:
        id: Its row.
        listed: Whether its rows are stored already, so that only details are missing.
    """

    id: int
    listed: bool


@dataclass(frozen=True)
class Wanted:
    """The rows of a capture, as they are written before details are read.

    Attributes:
        known: Devices whose details are known already; taken one after the other.
        first: Rows whose details are read first.
        rest: Rows whose details are read last.
    """

    known: Iterable[Device]
    first: Iterable[Device]
    rest: Iterable[Device] = ()


@dataclass(frozen=True)
class Summary:
    """What a capture has come to, without its devices.

    Attributes:
        run: The stage and attempt that took it.
        rows: Devices that are stored.
        detailed: How many of them have their details.
        done: Whether it may be used: every row is stored, and the details that were wanted first were asked for.
        whole: Whether the details of every device were asked for.
        hash: SHA-256 over all of it, once it is done.
        completed_at: When it was done.
        extras: What else was kept beside the devices, as JSON.
    """

    run: str
    rows: int
    detailed: int
    done: bool
    whole: bool
    hash: str
    completed_at: datetime | None
    extras: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exported(self) -> bool:
        """Whether people exported it in the console: it has rows without details."""
        return self.extras.get("source") == CaptureSource.CONSOLE_EXPORT

    @property
    def missing(self) -> int:
        """Devices whose details are not known."""
        return self.rows - self.detailed


class InventoryStore:
    """The captures of all rollbacks in one database; safe for threads, shared by every piece of work."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep captures in `database`."""
        self._database = database
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[tuple[int, str], tuple[str, Any]] = {}

    def close(self) -> None:
        """Nothing is held open: the database belongs to whoever made it."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return self._clock.now()

    # Writing

    def begin(self, rollback_id: int, name: str, run: str) -> Begun:
        """Take up the capture of that name: go on where the same run left off, or begin it anew.

        Args:
            rollback_id: Whose capture it is.
            name: Which of its captures.
            run: The stage and attempt; what another run left is only used to spare details.
        """

        def unit_of_work(unit: Unit) -> Begun:
            row = _row(unit.session, rollback_id, name)
            if row is None:
                row = CaptureRow(rollback_id=rollback_id, name=name, started_at=unit.now, extras={"run": run})
                unit.session.add(row)
            elif row.extras.get("run") != run:
                row.started_at, row.completed_at, row.content_hash = unit.now, None, ""
                row.extras = {"run": run}
            unit.session.flush()
            assert row.id is not None  # noqa: S101 - flushed
            return Begun(row.id, listed="suspects_to" in row.extras)

        return self._database.run(unit_of_work)

    def put_rows(self, capture_id: int, wanted: Wanted) -> None:
        """Write the rows of a capture in place of those that it had; the rows whose details are read first, first.

        What it had stays readable until everything is written, so that `wanted` may be read from it on the way.
        """
        aside = self._database.run(lambda unit: _aside(unit, capture_id), Lane.BULK)
        rows.remove(self._database, aside)
        total = rows.write(self._database, aside, wanted.known, detailed=True)
        total += rows.write(self._database, aside, wanted.first, detailed=False)
        suspects_to = rows.last(self._database, aside)
        total += rows.write(self._database, aside, wanted.rest, detailed=False)
        rows.remove(self._database, capture_id)
        rows.hand_over(self._database, aside, capture_id)
        self.note(capture_id, suspects_to=suspects_to, rows=total)

    def put_export(self, rollback_id: int, name: str, export: Export, cutoff: Cutoff | None) -> Summary:
        """Keep an export of the console as a whole capture, in place of what that capture held.

        Args:
            rollback_id: Whose capture it is.
            name: Which of its captures.
            export: What was read of the file.
            cutoff: When the backup ran, if that is known.
        """
        begun = self.begin(rollback_id, name, f"export {export.sha256} {self.now().isoformat()}")
        self.put_rows(begun.id, Wanted((), export.devices))
        times = None if cutoff is None else [cutoff.backup_started.isoformat(), cutoff.backup_finished.isoformat()]
        self.note(begun.id, source=CaptureSource.CONSOLE_EXPORT.value, cutoff=times)
        return self.finish(rollback_id, name, whole=True)

    def put_details(self, capture_id: int, devices: Iterable[Device]) -> None:
        """Keep devices whose details were read."""
        table = DeviceRow.__table__  # type: ignore[attr-defined]
        statement = (
            update(table)
            .where(table.c.capture_id == capture_id, table.c.vendor_id == bindparam("named"))
            .values(detail=bindparam("read"))
        )
        read = [{"named": device.id, "read": rows.as_json(device)} for device in devices]
        if read:
            self._bulk(lambda unit: unit.session.connection().execute(statement, read))

    def note(self, capture_id: int, **facts: Any) -> None:  # noqa: ANN401 - JSON
        """Keep something beside the devices of a capture, by key."""

        def unit_of_work(unit: Unit) -> None:
            row = unit.session.get_one(CaptureRow, capture_id)
            row.extras = {**row.extras, **facts}

        self._bulk(unit_of_work)

    def put_invitations(self, capture_id: int, invitations: Iterable[Invitation]) -> None:
        """Keep the invitations of a capture; they never held a token or secret."""
        self.note(capture_id, invitations=[json.loads(encode_invitation(one)) for one in invitations])

    def finish(self, rollback_id: int, name: str, *, whole: bool) -> Summary:
        """Call a capture done, with the hash over all that was read.

        Args:
            rollback_id: Whose capture it is.
            name: Which of its captures.
            whole: Whether the details of every device were asked for.

        Raises:
            NoCapture: It was never begun.
        """
        with self._database.read() as session:
            begun = _row(session, rollback_id, name)
            if begun is None:
                raise NoCapture(NoCapture.__doc__)
            invitations = map(encode_invitation, _invitations(begun) or ())
            hashed = digest(rows.stored(session, begun.id), invitations)
            stored, detailed = _counted(session, begun)

        def unit_of_work(unit: Unit) -> None:
            row = _row(unit.session, rollback_id, name)
            assert row is not None  # noqa: S101 - it was read above and rows of captures are never deleted
            row.completed_at = row.completed_at or unit.now
            row.expected, row.read, row.content_hash = row.extras.get("rows", 0), stored, hashed
            row.extras = {**row.extras, "whole": whole}
            counts = {"rows": stored, "detailed": detailed}
            unit.note(Event.CAPTURE_COMPLETED, rollback_id, "bot", capture=name, hash=hashed, whole=whole, **counts)

        self._bulk(unit_of_work)
        found = self.summary(rollback_id, name)
        assert found is not None  # noqa: S101 - written right above
        return found

    def note_comparison(self, rollback_id: int, digest: str, counts: Mapping[str, int]) -> None:
        """Write into the audit log what a comparison came to."""
        self._database.run(lambda unit: unit.note(Event.COMPARISON_MADE, rollback_id, "bot", hash=digest, **counts))

    # Reading

    def summary(self, rollback_id: int, name: str) -> Summary | None:
        """What a capture has come to; None if it was never begun."""
        with self._database.read() as session:
            row = _row(session, rollback_id, name)
            if row is None:
                return None
            stored, detailed = _counted(session, row)
            done = row.completed_at is not None and row.expected == row.read
            whole = done and bool(row.extras.get("whole"))
            return Summary(
                row.extras.get("run", ""), stored, detailed, done, whole, row.content_hash, row.completed_at, row.extras
            )

    def returned(self, rollback_id: int) -> Returned | None:
        """The last count of the devices that are back; None before the first."""
        with self._database.read() as session:
            return returned_of(session, rollback_id)

    def undecided(self, rollback_id: int) -> int:
        """Rows of security's list that are not decided, or decided and not done yet."""
        with self._database.read() as session:
            return sum(not settled(row) for row in security_rows_of(session, rollback_id))

    @contextmanager
    def samples(self, rollback_id: int, every: timedelta) -> Iterator[RowSamples]:
        """Samples of health, for a preview that has to judge what has held.

        Args:
            rollback_id: Whose samples.
            every: The interval between two readings.
        """
        with self._database.read() as session:
            yield RowSamples(session, rollback_id, self.now(), every)

    def devices(self, rollback_id: int, name: str) -> dict[str, Device]:
        """Everything that is stored of a capture, finished or not, by XMS' id and slim; empty if there is none."""
        with self._database.read() as session:
            row = _row(session, rollback_id, name)
            return {} if row is None else {device.id: device for device in _slim(session, row)}

    def whole(self, rollback_id: int, name: str) -> Whole:
        """What reads devices of a capture with all of their details.

        It raises `NoCapture` where a device isn't stored (any more): the capture is being taken anew.
        """
        with self._database.read() as session:
            row = _row(session, rollback_id, name)
            capture_id = None if row is None else row.id

        def read(devices: Sequence[Device]) -> list[Device]:
            found = rows.by_id(self._database, capture_id, [device.id for device in devices])
            try:
                return [found[device.id] for device in devices]
            except KeyError:
                raise NoCapture(NoCapture.__doc__) from None

        return read

    def unread(self, capture_id: int, *, first: bool) -> list[Device]:
        """Rows without details, in the order in which they are to be read; `first`: only those to be read first."""
        with self._database.read() as session:
            row = session.get_one(CaptureRow, capture_id)
            wanted = (
                select(type_coerce(col(DeviceRow.row), Text))
                .where(col(DeviceRow.capture_id) == capture_id, col(DeviceRow.detail).is_(None))
                .order_by(col(DeviceRow.id))
            )
            if first:
                wanted = wanted.where(col(DeviceRow.id) <= row.extras["suspects_to"])
            return [decode(stored.encode()) for stored in session.scalars(wanted)]

    def capture(self, rollback_id: int, name: str) -> Capture:
        """A capture that is done, with slim devices: `whole` reads the details of those that somebody looks at.

        Raises:
            NoCapture: There is none, or it isn't done.
        """
        with self._database.read() as session:
            row = _row(session, rollback_id, name)
            if row is None or row.completed_at is None:
                raise NoCapture(NoCapture.__doc__)
            return self._load(session, row)

    def once(self, rollback_id: int, what: str, version: str, make: Callable[[], T]) -> T:
        """What `make` makes, remembered for one rollback at a time, while `version` stays the same.

        Captures and comparisons are large, and asked for again and again.
        """
        with self._lock:
            known = self._known.get((rollback_id, what))
        if known is not None and known[0] == version:
            return cast("T", known[1])
        made = make()
        with self._lock:
            self._known = {key: one for key, one in self._known.items() if key[0] == rollback_id}
            self._known[rollback_id, what] = (version, made)
        return made

    def forget(self, rollback_id: int) -> None:
        """Keep nothing of a rollback in memory."""
        with self._lock:
            self._known = {key: one for key, one in self._known.items() if key[0] != rollback_id}

    def _load(self, session: Session, row: CaptureRow) -> Capture:
        devices = tuple(_slim(session, row))
        counts = CaptureCounts(
            matched=row.extras.get("rows", 0),
            rows=len(devices),
            detailed=sum(device.details is not None for device in devices),
        )
        return Capture(
            devices=devices,
            complete=counts.matched == counts.rows and "suspects_to" in row.extras,
            counts=counts,
            taken_at=row.completed_at or self.now(),
            source=CaptureSource(row.extras.get("source", CaptureSource.API)),
            invitations=_invitations(row),
        )

    def _bulk(self, unit: Any) -> None:  # noqa: ANN401 - what a unit returns doesn't matter here
        self._database.run(unit, Lane.BULK)


def _row(session: Session, rollback_id: int, name: str) -> CaptureRow | None:
    wanted = select(CaptureRow).where(col(CaptureRow.rollback_id) == rollback_id, col(CaptureRow.name) == name)
    return session.scalars(wanted).one_or_none()


def _aside(unit: Unit, capture_id: int) -> int:
    """The row to which the devices of a capture belong while they are written."""
    row = unit.session.get_one(CaptureRow, capture_id)
    name = f"{row.name} being written"
    aside = _row(unit.session, row.rollback_id, name)
    if aside is None:
        aside = CaptureRow(rollback_id=row.rollback_id, name=name, started_at=unit.now)
        unit.session.add(aside)
        unit.session.flush()
    assert aside.id is not None  # noqa: S101 - flushed
    return aside.id


def _counted(session: Session, row: CaptureRow) -> tuple[int, int]:
    """How many devices are stored, and how many of them with their details."""
    mine = col(DeviceRow.capture_id) == row.id
    stored, detailed = session.execute(select(func.count(), func.count(col(DeviceRow.detail))).where(mine)).one()
    return stored, detailed


def _slim(session: Session, row: CaptureRow) -> Iterator[Device]:
    shared = Shared()
    return (decode_slim(one, shared) for one in rows.stored(session, row.id))


def _invitations(row: CaptureRow) -> tuple[Invitation, ...] | None:
    told = row.extras.get("invitations")
    return None if told is None else tuple(decode_invitation(json.dumps(one).encode()) for one in told)
