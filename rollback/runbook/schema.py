"""The JSON schema of the format, and what it expects at a place: for editors, for errors, for the docs."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from rollback.runbook.spec import Runbook


def json_schema() -> dict[str, Any]:
    """The JSON schema (2020-12) of a runbook file."""
    schema = Runbook.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def expectation(path: Sequence[str | int]) -> str:
    """What a runbook has at `path`, in words: ``a number of minutes, 0 or more``."""
    for option in _at(path):
        if said := _said(option):
            return said
    return "another value"


def known_keys(path: Sequence[str | int]) -> tuple[str, ...]:
    """The keys that a mapping at `path` may have."""
    keys: dict[str, None] = {}
    for option in _at(path):
        keys |= dict.fromkeys(option.get("properties", {}))
    return tuple(keys)


@lru_cache(maxsize=1)
def _schema() -> dict[str, Any]:
    return Runbook.model_json_schema(by_alias=True, mode="validation")


def _at(path: Sequence[str | int]) -> list[Mapping[str, Any]]:
    found = _options(_schema())
    for step in path:
        found = [option for place in found for option in _options(_below(place, step))]
    return found


def _below(place: Mapping[str, Any], step: str | int) -> Mapping[str, Any]:
    below = place.get("items") if isinstance(step, int) else place.get("properties", {}).get(step)
    if below is None and isinstance(step, str):
        below = place.get("additionalProperties")
    return below if isinstance(below, dict) else {}


def _options(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return [{**option, **_kept(schema)} for option in _options(_schema()["$defs"][name])]
    options = [option for branch in schema.get("anyOf", ()) for option in _options(branch)]
    return [{**option, **_kept(schema)} for option in options] or [schema]


def _kept(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": schema["description"]} if "description" in schema else {}


def _said(option: Mapping[str, Any]) -> str:
    if "enum" in option:
        return "one of " + ", ".join(str(word) for word in option["enum"])
    if "properties" not in option and "description" in option:
        return str(option["description"])
    if option.get("minItems"):
        return f"a list of at least {option['minItems']}"
    kinds = {
        "string": "a text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "array": "a list",
        "object": "a mapping",
    }
    return kinds.get(str(option.get("type", "")), "")
