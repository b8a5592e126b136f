"""The page about the format says everything that the format has, and its example works."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from rollback.runbook import ACTIONS, lint, read
from rollback.runbook.spec import (
    BlockerSpec,
    CheckSpec,
    FieldSpec,
    GateSpec,
    MilestoneSpec,
    NeedSpec,
    Reference,
    ReferenceStep,
    Runbook,
    SettleSpec,
    Span,
    StageSpec,
)
from rollback.runbook.terms import NUMBERS, RANGES, WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "runbook-format.md").read_text(encoding="utf-8")
MODELS: list[type[BaseModel]] = [
    BlockerSpec, CheckSpec, FieldSpec, GateSpec, MilestoneSpec, NeedSpec, Reference, ReferenceStep, Runbook,
    SettleSpec, Span, StageSpec,
]  # fmt: skip


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_explained(model: type[BaseModel]) -> None:
    """Each key of the format stands on the page, as code."""
    keys = [field.alias or name for name, field in model.model_fields.items()]
    assert [key for key in keys if not re.search(rf"`{key}[`:]", PAGE)] == []


def test_every_word_of_conditions_and_ranges_is_explained() -> None:
    """Each variable, each of its words and each named range stands on the page."""
    words = [*NUMBERS, *WORDS, *(value for values in WORDS.values() for value in values), *RANGES, "touched"]
    assert [word for word in words if f"`{word}`" not in PAGE] == []


def test_every_action_is_listed_as_it_is() -> None:
    """The table of actions is the vocabulary, line for line."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", PAGE.partition("## Actions")[2], re.MULTILINE)
    assert dict(rows) == dict(ACTIONS)


def test_the_example_is_a_good_runbook() -> None:
    """The example of the page can be read and has no findings."""
    example = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    assert lint(read(example[1], "example.yml"), ACTIONS) == ()
