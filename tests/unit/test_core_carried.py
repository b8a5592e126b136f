"""Overrides of stages without a gate stand on the card of the gate that they were handed to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from rollback.actions.action import Catalogue, Given, Json
from rollback.actions.inventory.carried import KEY
from rollback.book import Book
from rollback.rounds import asked_now, decision_of
from rollback.systems import Systems
from storage.models import Gate
from toy.actions import Copy, catalogue
from toy.house import House

HANDED = {"code": "old", "text": "The source is old.", "gate": "second", "about": []}


class CopyWithAnOverride(Copy):
    """As the toy's copy, and it hands an override on to a later gate."""

    def result(self, systems: Systems, given: Given) -> Json:
        return {KEY: [HANDED]}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    table = catalogue()
    actions = {**table.actions, "toy-copy": CopyWithAnOverride()}
    made.bench = replace(made.bench, catalogue=Catalogue(actions, table.effects, table.probes))
    made.worker.bench = made.bench
    yield made
    made.stop()


def test_what_was_handed_on_opens_the_gate_again_with_one_approver_more(house: House) -> None:
    """An override that is handed on after the votes voids them: the new round names it and wants one more."""
    house.begin()
    house.settle()
    house.vote("first", "xa")
    house.later(91)
    assert house.stage("copy").state == "succeeded"
    house.vote("second", "so")
    house.vote("second", "dba")
    house.settle()
    with house.database.read() as session:
        wanted = select(Gate).where(col(Gate.name) == "second").order_by(col(Gate.id).desc())
        round_ = session.scalars(wanted).first()
        assert round_ is not None
        book = Book.open(session, 1)
        assert list(asked_now(session, book, round_).overrides) == ["The source is old."]
        assert decision_of(session, book, round_).needed == 3
    assert round_.round == 2
    assert [verb for verb, _, _ in house.world.ledger()].count("overwrite") == 0
