"""What a bot posts is drawn, and nothing that was written acts."""

from browser_blocks import EVERYTHING, PNG, plain, section
from playwright.sync_api import Browser, expect
from slack_sdk import WebClient

from helpers_blocks import HOSTILE
from helpers_page import Opened, Screen
from practice.workspace import Workspace
from practice.workspace.people import ADMIN, INCIDENT


def test_every_kind_of_block_is_drawn(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """Whatever kinds of blocks our bot may post are drawn with their words, and none is unknown."""
    bot.chat_postMessage(channel=INCIDENT, text="everything", blocks=EVERYTHING)
    bot.files_upload_v2(channel=INCIDENT, filename="picture.png", content=PNG, title="The picture")
    screen = Screen(opened(workspace.control_url))
    message = screen.page.locator("#messages .message").first
    for tag, words in (("h3", "A header"), ("strong", "bold"), ("em", "italic"), ("s", "struck"), ("code", "code")):
        expect(message.locator(tag).filter(has_text=words).first).to_be_visible()
    expect(message.locator("blockquote")).to_have_text("quoted")
    expect(message.get_by_role("link", name="a link")).to_have_attribute("href", "https://docs.example.com")
    expect(message.locator(".mention").first).to_have_text(f"@{ADMIN.name}")
    expect(message.locator(".fields")).to_contain_text("left")
    expect(message.locator(".context")).to_contain_text("small print")
    expect(message.locator(".rich li")).to_have_text(f"@{ADMIN.name}")
    expect(message.get_by_role("img", name="a picture elsewhere")).to_contain_text("not fetched")
    for action in ("m", "go", "hold", "d", "r", "c", "u"):
        expect(message.locator(f'[data-action="{action}"]')).to_be_visible()
    expect(screen.page.locator(".file img")).to_be_visible()
    expect(screen.page.locator(".file a")).to_have_text("The picture")
    expect(screen.page.locator(".unknown")).to_have_count(0)


def test_what_the_page_cannot_draw_it_says(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """A kind of block that the page doesn't know stands there by its name, with what was sent."""
    cell = {"type": "raw_text", "text": "x"}
    bot.chat_postMessage(
        channel=INCIDENT, text="table", blocks=[{"type": "table", "rows": [[cell]]}, section("after it")]
    )
    screen = Screen(opened(workspace.control_url))
    expect(screen.page.locator(".unknown")).to_contain_text("table")
    expect(screen.page.locator(".message")).to_contain_text("after it")


def test_hostile_text_is_read_letter_by_letter_and_does_nothing(
    workspace: Workspace, bot: WebClient, opened: Opened
) -> None:
    """Whatever a system or a person wrote is shown as it is: no element, no script and no request comes from it."""
    names = [
        *(one[:1500] for one in HOSTILE),
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "<javascript:alert(1)|click>",
    ]
    for name in names:
        bot.chat_postMessage(channel=INCIDENT, text="x", blocks=[{"type": "section", "text": plain(name or "-")}])
        bot.chat_postMessage(channel=INCIDENT, text="x", blocks=[section(name or "-")])
    page = opened(workspace.control_url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    expect(page.locator("#messages .message")).to_have_count(2 * len(names))
    shown = page.locator("#messages .message .text").all_text_contents()
    assert [text for name, text in zip(names, shown[::2], strict=True) if text != (name or "-")] == []
    inside = "#messages .message .blocks"
    expect(
        page.locator(f"{inside} img, {inside} script, {inside} iframe, {inside} [onerror], {inside} style")
    ).to_have_count(0)
    links = [link.get_attribute("href") for link in page.locator(f"{inside} a").all()]
    assert [link for link in links if not str(link).startswith(("http://", "https://", "mailto:"))] == []
    assert [url for url in asked if not url.startswith(workspace.control_url)] == []


def test_the_browser_itself_refuses_text_as_html(workspace: Workspace, browser: Browser) -> None:
    """Even a mistake in the page could not have text read as HTML: the browser was told to refuse it."""
    page = browser.new_page()
    page.goto(workspace.control_url)
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return ''; } catch (error) { return error.name; } }"
    )
    assert refused == "TypeError"
    expect(page.locator("#top")).to_be_visible()
    page.close()


def test_nothing_is_fetched_from_outside(workspace: Workspace, bot: WebClient, opened: Opened) -> None:
    """All that the page loads comes from the workspace itself, whatever a message names."""
    bot.chat_postMessage(channel=INCIDENT, text="everything", blocks=EVERYTHING)
    page = opened(workspace.control_url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    expect(page.locator("#messages .message")).to_have_count(1)
    assert len(asked) > 30
    assert [url for url in asked if not url.startswith((workspace.control_url, "blob:"))] == []
