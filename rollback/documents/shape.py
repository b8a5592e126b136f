"""What a document may hold at a place, out of its model's JSON schema: for errors, editors and the docs."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel


class Shape:
    """The shape of one kind of document."""

    def __init__(self, model: type[BaseModel]) -> None:
        """Of the documents that `model` reads."""
        self._model = model

    def json_schema(self) -> dict[str, Any]:
        """The JSON schema (2020-12) of such a document."""
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_schema(self._model)}

    def expectation(self, path: Sequence[str | int]) -> str:
        """What a document has at `path`, in words: ``a number of minutes, 0 or more``."""
        for option in self._at(path):
            if said := _said(option):
                return said
        return "another value"

    def known_keys(self, path: Sequence[str | int]) -> tuple[str, ...]:
        """The keys that a mapping at `path` may have."""
        keys: dict[str, None] = {}
        for option in self._at(path):
            keys |= dict.fromkeys(option.get("properties", {}))
        return tuple(keys)

    def _at(self, path: Sequence[str | int]) -> list[Mapping[str, Any]]:
        found = self._options(_schema(self._model))
        for step in path:
            found = [option for place in found for option in self._options(_below(place, step))]
        return found

    def _options(self, schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        if "$ref" in schema:
            name = str(schema["$ref"]).rsplit("/", 1)[-1]
            return [{**option, **_kept(schema)} for option in self._options(_schema(self._model)["$defs"][name])]
        options = [option for branch in schema.get("anyOf", ()) for option in self._options(branch)]
        return [{**option, **_kept(schema)} for option in options] or [schema]


@lru_cache(maxsize=8)
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(by_alias=True, mode="validation")


def _below(place: Mapping[str, Any], step: str | int) -> Mapping[str, Any]:
    below = place.get("items") if isinstance(step, int) else place.get("properties", {}).get(step)
    if below is None and isinstance(step, str):
        below = place.get("additionalProperties")
    return below if isinstance(below, dict) else {}


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
