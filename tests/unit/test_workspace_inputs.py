"""Inputs: what Slack fills in, what a person can choose, and what Slack's screen refuses by itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.workspace.elements import ELEMENTS
from practice.workspace.inputs import STATEFUL, CannotDoThat, chosen, collect, complaints, find, initial, named


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(value: str) -> dict[str, Any]:
    return {"text": plain(f"Option {value}"), "value": value}


def entry(element: dict[str, Any], block_id: str = "b", **fields: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain("L"),
        "element": {"action_id": "a", **element},
        **fields,
    }


MENU = {"type": "static_select", "options": [option("one"), option("two")]}
BOXES = {"type": "checkboxes", "options": [option("one"), option("two")]}
WORDS = {"type": "plain_text_input"}


@given(st.lists(st.sampled_from(["button", *sorted(STATEFUL)]), max_size=10))
def test_workspace_names_every_interactive_element(kinds: list[str]) -> None:
    """Each block gets a block id and each interactive element an action id, all different; given ones stay."""
    blocks = [{"type": "actions", "elements": [{"type": kind}]} for kind in kinds]
    blocks.append({"type": "section", "block_id": "mine", "accessory": {"type": "button", "action_id": "own"}})
    found = named(blocks)
    assert len({block["block_id"] for block in found}) == len(found)
    assert all(block["elements"][0]["action_id"] for block in found[:-1])
    assert (found[-1]["block_id"], found[-1]["accessory"]["action_id"]) == ("mine", "own")
    assert all("block_id" not in block for block in blocks[:-1])


@pytest.mark.parametrize("kind", sorted(STATEFUL))
def test_workspace_knows_the_state_of_every_input(kind: str) -> None:
    """Each kind of input in the tables has a state before anybody touched it."""
    assert kind in ELEMENTS
    assert initial({"type": kind})["type"] == kind


@pytest.mark.parametrize(
    ("element", "choice", "state"),
    [
        (MENU, "two", {"type": "static_select", "selected_option": option("two")}),
        (MENU, "Option two", {"type": "static_select", "selected_option": option("two")}),
        (MENU, None, {"type": "static_select", "selected_option": None}),
        (BOXES, ["two", "one"], {"type": "checkboxes", "selected_options": [option("two"), option("one")]}),
        ({"type": "datepicker"}, "2026-02-03", {"type": "datepicker", "selected_date": "2026-02-03"}),
        ({"type": "users_select"}, "U0ADMIN", {"type": "users_select", "selected_user": "U0ADMIN"}),
        (WORDS, "hello", {"type": "plain_text_input", "value": "hello"}),
        (
            {"type": "static_select", "option_groups": [{"label": plain("G"), "options": [option("deep")]}]},
            "deep",
            {"type": "static_select", "selected_option": option("deep")},
        ),
    ],
)
def test_workspace_turns_a_choice_into_state(element: dict[str, Any], choice: object, state: dict[str, Any]) -> None:
    """A choice by value or by visible text becomes what Slack sends."""
    assert chosen(element, choice) == state


def test_workspace_lets_nobody_choose_what_is_not_offered() -> None:
    """An option that doesn't stand in the menu can't be chosen, unless a forged state is sent as it is."""
    with pytest.raises(CannotDoThat, match="there are: one, two"):
        chosen(MENU, "three")
    forged = {"type": "static_select", "selected_option": option("three")}
    assert chosen(MENU, forged) == forged


def test_workspace_finds_the_one_element_meant() -> None:
    """An element is found by action id or by block id; where that fits two or none, it says what is there."""
    button = {"type": "button", "text": plain("Go")}
    blocks = [
        {"type": "actions", "block_id": "x", "elements": [{**button, "action_id": "go"}]},
        {"type": "actions", "block_id": "y", "elements": [{**button, "action_id": "go"}]},
    ]
    assert find(blocks, "go", "y")[0]["block_id"] == "y"
    assert find(blocks, None, "x")[1]["action_id"] == "go"
    with pytest.raises(CannotDoThat, match="2 elements"):
        find(blocks, "go", None)
    with pytest.raises(CannotDoThat, match=r"0 elements.*there are: go, go"):
        find(blocks, "stop", None)


def test_workspace_collects_values_by_block_and_action() -> None:
    """Values are given by block, or by action within it; what isn't given keeps its earlier or first state."""
    blocks = [entry(WORDS, "why"), entry({**MENU, "initial_option": option("one")}, "which"), entry(BOXES, "all")]
    first = collect(blocks, {"why": "because", "all": {"a": ["two"]}})
    assert first["why"]["a"]["value"] == "because"
    assert first["which"]["a"]["selected_option"] == option("one")
    assert first["all"]["a"]["selected_options"] == [option("two")]
    second = collect(blocks, {"which": "two"}, first)
    assert (second["why"], second["which"]["a"]["selected_option"]) == (first["why"], option("two"))
    with pytest.raises(CannotDoThat, match="no input in who; there are: why, which, all"):
        collect(blocks, {"who": "x"})


@pytest.mark.parametrize(
    ("element", "value", "complaint"),
    [
        (WORDS, None, "Please complete this required field."),
        (WORDS, "", "Please complete this required field."),
        (WORDS, "x", None),
        ({**WORDS, "min_length": 3}, "x", "Please enter 3 to 3000 characters."),
        ({**WORDS, "max_length": 3}, "four", "Please enter 0 to 3 characters."),
        (BOXES, [], "Please complete this required field."),
        (MENU, None, "Please complete this required field."),
        ({"type": "multi_users_select", "max_selected_items": 1}, ["a", "b"], "Please choose no more than 1."),
        ({"type": "email_text_input"}, "nobody", "Please enter an email address."),
        ({"type": "url_text_input"}, "ftp:x", "Please enter a web address."),
        ({"type": "number_input", "is_decimal_allowed": False}, "1.5", "Please enter a number."),
        ({"type": "number_input", "is_decimal_allowed": True, "max_value": "1"}, "1.5", "Please enter 1 or less."),
        ({"type": "number_input", "is_decimal_allowed": False, "min_value": "3"}, "2", "Please enter 3 or more."),
        ({"type": "number_input", "is_decimal_allowed": False, "min_value": "2"}, "2", None),
    ],
)
def test_workspace_refuses_what_slacks_screen_refuses(
    element: dict[str, Any], value: Any, complaint: str | None
) -> None:
    """An input left empty, too short, too long or of the wrong form is refused beside the input."""
    blocks = [entry(element)]
    expected = {} if complaint is None else {"b": complaint}
    assert complaints(blocks, collect(blocks, {"b": value})) == expected


def test_workspace_lets_an_optional_input_stay_empty() -> None:
    """An optional input may be left empty; if it is filled in, its form still counts."""
    blocks = [entry({**WORDS, "min_length": 3}, optional=True)]
    assert complaints(blocks, collect(blocks, {})) == {}
    assert complaints(blocks, collect(blocks, {"b": "x"})) != {}
