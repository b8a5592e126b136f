"""The kinds of rules that the tables of `elements` and `limits` are written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Surface(StrEnum):
    """Where blocks can stand."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Words:
    """A plain string.

    Attributes:
        most: Characters at most; none is no limit.
        least: Characters at least, when the field is there.
        required: Whether it must be there.
        pattern: A regular expression that the whole string must match.
    """

    most: int | None = None
    least: int = 0
    required: bool = False
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text object, `plain_text` or `mrkdwn` (only the first if `plain`), of `least` to `most` characters."""

    most: int
    least: int = 1
    required: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""

    required: bool = False


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`."""

    least: int | None = None
    most: int | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a closed set of strings."""

    values: frozenset[str]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One object. Its shape is found by its `type`, which must be one of `kinds`, or else by the name `shape`."""

    kinds: frozenset[str] = frozenset()
    shape: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Parts:
    """A list of `least` to `most` items that each keep the rule `each`."""

    most: int
    each: Rule
    least: int = 1
    required: bool = False


@dataclass(frozen=True, slots=True)
class Free:
    """Anything: a field that Slack knows and this workspace does not look into."""

    required: bool = False


Rule = Words | Text | Flag | Whole | Choice | Part | Parts | Free


@dataclass(frozen=True, slots=True)
class Shape:
    """What an object may hold.

    Attributes:
        fields: Each field with its rule; any other field is refused.
        any_of: At least one of these fields must be there.
        surfaces: For a block: where it may stand.
    """

    fields: Mapping[str, Rule]
    any_of: tuple[str, ...] = ()
    surfaces: frozenset[Surface] = frozenset(Surface)
