"""A workspace without a network: its memory, a time that a test moves, and the way a bot calls."""

from typing import Any

import pytest

from practice.workspace import people
from practice.workspace.gate import BOT_TOKEN, carry_out
from practice.workspace.people import INCIDENT, PERSONS, starting_channels
from practice.workspace.rates import Rates
from practice.workspace.scopes import GRANTED
from practice.workspace.state import State
from practice.workspace.wire import Args, SlackError

ALL = GRANTED | {"reactions:write", "pins:read", "files:read", "im:read", "im:history"}
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*hello*"}}


class Desk:
    """A workspace's memory, a time that a test moves, and the way a bot calls."""

    def __init__(self, scopes: frozenset[str] = ALL) -> None:
        self.time = 1_700_000_000.0
        self.state = State(
            lambda: self.time,
            persons=PERSONS,
            channels=starting_channels(),
            groups=[("S0DBA", ["U0DATABASE"])],
            scopes=scopes,
        )
        self.state.base = "http://127.0.0.1:7"
        self.rates = Rates(lambda: self.time)
        self.token = BOT_TOKEN

    def call(self, method: str, **args: Any) -> dict[str, Any]:
        return carry_out(self.state, self.rates, method, self.token, Args(args))

    def refused(self, method: str, **args: Any) -> SlackError:
        with pytest.raises(SlackError) as refusal:
            self.call(method, **args)
        return refusal.value

    def trigger(self, user: str = people.ADMIN.id, view: str | None = None) -> str:
        interaction = self.state.add_interaction(user, "interactive", INCIDENT)
        interaction.view = view
        return interaction.trigger


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def posted(desk: Desk, **args: Any) -> str:
    return str(desk.call("chat.postMessage", channel=INCIDENT, text="first", **args)["ts"])
