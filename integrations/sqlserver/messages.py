"""What SQL Server says while a statement runs: numbered messages, as pyodbc hands them over."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

PROGRESS = 3211  # "10 percent processed."
PAGES_OF_FILE = 4035
PROCESSED = 3014  # BACKUP or RESTORE "successfully processed … pages in … seconds": the only proof of an end

_NUMBER = re.compile(r"\((-?\d+)\)\s*$")
_PREFIX = re.compile(r"^(?:\[[^\]]*\]\s*)+")
_PERCENT = re.compile(r"\d{1,3}")
_PROCESSED = re.compile(r"(\d+)\D+?(\d+(?:[.,]\d+)?)")


@dataclass(frozen=True)
class ServerMessage:
    """One message of the server.

    Attributes:
        number: SQL Server's own number; 0 for what PRINT says.
        text: Its text, without the driver's prefixes.
    """

    number: int
    text: str

    def percent(self) -> int | None:
        """How far BACKUP or RESTORE is, if this message tells (3211)."""
        found = _PERCENT.search(self.text) if self.number == PROGRESS else None
        return min(int(found.group()), 100) if found else None


@dataclass(frozen=True)
class Processed:
    """What message 3014 says: the statement ran to its end.

    Attributes:
        pages: Pages of 8 kB.
        seconds: How long it took by the server's own measure; 0 where its language hides it.
    """

    pages: int
    seconds: float


def read(messages: Iterable[tuple[str, str]]) -> tuple[ServerMessage, ...]:
    """The messages of a cursor: pairs of ``"[01000] (3211)"`` and the text after the driver's bracketed prefixes."""
    return tuple(_one(head, body) for head, body in messages)


def _one(head: str, body: str) -> ServerMessage:
    number = _NUMBER.search(head)
    return ServerMessage(int(number.group(1)) if number else 0, _PREFIX.sub("", body).strip())


def processed(messages: Iterable[ServerMessage]) -> Processed:
    """What 3014 said; zeros where it can't be read. Its text is in the login's language: only numbers are read."""
    texts = (message.text for message in messages if message.number == PROCESSED)
    found = next(filter(None, map(_PROCESSED.search, texts)), None)
    if found is None:
        return Processed(0, 0.0)
    return Processed(int(found.group(1)), float(found.group(2).replace(",", ".")))
