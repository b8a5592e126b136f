"""Messages come, change and stay where one reads; everybody sees their own."""

from browser_blocks import button, section
from playwright.sync_api import Page, expect
from slack_sdk import WebClient

from helpers_page import Opened, Screen
from practice.workspace import Workspace
from practice.workspace.people import ADMIN, COMMANDER, INCIDENT, STAKEHOLDERS


def test_an_edit_redraws_its_message_and_no_other(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """With three hundred messages in the channel a redrawn one leaves the others as they stand."""
    for number in range(300):
        workspace.write(ADMIN.id, INCIDENT, f"message {number}")
    ts = bot.chat_postMessage(channel=INCIDENT, text="the board")["ts"]
    page = opened(workspace.control_url)
    expect(page.locator("#messages .message")).to_have_count(301)
    marked(page, ".message article > *")
    bot.chat_update(channel=INCIDENT, ts=ts, text="the board, drawn again")
    expect(page.locator("#messages .message").last).to_contain_text("drawn again")
    expect(page.locator(".message article > [data-old]")).to_have_count(2 * 300)


def marked(page: Page, what: str) -> None:
    """Mark what stands on the page now; what is drawn anew has no mark."""
    page.evaluate("(what) => { for (const one of document.querySelectorAll(what)) one.dataset.old = 'yes'; }", what)


def test_a_card_that_is_redrawn_keeps_its_button(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """While somebody is about to press, a redraw changes the words above and leaves button and focus where they are."""
    row = {"type": "actions", "elements": [button("go", "Go")]}
    ts = bot.chat_postMessage(channel=INCIDENT, text="card", blocks=[section("running, 10 %"), row])["ts"]
    page = opened(workspace.control_url)
    page.get_by_role("button", name="Go", exact=True).focus()
    marked(page, ".blocks *")
    bot.chat_update(channel=INCIDENT, ts=ts, text="card", blocks=[section("running, 20 %"), row])
    expect(page.locator(".section")).to_have_text("running, 20 %")
    expect(page.locator(".section [data-old]")).to_have_count(0)
    expect(page.locator(".button[data-old]", has_text="Go")).to_be_focused()
    bot.chat_update(channel=INCIDENT, ts=ts, text="card", blocks=[row])
    expect(page.locator(".section")).to_have_count(0)
    expect(page.locator(".button[data-old]", has_text="Go")).to_be_focused()


def test_a_reader_in_the_middle_is_not_moved(workspace: Workspace, opened: Opened) -> None:
    """Who reads earlier messages stays there when new ones come, and is told of them."""
    for number in range(60):
        workspace.write(ADMIN.id, INCIDENT, f"message {number}\nof several\nlines")
    page = opened(workspace.control_url)
    page.get_by_text("message 5 of several").scroll_into_view_if_needed()
    before = page.get_by_text("message 5 of several").bounding_box()
    workspace.write(ADMIN.id, INCIDENT, "and another one")
    expect(page.locator("#later")).to_be_visible()
    assert page.get_by_text("message 5 of several").bounding_box() == before
    page.locator("#later").click()
    expect(page.get_by_text("and another one", exact=True).last).to_be_in_viewport()
    expect(page.locator("#later")).to_be_hidden()


def test_becoming_somebody_else_leaves_the_card_where_it_was(workspace: Workspace, opened: Opened) -> None:
    """One click changes who one is, and the message that is being read stays under one's eyes."""
    for number in range(60):
        workspace.write(ADMIN.id, INCIDENT, f"message {number}\nof several\nlines")
    screen = Screen(opened(workspace.control_url))
    screen.page.get_by_text("message 5 of several").scroll_into_view_if_needed()
    before = screen.page.get_by_text("message 5 of several").bounding_box()
    screen.become("database")
    assert screen.page.get_by_text("message 5 of several").bounding_box() == before


def test_each_person_sees_their_own_conversations(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """A stranger sees one channel, a guest two, and what one person was shown nobody else sees."""
    bot.chat_postEphemeral(channel=INCIDENT, user=COMMANDER.id, text="only for you")
    screen = Screen(opened(workspace.control_url))
    expect(screen.page.locator(".message.only")).to_contain_text("only for you")
    screen.become("admin")
    expect(screen.page.locator(".start")).to_be_visible()
    expect(screen.page.locator(".message.only")).to_have_count(0)
    screen.become("stranger")
    expect(screen.page.locator("#sidebar [data-channel^=C]")).to_have_text("# partner-desk")
    screen.become("guest")
    expect(screen.page.locator("#sidebar [data-channel^=C]")).to_have_count(2)


def test_pins_and_unread_messages_are_seen(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """A pinned message is named at the top and leads there; another channel counts what was not read."""
    ts = bot.chat_postMessage(channel=INCIDENT, text="the board")["ts"]
    for number in range(40):
        workspace.write(ADMIN.id, INCIDENT, f"message {number}")
    screen = Screen(opened(workspace.control_url))
    bot.pins_add(channel=INCIDENT, timestamp=ts)
    screen.page.locator(".pin").click()
    expect(screen.page.locator(".message.pinned")).to_be_in_viewport()
    bot.chat_postMessage(channel=STAKEHOLDERS, text="service is interrupted")
    expect(screen.page.locator(f'[data-channel="{STAKEHOLDERS}"] .unread')).to_contain_text("1")
    screen.go(STAKEHOLDERS)
    expect(screen.message("service is interrupted")).to_be_visible()
    expect(screen.page.locator("#sidebar .unread")).to_have_count(0)


def test_two_pages_are_two_people(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """Two pages open at once, each somebody's own: both follow the channel, each sees its own small print."""
    first, second = Screen(opened(workspace.control_url)), Screen(opened(workspace.control_url))
    second.become("admin")
    first.type("does it flap?")
    for screen in (first, second):
        expect(screen.message("does it flap?")).to_contain_text(COMMANDER.name)
    second.type("it does")
    expect(first.message("it does")).to_contain_text(ADMIN.name)
    bot.chat_postEphemeral(channel=INCIDENT, user=ADMIN.id, text="for Tomas")
    expect(second.message("for Tomas")).to_be_visible()
    expect(first.page.locator(".message.only")).to_have_count(0)
