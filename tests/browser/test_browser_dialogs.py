"""Dialogs and the home tab: every kind of input, dates in one's own zone, views that are drawn again meanwhile."""

from typing import Any

from browser_blocks import button, option, plain, section
from playwright.sync_api import expect
from slack_sdk import WebClient

from helpers_page import Opened, Screen
from practice.workspace import Workspace
from practice.workspace.people import ADMIN, COMMANDER


def asked(block: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An input that is named like its block."""
    return {
        "type": "input",
        "block_id": block,
        "label": plain(block.title()),
        "element": {"action_id": block, **element},
        **more,
    }


OPTIONS = [option("one"), option("two"), option("three")]
INPUTS = [
    section("Everything that can be *asked*."),
    asked("line", {"type": "plain_text_input", "min_length": 3}, hint=plain("Three characters at least.")),
    asked("lines", {"type": "plain_text_input", "multiline": True}),
    asked("number", {"type": "number_input", "is_decimal_allowed": False, "min_value": "1"}),
    asked("menu", {"type": "static_select", "options": OPTIONS}),
    asked("several", {"type": "multi_static_select", "options": OPTIONS}),
    asked("either", {"type": "radio_buttons", "options": OPTIONS}),
    asked("any", {"type": "checkboxes", "options": OPTIONS}, optional=True),
    asked("day", {"type": "datepicker"}),
    asked("time", {"type": "timepicker", "initial_time": "09:00"}),
    asked("moment", {"type": "datetimepicker"}),
    asked("person", {"type": "users_select"}),
]
ENTERED = {
    "line": "a line",
    "lines": "two\nlines",
    "number": "7",
    "menu": "two",
    "several": ["one", "three"],
    "either": "three",
    "day": "2030-07-01",
    "time": "10:15",
    "moment": "2030-07-01T10:15",
    "person": ADMIN.id,
}
STATE = {
    "line": {"type": "plain_text_input", "value": "a line"},
    "lines": {"type": "plain_text_input", "value": "two\nlines"},
    "number": {"type": "number_input", "value": "7"},
    "menu": {"type": "static_select", "selected_option": option("two")},
    "several": {"type": "multi_static_select", "selected_options": [option("one"), option("three")]},
    "either": {"type": "radio_buttons", "selected_option": option("three")},
    "any": {"type": "checkboxes", "selected_options": []},
    "day": {"type": "datepicker", "selected_date": "2030-07-01"},
    "time": {"type": "timepicker", "selected_time": "10:15"},
    "moment": {"type": "datetimepicker", "selected_date_time": 1_909_124_100},  # 08:15 UTC: Zurich's summer
    "person": {"type": "users_select", "selected_user": ADMIN.id},
}


def dialog(blocks: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "modal", "title": plain("A dialog"), "submit": plain("Send off"), "blocks": blocks}


def shown(workspace: Workspace, bot: WebClient, screen: Screen, blocks: list[dict[str, Any]]) -> str:
    """Let the bot open a dialog with the trigger of a command that was typed on this screen; returns its id."""
    screen.field.fill("/rollback dialog")
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator(".said")).to_contain_text(
        "failed"
    )  # nobody is connected, the trigger is good all the same
    (interaction,) = screen.page.evaluate("() => JSON.parse(sessionStorage.getItem('interactions'))")
    trigger = workspace.read("payload", interaction=interaction)["trigger_id"]
    view = bot.views_open(trigger_id=trigger, view=dialog(blocks))["view"]
    expect(screen.dialog).to_be_visible()
    return str(view["id"])


def test_every_kind_of_input_is_filled_in(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """What is chosen and typed arrives as Slack would send it; moments are in the person's own zone."""
    screen = Screen(opened(workspace.control_url))
    shown(workspace, bot, screen, INPUTS)
    expect(screen.dialog.locator(".unknown")).to_have_count(0)
    screen.submit()
    expect(screen.dialog.locator(".input.wrong")).to_have_count(9)
    for block, choice in ENTERED.items():
        screen.enter(block, choice)
    screen.submit()
    expect(screen.dialog.locator("#dialog-said")).to_contain_text("the app isn't there")
    top = workspace.screen(COMMANDER.id)
    assert top is not None
    assert {block: entry[block] for block, entry in top["state"]["values"].items()} == STATE


def test_a_view_that_is_drawn_again_keeps_what_was_entered(
    workspace: Workspace, bot: WebClient, opened: Opened
) -> None:
    """When the bot changes a dialog that is being filled in, what is still there keeps its words and the focus."""
    screen = Screen(opened(workspace.control_url))
    view = shown(workspace, bot, screen, INPUTS)
    screen.enter("line", "half a sen")
    bot.views_update(view_id=view, view=dialog([section("Drawn again."), *INPUTS[1:3]]))
    expect(screen.dialog).to_contain_text("Drawn again.")
    field = screen.dialog.locator('[data-block="line"] input')
    expect(field).to_have_value("half a sen")
    expect(field).to_be_focused()
    screen.page.keyboard.press("Escape")
    expect(screen.dialog).to_have_count(0)
    assert workspace.screen(COMMANDER.id) is None


def test_a_dialog_opens_where_somebody_pressed_and_on_no_other_page(
    workspace: Workspace, bot: WebClient, opened: Opened
) -> None:
    """Two pages of the same person: only the one that asked for a dialog shows it, also after it was loaded again."""
    mine, other = Screen(opened(workspace.control_url)), Screen(opened(workspace.control_url))
    shown(workspace, bot, mine, INPUTS)
    mine.page.reload()
    expect(mine.dialog).to_be_visible()
    workspace.write(ADMIN.id, "C0INCIDENT", "hello")
    expect(other.message("hello")).to_be_visible()
    expect(other.dialog).to_have_count(0)


def test_the_home_tab_is_what_the_app_published(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """The app's home tab follows what is published for its person; without one the page says so."""
    screen = Screen(opened(workspace.control_url))
    screen.go("home")
    expect(screen.page.locator("#home")).to_contain_text("published nothing")
    row = {"type": "actions", "elements": [button("go", "Begin")]}
    bot.views_publish(user_id=COMMANDER.id, view={"type": "home", "blocks": [section("*Nothing is open.*"), row]})
    expect(screen.page.locator("#home strong")).to_have_text("Nothing is open.")
    screen.page.get_by_role("button", name="Begin").click()
    expect(screen.page.locator(".notice")).to_contain_text("the app isn't there")
    screen.become("admin")
    expect(screen.page.locator("#home")).to_contain_text("published nothing")
