"""Interactive parts of blocks: naming them, finding them, what a person's choice looks like, what is incomplete."""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from secrets import token_urlsafe
from typing import Any, Final

from practice.workspace.checking import offered_options
from practice.workspace.wire import Json

_OPTION_OF_ONE: Final = frozenset({"static_select", "external_select", "radio_buttons", "overflow"})
_OPTIONS_OF_MANY: Final = frozenset({"multi_static_select", "multi_external_select", "checkboxes"})
_PLAIN_FIELD: Final[Mapping[str, tuple[str, str]]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "file_input": ("files", "initial_files"),
}
"""By the element's type: where its state keeps the value, and where the bot can set it beforehand."""
STATEFUL: Final = (frozenset(_PLAIN_FIELD) | _OPTION_OF_ONE | _OPTIONS_OF_MANY) - {"overflow"}


class CannotDoThat(Exception):
    """A person was asked to do what Slack's screen does not offer."""


def named(blocks: Sequence[Mapping[str, Any]]) -> list[Json]:
    """Return a copy in which each block and each interactive element has an id, as Slack fills them in."""
    copies: list[Json] = [deepcopy(dict(block)) for block in blocks]
    for block in copies:
        block.setdefault("block_id", token_urlsafe(4))
        for element in elements_of(block):
            if element.get("type") in STATEFUL | {"button", "overflow"}:
                element.setdefault("action_id", token_urlsafe(4))
    return copies


def elements_of(block: Mapping[str, Any]) -> Iterator[Json]:
    """Yield the elements in a block, wherever that kind of block keeps them."""
    places = [block.get("accessory"), block.get("element"), *(block.get("elements") or [])]
    yield from (element for element in places if isinstance(element, dict))


def find(blocks: Sequence[Json], action_id: str | None, block_id: str | None) -> tuple[Json, Json]:
    """Return the block and the element that a person presses; either id may be left out if the other suffices.

    Raises:
        CannotDoThat: No such element, or more than one.
    """
    found = [
        (block, element)
        for block in blocks
        if block_id in {None, block.get("block_id")}
        for element in elements_of(block)
        if element.get("action_id") is not None and action_id in {None, element["action_id"]}
    ]
    if len(found) != 1:
        there = sorted(str(e["action_id"]) for b in blocks for e in elements_of(b) if "action_id" in e)
        wanted = f"action_id={action_id} block_id={block_id}"
        raise CannotDoThat(
            f"{len(found)} elements on the screen answer to {wanted}; there are: {', '.join(there) or 'none'}"
        )
    return found[0]


def chosen(element: Mapping[str, Any], choice: object) -> Json:
    """Return the state of an element after a person's choice.

    Args:
        element: The element.
        choice: For options their value or visible text (a list of them where several can be chosen); else the value
            itself. A mapping with a `type` is taken as it is, so that a hostile client can be played.

    Raises:
        CannotDoThat: No such option is offered.
    """
    kind = str(element["type"])
    if isinstance(choice, Mapping) and "type" in choice:
        return dict(choice)
    if kind in _OPTION_OF_ONE:
        return {"type": kind, "selected_option": None if choice is None else _option(element, choice)}
    if kind in _OPTIONS_OF_MANY:
        choices = choice if isinstance(choice, list | tuple) else [] if choice is None else [choice]
        return {"type": kind, "selected_options": [_option(element, one) for one in choices]}
    if kind in _PLAIN_FIELD:
        return {"type": kind, _PLAIN_FIELD[kind][0]: choice}
    raise CannotDoThat(f"nothing can be chosen in a {kind}")


def _option(element: Mapping[str, Any], choice: object) -> Json:
    """Return the option that has this value, or else this text."""
    options = [dict(option) for option in offered_options(element)]
    for option in options:
        if option["value"] == choice:
            return option
    for option in options:
        if option["text"]["text"] == choice:
            return option
    raise CannotDoThat(
        f"no option {choice!r} is offered; there are: {', '.join(option['value'] for option in options)}"
    )


def initial(element: Mapping[str, Any]) -> Json:
    """Return the state of an element that nobody has touched."""
    kind = str(element["type"])
    if kind in _OPTION_OF_ONE:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _OPTIONS_OF_MANY:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    value, beforehand = _PLAIN_FIELD[kind]
    return {"type": kind, value: element.get(beforehand, [] if kind.startswith("multi_") else None)}


def collect(blocks: Sequence[Json], values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> Json:
    """Return `state.values` for these blocks.

    Args:
        blocks: The blocks, with ids.
        values: What the person enters: by `block_id` either the choice, or choices by `action_id`.
        before: An earlier state, kept where its block and action are still there.

    Raises:
        CannotDoThat: A value for a block or element that is not there, or an option that is not offered.
    """
    state: Json = {}
    unused = dict(values)
    for block in blocks:
        block_id = block["block_id"]
        for element in elements_of(block):
            if element.get("type") not in STATEFUL:
                continue
            action_id = element["action_id"]
            kept = (before or {}).get(block_id, {}).get(action_id)
            state.setdefault(block_id, {})[action_id] = kept or initial(element)
            if block_id in values:
                given = values[block_id]
                inner = isinstance(given, Mapping) and action_id in given
                state[block_id][action_id] = chosen(element, given[action_id] if inner else given)
                unused.pop(block_id, None)
    if unused:
        raise CannotDoThat(f"no input in {', '.join(unused)}; there are: {', '.join(state) or 'none'}")
    return state


def complaints(blocks: Sequence[Json], state: Mapping[str, Any]) -> dict[str, str]:
    """Return what Slack's own screen refuses before anything is sent, by `block_id`."""
    found: dict[str, str] = {}
    for block in blocks:
        if block.get("type") != "input":
            continue
        element = block["element"]
        entered = state.get(block["block_id"], {}).get(element["action_id"], {})
        complaint = _complaint(element, entered, optional=bool(block.get("optional")))
        if complaint:
            found[block["block_id"]] = complaint
    return found


def _complaint(element: Mapping[str, Any], entered: Mapping[str, Any], *, optional: bool) -> str | None:
    """Return what is wrong with one input, if anything."""
    value = next((item for key, item in entered.items() if key != "type"), None)
    if value in (None, "", [], {}):
        return None if optional else "Please complete this required field."
    if isinstance(value, str):
        return _wrong_words(element, value)
    most = element.get("max_selected_items")
    if isinstance(value, list) and isinstance(most, int) and len(value) > most:
        return f"Please choose no more than {most}."
    return None


def _wrong_words(element: Mapping[str, Any], value: str) -> str | None:
    """Return what is wrong with typed words: their length, or for some inputs their form."""
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    kind = element["type"]
    if kind == "plain_text_input" and not least <= len(value) <= most:
        return f"Please enter {least} to {most} characters."
    if kind == "email_text_input" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return "Please enter an email address."
    if kind == "url_text_input" and not re.match(r"https?://\S+$", value):
        return "Please enter a web address."
    if kind == "number_input":
        return _wrong_number(element, value)
    return None


def _wrong_number(element: Mapping[str, Any], value: str) -> str | None:
    """Return what is wrong with a typed number."""
    form = r"-?\d+(\.\d+)?" if element.get("is_decimal_allowed") else r"-?\d+"
    if not re.fullmatch(form, value):
        return "Please enter a number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and float(value) < float(least):
        return f"Please enter {least} or more."
    if most is not None and float(value) > float(most):
        return f"Please enter {most} or less."
    return None
