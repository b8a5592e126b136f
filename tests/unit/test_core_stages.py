"""The table of a stage's states, and the only way to change one."""

import re
from collections.abc import Iterator
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from rollback.stages import AT_WORK, ENDED, MOVES, MoveRefused, Overtaken, diagram, move
from storage.database import Unit
from storage.models import Outgoing, Stage
from storage.words import Event, StageState, SubjectKind
from toy.house import House, living

STATES = list(StageState)
OUTSIDE = [(was, to) for was, to in product(STATES, STATES) if to not in MOVES[was]]


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        made.begin()
        yield made


@pytest.fixture(scope="module")
def lasting() -> Iterator[House]:
    """One house for many examples: each puts its stage where it begins."""
    with living() as made:
        made.begin()
        yield made


def placed(unit: Unit, state: StageState) -> Stage:
    """The stage `dim` as if it had come to that state."""
    stage = unit.session.scalars(select(Stage).where(Stage.name == "dim")).one()
    stage.state = state.value
    unit.session.flush()
    return stage


def test_every_state_has_its_row_in_the_table() -> None:
    """Each state says where it goes; what was skipped goes nowhere, and every state but the first can be reached."""
    assert set(MOVES) == set(STATES)
    assert {state for state in STATES if not MOVES[state]} == {StageState.SKIPPED}
    assert set().union(*MOVES.values()) == set(STATES) - {StageState.WAITING}


@pytest.mark.parametrize("state", [state for state in STATES if state not in ENDED])
def test_from_every_state_there_is_a_way_to_an_end(state: StageState) -> None:
    """Wherever a stage stands, moves of the table lead to an end."""
    reached, left = set(), {state}
    while left:
        reached |= left
        left = set().union(*(MOVES[one] for one in left)) - reached
    assert reached & ENDED


def test_the_picture_has_an_arrow_for_each_move_and_no_other() -> None:
    """Read back, the diagram's arrows are the moves of the table, one way in and a way out of each end."""
    arrows = set(re.findall(r"^ +(\S+) --> (\S+)$", diagram(), re.MULTILINE))
    moves = {(str(was), str(to)) for was in STATES for to in MOVES[was]}
    assert arrows == moves | {("[*]", "waiting"), ("succeeded", "[*]"), ("skipped", "[*]")}


def test_only_a_claim_leads_to_work() -> None:
    """A stage begins to run from *approved* alone; from *needs reconcile* it goes on with what was begun."""
    assert {was for was in STATES if StageState.RUNNING in MOVES[was]} == {
        StageState.APPROVED,
        StageState.NEEDS_RECONCILE,
    }
    assert {was for was in STATES if StageState.SUCCEEDED in MOVES[was]} == {StageState.VERIFYING}
    assert not AT_WORK & ENDED


@pytest.mark.parametrize(("was", "to"), OUTSIDE, ids=str)
def test_a_move_outside_the_table_is_refused(lasting: House, was: StageState, to: StageState) -> None:
    """A move that the table doesn't have raises, and its unit leaves row and chain as they were."""
    before = lasting.stage("dim").version, lasting.state("dim"), len(lasting.audited(Event.STAGE_MOVED))
    with pytest.raises(MoveRefused, match=f"from {was} to {to}"):
        lasting.database.run(lambda unit: move(unit, placed(unit, was), to))
    assert (lasting.stage("dim").version, lasting.state("dim"), len(lasting.audited(Event.STAGE_MOVED))) == before


def test_a_move_is_one_with_its_entry_and_its_redraws(house: House) -> None:
    """State, version, audit entry and redraws of card and board come with one commit."""
    stage_id = house.stage("dim").id
    house.database.run(
        lambda unit: move(unit, unit.session.get_one(Stage, stage_id), StageState.SKIPPED, actor="ic", why="not needed")
    )
    stage = house.stage("dim")
    assert (stage.state, stage.version, stage.why) == (StageState.SKIPPED, 1, "not needed")
    assert stage.ended_at == house.clock.now()
    assert house.audited(Event.STAGE_MOVED) == [
        {
            "stage": "dim",
            "came_from": "waiting",
            "to": "skipped",
            "attempt": 1,
            "why": "not needed",
            "actor": "ic",
        }
    ]
    with house.database.read() as session:
        drawn = {(row.subject, row.subject_id) for row in session.scalars(select(Outgoing))}
    assert {(SubjectKind.STAGE, stage_id), (SubjectKind.BOARD, 1)} <= drawn


@pytest.mark.parametrize("what", ["state", "version"])
def test_a_stage_that_was_moved_meanwhile_is_not_moved_again(house: House, what: str) -> None:
    """Who moves a stage as it was a moment ago changes nothing and is told that it was overtaken."""
    with house.database.read() as session:
        stale = session.scalars(select(Stage).where(Stage.name == "dim")).one()

    def other(unit: Unit) -> None:
        row = unit.session.get_one(Stage, stale.id)
        if what == "state":
            row.state = StageState.SKIPPED.value
        else:
            row.version += 1

    house.database.run(other)
    with pytest.raises(Overtaken, match="Nothing was changed"):
        house.database.run(lambda unit: move(unit, stale, StageState.PREVIEWING))
    assert house.audited(Event.STAGE_MOVED) == []


@settings(max_examples=60, deadline=None)
@given(wanted=st.lists(st.sampled_from(STATES), min_size=1, max_size=25))
def test_a_stage_goes_only_ways_of_the_table(lasting: House, wanted: list[StageState]) -> None:
    """Whatever is asked in whatever order, the chain shows moves of the table, each from where the last one led."""
    stage_id = lasting.stage("dim").id
    lasting.database.run(lambda unit: placed(unit, StageState.WAITING))
    begun = len(lasting.audited(Event.STAGE_MOVED))
    at, version = StageState.WAITING, lasting.stage("dim").version
    for to in wanted:
        asked = lasting.database.submit(
            lambda unit, to=to: move(unit, unit.session.get_one(Stage, stage_id), to, actor="any")
        )
        went = asked.exception(10) is None
        assert went is (to in MOVES[at])
        at = to if went else at
    entries = lasting.audited(Event.STAGE_MOVED)[begun:]
    pairs = [(StageState(one["came_from"]), StageState(one["to"])) for one in entries]
    assert all(to in MOVES[was] for was, to in pairs)
    assert all(before[1] is after[0] for before, after in pairwise(pairs))
    assert lasting.state("dim") is at
    assert lasting.stage("dim").version == version + len(entries)
