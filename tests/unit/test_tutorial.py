"""The tutorial shows and names what is there."""

import re
from pathlib import Path

import pytest

from practice.page.assets import files

ROOT = Path(__file__).parents[2]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
PICTURES = ROOT / "docs" / "pictures"
MOST_BYTES = 160_000


def test_every_picture_that_is_shown_is_there_and_no_other() -> None:
    """The tutorial and the README show the pictures that the test run took, all of them."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = {*re.findall(r"\(pictures/([\w.]+)\)", TUTORIAL), *re.findall(r"\(docs/pictures/([\w.]+)\)", readme)}
    assert shown == {file.name for file in PICTURES.iterdir()}


def test_the_pictures_are_small() -> None:
    """A picture is no larger than a page of text deserves."""
    assert [file.name for file in PICTURES.iterdir() if file.stat().st_size > MOST_BYTES] == []


@pytest.mark.parametrize("words", ["Let the team play on", "Kill the bot now", "Let something go wrong"])
def test_what_the_tutorial_says_to_press_is_on_the_page(words: str) -> None:
    """The words of the page's own buttons stand in the tutorial as they stand on the page."""
    assert words in TUTORIAL
    assert any(words in file.read_text(encoding="utf-8") for file in files().values())
