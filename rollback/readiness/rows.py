"""What a check comes to: rows that pass, warn or fail, each with what to do; the whole is as bad as its worst row."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class Outlook(StrEnum):
    """How one row, or the whole, looks."""

    OFF = "off"  # the settings have this system off: people read and act, nothing was asked
    PASS = "pass"  # noqa: S105 - a word, not a password
    WARN = "warn"  # a rollback would be possible, with more care, more votes or more hands
    FAIL = "fail"  # a rollback, or a part of it, would stop here


IDENTITY: Final = "identity"
"""Name of the row that says which system answers."""
DEVICES: Final = "devices"
"""Name of the row that counts the devices."""
_RANK: Final = (Outlook.OFF, Outlook.PASS, Outlook.WARN, Outlook.FAIL)
EXIT: Final[Mapping[Outlook, int]] = {Outlook.OFF: 0, Outlook.PASS: 0, Outlook.WARN: 1, Outlook.FAIL: 2}
"""Exit status of a program that has checked: the one of monitoring plug-ins."""


@dataclass(frozen=True)
class Row:
    """One thing that was asked for.

    Attributes:
        subject: Whose row it is: a system, a node, ``door``, ``host``, ``slack``.
        name: What was asked for: ``clock``, ``rights``.
        outlook: How it looks.
        text: What was seen, one sentence.
        todo: What a person should do; empty when nothing has to be done.
        code: What settings accept it by: the code of a finding, else the row's name.
        value: What was read, for machines: the identity, the number of devices; empty where the text says all.
    """

    subject: str
    name: str
    outlook: Outlook
    text: str
    todo: str = ""
    code: str = ""
    value: str = ""


@dataclass(frozen=True)
class Report:
    """One check of one estate.

    Attributes:
        estate: The estate's name.
        at: When it was begun, aware UTC.
        rows: Every row, subject by subject.
        rollback: The open rollback on this estate, ``RB-7``; empty: none.
    """

    estate: str
    at: datetime
    rows: tuple[Row, ...] = field(default=())
    rollback: str = ""

    @property
    def outlook(self) -> Outlook:
        """The worst of the rows."""
        return worst(row.outlook for row in self.rows)

    @property
    def devices(self) -> int | None:
        """How many devices the service has; None: not read."""
        return next((int(row.value) for row in self.rows if row.name == DEVICES and row.value), None)

    def count(self, outlook: Outlook) -> int:
        """How many rows look so."""
        return sum(row.outlook is outlook for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """The report for machines, and for keeping; `from_json` reads it back."""
        rows = [asdict(row) for row in self.rows]
        return {
            "estate": self.estate,
            "at": self.at.isoformat(),
            "rollback": self.rollback,
            "outlook": self.outlook,
            "rows": rows,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Report":
        """What `to_json` made."""
        rows = tuple(Row(**{**row, "outlook": Outlook(row["outlook"])}) for row in stored["rows"])
        return cls(stored["estate"], datetime.fromisoformat(stored["at"]), rows, stored["rollback"])


def against(report: Report, before: Report | None) -> Report:
    """The report with a warning where another system answers at an address than in the report before."""
    known = {row.subject: row.value for row in before.rows if row.name == IDENTITY} if before is not None else {}
    return replace(report, rows=tuple(_recognised(row, known.get(row.subject, "")) for row in report.rows))


def _recognised(row: Row, known: str) -> Row:
    if row.name != IDENTITY or not known or row.value in ("", known):
        return row
    text = f"Another one answers than at the last check: {row.value}, then it was {known}."
    todo = "Find out whether it was replaced; the next check takes the new one for right."
    return replace(row, outlook=Outlook.WARN, text=text, todo=todo, code="identity-changed")


def worst(outlooks: Iterable[Outlook]) -> Outlook:
    """The worst of them; of none: off."""
    return max(outlooks, key=_RANK.index, default=Outlook.OFF)


def accept(rows: Iterable[Row], accepted: Collection[str]) -> tuple[Row, ...]:
    """The rows with those warnings turned into passes that the settings accept; what fails can't be accepted."""
    return tuple(
        replace(row, outlook=Outlook.PASS, text=f"{row.text} Accepted in the settings.", todo="")
        if row.outlook is Outlook.WARN and (row.code or row.name) in accepted
        else row
        for row in rows
    )
