"""Rounds about leaving out and ending, reminders, and the one thing that one person may do alone: stop."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from rollback.operations import gates, handover, lead, stages
from rollback.operations.gates import Ballot
from rollback.roles import Roster
from storage.words import Choice, Event, GateState, Mode, Role, RollbackState, StageState
from toy.house import THREE_LAMPS, House, living, play, refused, with_people
from toy.people import roster

ABORT_GATES = (
    "stages:\n",
    """abort_gates:
  - gate: abort
    title: Stop here
    when: line == 0
    approvers: [IC or SO]
    ask_when: start
    approve_when: start
  - gate: abort
    title: Stop here, beyond the line
    when: line >= 1
    line: 1
    approvers: [SO, DBA]
    typed: true
    ask_when: start
    approve_when: start

stages:
""",
)


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        yield made


def skip(house: House, stage: str, who: str = "ic", why: str = "not needed tonight") -> str:
    return house.operate(stages.skip, stage, who, why)


def test_a_stage_that_was_never_previewed_can_be_skipped_by_two(house: House) -> None:
    """The commander asks to leave out a stage that still waits; the votes of its gate do it."""
    house.begin()
    skip(house, "light")
    assert house.state("light") is StageState.WAITING
    house.vote("skip:light", "so")
    assert house.state("light") is StageState.SKIPPED
    assert house.stage("light").why == "not needed tonight"


def test_who_asks_to_skip_does_not_agree_with_themselves(house: House) -> None:
    """The commander's own vote doesn't count in the round that they asked for, whatever roles they hold."""
    house.begin(people=with_people(roster(), "ic", roles=(Role.INCIDENT_COMMANDER, Role.SERVICE_OWNER)))
    skip(house, "light")
    assert "by others" in refused(lambda: house.vote("skip:light", "ic"))
    assert house.state("light") is StageState.WAITING


def test_skipping_takes_the_votes_of_the_stages_own_gate(house: House) -> None:
    """Other roles than the gate's don't carry a skip."""
    house.begin()
    skip(house, "light")
    assert "other roles" in refused(lambda: house.vote("skip:light", "dba"))
    assert house.votes() == []


def test_an_unskippable_stage_stays(house: House) -> None:
    """What the runbook forbids to leave out is not even asked about."""
    house.begin()
    assert "can't be skipped: the runbook forbids it" in refused(lambda: skip(house, "overwrite"))
    assert "reason" in refused(lambda: skip(house, "light", why=" "))
    assert "roles" in refused(lambda: skip(house, "light", who="xa"))
    assert house.rounds("skip:light") == house.rounds("skip:overwrite") == []


def test_a_stage_that_went_on_meanwhile_is_not_skipped(house: House) -> None:
    """The last vote on a skip changes nothing, not even a vote row, once the stage has passed its gate."""
    house.begin()
    house.settle()
    skip(house, "dim")
    house.vote("first", "va")
    before = len(house.votes())
    assert "can't be skipped" in refused(lambda: house.vote("skip:dim", "xa"))
    assert len(house.votes()) == before
    assert house.state("dim") is StageState.APPROVED


def test_a_skip_that_is_denied_changes_nothing_and_holds(house: House) -> None:
    """A deny of a skip leaves the stage where it is and holds the rollback."""
    house.begin()
    skip(house, "light")
    house.vote("skip:light", "so", Choice.DENY)
    assert house.state("light") is StageState.WAITING
    assert house.rollback().state == RollbackState.PAUSED


def test_a_stage_without_a_gate_is_skipped_by_any_second_person(house: House) -> None:
    """Where no gate would ask, a second person of any role agrees to a skip."""
    house.begin()
    skip(house, "done")
    assert "by others" in refused(lambda: house.vote("skip:done", "ic"))
    house.vote("skip:done", "va")
    assert house.state("done") is StageState.SKIPPED


def test_the_others_go_on_without_a_skipped_stage(house: House) -> None:
    """What needs a skipped stage goes on as if it had succeeded, and the rollback comes to its end."""
    house.begin()
    skip(house, "copy")
    house.vote("skip:copy", "va")
    states = play(house)
    assert states.pop("copy") == "skipped"
    assert set(states.values()) == {"succeeded"}
    assert "copy" not in house.verbs_of()
    assert house.rollback().state == RollbackState.COMPLETED


def abort(house: House, who: str = "ic") -> str:
    return house.press(lead.abort, who, "wrong evening")


def test_before_the_first_change_one_person_ends_it(house: House) -> None:
    """While nothing has been changed, an abort needs no second person, and open cards are over with it."""
    house.begin()
    house.settle()
    assert house.gate("first") is not None
    abort(house)
    assert house.rollback().state == RollbackState.ABORTED
    assert house.gate("first") is None
    assert "has ended" in refused(lambda: house.vote_in(house.rounds("first")[0], "xa", ballot(house)))
    house.settle()
    assert house.world.ledger() == []


def ballot(house: House, choice: Choice = Choice.APPROVE) -> Ballot:
    return Ballot(choice, house.rounds("first")[-1].digest, "RB-1", "no")


def test_after_the_first_change_one_press_ends_nothing(house: House) -> None:
    """With lamps switched off one person's abort moves no state; somebody else has to agree."""
    house.begin(edits=[ABORT_GATES])
    play(house, lambda: house.state("dim") is StageState.SUCCEEDED)
    before = house.states()
    abort(house)
    assert (house.states(), house.rollback().state) == (before, RollbackState.RUNNING)
    assert "by others" in refused(lambda: house.vote("abort", "ic"))
    house.vote("abort", "so")
    assert house.rollback().state == RollbackState.ABORTED
    assert house.audited(Event.ROLLBACK_ABORTED) == [{"actor": "ic", "why": "wrong evening"}]


def test_beyond_the_line_an_abort_takes_two_and_the_number(house: House) -> None:
    """After a destructive change two roles agree to end it, each with the rollback's number typed."""
    house.begin(edits=[ABORT_GATES])
    play(house, lambda: house.state("overwrite") is StageState.SUCCEEDED)
    abort(house)
    assert "number" in refused(lambda: house.vote("abort", "so", typed="RB-2"))
    house.vote("abort", "so")
    assert house.rollback().state == RollbackState.RUNNING
    house.vote("abort", "dba")
    assert house.rollback().state == RollbackState.ABORTED


def test_nothing_that_is_under_way_is_forgotten_by_an_abort(house: House) -> None:
    """While the outcome of a change is looked for, the last vote on an abort waits, and says for what."""
    house.begin(edits=[ABORT_GATES])
    house.settle()
    house.vote("first", "xa")
    house.step_until(lambda: house.state("dim") is StageState.SUCCEEDED)
    house.clock.advance(timedelta(minutes=2))
    house.world.lose, house.world.visible_after = {"copy"}, 60.0
    house.settle()
    assert house.changes("copy")[-1].state == "intended"
    abort(house)
    assert "copy is still under way" in refused(lambda: house.vote("abort", "so"))
    assert house.rollback().state == RollbackState.RUNNING
    house.press(lead.press_hold, "so", "it ends here")
    house.later(100)
    assert house.changes("copy")[-1].state == "done"
    house.vote("abort", "so")
    assert house.rollback().state == RollbackState.ABORTED
    assert house.verbs_of().count("copy") == 1


def test_an_abort_begins_nothing_of_what_was_planned(house: House) -> None:
    """Changes that wait for hands when a rollback ends are dropped, and can't be attested any more."""
    house.begin(edits=[ABORT_GATES], netscaler=Mode.WATCH)
    play(house, lambda: house.state("dim") is StageState.RUNNING)
    house.settle()
    abort(house)
    house.vote("abort", "so")
    assert {change.state for change in house.changes("dim")} == {"dropped"}
    assert "has ended" in refused(lambda: house.attest("dim", "ic"))


def test_what_is_not_known_when_it_ends_is_owed(house: House) -> None:
    """A change of unknown outcome doesn't keep a rollback open: it becomes a debt that says so."""
    house.begin(edits=[ABORT_GATES])
    house.world.lose_request = {"overwrite"}
    play(house, lambda: house.state("overwrite") is StageState.NEEDS_RECONCILE)
    abort(house)
    for who in ("so", "dba"):
        house.vote("abort", who)
    assert house.rollback().state == RollbackState.ABORTED
    (owed,) = house.audited(Event.DEBT_NOTED)
    assert owed["text"].startswith("overwrite: its outcome was not known")


def test_an_ended_rollback_takes_no_deny(house: House) -> None:
    """A deny on a card of a rollback that has ended records no vote and moves no stage."""
    house.begin()
    house.settle()
    round_ = house.rounds("first")[-1]
    deny = ballot(house, Choice.DENY)
    abort(house)
    before = house.states()
    assert "has ended" in refused(lambda: house.vote_in(round_, "xa", deny))
    assert house.votes() == []
    assert house.states() == before


@pytest.mark.parametrize("who", ["ic", "xa", "va", "dba", "so"])
def test_any_named_person_holds_with_one_press(house: House, who: str) -> None:
    """One press of *Hold* by anybody named pauses; nothing new begins until the commander resumes."""
    house.begin()
    house.settle()
    house.vote("first", "xa")
    house.press(lead.press_hold, who, "wait")
    house.later(600)
    assert house.rollback().state == RollbackState.PAUSED
    assert house.state("dim") is StageState.APPROVED
    assert house.world.ledger() == []
    if who != "ic":
        assert "roles" in refused(lambda: house.press(lead.resume, who))
    house.press(lead.resume, "ic")
    house.settle()
    assert house.verbs_of().count("dim") == 2


def test_a_hold_during_the_first_of_three_changes_lets_that_one_end(house: House) -> None:
    """Held while the first of three changes is made, the ledger shows that one alone; resumed, the other two follow."""
    pressed: list[str] = []

    def wire(what: str) -> None:
        if what == "before dim a" and not pressed:
            pressed.append(house.press(lead.press_hold, "so", "wait"))

    house.world.crossing = wire
    house.begin(edits=[THREE_LAMPS])
    house.settle()
    house.vote("first", "xa")
    house.later(600)
    assert house.world.ledger() == [("dim", "a", "")]
    assert [change.state for change in house.changes("dim")] == ["done", "planned", "planned"]
    house.restart()
    house.later(600)
    assert house.world.ledger() == [("dim", "a", "")]
    house.press(lead.resume, "ic")
    house.settle()
    assert [target for verb, target, _ in house.world.ledger() if verb == "dim"] == ["a", "b", "c"]


def reminded(house: House) -> list[int]:
    return [entry["step"] for entry in house.audited(Event.GATE_REMINDED)]


def remind(house: House, minutes: float) -> int:
    house.clock.advance(timedelta(minutes=minutes))
    return house.database.run(gates.remind_due)


def test_each_step_of_a_reminder_comes_once(house: House) -> None:
    """Three, eight and fifteen minutes after asking: each step once, however often it is looked, restarts included."""
    house.begin()
    house.settle()
    for minutes, steps in (
        (2.9, []),
        (0.2, [1]),
        (0.1, [1]),
        (4.0, [1]),
        (1.0, [1, 2]),
        (7.0, [1, 2, 3]),
        (99, [1, 2, 3]),
    ):
        remind(house, minutes)
        assert reminded(house) == steps
        house.restart()
        house.database.run(gates.remind_due)
        assert reminded(house) == steps


def test_after_a_long_absence_only_the_last_step_is_said(house: House) -> None:
    """A bot that was away says the step that is due by then, and not the ones that were missed."""
    house.begin()
    house.settle()
    remind(house, 60)
    assert reminded(house) == [3]


def test_a_clock_set_back_reminds_of_nothing_twice(house: House) -> None:
    """A wall clock that goes back two hours makes no step come again."""
    house.begin()
    house.settle()
    remind(house, 4)
    house.clock.set_back(timedelta(hours=2))
    for _ in range(3):
        remind(house, 60)
    assert reminded(house) == [1, 3]


def test_nobody_is_reminded_of_what_is_over(house: House) -> None:
    """A round that was decided, and a rollback that ended, remind of nothing."""
    house.begin()
    house.settle()
    house.vote("first", "xa")
    assert remind(house, 60) == 0
    skip(house, "light")
    house.press(lead.press_hold, "so", "wait")
    abort(house)
    assert house.rounds("skip:light")[-1].state == GateState.SUPERSEDED
    assert remind(house, 60) == 0


def test_a_round_that_can_change_nothing_any_more_is_over(house: House) -> None:
    """A skip of a stage that has succeeded meanwhile is not reminded of: its card is over."""
    house.begin()
    house.settle()
    skip(house, "dim")
    play(house, lambda: house.state("dim") is StageState.SUCCEEDED)
    remind(house, 60)
    assert house.rounds("skip:dim")[-1].state == GateState.SUPERSEDED
    assert not [entry for entry in house.audited(Event.GATE_REMINDED) if entry["gate"] == "skip:dim"]


def test_a_gate_whose_only_stage_was_skipped_asks_no_more(house: House) -> None:
    """After a skip, the card that asked for the same stage is over, and nobody is reminded of it."""
    house.begin()
    play(house, lambda: house.gate("third") is not None)
    skip(house, "light")
    house.vote("skip:light", "so")
    remind(house, 60)
    assert house.gate("third") is None
    assert not [entry for entry in house.audited(Event.GATE_REMINDED) if entry["gate"] == "third"]


def test_the_lead_is_not_handed_over_in_the_middle_of_something_destructive() -> None:
    """While a change beyond the line is made or unknown, the lead stays; before and after, it goes to a commander."""
    people = Roster.of([*with_people(roster(), "xa", deputy_for=(Role.INCIDENT_COMMANDER,)).people])
    said: list[str] = []

    def wire(what: str) -> None:
        if what == "before overwrite store":
            said.append(refused(lambda: house.press(handover.offer, "ic", "xa")))
            said.append(refused(lambda: house.press(handover.take, "xa")))

    with living(wire=wire) as house:
        house.begin(people=people)
        assert "incident commander" in refused(lambda: house.press(handover.offer, "ic", "dba"))
        house.press(handover.offer, "ic", "xa")
        play(house)
        assert said == ["overwrite is running: the lead is handed over when it has ended."] * 2
