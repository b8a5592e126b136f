"""Verifying: it holds no thread, passes over no check and never spins."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from rollback.actions.action import Check, Given, Json, Samples, Verdict
from rollback.systems import Systems
from storage.words import CheckState, Event, RollbackState, StageState
from toy.actions import Lamps, catalogue
from toy.house import THREE_LAMPS, House, living, play

S = CheckState


class Scripted(Lamps):
    """Answers its checks as the test says."""

    def __init__(self) -> None:
        self.checks: dict[str, CheckState] = {"lamps": S.PASSED}
        self.between = False
        self.again: timedelta | None = None
        self.warnings: tuple[str, ...] = ()
        self.looks = 0
        self.results = 0

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        return self.verify(systems, given, samples) if self.between else Verdict()

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        self.looks += 1
        again = None if self.again is None else given.now + self.again
        checks = tuple(Check(name, state, f"{name} is {state}") for name, state in self.checks.items())
        return Verdict(checks, again=again, warnings=self.warnings)

    def result(self, systems: Systems, given: Given) -> Json:
        self.results += 1
        return {"looks": self.looks}


@contextmanager
def dimmed(**checks: CheckState) -> Iterator[tuple[House, Scripted]]:
    """`dim` with both lamps dim and these checks open, passed or failed."""
    scripted = Scripted()
    with living(verbs=catalogue(lamps=scripted)) as house:
        house.begin()
        house.settle()
        house.vote("first", "xa")
        house.step_until(lambda: house.state("dim") is StageState.VERIFYING)
        scripted.checks = checks
        yield house, scripted


@pytest.mark.parametrize("again", [timedelta(0), -timedelta(hours=1)])
def test_a_look_that_is_due_at_once_is_due_a_moment_later(again: timedelta) -> None:
    """An action that wants to be asked again now, or in the past, is asked again a second later and not without end."""
    with dimmed(lamps=S.OPEN) as (house, scripted):
        scripted.again = again
        house.settle()
        looks = scripted.looks
        house.settle()
        assert scripted.looks == looks
        house.later(1)
        assert scripted.looks == looks + 1


def test_between_groups_it_does_not_spin_either() -> None:
    """The same between two groups of changes."""
    scripted = Scripted()
    scripted.checks, scripted.again, scripted.between = {"in-between": S.OPEN}, timedelta(0), True
    with living(verbs=catalogue(lamps=scripted)) as house:
        house.begin(edits=[THREE_LAMPS])
        house.settle()
        house.vote("first", "xa")
        house.settle()
        assert house.verbs_of() == ["dim"]
        scripted.checks = {"in-between": S.PASSED, "lamps": S.PASSED}
        house.later(60)
        assert house.state("dim") is StageState.SUCCEEDED


def test_a_check_that_nobody_answered_keeps_the_stage_open() -> None:
    """A check of the plan that the action says nothing of is open, and the stage doesn't succeed without it."""
    with dimmed(other=S.PASSED) as (house, scripted):
        for _ in range(5):
            house.later(60)
        assert house.state("dim") is StageState.VERIFYING
        scripted.checks = {"other": S.PASSED, "lamps": S.PASSED}
        house.later(60)
        assert house.state("dim") is StageState.SUCCEEDED


def test_what_has_passed_once_stays_passed() -> None:
    """A check that was seen good is not undone by a later look; what later stages need is read once, at the end."""
    with dimmed(lamps=S.PASSED, second=S.OPEN) as (house, scripted):
        house.settle()
        scripted.checks = {"lamps": S.OPEN, "second": S.PASSED}
        house.later(60)
        assert house.state("dim") is StageState.SUCCEEDED
        assert scripted.results == 1
        assert house.stage("dim").result == {"looks": scripted.looks}


def test_a_failed_check_fails_the_stage_and_says_which() -> None:
    """What the bot sees failed fails the stage; the changes that were made stay on record."""
    with dimmed(lamps=S.FAILED) as (house, _):
        house.settle()
        assert house.state("dim") is StageState.FAILED
        assert house.stage("dim").why == "lamps: lamps is failed"
        assert {change.state for change in house.changes("dim")} == {"done"}


OPTIONAL = (
    "text: Both lamps are dim.}",
    "text: Both lamps are dim.}\n      - {check: back, by: bot, text: All have come back., optional: true}",
)


@pytest.mark.parametrize("state", [S.OPEN, S.FAILED])
def test_what_is_optional_is_flagged_and_holds_nothing_up(state: CheckState) -> None:
    """A check that may stay open or fail is told on the card of a stage that has succeeded; it waits for the others."""
    scripted = Scripted()
    with living(verbs=catalogue(lamps=scripted)) as house:
        house.begin(edits=[OPTIONAL])
        house.settle()
        house.vote("first", "xa")
        house.step_until(lambda: house.state("dim") is StageState.VERIFYING)
        scripted.checks = {"lamps": S.OPEN, "back": state}
        house.later(60)
        assert house.state("dim") is StageState.VERIFYING
        scripted.checks = {"lamps": S.PASSED, "back": state}
        house.later(60)
        assert house.state("dim") is StageState.SUCCEEDED
        assert house.stage("dim").flags == [f"back: back is {state}"]


def test_what_no_machine_can_check_is_flagged() -> None:
    """A check that is not checked by machine, and a warning, let the stage succeed with a flag each."""
    with dimmed(lamps=S.NOT_CHECKED) as (house, scripted):
        scripted.warnings = ("One lamp flickers.",)
        house.settle()
        assert house.state("dim") is StageState.SUCCEEDED
        assert house.stage("dim").flags == ["One lamp flickers.", "lamps: not checked by machine"]


def answered(house: House) -> list[dict[str, Any]]:
    return [one for one in house.audited(Event.CHECK_ANSWERED) if one["stage"] == "dim"]


def test_checks_are_audited_when_they_change_and_not_at_each_look() -> None:
    """Ten looks at an open check leave no entry; its answer leaves one."""
    with dimmed(lamps=S.OPEN) as (house, scripted):
        for _ in range(10):
            house.later(11)
        assert answered(house) == []
        scripted.checks = {"lamps": S.PASSED}
        house.later(11)
        (entry,) = answered(house)
        assert (entry["check"], entry["passed"]) == ("lamps", True)


def test_the_last_answer_ends_the_rollback() -> None:
    """Answered *passed*, the last check completes it; answered *failed*, its stage fails and nothing is completed."""
    for passed, state in ((True, RollbackState.COMPLETED), (False, RollbackState.RUNNING)):
        with living() as house:
            house.begin()
            play(house, lambda house=house: house.state("done") is StageState.VERIFYING)  # type: ignore[misc]
            house.answer("done", "decided", "ic", passed=passed)
            house.settle()
            assert house.rollback().state == state
            assert house.state("done") is (StageState.SUCCEEDED if passed else StageState.FAILED)
