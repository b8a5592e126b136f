"""What security has to decide."""

from dataclasses import replace
from typing import Any

import pytest
from devices_made import CUTOFF, FINISHED, HOUR, LONG_BEFORE, details, device

from rollback.devices.findings import Advice, Reason, SecurityRow
from rollback.devices.security import came_back, security_rows, state
from rollback.devices.values import Device, DeviceAction, SecurityAction
from storage.words import DeviceKind

WIPE, LOCK = SecurityAction.WIPE, SecurityAction.LOCK
SINCE = FINISHED + HOUR
DONE = DeviceAction(WIPE, SINCE, done=SINCE)
ASKED = DeviceAction(WIPE, SINCE)
OLD_PENDING = DeviceAction(WIPE, LONG_BEFORE)
OLD_CANCELLED = replace(OLD_PENDING, cancelled=SINCE)
OLD_DONE_SINCE = replace(OLD_PENDING, done=SINCE)
OLD_DONE = replace(OLD_PENDING, done=LONG_BEFORE + HOUR)
OLD_FAILED_SINCE = replace(OLD_PENDING, failed=SINCE)


def with_(*actions: DeviceAction, **more: Any) -> Device:
    return device(details=details(actions=actions, **more))


def rows(before: Device, after: Device | None, *, absent: bool = False) -> tuple[SecurityRow, ...]:
    return security_rows(before, after, DeviceKind.IOS, CUTOFF, absent=absent)


def short(before: Device, after: Device | None, *, absent: bool = False) -> list[tuple[Reason, bool | None, Advice]]:
    return [(row.reason, row.pending, row.advice) for row in rows(before, after, absent=absent)]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (DONE, None, (Reason.ACTION_DONE, False, Advice.REPEAT_OR_LEAVE)),
        (ASKED, None, (Reason.ACTION_PENDING, False, Advice.REPEAT_OR_LEAVE)),
        (OLD_DONE_SINCE, OLD_PENDING, (Reason.ACTION_DONE, True, Advice.STOP_OR_LEAVE)),
        (OLD_CANCELLED, OLD_PENDING, (Reason.ACTION_CANCELLED, True, Advice.STOP_OR_LEAVE)),
        (OLD_FAILED_SINCE, OLD_PENDING, (Reason.ACTION_FAILED, True, Advice.STOP_OR_LEAVE)),
        (None, OLD_PENDING, (Reason.ACTION_CANCELLED, True, Advice.STOP_OR_LEAVE)),
        (OLD_DONE, OLD_PENDING, (Reason.ACTION_DONE, True, Advice.STOP_OR_LEAVE)),
    ],
)
def test_an_action_that_the_restore_changed_is_a_row(
    before: DeviceAction | None, after: DeviceAction | None, said: tuple[Reason, bool | None, Advice]
) -> None:
    """What was forgotten is to be repeated or left, what is pending again is to be stopped or left."""
    old = with_(*[before] if before else [])
    new = with_(*[after] if after else [])
    assert short(old, new) == [said]


@pytest.mark.parametrize("same", [OLD_PENDING, OLD_DONE, OLD_CANCELLED])
def test_an_action_that_is_the_same_on_both_sides_is_no_row(same: DeviceAction) -> None:
    """What the restored server tells just as the old one did needs no decision."""
    assert not rows(with_(same), with_(same))


def test_an_action_from_before_the_backup_that_is_no_longer_listed_is_no_row() -> None:
    """An old, finished action that the restored server doesn't list is none of the rollback's."""
    assert not rows(with_(OLD_DONE), with_())


def test_an_action_asked_and_cancelled_since_the_backup_is_no_row() -> None:
    """What never was in the backup and was taken back can neither fire nor be missed."""
    assert not rows(with_(replace(ASKED, cancelled=SINCE + HOUR)), with_())


def test_where_the_restored_server_was_not_read_somebody_must_look() -> None:
    """Without the details of the restored server an action since the backup is a row to look at."""
    unread = replace(device(), details=None)
    assert short(with_(DONE), unread) == [(Reason.ACTION_DONE, None, Advice.LOOK)]
    assert short(with_(OLD_CANCELLED), unread) == [(Reason.ACTION_CANCELLED, None, Advice.LOOK)]
    assert short(with_(OLD_CANCELLED), None) == [(Reason.ACTION_CANCELLED, None, Advice.LOOK)]


def test_nothing_can_fire_on_a_device_that_the_restored_server_lacks() -> None:
    """A wiped device that is absent is shown to security; a cancelled action on it is over."""
    assert short(with_(DONE), None, absent=True) == [(Reason.ACTION_DONE, None, Advice.LOOK)]
    assert not rows(with_(OLD_CANCELLED), None, absent=True)


def test_a_pending_action_unknown_before_is_looked_at_where_before_was_not_read() -> None:
    """A pending action is shown even when the old server's details are missing."""
    assert short(replace(device(), details=None), with_(OLD_PENDING)) == [(Reason.ACTION_CANCELLED, True, Advice.LOOK)]


def test_flags_tell_what_no_action_tells() -> None:
    """A flag that only one side has is a row, unless an action of that type is one already."""
    assert short(with_(flags=(LOCK,)), with_()) == [(Reason.ACTION_PENDING, False, Advice.REPEAT_OR_LEAVE)]
    assert short(with_(), with_(flags=(LOCK,))) == [(Reason.ACTION_CANCELLED, True, Advice.STOP_OR_LEAVE)]
    assert len(rows(with_(DONE, flags=(WIPE,)), with_())) == 1
    assert not rows(with_(flags=(LOCK,)), with_(flags=(LOCK,)))


def test_a_revocation_that_the_restore_took_back_is_a_row() -> None:
    """Revoked since: repeat. Authorised since: the restored server revokes it again."""
    assert short(with_(revoked=True), with_()) == [(Reason.REVOKED_SINCE, False, Advice.REPEAT_OR_LEAVE)]
    assert short(with_(), with_(revoked=True)) == [(Reason.AUTHORISED_SINCE, None, Advice.STOP_OR_LEAVE)]
    assert not rows(with_(revoked=True), with_(revoked=True))


def test_a_device_that_left_the_management_is_looked_at() -> None:
    """A device that was no longer managed and is managed again has come back in its own way."""
    gone = replace(device(), managed=False)
    assert short(gone, device()) == [(Reason.UNMANAGED_SINCE, None, Advice.LOOK)]
    wiped = replace(with_(DONE), managed=False)
    assert [reason for reason, _, _ in short(wiped, device())] == [Reason.ACTION_DONE]


def test_a_device_that_came_back_shows_its_pending_action() -> None:
    """A removed device with a pending wipe would be wiped at its first check-in, and its row says so."""
    row = came_back(with_(OLD_PENDING), DeviceKind.IOS)
    assert (row.reason, row.action, row.pending) == (Reason.CAME_BACK, WIPE, True)
    assert came_back(device(), DeviceKind.IOS).pending is False
    assert came_back(replace(device(), details=None), DeviceKind.IOS).pending is None


def test_the_key_of_a_row_stays_and_holds_no_name() -> None:
    """Compared again, with other ids, a row has the same key; other devices and actions have other keys."""
    (one,) = rows(with_(DONE), with_())
    (again,) = rows(with_(DONE), replace(with_(), id="99"))
    (other,) = rows(with_(replace(DONE, type=LOCK)), with_())
    assert one.key == again.key != other.key
    assert "SERIAL" not in one.key


def test_the_row_names_the_record_to_look_for() -> None:
    """Security looks for the restored server's record, or the old one where there is none."""
    assert rows(with_(DONE), replace(with_(), id="99"))[0].device.id == "99"
    assert rows(with_(DONE), None, absent=True)[0].device.id == "1"


def test_the_state_of_an_action_is_its_last_moment() -> None:
    """Done, cancelled, failed, or else pending."""
    assert [state(a) for a in (DONE, OLD_CANCELLED, OLD_FAILED_SINCE, ASKED)] == [
        Reason.ACTION_DONE,
        Reason.ACTION_CANCELLED,
        Reason.ACTION_FAILED,
        Reason.ACTION_PENDING,
    ]
