"""Lines of the timeline as Slack shows them."""

from commands.blocks.message import prose
from commands.blocks.times import to_the_second
from rollback.report.model import Entry
from rollback.situation import Situation
from rollback.untrusted import Untrusted

LONGEST = 300  # characters of one line; the report has it whole


def event_line(s: Situation, entry: Entry) -> str:
    """One event: when, what, who; a note with the link to where it stands."""
    who = f" — {prose(Untrusted(entry.person), 60)}" if entry.person else ""
    link = f" <{entry.link}|message>" if entry.link else ""
    return f"• {to_the_second(s, entry.at)} {prose(Untrusted(entry.text), LONGEST)}{who}{link}"
