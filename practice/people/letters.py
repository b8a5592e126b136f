"""Communications' part: looks where each notice stands, reviews, has it approved by a second person, marks it sent.

What is to be done next stands in the bot's own answer; it is typed as it stands there, by whoever may.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from practice.people.cast import Cast
from practice.workspace.people import Person

Ask = Callable[[Person, str], str]
"""Types ``/rollback …`` as a person and returns the answer."""

_NEXT: Final = re.compile(
    r"^• `(?P<name>[\w-]+)`.*Next: `/rollback drafts \S+ (?P<verb>review|approve|sent)(?P<rest>[^`]*)`"
)
_APPROVED_BY: Final = re.compile(r"approved by ((?:[A-Z]+)(?: or [A-Z]+)*)")
_PEOPLE: Final = re.compile(r"^(\d+) people \(", re.MULTILINE)
AFTER_GO_LIVE: Final = frozenset({"restored", "management-summary"})
"""What users and management are told only when the service was declared healthy."""
DESK: Final = 12
"""People at the made-up help desk."""


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next about a notice: its name, the verb, and what is typed behind it."""

    name: str
    verb: str
    rest: str


@dataclass
class Letters:
    """Everything about notices that people do.

    Attributes:
        cast: Who plays.
        ask: Types a command.
        done: What was typed and taken, one line each.
        refusals: What was refused, one line each.
    """

    cast: Cast
    ask: Ask
    done: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def round(self, *, live: bool) -> int:
        """Do what comes next about each notice; returns how much was done.

        Args:
            live: Whether the service was declared healthy.
        """
        writer = self.cast.first("CL")
        steps = list(steps_in(self.ask(writer, "drafts")))
        return sum(self._take(step, writer) for step in steps if live or not _waits(step))

    def _take(self, step: Step, writer: Person) -> bool:
        if step.verb == "review":
            return self._typed(writer, f"drafts {step.name} review {step.rest}")
        shown = self.ask(writer, f"drafts {step.name} show")
        if step.verb == "sent":
            return self._typed(writer, f"drafts {step.name} sent channel=mail count={self._count(step.name, writer)}")
        named = _APPROVED_BY.search(shown)
        people = self.cast.having(named.group(1).split(" or ") if named else ("IC", "SO"))
        return any(self._typed(person, f"drafts {step.name} approve {step.rest}") for person in people)

    def _count(self, name: str, writer: Person) -> int:
        """To how many people a notice went: to everybody on the list, or to the help desk."""
        if name != "re-enrol":
            return DESK
        listed = _PEOPLE.search(self.ask(writer, "drafts recipients show"))
        return max(1, int(listed.group(1))) if listed else 1

    def _typed(self, person: Person, text: str) -> bool:
        answer = self.ask(person, text)
        taken = re.search(r"\bis (reviewed|approved|marked sent)\b", answer) is not None
        (self.done if taken else self.refusals).append(f"{person.key}: {text}: {answer}")
        return taken


def steps_in(answer: str) -> Iterator[Step]:
    """What comes next about each notice, out of the bot's list of notices."""
    for line in answer.splitlines():
        found = _NEXT.match(line)
        if found:
            yield Step(found["name"], found["verb"], found["rest"].strip())


def _waits(step: Step) -> bool:
    return step.verb == "sent" and step.name in AFTER_GO_LIVE
