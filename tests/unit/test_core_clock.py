"""The wall clock goes back by two hours: order stays, nothing waits two hours longer, nothing comes too early."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.models import AuditEntry
from storage.words import Event, StageState
from toy.house import House, living, play

STEP = timedelta(hours=2)


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        yield made


def set_back(house: House, *, restarted: bool) -> None:
    house.clock.set_back(STEP)
    if restarted:
        house.restart()


def copying(house: House) -> None:
    """Everything up to where the copy would be claimed."""
    house.begin()
    house.settle()
    house.vote("first", "xa")
    house.step_until(lambda: house.state("dim") is StageState.SUCCEEDED)
    house.clock.advance(timedelta(minutes=5))


either = pytest.mark.parametrize("restarted", [False, True], ids=["running on", "restarted"])


@either
def test_a_whole_run_keeps_its_order(house: House, *, restarted: bool) -> None:
    """Set back in the middle of a run, the chain stays in order, names the step and verifies to its end."""
    copying(house)
    set_back(house, restarted=restarted)
    assert set(play(house).values()) == {"succeeded"}
    house.verified()
    (entry,) = house.audited(Event.CLOCK_WENT_BACK)
    assert timedelta(seconds=entry["seconds"]) > STEP - timedelta(minutes=6)
    with house.database.read() as session:
        monotonic = session.scalars(select(AuditEntry.monotonic).order_by(AuditEntry.seq)).all()
    assert list(monotonic) == sorted(monotonic)


@either
def test_an_open_gate_is_previewed_anew_and_keeps_its_votes(house: House, *, restarted: bool) -> None:
    """What is asked for is looked at again at once; nothing differs, so the votes stay."""
    house.begin()
    play(house, lambda: house.state("copy") is StageState.SUCCEEDED)
    house.settle()
    house.vote("second", "so")
    previews = house.preview_rows("overwrite")
    set_back(house, restarted=restarted)
    house.settle()
    assert house.preview_rows("overwrite") == previews + 1
    assert len(house.rounds("second")) == 1
    house.vote("second", "dba")
    house.settle()
    assert house.verbs_of().count("overwrite") == 1


@either
def test_a_stage_that_verifies_is_looked_at_as_soon_as_before(house: House, *, restarted: bool) -> None:
    """A check that was due in ten seconds is due in ten seconds, and not in two hours."""
    copying(house)
    house.world.hidden = {"copy"}
    house.settle()
    assert house.state("copy") is StageState.VERIFYING
    set_back(house, restarted=restarted)
    house.settle()
    house.world.hidden = set()
    house.later(11)
    assert house.state("copy") is StageState.SUCCEEDED


@either
def test_a_blocked_stage_is_looked_at_as_soon_as_before(house: House, *, restarted: bool) -> None:
    """A blocker that goes away ends the block within its ten seconds."""
    copying(house)
    house.world.switch("a", lit=True)
    house.settle()
    assert house.state("copy") is StageState.BLOCKED
    set_back(house, restarted=restarted)
    house.settle()
    house.world.switch("a", lit=False)
    house.later(11)
    assert house.verbs_of()[-1] == "copy"


@either
def test_two_looks_stay_as_far_apart_as_they_have_to(house: House, *, restarted: bool) -> None:
    """A change that was not seen once is not acted again a moment earlier, nor two hours later."""
    copying(house)
    house.world.lose_request = {"copy"}
    house.settle()
    house.clock.advance(timedelta(seconds=40))
    set_back(house, restarted=restarted)
    house.settle()
    house.later(48)
    assert "copy" not in house.verbs_of()
    house.later(60)
    assert house.verbs_of().count("copy") == 1


def test_a_time_server_at_work_moves_nothing(house: House) -> None:
    """Steps of a few seconds are no event: nothing is previewed anew for them."""
    house.begin()
    house.settle()
    previews = house.preview_rows("dim")
    for _ in range(10):
        house.clock.set_back(timedelta(seconds=4))
        house.settle()
    assert house.preview_rows("dim") == previews
