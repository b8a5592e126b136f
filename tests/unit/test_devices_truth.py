"""The comparison against the practice world's truth, which is told from its own story and never by comparing."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.fields import Row
from integrations.xenmobile.devices import device_detail, device_row
from practice.world.devices import ANDROID_MODE, AT_BACKUP, NOW, Answer, Content, Population, Times, Truth, Verdict
from practice.xenmobile.device_json import detail_json, row_json
from rollback.devices.comparison import compare
from rollback.devices.findings import Advice, Comparison, Finding
from rollback.devices.kinds import classify
from rollback.devices.projection import Projection, PropertyNames, invitation
from rollback.devices.selection import Why, across_the_restore, carry_over, on_the_same_server
from rollback.devices.values import Capture, CaptureCounts, Cutoff, Device, Invitation
from rollback.untrusted import Untrusted
from storage.words import Certainty, DeviceFate

BACKUP = datetime(2017, 11, 14, 21, 55, tzinfo=UTC)
TIMES = Times(BACKUP, BACKUP + timedelta(minutes=19), BACKUP + timedelta(hours=4), BACKUP + timedelta(hours=60))
CUTOFF = Cutoff(TIMES.backup_began, TIMES.backup_ended)
NAMES = PropertyNames(android_mode=ANDROID_MODE)
DEVICES = 600
SEEDS = [1, 7, 42, 2017]


@cache
def population(seed: int, devices: int = DEVICES) -> Population:
    return Population(devices, seed, TIMES)


def rows_of(content: Content, *, detailed: bool) -> tuple[Device, ...]:
    """The devices as the client reads them from the wire's JSON."""
    projection = Projection(NAMES)

    def read() -> Iterator[Device]:
        for device in content.devices.values():
            row = device_row(cast("Row", row_json(device, content.read_at)), NAMES.all())
            detail = device_detail(cast("Row", detail_json(device, content.read_at)), NAMES.all()) if detailed else None
            yield projection.device(row, detail)

    return tuple(read())


def captured(content: Content, devices: tuple[Device, ...]) -> Capture:
    counts = CaptureCounts(len(devices), len(devices), sum(d.details is not None for d in devices))
    invitations = tuple(Invitation(Untrusted(i.person.login), i.created) for i in content.invitations)
    return Capture(devices, complete=True, counts=counts, taken_at=content.read_at, invitations=invitations)


def compared(seed: int, *, sparing: bool) -> Comparison:
    """Both contents compared; `sparing` leaves out the details that are read last after the restore."""
    now, restored = population(seed).content(NOW), population(seed).content(AT_BACKUP)
    before, after = rows_of(now, detailed=True), rows_of(restored, detailed=True)
    if sparing:
        rows = rows_of(restored, detailed=False)
        full = {device.id: device for device in after}
        order = across_the_restore(rows, before, CUTOFF, TIMES.now)
        after = tuple(row if why is Why.REST else full[row.id] for row, why in order)
    return compare(captured(now, before), captured(restored, after), CUTOFF)


def verdict(finding: Finding) -> Verdict:
    if finding.certainty is not None:
        return Verdict(finding.certainty.value)
    return {
        DeviceFate.ACTION_TO_DECIDE: Verdict.DECIDE,
        DeviceFate.NOTHING_TO_DO: Verdict.NOTHING,
        DeviceFate.CAME_BACK: Verdict.CAME_BACK,
    }[finding.fate]


def told(result: Comparison) -> dict[str, Finding]:
    """What was said, by the id of the record that it was said of."""
    return {f.device.id: f for f in result.findings}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_device_gets_the_right_answer(seed: int) -> None:
    """Each device of the old server has the class, certainty and kind that its story leads to."""
    result = compared(seed, sparing=False)
    said = told(result)
    assert result.exact
    assert result.unread == 0
    answers = [answer for answer in Truth(population(seed)).answers() if answer.row_now is not None]
    wrong = [
        (a.reason, a.verdict, verdict(said[str(a.row_now)]), said[str(a.row_now)].reasons)
        for a in answers
        if verdict(said[str(a.row_now)]) is not a.verdict or said[str(a.row_now)].kind.value != a.kind.value
    ]
    assert wrong == []
    assert len(said) == len(answers)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), devices=st.integers(60, 140), shuffle=st.randoms(use_true_random=False))
def test_any_seed(seed: int, devices: int, shuffle: Random) -> None:
    """For any seed and order each device of the first capture is in exactly one class: the right one."""
    made = Population(devices, seed, TIMES)
    now, restored = made.content(NOW), made.content(AT_BACKUP)
    before, after = list(rows_of(now, detailed=True)), list(rows_of(restored, detailed=True))
    shuffle.shuffle(before)
    shuffle.shuffle(after)
    result = compare(captured(now, tuple(before)), captured(restored, tuple(after)), CUTOFF)
    answers = {str(a.row_now): (a.verdict, a.kind.value) for a in Truth(made).answers() if a.row_now is not None}
    assert len(result.findings) == len(answers) == len(before)
    assert {f.device.id: (verdict(f), f.kind.value) for f in result.findings} == answers
    counts = result.counts
    assert counts.must + counts.check_first + counts.to_decide + counts.same == counts.devices == len(before)


@pytest.mark.parametrize("seed", SEEDS)
def test_people_can_be_told_before_the_last_details_are_read(seed: int) -> None:
    """Without the details that are read last only cancelled actions are missed, and the comparison says so."""
    sparing, whole = compared(seed, sparing=True), compared(seed, sparing=False)
    assert [f.device.id for f in sparing.lost] == [f.device.id for f in whole.lost]
    assert [f.certainty for f in sparing.lost] == [f.certainty for f in whole.lost]
    missed = {row.device.id for row in whole.security} - {row.device.id for row in sparing.security}
    assert {row.advice for row in whole.security if row.device.id in missed} <= {Advice.STOP_OR_LEAVE}
    assert sparing.unread > len(missed) > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_what_came_back_and_what_fires_is_for_security(seed: int) -> None:
    """Removed devices, and actions to repeat or to stop, are exactly the rows of security's list."""
    result, truth = compared(seed, sparing=False), Truth(population(seed))
    came_back = truth.devices(Verdict.CAME_BACK)
    assert {f.device.id for f in result.came_back} == {str(a.row_at_backup) for a in came_back}
    concerned: tuple[Answer, ...] = (*came_back, *truth.devices(Verdict.DECIDE))
    assert len(result.security) == len(concerned)
    stopped = {row.device.strong_id for row in result.security if row.advice is Advice.STOP_OR_LEAVE}
    assert truth.to_stop() <= stopped
    assert {row.device.serial for row in result.security} == {a.serial.upper() for a in concerned}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_right_people_are_invited_again(seed: int) -> None:
    """The invitations to send again are those that the restore loses."""
    lost = Counter((i.login.raw, i.created) for i in compared(seed, sparing=False).invitations)
    assert lost == Counter((i.person.login, i.created) for i in Truth(population(seed)).invitations())


@pytest.mark.parametrize("seed", SEEDS)
def test_after_the_restore_the_suspects_are_read_first(seed: int) -> None:
    """Every row is read once, and the few for which something speaks come before all others."""
    now, restored = population(seed).content(NOW), population(seed).content(AT_BACKUP)
    before, rows = rows_of(now, detailed=True), rows_of(restored, detailed=False)
    order = across_the_restore(rows, before, CUTOFF, TIMES.now)
    whys = [why for _, why in order]
    suspects = whys.index(Why.REST)
    assert {row.id for row, _ in order} == {row.id for row in rows}
    assert set(whys[:suspects]) <= {Why.NEW, Why.CHANGED, Why.FLAGGED}
    assert set(whys[suspects:]) == {Why.REST}
    assert suspects < len(rows) / 2


def test_a_warm_capture_is_completed_by_what_changed() -> None:
    """What was captured early is kept, new and changed rows are read, and the whole equals a fresh reading."""
    content = population(7).content(NOW)
    full = {device.id: device for device in rows_of(content, detailed=True)}
    rows = rows_of(content, detailed=False)
    warm = dict(list(full.items())[:-5])
    moved = next(iter(warm))
    warm[moved] = replace(warm[moved], os_version="older")
    unread = list(warm)[1]
    warm[unread] = replace(warm[unread], details=None)
    found = list(on_the_same_server(rows, warm, CUTOFF, TIMES.now))
    whys = Counter(why for _, why in found)
    assert (whys[Why.NEW], whys[Why.CHANGED], whys[Why.NOT_READ]) == (5, 1, 1)
    assert 0 < whys[Why.FLAGGED] < len(rows) / 2
    completed = [full[row.id] if why else carry_over(row, warm[row.id]) for row, why in found]
    assert completed == list(full.values())
    without_cutoff = Counter(why for _, why in on_the_same_server(rows, warm, None, TIMES.now))
    assert without_cutoff[Why.FLAGGED] < whys[Why.FLAGGED]


# ---- the projection's own rules


def a_device(**row_and_detail: Any) -> Device:
    """A device of the practice world with other fields on the wire."""
    content = population(1).content(NOW)
    device = next(d for d in content.devices.values() if d.owner and d.model.platform == "Android")
    row, detail = row_json(device, content.read_at), detail_json(device, content.read_at)
    for side in (row, detail):
        told = {key: value for key, value in row_and_detail.items() if key.isupper()}
        side.update({key: value for key, value in row_and_detail.items() if key in side})
        side["properties"] = [{"name": name, "value": value, "b64": False} for name, value in told.items()]
    names = PropertyNames(android_mode=ANDROID_MODE, site="SITE", other_mailbox="OTHER_MAILBOX")
    return Projection(names).device(
        device_row(cast("Row", row), names.all()), device_detail(cast("Row", detail), names.all())
    )


def test_identities_are_made_canonical() -> None:
    """Serial number and IMEI come in the form in which they are compared."""
    made = a_device(serialNumber=" abc-1 ", imeiOrMeid="35 880108 123456 7")
    assert (made.serial, made.imei) == ("ABC-1", "35880108123456")
    assert a_device(serialNumber="unknown").serial != "UNKNOWN"


def test_site_mode_and_mailbox_come_from_the_properties_that_the_estate_names() -> None:
    """Properties that the settings name are read, others are not; an unheard-of mode is no mode."""
    made = a_device(SITE="Ward 1", OTHER_MAILBOX="no", ANDROID_ENTERPRISE_MODE="DEVICE_OWNER", FOREIGN="x")
    assert made.site == Untrusted("Ward 1")
    assert made.owner is not None
    assert made.owner.other_mailbox is False
    assert classify(made).value in {"android_company", "mam"}
    assert a_device(ANDROID_ENTERPRISE_MODE="SOMETHING").android_mode is None


@pytest.mark.parametrize(
    ("word", "kept"),
    [("WIPE", ["wipe"]), ("CORP_WIPE", ["selective_wipe"]), ("SOMETHING_NEW", ["other"]), ("LOCATE", [])],
)
def test_actions_become_words_of_ours(word: str, kept: list[str]) -> None:
    """Known actions are named, unheard-of ones are shown to security as another action, harmless ones are left out."""
    made = a_device(deviceActions=[{"actionType": word, "askedTime": 1_510_000_000_000, "doneTime": 0}])
    assert made.details is not None
    assert [action.type.value for action in made.details.actions] == kept


def test_people_are_shared_between_their_devices() -> None:
    """A person with several devices is one value, however many devices there are."""
    devices = rows_of(population(1).content(NOW), detailed=True)
    owners = [device.owner for device in devices if device.owner]
    assert len({id(owner) for owner in owners}) == len(set(owners)) < len(owners)


def test_a_device_that_nobody_used_has_no_owner() -> None:
    """A device that Apple's programme has only announced belongs to nobody."""
    nobody = 'Device Enrollment Program "Device Enrollment"'
    assert a_device(userName=nobody, lastUsername=None, lastUser=None, deviceUsers=[]).owner is None


def test_certainties_are_those_of_both_worlds() -> None:
    """The words of the practice world and ours mean the same."""
    assert {c.value for c in Certainty} == {Verdict.MUST.value, Verdict.CHECK_FIRST.value}


def test_an_invitation_keeps_no_secret() -> None:
    """What becomes of an invitation has its person and moment, and one without a moment is left out."""
    from integrations.xenmobile import Invitation as Read  # noqa: PLC0415 - the name is taken here

    read = Read("ada@example.com", "iOS", "classic", "PENDING", TIMES.now, None)
    kept = invitation(read)
    assert kept is not None
    assert (kept.login.raw, kept.created, kept.status.raw) == ("ada@example.com", TIMES.now, "PENDING")
    assert invitation(replace(read, created=None)) is None
