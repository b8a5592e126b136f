"""What may stop a stage stands in the runbook, by the names that the code uses: nothing else turns up on a card."""

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ruamel.yaml import YAML

from helpers_codes import Code, Unread, codes_of
from rollback.actions.catalogue import catalogue
from storage.words import Severity

ACTIONS = catalogue().actions

ELSEWHERE = {
    # Declared where people look for it, found by other code than the action's own preview.
    ("release-notices", "not-sent"): "found by the opening as `notices-not-sent`, on whose card it is shown",
    ("go-live", "differences-unexplained"): "handed on by `validate-configuration`",
    ("go-live", "invariant-red"): "found by the worker out of the invariants",
    ("list-devices", "rows-incomplete"): "a failed check of the capture, not a finding of the preview",
    ("compare-devices", "rows-incomplete"): "a failed check of the capture, not a finding of the preview",
    ("node-switch-off", "machine-kept"): "found by the worker for every stage that touches machines",
    ("node-switch-off", "may-be-on"): "found by the worker out of the plan",
    # No machine reads them yet: people do.
    ("clean-up", "backup-young"): "people",
}


@cache
def declared() -> dict[str, set[Code]]:
    """Codes with their severities as the runbook has them, by action."""
    text = resources.files("rollback").joinpath("runbooks/xenmobile.yml").read_text(encoding="utf-8")
    found: dict[str, set[Code]] = {word: set() for word in ACTIONS}
    for stage in _stages(YAML(typ="safe").load(text)):
        for severity in Severity:
            found[stage["action"]] |= {(code, severity) for code in stage.get(severity.value) or {}}
    return found


def _stages(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        if "stage" in value and "action" in value:
            yield value
        for inner in value.values():
            yield from _stages(inner)
    if isinstance(value, list):
        for inner in value:
            yield from _stages(inner)


@pytest.mark.parametrize("word", sorted(ACTIONS))
def test_everything_that_an_action_can_find_is_declared(word: str) -> None:
    """Each code that an action's code can come up with stands in the runbook, at a stage of it, as severe as it is."""
    assert codes_of(ACTIONS[word]) - declared()[word] == frozenset()


@pytest.mark.parametrize("word", sorted(ACTIONS))
def test_everything_that_is_declared_is_found_by_somebody(word: str) -> None:
    """A code of the runbook that no code finds is named here, with who looks for it instead."""
    nowhere = {code for code, _ in declared()[word] - codes_of(ACTIONS[word])}
    assert {code for code in nowhere if (word, code) not in ELSEWHERE} == set()


PLANTED = """
from rollback.actions.action import Finding
from storage.words import Severity

NAMED = "by-a-name"

class Base:
    version = 1

    def inherited(self):
        return Finding("inherited", Severity.WARN, "")

class Found(Base):
    def __init__(self):
        self._code = "of-the-object"

    def preview(self, systems, given):
        code = "one-side" if given else "other-side"
        severity = Severity.HARD if systems else Severity.OVERRIDE
        yield Finding(code, severity, "")
        yield Finding(self._code, Severity.WARN, "")
        yield from map(helper, [1])
        yield from told(given, code=NAMED)

class Lost(Base):
    def preview(self, systems, given):
        yield Finding("-".join(given), Severity.HARD, "")

def helper(_, code="by-default"):
    return Finding(code, Severity.WARN, "")

def told(_, *, code):
    helper(1)
    yield Finding(code, Severity.HARD, "")

def never_called():
    return Finding("never", Severity.HARD, "")
"""


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "planted_actions.py").write_text(PLANTED)
    monkeypatch.syspath_prepend(tmp_path)
    return importlib.import_module("planted_actions")


def test_the_reader_of_codes_follows_what_actions_do(planted: ModuleType) -> None:
    """Choices, names, attributes, arguments with and without defaults, callbacks and base classes are all followed."""
    assert {(code, severity.value) for code, severity in codes_of(planted.Found(), "planted_actions")} == {
        ("inherited", "warn"),
        ("one-side", "hard"),
        ("one-side", "override"),
        ("other-side", "hard"),
        ("other-side", "override"),
        ("of-the-object", "warn"),
        ("by-default", "warn"),
        ("by-a-name", "hard"),
    }


def test_the_reader_of_codes_refuses_what_it_can_not_follow(planted: ModuleType) -> None:
    """A code that is computed is not passed over: it has to be written plainly."""
    with pytest.raises(Unread, match="join"):
        codes_of(planted.Lost(), "planted_actions")
