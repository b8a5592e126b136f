"""Walks the tables of `limits` over what a bot sends, and says what Slack would say. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from practice.workspace import limits
from practice.workspace.elements import ELEMENTS, OBJECTS
from practice.workspace.rules import Choice, Flag, Free, Part, Parts, Rule, Shape, Surface, Text, Whole, Words

_SHAPES: Mapping[str, Shape] = {**ELEMENTS, **limits.BLOCKS}
_TEXTS: Mapping[str, str] = {"plain_text": "emoji", "mrkdwn": "verbatim"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that Slack refuses.

    Attributes:
        pointer: Where, as a JSON pointer such as `/blocks/0/text/text`.
        says: What is wrong, in Slack's manner of speaking.
    """

    pointer: str
    says: str

    def __str__(self) -> str:
        return f"{self.says} [json-pointer:{self.pointer}]"


Problems = Iterator[Problem]


def check_blocks(blocks: object, surface: Surface, pointer: str = "/blocks") -> tuple[Problem, ...]:
    """Return everything that Slack would refuse in these blocks on this surface."""
    return tuple(_check_blocks(blocks, surface, pointer))


def check_view(view: object) -> tuple[Problem, ...]:
    """Return everything that Slack would refuse in this view, except its size in bytes."""
    return tuple(_check_view(view))


def view_bytes(view: Mapping[str, Any]) -> int:
    """Return the size that Slack compares with `limits.VIEW_BYTES`."""
    return len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass"))


def weigh(blocks: Sequence[Mapping[str, Any]]) -> int:
    """Return what a message's blocks weigh against `limits.MESSAGE_WEIGHT`: their characters and a surcharge each."""
    surcharge = sum(
        limits.HEADER_SURCHARGE if block.get("type") == "header" else limits.BLOCK_SURCHARGE for block in blocks
    )
    return surcharge + sum(_characters(block) for block in blocks)


def _characters(value: object) -> int:
    """Return the characters of every `text` in a tree; plain text counts as escaped, since Slack stores it so."""
    if isinstance(value, Mapping):
        own = value.get("text")
        length = 0
        if isinstance(own, str):
            length = len(own)
            if value.get("type") == "plain_text":
                length += 4 * own.count("&") + 3 * (own.count("<") + own.count(">"))
        return length + sum(_characters(item) for key, item in value.items() if key != "text" or length == 0)
    if isinstance(value, list):
        return sum(_characters(item) for item in value)
    return 0


def _check_view(view: object) -> Problems:
    if not isinstance(view, dict):
        yield Problem("/view", "must provide an object")
        return
    if view.get("type") not in (Surface.MODAL, Surface.HOME):
        yield Problem("/view/type", f"unsupported type: {view.get('type')}")
        return
    surface = Surface(view["type"])
    rest = {key: value for key, value in view.items() if key not in {"type", "blocks"}}
    yield from _fields(rest, limits.VIEWS[surface], "/view")
    if "blocks" not in view:
        yield Problem("/view", "missing required field: blocks")
        return
    yield from _check_blocks(view["blocks"], surface, "/view/blocks")
    blocks = view["blocks"] if isinstance(view["blocks"], list) else []
    has_input = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    if surface is Surface.MODAL and has_input and "submit" not in view:
        yield Problem("/view", "missing required field: submit")


def _check_blocks(blocks: object, surface: Surface, pointer: str) -> Problems:
    if not isinstance(blocks, list):
        yield Problem(pointer, "must be an array")
        return
    if len(blocks) > limits.BLOCKS_PER_SURFACE[surface]:
        yield Problem(pointer, f"no more than {limits.BLOCKS_PER_SURFACE[surface]} items allowed")
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        here = f"{pointer}/{number}"
        yield from _check_block(block, surface, here)
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(block_id, str):
            if block_id in seen:
                yield Problem(f"{here}/block_id", f"`block_id` {block_id} already exists")
            seen.add(block_id)


def _check_block(block: object, surface: Surface, pointer: str) -> Problems:
    if not isinstance(block, dict):
        yield Problem(pointer, "must provide an object")
        return
    kind = block.get("type")
    shape = limits.BLOCKS.get(kind) if isinstance(kind, str) else None
    if shape is None or surface not in shape.surfaces:
        yield Problem(f"{pointer}/type", f"unsupported type: {kind}")
        return
    rest = {key: value for key, value in block.items() if key not in {"type", "block_id"}}
    if "block_id" in block:
        yield from _check(Words(most=255), block["block_id"], f"{pointer}/block_id")
    yield from _fields(rest, shape, pointer)
    yield from _same_action_ids(block, pointer)


def _same_action_ids(block: Mapping[str, Any], pointer: str) -> Problems:
    """Slack demands that the `action_id`s within one block differ."""
    elements = block.get("elements")
    seen: set[str] = set()
    for number, element in enumerate(elements if isinstance(elements, list) else []):
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if isinstance(action_id, str):
            if action_id in seen:
                yield Problem(f"{pointer}/elements/{number}/action_id", f"`action_id` {action_id} already exists")
            seen.add(action_id)


def _fields(value: Mapping[str, Any], shape: Shape, pointer: str) -> Problems:
    """Check an object's fields against its shape."""
    for name in value:
        if name not in shape.fields:
            yield Problem(pointer, f"invalid additional property: {name}")
    for name, rule in shape.fields.items():
        if name in value:
            yield from _check(rule, value[name], f"{pointer}/{name}")
        elif rule.required:
            yield Problem(pointer, f"missing required field: {name}")
    if shape.any_of and not any(name in value for name in shape.any_of):
        yield Problem(pointer, f"missing required field: {shape.any_of[0]}")
    yield from _initial(value, pointer)


def _initial(value: Mapping[str, Any], pointer: str) -> Problems:
    """An option that is chosen from the start must be one of the options offered."""
    offered = list(offered_options(value))
    if not offered:
        return
    chosen = [value["initial_option"]] if "initial_option" in value else value.get("initial_options", [])
    for option in chosen if isinstance(chosen, list) else []:
        if option not in offered:
            yield Problem(pointer, "initial option must be one of the options provided")


def offered_options(element: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the options that stand in a menu, those of its groups included."""
    groups = element.get("option_groups")
    lists = [element.get("options")] + [g.get("options") for g in groups or [] if isinstance(g, dict)]
    for options in lists:
        if isinstance(options, list):
            yield from (option for option in options if isinstance(option, dict))


@singledispatch
def _check(rule: Rule, value: object, pointer: str) -> Problems:
    """Yield what is wrong with a value under a rule."""
    raise AssertionError(rule, value, pointer)


@_check.register
def _(rule: Words, value: object, pointer: str) -> Problems:
    if not isinstance(value, str):
        yield Problem(pointer, "must be a string")
    elif len(value) < rule.least:
        yield Problem(pointer, f"must be more than {rule.least - 1} characters")
    elif rule.most is not None and len(value) > rule.most:
        yield Problem(pointer, f"must be less than {rule.most + 1} characters")
    elif rule.pattern is not None and not re.fullmatch(rule.pattern, value):
        yield Problem(pointer, "is not in the expected format")


@_check.register
def _(rule: Text, value: object, pointer: str) -> Problems:
    if not isinstance(value, dict):
        yield Problem(pointer, "must provide an object")
        return
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in _TEXTS or (rule.plain and kind != "plain_text"):
        yield Problem(f"{pointer}/type", f"unsupported type: {kind}")
        return
    rest = {key: item for key, item in value.items() if key != "type"}
    words = Words(most=rule.most, least=rule.least, required=True)
    yield from _fields(rest, Shape({"text": words, _TEXTS[kind]: Flag()}), pointer)


@_check.register
def _(_rule: Flag, value: object, pointer: str) -> Problems:
    if not isinstance(value, bool):
        yield Problem(pointer, "must be a boolean")


@_check.register
def _(rule: Whole, value: object, pointer: str) -> Problems:
    if not isinstance(value, int) or isinstance(value, bool):
        yield Problem(pointer, "must be an integer")
    elif rule.least is not None and value < rule.least:
        yield Problem(pointer, f"must be greater than {rule.least - 1}")
    elif rule.most is not None and value > rule.most:
        yield Problem(pointer, f"must be less than {rule.most + 1}")


@_check.register
def _(rule: Choice, value: object, pointer: str) -> Problems:
    if not isinstance(value, str) or value not in rule.values:
        yield Problem(pointer, f"must be one of: {', '.join(sorted(rule.values))}")


@_check.register
def _(rule: Part, value: object, pointer: str) -> Problems:
    if not isinstance(value, dict):
        yield Problem(pointer, "must provide an object")
    elif rule.shape:
        yield from _fields(value, OBJECTS[rule.shape], pointer)
    elif not isinstance(value.get("type"), str) or value["type"] not in rule.kinds:
        yield Problem(f"{pointer}/type", f"unsupported type: {value.get('type')}")
    else:
        rest = {key: item for key, item in value.items() if key != "type"}
        yield from _fields(rest, _SHAPES[value["type"]], pointer)


@_check.register
def _(rule: Parts, value: object, pointer: str) -> Problems:
    if not isinstance(value, list):
        yield Problem(pointer, "must be an array")
        return
    if len(value) > rule.most:
        yield Problem(pointer, f"no more than {rule.most} items allowed")
    if len(value) < rule.least:
        yield Problem(pointer, f"must provide at least {rule.least} items")
    for number, item in enumerate(value):
        yield from _check(rule.each, item, f"{pointer}/{number}")


@_check.register
def _(_rule: Free, _value: object, _pointer: str) -> Problems:
    yield from ()
