"""What one person starts toward safety is offered where it is needed, and shown like every stage."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.blocks.actions import ActionId
from commands.blocks.board import board
from commands.blocks.dialogs import power_off
from commands.blocks.forms import Option
from commands.blocks.message import Buttons, Rendered
from commands.blocks.sayings import saying
from commands.blocks.stage_card import stage_card
from helpers_blocks import actions_of, read, slack_takes, slack_takes_view
from helpers_situation import House, Script, change, estate, playing
from rollback.actions.action import Preview
from rollback.operations import safety
from rollback.report import gather, report
from rollback.report.showing.as_markdown import markdown
from rollback.situation import Situation
from rollback.untrusted import Untrusted
from storage.models import Invariant
from storage.words import By, Mode, RollbackState, StageState, SystemName

BUTTONS = Buttons("inst", "n0nce", "QX7PLM")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house in which a rollback has begun."""
    with playing(tmp_path, Script()) as made:
        made.begin()
        made.settle()
        yield made


def drawn(s: Situation) -> Rendered:
    message = board(s, BUTTONS)
    slack_takes(message)
    return message


def red(house: House, name: str, text: str) -> None:
    """An invariant was read and is broken."""
    house.do(lambda unit, _: unit.session.add(Invariant(rollback_id=1, name=name, good=False, text=text)))


def close(house: House) -> None:
    house.do(lambda unit, book: safety.close_the_door(unit, book, house.presser("xa")))


def test_nothing_is_offered_while_all_is_as_it_must_be(house: House) -> None:
    """A board without a red invariant, and with a door that was never closed, offers neither button."""
    assert not {ActionId.CLOSE_DOOR, ActionId.POWER_OFF} & set(actions_of(drawn(house.picture())))


def test_a_door_that_must_be_closed_offers_to_close_it(house: House) -> None:
    """A red INV-1 puts *Close the door* on the board, which Slack asks about once more; under way it is gone."""
    red(house, "INV-1", "vs_mdm lets connections in")
    message = drawn(house.picture())
    button = next(e for b in message.blocks if b["type"] == "actions" for e in b["elements"]
                  if e["action_id"] == ActionId.CLOSE_DOOR)  # fmt: skip
    assert "can't take back what devices have done" in button["confirm"]["text"]["text"]
    close(house)
    assert ActionId.CLOSE_DOOR not in actions_of(drawn(house.picture()))


def test_a_node_that_must_be_off_offers_to_power_it_off(house: House) -> None:
    """A red INV-2 puts *Power off…* on the board; its dialog has the wrong node set beforehand."""
    red(house, "INV-2", "xms02 (believed to be 10.7) is poweredOn and must be off")
    assert ActionId.POWER_OFF in actions_of(drawn(house.picture()))
    view = power_off(house.picture(), [Option("xms01", Untrusted("xms01")), Option("xms02", Untrusted("xms02"))], "D1")
    slack_takes_view(view)
    menu = next(block for block in view["blocks"] if block["type"] == "input")
    assert menu["element"]["initial_option"]["value"] == "xms02"


def test_it_is_shown_and_told_like_every_stage(house: House) -> None:
    """Pressed while the rollback goes on: it is held, the stage has its card and its lines on board and report."""
    close(house)
    house.settle()
    s = house.picture()
    stage = s.stage_named("close-the-door")
    assert (stage.state, s.state) == (StageState.SUCCEEDED, RollbackState.PAUSED)
    card = stage_card(s, stage.id, BUTTONS)
    slack_takes(card)
    assert "close-the-door: succeeded" in read(card)
    assert "close-the-door: succeeded" in read(drawn(s))
    said = saying("safety-started", s, {"stage": stage.name, "by": "xa"})
    assert "started toward safety" in read(said)
    with house.database.read() as session:
        text = markdown(gather(session, 1, house.clock.now()))
        assert report(session, 1, house.clock.now())
    assert "close-the-door: started toward safety by one person" in text


def test_where_the_bot_may_not_act_the_card_says_what_a_person_does(tmp_path: Path) -> None:
    """With the NetScaler on watch the card names the changes, who attests them and how they are made."""
    hand = change("vs_mdm disabled", "vs_mdm", system=SystemName.NETSCALER)
    with playing(tmp_path, Script(previews={"close-the-door": Preview((hand,))})) as house:
        house.begin(estate(netscaler=Mode.WATCH))
        house.settle()
        close(house)
        house.settle()
        s = house.picture()
        stage = s.stage_named("close-the-door")
        text = read(stage_card(s, stage.id, BUTTONS))
    assert [(one.by, one.waits) for one in stage.changes] == [(By.PERSON, True)]
    assert "by hand now:" in text
    assert "By hand instead:" in text
    assert "XA disables each listed vServer" in text
