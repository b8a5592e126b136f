"""*Close the door*: one person is enough, the practice world's ledger proves it, and opening asks anew."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from preparing_bench import PreparingBench
from safety_bench import CLOSE, OPEN, SafetyBench
from sqlalchemy import select
from sqlmodel import col

from integrations.netscaler import NetScaler
from rollback import journal, rounds, standing
from rollback.book import Book
from rollback.invariants import Inv, demands
from rollback.operations import lead
from rollback.operations.refusal import Refusal
from storage.database import Unit
from storage.models import ChangeRow, Gate, Stage
from storage.words import By, ChangeState, Event, GateState, Mode, Role, RollbackState, StageState, SystemName

DOOR = "vs_xms_mam_8443"


@pytest.fixture
def run(preparing: PreparingBench, tmp_path: Path) -> Iterator[SafetyBench]:
    made = SafetyBench(preparing, tmp_path)
    yield made
    made.close()


def all_closed(run: SafetyBench) -> bool:
    return all(not vserver.enabled for vserver in run.world.vservers.values())


def test_one_person_closes_an_open_door(run: SafetyBench) -> None:
    """One press of one person holds the rollback and disables every vServer, once each; nobody else is asked."""
    run.opened()
    run.press("close_the_door", Role.XENMOBILE_ADMIN)
    assert run.rollback().state == RollbackState.PAUSED
    run.work()
    assert all_closed(run)
    assert run.disabled() == sorted(run.world.vservers)
    assert run.state(CLOSE) == StageState.SUCCEEDED
    assert run.audited(Event.SAFETY_STARTED) == 1
    assert not run.world.ledger.entries("netscaler", "save")


def test_a_door_that_was_closed_toward_safety_is_watched(run: SafetyBench) -> None:
    """Behind an opening the door need not be closed; once it was closed toward safety it must stay so."""
    run.opened()
    assert "INV-1" not in run.watch()
    run.press("close_the_door", Role.XENMOBILE_ADMIN)
    run.work()
    assert run.watch()["INV-1"] is True
    run.world.vserver_set(DOOR, enabled=True, by="xa")
    run.estate.pass_time(0.5)
    assert run.watch()["INV-1"] is False


def test_opening_again_asks_for_new_votes(run: SafetyBench) -> None:
    """The stage that had opened the door is looked at again, without the votes that it had."""
    run.opened()
    run.press("close_the_door", Role.XENMOBILE_ADMIN)
    assert (run.state(OPEN), run.stage(OPEN).attempt) == (StageState.PREVIEWING, 2)
    with run.database.read() as session:
        assert rounds.approved_round(session, session.get_one(Stage, run.stage(OPEN).id)) is None
        assert [row.state for row in session.scalars(select(Gate))] == [GateState.SUPERSEDED]
    run.work()
    run.resume()
    run.work(10)
    assert all_closed(run)
    assert run.state(OPEN) not in (StageState.APPROVED, StageState.RUNNING, StageState.SUCCEEDED)


@pytest.mark.parametrize(
    ("state", "goes_to"),
    [(StageState.VERIFYING, StageState.FAILED), (StageState.APPROVED, StageState.PREVIEWING),
     (StageState.RUNNING, StageState.PREVIEWING)],
)  # fmt: skip
def test_an_opening_that_is_under_way_is_stopped(run: SafetyBench, state: StageState, goes_to: StageState) -> None:
    """Whatever has come of an opening, after a press nothing of it begins that had not begun."""
    run.closed()
    run.approved(OPEN, "open")
    run.set(state, OPEN)
    run.press("close_the_door", Role.INCIDENT_COMMANDER)
    assert run.state(OPEN) == goes_to


def test_a_change_that_opened_and_was_lost_is_not_made_again(run: SafetyBench) -> None:
    """An enabling whose reply was lost is looked for after the door was closed, found undone, and not sent again."""
    run.opened()
    run.set(StageState.RUNNING, OPEN)

    def begun(unit: Unit) -> None:
        stage = unit.session.scalars(select(Stage).where(col(Stage.name) == OPEN)).one()
        stage.ended_at = None
        assert stage.id is not None
        unit.session.add(
            ChangeRow(
                stage_id=stage.id, attempt=1, position=1, group=1, kind="vserver-enable", system="netscaler",
                target=DOOR, by=By.BOT, text="enabled", detail={"kind": "lb"}, state=ChangeState.INTENDED,
                before={}, action_version=1, acts=1, intended_at=unit.now, look_at=unit.now + timedelta(seconds=60),
            )
        )  # fmt: skip

    run.database.run(begun)
    run.press("close_the_door", Role.INCIDENT_COMMANDER)
    run.work()
    run.resume()
    run.estate.time.advance(60)
    run.work()
    assert all_closed(run)
    (change,) = run.changes(OPEN)
    assert change.state == ChangeState.FAILED
    assert "toward safety" in change.outcome["text"]
    assert run.state(OPEN) == StageState.FAILED


def test_a_lost_reply_is_looked_for_and_the_door_is_closed_once(run: SafetyBench) -> None:
    """After a lost reply each vServer is found disabled, and stands once in the ledger."""
    run.opened()
    run.world.faults.arm("lose_reply", "netscaler:disable", times=2)
    run.press("close_the_door", Role.INCIDENT_COMMANDER)
    run.work()
    assert run.disabled() == sorted(run.world.vservers)
    assert run.state(CLOSE) == StageState.SUCCEEDED


def test_a_process_that_dies_in_between_closes_the_door_in_the_next(run: SafetyBench) -> None:
    """What was intended before a process died is looked for by the next one, and closed once."""
    run.opened()
    run.press("close_the_door", Role.INCIDENT_COMMANDER)

    class Died(BaseException):
        pass

    def dies(word: str) -> None:
        if word == "after act":
            raise Died

    living, run.bench = run.bench, type(run.bench)(**{**vars(run.bench), "crossing": dies, "side_by_side": 1})
    with pytest.raises(Died):
        run.work()
    run.bench = living
    run.work()
    assert run.disabled() == sorted(run.world.vservers)
    assert run.state(CLOSE) == StageState.SUCCEEDED


def test_a_door_closed_before_its_stage_is_the_stage_s_own(run: SafetyBench) -> None:
    """What one person closed early is enabled again by the opening, like everything that the rollback has closed."""
    run.prepared()
    run.press("close_the_door", Role.XENMOBILE_ADMIN)
    run.work()
    with run.database.read() as session:
        stage = session.scalars(select(Stage).where(col(Stage.name) == "disable-vservers")).one()
        assert sorted(change.target for change in journal.made_in(session, stage)) == sorted(run.world.vservers)


def test_a_door_closed_early_is_a_change_like_any_other(run: SafetyBench) -> None:
    """With the vServers disabled by one person an abort needs others, and says what stays off and who owns it."""
    run.prepared()
    run.press("close_the_door", Role.XENMOBILE_ADMIN)
    run.work()
    told = run.database.run(lambda unit: lead.abort(unit, Book.open(unit.session, run.id), run.presser, "enough"))
    assert "others have to agree" in told
    assert run.rollback().state == RollbackState.PAUSED
    with run.database.read() as session:
        off = standing.still_off(Book.open(session, run.id))
    assert ("The vServers of the door are disabled: no device reaches the service.", "XA") in off


def test_a_second_press_while_it_is_under_way_changes_nothing(run: SafetyBench) -> None:
    """While the door is being closed a second press is a sentence; once it is open again a press closes it anew."""
    run.opened()
    run.press("close_the_door", Role.XENMOBILE_ADMIN)
    with pytest.raises(Refusal, match="already"):
        run.press("close_the_door", Role.INCIDENT_COMMANDER)
    run.work()
    run.world.vserver_set(DOOR, enabled=True, by="xa")
    run.press("close_the_door", Role.INCIDENT_COMMANDER)
    run.work()
    assert all_closed(run)
    assert run.state("close-the-door.2") == StageState.SUCCEEDED


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.WATCH])
def test_where_the_bot_may_not_act_a_person_closes_the_door(run: SafetyBench, mode: Mode) -> None:
    """With the NetScaler off or on watch the card lists what a person does; attested, it is verified from outside."""
    run.opened()
    run.mode(SystemName.NETSCALER, mode)
    run.off = (NetScaler,) if mode is Mode.OFF else ()
    run.press("close_the_door", Role.XENMOBILE_ADMIN)
    run.work(5)
    waiting = run.changes(CLOSE)
    assert {(c.by, c.state) for c in waiting} == {(By.PERSON, ChangeState.PLANNED)}
    assert run.disabled() == []
    run.estate.close_the_door()
    run.attest(CLOSE)
    run.work()
    assert run.state(CLOSE) == StageState.SUCCEEDED


def test_an_attested_door_that_is_open_is_no_success(run: SafetyBench) -> None:
    """Attesting a closed door that lets devices in brings the stage to no end, and the door goes on being watched."""
    run.closed()
    run.world.vserver_set(DOOR, enabled=True, by="xa")
    run.mode(SystemName.NETSCALER, Mode.WATCH)
    run.press("close_the_door", Role.XENMOBILE_ADMIN)
    run.work(5)
    run.attest(CLOSE)
    run.work(5)
    run.estate.time.advance(600)
    run.work(5)
    assert run.state(CLOSE) == StageState.NEEDS_RECONCILE
    with run.database.read() as session:
        assert [one.suspended for one in demands(Book.open(session, run.id)) if one.name == Inv.DOOR] == [False]
