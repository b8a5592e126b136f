"""What can be pressed, typed and switched in the page, with a mouse and without."""

import pytest
from browser_blocks import CONFIRM, button, option, section
from playwright.sync_api import expect
from slack_sdk import WebClient

from helpers_page import Opened, Screen
from practice.workspace import Workspace
from practice.workspace.people import INCIDENT
from practice.world import Durations, World


def test_what_slack_shows_instead_of_an_answer_is_shown(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """When no bot is connected, a press and a command each tell the person so, and what was typed stays."""
    bot.chat_postMessage(channel=INCIDENT, text="card", blocks=[{"type": "actions", "elements": [button("go", "Go")]}])
    screen = Screen(opened(workspace.control_url))
    expect(screen.page.locator("#top .bot")).to_have_text("the bot is away")
    screen.page.get_by_role("button", name="Go", exact=True).click()
    expect(screen.page.locator(".notice")).to_contain_text("the app isn't there")
    screen.field.fill("/rollback status")
    screen.page.locator("#composer [type=submit]").click()
    expect(screen.page.locator(".said")).to_contain_text("/rollback failed")
    expect(screen.field).to_have_value("/rollback status")


def test_a_confirm_dialog_asks_before_anything_is_sent(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """*No* sends nothing at all; *Yes* sends the press."""
    row = {"type": "actions", "elements": [button("hold", "Hold", confirm=CONFIRM)]}
    bot.chat_postMessage(channel=INCIDENT, text="card", blocks=[row])
    page = opened(workspace.control_url)
    for answer, notices in (("No", 0), ("Yes", 1)):
        page.get_by_role("button", name="Hold", exact=True).click()
        expect(page.locator(".confirm")).to_contain_text("Nothing new begins.")
        page.locator(".confirm").get_by_role("button", name=answer).click()
        expect(page.locator(".confirm")).to_have_count(0)
        expect(page.locator(".notice")).to_have_count(notices)


def test_the_command_is_completed(workspace: Workspace, opened: Opened) -> None:
    """Typing a slash offers what can be typed; arrow keys choose, Enter takes it, Escape closes the list."""
    page = opened(workspace.control_url)
    page.keyboard.press("/")
    expect(page.locator("#completions [role=option]")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#completions [aria-selected=true]")).to_contain_text("says where it stands")
    page.keyboard.press("Enter")
    expect(page.locator("#typed")).to_have_value("/rollback status")
    expect(page.locator("#completions")).to_be_hidden()
    page.locator("#typed").fill("/r")
    page.keyboard.press("Escape")
    expect(page.locator("#completions")).to_be_hidden()


def test_the_world_is_seen_and_moved(workspace: Workspace, world: World, opened: Opened) -> None:
    """Nodes and ledger follow the world by themselves, and switches reach it."""
    page = opened(workspace.control_url)
    row = page.locator("#world tr").filter(has_text="xms01")
    expect(row).to_contain_text("on")
    world.power_off("xms01", by="somebody")
    expect(row.locator(".lamp").first).to_have_text("off")
    expect(page.locator(".entries li").first).to_contain_text("power off xms01 by somebody")
    page.get_by_role("switch", name="The database restore fails half-way").click()
    expect(page.get_by_role("switch", name="The database restore fails half-way")).to_have_attribute(
        "aria-checked", "true"
    )
    assert world.faults.armed() == {"die_at sqlserver:restore": {"left": 1, "value": 50.0}}
    page.get_by_role("button", name="Switch on: somebody").click()
    expect(page.locator(".entries li").first).to_contain_text("power on xms01 by somebody")
    page.get_by_role("button", name="slowly").click()
    expect(page.get_by_role("button", name="slowly")).to_have_attribute("aria-pressed", "true")
    assert world.durations.restore == pytest.approx(10 * Durations().restore)


def test_slack_can_be_sent_away(workspace: Workspace, opened: Opened) -> None:
    """While Slack is away the page stays, says so, and can bring it back."""
    page = opened(workspace.control_url)
    page.get_by_role("button", name="Go away").click()
    expect(page.locator("#top .bot")).to_have_text("Slack is away")
    page.get_by_role("button", name="Come back").click()
    expect(page.locator("#top .bot")).to_have_text("the bot is away")


def test_keys_alone_lead_everywhere(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """Who one is, the conversation, a button and a menu are reached and used without a mouse."""
    row = {
        "type": "actions",
        "elements": [
            button("go", "Go"),
            {"type": "overflow", "action_id": "o", "options": [option("skip"), option("retry")]},
        ],
    }
    bot.chat_postMessage(channel=INCIDENT, text="card", blocks=[row])
    page = opened(workspace.control_url)
    page.keyboard.press("Alt+2")
    expect(page.locator('[data-person="admin"]')).to_have_attribute("aria-checked", "true")
    page.locator('[data-person="admin"]').focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator('[data-person="deputy"]')).to_be_focused()
    expect(page.locator('[data-person="deputy"]')).to_have_attribute("aria-checked", "true")
    page.get_by_role("button", name="Go", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Skip")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Retry")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem")).to_have_count(0)
    expect(page.get_by_role("button", name="More actions")).to_be_focused()


def test_a_page_that_lost_the_workspace_says_so(workspace: Workspace, opened: Opened) -> None:
    """When the workspace's program has ended, the page says that it shows nothing new any more."""
    page = opened(workspace.control_url)
    expect(page.locator("#top .bot")).to_have_text("the bot is away")
    workspace.stop()
    expect(page.locator("#top .bot")).to_have_text("the workspace doesn't answer")


def test_a_press_that_comes_too_late_is_told_in_plain_words(
    workspace: Workspace, bot: WebClient, opened: Opened
) -> None:
    """When a card loses its button right before the press arrives, nothing is sent and the person is told so."""
    row = {"type": "actions", "elements": [button("go", "Go")]}
    ts = bot.chat_postMessage(channel=INCIDENT, text="card", blocks=[row])["ts"]
    page = opened(workspace.control_url)
    expect(page.get_by_role("button", name="Go", exact=True)).to_be_visible()
    page.route("**/practice/act/press", lambda route: (took_away(bot, ts), route.continue_()))
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("Nothing was sent; look at it again.")


def took_away(bot: WebClient, ts: str) -> None:
    """Draw a card again, without its buttons."""
    bot.chat_update(channel=INCIDENT, ts=ts, text="card", blocks=[section("done")])


def test_every_switch_reaches_the_world(workspace: Workspace, world: World, opened: Opened) -> None:
    """Each thing that can go wrong is armed or done in the world when it is switched on, and shown as it is there."""
    page = opened(workspace.control_url)
    for name in ("Port 80 flaps on 10.7", "Port 80 flaps on 10.6 too", "lost reply"):
        page.get_by_role("switch", name=name).click()
        expect(page.get_by_role("switch", name=name)).to_have_attribute("aria-checked", "true")
    assert set(world.faults.armed()) == {"flap 10.7", "flap 10.6", "lose_reply netscaler:disable"}
    page.get_by_label("Which reply").select_option("veeam:restore")
    expect(page.get_by_role("switch", name="lost reply")).to_have_attribute("aria-checked", "false")
    page.get_by_role("switch", name="Port 80 flaps on 10.7").click()
    expect(page.get_by_role("switch", name="Port 80 flaps on 10.7")).to_have_attribute("aria-checked", "false")
    assert "flap 10.7" not in world.faults.armed()
    page.get_by_role("button", name="Start: A Veeam job starts").click()
    expect(page.locator(".entries li").first).to_contain_text("job start XMS nodes nightly")
    page.get_by_role("button", name="Fail over").click()
    expect(page.locator("#world")).to_contain_text("NetScaler fails over (secondary now)")
    assert world.ha_state == "Secondary"
