"""What a rollback was started with stays with it: plan, estate and people as bytes with their hash."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from rollback.actions.action import Given, Preview
from rollback.book import Book
from rollback.operations import choices, lead
from rollback.systems import Systems
from rollback.worker.given import given_of
from storage.words import Event, Mode, RollbackState, StageState
from toy.actions import Lamps, Overwrite, catalogue
from toy.house import House, living, play, refused
from toy.people import estate, plan, roster

OTHER_WORDS = ("title: Copy the store", "title: Copy the shop")
OTHER_NEEDS = ("needs: [dim]\n", "needs: [start]\n")


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        yield made


def book(house: House, rollback_id: int = 1) -> Book:
    with house.database.read() as session:
        return Book.open(session, rollback_id)


def test_an_open_rollback_goes_on_by_the_plan_of_its_start(house: House) -> None:
    """A runbook that is edited in mid-way changes nothing for an open rollback, restarts included; the next has it."""
    house.begin()
    play(house, lambda: house.state("copy") is StageState.SUCCEEDED)
    begun_with = book(house).plan
    assert begun_with != plan(estate(), [OTHER_WORDS, OTHER_NEEDS])
    house.restart()
    assert book(house).plan == begun_with
    assert set(play(house).values()) == {"succeeded"}
    second = house.begin(edits=[OTHER_WORDS, OTHER_NEEDS])
    assert (second, book(house, 2).plan.stage("copy").title) == (2, "Copy the shop")
    assert book(house).plan == begun_with


def test_the_frozen_bytes_are_those_of_the_audited_hashes(house: House) -> None:
    """Plan, estate and people lie in the row as bytes whose hashes stand in row and chain."""
    house.begin(vsphere=Mode.WATCH)
    row = house.rollback()
    hashes = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in (("plan", row.plan), ("estate", row.estate), ("roles", row.roles))
    }
    assert hashes == {"plan": row.plan_hash, "estate": row.estate_hash, "roles": row.roles_hash}
    (entry,) = house.audited(Event.ROLLBACK_STARTED)
    assert {name: entry[name] for name in hashes} == hashes
    assert book(house).estate.modes == estate(vsphere=Mode.WATCH).modes
    assert book(house).roster == roster()


def test_one_rollback_of_an_estate_is_open_at_a_time(house: House) -> None:
    """While one is open, held or not, another start is refused and names it; afterwards numbers go on without a gap."""
    house.begin()
    assert "RB-1 of toy is open already" in refused(house.begin)
    house.press(lead.press_hold, "so", "wait")
    assert "RB-1 of toy is open already" in refused(house.begin)
    house.press(lead.abort, "ic", "wrong evening")
    assert house.begin() == 2
    assert book(house, 2).label == "RB-2"
    assert book(house, 1).row.state == RollbackState.ABORTED


@pytest.mark.parametrize(("who", "may"), [("ic", True), ("xa", True), ("so", True), ("va", False), ("dba", False)])
def test_who_may_start_is_in_the_table(house: House, who: str, *, may: bool) -> None:
    """The commander, a XenMobile administrator or the service owner starts; anybody else is refused."""
    if may:
        assert house.begin(who) == 1
    else:
        assert "Your roles don't let you start a rollback" in refused(lambda: house.begin(who))
        assert not house.rollback_is_there()


def test_a_vote_on_a_drill_is_no_vote_on_the_real_thing(house: House) -> None:
    """The same changes on the same systems have another digest in a drill, under another plan or by another release."""
    house.begin()
    house.settle()
    with house.database.read() as session:
        opened = Book.open(session, 1)
        given = given_of(session, opened, opened.stage("dim"), house.clock.now(), claiming=False)
    with house.bench.connect(opened.estate) as systems:
        seen = Lamps().preview(systems, given)
    digests = {
        seen.digest(given),
        seen.digest(replace(given, drill=False)),
        seen.digest(replace(given, runbook_hash="0" * 64)),
        replace(seen, action_version=2).digest(given),
        replace(seen, identity={"netscaler": "toy-2"}).digest(given),
        replace(seen, changes=tuple(reversed(seen.changes))).digest(given),
    }
    assert len(digests) == 6
    assert seen.digest(replace(given, attempt=2, now=given.now + timedelta(hours=1))) == seen.digest(given)


class Interrupted(Overwrite):
    """Somebody picks something while this stage is previewed for the first time."""

    def __init__(self, pick: Callable[[], object]) -> None:
        self.pick: Callable[[], object] | None = pick

    def preview(self, systems: Systems, given: Given) -> Preview:
        seen = super().preview(systems, given)
        if self.pick is not None:
            pick, self.pick = self.pick, None
            pick()
        return seen


def test_what_is_picked_while_the_systems_are_read_is_in_the_next_preview() -> None:
    """A value that is picked while a preview is being made never ends in a card that shows the one before it."""
    offered = {"source": ["old"]}
    interrupted = Interrupted(lambda: house.press(choices.pick, "ic", {"source": "old"}, offered))
    with living(verbs=catalogue(overwrite=interrupted)) as house:
        house.begin()
        play(house, lambda: house.gate("second") is not None)
        assert house.state("overwrite") is StageState.AWAITING_APPROVAL
        assert house.preview("overwrite")["changes"][1]["detail"]["source"] == "old"
        assert len(house.rounds("second")) == 1


def test_what_is_restored_is_not_picked_any_more_once_it_has_begun(house: House) -> None:
    """After the destructive stage has begun, and for options that were not offered, nothing is picked."""
    house.begin()
    assert "Not offered: source" in refused(
        lambda: house.press(choices.pick, "ic", {"source": "forged"}, {"source": ["old"]})
    )
    play(house, lambda: house.state("overwrite") is StageState.SUCCEEDED)
    assert "it has begun" in refused(lambda: house.press(choices.pick, "ic", {"source": "old"}, {"source": ["old"]}))
    assert house.audited(Event.CHOICE_MADE) == []
