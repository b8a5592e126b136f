"""Every statement, judged by a reader of T-SQL that others wrote: one statement, and each name in its own place."""

import importlib
from typing import Any

import pytest
from hypothesis import given, settings
from test_sqlserver_statements import NAMES, WITH_NAMES, WITHOUT_NAMES

PLAIN = ("plain-one", "plain-two")
NAMED = {"IDENTIFIER", "NATIONAL_STRING"}


def judge() -> Any:
    try:
        return importlib.import_module("sqlglot")
    except ModuleNotFoundError:
        pytest.skip("left out: the reader of T-SQL is not installed (python package sqlglot)")


def shape(sql: str) -> list[tuple[str, str]]:
    """The kinds of tokens with their texts; names and texts come unquoted."""
    return [(token.token_type.name, token.text) for token in judge().tokenize(sql, read="tsql")]


@pytest.mark.parametrize("name", WITH_NAMES)
@settings(max_examples=60, deadline=None)
@given(NAMES, NAMES)
def test_a_name_is_one_token_and_nothing_else_changes(name: str, one: str, other: str) -> None:
    """With hostile names the statement has the tokens that it has with plain ones, each name whole in its place."""
    hostile = shape(WITH_NAMES[name](one, other).text)
    plain = shape(WITH_NAMES[name](*PLAIN).text)
    assert "SEMICOLON" not in [kind for kind, _ in hostile]
    assert [kind for kind, _ in hostile] == [kind for kind, _ in plain]
    meant = dict(zip(PLAIN, (one, other), strict=True))
    for (kind, told), (_, was) in zip(hostile, plain, strict=True):
        assert told == (meant.get(was, was) if kind in NAMED else was)


READS = [made().text for made in WITHOUT_NAMES.values()] + [made(*PLAIN).text for made in WITH_NAMES.values()]


@pytest.mark.parametrize("text", [one for one in READS if one.startswith("SELECT")])
def test_every_read_of_a_view_is_one_select_of_the_grammar(text: str) -> None:
    """A statement that reads views parses as one SELECT."""
    (parsed,) = judge().parse(text, read="tsql")
    assert type(parsed).__name__ == "Select"
