"""What an app tells people of itself: what can be typed behind its commands, and the shortcuts of a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Typed:
    """Something that can be typed behind a command.

    Attributes:
        command: Such as `/rollback`.
        usage: What follows, such as `deny CODE REASON`.
        does: What it does, in one sentence.
    """

    command: str
    usage: str
    does: str


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut in a message's menu.

    Attributes:
        callback_id: What the app is told.
        name: What people read.
    """

    callback_id: str
    name: str


@dataclass(frozen=True, slots=True)
class App:
    """The app.

    Attributes:
        typed: What the composer completes.
        shortcuts: What stands in the menu of each message.
    """

    typed: tuple[Typed, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Return what a JSON object with the same names says."""
        typed = tuple(Typed(**one) for one in told.get("typed", ()))
        return cls(typed, tuple(Shortcut(**one) for one in told.get("shortcuts", ())))
