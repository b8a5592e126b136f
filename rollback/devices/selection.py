"""Which devices must be read in detail: the detail call is made one by one, and 10,000 of them last half an hour.

New, changed and flagged devices are read; of the others what is known already holds, on the same server. After the
restore the rest has to be read too, though last: an action that was cancelled on the old server may have left no trace
there, and the restored one would carry it out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter

from rollback.devices.chunks import Whole, as_they_are, chunks
from rollback.devices.losses import BACK_DATED
from rollback.devices.pairing import pair
from rollback.devices.values import Cutoff, Details, Device

SOON = timedelta(days=30)
"""A certificate that ends within this may be renewed between two captures without a change of the row."""

_ROW = attrgetter(
    "serial",
    "imei",
    "model",
    "platform",
    "os_version",
    "supervised",
    "dep_registered",
    "android_mode",
    "mdm_known",
    "mam_known",
    "managed",
    "shared",
)


class Why(StrEnum):
    """Why a device must be read in detail."""

    NEW = "new"
    CHANGED = "changed"
    FLAGGED = "flagged"
    NOT_READ = "not_read"
    REST = "rest"  # nothing speaks for it, but a cancelled action may be pending again on the restored server


def on_the_same_server(
    rows: Sequence[Device],
    known: Mapping[str, Device],
    cutoff: Cutoff | None,
    at: datetime,
    *,
    whole: Whole = as_they_are,
) -> Iterator[tuple[Device, Why | None]]:
    """Each row of a later capture of the same server, with why its details must be read; None: they are known.

    Args:
        rows: The devices as the list tells them, without details.
        known: The earlier capture by id; on one server an id belongs to one row.
        cutoff: When the backup ran, once it was picked; None: nothing is flagged by dates.
        at: Now, by the server's clock.
        whole: What reads the details of known devices.
    """
    for chunk in chunks(rows):
        olds = {old.id: old for old in whole([known[row.id] for row in chunk if row.id in known])}
        for row in chunk:
            yield row, _why(row, olds[row.id], cutoff, at) if row.id in olds else Why.NEW


def across_the_restore(
    rows: Sequence[Device],
    before: Sequence[Device],
    cutoff: Cutoff,
    at: datetime,
    *,
    whole: Whole = as_they_are,
) -> list[tuple[Device, Why]]:
    """The rows of the restored server in the order in which their details are read; joined by identity, never by id.

    The lists of people are right as soon as the first of `Why.REST` comes; security's list only after the last.
    """
    joined = pair(before, rows)
    olds = {twin.id: device for device, twin in joined.pairs}
    olds |= {record.twin.id: record.device for record in joined.older if record.twin and record.twin.id not in olds}
    found: list[tuple[Device, Why]] = []
    for chunk in chunks(rows):
        told = [row for row in chunk if row.id in olds]
        wholes = dict(zip((row.id for row in told), whole([olds[row.id] for row in told]), strict=True))
        for row in chunk:
            why = _why(row, wholes[row.id], cutoff, at) or Why.REST if row.id in wholes else Why.NEW
            found.append((row, why))
    return sorted(found, key=lambda row_and_why: row_and_why[1] is Why.REST)


def carry_over(row: Device, known: Device) -> Device:
    """`row` with the details that were read for `known`, an earlier reading of the same row."""
    same_owner = known.owner is not None and row.owner is not None and known.owner.login == row.owner.login
    return replace(
        row,
        strong_id=known.strong_id,
        os_family=known.os_family,
        owner=known.owner if same_owner else row.owner,
        details=known.details,
    )


def _why(row: Device, old: Device, cutoff: Cutoff | None, at: datetime) -> Why | None:
    if old.details is None:
        return Why.NOT_READ
    if _ROW(row) != _ROW(old) or _login(row) != _login(old):
        return Why.CHANGED
    return Why.FLAGGED if _is_flagged(old.details, cutoff, at) else None


def _login(device: Device) -> str:
    return device.owner.login.raw.casefold() if device.owner else ""


def _is_flagged(details: Details, cutoff: Cutoff | None, at: datetime) -> bool:
    """A security action pending or since the backup, a flag, a young enrolment, a certificate young or ending soon."""
    if details.flags or details.revoked:
        return True
    if any(certificate.end - at <= SOON for certificate in details.certificates):
        return True
    if any(a.done is None and a.failed is None and a.cancelled is None for a in details.actions):
        return True
    if cutoff is None:
        return False
    started = cutoff.backup_started
    moments = [m for a in details.actions for m in (a.asked, a.done, a.failed, a.cancelled) if m]
    moments += [certificate.start + BACK_DATED for certificate in details.certificates]
    return any(m >= started for m in (*moments, *filter(None, [details.first_connection])))
