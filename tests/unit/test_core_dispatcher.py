"""The dispatcher: a stage has one slot at a time, a mistake of our own stops nothing else, a stop waits."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from rollback.actions.action import Given, Preview
from rollback.systems import Systems
from rollback.worker.dispatcher import Dispatcher
from storage.words import StageState
from toy.actions import Lamps, catalogue
from toy.house import House, living


class Odd(Exception):
    """A mistake of our own."""


class Reading(Lamps):
    """Does something while it reads."""

    def __init__(self) -> None:
        self.doing: Callable[[str], None] = lambda _: None

    def preview(self, systems: Systems, given: Given) -> Preview:
        self.doing(given.stage)
        return super().preview(systems, given)


@contextmanager
def dispatching() -> Iterator[tuple[House, Dispatcher, Reading]]:
    reading = Reading()
    with living(verbs=catalogue(lamps=reading)) as house:
        house.begin()
        dispatcher = Dispatcher(house.worker, slots=2)
        try:
            yield house, dispatcher, reading
        finally:
            dispatcher.stop()


def settled(house: House, dispatcher: Dispatcher) -> None:
    """Gives out what is due until nothing is due and no slot is taken."""
    bell = house.database.bells.event("dispatcher")
    while dispatcher._busy or house.worker.due():
        bell.clear()
        dispatcher.dispatch()
        assert not dispatcher._busy or bell.wait(30)


def test_a_stage_at_work_gets_no_second_slot() -> None:
    """While a slot has a stage, it isn't given out again, however often it is due."""
    begun, go_on, seen = threading.Event(), threading.Event(), []

    def wait(stage: str) -> None:
        seen.append(stage)
        begun.set()
        assert go_on.wait(30)

    with dispatching() as (house, dispatcher, reading):
        settled_before = house.worker.run_due()  # `dim` begins to be previewed
        reading.doing = wait
        assert dispatcher.dispatch() > 0
        assert begun.wait(30)
        assert settled_before > 0
        for _ in range(5):
            dispatcher.dispatch()
        go_on.set()
        settled(house, dispatcher)
        assert seen.count("dim") == 1
        assert house.state("dim") is StageState.AWAITING_APPROVAL


def test_a_mistake_of_our_own_stands_on_the_card_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody foresaw is logged, named on the stage's card and tried again in a minute; others go on."""

    def fail(_: str) -> None:
        raise Odd("with a secret in its text")

    with dispatching() as (house, dispatcher, reading), caplog.at_level(logging.ERROR):
        reading.doing = fail
        settled(house, dispatcher)
        assert house.state("dim") is StageState.PREVIEWING
        assert house.stage("dim").why == (
            "Something in the bot went wrong (Odd). Look at its log; it tries again in a minute."
        )
        assert house.state("copy") is StageState.AWAITING_APPROVAL
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        reading.doing = lambda _: None
        house.later(30)
        assert house.state("dim") is StageState.PREVIEWING
        house.later(31)
        assert house.state("dim") is StageState.AWAITING_APPROVAL


def test_a_stop_waits_for_what_its_slots_are_at_and_begins_nothing() -> None:
    """A stop returns when the slots are empty; what was approved meanwhile is left for the next start."""
    begun, go_on, order = threading.Event(), threading.Event(), []

    def wait(_: str) -> None:
        begun.set()
        assert go_on.wait(30)
        order.append("read")

    def stop() -> None:
        dispatcher.stop()
        order.append("stopped")

    with dispatching() as (house, dispatcher, reading):
        house.settle()
        house.vote("first", "xa")
        reading.doing = wait
        dispatcher.start()
        assert begun.wait(30)
        stopping = threading.Thread(target=stop)
        stopping.start()
        dispatcher._thread.join(30)
        go_on.set()
        stopping.join(30)
        assert order == ["read", "stopped"]
        assert house.state("dim") is StageState.APPROVED, "its claim came after the stop"
        assert house.world.ledger() == []
