"""What surrounds the devices in the database: server properties, certificates, delivery groups, licences, LDAP, PKI.

Kept beside a capture as JSON, by part and name, and compared after the restore. Every difference is one of three:
expected by the version, an edit since the backup that has to be done again, or unexplained.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from integrations.errors import IntegrationError, NotFound, NotPermitted, Refused, WrongAnswer
from integrations.xenmobile import XenMobile

MAY_BE_MISSING = (NotPermitted, NotFound, Refused, WrongAnswer)
"""Errors of one part that don't stop the others; a node that is gone does."""

Values = Mapping[str, Any]


class Part(StrEnum):
    """What is kept."""

    PROPERTY = "property"
    CERTIFICATE = "certificate"
    DELIVERY_GROUP = "delivery_group"
    LICENCE = "licence"
    DIRECTORY = "directory"
    AUTHORITY = "authority"


class Cause(StrEnum):
    """Where a difference comes from."""

    BY_VERSION = "expected by version"
    EDIT = "edit since the backup"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the restored server has otherwise.

    Attributes:
        part: Which part.
        name: Its name there.
        cause: Where it comes from.
        before: Its values before the restore; None: it was not there.
        after: Its values after it; None: it is not there.
    """

    part: Part
    name: str
    cause: Cause
    before: Values | None
    after: Values | None


def read_surroundings(api: XenMobile) -> dict[str, Any]:
    """Every part by name, as JSON; a part that can't be read is the text of the reason instead.

    Raises:
        IntegrationError: The node can't be read any more.
    """
    reads: dict[Part, Callable[[], Iterable[tuple[str, Any]]]] = {
        Part.PROPERTY: lambda: ((one.name, one) for one in api.server_properties()),
        Part.CERTIFICATE: lambda: _numbered((f"{one.name}", one) for one in api.certificates()),
        Part.DELIVERY_GROUP: lambda: ((one.name, one) for one in api.delivery_groups()),
        Part.LICENCE: lambda: _numbered((one.edition, one) for one in api.licences()),
        Part.DIRECTORY: lambda: _numbered((one.domain, one) for one in api.directories()),
        Part.AUTHORITY: lambda: ((f"{one.group} {one.type}".strip(), one) for one in api.authorities()),
    }
    return {part.value: _part(read) for part, read in reads.items()}


def unread(surroundings: Values) -> tuple[str, ...]:
    """Which parts could not be read, each with the reason."""
    return tuple(f"{part.value}: {surroundings[part]}" for part in Part if isinstance(surroundings[part], str))


def digest(surroundings: Values) -> str:
    """SHA-256 over all parts."""
    return hashlib.sha256(json.dumps(surroundings, sort_keys=True).encode()).hexdigest()


def differences(before: Values, after: Values) -> tuple[Difference, ...]:
    """What differs between two readings, part by part, sorted by name; a part that either lacks is left out."""
    found: list[Difference] = []
    for part in Part:
        was, now = before[part], after[part]
        if isinstance(was, str) or isinstance(now, str):
            continue
        for name in sorted({*was, *now}):
            old, new = _compared(part, was.get(name)), _compared(part, now.get(name))
            if old != new:
                found.append(Difference(part, name, _cause(part, old, new), old, new))
    return tuple(found)


def _part(read: Callable[[], Iterable[tuple[str, Any]]]) -> Any:  # noqa: ANN401 - JSON
    try:
        found = {name: asdict(value) for name, value in read()}
    except MAY_BE_MISSING as error:
        return _reason(error)
    return json.loads(json.dumps(found, default=str))


def _reason(error: IntegrationError) -> str:
    return error.what


def _numbered(named: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Things that may share a name: the second of one name gets a number."""
    seen: dict[str, int] = {}
    for name, value in named:
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name} #{seen[name]}"), value


def _compared(part: Part, values: Values | None) -> Values | None:
    """What of it is compared: not the vendor's ids, and no count that moves by itself."""
    left_out = {"id", "in_use", "available"} if part is not Part.AUTHORITY else {""}
    return None if values is None else {key: value for key, value in values.items() if key not in left_out}


def _cause(part: Part, before: Values | None, after: Values | None) -> Cause:
    """A server property at its version's own default came with the version; what people keep up is an edit."""
    if part is Part.PROPERTY:
        return _cause_of_property(before, after)
    if part in (Part.CERTIFICATE, Part.DELIVERY_GROUP):
        return Cause.EDIT
    return Cause.UNEXPLAINED


def _cause_of_property(before: Values | None, after: Values | None) -> Cause:
    if all(one is None or _is_default(one) for one in (before, after)):
        return Cause.BY_VERSION
    if after is None or (before is not None and before["default"] == after["default"]):
        return Cause.EDIT
    return Cause.UNEXPLAINED


def _is_default(values: Values) -> bool:
    return bool(values["value"] == values["default"])
