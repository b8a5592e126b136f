"""Verbs that only look: the person is resolved as for every press, and nothing is changed."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from commands.desk import Desk, Reply
from commands.router import Asked
from rollback.operations.refusal import Refusal
from rollback.roles import Verb, may
from storage.models import Rollback

MOST = 3_800
"""Characters of an answer; Slack shows 4,000 well."""


def looking(desk: Desk, asked: Asked, verb: Verb, show: Callable[[Session, int], str]) -> Reply:
    """Answer a question about the rollback that the channel means, the newest one where none is open.

    Raises:
        Refusal: There never was one, or the person may not ask.
    """
    rollback_id = desk.latest(asked.press.channel)
    with desk.database.read() as session:
        row = session.get(Rollback, rollback_id)
        who = desk.identity.presser(asked.press.account, row)
        if not may(who.person, verb):
            raise Refusal(f"Your roles don't let you ask for `{asked.verb}`.", rollback_id)
        return Reply(cut(show(session, rollback_id)))


def cut(text: str) -> str:
    """A text that Slack shows whole: at most `MOST` characters, cut at a line, and saying so."""
    if len(text) <= MOST:
        return text
    return text[:MOST].rsplit("\n", 1)[0] + "\n… (cut here; the rest lies in the files)"
