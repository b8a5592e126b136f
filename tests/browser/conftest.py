"""A real browser for the page: Debian's chromium, driven by Playwright, which downloads none of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from browser_blocks import APP
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from slack_sdk import WebClient

from helpers_page import Opened
from practice.control import Control
from practice.page import Page as Furnished
from practice.workspace import Workspace
from practice.world import HandTime, World
from practice.world.made import make_world

CHROMIUM: Final = Path("/usr/bin/chromium")
ARGUMENTS: Final = (
    "--no-sandbox",  # tests run as root in CI
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE: Final = 30_000  # milliseconds until what is waited for counts as missing; never part of an assertion


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser, started once a file: Playwright's event loop would be in the way of other files' own."""
    if not CHROMIUM.exists():
        pytest.skip("needs a browser: apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


def is_trouble(line: ConsoleMessage) -> bool:
    """Whether a line of the console is an error; a press that comes too late is refused, and the page says so."""
    return line.type == "error" and "409 (Conflict)" not in line.text


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Opens a page of its own, like another person's screen; what goes wrong inside it fails the test."""
    troubles: list[str] = []
    contexts = []

    def open_page(url: str, *, width: int = 1440, height: int = 900, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"error in the page: {error}"))
        page.on("console", lambda line: troubles.append(line.text) if is_trouble(line) else None)
        page.goto(url)
        expect(page.locator("#who [aria-checked=true]")).to_be_visible()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def world() -> World:
    """A world of two nodes whose time stands still."""
    return make_world(2, HandTime(), devices=10)


@pytest.fixture
def workspace(world: World) -> Iterator[Workspace]:
    """A practice workspace with its page and a world beside it; no bot is connected."""
    with Workspace(furnish=Furnished(Control(world), APP)) as workspace:
        yield workspace


@pytest.fixture
def bot(workspace: Workspace) -> WebClient:
    """Posts what a bot posts."""
    return WebClient(token=workspace.bot_token, base_url=workspace.base_url)
