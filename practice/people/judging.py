"""What is to be done now, and by whom: told from the cards alone. Pure functions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from practice.people.cards import Card, OpenCheck
from practice.people.cast import Cast
from practice.workspace.people import DEPUTY, Person

UNKNOWN: Final = "OUTCOME UNKNOWN"
FAILED: Final = "FAILED"
OVER: Final = frozenset({"succeeded", "left out"})
LAST: Final = ("go-live", "tell-users")
"""The stages after which a rollback is over but for what is tidied up in days."""
TECHNICAL: Final = ("XA", "VA", "DBA", "IC")
NEVER_ASKED: Final = ("skip:", "abort")
"""Gates of rounds that the practice team never asks for, so it doesn't vote there either."""


class Kind(StrEnum):
    """What people do about a card."""

    VOTE = "vote"
    ANSWER = "answer"
    ATTEST = "attest"
    RECONCILE = "reconcile"
    RETRY = "retry"
    RESUME = "resume"


@dataclass(frozen=True)
class Task:
    """One thing to do.

    Attributes:
        kind: What.
        card: On which card.
        who: Who may do it, the most fitting first.
        check: The check to answer, if that is it.
    """

    kind: Kind
    card: Card
    who: tuple[Person, ...]
    check: OpenCheck | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two tasks the same one, however often the card was drawn in between."""
        about = self.who[0].id if self.kind is Kind.VOTE else ""
        if self.check is not None:
            about = f"{self.check.name}{self.check.more}"
        changes = ",".join(self.card.by_hand_now) if self.kind is Kind.ATTEST else ""
        attempt = "" if self.kind is Kind.RETRY else str(self.card.attempt)  # people don't try again for ever
        return (self.kind, self.card.ts, attempt, about, changes)


def tasks(cards: Iterable[Card], cast: Cast) -> Iterator[Task]:
    """Everything that waits for people, in the order of the cards."""
    for card in cards:
        if card.gate:
            yield from _votes(card, cast)
        elif card.stage:
            yield from _about_stage(card, cast)
        elif card.button("Resume"):
            yield Task(Kind.RESUME, card, cast.having(["IC"]))


def _votes(card: Card, cast: Cast) -> Iterator[Task]:
    if card.gate.startswith(NEVER_ASKED) or not (card.button("Approve") or card.button("Read all")):
        return
    for person in cast.voters(card.missing, card.barred):
        yield Task(Kind.VOTE, card, (person,))


def _about_stage(card: Card, cast: Cast) -> Iterator[Task]:
    if card.state == UNKNOWN and card.button("It happened"):
        yield Task(Kind.RECONCILE, card, cast.having(TECHNICAL))
    elif card.state == FAILED and card.button("Retry"):
        yield Task(Kind.RETRY, card, cast.having(TECHNICAL))
    elif card.by_hand_now and card.button("Attest"):
        yield Task(Kind.ATTEST, card, (*cast.having([*card.attesters, "IC"]), DEPUTY))
    if card.button("Answer"):
        yield from (Task(Kind.ANSWER, card, _left(check, cast), check) for check in card.open_checks)


def _left(check: OpenCheck, cast: Cast) -> tuple[Person, ...]:
    """Those who may answer a check and haven't yet: some checks want two people."""
    return tuple(one for one in cast.having(check.who) if one.id not in check.more and one.name not in check.more)


def states(cards: Iterable[Card]) -> dict[str, str]:
    """Each stage that has a card, with its state."""
    return {card.stage: card.state for card in cards if card.stage}


def is_over(cards: Iterable[Card]) -> bool:
    """Whether the rollback is over but for the tidying up."""
    found = states(cards)
    return all(found.get(stage) in OVER for stage in LAST)


def waits_for(cards: Iterable[Card]) -> list[str]:
    """What the cards say that they wait for: one line a card that isn't over."""
    lines = []
    for card in cards:
        if card.gate and card.missing:
            lines.append(f"gate {card.gate}: {' and '.join(' or '.join(place) for place in card.missing)}")
        elif card.stage and card.state not in OVER:
            why = next((line for line in card.lines if line.startswith(("*Why:*", "Starts after"))), "")
            checks = ", ".join(check.name for check in card.open_checks)
            lines.append(f"{card.stage}: {card.state}. {why} {'Open: ' + checks if checks else ''}".strip())
    return lines
