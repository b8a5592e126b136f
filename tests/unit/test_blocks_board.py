"""The board: everything that matters, readable at a glance, within Slack's limits however large the estate is."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from commands.blocks.actions import ActionId
from commands.blocks.board import board
from commands.blocks.message import Buttons, Rendered
from helpers_blocks import actions_of, read, slack_takes
from helpers_situation import House, estate, plan_of, play_until, playing
from rollback.operations import lead
from rollback.situation import InvariantView, Situation
from rollback.untrusted import Untrusted
from storage.words import StageState

BUTTONS = Buttons("inst", "n0nce", "QX7PLM")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that is closed at the end."""
    with playing(tmp_path) as made:
        yield made


def drawn(s: Situation) -> Rendered:
    """The board, which keeps Slack's limits."""
    message = board(s, BUTTONS)
    slack_takes(message)
    return message


def test_a_new_board_says_what_is_planned_and_who_is_waited_for(house: House) -> None:
    """At the start the board shows every stage with its time, both lines, the nodes, and whose turn it is."""
    house.begin(facts={"change_number": "CHG-1", "drop_dead": "2030-01-07T15:00:00+00:00"})
    house.settle()
    shown = read(drawn(house.picture()))
    assert shown.startswith(
        "*REAL · RB-1* · declared healthy: no\nopen about 12:47, go-live about 14:37, decide by 16:00"
    )
    for part in (
        "why: Port 80 flaps.",
        "lead: <@UIC1>",
        "change: CHG-1",
        "times are Europe/Zurich (UTC+01:00)",
        "— LINE 1: DESTRUCTIVE FROM HERE —\n· 8 restore-database: waits, about 11:00",
        "— LINE 2: NO RETURN FOR DEVICES FROM HERE —\n· 20 enable-vservers: waits, about 12:45",
        "xms01 (first): on (as before the rollback) · 10.7 (as before the rollback)",
        "*Way back from here:* nothing has been changed yet",
        "• vote at `close`: IC or XA (Person ic, Person xa), since 10:00, 0 s, reminded at 10:03",
        "• 12 answers in `prepare`: roll-call@IC (IC)",
        "Read at 10:00:00; if this is older than 10:02:00 (2 min) nobody is watching.",
    ):
        assert part in shown
    assert actions_of(drawn(house.picture())) == [ActionId.HOLD, ActionId.HAND_OVER, ActionId.ABORT]


def test_the_closed_door_and_the_price_of_the_way_back_are_on_top_of_everything(house: House) -> None:
    """Once the door is closed its clock stands in the first line, and the way back has a price."""
    house.begin()
    play_until(house, "start-first-node", StageState.VERIFYING)
    for check, who in (("release", "xa"), ("release", "dba"), ("view", "xa")):
        house.answer("start-first-node", check, who)
    house.later(minutes=37)
    shown = read(drawn(house.picture()))
    assert shown.startswith("*REAL · RB-1* · *DOOR CLOSED since 10:00, 37 min* · declared healthy: no")
    assert (
        "xms01 (first): on (as start-first-node left it 10:37) · 10.6 (2 people read it in its console 10:00)" in shown
    )
    assert "content 10.6 (restore-database was verified 10:00)" in shown
    assert "*Way back from here:* about 1 h 15 min; it costs no device" in shown
    assert "• The vServers of the door are disabled: no device reaches the service. (owner: XA)" in shown


def test_a_hold_says_by_whom_why_and_that_nothing_begins(house: House) -> None:
    """A held rollback says so in its first lines and offers *Resume* in place of *Hold*."""
    house.begin()
    house.settle()
    house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("dba"), "the log is full"))
    house.clock.advance(timedelta(minutes=2))
    message = drawn(house.picture())
    assert "*ON HOLD* since 10:00, 2 min, by <@UDBA1>: the log is full. Nothing new begins." in read(message)
    assert "• resume of `RB-1`: IC (Person ic), since 10:00, 2 min" in read(message)
    assert actions_of(message)[0] == ActionId.RESUME
    assert "on hold" in message.text


def test_what_is_stuck_says_why(house: House) -> None:
    """A failed stage stands on the board with its reason and its people."""
    house.script.failing["disable-vservers:closed"] = "lb1 is UP"
    house.begin()
    play_until(house, "disable-vservers", StageState.FAILED)
    shown = read(drawn(house.picture()))
    assert "✗ 2 disable-vservers: FAILED 10:00\n      closed: lb1 is UP" in shown
    assert "• decision: `disable-vservers` failed: XA (Person xa), since 10:00" in shown


def test_port_80_is_watched_for_each_node(house: House) -> None:
    """The readings of port 80, which carries the cluster's traffic, are counted, with every change of state."""
    house.begin()
    house.settle()
    for good in (True, False, True, False):
        house.sample("port-80", "xms02", good=good)
    shown = read(drawn(house.picture()))
    assert "port 80: 2 of 4 readings good in 15 min, changed 3 times, *down now*" in shown


def test_invariants_and_dead_letters_are_shown_in_red(house: House) -> None:
    """A broken invariant, one that is not watched and messages that Slack refused are all said."""
    house.begin()
    house.settle()
    s = house.picture()
    invariants = (
        InvariantView("INV-1", good=True, read_at=s.now, missed=0, text=Untrusted("closed")),
        InvariantView("INV-2", good=False, read_at=s.now, missed=0, text=Untrusted("xms03 is on")),
        InvariantView("INV-3", good=None, read_at=None, missed=4, text=Untrusted("")),
    )
    shown = read(drawn(replace(s, invariants=invariants, dead_letters=3)))
    assert "*Invariants:* 1 hold, read 10:00:00; not watched: INV-3" in shown
    assert "✗ *BROKEN* INV-2: xms03 is on" in shown
    assert "*3 messages* were refused by Slack for good" in shown


def test_an_ended_rollback_has_no_buttons_and_waits_for_nobody(house: House) -> None:
    """After the end the board says how it ended and can't be pressed."""
    house.begin()
    house.settle()
    house.do(lambda unit, book: lead.abort(unit, book, house.presser("ic"), "enough"))
    message = drawn(house.picture())
    assert "ABORTED, 0 of 25 stages done" in read(message)
    assert "*Waiting for*" not in read(message)
    assert actions_of(message) == []


@pytest.mark.parametrize("nodes", [1, 2, 5, 40])
def test_a_board_of_any_estate_keeps_slacks_limits(tmp_path: Path, nodes: int) -> None:
    """However many nodes and stages there are, the board is taken by Slack and shows what is under way."""
    with playing(tmp_path) as house:
        place = estate(nodes)
        house.begin(place, plan=plan_of(place, opening="first-node"))
        house.settle()
        message = drawn(house.picture())
    assert "▶ 1 prepare" in read(message)
    assert "○ 2 disable-vservers" in read(message)


def test_a_board_without_buttons_is_the_same_picture(house: House) -> None:
    """Drawn without buttons, as for a copy, the board says the same."""
    house.begin()
    house.settle()
    s = house.picture()
    assert board(s).blocks == board(s, BUTTONS).blocks[:-1]
