"""Filling in a dialog as a person does: reads each input's label and hint, leaves what is set beforehand."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Json = dict[str, Any]
Say = Callable[[str], str]
"""What a person writes under a label."""

_BEFOREHAND: Final = ("initial_value", "initial_option", "initial_date_time", "initial_user", "initial_options")
_TYPED: Final = frozenset({"plain_text_input", "number_input"})
HEX_DIGITS: Final = "64 hex digits"
CLOCK: Final = "As in 10:15"
NUMBER: Final = "Type the number"


def fill(view: Mapping[str, Any], say: Say, *, agree: bool = True) -> Json:
    """What to enter, by `block_id`: everything that is required and not set beforehand.

    Args:
        view: The dialog.
        say: What is written under a label; see `writing.Pen`.
        agree: Whether the first of two ways to answer is meant ("Yes, I have seen it") or the second.
    """
    entered: Json = {}
    for block, element in inputs(view):
        if block.get("optional") or any(element.get(key) is not None for key in _BEFOREHAND):
            continue
        kind = element["type"]
        if kind == "radio_buttons":
            entered[block["block_id"]] = element["options"][0 if agree else 1]["value"]
        elif kind == "static_select":
            entered[block["block_id"]] = element["options"][0]["value"]
        elif kind in _TYPED:
            entered[block["block_id"]] = say(label_of(block))
    return entered


def inputs(view: Mapping[str, Any]) -> Iterator[tuple[Json, Json]]:
    """The inputs of a dialog, each with its element."""
    for block in view.get("blocks") or ():
        if block.get("type") == "input":
            yield block, block["element"]


def label_of(block: Mapping[str, Any]) -> str:
    """Label and hint of an input, as one text."""
    hint = block.get("hint") or {}
    return f"{block['label']['text']} {hint.get('text', '')}".strip()


def buttons(view: Mapping[str, Any]) -> dict[str, str]:
    """The buttons inside a dialog: action by label."""
    elements = [element for block in view.get("blocks") or () for element in block.get("elements") or ()]
    return {str(one["text"]["text"]): str(one["action_id"]) for one in elements if one.get("type") == "button"}


def menu_with(view: Mapping[str, Any], value: str) -> str:
    """The `action_id` of the menu that offers `value` and isn't set to it, or empty."""
    for _, element in inputs(view):
        values = [option["value"] for option in element.get("options") or ()]
        if element["type"] == "static_select" and value in values:
            chosen = element.get("initial_option") or {}
            return "" if chosen.get("value") == value else str(element["action_id"])
    return ""


def hash_of(text: str) -> str:
    """SHA-256 of a made-up file, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()
