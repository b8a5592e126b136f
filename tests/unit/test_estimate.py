"""The longest way through a plan: the tables of the runbook, and what has happened in place of what was expected."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest

from rollback.estate import Estate, Node
from rollback.estimate import Progress, SoFar, Step, StepKind, describe, estimate
from rollback.runbook import Opening, Order, Plan, Runbook, builtin, expand, expand_way_back

START = datetime(2024, 11, 16, 9, 7, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def after(number: float) -> datetime:
    return START + minutes(number)


@cache
def runbook() -> Runbook:
    return builtin("xenmobile").runbook


def plan_for(
    nodes: int, opening: Opening = Opening.ENOUGH_NODES, order: Order = Order.PREPARE_FIRST, devices: int = 10_000
) -> Plan:
    estate = Estate(
        name="example",
        nodes=tuple(Node(name=f"xms0{i}", address=f"192.0.2.{i}", inventory_path="") for i in range(1, nodes + 1)),
        modes={},
    )
    return expand(runbook(), estate, devices, "xms01", order, opening)


def at_start(plan: Plan, typical: Mapping[str, timedelta] | None = None) -> tuple[timedelta, timedelta]:
    found = estimate(plan, SoFar(START, START), typical)
    assert found.door_closed is not None
    assert found.live_at is not None
    return found.door_closed, found.live_at - START


@pytest.mark.parametrize(
    ("nodes", "closed", "live"),
    [(1, minutes(95), minutes(180)), (2, minutes(137), minutes(222)), (3, minutes(137), minutes(277)),
     (5, minutes(137), minutes(327))],
)  # fmt: skip
def test_opening_on_enough_nodes_takes_what_the_runbook_says(nodes: int, closed: timedelta, live: timedelta) -> None:
    """With `enough-nodes` the door is closed and the service declared healthy as the runbook's table says."""
    assert at_start(plan_for(nodes)) == (closed, live)


@pytest.mark.parametrize(
    ("nodes", "live"), [(1, minutes(180)), (2, minutes(260)), (3, minutes(310)), (5, minutes(410))]
)
def test_opening_on_the_first_node_takes_what_the_runbook_says(nodes: int, live: timedelta) -> None:
    """With `first-node` the door is closed for 1 h 35, and the later nodes come up with the door open."""
    assert at_start(plan_for(nodes, Opening.FIRST_NODE)) == (minutes(95), live)


@pytest.mark.parametrize("opening", Opening)
@pytest.mark.parametrize("nodes", [1, 2, 3, 5])
def test_closing_first_costs_and_gains_what_the_runbook_says(nodes: int, opening: Opening) -> None:
    """Closing first keeps the door closed for 25 minutes more and declares the service healthy 5 minutes earlier."""
    closed, live = at_start(plan_for(nodes, opening))
    early = at_start(plan_for(nodes, opening, Order.CLOSE_FIRST))
    assert early == (closed + minutes(25), live - minutes(5))


def test_the_longest_way_is_named_step_by_step() -> None:
    """The longest way to the opening with three nodes is the one that the runbook names, votes included."""
    found = estimate(plan_for(3), SoFar(START, START))
    assert list(describe(found.way_to_open)) == [
        "prepare", "disable-vservers", "list-devices", "shut-down-nodes", "back-up-database", "votes at go-back",
        "restore-database", "restart-sql-server", "start-first-node", "restore-node@xms02", "swap-to@xms02",
        "verify-node@xms02", "join-nodes", "votes at open", "enable-vservers",
    ]  # fmt: skip
    assert found.way_to_live[-3:] == (
        Step(StepKind.HOLDING, "go-live"),
        Step(StepKind.VOTES, "live"),
        Step(StepKind.STAGE, "go-live"),
    )


def test_the_way_back_has_its_price_in_minutes() -> None:
    """The way back takes 15 minutes before line 1, and within the runbook's bounds after line 1 and line 2."""
    takes = [
        estimate(expand_way_back(plan_for(3), line, ["xms01"]), SoFar(START, START)).ends_at - START
        for line in (0, 1, 2)
    ]
    assert takes[0] == minutes(15)
    assert minutes(45) <= takes[1] <= minutes(90)
    assert minutes(60) <= takes[2] <= minutes(120)
    assert takes[1] < takes[2]


def test_what_has_ended_replaces_what_was_expected() -> None:
    """A preparation that took 20 minutes more moves the opening by 20 minutes and keeps the span of the door."""
    plan = plan_for(3)
    done = {
        "prepare": Progress(START, after(50), {"captured": after(45)}),
        "collect-evidence": Progress(START, after(35)),
    }
    found = estimate(plan, SoFar(START, after(50), done))
    assert found.opens_at == after(167 + 20)
    assert found.door_closed == minutes(137)


def test_nothing_that_is_still_to_come_lies_in_the_past() -> None:
    """A rollback in which nothing has happened for an hour expects its first stages now."""
    plan = plan_for(3)
    now = after(60)
    found = estimate(plan, SoFar(START, now))
    assert all(window.end >= now for window in found.windows.values())
    assert found.windows["prepare"].start == now


def test_a_stage_that_runs_late_ends_now_at_the_earliest() -> None:
    """A stage that has run longer than usual is expected to end now, and what follows starts then."""
    plan = plan_for(1)
    late = {"prepare": Progress(started=START)}
    found = estimate(plan, SoFar(START, after(75), late))
    assert found.windows["prepare"].end == after(75)
    assert found.windows["disable-vservers"].start == after(75)


def test_votes_that_came_early_are_not_waited_for() -> None:
    """A gate that was passed at once saves the minutes that its votes were allowed."""
    plan = plan_for(1)
    ended = {
        name: Progress(START, after(55))
        for name in ("prepare", "disable-vservers", "collect-evidence", "list-devices", "shut-down-nodes",
                     "back-up-database", "snapshot-nodes")
    }  # fmt: skip
    waiting = estimate(plan, SoFar(START, after(55), ended))
    passed = estimate(plan, SoFar(START, after(55), ended, approved={"go-back": after(55)}))
    assert waiting.windows["restore-database"].start == after(60)
    assert passed.windows["restore-database"].start == after(55)


def test_a_check_that_has_passed_lets_the_next_stage_start() -> None:
    """A stage that needs one check starts when that check passed, though its stage still runs."""
    plan = plan_for(1)
    running = {"start-first-node": Progress(after(78), None, {"answers": after(80)})}
    found = estimate(plan, SoFar(START, after(80), running))
    assert found.windows["compare-devices"].start == after(80)


def test_the_history_of_the_site_replaces_the_first_guesses() -> None:
    """Times by word or by name are used in place of the runbook's, checks of those stages in proportion."""
    plan = plan_for(3)
    slow = estimate(plan, SoFar(START, START), {"restore-node": minutes(45), "restore-node@xms02": minutes(20)})
    assert slow.windows["restore-node@xms03"].end - slow.windows["restore-node@xms03"].start == minutes(45)
    assert slow.windows["restore-node@xms02"].end - slow.windows["restore-node@xms02"].start == minutes(20)
    twice = estimate(plan, SoFar(START, START), {"start-first-node": minutes(50)})
    started = twice.windows["start-first-node"].start
    assert twice.windows["compare-devices"].start == started + minutes(20)


def test_a_skipped_stage_takes_no_time() -> None:
    """A stage that was skipped counts as ended at that moment."""
    plan = plan_for(1)
    skipped = {"collect-evidence": Progress(ended=after(1)), "prepare": Progress(START, after(2))}
    found = estimate(plan, SoFar(START, after(2), skipped))
    assert found.windows["collect-evidence"].end == after(1)
    assert found.opens_at == after(2 + 95)
