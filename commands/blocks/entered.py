"""What a person filled in: Slack's `view.state.values` as texts by `block_id`."""

from collections.abc import Mapping
from typing import Any

from commands.blocks.actions import Field

_PLACES = ("value", "selected_date_time", "selected_user")
_EVIDENCE = f"{Field.EVIDENCE}:"


def entered(view: Mapping[str, Any]) -> dict[str, str]:
    """Every input that was filled in, by its `block_id`; what was left empty is left out.

    Args:
        view: The `view` of Slack's payload.
    """
    values: Mapping[str, Mapping[str, Mapping[str, Any]]] = view["state"]["values"]
    found = {}
    for block_id, elements in values.items():
        for element in elements.values():
            text = _text(element)
            if text:
                found[block_id] = text
    return found


def evidence(filled: Mapping[str, str]) -> dict[str, str]:
    """The fields of evidence among what was filled in, by the field's own name."""
    return {name.removeprefix(_EVIDENCE): value for name, value in filled.items() if name.startswith(_EVIDENCE)}


def _text(element: Mapping[str, Any]) -> str:
    option = element.get("selected_option")
    if isinstance(option, Mapping):
        return str(option["value"])
    return next((str(element[place]).strip() for place in _PLACES if element.get(place) is not None), "")
