"""What came of a change: how it ended, what a look for it saw, and why it was not begun."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = Any  # what json.dumps takes


@dataclass(frozen=True)
class Done:
    """It is so.

    Attributes:
        text: What was seen.
        ours: True: by us; False: not known by whom.
        facts: What the journal keeps.
    """

    text: str
    ours: bool = True
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class InFlight:
    """It is under way; `follow` takes it up with this ref."""

    ref: Json
    text: str = ""


@dataclass(frozen=True)
class NotDone:
    """It was not seen. One such look is no proof."""

    text: str


@dataclass(frozen=True)
class Unknown:
    """It can't be told; a person has to look. The text says what is known and what to do next."""

    text: str
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Failed:
    """It was refused or broke off, and that is certain.

    Attributes:
        text: What was seen, and what to do next.
        may_have_happened: It is not certain after all: it is looked for.
        facts: What the journal keeps.
    """

    text: str
    may_have_happened: bool = False
    facts: Mapping[str, Json] = field(default_factory=dict)


Look: TypeAlias = Done | InFlight | NotDone | Unknown
Outcome: TypeAlias = Done | Failed | Unknown


class AlreadySo(Exception):
    """Right before acting, the goal is reached already; nothing was sent. The message says what was seen."""


class GuardFailed(Exception):
    """Right before acting, something that makes the change safe did not hold. Nothing was sent."""
