"""The journal: intended on disk before the world is touched, looked for when a reply is lost, never done twice."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from rollback import journal
from rollback.actions.action import AlreadySo, Change, Given, GuardFailed, Json
from rollback.operations import lead
from rollback.systems import Systems
from rollback.worker.carrying import MOST_ACTS
from storage.words import ChangeState, Event, RollbackState, StageState
from toy.actions import catalogue
from toy.effects import LampEffect
from toy.house import THREE_LAMPS, House, living, play

SIDE_BY_SIDE = ("params: {lit: false}", "params: {lit: false, lamps: abc}")
ONCE = Counter(
    [
        ("dim", "a", ""),
        ("dim", "b", ""),
        ("copy", "store", "RB-1/copy/store"),
        ("overwrite", "store", "RB-1/overwrite/store"),
        ("light", "a", ""),
        ("light", "b", ""),
    ]
)


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        yield made


@pytest.mark.parametrize("visible_after", [0.0, 5.0, 60.0])
@pytest.mark.parametrize("verb", ["dim", "copy", "overwrite", "light"])
def test_a_lost_reply_is_looked_for_and_its_change_is_made_once(house: House, verb: str, visible_after: float) -> None:
    """A reply is lost and the result shows after 0, 5 or 60 seconds: each effect is found and never made twice."""
    house.world.lose, house.world.visible_after = {verb}, visible_after
    house.begin()
    play(house, lambda: not house.world.lose)
    house.restart()
    assert set(play(house).values()) == {"succeeded"}
    assert not house.world.lose
    assert Counter(house.world.ledger()) == ONCE


@pytest.mark.parametrize("verb", ["dim", "copy", "light"])
def test_a_lost_request_is_sent_again_only_after_looking(house: House, verb: str) -> None:
    """A request that never arrived is found not done, as often as its kind demands, and is then made once."""
    house.world.lose_request = {verb}
    house.begin()
    assert set(play(house).values()) == {"succeeded"}
    assert not house.world.lose_request
    assert Counter(house.world.ledger()) == ONCE


def test_what_asks_is_never_sent_again_without_a_person(house: House) -> None:
    """A lost request of a change that must not be repeated is asked about, for ever and after each start."""
    house.world.lose_request = {"overwrite"}
    house.begin()
    play(house)
    assert house.state("overwrite") is StageState.NEEDS_RECONCILE
    for _ in range(3):
        house.later(3600)
        house.restart()
    assert "overwrite" not in house.verbs_of()


def until_copy(house: House) -> None:
    """Everything up to where the copy would be claimed, with both lamps long dim."""
    house.begin()
    house.settle()
    house.vote("first", "xa")
    house.step_until(lambda: house.state("dim") is StageState.SUCCEEDED)
    house.clock.advance(timedelta(minutes=5))


def test_what_never_arrives_is_not_sent_for_ever(house: House) -> None:
    """A copy whose request is lost each time is sent a few times at most, and then asked about."""
    until_copy(house)
    house.world.crossing = lambda what: house.world.lose_request.add("copy") if what.startswith("before") else None
    play(house, lambda: house.state("copy") is StageState.NEEDS_RECONCILE)
    assert [change.acts for change in house.changes("copy")] == [MOST_ACTS]
    assert house.state("copy") is StageState.NEEDS_RECONCILE


def test_two_looks_that_count_are_a_settle_apart(house: House) -> None:
    """*Not done* is believed when it was seen twice, with the time in between in which a result may still show."""
    until_copy(house)
    house.world.lose_request = {"copy"}
    house.settle()
    assert "copy" not in house.verbs_of()
    house.later(89)
    assert "copy" not in house.verbs_of()
    house.later(2)
    assert house.verbs_of().count("copy") == 1


def test_nothing_is_sent_before_the_intent_is_on_disk() -> None:
    """At the moment of each call its change stands as intended on disk, with the reading from before."""
    seen: list[tuple[str, bool]] = []

    def wire(what: str) -> None:
        before, _, call = what.partition(" ")
        if before == "before" and call != "act":
            verb, target = call.split()
            (change,) = [one for one in house.changes(verb) if one.target == target and one.ended_at is None]
            seen.append((change.state, change.before is not None))

    with living(wire=wire) as house:
        house.begin()
        play(house)
    assert seen == [("intended", True)] * 6


def test_what_was_so_before_is_told_apart_from_what_we_did(house: House) -> None:
    """A lamp that was dim before we came is left alone and noted as not ours; the other one is ours."""
    house.world.switch("a", lit=False)
    house.begin()
    play(house, lambda: house.state("dim") is StageState.SUCCEEDED)
    made = {change.target: (change.state, change.outcome["ours"]) for change in house.changes("dim")}
    assert made == {"a": ("done", False), "b": ("done", True)}
    assert house.verbs_of()[:2] == ["dim", "dim"]
    ended = [one["ours"] for one in house.audited(Event.CHANGE_ENDED) if one["stage"] == "dim"]
    assert sorted(ended) == [False, True]


def test_a_change_found_done_after_a_lost_reply_is_by_nobody_known(house: House) -> None:
    """A goal state that is found reached after a lost reply is done, and not said to be by us."""
    house.world.lose = {"dim"}
    house.begin()
    play(house, lambda: house.state("dim") is StageState.SUCCEEDED)
    assert sorted(change.outcome["ours"] for change in house.changes("dim")) == [False, True]


def test_a_failure_lets_nothing_else_of_its_stage_begin() -> None:
    """Of three changes side by side with room for one, the first fails: the other two never begin and say so."""
    with living(side_by_side=1) as house:
        house.world.refuse = {"dim a"}
        house.begin(edits=[SIDE_BY_SIDE])
        house.settle()
        house.vote("first", "xa")
        house.settle()
        assert house.state("dim") is StageState.FAILED
        assert house.world.ledger() == []
        assert [change.state for change in house.changes("dim")] == ["failed", "dropped", "dropped"]
        assert "it said no" in house.stage("dim").why


def test_what_runs_beside_a_failure_is_followed_to_its_end(house: House) -> None:
    """Changes that had begun when another one failed end as they end, and their outcome is kept."""
    all_have_begun = threading.Barrier(3, timeout=30)
    house.world.crossing = lambda what: all_have_begun.wait() if what.startswith("before dim") else None
    house.world.refuse = {"dim a"}
    house.world.lose = {"dim"}
    house.world.visible_after = 5.0
    house.begin(edits=[SIDE_BY_SIDE])
    house.settle()
    house.vote("first", "xa")
    house.settle()
    house.later(60)
    assert house.state("dim") is StageState.FAILED
    assert {change.target: change.state for change in house.changes("dim")} == {"a": "failed", "b": "done", "c": "done"}


def test_what_was_not_done_is_not_tried_again_beside_a_failure() -> None:
    """A change whose request was lost while another one failed is ended as not done, and not sent again."""
    with living(side_by_side=1) as house:
        house.world.refuse = {"dim b"}
        house.world.lose_request = {"dim"}
        house.begin(edits=[SIDE_BY_SIDE])
        house.settle()
        house.vote("first", "xa")
        house.settle()
        house.later(6)
        assert house.state("dim") is StageState.FAILED
        assert house.world.ledger() == []
        assert [change.state for change in house.changes("dim")] == ["failed", "failed", "dropped"]


@pytest.mark.parametrize(
    ("ended", "state"),
    [(ChangeState.UNKNOWN, StageState.NEEDS_RECONCILE), (ChangeState.FAILED, StageState.FAILED)],
)
def test_killed_between_a_change_and_its_stage_nothing_is_passed_over(
    house: House, ended: ChangeState, state: StageState
) -> None:
    """Killed after a change ended badly and before its stage followed, the next start lets the stage follow."""
    until_copy(house)
    house.world.lose_request = {"copy"}
    house.settle()
    (change,) = house.changes("copy")
    outcome = {"text": "as it was when the process was killed"}
    house.database.run(lambda unit: journal.end(unit, change.id, ended, outcome))  # type: ignore[arg-type]
    house.restart()
    house.later(120)
    assert house.state("copy") is state
    assert "copy" not in house.verbs_of()


def test_groups_follow_one_another(house: House) -> None:
    """A group begins when the one before it has ended well; a failure in it lets no later one begin."""
    house.world.refuse = {"dim b"}
    house.begin(edits=[THREE_LAMPS])
    house.settle()
    house.vote("first", "xa")
    house.settle()
    assert house.world.ledger() == [("dim", "a", "")]
    assert [change.state for change in house.changes("dim")] == ["done", "failed", "dropped"]


def test_what_is_looked_for_is_not_acted_again_while_on_hold(house: House) -> None:
    """A lost request is looked for under a hold, and sent again only after it: until then the bot rests in between."""
    house.world.lose_request = {"dim"}
    house.world.crossing = lambda what: _hold_at(house, what, "before dim b")
    house.begin()
    house.settle()
    house.vote("first", "xa")
    for _ in range(3):
        house.later(60)
    assert house.rollback().state == RollbackState.PAUSED
    lost = [change for change in house.changes("dim") if change.state == ChangeState.INTENDED]
    assert [change.acts for change in lost] == [1]
    house.press(lead.resume, "ic")
    house.later(60)
    assert house.state("dim") is StageState.SUCCEEDED
    assert house.verbs_of().count("dim") == 2


def _hold_at(house: House, what: str, when: str) -> None:
    if what == when and house.rollback().state == RollbackState.RUNNING:
        house.press(lead.press_hold, "so", "wait")


def test_guards_are_not_read_while_on_hold(house: House) -> None:
    """Under a hold a planned change isn't even prepared: what is found then says nothing about later."""
    reads: list[str] = []
    house.begin(edits=[THREE_LAMPS])
    house.world.crossing = lambda what: _hold_at(house, what, "before dim a")
    house.settle()
    house.vote("first", "xa")
    house.settle()
    house.world.crossing = reads.append
    for _ in range(3):
        house.later(120)
    assert reads == []
    assert [change.state for change in house.changes("dim")] == ["done", "planned", "planned"]


class Forgetful(LampEffect):
    """A guard that finds the goal reached in between."""

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        raise AlreadySo("somebody was faster")


def test_somebody_who_was_faster_is_not_overtaken() -> None:
    """If the goal is reached right before acting, nothing is sent, and the change is done but not by us."""
    verbs = catalogue()
    forgetful = type(verbs)(verbs.actions, {**verbs.effects, "toy-lamp": Forgetful()}, verbs.probes)
    with living(verbs=forgetful) as house:
        house.begin()
        house.settle()
        house.vote("first", "xa")
        house.settle()
        assert house.world.ledger() == []
        assert {change.outcome["ours"] for change in house.changes("dim")} == {False}


class Guarded(LampEffect):
    """A guard that finds it not safe any more."""

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        raise GuardFailed("somebody works on that lamp")


def test_what_is_not_safe_any_more_is_not_begun() -> None:
    """If a guard fails right before acting, nothing is sent, nothing is intended, and the card names it."""
    verbs = catalogue()
    guarded = type(verbs)(verbs.actions, {**verbs.effects, "toy-lamp": Guarded()}, verbs.probes)
    with living(verbs=guarded, side_by_side=1) as house:
        house.begin()
        house.settle()
        house.vote("first", "xa")
        house.settle()
        assert house.world.ledger() == []
        assert house.state("dim") is StageState.FAILED
        assert "It was not begun: somebody works on that lamp" in house.stage("dim").why
        assert [(change.state, change.intended_at) for change in house.changes("dim")] == [
            ("failed", None),
            ("dropped", None),
        ]


def test_a_system_that_is_away_is_waited_for(house: House) -> None:
    """While a system can't be reached nothing fails and nothing is claimed; back again, all goes on by itself."""
    house.begin()
    house.settle()
    house.vote("first", "xa")
    house.world.down = {"netscaler"}
    for _ in range(5):
        house.later(30)
    assert house.state("dim") is StageState.APPROVED
    assert "the toy is unplugged" in house.stage("dim").why
    house.world.down = set()
    house.later(30)
    assert house.state("dim") is StageState.SUCCEEDED


def test_a_look_that_fails_is_no_look(house: House) -> None:
    """While the system is away a lost reply stays open: it is neither *done* nor *not done*."""
    until_copy(house)
    house.world.lose = {"copy"}
    house.world.crossing = lambda what: house.world.down.add("vsphere") if what == "after copy store" else None
    house.settle()
    for _ in range(20):
        house.later(60)
    (change,) = house.changes("copy")
    assert (change.state, change.not_done_seen) == (ChangeState.INTENDED, 0)
    house.world.down = set()
    house.later(60)
    assert house.verbs_of().count("copy") == 1
    assert house.state("copy") is StageState.SUCCEEDED
