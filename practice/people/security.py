"""Security's part: reads the list that lies on disk, decides row by row, and has it done in the console.

The list names what the restore took back and what it made pending again. What had been cancelled is cancelled again,
what had been done or asked for is asked for again, the rest is left and looked at.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from practice.people.console import Console, WorldRefuses

LIST: Final = "*security*.csv"
STOP: Final = "stop it"
REPEAT: Final = "repeat it"
ACTIONS: Final[Mapping[str, str]] = {
    "wipe": "WIPE",
    "full wipe": "WIPE",
    "selective wipe": "CORP_WIPE",
    "lock": "LOCK",
    "revoke": "REVOKE",
}
CANCELLED: Final = "cancelled since"
WIPE_CANCELLED: Final = "wipe_cancelled"


class NoList(Exception):
    """There is no security list on disk, so nobody can decide anything about it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the list.

    Attributes:
        number: Id of the device's row in the console.
        what: What had become of the action.
        action: Which one.
        decide: What there is to decide.
    """

    number: int
    what: str
    action: str
    decide: str


def newest_list(folder: Path) -> Path:
    """The newest security list under `folder`.

    Raises:
        NoList: There is none.
    """
    found = sorted(folder.rglob(LIST), key=lambda file: file.stat().st_mtime_ns)
    if not found:
        raise NoList(f"{NoList.__doc__} Looked for {LIST} under {folder}.")
    return found[-1]


def rows(file: Path) -> Iterator[Row]:
    """The rows of a list."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            number = re.search(r"\d+", row["console"])
            yield Row(int(number.group()) if number else 0, row["what"], row["action"].lower(), row["decide"])


def decide(console: Console, file: Path, by: str) -> dict[str, list[int]]:
    """Decide every row and do what was decided; returns which rows were stopped, repeated and left, by place."""
    done: dict[str, list[int]] = {"stopped": [], "repeated": [], "left": []}
    for place, row in enumerate(rows(file), start=1):
        done[_decided(console, row, by)].append(place)
    return done


WORDS: Final[Mapping[str, str]] = {"stopped": "stop", "repeated": "repeat", "left": "leave"}
"""What is typed for what was done."""


def decide_by_hand(console: Console, by: str) -> dict[str, int]:
    """Where the bot reads nothing of XenMobile: what two exports of the console, compared by people, tell them.

    The exports are the practice world's own truth; what matters most is done, cancelled wipes are cancelled again.
    """
    done = {"stopped": 0, "left": 0}
    for device in console.truth()["devices"]:
        if device["reason"] == WIPE_CANCELLED and device["row"] is not None:
            done["stopped" if _done(console, "cancel-action", device["row"], "WIPE", by) else "left"] += 1
    return done


def _decided(console: Console, row: Row, by: str) -> str:
    action = ACTIONS.get(row.action, "")
    if row.decide.startswith(STOP) and row.what == CANCELLED and action:
        _done(console, "cancel-action", row.number, action, by)
        return "stopped"
    if row.decide.startswith(REPEAT) and action:
        _repeat(console, row.number, action, by)
        return "repeated"
    return "left"


def _repeat(console: Console, number: int, action: str, by: str) -> None:
    if action == "REVOKE":
        console.do("revoke", number=number, by=by)
        return
    _done(console, "ask-action", number, action, by)


def _done(console: Console, verb: str, number: int, action: str, by: str) -> bool:
    """Whether the console took it; one that says that it is so already leaves nothing to do."""
    try:
        console.do(verb, number=number, action=action, by=by)
    except WorldRefuses:
        return False
    return True
