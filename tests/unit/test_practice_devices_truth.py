"""The right answers follow from the story's events, and agree with what the two contents show."""

from datetime import UTC, datetime, timedelta

import pytest

from practice.world.devices import (
    AT_BACKUP,
    BACK_DATED,
    NOW,
    Answer,
    Device,
    Event,
    Kind,
    Population,
    Times,
    Truth,
    Verdict,
    What,
)
from practice.world.devices.truth import verdict_of

UPGRADE = datetime(2030, 1, 5, 9, tzinfo=UTC)
TIMES = Times(
    UPGRADE - timedelta(hours=2, minutes=19), UPGRADE - timedelta(hours=2), UPGRADE, UPGRADE + timedelta(days=2)
)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def population() -> Population:
    return Population(3_000, 11, TIMES)


@pytest.fixture(scope="module")
def answers(population: Population) -> dict[str, Answer]:
    return {a.strong_id: a for a in Truth(population).answers()}


@pytest.mark.parametrize(
    ("what", "at", "verdict"),
    [
        (What.ENROLLED, TIMES.backup_ended + MINUTE, Verdict.MUST),
        (What.ENROLLED_TOO_LATE, TIMES.backup_began + MINUTE, Verdict.CHECK_FIRST),
        (What.ENROLLED_IN_TIME, TIMES.backup_began + MINUTE, Verdict.NOTHING),
        (What.RENEWED, TIMES.backup_ended + BACK_DATED - MINUTE, Verdict.CHECK_FIRST),
        (What.RENEWED, TIMES.backup_ended + BACK_DATED, Verdict.CHECK_FIRST),
        (What.RENEWED, TIMES.backup_ended + BACK_DATED + MINUTE, Verdict.MUST),
        (What.RENEWED_IN_TIME, TIMES.backup_began + MINUTE, Verdict.NOTHING),
        (What.RE_ENROLLED, TIMES.backup_ended + MINUTE, Verdict.CHECK_FIRST),
        (What.RE_ENROLLED, TIMES.now - MINUTE, Verdict.MUST),
        (What.RE_ENROLLED_ANEW, TIMES.backup_ended + MINUTE, Verdict.MUST),
        (What.REMOVED, TIMES.now - MINUTE, Verdict.CAME_BACK),
        (What.WIPE_CANCELLED, TIMES.now - MINUTE, Verdict.DECIDE),
        (What.WIPE_PENDING, TIMES.now - MINUTE, Verdict.DECIDE),
        (What.WIPE_WITHDRAWN, TIMES.now - MINUTE, Verdict.NOTHING),
        (What.UPDATED, TIMES.now - MINUTE, Verdict.NOTHING),
    ],
)
def test_each_event_has_one_verdict(what: What, at: datetime, verdict: Verdict) -> None:
    """An event's kind and time, held against backup and back-dating, decide the verdict."""
    assert verdict_of(Event(what, at, "X"), TIMES) is verdict


def test_every_kind_of_event_has_a_verdict() -> None:
    """No event is without an answer, except one that leaves no row behind."""
    for what in set(What) - {What.PASSED_THROUGH}:
        assert verdict_of(Event(what, TIMES.now, "X"), TIMES) in Verdict


def test_every_device_of_either_content_has_one_answer(population: Population, answers: dict[str, Answer]) -> None:
    """Both contents together are covered, each device once, with the ids of its rows."""
    now, before = population.content(NOW).devices, population.content(AT_BACKUP).devices
    assert set(answers) == {d.strong_id for d in (*now.values(), *before.values())}
    for answer in answers.values():
        assert answer.row_now is None or now[answer.row_now].strong_id == answer.strong_id
        assert answer.row_at_backup is None or before[answer.row_at_backup].strong_id == answer.strong_id
    assert sum(Truth(population).counts().values()) == len(answers)


def _seen(now: Device | None, before: Device | None) -> Verdict:
    """A reader's own judgement, from the two rows alone."""
    if now is None:
        return Verdict.CAME_BACK
    if before is None:
        during = now.enrolled is not None and TIMES.backup_began <= now.enrolled <= TIMES.backup_ended
        return Verdict.CHECK_FIRST if during else Verdict.MUST
    if now.enrolled != before.enrolled:
        return Verdict.MUST
    fresh = set(now.certificates) - set(before.certificates)
    if fresh:
        sure = any(c.issued - BACK_DATED > TIMES.backup_ended for c in fresh)
        return Verdict.MUST if sure else Verdict.CHECK_FIRST
    return Verdict.DECIDE if (now.actions, now.revoked) != (before.actions, before.revoked) else Verdict.NOTHING


def test_the_story_and_the_contents_tell_the_same(population: Population, answers: dict[str, Answer]) -> None:
    """What is told from the events is what a reader sees when the two rows of a device are laid side by side."""
    now = {d.strong_id: d for d in population.content(NOW).devices.values()}
    before = {d.strong_id: d for d in population.content(AT_BACKUP).devices.values()}
    for strong_id, answer in answers.items():
        assert answer.verdict is _seen(now.get(strong_id), before.get(strong_id)), answer.reason


def test_every_verdict_and_its_hard_cases_occur(population: Population) -> None:
    """Each verdict has devices, and the lost ones include those that are hard to match."""
    truth = Truth(population)
    assert all(truth.devices(verdict) for verdict in Verdict)
    lost = truth.devices(Verdict.MUST)
    assert any(not a.serial for a in lost)
    assert any(a.row_at_backup and a.row_at_backup != a.row_now for a in lost)
    assert any(a.kind is not Kind.IOS for a in lost)


def test_invitations_and_edits_since_the_backup_are_told(population: Population) -> None:
    """The truth names the invitations that are lost, and tells edits from what the upgrade brought."""
    truth = Truth(population)
    kept = {i.token for i in population.content(AT_BACKUP).invitations}
    now = {i.token for i in population.content(NOW).invitations}
    assert {i.token for i in truth.invitations()} == now - kept
    differences = truth.configuration()
    assert differences.edits
    assert differences.by_version
    assert not differences.edits & differences.by_version


def test_the_edits_are_what_the_configurations_differ_in(population: Population) -> None:
    """Every difference between the two configurations is named once, and nothing else is."""
    now, before = population.content(NOW).configuration, population.content(AT_BACKUP).configuration
    found = {f"property:{p.name}" for p in set(now.properties) ^ set(before.properties)}
    found |= {f"delivery_group:{g.name}" for g in set(now.delivery_groups) ^ set(before.delivery_groups)}
    found |= {f"certificate:{c.name}" for c in set(now.certificates) ^ set(before.certificates)}
    named = population.differences
    assert found == named.edits | named.by_version
