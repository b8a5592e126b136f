"""The docs say what the code does: pictures, commands and rooms that are named are there."""

import re
from pathlib import Path

import pytest

from bot.verbs import VERBS
from commands.blocks.help import help_text
from rollback.stages import diagram

ROOT = Path(__file__).parents[2]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["demo", "test", "lint", "bench", "crash"])
def test_every_target_that_is_named_is_in_the_makefile(target: str) -> None:
    """What the README tells people to run can be run."""
    assert re.search(rf"^{target}:", page("Makefile"), re.MULTILINE)


def test_the_readme_opens_with_the_two_commands() -> None:
    """A stranger finds `make demo` and `make test` first."""
    first = page("README.md").split("```")[1].split()
    assert first[:2] == ["make", "demo"]
    assert "test" in first


def test_every_room_of_the_rollback_is_in_the_architecture() -> None:
    """No room is forgotten by the page that draws the house."""
    told = page("docs/architecture.md")
    rooms = {p.stem for p in (ROOT / "rollback").iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert sorted(room for room in rooms - {"__init__"} if f"`{room}" not in told) == []


def test_the_states_are_drawn_from_the_table() -> None:
    """The picture on the page is the one that `scripts/draw-states` would draw now."""
    drawn = (
        page("docs/architecture.md")
        .split("<!-- states: begin -->\n```mermaid\n")[1]
        .split("\n```\n<!-- states: end -->")[0]
    )
    assert drawn == diagram()


def test_help_tells_of_every_verb() -> None:
    """`/rollback help` leaves no verb out."""
    told = str(help_text(VERBS).blocks) + help_text(VERBS).text
    assert [verb for verb in VERBS if verb not in told] == []


def test_every_dependency_has_its_reason() -> None:
    """Each package in pyproject.toml stands in docs/dependencies.md."""
    named = re.findall(r'^\s+"([a-zA-Z0-9.-]+)[><=]', page("pyproject.toml"), re.MULTILINE)
    named += re.findall(r'"([a-z]+)>=', page("pyproject.toml").split("practice = ")[1].split("]")[0])
    told = page("docs/dependencies.md")
    assert len(named) > 15
    assert [name for name in named if name not in told and not name.startswith("types-")] == []
