"""Which invariants apply when, and what the plan says of the nodes: pure functions of the stages' rows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers_given import given_at
from helpers_situation import estate, people, plan_of
from rollback.actions.traffic.opening import nodes_on
from rollback.book import Book
from rollback.estate import Estate
from rollback.invariants import RULES, Demand, Inv, demands
from rollback.roles import Roster
from rollback.runbook import Plan
from rollback.stages import AT_WORK, ENDED
from storage.models import Rollback, Stage
from storage.words import RollbackState, StageState

START = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
SWITCHING = frozenset({"nodes-shut-down", "node-start", "node-swap", "nodes-join"})
LEFT_OPEN = frozenset({StageState.RUNNING, StageState.VERIFYING, StageState.NEEDS_RECONCILE, StageState.FAILED})


@lru_cache(maxsize=16)
def laid_out(nodes: int, opening: str) -> tuple[Estate, Plan]:
    place = estate(nodes)
    return place, plan_of(place, opening=opening)


class Run:
    """A rollback whose stages go where a test sends them, a minute apart."""

    def __init__(self, nodes: int = 3, opening: str = "enough-nodes") -> None:
        place, self.plan = laid_out(nodes, opening)
        self.now = START
        row = Rollback(
            id=1, number=1, state=RollbackState.RUNNING, drill=True, estate_name="xms", runbook="xenmobile",
            reason="", channel="", stakeholders="", lead="ic", started_by="ic", started_at=START,
            plan=b"", plan_hash="", estate=b"", estate_hash="", roles=b"", roles_hash="",
        )  # fmt: skip
        stages = {
            one.name: Stage(
                rollback_id=1, position=n, name=one.name, action=one.action, kind=one.kind, state=StageState.WAITING
            )
            for n, one in enumerate(self.plan.stages)
        }
        self.book = Book(row, self.plan, place, Roster.of(list(people().values())), stages, frozenset())

    def to(self, name: str, state: StageState) -> None:
        self.now += timedelta(minutes=1)
        stage = self.book.stages[name]
        stage.state, stage.version = state, stage.version + 1
        if state in AT_WORK and stage.started_at is None:
            stage.started_at = self.now
        if state in ENDED or state is StageState.FAILED:
            stage.ended_at = self.now

    def succeed(self, name: str) -> None:
        self.to(name, StageState.RUNNING)
        self.to(name, StageState.SUCCEEDED)

    def until(self, name: str) -> None:
        """Everything before this stage has succeeded."""
        for one in self.plan.stages:
            if one.name == name:
                return
            self.succeed(one.name)

    def found(self) -> dict[Inv, Demand]:
        return {one.name: one for one in demands(self.book)}

    def watched(self) -> set[str]:
        return {str(one.name) for one in demands(self.book) if not one.suspended}


@lru_cache(maxsize=1)
def walked() -> list[tuple[str, StageState, set[str]]]:
    """Every stage of an ordinary run, at work and succeeded, with what is watched then."""
    return list(_walk(Run()))


def _walk(run: Run) -> Iterator[tuple[str, StageState, set[str]]]:
    for one in run.plan.stages:
        for state in (StageState.RUNNING, StageState.SUCCEEDED):
            run.to(one.name, state)
            yield one.name, state, run.watched()


@pytest.mark.parametrize(
    ("name", "begins", "ends"),
    [
        ("INV-1", "disable-vservers", "enable-vservers running"),
        ("INV-2", "shut-down-nodes", "go-live succeeded"),
        ("INV-3", "shut-down-nodes", "start-first-node running"),
        ("INV-4", "prepare", "go-live succeeded"),
        ("INV-5", "shut-down-nodes", "go-live succeeded"),
        ("INV-6", "disable-vservers", "go-live succeeded"),
        ("INV-7", "back-up-database", "clean-up succeeded"),
        ("INV-8", "restore-database", "go-live succeeded"),
    ],
)
def test_each_is_watched_from_when_it_becomes_true_until_it_need_not_be_so(name: str, begins: str, ends: str) -> None:
    """From the success of the stage that makes it true until the runbook ends it, without a way round in between."""
    steps = [(f"{stage} {state}", name in watched) for stage, state, watched in walked()]
    watched = [step for step, holds in steps if holds]
    assert watched[0] == f"{begins} succeeded"
    after = steps[[step for step, _ in steps].index(watched[-1]) + 1][0]
    assert after == ends
    gaps = {step for step, holds in steps if not holds} & set(_between(steps, watched[0], watched[-1]))
    expected = {"restart-sql-server running"} if name in {"INV-3", "INV-4", "INV-5", "INV-7", "INV-8"} else set()
    assert gaps == expected


def _between(steps: list[tuple[str, bool]], first: str, last: str) -> list[str]:
    names = [step for step, _ in steps]
    return names[names.index(first) : names.index(last) + 1]


def test_jobs_may_run_again_when_the_decision_is_made() -> None:
    """INV-5 ends with `go-live:decided`; what must hold until go-live has held stays."""
    run = Run()
    run.until("go-live")
    run.to("go-live", StageState.VERIFYING)
    assert "INV-5" in run.watched()
    run.book.passed = frozenset({"go-live:decided"})
    assert run.watched() == {"INV-2", "INV-4", "INV-6", "INV-7", "INV-8"}


def test_a_restarting_instance_is_not_read_until_it_is_seen_to_be_back() -> None:
    """While SQL Server may be away nothing of it is called missed; as soon as it is online everything is watched."""
    run = Run()
    run.until("restart-sql-server")
    run.to("restart-sql-server", StageState.RUNNING)
    assert run.watched() == {"INV-1", "INV-2", "INV-6"}
    run.to("restart-sql-server", StageState.VERIFYING)
    run.book.passed = frozenset({"restart-sql-server:online"})
    assert {"INV-3", "INV-4", "INV-5", "INV-7", "INV-8"} <= run.watched()


@pytest.mark.parametrize("state", sorted(LEFT_OPEN))
def test_a_node_in_the_hands_of_a_stage_may_be_on_or_off(state: StageState) -> None:
    """While a stage starts, swaps or joins a node, has failed to, or its outcome is unknown, only the others count."""
    run = Run()
    run.until("swap-to@xms02")
    run.to("swap-to@xms02", StageState.RUNNING)
    run.to("swap-to@xms02", state)
    power = run.found()[Inv.POWER]
    assert (power.on, power.off) == (frozenset(), frozenset({"xms03"}))


def test_a_node_under_restore_stays_off_and_may_leave_the_inventory() -> None:
    """A restore leaves its node off; only that the machine is missing for a while is no break."""
    run = Run()
    run.until("restore-node@xms01")
    run.to("restore-node@xms01", StageState.RUNNING)
    power = run.found()[Inv.POWER]
    assert power.off == frozenset({"xms01", "xms02", "xms03"})
    assert power.moving == frozenset({"xms01"})


def test_what_a_stage_left_behind_that_was_left_out_is_not_known() -> None:
    """A stage that had begun and was then skipped leaves its nodes unknown, until a later one has switched them."""
    run = Run()
    run.until("swap-to@xms02")
    run.to("swap-to@xms02", StageState.RUNNING)
    run.to("swap-to@xms02", StageState.FAILED)
    run.to("swap-to@xms02", StageState.SKIPPED)
    assert run.found()[Inv.POWER].on | run.found()[Inv.POWER].off == {"xms03"}
    run.succeed("join-nodes")
    assert run.found()[Inv.POWER].on == {"xms01"}


def test_a_door_that_is_closed_again_is_watched_again() -> None:
    """After the opening the door need not be closed; a later stage that closes it brings the demand back."""
    run = Run()
    run.until("verify-service")
    assert Inv.DOOR not in run.found()
    run.succeed("disable-vservers")
    assert Inv.DOOR in run.found()


@settings(max_examples=40, deadline=None)
@given(nodes=st.integers(1, 5), opening=st.sampled_from(["enough-nodes", "first-node"]))
def test_the_nodes_that_must_be_on_are_those_that_the_opening_counts(nodes: int, opening: str) -> None:
    """Whatever the number of nodes and the way of opening: the plan and the results of the stages say the same."""
    run = Run(nodes, opening)
    results: dict[str, dict[str, list[str]]] = {}
    for one in run.plan.stages:
        run.succeed(one.name)
        if one.action == "node-swap":
            results[one.name] = {"on": [one.target], "off": [str(one.params["old"])]}
        elif one.action in SWITCHING:
            results[one.name] = {"off" if one.action == "nodes-shut-down" else "on": list(one.nodes)}
        told = given_at(run.now, run.book.estate, one.name, results=results,
                        states={name: stage.state for name, stage in run.book.stages.items()})  # fmt: skip
        if Inv.POWER in run.found():
            power = run.found()[Inv.POWER]
            assert power.on == set(nodes_on(told))
            assert power.off == set(run.plan.nodes) - power.on


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_demand_contradicts_a_stage_at_work(data: st.DataObject) -> None:
    """Whatever state each stage is in: no node must be on and off, and none is demanded that a stage at work has."""
    run = Run(3)
    for one in run.plan.stages:
        state = data.draw(st.sampled_from([StageState.WAITING, StageState.SUCCEEDED, StageState.SKIPPED, *LEFT_OPEN]))
        if state in AT_WORK or state in {StageState.FAILED, StageState.SUCCEEDED}:
            run.to(one.name, StageState.RUNNING)
        run.to(one.name, state)
    power = run.found().get(Inv.POWER, Demand(Inv.POWER))
    held = {
        node
        for stage in run.book.stages.values()
        if stage.action in SWITCHING and stage.state in LEFT_OPEN
        for node in run.book.planned(stage).nodes
    }
    assert not power.on & power.off
    assert not (power.on | power.off) & held


def test_a_move_of_a_stage_that_may_change_it_makes_another_demand() -> None:
    """What was read while a stage came and went is another demand's reading, even if both say the same."""
    run = Run()
    run.until("restart-sql-server")
    before = run.found()
    run.succeed("restart-sql-server")
    after = run.found()
    assert before[Inv.DATABASE] != after[Inv.DATABASE]
    assert before[Inv.DOOR] == after[Inv.DOOR]


def test_every_invariant_has_a_rule_an_owner_and_an_advice() -> None:
    """Each is told in a sentence, belongs to a role, and says what to do."""
    assert set(RULES) == set(Inv)
    assert all(rule.text.endswith(".") and rule.advice.endswith(".") for rule in RULES.values())
