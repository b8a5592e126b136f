"""Which of the lost devices are back: by their identities and their contact, never by XMS' ids."""

from dataclasses import replace

from devices_made import CUTOFF, HOUR, LONG_BEFORE, STARTED, capture, certificate, details, device
from hypothesis import given
from hypothesis import strategies as st

from rollback.devices.comparison import compare
from rollback.devices.findings import Finding
from rollback.devices.returning import Returned, count, expected, only, to_look_at
from rollback.devices.values import Device, DeviceAction, SecurityAction

RESTORED = STARTED + 20 * HOUR
SINCE = STARTED + HOUR
RENEWED = device(2, details=details(LONG_BEFORE, certificates=(certificate(SINCE, "new"),)))
OLD = device(2, details=details(LONG_BEFORE, last_auth=STARTED))


def lost(*before: Device, after: tuple[Device, ...] = ()) -> tuple[Finding, ...]:
    return expected(compare(capture(before), capture(after), CUTOFF), frozenset())


def test_an_absent_device_is_back_when_it_is_there() -> None:
    """A device that the restored server didn't have is back as soon as it is on the list, under whatever id."""
    wanted = lost(device(1, details=details(SINCE)), device(3, details=details(SINCE)))
    there = [replace(device(1), id="900", details=None), device(77)]
    assert count(wanted, there, RESTORED).missing == ("3",)
    assert count(wanted, [replace(device(1), id="900", managed=False)], RESTORED).back == 0
    assert to_look_at(wanted, there) == {}


def test_a_device_that_was_there_all_the_time_must_have_been_in_contact() -> None:
    """A row that the restored server always had proves nothing: contact or enrolment since does."""
    wanted = lost(RENEWED, after=(OLD,))
    assert len(wanted) == 1
    row = replace(OLD, details=None)
    assert to_look_at(wanted, [row]) == {"2": row}
    assert count(wanted, [row], RESTORED).back == 0
    assert count(wanted, [OLD], RESTORED).back == 0
    in_contact = replace(OLD, details=details(LONG_BEFORE, last_auth=RESTORED + HOUR))
    enrolled = replace(OLD, details=details(RESTORED + HOUR))
    assert [count(wanted, [one], RESTORED).back for one in (in_contact, enrolled)] == [1, 1]


def test_what_security_holds_is_not_expected() -> None:
    """A device about which security has something to decide isn't waited for, until it is cleared."""
    wiped = device(4, details=details(SINCE, actions=(DeviceAction(SecurityAction.WIPE, SINCE, done=SINCE),)))
    comparison = compare(capture([wiped, device(1, details=details(SINCE))]), capture([]), CUTOFF)
    assert [finding.device.id for finding in expected(comparison, frozenset())] == ["1"]
    cleared = {row.key for row in comparison.security}
    assert len(expected(comparison, cleared)) == 2


@given(st.sets(st.integers(1, 30), max_size=30), st.sets(st.integers(1, 30), max_size=30))
def test_x_of_y(had: set[int], back: set[int]) -> None:
    """Back and missing are together all that were lost, and foreign devices change neither."""
    comparison = compare(capture([device(n, details=details(SINCE)) for n in had]), capture([]), CUTOFF)
    found = count(comparison.lost, [replace(device(n), id=str(1000 - n)) for n in back], RESTORED)
    assert found.of == len(had)
    assert found.back == len(had & back)
    assert set(found.missing) == {str(n) for n in had - back}
    assert {f.device.id for f in only(comparison, found.missing)} == set(found.missing)
    assert 0 <= found.part <= 1


def test_nobody_lost_is_everybody_back() -> None:
    """Where nothing was lost, all of it is back."""
    assert Returned(0, ()).part == 1.0
