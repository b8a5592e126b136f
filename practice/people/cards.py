"""Reading a message as people do: its words, its buttons, who is waited for, what stands open. Pure functions."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

Json = dict[str, Any]
Places = tuple[tuple[str, ...], ...]
"""Who is waited for: one entry a place, with the roles of which one is enough."""

_MARKUP: Final = str.maketrans("", "", "*`")
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_HEAD: Final = re.compile(r"(DRILL|REAL) · (RB-\d+)")
_GATE: Final = re.compile(r"RB-\d+ · gate (\S+?)(?:, round \d+)? · ")
_STAGE: Final = re.compile(r"RB-\d+ ·(?: \S)? \d+ ([\w@.-]+)(?: — |: )")
_OVER: Final = re.compile(r"RB-\d+ · \S \d+ [\w@.-]+: ([a-z ]+)")
_STATE: Final = re.compile(r"^\*(.+?)\*")
_ATTEMPT: Final = re.compile(r" attempt (\d+)")
_WAITING: Final = re.compile(r"waiting for (.*?) \((\d+) of (\d+)\)")
_CHECK: Final = re.compile(
    r"^• \*(?P<name>[\w@.-]+)\* for (?P<who>[A-Z]+(?: or [A-Z]+)*)(?P<more>.*?): (?P<wants>.*) `/rollback "
)
_TWIN: Final = re.compile(r"`/rollback attest ([\w@.-]+):([\w@.-]+)(.*?)`")
_ATTEST: Final = re.compile(r"^• \*by hand now:\* .*?\(([A-Z]+(?: or [A-Z]+)*|)\)")
_CHANGE: Final = re.compile(
    r"^`(?P<number>\d+\.\d+)` (?:`(?P<code>.*?)`|(?P<plain>.*?)) — (?P<state>[^:,]+)(?P<rest>.*)$"
)
_NOT_COUNTING: Final = re.compile(r"^\*Doesn't count as approver:\* (.+?) \(")
_VOTED: Final = re.compile(r"^(.+?) (?:approved|\*DENIED\*)")


@dataclass(frozen=True, slots=True)
class Button:
    """A button as it is seen: its label, and what a press sends."""

    label: str
    action: str


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """A check that waits for people.

    Attributes:
        name: Its name within the stage.
        who: The roles of which any may answer.
        wants: What must be so.
        more: What the card adds: how many people, who has answered, whether it is optional.
    """

    name: str
    who: tuple[str, ...]
    wants: str
    more: str


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A change on a stage's card: its number, its words, how it stands, and the rest of its line."""

    number: str
    text: str
    state: str
    rest: str


@dataclass(frozen=True)
class Card:
    """One message of the bot.

    Attributes:
        channel, ts: Where it is.
        lines: Its words, line by line, as Slack shows them but with its markup.
        buttons: What can be pressed.
        version: How often it was drawn.
    """

    channel: str
    ts: str
    lines: tuple[str, ...]
    buttons: tuple[Button, ...]
    version: int = 0

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> "Card":
        """The card that a message of the workspace shows."""
        blocks: Sequence[Json] = message.get("blocks") or ()
        words = [line for block in blocks for text in _texts(block) for line in _plain(text).split("\n")]
        elements = [element for block in blocks for element in block.get("elements") or ()]
        buttons = tuple(
            Button(str(one["text"]["text"]), str(one["action_id"])) for one in elements if one["type"] == "button"
        )
        drawn = int(message.get("versions", 0))
        return cls(str(message.get("channel", "")), str(message["ts"]), tuple(words), buttons, drawn)

    def button(self, label: str) -> Button | None:
        """The button with this label, with or without the dots that announce a dialog."""
        return next((one for one in self.buttons if one.label.rstrip("….") == label), None)

    @cached_property
    def first(self) -> str:
        """The first line without emphasis."""
        return self.lines[0].translate(_MARKUP) if self.lines else ""

    @property
    def number(self) -> str:
        """The rollback's number, ``RB-7``, or empty."""
        found = _HEAD.search(self.first)
        return found.group(2) if found else ""

    @property
    def gate(self) -> str:
        """The gate that the card asks for, or empty."""
        found = _GATE.search(self.first)
        return found.group(1) if found else ""

    @property
    def stage(self) -> str:
        """The stage that the card shows, or empty."""
        found = None if self.gate else _STAGE.search(self.first)
        return found.group(1) if found else ""

    @property
    def state(self) -> str:
        """A stage's state in the card's own words, such as ``running`` or ``OUTCOME UNKNOWN``."""
        over = _OVER.search(self.first)
        if over:
            return over.group(1).strip()
        found = _STATE.match(self.lines[1]) if len(self.lines) > 1 else None
        return found.group(1) if found else ""

    @property
    def attempt(self) -> int:
        """The attempt that the card shows; 1 where it names none."""
        found = _ATTEMPT.search("\n".join(self.lines[:2]))
        return int(found.group(1)) if found else 1

    @property
    def missing(self) -> Places:
        """The places that still wait for a vote."""
        found = _WAITING.search(self.first)
        return places(found.group(1)) if found else ()

    @property
    def barred(self) -> frozenset[str]:
        """Names of people whose approve doesn't count, or who have voted."""
        said = [m.group(1) for m in map(_NOT_COUNTING.match, self.lines) if m]
        votes = self.lines[self.lines.index("*Votes so far:*") :] if "*Votes so far:*" in self.lines else ()
        return frozenset([*said, *(m.group(1) for m in map(_VOTED.match, votes) if m)])

    @property
    def open_checks(self) -> tuple[OpenCheck, ...]:
        """The checks that wait for people."""
        found = [(_CHECK.match(line), _TWIN.search(line)) for line in self.lines]
        return tuple(
            OpenCheck(check["name"], _roles(check["who"]), check["wants"], check["more"])
            for check, twin in found
            if check and twin and twin.group(2) == check["name"]
        )

    @property
    def attesters(self) -> tuple[str, ...]:
        """The roles that may attest what is to be made by hand now; empty when nothing is."""
        return next((_roles(m.group(1)) for m in map(_ATTEST.match, self.lines) if m), ())

    @property
    def by_hand_now(self) -> tuple[str, ...]:
        """Numbers of the changes that people are to make now."""
        line = next((one for one in self.lines if _ATTEST.match(one)), "")
        return tuple(re.findall(r"\b\d+\.\d+\b", line.partition(" below")[0]))

    @property
    def changes(self) -> tuple[ShownChange, ...]:
        """The changes on a stage's card."""
        found = [_CHANGE.match(line) for line in self.lines]
        return tuple(
            ShownChange(m["number"], (m["code"] or m["plain"] or "").strip(), m["state"].strip(), m["rest"])
            for m in found
            if m
        )


def places(text: str) -> Places:
    """``SO and (CL or SEC)`` as places."""
    return tuple(_roles(part.strip("() ")) for part in text.split(" and ") if part.strip("() "))


def _roles(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(" or ") if part)


def _texts(block: Mapping[str, Any]) -> Iterator[str]:
    text = block.get("text")
    if isinstance(text, Mapping):
        yield str(text["text"])
    if block.get("type") == "context":
        yield from (str(one["text"]) for one in block.get("elements") or () if isinstance(one.get("text"), str))


def _plain(text: str) -> str:
    for entity, sign in _ENTITIES:
        text = text.replace(entity, sign)
    return text
