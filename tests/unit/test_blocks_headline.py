"""What stakeholders and people who ask for help see."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from commands.blocks.headline import headline
from commands.blocks.help import VERBS, help_text
from helpers_blocks import nothing_acts, read, slack_takes
from helpers_situation import House, play_until, playing
from rollback.operations import lead
from storage.models import Rollback
from storage.words import StageState


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that is closed at the end."""
    with playing(tmp_path) as made:
        yield made


def told(house: House) -> str:
    """The headline, which keeps Slack's limits."""
    message = headline(house.picture())
    slack_takes(message)
    nothing_acts(message.blocks)
    assert message.text.startswith(("REAL · RB-1", "DRILL · RB-1"))
    return read(message)


def test_stakeholders_read_impact_progress_and_the_next_update(house: House) -> None:
    """The headline says what is affected, what is being done, how far it is and when the next word comes."""
    house.begin()
    play_until(house, "list-devices", StageState.SUCCEEDED)
    house.clock.advance(timedelta(minutes=24))
    house.database.run(lambda unit: setattr(lead_row(unit), "next_update_at", unit.now + timedelta(minutes=6)))
    shown = told(house)
    assert "• Devices can't reach the service, since 10:00, 24 min" in shown
    assert "please nobody removes a profile or resets one" in shown
    assert "Expected: access about " in shown
    assert "• The next update comes by 10:30, in 6 min, even if nothing has changed." in shown


def lead_row(unit: object) -> object:
    """The rollback's row in an open unit."""
    return unit.session.get_one(Rollback, 1)  # type: ignore[attr-defined]


def test_a_headline_holds_counts_and_no_names(house: House) -> None:
    """Counts of devices are told in words; hosts, stages and persons are not."""
    house.script.results["disable-vservers"] = {"counts": {"must": 208, "check_first": 5, "secret": "xms01"}}
    house.begin()
    play_until(house, "disable-vservers", StageState.SUCCEEDED)
    shown = told(house)
    assert "• 208 devices must be set up again." in shown
    assert "• 5 more devices may have to be set up again." in shown
    for name in ("xms0", "Person", "<@", "restore-", "disable-"):
        assert name not in shown


def test_a_drill_says_first_that_nobody_is_affected(house: House) -> None:
    """A drill's headline begins by saying that what follows is played."""
    house.begin(drill=True)
    house.settle()
    assert "• This is a drill on a practice system: what follows is played, and no user is affected." in told(house)


def test_a_hold_promises_no_time(house: House) -> None:
    """While it is on hold the headline gives no time that could be missed."""
    house.begin()
    house.settle()
    house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("so"), "a question"))
    shown = told(house)
    assert "The work is on hold since 10:00" in shown
    assert "not known while the work is on hold" in shown
    assert "Expected" not in shown


def test_an_open_door_says_how_long_it_was_closed(house: House) -> None:
    """Once devices are let in again the headline says since when and for how long they were not."""
    house.begin()
    house.settle()
    s = house.picture()
    opened = replace(s.door, closed_at=s.now - timedelta(hours=2, minutes=5), opened_at=s.now)
    shown = read(headline(replace(s, door=opened)))
    assert "Devices reach the service again since 10:00. It was closed for 2 h 05 min." in shown


def test_an_end_is_said_in_plain_words(house: House) -> None:
    """An aborted rollback is told as stopped, with no expectation left."""
    house.begin()
    house.settle()
    house.do(lambda unit, book: lead.abort(unit, book, house.presser("ic"), "enough"))
    shown = told(house)
    assert "The work was stopped before its end." in shown
    assert "Expected" not in shown


def test_help_explains_every_verb_and_is_taken_by_slack() -> None:
    """Help shows how each verb is typed and what it does; only those that are there, if it is told which."""
    message = help_text()
    slack_takes(message)
    shown = read(message)
    assert all(f"`/rollback {typed}` {does}" in shown for typed, does in VERBS.items())
    few = read(help_text(["hold", "attest"]))
    assert "`/rollback hold [REASON]`" in few
    assert "`/rollback attest STAGE:CHECK" in few
    assert "`/rollback start`" not in few
