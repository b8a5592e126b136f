"""Dialogs: opened for one person and one purpose, kept as a row, used once; at the submit everything is asked anew."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from slack_bolt import App

from commands.blocks.actions import DialogId
from commands.blocks.entered import entered
from commands.blocks.message import Block
from commands.desk import Desk, Press, Reply
from commands.router import DEADLINE, account_of
from rollback.operations.refusal import Presser, Refusal
from rollback.situation import Situation
from storage.database import Unit
from storage.models import Dialog

GOOD_FOR = timedelta(minutes=15)
GONE = "This dialog is over: it was used, is older than 15 minutes, or was opened for somebody else. Open it again."


@dataclass(frozen=True)
class Purpose:
    """What a dialog is opened for.

    Attributes:
        verb: Which dialog.
        rollback_id: The rollback, if there is one yet.
        stage_id, gate_id: What it is about.
        digest: What was shown when it was opened.
        offered: The options that it offers.
    """

    verb: DialogId
    rollback_id: int | None = None
    stage_id: int | None = None
    gate_id: int | None = None
    digest: str = ""
    offered: Mapping[str, Any] = field(default_factory=dict)


Submitted = Callable[[Unit, Presser, Dialog, Mapping[str, str]], str]
"""What a submit does: the unit, who, the stored dialog, what was filled in."""


def open_for(desk: Desk, press: Press, purpose: Purpose, draw: Callable[[str], Block]) -> Reply | None:
    """Keep a dialog for whoever pressed, and open it after the acknowledgement.

    Returns:
        A refusal, or None when the dialog is on its way.
    """
    dialog_id = secrets.token_urlsafe(16)

    def unit_of_work(unit: Unit, who: Presser) -> str:
        unit.session.add(
            Dialog(
                id=dialog_id,
                person=who.person.id,
                verb=purpose.verb.value,
                rollback_id=purpose.rollback_id,
                stage_id=purpose.stage_id,
                gate_id=purpose.gate_id,
                digest=purpose.digest,
                offered=dict(purpose.offered),
                opened_at=unit.now,
            )
        )
        return dialog_id

    reply = desk.do(press, unit_of_work, purpose.rollback_id)
    if reply.refused:
        return reply
    if reply.sentence == dialog_id:  # delivered for the first time: a second delivery opens nothing
        desk.views.open(press.trigger, draw(dialog_id))
    return None


def situation(desk: Desk, rollback_id: int) -> Situation:
    """The picture that a dialog is drawn from."""
    with desk.database.read() as session:
        return Situation.of(session, rollback_id, desk.clock.now())


def on_submit(app: App, desk: Desk, verb: DialogId, what: Submitted) -> None:
    """Let `app` answer the submits of one dialog."""

    @app.view(verb.value)
    def submitted(ack: Callable[..., Any], body: dict[str, Any], view: dict[str, Any]) -> None:
        press = press_of(body)
        filled = entered(view)
        stored = _stored(desk, str(view.get("private_metadata", "")))
        rollback_id = stored.rollback_id if stored is not None else None
        reply = desk.do(press, lambda unit, who: _use(unit, who, view, verb, filled, what), rollback_id)
        if reply.refused:
            ack(**refusal(view, reply.sentence))
            return
        ack()
        channel = desk.channel_of(rollback_id)
        if channel:
            desk.views.tell(channel, press.account.user, reply.sentence)


def _stored(desk: Desk, dialog_id: str) -> Dialog | None:
    with desk.database.read() as session:
        return session.get(Dialog, dialog_id)


def _use(
    unit: Unit, who: Presser, view: Mapping[str, Any], verb: DialogId, filled: Mapping[str, str], what: Submitted
) -> str:
    dialog = unit.session.get(Dialog, str(view.get("private_metadata", "")))
    if dialog is None or dialog.verb != verb.value:
        raise Refusal(GONE)
    if dialog.person != who.person.id or dialog.used_at is not None or unit.now - dialog.opened_at > GOOD_FOR:
        raise Refusal(GONE, dialog.rollback_id)
    sentence = what(unit, who, dialog, filled)
    dialog.used_at = unit.now
    return sentence


def refusal(view: Mapping[str, Any], sentence: str) -> dict[str, Any]:
    """How a dialog shows a no: at its first input, or, if it has none, in its place."""
    inputs = [block["block_id"] for block in view.get("blocks", []) if block.get("type") == "input"]
    if inputs:
        return {"response_action": "errors", "errors": {inputs[-1]: sentence}}
    told = {"type": "section", "text": {"type": "plain_text", "text": sentence[:2900]}}
    shown = {
        "type": "modal",
        "title": view["title"],
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [told],
    }
    return {"response_action": "update", "view": shown}


def press_of(body: Mapping[str, Any]) -> Press:
    """What Slack's payload of a submit says.

    A payload that arrives twice has one trigger; a dialog that was refused, mended and sent again has a new one.
    """
    user, view = body["user"], body["view"]
    enterprise = body.get("enterprise") or {}
    return Press(
        key=f"submit:{view['id']}:{view.get('hash', '')}:{body.get('trigger_id', '')}",
        account=account_of(user.get("team_id") or body["team"]["id"], user["id"], enterprise.get("id")),
        trigger=str(body.get("trigger_id", "")),
        deadline=body.get(DEADLINE),
    )
