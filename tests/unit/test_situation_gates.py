"""Rounds of asking in the picture: the same opinion as the operations have, and all that a card needs."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_situation import House, Script, change, play_until, playing, resumed
from rollback import rounds
from rollback.actions.action import Finding, Preview
from rollback.approvals import Outcome, WhyNot
from rollback.book import Book
from rollback.operations import gates, stages
from rollback.operations.gates import Ballot
from rollback.operations.refusal import Refusal
from rollback.situation import GateView, Situation
from rollback.untrusted import Untrusted
from storage.models import Gate
from storage.words import Choice, GateState, Purpose, Role, Severity, StageState


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that is closed at the end."""
    with playing(tmp_path) as made:
        yield made


def newest(house: House, name: str) -> GateView:
    """The newest round of a gate."""
    return [gate for gate in house.picture().gates if gate.name == name][-1]


@pytest.fixture
def at_the_gate(tmp_path: Path) -> Iterator[House]:
    """A house whose `go-back` can be approved."""
    with resumed(tmp_path, "snapshot-nodes", StageState.SUCCEEDED) as made:
        yield made


def test_a_round_holds_its_stages_with_what_was_shown(house: House) -> None:
    """Each stage of a round has the preview that its votes are bound to."""
    house.begin()
    house.settle()
    gate = newest(house, "close")
    assert (gate.purpose, gate.state, gate.round, gate.newest) == (Purpose.CHANGE, GateState.ASKING, 1, True)
    (stage,) = gate.stages
    assert stage.preview is not None
    assert stage.preview.digest == stage.digest
    assert stage.preview.changes[0].number == "1.1"
    assert gate.missing == ((Role.INCIDENT_COMMANDER, Role.XENMOBILE_ADMIN),)
    assert [person.id for person in gate.asked] == ["ic", "xa"]


def test_order_among_the_stages_of_a_gate_is_told(at_the_gate: House) -> None:
    """What runs beside what, and what only after what, follows from needs and locks."""
    by_name = {stage.name: stage for stage in newest(at_the_gate, "go-back").stages}
    assert by_name["restore-database"].beside == ("restore-node@xms01",)
    assert by_name["restart-sql-server"].after == ("restore-database",)
    assert by_name["start-first-node"].after == ("restart-sql-server", "restore-node@xms01")
    assert by_name["restore-node@xms02"].after == ("start-first-node",)
    assert by_name["restore-node@xms02"].beside == ("restore-node@xms03",)


def test_a_gate_asked_ahead_says_when_it_can_be_approved_and_what_starts_it(house: House) -> None:
    """Approvable, and what is still waited for, are told apart."""
    house.begin()
    house.settle()
    close = newest(house, "close")
    assert (close.approvable, close.approvable_when, close.starts_when) == (True, "", "`prepare` has ended")
    house.vote("close", "ic")
    house.settle()
    house.vote("save", "va")
    house.settle()
    ahead = newest(house, "go-back")
    assert not ahead.approvable
    assert ahead.approvable_when == "`back-up-database` and `snapshot-nodes` have ended"
    with pytest.raises(Refusal):
        house.vote("go-back", "so")


def test_a_gate_beyond_line_1_has_the_price_of_its_way_back(at_the_gate: House) -> None:
    """The way back now and the one after the first change are both known, with their lines."""
    gate = newest(at_the_gate, "go-back")
    s = at_the_gate.picture()
    assert (gate.line, gate.typed, gate.needed) == (1, True, 2)
    assert (s.way_back.line, s.way_back.takes) == (0, timedelta(minutes=15))
    assert gate.way_back_after is not None
    assert (gate.way_back_after.line, gate.way_back_after.needed) == (1, True)
    assert gate.way_back_after.takes is not None
    assert gate.way_back_after.takes > timedelta(hours=1)
    assert Untrusted("Restore the safety backup of 10.7") in gate.way_back_after.steps


def test_who_chose_what_a_preview_uses_is_named_with_the_choice(tmp_path: Path) -> None:
    """An influencer is named with the keys, is not asked, and their approval is refused."""
    script = Script(previews={"restore-database": Preview((change("restore"),), uses=("backup", "first"))})
    with playing(tmp_path, script) as house:
        house.begin()
        house.settle()
        house.pick("xa", backup="b1")
        house.pick("ic", first="xms01")
        play_until(house, "snapshot-nodes", StageState.SUCCEEDED)
        house.settle()
        gate = newest(house, "go-back")
    assert [(one.person.id, one.keys) for one in gate.influencers] == [("ic", ("first",)), ("xa", ("backup",))]


def test_overrides_ask_for_one_approver_more(tmp_path: Path) -> None:
    """An overridden blocker stands in the round and adds a place; a warning doesn't."""
    findings = (Finding("a", Severity.OVERRIDE, "no way back"), Finding("b", Severity.WARN, "shared"))
    script = Script(previews={"restore-database": Preview((change("restore"),), findings=findings)})
    with playing(tmp_path, script) as house:
        house.begin()
        play_until(house, "snapshot-nodes", StageState.SUCCEEDED)
        gate = newest(house, "go-back")
        assert gate.overrides == (Untrusted("no way back"),)
        assert (gate.needed, len(gate.missing)) == (3, 3)
        assert {person.id for person in gate.asked} == {"ic", "xa", "va", "dba", "so"}


def test_votes_are_told_with_place_worth_and_time(at_the_gate: House) -> None:
    """Each vote has its person, its place or why it doesn't count."""
    house = at_the_gate
    house.clock.advance(timedelta(minutes=2))
    house.vote("go-back", "dba")
    gate = newest(house, "go-back")
    (vote,) = gate.votes
    assert (vote.person.id, vote.choice, vote.counts, vote.place) == (
        "dba",
        Choice.APPROVE,
        True,
        (Role.DATABASE_ADMIN,),
    )
    assert vote.at == house.clock.now()
    assert gate.approved == 1
    assert gate.missing == ((Role.SERVICE_OWNER,),)
    assert [person.id for person in gate.asked] == ["so"]
    house.do(lambda _, book: setattr(book.row, "roles", without("dba", house)))
    (vote,) = newest(house, "go-back").votes
    assert (vote.counts, vote.why_not) == (False, WhyNot.NOT_NAMED)


def without(person: str, house: House) -> bytes:
    """The roster without one of its people."""
    with house.database.read() as session:
        roster = Book.open(session, 1).roster
    return roster.model_copy(update={"people": tuple(p for p in roster.people if p.id != person)}).to_bytes()


def test_a_replaced_round_stays_in_the_picture(house: House) -> None:
    """A round whose changes differ is superseded and no longer the newest; it keeps what it had shown."""
    house.begin()
    house.settle()
    house.script.previews["disable-vservers"] = Preview((change("another vServer", "lb2"),))
    house.operate(stages.check_again, "disable-vservers", "xa")
    house.settle()
    first, second = (gate for gate in house.picture().gates if gate.name == "close")
    assert (first.state, first.newest, second.newest) == (GateState.SUPERSEDED, False, True)
    assert first.stages[0].preview is not None
    assert second.stages[0].preview is not None
    assert first.stages[0].preview.changes[0].text == Untrusted("disable-vservers: change disable-vservers")
    assert second.stages[0].preview.changes[0].text == Untrusted("another vServer")


def test_other_purposes_have_their_own_words(house: House) -> None:
    """A skip is a round of its own, asked by a person with a reason, whose own vote doesn't count."""
    house.begin()
    house.settle()
    house.operate(stages.skip, "collect-evidence", "ic", "too late")
    gate = newest(house, "skip:collect-evidence")
    assert (gate.purpose, gate.title, gate.why) == (
        Purpose.SKIP,
        Untrusted("Leave out collect-evidence"),
        Untrusted("too late"),
    )
    assert gate.asked_by is not None
    assert [(one.person.id, one.keys) for one in gate.influencers] == [("ic", ())]
    assert gate.stages[0].preview is None
    assert gate.approvable


PRESSES = st.lists(
    st.tuples(
        st.sampled_from(["ic", "xa", "va", "dba", "so", "cl", "sec"]),
        st.sampled_from([Choice.APPROVE, Choice.APPROVE, Choice.DENY]),
        st.sampled_from(["RB-1", "RB-2", ""]),
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose `go-back` can be approved, for many histories that are all undone."""
    with resumed(tmp_path_factory.mktemp("asked"), "snapshot-nodes", StageState.SUCCEEDED) as made:
        yield made


@settings(max_examples=25, deadline=None)
@given(presses=PRESSES)
def test_the_picture_and_the_operations_are_of_one_opinion(asked: House, presses: list[Any]) -> None:
    """Whatever people press, the picture tells the decision that the operations would make."""
    house = asked

    class Enough(Exception):
        pass

    def history(unit: Any, book: Any) -> None:
        row = unit.session.get_one(Gate, newest_id)
        for who, choice, typed in presses:
            try:
                gates.vote(unit, book, row.id, house.presser(who), Ballot(choice, row.digest, typed, "why"))
            except Refusal:
                continue
        unit.session.flush()
        gate = Situation.of(unit.session, 1, unit.now).gate(newest_id)
        decision = rounds.decision_of(unit.session, book, row)
        assert gate.outcome is decision.outcome
        assert gate.approved == len(decision.approvals)
        assert gate.needed == decision.needed
        assert (gate.outcome is Outcome.OPEN) == (gate.state is GateState.ASKING)
        raise Enough

    newest_id = newest(house, "go-back").id
    with pytest.raises(Enough):
        house.do(history)
