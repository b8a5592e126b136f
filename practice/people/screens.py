"""Screens of the practice workspace: what people press, type and send off there, and what they see of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from practice.people import forms
from practice.people.cards import Card
from practice.people.writing import Pen
from practice.workspace.client import WorkspaceClient
from practice.workspace.inputs import CannotDoThat
from practice.workspace.people import INCIDENT, Person
from practice.workspace.seen import Seen

COMMAND: Final = "/rollback"
SCREEN: Final = 5.0  # seconds that people wait for a dialog
NOW: Final = 2**53  # a change that is still to come
UNSERVED: Final = frozenset({"dispatch_failed", "operation_timeout"})
"""What Slack shows of a bot that doesn't answer: no word of the bot's, so nobody was refused."""


class Answered(Exception):
    """The bot has answered with a sentence where a dialog was expected."""


class NotServed(Exception):
    """Slack shows that the bot is away, or that it didn't answer in time; it may be back in a moment."""


@dataclass
class Screens:
    """Everybody's screen.

    Attributes:
        workspace: The practice workspace.
    """

    workspace: WorkspaceClient
    _since: dict[str, int] = field(default_factory=dict)

    def type_in(self, person: Person, text: str) -> str:
        """What the bot answers to a command; empty while it is away."""
        seen = self.workspace.slash(person.id, INCIDENT, COMMAND, text)
        return seen.text or seen.words

    def press(self, card: Card, person: Person, label: str) -> Seen:
        """Press a button of a card.

        Raises:
            CannotDoThat: The card has no such button any more.
            NotServed: The bot was away or didn't answer.
        """
        found = card.button(label)
        if found is None:
            raise CannotDoThat(f"the card of {card.stage or card.gate} has no button {label!r}")
        self._since[person.id] = self.workspace.changes(since=NOW)["version"]
        return served(self.workspace.press(person.id, INCIDENT, card.ts, found.action))

    def put_away(self, person: Person) -> None:
        """Close whatever is open on somebody's screen."""
        view = self.workspace.screen(person.id)
        if view is not None:
            self.workspace.close(person.id, view["id"], whole=True)

    def dialog(self, person: Person) -> dict[str, Any]:
        """The dialog on somebody's screen, as soon as there is one.

        Raises:
            Answered: The bot said something to this person instead.
        """

        def seen() -> dict[str, Any] | None:
            view = self.workspace.screen(person.id)
            news = self.workspace.changes(since=self._since.get(person.id, NOW), person=person.id)["changes"]
            if view is None and any(change["what"] == "ephemeral" for change in news):
                raise Answered(self.workspace.ephemerals(person.id)[-1]["text"])
            return view

        return self.workspace.wait_for(seen, SCREEN)

    def redrawn(self, person: Person, before: str) -> dict[str, Any]:
        """The dialog on somebody's screen, as soon as its hash is another one than `before`."""

        def other() -> dict[str, Any] | None:
            view = self.workspace.screen(person.id)
            return view if view is not None and view["hash"] != before else None

        return self.workspace.wait_for(other, SCREEN)

    def submit(self, person: Person, view: Mapping[str, Any], pen: Pen, *, agree: bool = True) -> str:
        """Fill in a dialog and send it off; what is refused is closed, and its sentence returned."""
        seen = served(self.workspace.submit(person.id, view["id"], forms.fill(view, pen, agree=agree)))
        refused = seen.error or " ".join(seen.problems.values())
        if seen.view is not None:
            self.workspace.close(person.id, seen.view["id"], whole=True)
            refused = refused or words_of(seen.view)
        return refused


def served(seen: Seen) -> Seen:
    """What somebody sees after an act that the bot has taken.

    Raises:
        NotServed: The bot was away or didn't answer.
    """
    if seen.error in UNSERVED:
        raise NotServed(f"{seen.error}: {NotServed.__doc__}")
    return seen


def opens_dialog(card: Card, label: str) -> bool:
    """Whether a button announces a dialog."""
    found = card.button(label)
    return found is not None and found.label.endswith("…")


def words_of(view: Mapping[str, Any]) -> str:
    """What a dialog says, shortened."""
    texts = [block["text"]["text"] for block in view.get("blocks") or () if isinstance(block.get("text"), dict)]
    return " ".join(texts)[:300]
