"""`hold`, `resume`, `abort`: whether anything new may begin, and whether it goes on at all."""

from collections.abc import Mapping

from slack_bolt import App

from commands.blocks import dialogs
from commands.blocks.actions import ActionId, DialogId, Field
from commands.desk import Desk, Press, Reply, open_book
from commands.dialog import Purpose, on_submit, open_for, situation
from commands.pressing import Pressed, doing, on_press
from commands.router import Asked
from rollback.book import Book
from rollback.operations import lead
from rollback.operations.refusal import Presser, Refusal
from storage.database import Unit
from storage.models import Dialog, Message


def hold(desk: Desk, asked: Asked) -> Reply:
    """`hold [REASON]`: nothing new begins."""
    rollback_id = desk.current(asked.press.channel)
    why = asked.text or "no reason given"
    return desk.do(
        asked.press, lambda unit, who: lead.press_hold(unit, open_book(unit, rollback_id), who, why), rollback_id
    )


def resume(desk: Desk, asked: Asked) -> Reply:
    """`resume`: go on."""
    rollback_id = desk.current(asked.press.channel)
    return desk.do(asked.press, lambda unit, who: lead.resume(unit, open_book(unit, rollback_id), who), rollback_id)


def abort(desk: Desk, asked: Asked) -> Reply:
    """`abort REASON`: end the rollback where it stands."""
    rollback_id = desk.current(asked.press.channel)
    return desk.do(
        asked.press, lambda unit, who: lead.abort(unit, open_book(unit, rollback_id), who, asked.text), rollback_id
    )


def register(app: App, desk: Desk) -> None:
    """Let `app` answer the board's buttons, and *Hold* on every card."""
    on_press(app, desk, ActionId.RESUME, doing(_resume))
    on_press(app, desk, ActionId.HOLD, _opening(DialogId.HOLD))
    on_press(app, desk, ActionId.ABORT, _opening(DialogId.ABORT))
    on_submit(app, desk, DialogId.HOLD, submit_hold)
    on_submit(app, desk, DialogId.ABORT, submit_abort)


def submit_hold(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """Hold, with the reason if there is one."""
    return lead.press_hold(unit, _book(unit, dialog), who, filled.get(Field.REASON, "") or "no reason given")


def submit_abort(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """Ask for the abort."""
    return lead.abort(unit, _book(unit, dialog), who, filled.get(Field.REASON, ""))


def _resume(unit: Unit, who: Presser, message: Message) -> str:
    if message.rollback_id is None:
        raise Refusal("This card belongs to no rollback; nothing was changed.")
    return lead.resume(unit, open_book(unit, message.rollback_id), who)


def _opening(verb: DialogId) -> Pressed:
    def pressed(desk: Desk, press: Press, message: Message) -> Reply | None:
        rollback_id = message.rollback_id
        if rollback_id is None:
            raise Refusal("This card belongs to no rollback; nothing was changed.")
        seen = situation(desk, rollback_id)
        draw = dialogs.hold if verb is DialogId.HOLD else dialogs.abort
        return open_for(desk, press, Purpose(verb, rollback_id), lambda dialog: draw(seen, dialog))

    return pressed


def _book(unit: Unit, dialog: Dialog) -> Book:
    if dialog.rollback_id is None:
        raise Refusal("This dialog belongs to no rollback; nothing was changed.")
    return open_book(unit, dialog.rollback_id)
