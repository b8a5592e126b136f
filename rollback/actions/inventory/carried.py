"""Overrides that a stage without a gate hands to the card of a later gate, by way of its result."""

from collections.abc import Iterable, Iterator

from rollback.actions.action import Finding, Given, Json
from storage.words import Severity

KEY = "overrides"
"""Key of a result: what was found, with the gate that shows it."""


def to_hand_on(findings: Iterable[Finding]) -> Json:
    """For a result: the overrides among `findings`."""
    return [
        {"code": one.code, "text": one.text, "gate": one.gate, "about": list(one.about)}
        for one in findings
        if one.severity is Severity.OVERRIDE and one.gate
    ]


def carried(given: Given, gate: str) -> Iterator[Finding]:
    """The overrides that earlier stages have handed to `gate`; its first stage shows them."""
    for result in given.results.values():
        for one in (result or {}).get(KEY, ()) if isinstance(result, dict) else ():
            if one["gate"] == gate:
                yield Finding(one["code"], Severity.OVERRIDE, one["text"], about=tuple(one["about"]))
