"""Errors of the clients: one tree, and each tells what happened, what is known of the world, and what to do next."""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import integrations
from integrations import errors
from integrations.errors import IntegrationError, OutcomeUnknown, Refused

ROOT = Path(__file__).parents[2]


def modules() -> Iterator[object]:
    for found in pkgutil.walk_packages(integrations.__path__, "integrations."):
        yield importlib.import_module(found.name)


def exceptions() -> set[type[Exception]]:
    """Every exception that is made in the room of the clients."""
    return {
        value
        for module in modules()
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Exception) and value.__module__.startswith("integrations.")
    }


TREE = sorted((one for one in exceptions() if issubclass(one, IntegrationError)), key=lambda one: one.__name__)
INSIDE = {"Unsent", "ReplyLost", "Silent", "Unreadable", "_Again"}
"""What the wire of vSphere tells its session; it stays inside, and a wire test shows each told as one of the tree."""


def test_everything_that_leaves_a_client_is_in_the_tree() -> None:
    """Beside the tree there are only mistakes of the caller, which are ValueErrors, and what stays inside a client."""
    others = {one for one in exceptions() if not issubclass(one, IntegrationError)}
    assert {one.__name__ for one in others if not issubclass(one, ValueError)} == INSIDE
    assert {kind.__name__ for kind in TREE} >= {
        "Unreachable", "LoginRefused", "SessionEnded", "NotPermitted", "NotFound", "Refused", "OutcomeUnknown",
        "WrongAnswer", "WrongIdentity",
    }  # fmt: skip


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_an_error_has_three_parts(kind: type[IntegrationError]) -> None:
    """What happened, what is known, what next: each is a sentence, in that order, and none is missing."""
    error = kind("veeam", "the door fell shut")
    text = str(error)
    assert text.startswith("veeam: the door fell shut. ")
    world = OutcomeUnknown.world if error.may_have_happened else kind.world
    for part in (world, error.next_step):
        assert part in text
        assert part.endswith(".")
        assert part[0].isupper()
    assert ".." not in text
    assert text.index(world) < text.index(error.next_step)


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_only_a_lost_outcome_may_have_happened_by_itself(kind: type[IntegrationError]) -> None:
    """By default only `OutcomeUnknown` says that a change may have happened; anybody who knows better can say so."""
    assert kind("veeam", "x").may_have_happened is (kind is OutcomeUnknown)
    doubtful = kind("veeam", "x", may_have_happened=True)
    assert OutcomeUnknown.world in str(doubtful)


def test_a_step_of_its_own_takes_the_place_of_the_usual_one() -> None:
    """Who knows what to do better than the kind of error does says it instead."""
    error = Refused("veeam", "no", code="1", next_step="Ask the moon.")
    assert str(error).endswith("Ask the moon.")
    assert Refused.advice not in str(error)


def raised() -> Iterator[tuple[str, ast.Call]]:
    names = {kind.__name__ for kind in TREE}
    for file in sorted((ROOT / "integrations").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{file.name}:{node.lineno}", node


def test_every_place_that_raises_says_what_happened() -> None:
    """Each error is raised with the system and a clause; the clause brings no full stop, a next step is a sentence."""
    places = list(raised())
    assert len(places) > 80
    for where, call in places:
        assert len(call.args) >= 2, f"{where} doesn't say what happened"
        assert not _ends(call.args[1]).endswith("."), f"{where} ends its clause with a full stop"
        steps = [one.value for one in call.keywords if one.arg == "next_step"]
        for step in (one for one in steps if isinstance(one, ast.Constant) and one.value):
            assert str(step.value).endswith("."), f"{where} has a next step that is no sentence"


def _ends(node: ast.expr) -> str:
    """How a text ends, as far as the code tells."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[-1], ast.Constant):
        return str(node.values[-1].value)
    return ""


def test_the_tree_is_drawn_as_it_is() -> None:
    """The drawing at the top of the module names each kind of error that is made there, and no other."""
    drawn = {line.split("── ")[1].split()[0] for line in (errors.__doc__ or "").splitlines() if "── " in line}
    made = {kind.__name__ for kind in TREE if kind.__module__ == errors.__name__}
    assert drawn | {"IntegrationError"} == made
