"""Finding out, after a crash or a lost reply, whether a change happened. It looks; it never guesses.

| looked | repeat SAFE | AFTER_LOOKING | ASK |
|---|---|---|---|
| Done | done | done | done |
| InFlight | followed to its end | the same | the same |
| NotDone once | acts again | looks again, `settle` later | looks again, `settle` later |
| NotDone twice, `settle` apart | – | acts again | a person is asked |
| Unknown | a person is asked | the same | the same |
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rollback.actions.action import Done, InFlight, Look, NotDone, Unknown
from storage.words import Repeat


@dataclass(frozen=True)
class Believe:
    """It happened; write it down."""

    done: Done


@dataclass(frozen=True)
class Follow:
    """It is under way; stay with it."""

    ref: Any


@dataclass(frozen=True)
class ActAgain:
    """It did not happen and may be acted again."""


@dataclass(frozen=True)
class LookAgain:
    """One look is no proof: look again then.

    Attributes:
        at: When, aware UTC.
        not_done: Whether this look counts as one that saw nothing.
    """

    at: datetime
    not_done: bool = True


@dataclass(frozen=True)
class AskAPerson:
    """It can't be known, or must not be repeated; the text says what is known and what to do."""

    text: str


Step = Believe | Follow | ActAgain | LookAgain | AskAPerson


def next_step(look: Look, repeat: Repeat, settle: timedelta, not_done_seen: int, now: datetime) -> Step:
    """What to do after one look.

    Args:
        look: What was seen.
        repeat: Whether the effect may act again.
        settle: How far apart two looks must be before "not done" is believed.
        not_done_seen: How many earlier looks, each `settle` after the one before, saw nothing.
        now: The present instant, aware UTC.
    """
    match look:
        case Done():
            return Believe(look)
        case InFlight(ref=ref):
            return Follow(ref)
        case Unknown(text=text):
            return AskAPerson(text)
        case NotDone(text=text):
            return _not_done(text, repeat, settle, not_done_seen, now)


def _not_done(text: str, repeat: Repeat, settle: timedelta, not_done_seen: int, now: datetime) -> Step:
    if repeat is Repeat.SAFE:
        return ActAgain()
    if not_done_seen == 0:
        return LookAgain(now + settle)
    if repeat is Repeat.AFTER_LOOKING:
        return ActAgain()
    return AskAPerson(f"{text} It was looked for twice and not seen, but it is never repeated without a person.")
