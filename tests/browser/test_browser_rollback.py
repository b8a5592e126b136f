"""A rollback in the page, with the real bot: begun, refused, approved by several, alive after the bot was killed."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from bot.demo.attending import Attending
from bot.demo.playing import Demo
from bot.demo.setting_up import Wanted
from helpers_page import Opened, Screen
from storage.clock import SystemClock

WAIT = SystemClock().wait


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """A practice estate with the bot, attended as `rollback-bot demo` attends it."""
    over = threading.Event()
    with Demo(tmp_path, Wanted(devices=60, nodes=1), WAIT) as demo:
        demo.start_bot()
        attending = threading.Thread(target=Attending(demo, lambda _: None).attend, args=(over.is_set,))
        attending.start()
        try:
            yield demo
        finally:
            over.set()
            attending.join()


def test_one_person_plays_many_and_nobody_decides_alone(demo: Demo, opened: Opened) -> None:
    """A dialog is refused and then accepted, a guest's click changes nothing, two people take the line of no return.

    Two pages are open all the time: what is pressed in one is seen in the other by itself.
    """
    mine = Screen(opened(demo.page))
    theirs = Screen(opened(demo.page, width=1024, height=768, dark=True))
    theirs.become("communications")
    begin(mine)
    for screen in (mine, theirs):
        expect(screen.page.locator(".pin")).to_contain_text("DRILL · RB-1")

    approve(mine, "guest", "close")
    expect(mine.page.locator(".message.only").last).to_contain_text("nothing was changed")
    assert demo.console.ledger() == []
    approve(mine, "commander", "close")
    expect(mine.page.locator("#world tr").filter(has_text="vs_xms_mdm_443")).to_contain_text("OUT OF SERVICE")
    expect(theirs.message("disable-vservers: succeeded")).to_be_visible()

    demo.pilot.play(lambda cards: any(card.gate == "go-back" and card.button("Approve") for card in cards))
    for key in ("owner", "database"):
        approve(mine, key, "go-back")
        typed(mine, "RB-9", refused="number")
        typed(mine, "RB-1")
    expect(theirs.page.locator(".entries")).to_contain_text("restore XMS")
    expect(theirs.page.locator(".unknown")).to_have_count(0)


def card_of(screen: Screen, gate: str) -> Locator:
    """The card that asks for votes at a gate; other messages name the gate too."""
    return screen.page.locator("#messages .message").filter(has_text=f"RB-1 · gate {gate} ·")


def approve(screen: Screen, key: str, gate: str) -> None:
    """Be somebody and press *Approve* on a gate's card."""
    screen.become(key)
    card_of(screen, gate).get_by_role("button", name=re.compile("^Approve")).click()


def typed(screen: Screen, number: str, *, refused: str = "") -> None:
    """Type a rollback's number into the dialog and send it off; it stays with a sentence where it is refused."""
    screen.enter("number", number)
    screen.submit()
    if refused:
        expect(screen.dialog.get_by_role("alert").filter(has_text=refused)).to_be_visible()
    else:
        expect(screen.dialog).to_have_count(0)


def begin(screen: Screen) -> None:
    """Start a rollback: be refused by Slack for want of a reason, then by the bot for an empty one, then give one."""
    screen.type("/rollback start")
    screen.submit()
    wrong = screen.dialog.locator("[aria-invalid=true]")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_accessible_description("No names of users. Please complete this required field.")
    screen.enter("reason", "    ")
    screen.submit()
    expect(screen.dialog.get_by_role("alert").filter(has_text="A rollback needs a reason")).to_be_visible()
    screen.enter("reason", "Port 80 flaps since the upgrade.")
    screen.enter("order", "close-first")
    screen.submit()
    expect(screen.dialog).to_have_count(0)


def test_a_rollback_is_begun_and_approved_with_keys_alone(demo: Demo, opened: Opened) -> None:
    """Command, dialog, becoming somebody else and a vote need no mouse."""
    screen = Screen(opened(demo.page))
    keys = screen.page.keyboard
    keys.press("/")
    keys.type("rollback st")
    keys.press("Tab")  # takes what is offered first: start
    expect(screen.field).to_have_value("/rollback start")
    keys.press("Enter")
    expect(screen.dialog.locator("[data-block=estate] select")).to_be_focused()
    keys.press("Tab")
    keys.type("Port 80 flaps since the upgrade.")
    keys.press("Control+Enter")
    expect(screen.dialog).to_have_count(0)
    gate = card_of(screen, "close")
    expect(gate.get_by_role("button", name="Approve")).to_be_visible()
    keys.press("Alt+2")
    expect(screen.page.locator('[data-person="admin"]')).to_have_attribute("aria-checked", "true")
    tab_to(screen, gate.get_by_role("button", name="Approve"))
    keys.press("Enter")
    expect(gate).to_contain_text("Tomas Wrenfield approved")


def tab_to(screen: Screen, wanted: Locator) -> None:
    """Press Tab until something has the focus, as long as it can take in a page of this size."""
    for _ in range(60):
        screen.page.keyboard.press("Tab")
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError("Tab never came there")


def test_the_bot_is_killed_in_mid_stage_and_goes_on(demo: Demo, opened: Opened) -> None:
    """Killed from the page while a node shuts down, the bot comes back, the stage ends, and nothing is done twice.

    The team plays on through it, and stops where a line would be crossed.
    """
    screen = Screen(opened(demo.page))
    screen.page.get_by_role("button", name="slowly").click()
    screen.page.get_by_role("button", name="Let the team play on").click()
    stage = screen.message("5 shut-down-nodes")
    expect(stage).to_contain_text("running", timeout=60_000)
    screen.page.get_by_role("button", name="Kill the bot now").click()
    expect(screen.page.locator("#top .bot")).to_have_text("the bot is away")
    expect(screen.page.locator("#top .bot")).to_contain_text("the bot is there")
    expect(screen.message("shut-down-nodes: succeeded")).to_be_visible()
    done = [entry["target"] for entry in demo.console.ledger() if entry["verb"] == "guest_shutdown"]
    assert done == ["xms01"]

    screen.page.get_by_role("button", name="in a hurry").click()
    gate = card_of(screen, "go-back")
    expect(gate.get_by_role("button", name="Approve…")).to_be_visible(timeout=90_000)
    expect(screen.page.locator("#top .bot")).to_have_text("the bot is there")
    expect(gate).not_to_contain_text("approved for")
