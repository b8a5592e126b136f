"""What people do instead of the bot: approved before, attested after by others, and verified all the same."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from rollback.actions.action import Change, Check, Given, Samples, Verdict
from rollback.operations import lead, stages
from rollback.operations.gates import Ballot
from rollback.roles import Roster
from rollback.systems import Systems
from storage.words import By, ChangeState, CheckState, Choice, Event, Mode, Role, StageState
from toy.actions import Lamps, Overwrite, catalogue
from toy.house import THREE_LAMPS, House, living, play, refused, with_people
from toy.people import roster

ALL_OFF = {"netscaler": Mode.OFF, "vsphere": Mode.OFF, "sqlserver": Mode.OFF}


def people() -> Roster:
    """One more database administrator and one more XenMobile administrator than the toy has."""
    extra = [
        one.model_copy(
            update={"id": f"{one.id}2", "accounts": (one.accounts[0].model_copy(update={"user": f"U{one.id}2"}),)}
        )
        for one in roster().people
        if one.id in ("dba", "xa")
    ]
    return Roster.of([*roster().people, *extra])


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        yield made


def waiting_for_hands(house: House, stage: str, **modes: Mode) -> None:
    """Everything up to where people have to make the stage's changes."""
    house.begin(people=people(), **modes)
    play(house, lambda: house.state(stage) is StageState.RUNNING)
    house.settle()
    assert house.state(stage) is StageState.RUNNING


def test_a_system_to_watch_is_left_to_people(house: House) -> None:
    """With a system on *watch* the bot previews and verifies it, and its changes wait for people."""
    waiting_for_hands(house, "dim", netscaler=Mode.WATCH)
    assert house.world.ledger() == []
    assert {change.by for change in house.changes("dim")} == {By.PERSON}
    assert {change["already"] for change in house.preview("dim")["changes"]} == {False}
    house.later(600)
    assert house.world.ledger() == []
    assert house.state("dim") is StageState.RUNNING


def test_what_was_done_by_hand_is_attested_and_verified(house: House) -> None:
    """Done by a person, attested by another one whom the stage names, and read by the bot: the stage succeeds."""
    waiting_for_hands(house, "dim", netscaler=Mode.WATCH)
    for lamp in "ab":
        house.world.switch(lamp, lit=False)
    house.attest("dim", "xa2")
    house.settle()
    assert house.state("dim") is StageState.SUCCEEDED
    assert house.stage("dim").flags == []
    assert {change.person for change in house.changes("dim")} == {"xa2"}
    assert house.audited(Event.STAGE_ATTESTED) == [
        {"actor": "xa2", "stage": "dim", "attempt": 1, "targets": ["a", "b"]}
    ]


def test_an_approver_does_not_attest(house: House) -> None:
    """Who approved the stage can't attest it, nor can anybody whom the stage doesn't name; nothing is changed."""
    waiting_for_hands(house, "dim", netscaler=Mode.WATCH)
    for who in ("xa", "va", "dba", "so", "ic"):
        assert "is attested by XA who did not approve it" in refused(lambda who=who: house.attest("dim", who))  # type: ignore[misc]
    assert {change.state for change in house.changes("dim")} == {ChangeState.PLANNED}
    assert house.audited(Event.STAGE_ATTESTED) == []


def test_where_nobody_else_is_left_the_commander_attests(house: House) -> None:
    """If everybody whom the stage names has approved it, the incident commander attests."""
    house.begin(netscaler=Mode.WATCH)
    play(house, lambda: house.state("dim") is StageState.RUNNING)
    house.settle()
    told = refused(lambda: house.attest("dim", "xa"))
    assert "is attested by an incident commander or deputy who did not approve it: all of XA have voted" in told
    assert house.attest("dim", "ic").startswith("Attested: a, b.")


def test_a_deny_after_approving_makes_nobody_an_attester(house: House) -> None:
    """Whoever approved and then denied has voted on the stage, and doesn't attest it."""
    waiting_for_hands(house, "dim", netscaler=Mode.WATCH)
    house.attest("dim", "xa2", "a")
    round_ = house.rounds("first")[-1]
    house.vote_in(round_, "xa", Ballot(Choice.DENY, round_.digest, why="not like this"))
    assert house.state("dim") is StageState.RUNNING, "what was begun by hand is not taken back"
    refused(lambda: house.attest("dim", "xa", "b"))
    house.press(lead.resume, "ic")
    house.attest("dim", "xa2", "b")


def test_attesting_needs_evidence(house: House) -> None:
    """An attestation without evidence is refused and says what is asked for."""
    waiting_for_hands(house, "dim", netscaler=Mode.WATCH)
    sentence = refused(lambda: house.operate(stages.attest, "dim", "xa2", "  ", frozenset()))
    assert sentence == "Attesting needs evidence: a photo. Nothing was changed."


def test_attesting_one_target_leaves_the_others_waiting(house: House) -> None:
    """Each target is attested for itself; the stage goes on when none is left."""
    waiting_for_hands(house, "dim", netscaler=Mode.WATCH)
    house.world.switch("a", lit=False)
    house.attest("dim", "xa2", "a")
    house.later(61)
    assert house.state("dim") is StageState.RUNNING
    house.world.switch("b", lit=False)
    house.attest("dim", "xa2", "b")
    house.settle()
    assert house.state("dim") is StageState.SUCCEEDED


def test_an_attestation_that_the_world_denies_needs_reconciling(house: House) -> None:
    """Attested while the store still holds the new content: the stage needs reconciling, and nothing follows."""
    waiting_for_hands(house, "overwrite", sqlserver=Mode.WATCH)
    house.attest("overwrite", "dba2")
    play(house)
    assert house.state("overwrite") is StageState.NEEDS_RECONCILE
    assert house.stage("overwrite").why.startswith("what was attested is not what is seen: content")
    assert house.state("light") is StageState.WAITING
    entries = house.verified()
    for _ in range(5):
        house.later(120)
    assert house.state("overwrite") is StageState.NEEDS_RECONCILE
    assert house.verified() == entries, "it waits for people, and says so once"


def test_after_a_contradiction_it_is_looked_at_again_when_somebody_asks(house: House) -> None:
    """Done after all, a person has the bot look again, and the stage succeeds by what the bot reads."""
    waiting_for_hands(house, "overwrite", sqlserver=Mode.WATCH)
    house.attest("overwrite", "dba2")
    play(house)
    house.operate(stages.look_again, "overwrite", "dba")
    play(house)
    assert house.state("overwrite") is StageState.NEEDS_RECONCILE
    house.world.overwrite("RB-1/overwrite/store")
    house.operate(stages.look_again, "overwrite", "dba")
    house.settle()
    assert house.state("overwrite") is StageState.SUCCEEDED


def test_after_a_contradiction_it_can_be_asked_anew(house: House) -> None:
    """*It did not happen* after a contradiction previews anew and asks for two new votes before anybody acts again."""
    waiting_for_hands(house, "overwrite", sqlserver=Mode.WATCH)
    house.attest("overwrite", "dba2")
    play(house)
    house.operate(stages.it_did_not_happen, "overwrite", "dba", "the old content is not there")
    house.settle()
    assert house.state("overwrite") is StageState.AWAITING_APPROVAL
    assert house.gate("second").round == 2  # type: ignore[union-attr]


def test_with_every_system_off_people_bring_it_to_its_end(house: House) -> None:
    """With all systems off the bot is a checklist: the same gates, attested by others, flagged as not checked."""
    house.begin(people=people(), **ALL_OFF)
    for stage, who in (("dim", "xa2"), ("copy", "va"), ("overwrite", "dba2"), ("light", "xa")):
        play(house, lambda stage=stage: house.state(stage) is StageState.RUNNING)  # type: ignore[misc]
        for _ in range(3):
            house.settle()
            if house.state(stage) is StageState.RUNNING:
                house.attest(stage, who)
        house.settle()
        assert house.state(stage) is StageState.SUCCEEDED, stage
        assert any("not checked by machine" in flag for flag in house.stage(stage).flags)
    assert set(play(house).values()) == {"succeeded"}
    assert house.world.ledger() == []
    assert [len(house.rounds(gate)) for gate in ("first", "second", "third")] == [1, 1, 1]


def test_what_is_so_already_waits_for_no_hands(house: House) -> None:
    """A change that a person would make and that is so already is not asked of anybody."""
    house.world.switch("a", lit=False)
    waiting_for_hands(house, "dim", netscaler=Mode.WATCH)
    assert [(c.target, c.state) for c in house.changes("dim")] == [("a", "done"), ("b", "planned")]
    assert house.attest("dim", "xa2").startswith("Attested: b.")


def test_another_method_asks_for_new_votes(house: House) -> None:
    """Leaving a stage to people, or to the bot again, is another method: its gate opens again."""
    house.begin(people=people())
    house.settle()
    house.vote("first", "xa")
    house.operate(stages.by_hand, "dim", "va", on=True)
    house.settle()
    assert house.world.ledger() == []
    assert house.gate("first") is not None
    house.vote("first", "xa")
    house.settle()
    assert house.state("dim") is StageState.RUNNING
    assert house.world.ledger() == []
    assert "its method can't be changed now" in refused(lambda: house.operate(stages.by_hand, "dim", "va", on=False))


class Patient(Lamps):
    """Lets its next group begin when the test says so."""

    ready = False

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        state = CheckState.PASSED if self.ready else CheckState.OPEN
        return Verdict((Check(f"settled-{group}", state, "it has held"),), again=given.now + timedelta(seconds=10))


@pytest.mark.parametrize("mode", [Mode.WATCH, Mode.ACT])
def test_what_must_pass_in_between_is_passed_by_before_the_next_group(mode: Mode) -> None:
    """Before what must pass between two groups has passed, neither the bot nor an attesting person goes on."""
    patient = Patient()
    with living(verbs=catalogue(lamps=patient)) as house:
        house.begin(people=people(), edits=[THREE_LAMPS], netscaler=mode)
        house.settle()
        house.vote("first", "xa")
        house.settle()
        house.world.switch("a", lit=False)
        if mode is Mode.WATCH:
            house.attest("dim", "xa2", "a")
        house.later(60)
        assert house.verbs_of() == ["dim"]
        assert "waits for no attestation" in refused(lambda: house.attest("dim", "xa2"))
        patient.ready = True
        house.later(60)
        for lamp in "bc" if mode is Mode.WATCH else "":
            house.world.switch(lamp, lit=False)
            house.attest("dim", "xa2", lamp)
            house.later(60)
        assert house.state("dim") is StageState.SUCCEEDED


AFTER_ONE = (
    "    checks:\n",
    """    checks:
      - {check: seen, by: person, who: XA, after: 1, text: It is dark there.}
      - {check: signed, by: person, who: XA, text: All is dark.}
""",
)


def test_a_check_is_answered_when_its_changes_have_been_made(house: House) -> None:
    """What is to be seen after a change is not answered before it, nor what is signed at the end in between."""
    house.begin(people=people(), edits=[THREE_LAMPS, AFTER_ONE], netscaler=Mode.WATCH)
    house.settle()
    house.vote("first", "xa")
    house.settle()
    for check in ("seen", "signed"):
        assert "when its changes have been made" in refused(lambda check=check: house.answer("dim", check, "xa"))  # type: ignore[misc]
    house.world.switch("a", lit=False)
    house.attest("dim", "xa2", "a")
    assert "when its changes have been made" in refused(lambda: house.answer("dim", "signed", "xa"))
    house.settle()
    assert "waits for no attestation" in refused(lambda: house.attest("dim", "xa2"))
    house.answer("dim", "seen", "xa")
    house.settle()
    for lamp in "bc":
        house.world.switch(lamp, lit=False)
        house.attest("dim", "xa2", lamp)
        house.settle()
    house.answer("dim", "signed", "xa")
    house.settle()
    assert house.state("dim") is StageState.SUCCEEDED


def failed_half_way(house: House, **modes: Mode) -> None:
    """`overwrite` failed at its second change, which the store refused."""
    house.begin(people=people(), **modes)
    house.world.refuse = {"overwrite"}
    play(house, lambda: house.state("overwrite") is StageState.FAILED)
    assert house.state("overwrite") is StageState.FAILED
    house.world.refuse = set()


def test_a_failed_change_can_be_made_by_hand_and_attested(house: House) -> None:
    """What a failed stage left undone can be made by a person; attested by another one, it is verified."""
    failed_half_way(house)
    house.world.overwrite("RB-1/overwrite/store")
    refused(lambda: house.attest("overwrite", "dba"))
    house.attest("overwrite", "dba2")
    house.settle()
    assert house.state("overwrite") is StageState.SUCCEEDED


class Remembering(Overwrite):
    """Keeps what it was told of the stage's changes when it verified them."""

    told: tuple[Change, ...] = ()

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        self.told = given.made
        return super().verify(systems, given, samples)


def test_an_attestation_is_put_before_what_the_bot_had_seen_and_does_not_hide_it() -> None:
    """The action is told how each change ended: made by people, after the bot had failed, and with which words."""
    action = Remembering()
    with living(verbs=catalogue(overwrite=action)) as house:
        failed_half_way(house)
        why = house.stage("overwrite").why
        house.world.overwrite("RB-1/overwrite/store")
        house.attest("overwrite", "dba2")
        house.settle()
        lamp, store = action.told
        assert (lamp.outcome["by"], lamp.outcome["state"]) == ("bot", "done")
        assert (store.outcome["by"], store.outcome["state"]) == ("person", "done")
        assert store.outcome["text"] == "made by hand, attested"
        assert store.outcome["earlier"]["text"] in why
        assert "earlier" not in store.outcome["earlier"]


def test_what_failed_is_told_by_its_target_and_not_by_its_statement(house: House) -> None:
    """The sentence on the card names the target once and what happened; the whole change stands above it."""
    failed_half_way(house)
    (change,) = [one for one in house.changes("overwrite") if one.state == ChangeState.FAILED]
    why = house.stage("overwrite").why
    assert why == "store: " + change.outcome["text"]
    assert change.text not in why
    assert why.endswith(".")


def test_changes_dropped_after_a_failure_are_attested_too(house: House) -> None:
    """After a failure in the first group, what was never begun counts as made only when it is attested as well."""
    house.begin(people=people(), edits=[THREE_LAMPS])
    house.world.refuse = {"dim a"}
    play(house, lambda: house.state("dim") is StageState.FAILED)
    assert [(c.target, c.state) for c in house.changes("dim")] == [("a", "failed"), ("b", "dropped"), ("c", "dropped")]
    assert "Still undone: b, c." in house.attest("dim", "xa2", "a")
    assert house.state("dim") is StageState.FAILED
    house.world.refuse = set()
    for lamp in "abc":
        house.world.switch(lamp, lit=False)
    house.attest("dim", "xa2")
    house.settle()
    assert house.state("dim") is StageState.SUCCEEDED


def test_after_a_deny_a_failed_stage_is_not_attested_but_asked_anew(house: House) -> None:
    """What is denied by then is not attested past its gate: it is tried again with new votes."""
    failed_half_way(house)
    round_ = house.rounds("second")[-1]
    house.vote_in(round_, "ic", Ballot(Choice.DENY, round_.digest, why="enough"))
    assert "nobody has approved any more" in refused(lambda: house.attest("overwrite", "dba2"))
    assert house.state("overwrite") is StageState.FAILED


def test_one_person_alone_brings_no_stage_to_its_end(house: House) -> None:
    """Somebody who holds every role approves `first` and can't attest it: a second person has to."""
    everything = with_people(people(), "xa", roles=tuple(Role))
    house.begin("xa", people=everything, netscaler=Mode.WATCH)
    house.settle()
    house.vote("first", "xa")
    house.settle()
    assert house.state("dim") is StageState.RUNNING
    refused(lambda: house.attest("dim", "xa"))
    for verb in (stages.retry, stages.check_again, stages.look_again):
        try_it(house, verb)
    house.later(300)
    assert house.state("dim") is StageState.RUNNING


def try_it(house: House, verb: object) -> None:
    if verb is stages.check_again:
        house.operate(stages.check_again, "dim", "xa")
    else:
        refused(lambda: house.operate(verb, "dim", "xa"))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", [StageState.WAITING, StageState.AWAITING_APPROVAL, StageState.SUCCEEDED])
def test_nothing_is_attested_without_its_gate(house: House, state: StageState) -> None:
    """A stage that hasn't passed its gate, or has ended, waits for no attestation."""
    house.begin(people=people(), netscaler=Mode.WATCH)
    if state is StageState.AWAITING_APPROVAL:
        house.settle()
    if state is StageState.SUCCEEDED:
        for lamp in "ab":
            house.world.switch(lamp, lit=False)
        play(house, lambda: house.state("dim") is StageState.SUCCEEDED)
    assert house.state("dim") is state
    assert "waits for no attestation" in refused(lambda: house.attest("dim", "xa2"))
