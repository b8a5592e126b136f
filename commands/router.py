"""`/rollback VERB …`: tells the verbs apart; anything else gets one helpful sentence and changes nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import App

from commands.desk import Desk, Press, Reply
from rollback.operations.refusal import Refusal
from rollback.roles import Account

COMMAND = "/rollback"
DEADLINE = "rollback_bot_deadline"
"""Key in a payload: the instant, on the clock's monotonic hand, by which its unit must have begun."""


@dataclass(frozen=True)
class Asked:
    """One command as it was typed.

    Attributes:
        press: Who, where and by when.
        verb: The first word, in small letters.
        words: The words behind it.
        text: Everything behind the verb, as typed.
    """

    press: Press
    verb: str
    words: tuple[str, ...]
    text: str

    def rest(self, after: int) -> str:
        """The text behind the first `after` words."""
        return " ".join(self.words[after:])


Verb = Callable[[Desk, Asked], Reply]
"""Carries out one verb and returns what answers it; raises `Refusal` for a clear no."""


def register(app: App, desk: Desk, verbs: Mapping[str, Verb]) -> None:
    """Let `app` answer the command with `verbs`."""

    @app.command(COMMAND)
    def rollback(ack: Callable[..., Any], body: dict[str, Any]) -> None:
        ack(answer(desk, verbs, asked_of(body)).sentence)


def answer(desk: Desk, verbs: Mapping[str, Verb], asked: Asked) -> Reply:
    """The answer to one command; a refusal is audited and its sentence is the answer."""
    verb = verbs.get(asked.verb)
    if verb is None:
        return desk.refuse(asked.press, Refusal(unknown(asked.verb, verbs)))
    try:
        return verb(desk, asked)
    except Refusal as no:
        return desk.refuse(asked.press, no)


def unknown(word: str, verbs: Mapping[str, Verb]) -> str:
    """What somebody is told who typed something that isn't a verb."""
    known = ", ".join(sorted(verbs))
    if not word:
        return f"What shall I do? `{COMMAND} help` explains: {known}."
    return f"I don't know that verb; nothing was changed. `{COMMAND} help` explains: {known}."


def asked_of(body: Mapping[str, Any]) -> Asked:
    """What Slack's payload of a command says."""
    text = str(body.get("text", "")).strip()
    words = tuple(text.split())
    press = Press(
        key=f"command:{body['trigger_id']}",
        account=account_of(body["team_id"], body["user_id"], body.get("enterprise_id")),
        channel=str(body["channel_id"]),
        trigger=str(body["trigger_id"]),
        deadline=body.get(DEADLINE),
    )
    verb = words[0].lower() if words else ""
    return Asked(press, verb, words[1:], text[len(words[0]) :].strip() if words else "")


def account_of(team: str, user: str, enterprise: str | None) -> Account:
    """An account as a payload names it."""
    return Account(team=team, user=user, enterprise=enterprise or "")
