"""The practice page as somebody uses it: who they are, where they look, what they press and type."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

Opened = Callable[..., Page]
"""Opens a page at an address; see the fixture of that name."""


@dataclass(frozen=True)
class Screen:
    """One page in a browser."""

    page: Page

    def become(self, key: str) -> None:
        """Be somebody else, with one click."""
        chip = self.page.locator(f'#who [data-person="{key}"]')
        if chip.get_attribute("aria-checked") != "true":
            chip.click()
        expect(chip).to_have_attribute("aria-checked", "true")

    def go(self, channel: str) -> None:
        """Look at a conversation, by its id."""
        link = self.page.locator(f'#sidebar [data-channel="{channel}"]')
        if link.get_attribute("aria-current") != "page":
            link.click()
        expect(link).to_have_attribute("aria-current", "page")

    @property
    def dialog(self) -> Locator:
        """The dialog on the screen."""
        return self.page.locator("#dialog[open]")

    @property
    def field(self) -> Locator:
        """The field at the bottom."""
        return self.page.locator("#typed")

    def message(self, words: str) -> Locator:
        """The newest message with these words."""
        return self.page.locator("#messages .message").filter(has_text=words).last

    def type(self, words: str) -> None:
        """Type something and send it; returns when it was taken."""
        self.field.fill(words)
        self.page.locator("#composer [type=submit]").click()
        expect(self.field).to_have_value("")

    def enter(self, block: str, choice: Any) -> None:
        """Fill in one input of the dialog."""
        place = self.dialog.locator(f'[data-block="{block}"]')
        expect(place).to_be_visible()
        boxes = place.locator("input[type=radio], input[type=checkbox]")
        if place.locator("select").count():
            place.locator("select").select_option(choice)
        elif boxes.count():
            for one in choice if isinstance(choice, list) else [choice]:
                place.locator(f'input[value="{one}"]').check()
        else:
            place.locator("input, textarea").first.fill(str(choice))

    def submit(self) -> None:
        """Send the dialog off."""
        self.dialog.locator("[type=submit]").click()

    def pictured(self, file: str) -> None:
        """Keep a picture of the screen, small enough to be kept with the docs."""
        self.page.screenshot(path=file, type="jpeg", quality=70)
