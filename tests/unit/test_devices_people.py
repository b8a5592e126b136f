"""Whom the comparison concerns."""

from collections import Counter
from dataclasses import replace

from devices_made import CUTOFF, FINISHED, HOUR, capture, details, device, owner
from hypothesis import given
from hypothesis import strategies as st

from rollback.devices.comparison import compare
from rollback.devices.findings import Comparison
from rollback.devices.people import people
from rollback.devices.values import Device, DeviceAction, SecurityAction
from rollback.untrusted import Untrusted

ADA, BOB = owner("ada@example.com"), owner("bob@example.com", "Bob Example")
WIPED = details(FINISHED + HOUR, actions=(DeviceAction(SecurityAction.WIPE, FINISHED + HOUR, done=FINISHED + HOUR),))


def lost(*devices: Device) -> Comparison:
    return compare(capture(devices), capture([]), CUTOFF)


def test_a_person_has_all_of_their_devices() -> None:
    """Devices of one login, however it is written, are one person's."""
    found = people(
        lost(
            device(1, owner=ADA),
            device(2, owner=replace(ADA, login=Untrusted("ADA@example.com"))),
            device(3, owner=BOB),
        )
    )
    assert [(p.owner.login.raw, len(p.findings)) for p in found.persons] == [
        ("ada@example.com", 2),
        ("bob@example.com", 1),
    ]


def test_a_person_is_joined_from_all_records() -> None:
    """What one record leaves out comes from another; a mailbox that one record denies is denied."""
    bare = owner("ada@example.com", "", mail="", language="")
    full = owner("ada@example.com", "Ada Example", phone="+41 44 000 00 00", language="de-CH", other_mailbox=False)
    (person,) = people(lost(device(1, owner=bare), device(2, owner=full))).persons
    assert person.owner.display_name.raw == "Ada Example"
    assert person.owner.mail.raw == "ada@example.com"
    assert person.owner.phone.raw == "+41 44 000 00 00"
    assert person.owner.language == "de-CH"
    assert person.owner.other_mailbox is False


def test_shared_devices_and_devices_without_a_user_have_lists_of_their_own() -> None:
    """Nobody is written to about a shared device, nor about one without a user; shared ones are sorted by site."""
    found = people(
        lost(
            device(1, shared=True, site=Untrusted("Ward 2")),
            device(2, shared=True, site=Untrusted("Ward 1")),
            device(3, owner=None),
            device(4, owner=owner("", "Device Enrollment")),
        )
    )
    assert not found.persons
    assert [f.device.id for f in found.shared] == ["2", "1"]
    assert {f.device.id for f in found.without_user} == {"3", "4"}


def test_a_device_that_security_has_to_decide_about_is_held_back() -> None:
    """The user of a wiped, perhaps stolen, device is asked nothing before security has cleared it."""
    result = lost(device(1, owner=ADA, details=WIPED), device(2, owner=ADA))
    found = people(result)
    assert [f.device.id for f in found.held] == ["1"]
    assert [len(p.findings) for p in found.persons] == [1]
    cleared = people(result, {row.key for row in result.security})
    assert not cleared.held
    assert [len(p.findings) for p in cleared.persons] == [2]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([ADA, BOB, None, owner("", "")]), st.booleans(), st.sampled_from([details(), WIPED, None])
        ),
        max_size=8,
    )
)
def test_each_lost_device_is_in_exactly_one_list(made: list[tuple[object, bool, object]]) -> None:
    """Persons, shared, without user and held back add up to the lost devices."""
    devices = [device(n, owner=o, shared=s, details=d) for n, (o, s, d) in enumerate(made)]
    found = people(lost(*devices))
    listed = [*(f for p in found.persons for f in p.findings), *found.shared, *found.without_user, *found.held]
    assert Counter(f.device.id for f in listed) == Counter(d.id for d in devices)
