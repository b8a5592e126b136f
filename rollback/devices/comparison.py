"""Compares the captures before and after the restore: every device of the first in exactly one class, and why.

Pure: no clock, no database, and neither the order of the records nor XMS' own ids make a difference.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rollback.devices.chunks import Whole, as_they_are, chunks
from rollback.devices.findings import Comparison, Finding, Reason, SecurityRow
from rollback.devices.kinds import classify
from rollback.devices.losses import Loss, loss, loss_by_dates, loss_of_absent
from rollback.devices.pairing import pair
from rollback.devices.security import came_back, security_rows
from rollback.devices.values import Capture, CaptureSource, Cutoff, Device, Invitation
from storage.words import Certainty, DeviceFate

_CAN_NOT_MATCH = Loss(Certainty.CHECK_FIRST, (Reason.NO_IDENTITY,))
_CONTRADICTS = Loss(Certainty.CHECK_FIRST, (Reason.IDENTITY_CONTRADICTS,))
_SAME = (Reason.SAME,)
_OLDER = (Reason.OLDER_RECORD,)
_NOT_READ = (Reason.DETAILS_NOT_READ,)


class IncompleteCaptureError(Exception):
    """A capture misses records, so that nothing can be said of the devices that it doesn't show.

    Nothing was compared. Read the device list again; while its counts disagree, nobody knows who is missing.
    """


def compare(
    before: Capture, after: Capture, cutoff: Cutoff, *, whole: tuple[Whole, Whole] = (as_they_are, as_they_are)
) -> Comparison:
    """What the restore did to every device.

    Args:
        before: All devices before the restore; what is said of them holds these values, details or not.
        after: All devices after it.
        cutoff: When the backup ran.
        whole: What reads the details of the devices before and after, so that they aren't all in memory at once.

    Raises:
        IncompleteCaptureError: One of the captures doesn't hold every record.
    """
    for name, capture in (("before", before), ("after", after)):
        if not capture.complete:
            counts = capture.counts
            msg = (
                f"The capture {name} the restore holds {counts.rows} of {counts.matched} records, so nothing was "
                "compared. Read the device list again before anybody is told anything."
            )
            raise IncompleteCaptureError(msg)
    table = _Table(cutoff, lenient=_without_details(before))
    joined = pair(before.devices, after.devices)
    for one in _filled(joined.pairs, *whole):
        table.add(one, table.loss(one))
    for one in _filled(((device, None) for device in joined.absent), *whole):
        table.add(one, loss_of_absent(one.device, cutoff), absent=True)
    for one in _filled(((device, None) for device in joined.doubtful), *whole):
        table.add(one, _CONTRADICTS)
    for one in _filled(joined.nameless, *whole):
        table.add(one, _CAN_NOT_MATCH)
    for one in _filled(((record.device, record.twin) for record in joined.older), *whole):
        table.add(one, None, quiet=_OLDER, absent=one.twin is None)
    for one in _filled(((device, None) for device in (*joined.only_after, *joined.nameless_after)), whole[1], whole[1]):
        table.add_came_back(one)
    exact = before.source is CaptureSource.API and after.source is CaptureSource.API
    unread = sum(twin.details is None for _, twin in joined.pairs)
    return table.sorted(_lost_invitations(before, after, cutoff), exact=exact, unread=unread)


def estimate_before_restore(capture: Capture, cutoff: Cutoff, *, whole: Whole = as_they_are) -> Comparison:
    """What the restore will do, judged by the dates of the capture alone: an estimate, however complete it is.

    Args:
        capture: All devices before the restore.
        cutoff: When the backup ran.
        whole: What reads the details of devices.
    """
    table = _Table(cutoff, lenient=_without_details(capture))
    for one in _filled(((device, None) for device in capture.devices), whole, whole):
        lost = None if table.lenient and one.device.details is None else loss_by_dates(one.device, cutoff)
        table.add(one, lost)
    invitations = tuple(i for i in capture.invitations or () if i.created >= cutoff.backup_started)
    return table.sorted(invitations, exact=False, unread=len(capture.devices))


def _without_details(capture: Capture) -> bool:
    """Whether missing details say nothing: an export of the console has none for anybody."""
    return capture.source is CaptureSource.CONSOLE_EXPORT


def _lost_invitations(before: Capture, after: Capture, cutoff: Cutoff) -> tuple[Invitation, ...]:
    known = {(i.login.raw.casefold(), i.created) for i in after.invitations or ()}
    return tuple(
        invitation
        for invitation in before.invitations or ()
        if invitation.created >= cutoff.backup_started
        and (invitation.login.raw.casefold(), invitation.created) not in known
    )


@dataclass(frozen=True, slots=True)
class _Filled:
    """A device with all of its details, and so its twin; `shown` is what the capture holds of it."""

    shown: Device
    device: Device
    twin: Device | None


def _filled(pairs: Iterable[tuple[Device, Device | None]], before: Whole, after: Whole) -> Iterator[_Filled]:
    for chunk in chunks(pairs):
        devices = before([device for device, _ in chunk])
        twins = iter(after([twin for _, twin in chunk if twin is not None]))
        for (shown, twin), device in zip(chunk, devices, strict=True):
            yield _Filled(shown, device, None if twin is None else next(twins))


class _Table:
    """The findings as they are collected; `lenient` where an export tells no details and their absence says nothing."""

    def __init__(self, cutoff: Cutoff, *, lenient: bool) -> None:
        self.cutoff = cutoff
        self.lenient = lenient
        self._findings: list[Finding] = []
        self._came_back: list[Finding] = []
        self._security: list[SecurityRow] = []

    def loss(self, one: _Filled) -> Loss | None:
        """The loss of a paired device; details that nobody could read are none, where an export is all there is."""
        found = None if one.twin is None else loss(one.device, one.twin, self.cutoff)
        if found is not None and self.lenient and found.reasons == _NOT_READ:
            return None
        return found

    def add(self, one: _Filled, lost: Loss | None, *, quiet: tuple[Reason, ...] = _SAME, absent: bool = False) -> None:
        """Put a device into its one class: enrol again goes before something to decide, and that before nothing to do.

        A device may be in the security list whatever its class is.
        """
        kind = classify(one.device)
        rows = security_rows(one.device, one.twin, kind, self.cutoff, absent=absent)
        self._security.extend(rows)
        if lost is not None:
            fate, certainty, reasons, since = DeviceFate.ENROL_AGAIN, lost.certainty, lost.reasons, lost.since
        elif rows:
            told = {row.reason for row in rows}
            fate, certainty, since = DeviceFate.ACTION_TO_DECIDE, None, None
            reasons = tuple(reason for reason in Reason if reason in told)
        else:
            fate, certainty, since = DeviceFate.NOTHING_TO_DO, None, None
            reasons = _NOT_READ if quiet is _SAME and self.lenient and one.device.details is None else quiet
        keys = tuple(row.key for row in rows)
        self._findings.append(Finding(one.shown, kind, fate, certainty, reasons, since, keys))

    def add_came_back(self, one: _Filled) -> None:
        """Note a device that only the restored server has."""
        kind = classify(one.device)
        row = came_back(one.device, kind)
        self._security.append(row)
        self._came_back.append(
            Finding(one.shown, kind, DeviceFate.CAME_BACK, None, (Reason.CAME_BACK,), rows=(row.key,))
        )

    def sorted(self, invitations: tuple[Invitation, ...], *, exact: bool, unread: int) -> Comparison:
        """The comparison, in an order that does not depend on how the captures were read."""
        return Comparison(
            findings=tuple(sorted(self._findings, key=_place)),
            came_back=tuple(sorted(self._came_back, key=_place)),
            security=tuple(sorted(self._security, key=lambda row: (_name(row.device), row.key))),
            invitations=tuple(sorted(invitations, key=lambda i: (i.created, i.login.raw))),
            cutoff=self.cutoff,
            exact=exact,
            unread=unread,
        )


def _name(device: Device) -> tuple[str, str, str, str]:
    return device.serial, device.imei, device.strong_id, device.id


def _place(finding: Finding) -> tuple[str, str, str, str]:
    return _name(finding.device)
