"""Devices as bytes."""

from dataclasses import replace

import pytest
from devices_made import FINISHED, LONG_BEFORE, details, device, invitation, owner
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rollback.devices.stored import Shared, decode, decode_invitation, decode_slim, digest, encode, encode_invitation
from rollback.devices.values import AndroidMode, Details, DeviceAction, SecurityAction
from rollback.untrusted import Untrusted


def test_a_device_is_read_as_it_was_stored() -> None:
    """Every field survives being stored: dates with zone, untrusted names, certificates, actions, flags."""
    full = device(
        3,
        owner=owner("ada@example.com", "Ada \u202e<b>", phone="+41", language="de", other_mailbox=False),
        site=Untrusted("Ward\n1"),
        android_mode=AndroidMode.WORK_PROFILE,
        shared=True,
        details=details(
            last_auth=FINISHED,
            revoked=True,
            actions=(DeviceAction(SecurityAction.LOCK, LONG_BEFORE, cancelled=FINISHED),),
            flags=(SecurityAction.LOCK,),
        ),
    )
    for one in (full, device(), device(details=None, owner=None)):
        assert decode(encode(one)) == one


@given(st.text())
def test_any_name_survives_being_stored(name: str) -> None:
    """A name of any characters comes back as it was."""
    one = device(model=Untrusted(name))
    assert decode(encode(one)).model.raw == name


def test_an_invitation_is_read_as_it_was_stored() -> None:
    """An invitation survives being stored."""
    one = invitation("ada@example.com", FINISHED)
    assert decode_invitation(encode_invitation(one)) == one


def test_bytes_that_are_no_device_are_refused() -> None:
    """Damaged rows are an error, not a device without fields."""
    with pytest.raises(ValidationError):
        decode(b"{}")
    with pytest.raises(ValidationError):
        decode(b'{"id": "1", "serial": "not canonical <"}')


def test_the_hash_of_a_capture_covers_every_field_and_no_order() -> None:
    """The same records in another order have the same hash; one changed field changes it."""
    one, two = device(1), device(2)
    invited = encode_invitation(invitation("ada@example.com", FINISHED))
    base = digest(map(encode, (one, two)), ())
    assert base == digest(map(encode, (two, one)), ())
    assert base != digest(map(encode, (one, replace(two, managed=False))), ())
    assert base != digest(map(encode, (one, two)), (invited,))
    assert digest((invited,), ()) != digest((), (invited,))


def test_a_slim_device_is_as_large_as_any_other() -> None:
    """Of the details nothing is left but enrolment and contact, equal owners are one, and unread stays unread."""
    shared = Shared()
    many = tuple(DeviceAction(SecurityAction.LOCK, FINISHED, done=FINISHED) for _ in range(9))
    full = device(1, owner=owner("ada@example.com"), details=details(last_auth=FINISHED, actions=many, revoked=True))
    slim, other, unread = (
        decode_slim(encode(one), shared) for one in (full, replace(full, id="2"), device(3, details=None))
    )
    assert slim == replace(full, details=Details(LONG_BEFORE, FINISHED))
    assert slim.owner is other.owner
    assert unread.details is None
