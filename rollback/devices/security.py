"""What security has to decide about one device: actions that the restore took back, and ones that it brought back.

A wipe that was done or cancelled on the old server may be pending again on the restored one and fire at the device's
first check-in; one that was asked since the backup is forgotten. Both stand here, and nothing is decided.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rollback.devices.findings import Advice, Reason, SecurityRow, row_key
from rollback.devices.values import Cutoff, Details, Device, DeviceAction, SecurityAction
from storage.words import DeviceKind


@dataclass(frozen=True, slots=True)
class _Row:
    reason: Reason
    action: SecurityAction | None
    at: datetime | None
    pending: bool | None
    advice: Advice


_STATES = (Reason.ACTION_DONE, Reason.ACTION_CANCELLED, Reason.ACTION_FAILED, Reason.ACTION_PENDING)


def state(action: DeviceAction) -> Reason:
    """How `action` stands: done, cancelled, failed or pending."""
    moments = (action.done, action.cancelled, action.failed)
    return next((s for s, moment in zip(_STATES, moments, strict=False) if moment is not None), Reason.ACTION_PENDING)


def security_rows(
    before: Device, after: Device | None, kind: DeviceKind, cutoff: Cutoff, *, absent: bool = False
) -> tuple[SecurityRow, ...]:
    """The rows of one device of the first capture.

    Args:
        before: Its record in the first capture.
        after: What the restored server has for it; None where nothing, or where nobody has asked it yet.
        kind: What kind of device it is.
        cutoff: When the backup ran.
        absent: Whether the restored server was asked and doesn't have it: then nothing can fire there.
    """
    if _is_quiet(before) and (after is None or (_is_quiet(after) and before.managed is after.managed)):
        return ()
    rows = _rows(before, after, cutoff)
    told = dict.fromkeys(row for row in rows if not (absent and row.reason is Reason.ACTION_CANCELLED))
    return tuple(_named(row, after or before, kind) for row in told)


def _is_quiet(device: Device) -> bool:
    """Whether no action was ever ordered on `device`, as with nearly all of them."""
    details = device.details
    return details is None or not (details.actions or details.flags or details.revoked)


def came_back(after: Device, kind: DeviceKind) -> SecurityRow:
    """The row of a device that only the restored server has: it was removed or wiped since the backup."""
    actions = after.details.actions if after.details else ()
    pending = next((action for action in actions if state(action) is Reason.ACTION_PENDING), None)
    known = None if after.details is None else pending is not None
    row = _Row(Reason.CAME_BACK, pending.type if pending else None, None, known, Advice.LOOK)
    return _named(row, after, kind)


def _named(row: _Row, device: Device, kind: DeviceKind) -> SecurityRow:
    about = [row.reason, row.action or "", row.at.isoformat() if row.at else ""]
    key = row_key(device, about)
    return SecurityRow(key, device, kind, row.reason, row.action, row.at, row.pending, row.advice)


def _rows(before: Device, after: Device | None, cutoff: Cutoff) -> Iterator[_Row]:
    told: set[SecurityAction | None] = set()
    for row in (*_actions(before, after, cutoff), *_pending_again(before, after)):
        told.add(row.action)
        yield row
    if before.details is None or after is None:
        return
    for row in (*_flags(before.details, after.details), *_revocation(before.details, after.details)):
        if row.action not in told:
            told.add(row.action)
            yield row
    if not told and before.managed is False and after.managed is True:
        yield _Row(Reason.UNMANAGED_SINCE, None, None, None, Advice.LOOK)


def _actions(before: Device, after: Device | None, cutoff: Cutoff) -> Iterator[_Row]:
    """Actions that the old server tells of, where the restored one tells something else or may do so."""
    known = {(a.type, a.asked): a for a in after.details.actions} if after and after.details else {}
    for action in before.details.actions if before.details else ():
        was = state(action)
        twin = known.get((action.type, action.asked))
        at = action.done or action.cancelled or action.failed or action.asked
        if twin is not None and state(twin) is was:
            continue
        if twin is not None and state(twin) is Reason.ACTION_PENDING:
            yield _Row(was, action.type, at, True, Advice.STOP_OR_LEAVE)
        elif at < cutoff.backup_started:
            continue
        elif after is None or after.details is None:
            yield _Row(was, action.type, at, None, Advice.LOOK)
        elif was is not Reason.ACTION_CANCELLED:
            yield _Row(was, action.type, at, False, Advice.REPEAT_OR_LEAVE)


def _pending_again(before: Device, after: Device | None) -> Iterator[_Row]:
    """Actions that the restored server has pending and the old one doesn't list any more."""
    if after is None or after.details is None:
        return
    listed = {(a.type, a.asked) for a in before.details.actions} if before.details else set()
    for action in after.details.actions:
        if state(action) is Reason.ACTION_PENDING and (action.type, action.asked) not in listed:
            advice = Advice.STOP_OR_LEAVE if before.details else Advice.LOOK
            yield _Row(Reason.ACTION_CANCELLED, action.type, action.asked, True, advice)


def _flags(before: Details, after: Details | None) -> Iterator[_Row]:
    """Flags that differ, for actions that no list of actions told of."""
    for action in sorted({*before.flags, *(after.flags if after else ())}):
        if after is None:
            yield _Row(Reason.ACTION_PENDING, action, None, None, Advice.LOOK)
        elif action not in before.flags:
            yield _Row(Reason.ACTION_CANCELLED, action, None, True, Advice.STOP_OR_LEAVE)
        elif action not in after.flags:
            yield _Row(Reason.ACTION_PENDING, action, None, False, Advice.REPEAT_OR_LEAVE)


def _revocation(before: Details, after: Details | None) -> Iterator[_Row]:
    if after is None:
        if before.revoked:
            yield _Row(Reason.REVOKED_SINCE, SecurityAction.REVOKE, None, None, Advice.LOOK)
    elif before.revoked and not after.revoked:
        yield _Row(Reason.REVOKED_SINCE, SecurityAction.REVOKE, None, False, Advice.REPEAT_OR_LEAVE)
    elif after.revoked and not before.revoked:
        yield _Row(Reason.AUTHORISED_SINCE, SecurityAction.REVOKE, None, None, Advice.STOP_OR_LEAVE)
