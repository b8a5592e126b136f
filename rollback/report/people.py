"""People by name, as a report calls them."""

from rollback.report.markdown import said
from rollback.situation import Situation
from rollback.untrusted import Untrusted


def named(s: Situation, person: str) -> str:
    """The name of the person with that id; the id of somebody who isn't named any more; nothing for the bot."""
    if person in ("", "bot"):
        return ""
    found = next((one for one in s.people if one.id == person), None)
    return said(found.name if found is not None else Untrusted(person))
