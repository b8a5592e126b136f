"""The practice team with a mouse: the same people as the autopilot's, but each press is a click in the page.

What they read they read from the workspace; what they do they do on the screen, so whatever the page doesn't draw, or
draws without its button, they can't press.
"""

from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Locator, TimeoutError, expect  # noqa: A004 - Playwright's own is meant

from helpers_page import Screen
from practice.workspace.client import WorkspaceClient
from practice.workspace.inputs import CannotDoThat
from practice.workspace.people import PERSONS
from practice.workspace.seen import Seen

SOON = 5_000  # milliseconds in which a button that was read of is on the screen
KEYS = {person.id: person.key for person in PERSONS}


class ByClicks(WorkspaceClient):
    """A client of the workspace whose acts are clicks.

    Attributes:
        clicks: How often something was pressed, sent or typed.
    """

    def __init__(self, control_url: str, screen: Screen) -> None:
        """Read from the workspace at `control_url`, act on `screen`."""
        super().__init__(control_url)
        self._screen = screen
        self.clicks = 0

    def act(self, verb: str, **given: Any) -> dict[str, Any]:
        """Do on the screen what a verb means, and return what the person sees of it."""
        self.clicks += 1
        self._screen.become(KEYS[given["user"]])
        before = len(self.read("deliveries"))
        {"slash": self._slash, "press": self._press, "submit": self._submit, "close": self._close}[verb](given)
        sent = self.read("deliveries")
        if len(sent) > before:
            seen: dict[str, Any] = self.read("seen", interaction=sent[-1]["interaction"])
            return seen
        view = self.screen(given["user"])
        return Seen(view=view, problems=view["problems"] if view else {}).to_json()

    def _slash(self, given: Mapping[str, Any]) -> None:
        self._screen.go(given["channel"])
        self._screen.field.fill(f"{given['command']} {given['text']}".strip())
        self._screen.page.keyboard.press("Escape")
        send = self._screen.page.locator("#composer [type=submit]")
        send.click()
        taken(send)

    def _press(self, given: Mapping[str, Any]) -> None:
        place = self._screen.dialog
        if given["view_id"] is None:
            self._screen.go(given["channel"])
            place = self._screen.page.locator(f'#messages [data-ts="{given["ts"]}"]')
        pressed = place.locator(f'[data-action="{given["action_id"]}"]')
        try:
            if given["choose"] is None:
                pressed.click(timeout=SOON)
            else:
                pressed.select_option(given["choose"], timeout=SOON)
        except TimeoutError as late:  # the card was drawn anew since it was read; a team that finds nothing gets stuck
            raise CannotDoThat(f"the page shows no {given['action_id']} there") from late
        self._settled(given)

    def _settled(self, given: Mapping[str, Any]) -> None:
        """Wait until nothing on the screen is busy any more."""
        expect(self._screen.page.locator("[aria-busy=true]")).to_have_count(0)

    def _submit(self, given: Mapping[str, Any]) -> None:
        top = self.screen(given["user"])
        shown = f'[data-view="{given["view_id"]}"][data-hash="{top["hash"] if top else ""}"]'
        expect(self._screen.dialog.locator(shown)).to_be_visible()
        if not self._screen.dialog.locator("[type=submit]").count():
            raise CannotDoThat("the dialog has no button that sends it off")
        for block, choice in given["values"].items():
            self._screen.enter(block, choice)
        self._screen.submit()
        self._settled(given)

    def _close(self, given: Mapping[str, Any]) -> None:
        view = self._screen.page.locator(f'#dialog [data-view="{given["view_id"]}"]')
        if view.count():
            view.locator("footer button[type=button]").click()
            expect(view).to_have_count(0)
        else:  # a dialog that was opened elsewhere isn't on this screen
            super().act("close", **given)


def taken(button: Locator) -> None:
    """Wait until a press is over."""
    expect(button).not_to_have_attribute("aria-busy", "true")
