"""The core on the toy world: from the start to the end, and what it refuses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from storage.audit import verify
from storage.models import Outgoing
from toy.house import KEY, House, play


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.stop()


def test_a_rollback_runs_to_its_end_and_changes_the_world_once(house: House) -> None:
    """A whole rollback makes every approved change once, in order, and leaves a chain that verifies."""
    house.begin()
    states = play(house)
    assert set(states.values()) == {"succeeded"}
    ledger = house.world.ledger()
    assert sorted(ledger[:2]) == [("dim", "a", ""), ("dim", "b", "")]
    assert ledger[2:4] == [("copy", "store", "RB-1/copy/store"), ("overwrite", "store", "RB-1/overwrite/store")]
    assert sorted(ledger[4:]) == [("light", "a", ""), ("light", "b", "")]
    with house.database.read() as session:
        assert verify(session, {"k1": KEY}) > 20


def test_a_rollback_whose_every_stage_has_ended_is_completed(house: House) -> None:
    """After the last stage the rollback is completed, says so once, and another one may begin."""
    house.begin()
    play(house)
    assert house.rollback().state == "completed"
    with house.database.read() as session:
        said = session.scalars(select(Outgoing).where(col(Outgoing.subject) == "completed")).all()
    assert len(said) == 1
