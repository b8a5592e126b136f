"""The made-up population: the same for the same seed, plausible, and as hard as a real one."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from practice.world.devices import AT_BACKUP, NOW, Kind, Population, Times, What
from practice.world.devices.base import TWIN_SERIAL

UPGRADE = datetime(2030, 1, 5, 9, tzinfo=UTC)
TIMES = Times(
    UPGRADE - timedelta(hours=2, minutes=19), UPGRADE - timedelta(hours=2), UPGRADE, UPGRADE + timedelta(days=2)
)


@pytest.fixture(scope="module")
def population() -> Population:
    return Population(10_000, 7, TIMES)


def test_the_same_seed_makes_the_same_population() -> None:
    """Seed, number and times decide everything; another seed makes other people and devices."""
    first, second, other = (Population(300, seed, TIMES) for seed in (1, 1, 2))
    assert first.story == second.story
    assert first.invitations == second.invitations
    assert first.story != other.story


@pytest.mark.parametrize("devices", [60, 999, 10_000])
def test_there_are_as_many_devices_now_as_were_asked_for(devices: int) -> None:
    """The number that is asked for is the number of rows on 10.7."""
    assert len(Population(devices, 3, TIMES).content(NOW).devices) == devices


def test_every_event_occurs_even_in_the_smallest_population() -> None:
    """Each kind of event happens at least once for any seed, to a device that no other event touches."""
    for seed in range(25):
        events = Population(60, seed, TIMES).story.events
        assert {e.what for e in events} == set(What)
        assert len({e.strong_id for e in events}) == len(events)


def test_too_small_a_population_is_refused() -> None:
    """A population without room for the story says how many devices it needs."""
    with pytest.raises(ValueError, match="at least 60"):
        Population(59, 1, TIMES).content(NOW)


@pytest.mark.parametrize("shift", [timedelta(hours=-1), timedelta(hours=23)])
def test_times_without_room_for_the_story_are_refused(shift: timedelta) -> None:
    """The rollback comes at least 26 hours after the backup, and not before the upgrade."""
    with pytest.raises(ValueError, match=r"before|26 hours"):
        Times(TIMES.backup_began, TIMES.backup_ended, UPGRADE, UPGRADE + shift)


def test_all_nine_kinds_are_about(population: Population) -> None:
    """Each kind and the unproven ones are among the devices, and among those that are lost."""
    devices = population.content(NOW).devices.values()
    assert {d.model.kind for d in devices} == set(Kind)
    lost = {e.strong_id for e in population.story.events if e.what is What.ENROLLED}
    assert len({d.model.kind for d in devices if d.strong_id in lost}) >= 7


def test_rows_are_in_the_order_of_their_ids_and_name_themselves(population: Population) -> None:
    """A content is keyed by the ids of its rows, ascending."""
    for name in (AT_BACKUP, NOW):
        devices = population.content(name).devices
        assert list(devices) == sorted(devices)
        assert all(number == device.number for number, device in devices.items())


def test_owners_speak_three_languages_and_some_have_no_mail(population: Population) -> None:
    """Some people have a telephone only, some neither; mail addresses are example.com's and unique."""
    people = population.people
    assert {p.language for p in people} == {"en", "fr", "de"}
    assert any(p.mobile and not p.mail for p in people)
    assert any(not p.mobile and not p.mail for p in people)
    assert len({p.login for p in people}) == len(people)
    assert all(re.fullmatch(r"[a-z0-9.-]+@example\.com", p.login) for p in people)
    assert any(not p.first.isascii() for p in people)


def test_people_have_none_one_or_several_devices(population: Population) -> None:
    """There are people with several devices, shared devices, and devices without anybody."""
    devices = population.content(NOW).devices.values()
    owned = Counter(d.owner.login for d in devices if d.owner)
    assert max(owned.values()) >= 3
    assert any(d.owner is None for d in devices)
    assert any(d.shared and len(d.users) > 2 for d in devices)


def test_identities_are_as_bad_as_in_real_life(population: Population) -> None:
    """A few serial numbers are missing or given twice; the strong id alone is always there, once."""
    devices = population.content(NOW).devices.values()
    serials = Counter(d.serial for d in devices)
    assert 5 <= serials.pop("") <= 100
    assert serials.pop(TWIN_SERIAL) == 3
    assert set(serials.values()) == {1}
    assert len({d.strong_id for d in devices}) == len(devices)
    assert any(not d.serial and not d.imei for d in devices)


@pytest.mark.parametrize("seed", range(10))
def test_the_restore_gives_ids_out_again(seed: int) -> None:
    """In every population some rows of the restored database have ids that belonged to other devices before."""
    population = Population(60, seed, TIMES)
    now, before = population.content(NOW).devices, population.content(AT_BACKUP).devices
    assert [n for n in before if n in now and now[n].strong_id != before[n].strong_id]


def test_nothing_in_the_backup_is_younger_than_the_backup(population: Population) -> None:
    """The restored database holds no enrolment and no certificate from after the backup ended."""
    for device in population.content(AT_BACKUP).devices.values():
        assert device.enrolled is None or device.enrolled < TIMES.backup_ended
        assert all(c.issued < TIMES.backup_ended for c in device.certificates)


def test_a_content_is_a_copy_of_ones_own(population: Population) -> None:
    """Changing one content leaves the population as it was."""
    changed = population.content(NOW)
    changed.devices.clear()
    changed.invitations.clear()
    assert population.content(NOW).devices
    assert population.content(NOW).invitations


def test_a_hundred_thousand_devices_are_told_apart() -> None:
    """100,000 devices are made in one go, each with an identity of its own."""
    devices = Population(100_000, 1, TIMES).content(NOW).devices
    assert len({d.strong_id for d in devices.values()}) == 100_000
    imeis = [d.imei for d in devices.values() if d.imei]
    assert len({imei[:14] for imei in imeis}) == len(imeis)
