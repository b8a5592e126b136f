"""On wide and narrow screens, in light and dark, and for those who hear instead of see."""

import pytest
from browser_blocks import EVERYTHING, section
from playwright.sync_api import expect
from slack_sdk import WebClient

from helpers_page import Opened
from practice.workspace import Workspace
from practice.workspace.people import INCIDENT, STAKEHOLDERS


def test_everything_that_can_be_pressed_has_a_name(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """A screen reader can say what each button, field and menu is."""
    bot.chat_postMessage(channel=INCIDENT, text="everything", blocks=EVERYTHING)
    page = opened(workspace.control_url)
    expect(page.locator("#messages .message")).to_have_count(1)
    for role in ("button", "combobox", "textbox", "switch", "radio", "checkbox", "link"):
        for one in page.get_by_role(role).all():
            snapshot = one.aria_snapshot()
            assert '"' in snapshot, (role, snapshot)


@pytest.mark.parametrize("width", [1440, 1024, 390])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_is_cut_off_at_any_width(
    workspace: Workspace, bot: WebClient, opened: Opened, width: int, *, dark: bool
) -> None:
    """On wide and narrow screens, light and dark, no message runs out of the screen and the field can be reached."""
    long = "E:\\Backup\\" + "a_long_name_without_any_space" * 8
    bot.chat_postMessage(channel=INCIDENT, text="card", blocks=[*EVERYTHING, section(f"`{long}` {long}")])
    page = opened(workspace.control_url, width=width, dark=dark)
    expect(page.locator("#messages .message")).to_have_count(1)
    overflow = page.evaluate(
        "() => [...document.querySelectorAll('.message *, #composer *, body')]"
        ".filter((one) => one.getBoundingClientRect().right > innerWidth + 1).length"
    )
    assert overflow == 0
    expect(page.locator("#typed")).to_be_in_viewport()
    paper = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (paper != "rgb(255, 255, 255)") is dark


def test_on_a_narrow_screen_one_part_is_seen_at_a_time(workspace: Workspace, opened: Opened) -> None:
    """The bar at the bottom leads to the conversations and to the world, and back."""
    page = opened(workspace.control_url, width=390, height=844)
    expect(page.locator("#world")).not_to_be_visible()
    page.locator("#panes").get_by_role("button", name="World").click()
    expect(page.locator("#world tr").filter(has_text="xms01")).to_be_visible()
    expect(page.locator("#typed")).not_to_be_visible()
    page.locator("#panes").get_by_role("button", name="Conversations").click()
    page.locator(f'[data-channel="{STAKEHOLDERS}"]').click()
    expect(page.locator("h1")).to_have_text("# service-status")
