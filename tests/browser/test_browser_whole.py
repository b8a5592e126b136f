"""A whole rollback by clicks alone: every person, every dialog, every button, until it is over.

With `ROLLBACK_BOT_PICTURES` set to a folder, the run leaves the pictures of docs/tutorial.md there (`make pictures`).
"""

import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.demo.attending import Attending
from bot.demo.playing import Demo
from bot.demo.setting_up import Wanted
from helpers_clicking import ByClicks
from helpers_page import Opened, Screen
from practice.people import judging
from practice.people.autopilot import Autopilot
from practice.people.cards import Card
from storage.clock import SystemClock

pytestmark = pytest.mark.sweep

WAIT = SystemClock().wait
PICTURES = os.environ.get("ROLLBACK_BOT_PICTURES", "")


@pytest.fixture
def demo() -> Iterator[Demo]:
    """A practice estate with the bot, attended as `rollback-bot demo` attends it, in a folder named like its own."""
    over = threading.Event()
    with (
        tempfile.TemporaryDirectory(prefix="rollback-bot-demo-") as folder,
        Demo(Path(folder), Wanted(devices=100, nodes=2), WAIT) as demo,
    ):
        demo.start_bot()
        attending = threading.Thread(target=Attending(demo, lambda _: None).attend, args=(over.is_set,))
        attending.start()
        try:
            yield demo
        finally:
            over.set()
            attending.join()


def test_a_whole_rollback_by_clicks(demo: Demo, opened: Opened) -> None:
    """Played with a mouse to its end, killed once on the way, nothing is off in the world and nothing was unknown."""
    screen = Screen(opened(demo.page, width=1280, height=760))
    pictured(screen, "start")
    watching = Screen(opened(demo.page, width=390, height=844, dark=True))
    with ByClicks(demo.described["slack"]["control_url"], screen) as hands:
        pilot = Autopilot(hands, demo.console, demo.files, WAIT, patience=150.0, at_once=1)
        begin(screen)
        pilot.play(lambda cards: asks(cards, "go-back"))
        board(screen)
        pictured(screen, "board")
        destructive(screen)
        pilot.play(lambda cards: judging.states(cards).get("restore-database") == "succeeded")
        pictured(watching, "narrow")
        kill(screen)
        pilot.play()
        assert hands.clicks > 40
    screen.become("commander")
    screen.type("/rollback report")
    expect(screen.message("RB-1-report")).to_be_visible()
    screen.message("RB-1-report").scroll_into_view_if_needed()
    pictured(screen, "over")
    for one in (screen, watching):
        expect(one.page.locator(".unknown")).to_have_count(0)
    assert list(demo.troubles()) == []


def asks(cards: list[Card], gate: str) -> bool:
    return any(card.gate == gate and card.button("Approve") is not None for card in cards)


def begin(screen: Screen) -> None:
    screen.type("/rollback start")
    screen.enter("reason", "Port 80 flaps since the upgrade.")
    pictured(screen, "dialog")
    screen.submit()
    expect(screen.dialog).to_have_count(0)
    expect(screen.page.locator(".pin")).to_be_visible()


def board(screen: Screen) -> None:
    """Look at the pinned board."""
    screen.become("commander")
    screen.page.locator(".pin").click()
    expect(screen.page.locator(".message.pinned")).to_be_in_viewport()


def destructive(screen: Screen) -> None:
    """The gate that two people must take, each with the rollback's number; the dialog is left open for nobody."""
    screen.become("owner")
    card = screen.page.locator("#messages .message").filter(has_text="gate go-back")
    approve = card.get_by_role("button", name="Approve…")
    approve.scroll_into_view_if_needed()
    pictured(screen, "gate")
    approve.click()
    expect(screen.dialog).to_be_visible()
    pictured(screen, "number")
    screen.page.keyboard.press("Escape")
    expect(screen.dialog).to_have_count(0)


def kill(screen: Screen) -> None:
    """Kill the bot from the page, and see it come back."""
    screen.page.get_by_role("button", name="Kill the bot now").click()
    state = screen.page.locator("#top .bot")
    expect(state).to_have_text("the bot is away")
    pictured(screen, "killed")
    expect(state).to_have_text("the bot is there")


def pictured(screen: Screen, name: str) -> None:
    """Keep a picture for the docs, if this run is to take them."""
    if PICTURES:
        screen.pictured(str(Path(PICTURES) / f"{name}.jpg"))
