"""A site's own templates: used in place of ours for its estate alone, and checked before anybody is in a hurry."""

from dataclasses import replace
from pathlib import Path

import pytest
from notices_told import Told, begun, told
from typer.testing import CliRunner

from bot.cli import app
from bot.settings import EstateSettings
from bot.templates import troubles
from helpers_situation import estate
from rollback.drafts.notices import Content
from rollback.site import made_up
from storage.words import Notice

__all__ = ["begun", "told"]  # fixtures
NAME = "service_interruption.md"
OURS = Path(__file__).parents[2] / "rollback" / "drafts" / "templates" / "en" / NAME


def own(folder: Path, old: str, new: str, name: str = NAME) -> Path:
    """A folder with one template of ours, changed."""
    text = OURS.read_text(encoding="utf-8")
    assert old in text
    (folder / "own" / "en").mkdir(parents=True)
    (folder / "own" / "en" / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder / "own"


def found(templates: Path | None) -> list[str]:
    place = estate().model_copy(update={"notices": made_up()})
    return list(troubles(EstateSettings(estate=place, templates=templates)))


def test_our_own_templates_are_clean() -> None:
    """Without templates of its own a site has nothing to put right."""
    assert found(None) == []


def test_words_are_needed() -> None:
    """An estate without words for notices is told so."""
    assert "no words for notices" in " ".join(troubles(EstateSettings(estate=estate())))


@pytest.mark.parametrize(
    ("new", "name", "sentence"),
    [
        ("{{ no_such_thing }} Hello", NAME, "en/service_interruption.md:4: there is no variable 'no_such_thing'"),
        ("{% if %} Hello", NAME, "it doesn't parse"),
        ("Hello, see https://example.com", NAME, "becomes a link"),
        ("Hello!", NAME, "exclamation mark"),
        ("Hello", "my_own.md", "No notice uses the template"),
    ],
)
def test_each_mistake_has_its_place(tmp_path: Path, new: str, name: str, sentence: str) -> None:
    """A broken, dangerous or unknown template is named with its place and what is wrong."""
    assert any(sentence in trouble for trouble in found(own(tmp_path, "Hello", new, name)))


def test_a_folder_that_is_missing(tmp_path: Path) -> None:
    """A folder that isn't there is said, not passed over."""
    assert any("isn't there" in trouble for trouble in found(tmp_path / "nowhere"))


def test_used_for_its_estate_alone(told: Told, tmp_path: Path) -> None:
    """The estate whose folder it is gets the site's text as a new version; another one keeps ours."""
    folder = own(tmp_path, "Hello", "Dear colleagues")
    before = told.row(Notice.INTERRUPTION).version
    told.office = replace(told.office, overrides={"another": folder}, compiled={})
    told.serve()
    assert told.row(Notice.INTERRUPTION).version == before
    told.office = replace(told.office, overrides={"xms": folder}, compiled={})
    told.serve()
    texts = Content.from_json(told.row(Notice.INTERRUPTION).texts).texts
    assert told.row(Notice.INTERRUPTION).version == before + 1
    assert [text.language for text in texts if "Dear colleagues" in text.body] == ["en"]


def test_the_command_says_when_settings_can_t_be_used(tmp_path: Path) -> None:
    """`rollback-bot notices lint` ends with 2 where the settings can't be read."""
    ended = CliRunner().invoke(app(), ["notices", "lint", "--settings", str(tmp_path / "missing.yml")])
    assert ended.exit_code == 2
