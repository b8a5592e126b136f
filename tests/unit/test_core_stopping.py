"""A stop: what would die with us is waited for, what lives on is left and followed, nothing else is begun."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from rollback.actions.action import Catalogue, Change, Given, InFlight, Json, Look, Outcome, Watch
from rollback.systems import Systems
from storage.words import Repeat, StageState
from toy.actions import catalogue
from toy.effects import Copier, MarkedEffect
from toy.house import House, living


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        yield made


class SlowCopy(MarkedEffect):
    """Takes its time, and tells how far it is; `dies_with_us` as the test says."""

    def __init__(self, *, dies_with_us: bool) -> None:
        super().__init__("copy", Copier, Repeat.AFTER_LOOKING)
        self.dies_with_us = dies_with_us
        self.stop_at = -1
        self.house: House | None = None

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        watch.ref({"marker": change.detail["marker"]})
        for step in range(10):
            if step == self.stop_at and self.house is not None:
                self.house.bench.stopping.set()
            watch.progress(step * 10, f"{step} of 10")
            watch.wait(0.5)
        return super().act(change, systems, given, before, watch)

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        seen = systems.get(Copier).world.seen("copy", change.detail["marker"])
        return super().look(change, systems, given, before, ref) if seen else InFlight(ref)

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        systems.get(Copier).world.copy(change.detail["marker"])
        return super().follow(change, systems, given, ref, watch)


def slow(effect: SlowCopy) -> Catalogue:
    verbs = catalogue()
    return type(verbs)(verbs.actions, {**verbs.effects, "toy-copy": effect}, verbs.probes)


def test_a_stop_waits_for_what_lives_on_our_connection() -> None:
    """A normal stop lets a change that would die with us come to its end, and begins nothing after it."""
    effect = SlowCopy(dies_with_us=True)
    effect.stop_at = 3
    with living(verbs=slow(effect)) as house:
        effect.house = house
        house.begin()
        house.settle()
        house.vote("first", "xa")
        house.step_until(house.bench.stopping.is_set)
        assert house.verbs_of().count("copy") == 1
        assert [change.state for change in house.changes("copy")] == ["done"]


def test_a_stop_leaves_what_lives_on_and_the_next_start_follows_it() -> None:
    """What goes on without us is left under way by a stop and taken up by the next start: made once."""
    effect = SlowCopy(dies_with_us=False)
    effect.stop_at = 3
    with living(verbs=slow(effect)) as house:
        effect.house = house
        house.begin()
        house.settle()
        house.vote("first", "xa")
        house.step_until(house.bench.stopping.is_set)
        assert "copy" not in house.verbs_of()
        assert [change.state for change in house.changes("copy")] == ["intended"]
        house.restart()
        house.settle()
        assert [change.state for change in house.changes("copy")] == ["done"]
        assert house.verbs_of().count("copy") == 1


def test_while_stopping_nothing_is_claimed_or_begun(house: House) -> None:
    """Once a stop has begun, an approved stage is not claimed."""
    house.begin()
    house.settle()
    house.vote("first", "xa")
    house.bench.stopping.set()
    for _ in range(3):
        house.worker.run_due()
    assert house.state("dim") is StageState.APPROVED
    assert house.world.ledger() == []


def test_progress_is_written_every_two_seconds_at_most() -> None:
    """Ten steps of half a second leave a row every two seconds and the end: a busy effect doesn't flood the writer."""
    written: list[tuple[datetime, int]] = []

    def boundary(where: str) -> None:
        (change,) = house.changes("copy") or [None] if where == "after commit" and copying else [None]
        if change is not None and change.progress is not None:
            written.append((house.clock.now(), change.progress))

    copying: list[bool] = []
    with living(verbs=slow(SlowCopy(dies_with_us=True)), crossing=boundary) as house:
        house.begin()
        house.settle()
        house.vote("first", "xa")
        house.step_until(lambda: house.state("dim") is StageState.SUCCEEDED)
        copying.append(True)
        begun = house.clock.now()
        house.settle()
    shown = [percent for _, percent in written]
    assert list(dict.fromkeys(shown)) == [0, 40, 80, 100]
    first = {percent: (at - begun).total_seconds() for at, percent in reversed(written)}
    assert first == {0: 0.0, 40: 2.0, 80: 4.0, 100: 5.0}
