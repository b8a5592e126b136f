"""Who is told what."""

from collections import Counter
from dataclasses import replace

import pytest
from devices_made import (
    CUTOFF,
    FINISHED,
    HOUR,
    LONG_BEFORE,
    STARTED,
    capture,
    certificate,
    details,
    device,
    owner,
)
from drafts_made import HOSTILE, TERMS, ZONE
from hypothesis import given
from hypothesis import strategies as st

from rollback.devices.comparison import compare, estimate_before_restore
from rollback.devices.findings import Comparison
from rollback.devices.values import AndroidMode, Device, DeviceAction, SecurityAction
from rollback.drafts.audience import Audience, Reach, Recipient, audience
from rollback.drafts.names import KIND_LABELS
from rollback.untrusted import Untrusted
from storage.words import Certainty, DeviceKind


def lost(*devices: Device) -> Comparison:
    return compare(capture(devices), capture([]), CUTOFF)


def told(*devices: Device) -> Audience:
    return audience(lost(*devices), zone=ZONE, default_language="fr")


def one(*devices: Device) -> Recipient:
    (person,) = told(*devices).recipients
    return person


def test_a_person_is_told_once_of_all_devices() -> None:
    """One row a person, with every device, each kind once and in a fixed order."""
    ada = owner(language="de-CH")
    mac = device(1, owner=ada, platform="macOS", os_family="OSX", model=Untrusted("MacBook"))
    person = one(mac, device(2, owner=ada), device(3, owner=ada))
    assert len(person.devices) == 3
    assert person.kinds == (DeviceKind.IOS, DeviceKind.MAC)
    assert (person.language, person.language_known, person.first_name) == ("de", True, "Ada")


def test_an_unknown_language_takes_the_default_and_is_counted() -> None:
    """Where the directory tells no language of ours, the site's is taken, and the counts say for how many."""
    result = told(device(1, owner=owner(language="it")))
    assert result.recipients[0].language == "fr"
    assert result.counts.language_guessed == 1


@pytest.mark.parametrize(
    ("mail", "other_mailbox", "reach"),
    [
        ("ada@example.com", None, Reach.MAIL),
        ("ada@example.com", True, Reach.MAIL),
        ("ada@example.com", False, Reach.NO_OTHER_MAILBOX),
        ("", None, Reach.NO_ADDRESS),
        ("ada@example.com, eve@example.com", True, Reach.NO_ADDRESS),
    ],
)
def test_whoever_a_mail_does_not_reach_is_listed_apart(mail: str, other_mailbox: bool | None, reach: Reach) -> None:  # noqa: FBT001
    """People without a usable address, or whose mail is read on the lost device alone, are reached otherwise."""
    result = told(device(1, owner=owner(mail=mail, other_mailbox=other_mailbox)))
    assert result.recipients[0].reach is reach
    assert (len(result.by_mail), len(result.otherwise)) == ((1, 0) if reach is Reach.MAIL else (0, 1))


def test_a_device_that_must_be_erased_needs_an_appointment() -> None:
    """Only the two kinds that IT has to erase ask for a time."""
    company = device(1, supervised=True, dep_registered=True)
    android = device(2, platform="Android", os_family="", android_mode=AndroidMode.FULLY_MANAGED)
    result = told(company, android, device(3), device(4, platform="?"))
    assert result.counts.appointments == 2
    assert {p.kinds[0] for p in result.recipients if p.needs_appointment} == {
        DeviceKind.APPLE_COMPANY,
        DeviceKind.ANDROID_COMPANY,
    }


def test_the_day_of_enrolment_is_that_of_the_site() -> None:
    """A device enrolled before midnight UTC was enrolled on the next day in Zurich, and only an enrolment has a day."""
    late = STARTED.replace(hour=23, minute=30)
    person = one(device(1, details=details(late)))
    enrolled = person.devices[0].shown.enrolled_on
    assert enrolled is not None
    assert enrolled.day == late.day + 1
    renewed = device(1, details=details(certificates=(certificate(FINISHED + 30 * HOUR),)))
    result = compare(capture([renewed]), capture([replace(renewed, details=details(LONG_BEFORE))]), CUTOFF)
    assert audience(result, zone=ZONE).recipients[0].devices[0].shown.enrolled_on is None


def test_only_the_end_of_a_number_is_shown() -> None:
    """A device is told by the last four characters of its serial number, else its IMEI, else nothing."""
    assert one(device(1, serial="DNPT1ABCG5MN")).devices[0].shown.id_tail == "G5MN"
    assert one(device(1, serial="", imei="35880108123456")).devices[0].shown.id_tail == "3456"
    assert one(device(1, serial="", imei="", strong_id="ABC")).devices[0].shown.id_tail == ""


def test_a_device_without_a_model_is_called_by_its_kind() -> None:
    """A device whose model isn't known is named by what kind it is."""
    assert one(device(1, model=Untrusted(""))).devices[0].shown.label == KIND_LABELS[DeviceKind.IOS]


def test_nobody_is_told_of_shared_held_or_ownerless_devices() -> None:
    """Such devices stand in lists of their own, with the site and the user for whoever looks after them."""
    wiped = details(actions=(DeviceAction(SecurityAction.WIPE, FINISHED + HOUR, done=FINISHED + HOUR),))
    comparison = lost(
        device(1, shared=True, site=Untrusted("Ward 1")), device(2, owner=None), device(3, details=wiped), device(4)
    )
    result = audience(comparison, zone=ZONE)
    assert [d.site for d in result.shared] == ["Ward 1"]
    assert [d.user for d in result.without_user] == [""]
    assert [d.user for d in result.held] == ["user3@example.com"]
    assert (result.counts.people, result.counts.devices) == (1, 1)
    cleared = audience(comparison, zone=ZONE, cleared={row.key for row in comparison.security})
    assert cleared.counts.people == 2


def test_the_certainty_is_told() -> None:
    """A person is sure to be concerned as soon as one device is."""
    ada = owner()
    may = device(1, owner=ada, details=details(FINISHED))
    must = device(2, owner=ada, details=details(FINISHED + HOUR))
    assert not one(may).sure
    assert one(may, must).sure
    assert [d.shown.certainty for d in one(may, must).devices] == [Certainty.CHECK_FIRST, Certainty.MUST]


def test_a_letter_is_about_ones_own_devices() -> None:
    """A person's letter has their devices, the steps of their kinds, and says how sure it is; so has the reminder."""
    person = one(device(1, owner=owner(), details=details(FINISHED)))
    letter = TERMS.request(person)
    assert letter.devices == (person.devices[0].shown,)
    assert letter.kinds == (DeviceKind.IOS,)
    assert (letter.first_name, letter.sure) == ("Ada", False)
    assert TERMS.reminder(person, TERMS.event_date).devices == letter.devices


def test_the_hash_of_the_list_covers_who_and_what() -> None:
    """Another address, device, certainty or language changes the hash of the list; the order of reading doesn't."""
    first, second = device(1), device(2)
    base = told(first, second).digest
    assert base == told(second, first).digest
    others = [
        told(first),
        told(first, replace(second, owner=owner("user2@example.com", mail="new@example.com"))),
        told(first, replace(second, owner=owner("user2@example.com", language="de"))),
        told(first, replace(second, details=details(FINISHED))),
        told(first, replace(second, shared=True)),
    ]
    assert len({base, *(result.digest for result in others)}) == len(others) + 1


def test_an_estimate_says_so() -> None:
    """Lists made before the restore are marked as an estimate."""
    estimate = estimate_before_restore(capture([device(1, details=details(FINISHED + HOUR))]), CUTOFF)
    result = audience(estimate, zone=ZONE)
    assert not result.exact
    assert result.counts.people == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_tame_in_every_field(text: str) -> None:
    """No field of a list holds markup, a new line or the start of a formula, whatever the systems hold."""
    evil = owner(text, text, given_name=text, mail=text, phone=text, language=text)
    bad = Untrusted(text)
    result = told(device(1, owner=evil, model=bad), device(2, owner=evil, model=bad, site=bad, shared=True))
    shown = [
        *(f for p in result.recipients for f in (p.login, p.name, p.first_name, p.mail)),
        *(f for d in result.shared for f in (d.site, d.user, str(d.shown.label))),
    ]
    for field in shown:
        assert not set(field) & set("<>{}\r\n\x00\u202e\u200b")
        assert not field.startswith(("=", "+", "-", "@", "\t"))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a@x.example", "b@x.example", ""]), st.booleans(), st.sampled_from([None, True, False])
        ),
        max_size=6,
    )
)
def test_each_lost_device_is_in_exactly_one_list(made: list[tuple[str, bool, bool | None]]) -> None:
    """Recipients' devices, shared, without user and held back add up to what was lost."""
    devices = [device(n, owner=owner(l, other_mailbox=m), shared=s) for n, (l, s, m) in enumerate(made)]  # noqa: E741
    result = told(*devices)
    listed = [d for p in result.recipients for d in p.devices] + [*result.shared, *result.without_user, *result.held]
    assert Counter(d.identity for d in listed) == Counter(d.serial for d in devices)
    assert len(result.by_mail) + len(result.otherwise) == len(result.recipients)
