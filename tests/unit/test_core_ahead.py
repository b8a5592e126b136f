"""Votes that are given ahead: they count at the claim while nothing that was shown has changed, and only then."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from rollback.actions.action import NOTED, Finding, Given, Preview
from rollback.operations.gates import Ballot
from rollback.systems import Systems
from storage.words import Choice, GateState, Severity, StageState
from toy.actions import Lamps, catalogue
from toy.house import House, living, play

LIGHT_AGAIN = ("action: toy-copy", "action: toy-lamps\n    params: {lit: true}")
"""An edit of the runbook: behind `dim`, and asked with it, `copy` lights the lamps that are lit while it is asked."""


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        yield made


def despite(*about: str, code: str = "smoke", severity: Severity = Severity.OVERRIDE) -> tuple[Finding, ...]:
    return (Finding(code, severity, f"There is {code}: {', '.join(about)}.", about=about),)


def approved_despite(house: House, *about: str) -> None:
    """`first` is approved despite smoke, by two, and nothing has begun."""
    house.world.findings["dim"] = despite(*about)
    house.begin()
    house.settle()
    house.vote("first", "xa")
    house.vote("first", "ic")
    assert house.states()["dim"] == "approved"


def test_what_is_so_already_ahead_of_its_needs_is_asked_with_the_others(house: House) -> None:
    """A stage that would find nothing to do now is asked all the same while stages before it can change that."""
    house.begin(edits=[LIGHT_AGAIN])
    house.settle()
    (round_,) = house.rounds("first")
    assert house.preview("copy")["changes"][0]["already"]
    assert house.state("copy") is StageState.AWAITING_APPROVAL
    house.vote_in(round_, "xa", Ballot(Choice.APPROVE, round_.digest))
    play(house, lambda: house.state("overwrite") is StageState.AWAITING_APPROVAL)
    assert house.verbs_of() == ["dim", "dim", "light", "light"]
    assert len(house.rounds("first")) == 1, "the vote that was given ahead is enough"


def test_a_vote_given_ahead_on_what_was_so_already_is_void_for_another_system(house: House) -> None:
    """Asked ahead or not: with another system behind the address by then, nothing is done without new votes."""
    house.begin(edits=[LIGHT_AGAIN])
    house.settle()
    house.vote("first", "xa")
    house.step_until(lambda: house.state("dim") is StageState.VERIFYING)
    house.world.identities["netscaler"] = "toy-2"
    house.settle()
    assert house.verbs_of() == ["dim", "dim"]
    assert house.state("copy") is StageState.AWAITING_APPROVAL
    assert "another netscaler answers" in house.reopened("copy")


def test_what_is_so_already_with_its_needs_met_is_not_asked(house: House) -> None:
    """With its needs met and nothing left to change, a stage passes its gate without anybody."""
    for lamp in "ab":
        house.world.switch(lamp, lit=False)
    house.begin()
    play(house, lambda: house.state("dim") is StageState.SUCCEEDED)
    assert house.verbs_of() == ["dim", "dim"], "the bot has dimmed nothing"
    assert house.stage("dim").why == ""


@pytest.mark.parametrize("left", [(), ("b",), ("a",)])
def test_fewer_blockers_than_were_overridden_take_nothing_from_the_votes(house: House, left: tuple[str, ...]) -> None:
    """What was approved despite two things is done despite one of them, or none."""
    approved_despite(house, "a", "b")
    house.world.findings["dim"] = despite(*left) if left else ()
    house.settle()
    assert house.verbs_of().count("dim") == 2
    assert len(house.rounds("first")) == 1


def test_a_blocker_that_holds_of_one_thing_more_was_not_overridden(house: House) -> None:
    """Despite *a* is not despite *b*: the gate opens again and names what is new."""
    approved_despite(house, "a")
    house.world.findings["dim"] = despite("a", "b")
    house.settle()
    assert house.world.ledger() == []
    assert house.gate("first") is not None
    assert house.reopened("dim") == (
        "it differs from what was approved: one more blocker to override: There is smoke: a, b."
    )


def test_another_blocker_in_place_of_one_that_was_overridden_asks_again(house: House) -> None:
    """As many blockers, but another one: that is something nobody approved."""
    approved_despite(house, "a")
    house.world.findings["dim"] = despite("a", code="fire")
    house.settle()
    assert house.world.ledger() == []
    assert "There is fire" in house.reopened("dim")


def test_a_round_that_asks_keeps_its_votes_when_a_blocker_goes(house: House) -> None:
    """One of two votes is given despite a blocker; it goes, and with it the place of the second approver."""
    house.world.findings["dim"] = despite("a")
    house.begin()
    house.settle()
    house.vote("first", "xa")
    assert house.state("dim") is StageState.AWAITING_APPROVAL
    house.world.findings.clear()
    house.later(31 * 60)
    assert len(house.rounds("first")) == 1
    assert [vote.person for vote in house.votes()] == ["xa"]
    assert house.gate("first") is None, "what was waited for is gone, so the vote that was given is enough"
    assert house.verbs_of().count("dim") == 2


def test_what_is_as_it_was_again_needs_no_second_vote(house: House) -> None:
    """Something else was there for a moment and was asked about; gone again, the first approval carries the stage."""
    house.begin()
    house.settle()
    house.vote("first", "xa")
    house.world.identities["netscaler"] = "toy-2"
    house.settle()
    again = house.gate("first")
    assert again is not None
    assert house.state("dim") is StageState.AWAITING_APPROVAL
    house.world.identities.clear()
    house.later(31 * 60)
    assert house.verbs_of().count("dim") == 2
    assert [row.state for row in house.rounds("first")] == [GateState.APPROVED, GateState.SUPERSEDED]
    assert len(house.votes()) == 1


def test_a_deny_of_what_was_there_for_a_moment_stands(house: House) -> None:
    """Who denied what was asked meanwhile has stopped the stage, whatever is there by then."""
    house.begin()
    house.settle()
    house.vote("first", "xa")
    house.world.identities["netscaler"] = "toy-2"
    house.settle()
    row = house.gate("first")
    assert row is not None
    house.vote_in(row, "va", Ballot(Choice.DENY, row.digest, why="not this one"))
    house.world.identities.clear()
    house.later(31 * 60)
    assert house.world.ledger() == []


def test_what_was_previewed_ahead_is_previewed_again_when_its_needs_are_met(house: House) -> None:
    """As soon as votes can be given the card shows the systems as they are now, not as they were half an hour ago."""
    house.world.findings["overwrite"] = despite("a")
    house.begin()
    house.settle()
    house.vote("first", "xa")
    house.step_until(lambda: house.gate("second") is not None)
    assert house.state("copy") is not StageState.SUCCEEDED
    assert house.preview("overwrite")["ahead"]
    house.world.findings.clear()
    play(house, lambda: house.state("copy") is StageState.SUCCEEDED)
    house.settle()
    seen = house.preview("overwrite")
    assert (seen["ahead"], seen["findings"]) == (False, [])
    assert len(house.rounds("second")) == 1
    before = house.preview_rows("overwrite")
    house.settle()
    assert house.preview_rows("overwrite") == before, "once is enough"


class Noting(Lamps):
    """Notes something that differs at every look."""

    looks = 0

    def preview(self, systems: Systems, given: Given) -> Preview:
        seen = super().preview(systems, given)
        self.looks += 1
        changes = (replace(c, detail={**c.detail, NOTED: {"look": self.looks}}) for c in seen.changes)
        return replace(seen, changes=tuple(changes))


def test_what_is_only_noted_is_kept_and_not_signed() -> None:
    """A reading that the effect compares with later is stored with the change, and no vote hangs on it."""
    action = Noting()
    with living(verbs=catalogue(lamps=action)) as house:
        house.begin()
        house.settle()
        house.vote("first", "xa")
        house.settle()
        assert len(house.rounds("first")) == 1
        noted = {change.detail[NOTED]["look"] for change in house.changes("dim")}
        assert noted <= set(range(2, action.looks + 1)), "as read at the claim"
        assert house.verbs_of().count("dim") == 2
