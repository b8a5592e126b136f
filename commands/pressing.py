"""Buttons: which card was pressed, and by whom. A button says no more than its nonce; our own row says the rest."""

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt import App

from commands.blocks.actions import ActionId
from commands.desk import Desk, Press, Reply
from commands.router import DEADLINE, account_of
from rollback.operations.refusal import Presser, Refusal
from storage.database import Unit
from storage.models import Message

Pressed = Callable[[Desk, Press, Message], Reply | None]
"""What a button does; None: a dialog was opened, and there is nothing to say."""


class NotOurs(Exception):
    """The button belongs to another installation: it is left unacknowledged, so that the other one can answer."""


def on_press(app: App, desk: Desk, action: ActionId, what: Pressed) -> None:
    """Let `app` answer one button."""

    @app.action(action.value)
    def pressed(ack: Callable[..., Any], body: dict[str, Any], action: dict[str, Any]) -> None:
        press = press_of(body, action)
        reply = answer(desk, press, str(action.get("value", "")), what)
        ack()
        if reply is not None:
            desk.views.tell(press.channel, press.account.user, reply.sentence)


def answer(desk: Desk, press: Press, value: str, what: Pressed) -> Reply | None:
    """Find the card, do what the button means.

    Raises:
        NotOurs: Another installation's button.
    """
    installation, _, nonce = value.partition(":")
    if installation != desk.database.installation:
        raise NotOurs(NotOurs.__doc__)
    try:
        return what(desk, press, desk.card(press, nonce))
    except Refusal as no:
        return desk.refuse(press, no)


def press_of(body: Mapping[str, Any], action: Mapping[str, Any]) -> Press:
    """What Slack's payload of a button says."""
    user, container = body["user"], body.get("container", {})
    enterprise = body.get("enterprise") or {}
    channel = (body.get("channel") or {}).get("id") or container.get("channel_id", "")
    ts = str(container.get("message_ts", ""))
    return Press(
        key=f"press:{user['id']}:{channel}:{ts}:{action['action_id']}:{action.get('action_ts', '')}",
        account=account_of(user.get("team_id") or body["team"]["id"], user["id"], enterprise.get("id")),
        channel=str(channel),
        ts=ts,
        trigger=str(body.get("trigger_id", "")),
        deadline=body.get(DEADLINE),
    )


def doing(what: Callable[[Unit, Presser, Message], str]) -> Pressed:
    """A button that is one operation and nothing else."""

    def pressed(desk: Desk, press: Press, message: Message) -> Reply:
        return desk.do(press, lambda unit, who: what(unit, who, message), message.rollback_id)

    return pressed
