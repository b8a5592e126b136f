"""Stakeholders are told at each real change, when it was promised, and when a number was wrong; in plain words."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.ticks import Ticks
from commands.blocks.headline import DOING, headline
from commands.blocks.message import Rendered
from commands.blocks.sayings import saying
from helpers_blocks import nothing_acts, read, slack_takes
from helpers_situation import House, estate, play_until, playing
from rollback.drafts.plainness import findings
from rollback.operations import lead, stakeholders
from rollback.operations.refusal import Refusal
from rollback.operations.start import Order, start
from rollback.roles import Roster
from rollback.situation import DoorView, Situation
from storage.models import Outgoing, Rollback, Stage
from storage.words import RollbackState, StageState

KINDS = ("stakeholders-update", "stakeholders-change", "stakeholders-correction", "stakeholders-words", "update-due")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A rollback that has begun; its stakeholders have seen the headline."""
    with playing(tmp_path) as made:
        made.begin()
        made.settle()
        tick(made)
        yield made


def tick(house: House) -> None:
    """What the scheduler calls."""
    Ticks(house.database, house.clock.now, lambda: None).run_due()


def told(house: House) -> list[tuple[str, Any, str]]:
    """What was put out so far: kind, facts, channel."""
    with house.database.read() as session:
        rows = session.scalars(select(Outgoing).order_by(col(Outgoing.id)))
        return [(row.subject, row.facts, row.channel) for row in rows if row.subject in KINDS]


def words(house: House, kind: str, facts: Any) -> str:
    """A message as people read it."""
    message = saying(kind, house.picture(), facts)
    slack_takes(message)
    nothing_acts(message.blocks)
    return read(message)


def test_nothing_is_said_while_nothing_changes_and_nothing_is_due(house: House) -> None:
    """However often the clock ticks, the headline alone stands there."""
    for _ in range(5):
        tick(house)
        house.clock.advance(timedelta(minutes=1))
    assert told(house) == []


def test_the_promised_word_comes_when_it_was_promised_and_communications_hears_before(house: House) -> None:
    """Five minutes before, communications is asked once for words of its own; at the time the facts go out."""
    house.clock.advance(timedelta(minutes=26))
    tick(house)
    tick(house)
    assert [(kind, channel) for kind, _, channel in told(house)] == [("update-due", "")]
    assert "<@UCL1>: an update to stakeholders is due by 10:30." in words(house, *told(house)[0][:2])
    assert "The next update comes by 10:30, in 4 min" in read(headline(house.picture()))
    house.clock.advance(timedelta(minutes=4))
    tick(house)
    tick(house)
    assert [(kind, channel) for kind, _, channel in told(house)][1:] == [("stakeholders-update", "C2")]
    house.clock.advance(timedelta(minutes=30))
    tick(house)
    assert len(told(house)) == 3


def test_after_two_hours_the_word_comes_every_hour(house: House) -> None:
    """Every thirty minutes for two hours, then every sixty."""
    for _ in range(5):
        house.clock.advance(timedelta(minutes=30))
        tick(house)
    with house.database.read() as session:
        row = session.get_one(Rollback, 1)
    assert row.next_update_at is not None
    assert row.next_update_at - house.clock.now() == timedelta(minutes=60)


def test_the_closed_door_is_told_at_once_and_once(house: House) -> None:
    """What users notice is a message of its own that begins with it; a restart tells it no second time."""
    play_until(house, "disable-vservers", StageState.SUCCEEDED)
    tick(house)
    tick(house)
    (kind, facts, channel), *rest = [one for one in told(house) if one[0] != "update-due"]
    assert (kind, channel, rest) == ("stakeholders-change", "C2", [])
    assert "door" in facts["changed"]
    first = words(house, kind, facts).split("\n")[0]
    assert "Devices can't reach the service, since" in first


def test_a_hold_is_told_and_so_is_its_end(house: House) -> None:
    """On hold, and going on again, are changes; the promise of a time comes back with the work."""
    house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("so"), "the name of somebody"))
    tick(house)
    (kind, facts, _), *_ = told(house)
    shown = words(house, kind, facts)
    assert "The work is on hold since" in shown.split("\n")[0]
    assert "somebody" not in shown
    house.clock.advance(timedelta(minutes=3))
    house.do(lambda unit, book: lead.resume(unit, book, house.presser("ic")))
    tick(house)
    assert [one[0] for one in told(house)] == ["stakeholders-change"] * 2


def test_steps_that_follow_each_other_fast_are_told_as_one(house: House) -> None:
    """A new phase within a minute of the last word waits for the next tick after that minute."""

    def phase(name: str) -> None:
        house.database.run(lambda unit: setattr(row_of(unit), "told", {**row_of(unit).told, "doing": name}))

    phase("something before")
    tick(house)
    assert told(house) == []
    house.clock.advance(timedelta(seconds=61))
    tick(house)
    assert [one[0] for one in told(house)] == ["stakeholders-change"]


def row_of(unit: Any) -> Rollback:
    return unit.session.get_one(Rollback, 1)  # type: ignore[no-any-return]


def test_a_number_that_was_wrong_is_corrected_by_a_new_message(house: House) -> None:
    """What was told is not edited away: a correction says what is so and what was said."""
    play_until(house, "disable-vservers", StageState.SUCCEEDED)
    counts(house, must=208, check_first=5)
    tick(house)
    counts(house, must=211, check_first=5)
    house.clock.advance(timedelta(minutes=1))
    tick(house)
    kind, facts, channel = told(house)[-1]
    assert (kind, channel) == ("stakeholders-correction", "C2")
    first = words(house, kind, facts).split("\n")[0]
    assert "*Correction:* 211 devices must be set up again, not 208." in first
    tick(house)
    assert told(house)[-1][1] == facts


def counts(house: House, **numbers: int) -> None:
    """Let a stage's result have these numbers."""

    def change(unit: Any) -> None:
        row = unit.session.scalars(select(Stage).where(col(Stage.name) == "compare-devices")).one()
        row.result = {"must": 1, "devices": 9_700, **numbers}
        unit.session.add(row)

    house.database.run(change)


def test_an_expected_time_that_slips_is_corrected(house: House) -> None:
    """A quarter of an hour more than was said last is a correction; less is none."""
    house.clock.advance(timedelta(minutes=10))
    tick(house)
    assert told(house) == []
    house.clock.advance(timedelta(minutes=45))
    tick(house)
    kinds = [one[0] for one in told(house)]
    assert "stakeholders-correction" in kinds
    facts = next(one[1] for one in told(house) if one[0] == "stakeholders-correction")
    assert "*Correction:* The service is expected to be healthy about" in words(house, "stakeholders-correction", facts)


def test_what_was_found_due_twice_is_told_once(house: House) -> None:
    """Two looks at the same moment, or a look from before something was said, put out one message."""
    house.clock.advance(timedelta(minutes=31))
    with house.database.read() as session:
        first, second = (stakeholders.due(session, house.clock.now())[0] for _ in range(2))
    house.database.run(lambda unit: stakeholders.tell(unit, first))
    house.database.run(lambda unit: stakeholders.tell(unit, second))
    assert len(told(house)) == 1


def test_a_time_that_comes_earlier_corrects_nothing() -> None:
    """Being early is told with the next word; being late, or another number, takes back what was said."""
    early, late = "2030-01-07T10:00:00+00:00", "2030-01-07T10:15:00+00:00"

    def wrong(before: str, after: str, must: int = 5) -> list[dict[str, str]]:
        told = {"counts": {"must": 5, "people": 4}, "expected": before}
        return list(stakeholders.corrections(told, {"counts": {"must": must}, "expected": after}))

    assert wrong(late, early) == []
    assert wrong(early, late) == [{"what": "expected", "before": early, "after": late}]
    assert wrong(early, early, must=6) == [{"what": "must", "before": "5", "after": "6"}]
    assert wrong("", late) == wrong(early, "") == []


def test_the_end_is_told_in_the_unit_that_ends_it(house: House) -> None:
    """An abort tells stakeholders that the work was stopped, without a tick."""
    house.do(lambda unit, book: lead.abort(unit, book, house.presser("ic"), "enough"))
    kind, facts, channel = told(house)[-1]
    assert (kind, channel) == ("stakeholders-change", "C2")
    assert "The work was stopped before its end." in words(house, kind, facts).split("\n")[0]
    house.clock.advance(timedelta(hours=3))
    count = len(told(house))
    tick(house)
    assert len(told(house)) == count


def test_communications_says_something_in_words_of_its_own(house: House) -> None:
    """Plain words of CL or IC are posted as a new message and keep the promise; others, and jargon, are refused."""

    def say(who: str, text: str, *, correction: bool = False) -> str:
        try:
            return house.do(
                lambda unit, book: stakeholders.say(unit, book, house.presser(who), text, correction=correction)
            )
        except Refusal as no:
            return no.sentence

    assert say("cl", "Mail on phones is back for most people.") == "It is posted."
    assert "correction" in say("ic", "It was 20 phones and not 30.", correction=True)
    posted = [one for one in told(house) if one[0] == "stakeholders-words"]
    assert [channel for *_, channel in posted] == ["C2", "C2"]
    assert "*Correction:* It was 20 phones and not 30." in words(house, *posted[1][:2])
    for text in ("The vServer is up.", "xms02 is back.", "Person dba knows.", "ask anna@example.com", " ", "x" * 2_000):
        assert "othing was posted" in say("cl", text) or "Say it in" in say("cl", text)
    assert "roles" in say("dba", "We are back.")
    assert len([one for one in told(house) if one[0] == "stakeholders-words"]) == 2


def test_without_a_channel_communications_is_asked_to_tell_them(tmp_path: Path) -> None:
    """Where the settings name no channel nothing is posted, and communications hears that it is due."""
    with playing(tmp_path) as house:
        place = estate()
        order = Order(place, house.plan, Roster.of(list(house.people.values())), "Port 80 flaps.", "C1", "")
        house.database.run(lambda unit: start(unit, house.presser("ic"), order).id)
        tick(house)
        house.clock.advance(timedelta(minutes=27))
        tick(house)
        (kind, facts, channel), *_ = told(house)
        assert (kind, channel) == ("update-due", "")
        assert "tell them yourselves" in words(house, kind, facts)


def situations(s: Situation) -> Iterator[Situation]:
    """A picture in many shapes: each phase, each state of the door, on hold, ended, with and without numbers."""
    closed, opened = s.now - timedelta(minutes=90), s.now - timedelta(minutes=10)
    doors = (DoorView(), DoorView(closed), DoorView(closed, opened))
    numbers: tuple[dict[str, int], ...] = ({}, {"must": 208, "check_first": 5, "people": 190})
    for phase in DOING:
        for door in doors:
            for counted in numbers:
                yield replace(s, phase=phase, door=door, counts=counted)
    for state in (RollbackState.COMPLETED, RollbackState.ABORTED, RollbackState.ROLLED_FORWARD):
        yield replace(s, state=state, ended_at=s.now, door=doors[2], counts=numbers[1])


def test_every_message_to_stakeholders_is_plain_and_holds_nothing_but_counts(house: House) -> None:
    """In every phase, whatever the door, on hold and at the end: no jargon, no name, no address."""
    names = ["xms01", "xms02", "xms03", "xms", *(person.name for person in house.people.values())]
    wrong = [{"what": "must", "before": "208", "after": "211"}]
    plain = house.picture()
    house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("so"), "xms01 of Person dba"))
    facts = {"changed": ["door", "counts"], "wrong": wrong}
    shown = 0
    for one in (*situations(plain), *situations(house.picture())):
        for kind in ("stakeholders-update", "stakeholders-change", "stakeholders-correction"):
            text = lines(saying(kind, one, facts))
            assert [str(found.message) for found in findings(text, names)] == [], text
            shown += 1
    assert shown > 300


def lines(message: Rendered) -> str:
    """What people read, without the mode and number in front, and without what only marks emphasis and lists."""
    text = read(message).split(" · ", 2)[-1]
    return text.replace("*", "").replace("• ", "").replace("\n", ". ").replace("..", ".")
