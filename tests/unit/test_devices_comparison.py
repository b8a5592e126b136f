"""What the comparison says of every device."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import pytest
from devices_made import (
    CUTOFF,
    DAY,
    FINISHED,
    HOUR,
    LONG_BEFORE,
    MINUTE,
    STARTED,
    capture,
    certificate,
    details,
    device,
    invitation,
    owner,
)
from hypothesis import given
from hypothesis import strategies as st

from rollback.devices.comparison import IncompleteCaptureError, compare, estimate_before_restore
from rollback.devices.findings import Comparison, Finding, Reason
from rollback.devices.values import CaptureSource, Device, DeviceAction, SecurityAction
from storage.words import Certainty, DeviceFate

MUST, CHECK_FIRST = Certainty.MUST, Certainty.CHECK_FIRST


def said_of(before: Device, *after: Device) -> Finding:
    """What is said of the only device of the first capture."""
    (finding,) = compare(capture([before]), capture(after), CUTOFF).findings
    return finding


def restored(before: Device, enrolled: datetime | None = LONG_BEFORE, **more: Any) -> Device:
    """What the restored server has for `before`: another id, and the details of the past."""
    return replace(before, id=f"7{before.id}", details=details(enrolled, **more))


def test_a_device_that_did_not_change_has_nothing_to_do() -> None:
    """The same enrolment and certificate on both sides is the class without a task."""
    before = device()
    finding = said_of(before, restored(before))
    assert (finding.fate, finding.certainty, finding.reasons) == (DeviceFate.NOTHING_TO_DO, None, (Reason.SAME,))


@pytest.mark.parametrize(
    ("enrolled", "certainty"),
    [
        (FINISHED + MINUTE, MUST),
        (LONG_BEFORE, MUST),
        (None, MUST),
        (STARTED, CHECK_FIRST),
        (FINISHED, CHECK_FIRST),
    ],
)
def test_an_absent_device_must_enrol_again(enrolled: datetime | None, certainty: Certainty) -> None:
    """A device that the restored server lacks must enrol again; one that enrolled while the backup ran checks first."""
    finding = said_of(device(details=details(enrolled)))
    assert (finding.fate, finding.certainty) == (DeviceFate.ENROL_AGAIN, certainty)
    assert finding.reasons == (Reason.ABSENT,)
    assert finding.since == enrolled


def test_a_device_without_details_that_is_absent_must_enrol_again() -> None:
    """Absence needs no details."""
    assert said_of(device(details=None)).certainty is MUST


@pytest.mark.parametrize(
    ("enrolled", "certainty"),
    [(FINISHED + MINUTE, MUST), (FINISHED, CHECK_FIRST), (STARTED, CHECK_FIRST), (STARTED - MINUTE, None)],
)
def test_a_known_device_that_enrolled_again_is_lost_by_its_date(
    enrolled: datetime, certainty: Certainty | None
) -> None:
    """After the backup's end it must enrol again, while it ran it checks first, before that its certificate decides."""
    before = device(details=details(enrolled, certificates=()))
    finding = said_of(before, replace(restored(before, certificates=()), details=None))
    assert finding.certainty is certainty
    assert (Reason.ENROLLED_AGAIN in finding.reasons) == (certainty is not None)


@pytest.mark.parametrize(
    ("start", "certainty"),
    [
        (FINISHED + MINUTE, MUST),
        (FINISHED, CHECK_FIRST),
        (STARTED, CHECK_FIRST),
        (STARTED - DAY, CHECK_FIRST),
        (STARTED - DAY - MINUTE, None),
    ],
)
def test_a_certificate_is_judged_by_its_start_and_the_back_dating(start: datetime, certainty: Certainty | None) -> None:
    """A start after the backup is sure; up to 24 hours before it the device checks first, for XMS sets dates back."""
    before = device(details=details(certificates=(certificate(start + DAY),)))
    finding = said_of(before, replace(restored(before), details=None))
    assert finding.certainty is certainty
    assert (Reason.CERTIFICATE_SINCE in finding.reasons) == (certainty is not None)


def test_a_certificate_that_the_restored_server_lists_clears_the_device() -> None:
    """A certificate that its dates make suspect is no loss when the restored server has it just the same."""
    young = certificate(STARTED + HOUR)
    before = device(details=details(certificates=(young,)))
    assert said_of(before, restored(before, certificates=(young,))).fate is DeviceFate.NOTHING_TO_DO
    assert said_of(before, restored(before)).certainty is CHECK_FIRST


def test_an_enrolment_during_the_backup_that_the_restored_server_knows_is_no_loss() -> None:
    """What enrolled while the backup ran and is in it has nothing to do."""
    before = device(details=details(STARTED + MINUTE))
    assert said_of(before, restored(before, STARTED + MINUTE)).fate is DeviceFate.NOTHING_TO_DO


def test_a_number_that_was_given_out_twice_is_not_the_same_certificate() -> None:
    """The restored authority counts numbers again, so the start belongs to the certificate's identity."""
    before = device(details=details(certificates=(certificate(FINISHED + 2 * DAY, number="77"),)))
    after = restored(before, certificates=(certificate(LONG_BEFORE, number="77"),))
    assert said_of(before, after).certainty is MUST


def test_an_old_certificate_that_the_restored_server_lacks_is_checked_first() -> None:
    """A certificate that is missing on the restored server is a reason to check, whatever its dates say."""
    before = device(details=details(certificates=(certificate(LONG_BEFORE, number="5"),)))
    finding = said_of(before, restored(before, certificates=(certificate(LONG_BEFORE - DAY, number="4"),)))
    assert (finding.certainty, finding.reasons) == (CHECK_FIRST, (Reason.CERTIFICATE_UNKNOWN,))


def test_other_changes_of_a_row_are_checked_first() -> None:
    """Another user, or managed where it was not, speaks of an enrolment since the backup."""
    before = device()
    moved = replace(restored(before), owner=owner("former@example.com"))
    assert said_of(before, moved).reasons == (Reason.USER_CHANGED,)
    assert said_of(before, replace(restored(before), managed=False)).reasons == (Reason.MANAGED_SINCE,)
    assert said_of(before, replace(restored(before), mdm_known=False)).reasons == (Reason.MANAGED_SINCE,)
    assert said_of(replace(before, shared=True), moved).fate is DeviceFate.NOTHING_TO_DO
    assert said_of(before, replace(moved, shared=True)).fate is DeviceFate.NOTHING_TO_DO


def test_details_that_nobody_read_are_never_taken_for_good() -> None:
    """A device whose details are missing is checked first, unless an export has them for nobody."""
    before = device(details=None)
    assert said_of(before, restored(before)).reasons == (Reason.DETAILS_NOT_READ,)
    export = capture([before], source=CaptureSource.CONSOLE_EXPORT)
    (finding,) = compare(export, capture([restored(before)]), CUTOFF).findings
    assert (finding.fate, finding.reasons) == (DeviceFate.NOTHING_TO_DO, (Reason.DETAILS_NOT_READ,))


def test_a_device_that_cannot_be_matched_is_checked_first() -> None:
    """A device without serial number, IMEI and strong id stands in a class by that name, and is never dropped."""
    before = device(serial="", imei="", strong_id="")
    for after in ((), (restored(before),)):
        finding = said_of(before, *after)
        assert (finding.certainty, finding.reasons) == (CHECK_FIRST, (Reason.NO_IDENTITY,))


def test_contradicting_identities_are_checked_first_and_shown_to_security() -> None:
    """A device whose IMEI belongs to another serial number is checked, and that other device came back."""
    result = compare(capture([device(1)]), capture([device(2, imei=device(1).imei)]), CUTOFF)
    assert [f.reasons for f in result.findings] == [(Reason.IDENTITY_CONTRADICTS,)]
    assert [f.device.serial for f in result.came_back] == ["SERIAL00002"]


def test_an_older_record_of_the_same_device_is_not_counted_again() -> None:
    """Two records of one lost device ask its user once."""
    first = device(1)
    second = replace(first, id="2", details=details(FINISHED + HOUR))
    result = compare(capture([first, second]), capture([replace(first, id="9")]), CUTOFF)
    assert {f.device.id: f.reasons for f in result.findings} == {
        "1": (Reason.OLDER_RECORD,),
        "2": (Reason.ENROLLED_AGAIN, Reason.CERTIFICATE_SINCE),
    }


def test_a_device_that_only_the_restored_server_has_came_back() -> None:
    """A removed device is no finding of the first capture but one of those that came back, and a row for security."""
    result = compare(capture([device(1)]), capture([device(1), device(2)]), CUTOFF)
    assert [f.device.id for f in result.came_back] == ["2"]
    assert [row.reason for row in result.security] == [Reason.CAME_BACK]
    assert result.came_back[0].rows == (result.security[0].key,)


def test_a_loss_goes_before_something_to_decide() -> None:
    """A device that enrolled again and was locked is in the class of the lost, and in the security list too."""
    locked = DeviceAction(SecurityAction.LOCK, FINISHED + HOUR, done=FINISHED + HOUR)
    before = device(details=details(FINISHED + HOUR, actions=(locked,)))
    finding = said_of(before, restored(before))
    assert finding.fate is DeviceFate.ENROL_AGAIN
    assert len(finding.rows) == 1


def test_an_action_that_was_cancelled_on_an_absent_device_is_over() -> None:
    """What the restored server doesn't have can't be wiped by it, so there is nothing to stop."""
    stopped = DeviceAction(SecurityAction.WIPE, LONG_BEFORE, cancelled=FINISHED + HOUR)
    assert not said_of(device(details=details(actions=(stopped,)))).rows


def test_an_action_alone_is_something_to_decide() -> None:
    """A device that was only wiped since the backup has nothing to enrol but something for security."""
    wiped = DeviceAction(SecurityAction.WIPE, FINISHED + HOUR, done=FINISHED + HOUR)
    before = device(details=details(actions=(wiped,)))
    finding = said_of(before, restored(before))
    assert (finding.fate, finding.reasons) == (DeviceFate.ACTION_TO_DECIDE, (Reason.ACTION_DONE,))


def test_invitations_since_the_backup_that_are_gone_are_sent_again() -> None:
    """Only invitations that are younger than the backup and unknown to the restored server are listed, oldest first."""
    late, later = invitation("bob@example.com", FINISHED + HOUR), invitation("ada@example.com", FINISHED + 2 * HOUR)
    kept, old = invitation("eve@example.com", STARTED), invitation("joe@example.com", LONG_BEFORE)
    result = compare(
        capture([], invitations=(later, old, late, kept)),
        capture([], invitations=(replace(kept, login=kept.login),)),
        CUTOFF,
    )
    assert result.invitations == (late, later)
    assert compare(capture([], invitations=None), capture([]), CUTOFF).invitations == ()
    assert compare(capture([], invitations=(late,)), capture([], invitations=None), CUTOFF).invitations == (late,)


def test_incomplete_captures_are_not_compared() -> None:
    """A capture that misses records compares with nothing: those it doesn't show would be called lost."""
    whole, part = capture([device()]), capture([], complete=False)
    with pytest.raises(IncompleteCaptureError, match="after the restore"):
        compare(whole, part, CUTOFF)
    with pytest.raises(IncompleteCaptureError, match="before the restore"):
        compare(part, whole, CUTOFF)


def test_an_export_makes_an_estimate() -> None:
    """A comparison is exact only when both captures came from the API."""
    export = capture([device()], source=CaptureSource.CONSOLE_EXPORT)
    assert compare(capture([device()]), capture([device()]), CUTOFF).exact
    assert not compare(export, capture([device()]), CUTOFF).exact
    assert not compare(capture([device()]), export, CUTOFF).exact


def test_before_the_restore_dates_give_an_estimate() -> None:
    """The estimate has every device in one class, lost by its dates, and says that it is none but an estimate."""
    wiped = DeviceAction(SecurityAction.WIPE, FINISHED + HOUR, done=FINISHED + HOUR)
    stopped = DeviceAction(SecurityAction.WIPE, LONG_BEFORE, cancelled=FINISHED + HOUR)
    whole = capture(
        [
            device(1),
            device(2, details=details(FINISHED + HOUR)),
            device(3, details=details(STARTED + MINUTE)),
            device(4, details=details(certificates=(certificate(STARTED + HOUR),))),
            device(5, details=details(actions=(wiped,))),
            device(6, details=details(actions=(stopped,))),
            device(7, details=None),
        ],
        invitations=(invitation("ada@example.com", FINISHED + HOUR), invitation("bob@example.com", LONG_BEFORE)),
    )
    result = estimate_before_restore(whole, CUTOFF)
    said = {f.device.id: f.certainty or f.fate for f in result.findings}
    decide, nothing = DeviceFate.ACTION_TO_DECIDE, DeviceFate.NOTHING_TO_DO
    assert said == {
        "1": nothing,
        "2": MUST,
        "3": CHECK_FIRST,
        "4": CHECK_FIRST,
        "5": decide,
        "6": decide,
        "7": CHECK_FIRST,
    }
    assert not result.exact
    assert [i.login.raw for i in result.invitations] == ["ada@example.com"]
    assert {row.reason for row in result.security} == {Reason.ACTION_DONE, Reason.ACTION_CANCELLED}


def test_the_counts_are_those_of_the_findings() -> None:
    """The numbers for channels add up to the devices of the first capture."""
    result = compare(
        capture([device(1), device(2), device(3, platform="?", os_family="")]), capture([device(1), device(9)]), CUTOFF
    )
    counts = result.counts
    assert (counts.devices, counts.must, counts.same, counts.came_back, counts.security) == (3, 2, 1, 1, 1)
    assert counts.unknown_kind == 1
    assert counts.must + counts.check_first + counts.to_decide + counts.same == counts.devices


# ---- rules that hold for any two captures

values = st.sampled_from(["", "A1", "B2", "C3", "D4"])
moments = st.sampled_from([None, LONG_BEFORE, STARTED - HOUR, STARTED + MINUTE, FINISHED + HOUR, FINISHED + DAY])


@st.composite
def captures(draw: st.DrawFn) -> list[Device]:
    """Any records: colliding and missing identities, all dates, shared devices, nobody's devices, actions."""
    made = []
    for number in range(draw(st.integers(0, 6))):
        enrolled, asked, done = draw(moments), draw(moments), draw(moments)
        actions = () if asked is None else (DeviceAction(SecurityAction.WIPE, asked, done=done),)
        known = None if draw(st.booleans()) else details(enrolled, actions=actions, revoked=draw(st.booleans()))
        made.append(
            device(
                number,
                serial=draw(values),
                imei=draw(values),
                strong_id=draw(values),
                owner=draw(st.sampled_from([None, owner("a@example.com"), owner("b@example.com")])),
                shared=draw(st.booleans()),
                managed=draw(st.sampled_from([True, False, None])),
                details=known,
            )
        )
    return made


def told(result: Comparison) -> Counter[tuple[Any, ...]]:
    """What was said, without ids: identities, class, certainty and reasons."""
    return Counter(
        (f.device.serial, f.device.imei, f.device.strong_id, f.fate, f.certainty, f.reasons, f.since)
        for f in result.findings + result.came_back
    )


@given(captures(), captures())
def test_every_device_of_the_first_capture_is_in_exactly_one_class(before: list[Device], after: list[Device]) -> None:
    """One finding a device, with a certainty if and only if it must enrol again, and with a reason always."""
    result = compare(capture(before), capture(after), CUTOFF)
    assert Counter(f.device.id for f in result.findings) == Counter(d.id for d in before)
    for finding in result.findings:
        assert finding.fate is not DeviceFate.CAME_BACK
        assert (finding.certainty is not None) == (finding.fate is DeviceFate.ENROL_AGAIN)
        assert finding.reasons
    keys = {row.key for row in result.security}
    assert {key for f in (*result.findings, *result.came_back) for key in f.rows} == keys


@given(captures(), captures(), st.integers())
def test_the_order_of_reading_makes_no_difference(before: list[Device], after: list[Device], seed: int) -> None:
    """Shuffled captures give the same comparison, down to its digest."""
    mixed = [list(before), list(after)]
    for side in mixed:
        Random(seed).shuffle(side)  # noqa: S311 - a test's shuffle
    one = compare(capture(before), capture(after), CUTOFF)
    other = compare(capture(mixed[0]), capture(mixed[1]), CUTOFF)
    assert one == other
    assert one.digest == other.digest


@given(captures(), captures(), st.integers(min_value=1, max_value=5))
def test_ids_of_the_restored_server_make_no_difference(before: list[Device], after: list[Device], step: int) -> None:
    """Ids that were given out again after the restore change nothing that is said."""
    renumbered = [replace(d, id=str(int(d.id) * step + 3)) for d in after]
    result = compare(capture(before), capture(after), CUTOFF)
    again = compare(capture(before), capture(renumbered), CUTOFF)
    assert told(result) == told(again)


@given(captures())
def test_a_capture_compared_with_itself_loses_nothing_it_can_name(before: list[Device]) -> None:
    """Whoever has an identity and details, and is the same on both sides, has nothing to do."""
    plain = [replace(d, serial=f"UNIQUE{d.id}", details=d.details or details()) for d in before]
    result = compare(capture(plain), capture(plain), CUTOFF)
    assert {f.fate for f in result.findings} <= {DeviceFate.NOTHING_TO_DO}
    assert not result.came_back
    assert not result.security


def test_a_change_that_matters_changes_the_digest() -> None:
    """Another lost device, or another certainty, gives another digest; one more device with nothing to do doesn't."""
    base = compare(capture([device(1), device(2)]), capture([device(1)]), CUTOFF)
    more = compare(capture([device(1), device(2), device(3)]), capture([device(1), device(3)]), CUTOFF)
    other = compare(capture([device(1), device(2)]), capture([device(2)]), CUTOFF)
    assert base.digest == more.digest
    assert base.digest != other.digest
