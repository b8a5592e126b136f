"""The picture of a rollback: pure values, the stages with what stands open, who is waited for."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from helpers_situation import House, change, estate, play_until, playing
from rollback.actions.action import Failed, Finding, Preview, Unknown
from rollback.book import NoSuchRollback
from rollback.operations import lead, stages
from rollback.situation import Offer, Situation, WaitKind
from rollback.untrusted import Untrusted
from storage.models import Invariant, Outgoing, Rollback
from storage.words import CheckState, Mode, OutboxState, Role, RollbackState, Severity, StageState


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that is closed at the end."""
    with playing(tmp_path) as made:
        yield made


def everything(value: Any) -> Iterator[Any]:
    """Every value inside a picture."""
    yield value
    if isinstance(value, tuple):
        for item in value:
            yield from everything(item)
    elif isinstance(value, dict):
        yield from everything(tuple(value.values()))
    elif is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from everything(getattr(value, one.name))


def test_a_picture_holds_values_and_no_rows(house: House) -> None:
    """Nothing of a picture is a row, and every part of it is frozen."""
    house.begin()
    play_until(house, "list-devices", StageState.SUCCEEDED)
    house.sample("port-80", "xms01", good=True)
    found = list(everything(house.picture()))
    assert len(found) > 1_000
    assert not [one for one in found if isinstance(one, SQLModel | list | set)]
    assert all(type(one).__dataclass_params__.frozen for one in found if is_dataclass(one))  # type: ignore[attr-defined]


def test_there_is_no_picture_of_nothing(house: House) -> None:
    """A rollback that doesn't exist has no picture."""
    with house.database.read() as session, pytest.raises(NoSuchRollback):
        Situation.of(session, 99, house.clock.now())


def test_names_of_others_can_only_be_shown_through_a_rendering(house: House) -> None:
    """Reasons, names, changes and findings are untrusted text in the picture."""
    house.begin(reason="<!here> down")
    house.settle()
    s = house.picture()
    assert s.reason == Untrusted("<!here> down")
    assert isinstance(s.lead.name, Untrusted)
    preview = s.stage_named("disable-vservers").preview
    assert preview is not None
    assert isinstance(preview.changes[0].text, Untrusted)
    with pytest.raises(TypeError):
        f"{s.reason}"


def test_the_start_is_told_as_it_was_ordered(house: House) -> None:
    """Who started it, who leads, why, which numbers and by when: as the order said."""
    house.begin(
        drill=True, facts={"change_number": "CHG-1", "case_number": "42", "drop_dead": "2030-01-07T16:00:00+01:00"}
    )
    s = house.picture()
    assert (s.label, s.mode, s.started_by.id, s.lead.id) == ("RB-1", "DRILL", "ic", "ic")
    assert s.numbers == (("change", Untrusted("CHG-1")), ("vendor case", Untrusted("42")))
    assert s.clocks.drop_dead is not None
    assert s.clocks.drop_dead.isoformat() == "2030-01-07T15:00:00+00:00"


@pytest.mark.parametrize("given", ["tomorrow", "2030-01-07T16:00:00", 7])
def test_a_drop_dead_time_without_a_zone_is_none(house: House, given: object) -> None:
    """A time that can't be placed is not shown as one."""
    house.begin(facts={"drop_dead": given})
    assert house.picture().clocks.drop_dead is None


def test_stages_come_in_the_order_of_the_plan_with_their_times(house: House) -> None:
    """Each stage has its place, its state and when it is expected."""
    house.begin()
    house.settle()
    s = house.picture()
    assert [stage.name for stage in s.stages] == [stage.name for stage in house.plan.stages]
    assert [stage.position for stage in s.stages] == list(range(1, 26))
    assert all(stage.starts is not None and stage.ends is not None for stage in s.stages)
    assert s.stage_named("restore-database").unmet == ("back-up-database", "snapshot-nodes")
    assert s.phase == "prepare"


def test_checks_are_those_of_the_plan_with_what_was_seen(house: House) -> None:
    """A check has what it wants, who answers it, its fields, and how it stands."""
    house.begin()
    house.settle()
    house.answer("collect-evidence", "error-log", "dba", place="share")
    stage = house.picture().stage_named("collect-evidence")
    by_name = {check.name: check for check in stage.checks}
    assert by_name["stored"].state is CheckState.PASSED
    answered = by_name["error-log"]
    assert (answered.state, answered.who) == (CheckState.PASSED, (Role.DATABASE_ADMIN,))
    assert answered.answers[0].person.id == "dba"
    assert answered.answers[0].evidence == (("place", Untrusted("share")),)
    assert [check.name for check in stage.open_checks] == [
        "bundle@xms01",
        "bundle@xms02",
        "bundle@xms03",
        "opened",
    ]
    assert by_name["bundle@xms01"].fields[0].name == "file"


def test_a_check_waits_only_once_there_is_something_to_see(house: House) -> None:
    """People are asked to look when the changes before were made, not while hands are still waited for."""
    house.script.open.add("back-up-database:verified")
    house.begin(estate(vsphere=Mode.WATCH))
    play_until(house, "back-up-database", StageState.RUNNING)
    stage = house.picture().stage_named("back-up-database")
    assert "second-copy" in [check.name for check in stage.checks]
    assert (len(stage.open_changes), stage.open_checks) == (1, ())
    house.operate(stages.attest, "back-up-database", "dba", "set 7c1e", frozenset())
    house.settle()
    stage = house.picture().stage_named("back-up-database")
    assert (stage.open_changes, [check.name for check in stage.open_checks]) == ((), ["second-copy"])


def test_hands_are_waited_for_only_when_their_group_has_come(house: House) -> None:
    """Of changes by hand only those of the present group wait, and only once the group before was proven."""
    house.script.previews["shut-down-nodes"] = Preview(
        (change("xms01 off", "xms01", 1), change("xms02 off", "xms02", 2))
    )
    house.begin(estate(vsphere=Mode.WATCH))
    play_until(house, "shut-down-nodes", StageState.RUNNING)
    stage = house.picture().stage_named("shut-down-nodes")
    assert [one.number for one in stage.open_changes] == ["1.1"]
    assert stage.offers == (Offer.ATTEST,)
    house.operate(stages.attest, "shut-down-nodes", "va", "task-7", frozenset())
    stage = house.picture().stage_named("shut-down-nodes")
    assert stage.open_changes == ()
    assert stage.changes[0].person is not None
    assert (stage.changes[0].person.id, stage.changes[0].evidence) == ("va", Untrusted("task-7"))
    house.settle()
    assert [one.number for one in house.picture().stage_named("shut-down-nodes").open_changes] == ["2.1"]


@pytest.mark.parametrize(
    ("outcome", "state", "expected"),
    [
        (Failed("no"), StageState.FAILED, (Offer.ATTEST, Offer.RETRY, Offer.SKIP)),
        (Unknown("lost"), StageState.NEEDS_RECONCILE, (Offer.LOOK_AGAIN, Offer.HAPPENED, Offer.NOT_HAPPENED)),
    ],
)
def test_offers_follow_from_the_state(
    house: House, outcome: Any, state: StageState, expected: tuple[Offer, ...]
) -> None:
    """What can be pressed about a stage is what its state allows."""
    house.script.outcomes["disable-vservers"] = outcome
    house.begin()
    house.settle()
    assert house.picture().stage_named("disable-vservers").offers == (Offer.CHECK_AGAIN, Offer.BY_HAND, Offer.SKIP)
    assert house.picture().stage_named("list-devices").offers == ()
    play_until(house, "disable-vservers", state)
    assert house.picture().stage_named("disable-vservers").offers == expected


def test_every_offer_is_one_that_the_operation_takes(house: House) -> None:
    """Pressed by the right person, what is offered is carried out and not refused."""
    house.script.outcomes["disable-vservers"] = Failed("no")
    house.begin()
    play_until(house, "disable-vservers", StageState.FAILED)
    assert Offer.RETRY in house.picture().stage_named("disable-vservers").offers
    house.operate(stages.retry, "disable-vservers", "xa")
    house.settle()
    offered = house.picture().stage_named("disable-vservers").offers
    assert Offer.BY_HAND in offered
    house.operate(stages.by_hand, "disable-vservers", "xa", on=True)
    house.settle()
    stage = house.picture().stage_named("disable-vservers")
    assert stage.by_people
    assert Offer.BY_BOT in stage.offers


def test_a_blocked_stage_is_waited_on_by_its_people(house: House) -> None:
    """What stands in the way has people whose it is; findings keep their weight."""
    finding = Finding("not-primary", Severity.HARD, "The NetScaler is the secondary.")
    house.script.previews["disable-vservers"] = Preview((change("lb1 disabled"),), findings=(finding,))
    house.begin()
    house.settle()
    s = house.picture()
    waits = [one for one in s.waiting if one.kind is WaitKind.BLOCKED]
    assert [(one.subject, one.roles) for one in waits] == [("disable-vservers", (Role.XENMOBILE_ADMIN,))]
    preview = s.stage_named("disable-vservers").preview
    assert preview is not None
    assert [one.text for one in preview.of(Severity.HARD)] == [Untrusted("The NetScaler is the secondary.")]
    assert preview.of(Severity.HARD, at_start=True) == ()


def test_waiting_names_the_people_and_since_when_the_longest_first(house: House) -> None:
    """Votes, answers and decisions are waited for from their own moment on, by those who can give them."""
    house.begin()
    house.settle()
    house.clock.advance(house.plan.stages[0].duration.least)
    house.answer("prepare", "roll-call@DBA", "dba")
    s = house.picture()
    vote = next(one for one in s.waiting if one.kind is WaitKind.VOTE)
    assert (vote.subject, [one.id for one in vote.people]) == ("close", ["ic", "xa"])
    assert vote.next_reminder is not None
    answers = [one.subject for one in s.waiting if one.kind is WaitKind.CHECK]
    assert "prepare:roll-call@DBA" not in answers
    assert "prepare:roll-call@VA" in answers
    assert "prepare:told" not in answers
    since = [one.since for one in s.waiting]
    assert since == sorted(one for one in since if one is not None)


def test_who_has_answered_is_not_waited_for_again(house: House) -> None:
    """A check for two people waits for the others once one has answered."""
    house.begin()
    play_until(house, "start-first-node", StageState.VERIFYING)
    house.answer("start-first-node", "release", "xa")
    waits = next(one for one in house.picture().waiting if one.subject == "start-first-node:release")
    assert [one.id for one in waits.people] == ["ic", "va", "dba"]


def test_a_hold_is_known_with_person_reason_and_time(house: House) -> None:
    """Who held, why and since when; the commander is waited for. Without a hold there is none."""
    house.begin()
    house.settle()
    assert house.picture().hold is None
    house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("dba"), "the log is full"))
    began = house.clock.now()
    house.clock.advance(house.plan.stages[0].duration.least)
    s = house.picture()
    assert s.hold is not None
    assert s.hold.by is not None
    assert (s.hold.by.id, s.hold.why, s.hold.since) == ("dba", Untrusted("the log is full"), began)
    waits = next(one for one in s.waiting if one.kind is WaitKind.HOLD)
    assert (waits.roles, waits.since) == ((Role.INCIDENT_COMMANDER,), began)


def test_after_the_end_nobody_is_waited_for_and_nothing_is_offered(house: House) -> None:
    """An ended rollback asks nobody for anything; what is owed stays."""
    house.begin()
    play_until(house, "disable-vservers", StageState.SUCCEEDED)
    house.do(lambda unit, book: lead.aborted(unit, book, "ic", "enough"))
    s = house.picture()
    assert s.state is RollbackState.ABORTED
    assert s.waiting == ()
    assert not [stage for stage in s.stages if stage.offers]
    assert [debt.owner for debt in s.debts] == ["XA", "VA"]


def test_counts_invariants_and_dead_letters_are_read(house: House) -> None:
    """Numbers of results, what must be so, and messages that Slack refused are part of the picture."""
    house.script.results["disable-vservers"] = {"counts": {"must": 208, "people": 190, "note": "x"}}
    house.begin()
    play_until(house, "disable-vservers", StageState.SUCCEEDED)

    def add(unit: Any, book: Any) -> None:
        now = unit.now
        unit.session.add(Invariant(rollback_id=book.id, name="INV-1", good=False, read_at=now, text="open"))
        unit.session.add(
            Outgoing(rollback_id=1, kind="say", subject="held", nonce="n", state=OutboxState.DEAD, created_at=now)
        )
        unit.session.get_one(Rollback, 1).next_update_at = now

    house.do(add)
    s = house.picture()
    assert s.counts == {"must": 208, "people": 190}
    assert [(one.name, one.good) for one in s.invariants] == [("INV-1", False)]
    assert s.dead_letters == 1
    assert s.clocks.next_update == house.clock.now()


def test_people_who_left_are_called_by_their_id(house: House) -> None:
    """Somebody who isn't named any more still has what they did, under their id."""
    house.begin()
    house.settle()
    house.do(lambda unit, book: setattr(unit.session.get_one(Rollback, book.id), "lead", "gone"))
    assert house.picture().lead.name == Untrusted("gone")
