"""A refused login waits for a person: asking for another look is what lets it be tried once more."""

from collections.abc import Iterator

import pytest

from rollback.operations import stages
from rollback.systems import LOGINS_BELL
from storage.words import StageState
from toy.house import House, living, refused


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        yield made


def rung(house: House) -> bool:
    return house.database.bells.event(LOGINS_BELL).is_set()


def test_nothing_that_the_bot_does_by_itself_tries_a_refused_login(house: House) -> None:
    """Neither previews nor votes let a refused login be tried again; *Check again* does."""
    house.begin()
    house.settle()
    house.later(3600)
    house.settle()
    house.vote("first", "xa")
    assert not rung(house)
    house.operate(stages.check_again, "dim", "xa")
    assert rung(house)


def test_a_refused_press_tries_no_login(house: House) -> None:
    """Who may not look again, or looks at a stage with nothing to look at, lets no login be tried."""
    house.begin()
    house.settle()
    assert house.state("overwrite") is StageState.WAITING
    refused(lambda: house.operate(stages.check_again, "overwrite", "xa"))
    refused(lambda: house.operate(stages.look_again, "dim", "xa"))
    refused(lambda: house.operate(stages.retry, "dim", "xa"))
    assert not rung(house)
