"""Between the vote and the first change: whatever differs by then, nothing is done and the gate opens again."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from rollback.actions.action import Finding
from rollback.operations import choices, handover, lead, people, stages
from rollback.operations.gates import Ballot
from rollback.roles import Account, Roster
from storage.database import Unit
from storage.words import Choice, Event, GateState, Role, RollbackState, Severity, StageState
from toy.actions import Copy, Lamps, Overwrite, catalogue
from toy.house import House, living, play, refused, version, with_people
from toy.people import accounts, roster

SOURCES = {"source": ["old", "older"], "nuance": ["a", "b"]}


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        yield made


def first_approved(house: House, **begin: object) -> None:
    """Everything up to the vote at `first`, and nothing after it."""
    house.begin(**begin)  # type: ignore[arg-type]
    house.settle()
    house.vote("first", "xa")
    assert house.states()["dim"] == house.states()["copy"] == "approved"
    assert house.world.ledger() == []


def second_approved(house: House, **begin: object) -> None:
    """Everything up to the second vote at `second`, and nothing after it."""
    house.begin(**begin)  # type: ignore[arg-type]
    play(house, lambda: house.state("copy") is StageState.SUCCEEDED)
    house.settle()
    house.vote("second", "so")
    house.vote("second", "dba")
    assert house.state("overwrite") is StageState.APPROVED


def asked_again(house: House, gate: str, stage: str) -> str:
    """Asserts that a gate asks a second time and its stage waits for it; returns why, as it was told."""
    open_round = house.gate(gate)
    assert open_round is not None
    assert open_round.round == 2
    assert house.state(stage) is StageState.AWAITING_APPROVAL
    return house.reopened(stage)


def test_what_was_approved_and_is_the_same_is_done(house: House) -> None:
    """With nothing changed between vote and claim, the approved changes are made without another vote."""
    first_approved(house)
    house.settle()
    assert sorted(house.verbs_of()) == ["copy", "dim", "dim"]
    assert len(house.rounds("first")) == 1


@pytest.mark.parametrize(("stage", "system"), [("dim", "netscaler"), ("copy", "vsphere")])
def test_another_system_behind_the_address_is_named(house: House, stage: str, system: str) -> None:
    """With another identity behind an address its stage changes nothing and asks again, naming the system."""
    first_approved(house)
    house.world.identities[system] = "toy-2"
    house.settle()
    assert ("dim" if stage == "dim" else "copy") not in house.verbs_of()
    assert asked_again(house, "first", stage) == (
        f"it differs from what was approved: another {system} answers behind the address"
    )


def test_a_swapped_system_at_a_destructive_gate_is_named(house: House) -> None:
    """A store that was swapped after two votes is not overwritten by them."""
    second_approved(house)
    house.world.identities["sqlserver"] = "toy-2"
    house.settle()
    assert "overwrite" not in house.verbs_of()
    assert "another sqlserver answers" in asked_again(house, "second", "overwrite")


def test_a_value_that_was_picked_after_the_votes_voids_them(house: House) -> None:
    """A picked value that changes what is done takes the stage back at once and asks for new votes."""
    second_approved(house)
    house.press(choices.pick, "ic", {"source": "old"}, SOURCES)
    assert house.state("overwrite") is StageState.PREVIEWING
    house.settle()
    assert "overwrite" not in house.verbs_of()
    asked_again(house, "second", "overwrite")


def test_whoever_picks_a_value_after_voting_is_no_approver(house: House) -> None:
    """A voter who changes a used value is an influencer from then on, though the changes read the same."""
    second_approved(house, people=with_people(roster(), "dba", roles=(Role.DATABASE_ADMIN, Role.XENMOBILE_ADMIN)))
    house.press(choices.pick, "dba", {"nuance": "b"}, SOURCES)
    house.settle()
    assert "overwrite" not in house.verbs_of()
    asked_again(house, "second", "overwrite")
    assert "by others" in refused(lambda: house.vote("second", "dba"))


def test_a_value_that_is_kept_makes_nobody_an_influencer(house: House) -> None:
    """Picking what stands already changes no row, and the picker's vote counts."""
    house.begin(people=with_people(roster(), "dba", roles=(Role.DATABASE_ADMIN, Role.XENMOBILE_ADMIN)))
    house.press(choices.pick, "ic", {"source": "old"}, SOURCES)
    assert house.press(choices.pick, "dba", {"source": "old"}, SOURCES) == "Kept as it was; nothing was changed."
    assert set(play(house).values()) == {"succeeded"}


def book_of(unit: Unit) -> choices.Book:
    return choices.Book.open(unit.session, 1)


def test_a_voter_who_lost_the_role_is_no_approver(house: House) -> None:
    """An approver whose role was taken between vote and claim doesn't carry the stage; the change is on record."""
    second_approved(house)
    changed = with_people(roster(), "dba", roles=(Role.COMMUNICATIONS,))
    house.database.run(lambda unit: people.announce(unit, book_of(unit), changed))
    house.settle()
    assert "overwrite" not in house.verbs_of()
    assert asked_again(house, "second", "overwrite") == "the votes no longer carry it (other_role)"
    assert house.audited(Event.PEOPLE_CHANGED) == [
        {"actor": "bot", "added": [], "removed": [], "changed": ["dba"], "roles": changed.digest()}
    ]


def test_a_voter_who_is_named_no_more_is_no_approver(house: House) -> None:
    """An approver who was taken off the list between vote and claim doesn't carry the stage."""
    second_approved(house)
    left = Roster.of([one for one in roster().people if one.id != "dba"])
    house.database.run(lambda unit: people.announce(unit, book_of(unit), left))
    house.settle()
    assert "overwrite" not in house.verbs_of()
    assert asked_again(house, "second", "overwrite") == "the votes no longer carry it (not_named)"


def test_the_same_people_announced_again_change_nothing(house: House) -> None:
    """People who are as they were leave no entry, and the votes carry the stage."""
    second_approved(house)
    house.database.run(lambda unit: people.announce(unit, book_of(unit), roster()))
    house.settle()
    assert "overwrite" in house.verbs_of()
    assert house.audited(Event.PEOPLE_CHANGED) == []


def test_a_voter_whose_account_is_gone_is_no_approver(house: House) -> None:
    """An approver whose account Slack calls deactivated between vote and claim doesn't carry the stage."""
    second_approved(house)
    (account,) = accounts("dba")
    house.database.run(lambda unit: people.account_gone(unit, book_of(unit).roster, account, gone=True))
    house.settle()
    assert "overwrite" not in house.verbs_of()
    assert asked_again(house, "second", "overwrite") == "the votes no longer carry it (deactivated)"
    assert "deactivated" in refused(lambda: house.vote("second", "dba"))
    house.database.run(lambda unit: people.account_gone(unit, book_of(unit).roster, account, gone=False))
    house.vote("second", "dba")
    house.vote("second", "so")
    house.settle()
    assert house.verbs_of().count("overwrite") == 1


def test_before_a_destructive_claim_slack_is_asked_anew() -> None:
    """Right before a claim beyond the line Slack is asked for the accounts that voted; before others it isn't."""
    asked: list[frozenset[Account]] = []

    def gone(voted: frozenset[Account]) -> dict[Account, bool]:
        asked.append(voted)
        return dict.fromkeys(accounts("dba"), True)

    with living(gone=gone) as house:
        second_approved(house)
        assert asked == []
        house.settle()
        assert asked == [frozenset((*accounts("so"), *accounts("dba")))]
        assert "overwrite" not in house.verbs_of()
        assert asked_again(house, "second", "overwrite") == "the votes no longer carry it (deactivated)"


@pytest.mark.parametrize(
    ("stage", "release"),
    [("dim", {"lamps": version(Lamps(), 2)}), ("copy", {"copy": version(Copy(), 2)})],
    ids=["dim", "copy"],
)
def test_another_release_of_an_action_opens_its_gate_again(house: House, stage: str, release: dict) -> None:
    """After a restart with another release of an action, what was approved with the earlier one is asked again."""
    first_approved(house)
    house.restart(verbs=catalogue(**release))
    house.settle()
    assert stage not in house.verbs_of()
    assert "the bot's own action is another release's" in asked_again(house, "first", stage)


def test_another_release_of_a_destructive_action_opens_its_gate_again(house: House) -> None:
    """A new release between two votes and the claim overwrites nothing."""
    second_approved(house)
    house.restart(verbs=catalogue(overwrite=version(Overwrite(), 2)))
    house.settle()
    assert "overwrite" not in house.verbs_of()
    asked_again(house, "second", "overwrite")


def lit(*, at_start: bool, severity: Severity = Severity.HARD, holds: bool = True) -> tuple[Finding, ...]:
    return (Finding("smoke", severity, "There is smoke.", at_start=at_start, holds=holds),)


def test_what_must_hold_when_it_starts_blocks_the_claim_and_nothing_else(house: House) -> None:
    """A start condition that doesn't hold blocks the approved stage, which claims by itself when it holds again."""
    first_approved(house)
    house.step_until(lambda: house.state("dim") is StageState.SUCCEEDED)
    house.world.switch("a", lit=True)
    house.settle()
    assert house.state("copy") is StageState.BLOCKED
    assert house.stage("copy").why == "A lamp is lit."
    moves = len(house.audited(Event.STAGE_MOVED))
    for _ in range(5):
        house.later(11)
    assert house.state("copy") is StageState.BLOCKED
    assert len(house.audited(Event.STAGE_MOVED)) == moves, "a blocked stage that stays so is not moved"
    house.world.switch("a", lit=False)
    house.later(11)
    assert house.verbs_of()[-1] == "copy"
    assert len(house.rounds("first")) == 1, "no new vote is asked for"


def test_a_start_condition_that_does_not_hold_yet_keeps_nobody_from_voting(house: House) -> None:
    """What an earlier stage of the same gate will bring about is shown, and votes are given all the same."""
    house.begin()
    house.settle()
    assert house.state("copy") is StageState.AWAITING_APPROVAL
    (found,) = house.preview("copy")["findings"]
    assert (found["code"], found["at_start"], found["holds"]) == ("lit", True, True)


def test_a_hard_blocker_between_vote_and_claim_blocks(house: House) -> None:
    """A hard finding that appears after the vote stops the stage; gone again, the vote still carries it."""
    first_approved(house)
    house.world.findings["dim"] = lit(at_start=False)
    house.settle()
    assert house.state("dim") is StageState.BLOCKED
    assert house.world.ledger() == []
    house.world.findings.clear()
    house.later(11)
    assert house.verbs_of().count("dim") == 2


def test_an_override_that_appears_after_the_vote_asks_for_one_more(house: House) -> None:
    """A new "you approve despite" is no part of what was approved: the gate opens again and asks for one more."""
    first_approved(house)
    house.world.findings["dim"] = lit(at_start=False, severity=Severity.OVERRIDE)
    house.settle()
    assert house.world.ledger() == []
    asked_again(house, "first", "dim")
    house.vote("first", "xa")
    house.settle()
    assert house.world.ledger() == [], "one approver is not enough despite a blocker"
    house.vote("first", "ic")
    house.settle()
    assert house.verbs_of().count("dim") == 2


def test_an_override_that_begins_to_hold_at_the_start_asks_for_one_more(house: House) -> None:
    """An overridable start condition that held at the vote and not at the claim needs one approver more by then."""
    house.world.findings["dim"] = lit(at_start=True, severity=Severity.OVERRIDE, holds=False)
    first_approved(house)
    house.world.findings["dim"] = lit(at_start=True, severity=Severity.OVERRIDE, holds=True)
    house.settle()
    assert house.world.ledger() == []
    asked_again(house, "first", "dim")


def test_a_deny_after_the_vote_and_before_the_claim_takes_the_stage_back(house: House) -> None:
    """A deny of an approved round, by any role, leaves the world as it was and the rollback on hold."""
    first_approved(house)
    round_ = house.rounds("first")[-1]
    house.vote_in(round_, "va", Ballot(Choice.DENY, round_.digest, why="wrong evening"))
    house.settle()
    assert house.world.ledger() == []
    assert house.rollback().state == RollbackState.PAUSED
    assert house.rounds("first")[-1].state == GateState.DENIED
    house.press(lead.resume, "ic")
    house.settle()
    assert house.world.ledger() == []
    asked_again(house, "first", "dim")


def deny(house: House) -> None:
    round_ = house.rounds("first")[-1]
    house.vote_in(round_, "so", Ballot(Choice.DENY, round_.digest, why="stop"))


def hold(house: House) -> None:
    house.press(lead.press_hold, "so", "stop")


@pytest.mark.parametrize("stop", [deny, hold])
def test_a_stop_between_claim_and_first_intent_leaves_the_world_as_it_was(stop: Callable[[House], None]) -> None:
    """A deny or a hold that is committed before the first change is intended leaves the world as it was."""
    pressed: list[str] = []

    def wire(what: str) -> None:
        # The guards of the first change read the lamp after the claim and before the intent.
        if what == "read" and not pressed and house.rollback_is_there() and house.state("dim") is StageState.RUNNING:
            pressed.append(what)
            stop(house)

    with living(wire=wire, side_by_side=1) as house:
        first_approved(house)
        house.settle()
        assert pressed
        assert house.world.ledger() == []
        assert house.rollback().state == RollbackState.PAUSED
        assert all(change.intended_at is None for change in house.changes("dim"))
        assert house.state("dim") is (StageState.PREVIEWING if stop is deny else StageState.RUNNING)


def test_what_nobody_was_asked_about_is_never_done() -> None:
    """A stage that passed its gate because all was so already begins nothing, if the world differs by then or not."""

    def wire(what: str) -> None:
        # Somebody lights a lamp right after the claim has seen both dim.
        if what == "read" and house.rollback_is_there() and house.state("dim") in meddling:
            meddling.clear()
            house.world.switch("a", lit=True)

    meddling = {StageState.RUNNING, StageState.VERIFYING}
    with living(wire=wire) as house:
        for lamp in "ab":
            house.world.switch(lamp, lit=False)
        house.begin()
        play(house, lambda: house.state("dim") in (StageState.SUCCEEDED, StageState.FAILED))
        assert not meddling
        assert house.verbs_of() == ["dim", "dim", "light"], "the bot dims nothing that nobody approved"
        assert house.state("dim") is StageState.FAILED
        assert [change.outcome["text"] for change in house.changes("dim")] == ["It was so already."] * 2


def test_a_wrong_number_records_no_vote(house: House) -> None:
    """At a destructive gate the rollback's number is typed; a wrong one, or none, records nothing."""
    house.begin()
    play(house, lambda: house.state("copy") is StageState.SUCCEEDED)
    house.settle()
    votes = len(house.votes())
    for typed in ("RB-2", "1", "rb-1", ""):
        assert "number" in refused(lambda typed=typed: house.vote("second", "so", typed=typed))  # type: ignore[misc]
    assert len(house.votes()) == votes
    assert house.vote("second", "so", typed=" RB-1 ") == "Recorded: 1 of 2. Waiting for DBA."


def test_who_starts_retries_or_looks_again_is_no_influencer(house: House) -> None:
    """Starting, looking again and taking over the lead make nobody an influencer: their approval counts."""
    two_hats = with_people(roster(), "xa", roles=(Role.XENMOBILE_ADMIN, Role.INCIDENT_COMMANDER))
    house.begin("xa", people=two_hats)
    house.settle()
    for giver, taker in (("xa", "ic"), ("ic", "xa")):
        house.press(handover.offer, giver, taker)
        house.press(handover.take, taker)
    house.operate(stages.check_again, "dim", "xa")
    house.settle()
    assert house.vote("first", "xa") == "Recorded: `first` of RB-1 is approved."


def test_one_person_with_two_accounts_has_one_vote(house: House) -> None:
    """A second account of a person who has voted leaves the count as it was."""
    house.begin(people=roster(so=2))
    play(house, lambda: house.state("copy") is StageState.SUCCEEDED)
    house.settle()
    round_ = house.gate("second")
    assert round_ is not None
    ballot = Ballot(Choice.APPROVE, round_.digest, "RB-1")
    house.vote_in(round_, "so", ballot, account=0)
    assert "one person, one vote" in refused(lambda: house.vote_in(round_, "so", ballot, account=1))
    assert [vote.user for vote in house.votes() if vote.gate_id == round_.id] == ["Uso"]


def test_a_vote_on_an_old_card_is_refused(house: House) -> None:
    """A digest that is not the round's own, or a round that is over, records no vote."""
    house.begin()
    house.settle()
    round_ = house.gate("first")
    assert round_ is not None
    assert "no longer those" in refused(lambda: house.vote_in(round_, "xa", Ballot(Choice.APPROVE, "0" * 64)))
    house.vote("first", "xa")
    assert "its round is over" in refused(lambda: house.vote_in(round_, "va", Ballot(Choice.APPROVE, round_.digest)))
    assert len(house.votes()) == 1


def test_nothing_is_voted_on_before_its_needs_are_met(house: House) -> None:
    """A card that is read ahead can't be approved before its gate's needs are met."""
    house.begin()
    house.settle()
    house.vote("first", "xa")
    house.step_until(lambda: house.gate("second") is not None and house.state("copy") is not StageState.SUCCEEDED)
    assert "when its needs are met" in refused(lambda: house.vote("second", "so"))
    assert {vote.person for vote in house.votes()} == {"xa"}


def test_the_world_is_previewed_again_while_nobody_votes(house: House) -> None:
    """An ask doesn't lapse: half an hour later it is previewed anew, and keeps its votes while nothing differs."""
    house.begin()
    play(house, lambda: house.state("copy") is StageState.SUCCEEDED)
    house.settle()
    house.vote("second", "so")
    seen = house.preview_rows("overwrite")
    house.clock.advance(timedelta(minutes=31))
    house.settle()
    assert house.preview_rows("overwrite") == seen + 1
    house.vote("second", "dba")
    house.settle()
    assert house.verbs_of().count("overwrite") == 1
