"""What a broken or unread invariant keeps from starting, how that is said, and what is shown of it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from commands.blocks.sayings import saying
from helpers_blocks import read
from helpers_situation import House, resumed
from rollback.book import Book
from rollback.invariants import RULES, STALE, Inv, Seen, demands, red_lately
from rollback.operations import lead
from rollback.systems import Systems
from rollback.worker import previews
from rollback.worker.invariants import record
from storage.database import Unit
from storage.models import Outgoing, Stage
from storage.words import RollbackState, StageState

FAULT = "xms03 (believed to be 10.7) is poweredOn and must be off"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A rollback that has come to the vote at `go-back`."""
    with resumed(tmp_path, "snapshot-nodes", StageState.SUCCEEDED) as made:
        for _ in range(40):
            made.settle()
            if made.states()["back-up-database"] == "succeeded":
                break
            made.later(seconds=61)
        yield made


def seen(house: House, *found: Seen) -> None:
    """One round of readings of what applies now."""

    def unit_of_work(unit: Unit) -> None:
        record(unit, 1, demands(Book.open(unit.session, 1)), found)

    house.database.run(unit_of_work)


def said(house: House, kind: str) -> list[dict[str, Any]]:
    """The facts of every piece of news of a kind, in order."""
    with house.database.read() as session:
        rows = session.scalars(select(Outgoing).where(col(Outgoing.subject) == kind).order_by(col(Outgoing.id)))
        return [dict(row.facts) for row in rows]


def vote_to_go_back(house: House) -> None:
    house.vote("go-back", "so")
    house.vote("go-back", "dba")
    house.settle()


def why(house: House, stage: str) -> str:
    return str(next(one for one in house.picture().stages if one.name == stage).why.raw)


def test_a_destructive_stage_starts_while_everything_holds(house: House) -> None:
    """With every reading good the stages behind line 1 run as soon as they are approved."""
    seen(house, Seen(Inv.POWER, good=True), Seen(Inv.SAFETY, good=True))
    vote_to_go_back(house)
    assert house.states()["restore-database"] == "succeeded"


def test_a_broken_invariant_keeps_a_destructive_stage_from_starting_and_is_named(house: House) -> None:
    """Resumed or not: as long as it is broken the stage is blocked by a sentence with its name; then it goes on."""
    seen(house, Seen(Inv.POWER, good=False, faults=(FAULT,)))
    assert house.picture().state == RollbackState.PAUSED
    house.do(lambda unit, book: lead.resume(unit, book, house.presser("ic")))
    house.settle()
    vote_to_go_back(house)
    assert house.states()["restore-database"] == "blocked"
    assert why(house, "restore-database").startswith(f"INV-2 is broken: {FAULT}.")
    seen(house, Seen(Inv.POWER, good=True))
    house.later(seconds=11)
    assert house.states()["restore-database"] == "succeeded"


def test_who_resumes_is_told_what_is_still_broken(house: House) -> None:
    """The answer names it, the channel says what is wrong and what to do; with nothing broken neither does."""
    seen(house, Seen(Inv.POWER, good=False, faults=(FAULT,)))
    answer = house.do(lambda unit, book: lead.resume(unit, book, house.presser("ic")))
    assert answer == "RB-1 goes on. Still to be put right: INV-2; the channel says how."
    (told,) = (read(saying("resumed", house.picture(), facts)) for facts in said(house, "resumed"))
    assert f"INV-2 is broken: {FAULT}." in told
    seen(house, Seen(Inv.POWER, good=True))
    house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("dba"), "a moment"))
    assert house.do(lambda unit, book: lead.resume(unit, book, house.presser("ic"))) == "RB-1 goes on."
    assert [facts["broken"] for facts in said(house, "resumed")][-1] == []


def test_who_resumes_is_told_which_stages_wait_for_people(house: House) -> None:
    """A stage that failed goes on waiting while the rollback runs; its name and its reason are told."""

    def fail(unit: Unit) -> None:
        stage = Book.open(unit.session, 1).stage("restart-sql-server")
        unit.session.get_one(Stage, stage.id).state = StageState.FAILED
        unit.session.get_one(Stage, stage.id).why = "online: XMS is RECOVERY_PENDING"

    house.database.run(fail)
    house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("dba"), "a moment"))
    answer = house.do(lambda unit, book: lead.resume(unit, book, house.presser("ic")))
    assert "Still to be put right: restart-sql-server;" in answer
    assert said(house, "resumed")[-1]["broken"] == ["restart-sql-server has failed: online: XMS is RECOVERY_PENDING"]


@pytest.mark.parametrize(("missed", "becomes"), [(2, "succeeded"), (3, "blocked")])
def test_three_missed_readings_keep_it_from_starting_two_do_not(house: House, missed: int, becomes: str) -> None:
    """One that can't be read is not watched at once, and from the third miss on nothing destructive starts."""
    for _ in range(missed):
        seen(house, Seen(Inv.SAFETY, None, ("sqlserver: no answer",)))
    assert next(one for one in house.picture().invariants if one.name == "INV-7").good is None
    vote_to_go_back(house)
    assert house.states()["restore-database"] == becomes
    if becomes == "blocked":
        assert why(house, "restore-database").startswith("INV-7 can't be read (sqlserver: no answer)")


def test_a_system_that_is_off_keeps_nothing_from_starting(house: House) -> None:
    """What nobody but people can read is shown as not watched, however often."""
    for _ in range(5):
        seen(house, Seen(Inv.POWER, None, ("its system is off",), watched=False))
    vote_to_go_back(house)
    assert house.states()["restore-database"] == "succeeded"


def test_a_reading_that_is_old_keeps_it_from_starting(house: House) -> None:
    """If nobody has read for as long as three readings take, it isn't known whether it holds."""
    seen(house, Seen(Inv.POWER, good=True))
    house.clock.advance(STALE + timedelta(seconds=1))
    vote_to_go_back(house)
    assert house.states()["restore-database"] == "blocked"
    assert why(house, "restore-database").startswith("INV-2 was not read for long")


def test_what_is_broken_stays_so_while_it_can_not_be_read(house: House) -> None:
    """A missed reading makes nothing good: it is red until it was seen to be good, and holds no second time."""
    seen(house, Seen(Inv.POWER, good=False, faults=(FAULT,)))
    house.do(lambda unit, book: lead.resume(unit, book, house.presser("ic")))
    seen(house, Seen(Inv.POWER, None, ("vsphere: no answer",)))
    shown = next(one for one in house.picture().invariants if one.name == "INV-2")
    assert (shown.good, shown.text.raw) == (False, FAULT)
    seen(house, Seen(Inv.POWER, good=False, faults=(FAULT,)))
    assert house.picture().state == RollbackState.RUNNING


def test_less_of_the_same_is_no_new_break(house: House) -> None:
    """When one of two faults is gone, the other one, already known, holds nothing again."""
    seen(house, Seen(Inv.POWER, good=False, faults=("xms02 is on", "xms03 is on")))
    house.do(lambda unit, book: lead.resume(unit, book, house.presser("ic")))
    seen(house, Seen(Inv.POWER, good=False, faults=("xms03 is on",)))
    assert house.picture().state == RollbackState.RUNNING


def test_a_break_while_somebody_holds_it_leaves_their_hold(house: House) -> None:
    """A rollback that is on hold stays on the hold of its person; the break is said all the same."""
    house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("dba"), "the log is full"))
    seen(house, Seen(Inv.POWER, good=False, faults=(FAULT,)))
    hold = house.picture().hold
    assert hold is not None
    assert hold.why.raw == "the log is full"
    assert next(one for one in house.picture().invariants if one.name == "INV-2").good is False


def test_the_news_says_what_is_wrong_what_to_do_and_whom_it_concerns(house: House) -> None:
    """A break names the fault, the rule, the next step and those who are asked."""
    shown = read(saying("health-broken", house.picture(), {"name": "INV-2", "why": FAULT}))
    assert f"*INV-2 IS BROKEN*: {FAULT}" in shown
    assert "It must be so: Exactly the nodes that the plan says are on." in shown
    assert f"No destructive stage starts until it is so again. {RULES[Inv.POWER].advice.split('.')[0]}" in shown
    assert shown.endswith("<@UIC1>, <@UVA1>")


def test_what_was_red_lately_is_approved_despite_at_go_live(house: House) -> None:
    """A break stands on the card of `live` for as long as the cluster has to hold, and then no more."""
    assert house.do(lambda unit, book: red_lately(unit.session, book, unit.now)) is False
    seen(house, Seen(Inv.POWER, good=False, faults=(FAULT,)))
    seen(house, Seen(Inv.POWER, good=True))
    span = house.do(lambda _, book: book.estate.timings.cluster_held)
    house.clock.advance(span - timedelta(seconds=1))
    assert "invariant-red" in codes(house, "go-live")
    assert "invariant-red" not in codes(house, "clean-up")
    house.clock.advance(timedelta(seconds=2))
    assert "invariant-red" not in codes(house, "go-live")


def codes(house: House, name: str) -> list[str]:
    """What a preview of a stage finds now."""
    with house.database.read() as session:
        stage_id = session.scalars(select(col(Stage.id)).where(col(Stage.name) == name)).one()
    seen_now = previews.look(house.worker.bench, Systems({}), stage_id, claiming=False)
    return [finding.code for finding in seen_now.preview.findings]
