"""Words and times on their way into the report: harmless, on one line; lengths that no clock can make negative."""

from datetime import datetime, timedelta

from rollback.situation import Situation
from rollback.untrusted import Untrusted, plain

NONE = timedelta(0)


def words(text: Untrusted | str) -> str:
    """A text of anybody: whole, on one line, without control and bidi characters; nothing stays nothing."""
    found = text if isinstance(text, Untrusted) else Untrusted(text)
    return plain(found) if found.raw else ""


def named(s: Situation, person: str) -> str:
    """The name of the person with that id; the id of somebody who isn't named any more; nothing for the bot."""
    if person in ("", "bot"):
        return ""
    found = next((one for one in s.people if one.id == person), None)
    return words(found.name if found is not None else Untrusted(person))


def between(start: datetime, end: datetime) -> timedelta:
    """From `start` to `end`; nothing where the wall clock was set back in between."""
    return max(NONE, end - start)
