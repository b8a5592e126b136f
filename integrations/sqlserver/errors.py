"""From what an ODBC driver raises to the tree of `integrations.errors`: did SQL Server answer no, or is nobody there?

An error with a number of SQL Server's own is an answer. One without, or with a number of the driver's own network
layer, means that the connection is lost; for a change that leaves its outcome open.
"""

import re
from dataclasses import dataclass

from integrations.errors import (
    IntegrationError,
    LoginRefused,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Refused,
    SessionEnded,
    Unreachable,
)

SYSTEM = "sqlserver"

_NUMBER = re.compile(r"\((-?\d+)\)\s*\(SQL\w+\)")
_TAIL = re.compile(r"\s*\((-?\d+)\)\s*\(SQL\w+\).*$", re.DOTALL)
_PREFIX = re.compile(r"^(?:\[[^\]]*\]\s*)+")
_FREETDS_OWN = range(20000, 20100)  # FreeTDS's client library: 20003 timeout, 20006 write failed, 20009 unavailable …
_ENDS_CONNECTION = frozenset({596, 6005, 6006, 17142})  # KILL, shutdown in progress: the connection goes with them
_TIMEOUTS = frozenset({"HYT00", "HYT01"})
_CANCELLED = "HY008"
_LOGIN_REFUSED = frozenset({18452, 18456, 18461, 18470, 18486, 18487, 18488})
_STARTING = 18401
_NOT_PERMITTED = frozenset({229, 230, 262, 297, 300, 916, 2571, 3110, 5011, 5812, 15151, 15247})
_NOT_FOUND = frozenset({208, 911, 3201, 5133})
_MOST_TEXT = 300
_LOOK = "Look at running requests, msdb and the database's state before anything is repeated."
_ADVICE = {
    3101: "Find out who is in the database (host and program), then run the stage again.",
    3013: "Read SQL Server's error log for the reason, then decide.",
    3132: "Give all files of the striped backup set.",
    3154: "The file belongs to another database: pick the backup again.",
    3159: "The log's tail is not backed up: let the database administrator decide.",
    3169: "The backup comes from a newer SQL Server: it can't be restored here.",
    3187: "The backup has no checksums: restore it without CHECKSUM after an override, or pick another.",
    3189: "The backup is damaged: pick another one.",
    3201: "Check the path and whether SQL Server's service account may read and write there.",
    3202: "Check the free space of the target, then run the stage again with a new file.",
    3234: "The approved places name a file that the backup doesn't hold: let the stage be previewed again.",
    3241: "The file is no readable backup: pick another one.",
    1844: "Switch compression off in the settings: this edition can't.",
    3257: "Make room on that volume, or let the DBA place the files elsewhere, then run the stage again.",
    5052: "The database is not open: look at its state before anything else.",
    5133: "Let the DBA make that folder for SQL Server's service account, then run the stage again.",
}


@dataclass(frozen=True)
class DriverError:
    """What the driver raised, taken apart.

    Attributes:
        state: SQLSTATE.
        number: SQL Server's own number; 0 if the error doesn't come from SQL Server.
        text: The message without the driver's prefixes, one line, capped.
    """

    state: str
    number: int
    text: str

    @property
    def answered(self) -> bool:
        """Whether SQL Server itself answered and the connection lives on."""
        return self.number > 0 and self.number not in _ENDS_CONNECTION

    @property
    def timed_out(self) -> bool:
        """Whether the driver gave up waiting."""
        return self.state in _TIMEOUTS

    @property
    def said(self) -> str:
        """The server's words with their number, for messages."""
        return f"SQL Server said: {self.text} ({self.number})"


def parse(error: Exception) -> DriverError:
    """Take a pyodbc error apart: ``args`` are SQLSTATE and a text ending in ``(number) (function)``."""
    state = str(error.args[0]) if error.args else ""
    whole = str(error.args[1]) if len(error.args) > 1 else str(error)
    found = _NUMBER.search(whole)
    number = int(found.group(1)) if found else 0
    if number in _FREETDS_OWN or state.startswith("08") or "[SQL Server]" not in whole:
        number = 0
    text = " ".join(_TAIL.sub("", _PREFIX.sub("", whole)).split())
    return DriverError(state, number, text[:_MOST_TEXT].rstrip("."))


def login_failed(error: Exception, where: str) -> IntegrationError:
    """Why no connection was made. The server's words are left out: they hold the account's name."""
    whole = " ".join(str(arg) for arg in error.args)
    found = _NUMBER.search(whole)
    number = int(found.group(1)) if found else 0
    if number in _LOGIN_REFUSED:
        return LoginRefused(
            SYSTEM,
            f"{where} refused the login ({number})",
            next_step="Right after a restart it may still be recovering. Check the account, then press Check again.",
        )
    if number == _STARTING:
        return Unreachable(SYSTEM, f"{where} is starting ({number})", next_step="Wait a moment, then check again.")
    if "certificate" in whole.lower():
        return Unreachable(
            SYSTEM,
            f"the certificate of {where} was not accepted",
            next_step="Compare the CA and the name in the settings with the server's certificate.",
        )
    if parse(error).timed_out:
        return Unreachable(SYSTEM, f"{where} did not answer in time")
    return Unreachable(SYSTEM, f"no connection to {where} ({parse(error).state or type(error).__name__})")


def read_failed(error: Exception, doing: str) -> IntegrationError:
    """Why a read failed; `SessionEnded` means that it may be tried once on a new connection."""
    seen = parse(error)
    if seen.timed_out:
        return Unreachable(SYSTEM, f"{doing}: no answer in time", next_step="Check again when the server is less busy.")
    if not seen.answered:
        return SessionEnded(SYSTEM, f"{doing}: the connection was lost ({seen.state})")
    return _answered_no(seen, doing)


def never_ended(doing: str, last: int) -> OutcomeUnknown:
    """A change whose answer ended without the message that proves its end."""
    return OutcomeUnknown(SYSTEM, f"{doing} ended without its last message ({last})", next_step=_LOOK)


def change_failed(error: Exception, doing: str) -> IntegrationError:
    """Why a change failed: SQL Server said no, or nobody knows."""
    seen = parse(error)
    if seen.answered and seen.state != _CANCELLED:
        return _answered_no(seen, doing)
    how = "was cancelled" if seen.state == _CANCELLED else "lost its connection"
    return OutcomeUnknown(
        SYSTEM,
        f"{doing} {how} ({seen.number or seen.state})",
        next_step=_LOOK,
    )


def _answered_no(seen: DriverError, doing: str) -> IntegrationError:
    what = f"{doing}: {seen.said}"
    if seen.number in _NOT_PERMITTED:
        return NotPermitted(SYSTEM, what)
    if seen.number in _NOT_FOUND:
        return NotFound(SYSTEM, what, next_step=_ADVICE.get(seen.number, ""))
    return Refused(SYSTEM, what, code=str(seen.number), next_step=_ADVICE.get(seen.number, ""))
