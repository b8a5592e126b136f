"""Where the team that plays on by itself stops and leaves the votes to whoever practises."""

from typing import Any

from bot.demo.attending import lines
from practice.people.cards import Card


def card(head: str, *labels: str) -> Card:
    """A card of a gate, as the workspace shows it, with these buttons."""
    elements: list[dict[str, Any]] = [
        {"type": "button", "action_id": label, "text": {"type": "plain_text", "text": label}} for label in labels
    ]
    words = {"type": "section", "text": {"type": "mrkdwn", "text": head}}
    return Card.of({"ts": "1.1", "blocks": [words, {"type": "actions", "elements": elements}]})


def test_a_gate_that_asks_for_the_number_is_a_line() -> None:
    """*Approve…* asks for the rollback's number, because a line is crossed there; a plain *Approve* crosses none."""
    cards = [
        card("*DRILL · RB-1 · gate close* · Close the door", "Approve", "Deny…"),
        card("*DRILL · RB-1 · gate go-back* · Overwrite", "Approve…", "Deny…"),
        card("*DRILL · RB-1 · gate open* · Open the door", "Deny…"),
    ]
    assert lines(cards) == {"go-back"}
