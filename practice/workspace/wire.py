"""How arguments and refusals look on Slack's wire."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]
"""One JSON object, as it crosses the wire."""

_STRUCTURED = frozenset({"blocks", "view", "metadata", "files", "attachments"})
"""Arguments that arrive as JSON inside a string when the request is a form."""


class SlackError(Exception):
    """A method refuses, as Slack would.

    Attributes:
        code: Slack's word for it, such as `channel_not_found`.
        messages: What Slack adds under `response_metadata`.
        status: The HTTP status; Slack answers 200 to almost everything.
        headers: Further response headers.
        extra: Further fields of the answer, such as `needed` for `missing_scope`.
    """

    def __init__(
        self,
        code: str,
        messages: Sequence[object] = (),
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.messages = [str(message) for message in messages]
        self.status = status
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})

    def answer(self) -> Json:
        """Return the body of the refusal."""
        body: Json = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            body["errors"] = list(self.messages)
            body["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in self.messages]}
        return body


class Args:
    """The arguments of one call, with Slack's tolerance: numbers and booleans may be written as strings."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = dict(values)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string; without a default its absence is refused.

        Raises:
            SlackError: `invalid_arguments`, naming the argument.
        """
        value = self.values.get(name, default)
        if value is None:
            raise SlackError("invalid_arguments", [f"missing required field: {name}"])
        if isinstance(value, Mapping | list):
            raise SlackError("invalid_arguments", [f"must be a string [json-pointer:/{name}]"])
        return str(value)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean; `true` and `1` count as such."""
        return str(self.values.get(name, default)).lower() in {"true", "1"}

    def number(self, name: str, default: int, most: int = 1000) -> int:
        """Return a whole number between 1 and `most`.

        Raises:
            SlackError: `invalid_limit` style refusal as `invalid_arguments`.
        """
        try:
            return max(1, min(int(self.values.get(name) or default), most))
        except (TypeError, ValueError) as cause:
            raise SlackError("invalid_arguments", [f"must be an integer [json-pointer:/{name}]"]) from cause

    def listed(self, name: str) -> list[str]:
        """Return a list that may be written with commas."""
        value = self.values.get(name) or []
        items = value.split(",") if isinstance(value, str) else list(value)
        return [str(item).strip() for item in items if str(item).strip()]


def unpack_form(fields: Mapping[str, Any]) -> Json:
    """Return the arguments of a form, with the structured ones read from their JSON.

    Raises:
        SlackError: `invalid_blocks_format` or `invalid_arguments` if that JSON cannot be read.
    """
    values: Json = dict(fields)
    for name in _STRUCTURED & values.keys():
        if isinstance(values[name], str):
            try:
                values[name] = json.loads(values[name])
            except ValueError as cause:
                raise SlackError(
                    "invalid_blocks_format" if name == "blocks" else "invalid_arguments",
                    [f"could not be read as JSON [json-pointer:/{name}]"],
                ) from cause
    return values
