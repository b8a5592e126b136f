"""`clean-up` from its card to its end: asked once, carried out one removal after the other, stopped by a hold."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from preparing_bench import PreparingBench, WorldClock
from safety_bench import SafetyBench

from rollback.book import Book
from rollback.operations import asking, gates, lead
from rollback.operations.gates import Ballot
from storage.database import Unit
from storage.words import Choice, RollbackState, StageState

ALL = ["xms01", "xms02", "xms03"]
STAGE = "clean-up"


class PassingClock(WorldClock):
    """Whoever waits lets the world's time pass; `first` is called once, at the first wait.

    Attributes:
        first: What happens while the first one waits.
    """

    def __init__(self, estate: PreparingBench) -> None:
        super().__init__(estate.world)
        self._estate = estate
        self.first: Callable[[], object] | None = None

    def wait(self, seconds: float, wake: threading.Event | None = None) -> bool:
        first, self.first = self.first, None
        if first is not None:
            first()
        self._estate.pass_time(seconds)
        return super().wait(seconds, wake)


@pytest.fixture
def clock(preparing: PreparingBench) -> PassingClock:
    return PassingClock(preparing)


@pytest.fixture
def run(preparing: PreparingBench, clock: PassingClock, tmp_path: Path) -> Iterator[SafetyBench]:
    """Everything has succeeded but the clearing up, and each node still has its snapshot."""
    made = SafetyBench(preparing, tmp_path)
    made.bench = replace(made.bench, clock=clock)
    with made.database.read() as session:
        names = [name for name in Book.open(session, made.id).stages if name != STAGE]
    made.ended(*names)
    for node in ALL:
        made.world.snapshot_create(node, f"RB-1/snapshot-nodes/{node}", "", "rollback-bot")
    yield made
    made.close()


def asked(run: SafetyBench) -> list[str]:
    with run.database.read() as session:
        return [gate.name for gate in asking.open_ones(session, run.id)]


def approve(run: SafetyBench) -> str:
    def unit_of_work(unit: Unit) -> str:
        (gate,) = asking.open_ones(unit.session, run.id)
        assert gate.id is not None
        ballot = Ballot(Choice.APPROVE, gate.digest)
        return gates.vote(unit, Book.open(unit.session, run.id), gate.id, run.presser, ballot)

    return run.database.click(unit_of_work)


def removed(run: SafetyBench) -> list[str]:
    return [entry.target for entry in run.world.ledger.entries("vsphere", "snapshot_remove")]


def test_nothing_is_removed_before_one_owner_has_approved(run: SafetyBench) -> None:
    """The gate asks, and one vote is enough: each snapshot is removed once, in order, then its stage is verified."""
    run.work(8)
    assert asked(run) == ["own"]
    assert removed(run) == []
    assert approve(run) == "Recorded: `own` of RB-1 is approved."
    run.work(15)
    assert removed(run) == ALL
    assert run.state(STAGE) == StageState.VERIFYING
    assert [change.state for change in run.changes(STAGE) if change.kind == "snapshot-remove"] == ["done"] * 3


def test_a_hold_leaves_the_others_where_they_are(run: SafetyBench, clock: PassingClock) -> None:
    """While one removal runs a hold is pressed: it is followed to its end, and the next one does not begin."""
    run.work(8)
    approve(run)

    def hold(unit: Unit) -> None:
        lead.press_hold(unit, Book.open(unit.session, run.id), run.presser, "the datastore is slow")

    clock.first = lambda: run.database.run(hold)
    run.work(20)
    assert run.rollback().state == RollbackState.PAUSED
    assert removed(run) == ["xms01"]
    assert run.state(STAGE) == StageState.RUNNING


def test_with_every_snapshot_gone_nobody_is_asked(run: SafetyBench) -> None:
    """Where the restores have dropped them and nothing is unsaved, the stage goes on to its checks by itself."""
    for node in ALL:
        run.world.nodes[node].snapshots.clear()
    run.work(8)
    assert asked(run) == []
    assert run.state(STAGE) == StageState.VERIFYING
    assert removed(run) == []
