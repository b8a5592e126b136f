"""What the long readings came to, from how their changes ended: what the bot has read no attestation takes away."""

from enum import StrEnum

from rollback.actions.action import Change, Given, Json
from rollback.actions.database.reading import CHECK, VERIFY
from storage.words import By, ChangeState

CHECKDB, READABLE = "checkdb", "readable"
"""Keys of an outcome: what CHECKDB found, and whether VERIFYONLY could read the backup to its end."""


class Checked(StrEnum):
    """What is known of the restored database's structures."""

    CLEAN = "clean"  # CHECKDB, run by the bot, found no errors
    ATTESTED = "attested"  # people ran it and say that it found none
    ERRORS = "errors"
    NOT_RUN = "not-run"


PROVEN = frozenset({Checked.CLEAN, Checked.ATTESTED})
"""With these the database may go on to the nodes and to the devices."""


def checked(given: Given) -> Checked:
    """What CHECKDB of this attempt came to."""
    change = _of_this_attempt(given, CHECK)
    if change is None:
        return Checked.NOT_RUN
    found = read(change, CHECKDB)
    if found is not None:
        return Checked(found)
    return Checked.ATTESTED if by_people(change) else Checked.NOT_RUN


def unreadable(given: Given) -> bool:
    """Whether the bot could not read the safety backup of this attempt to its end."""
    change = _of_this_attempt(given, VERIFY)
    return change is not None and read(change, READABLE) is False


def read(change: Change, key: str) -> Json:
    """What the bot read last when it carried the change out, whatever people attested since; None: nothing."""
    outcome = change.outcome
    while outcome:
        if key in outcome:
            return outcome[key]
        outcome = outcome.get("earlier") or {}
    return None


def by_people(change: Change) -> bool:
    """Whether people made it, and say so."""
    return change.outcome.get("state") == ChangeState.DONE and change.outcome.get("by") == By.PERSON


def _of_this_attempt(given: Given, kind: str) -> Change | None:
    return next((change for change in given.planned if change.kind == kind), None)
