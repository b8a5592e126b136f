"""`hold`, `resume`, `handover`, `abort`: who leads, and whether anything new may begin."""

from collections.abc import Mapping

from slack_bolt import App

from commands.blocks import dialogs
from commands.blocks.actions import ActionId, DialogId, Field
from commands.blocks.message import Block
from commands.desk import Desk, Press, Reply, open_book
from commands.dialog import Purpose, on_submit, open_for, situation
from commands.pressing import Pressed, doing, on_press
from commands.router import Asked
from rollback.book import Book
from rollback.operations import lead
from rollback.operations.refusal import Presser, Refusal
from storage.database import Unit
from storage.models import Dialog, Message
from storage.words import Role


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


def handover(desk: Desk, asked: Asked) -> Reply:
    """`handover @PERSON`: give the lead to somebody else."""
    rollback_id = desk.current(asked.press.channel)
    if len(asked.words) != 1:
        raise Refusal("`/rollback handover @PERSON`: name the one who takes the lead.", rollback_id)
    named = asked.words[0].removeprefix("<@").split("|")[0].rstrip(">").removeprefix("@")

    def unit_of_work(unit: Unit, who: Presser) -> str:
        book = open_book(unit, rollback_id)
        people = book.roster.people
        to = next((p.id for p in people if named in (p.id, *(a.user for a in p.accounts))), named)
        return lead.hand_over(unit, book, who, to)

    return desk.do(asked.press, unit_of_work, rollback_id)


def abort(desk: Desk, asked: Asked) -> Reply:
    """`abort REASON`: end the rollback where it stands."""
    rollback_id = desk.current(asked.press.channel)
    return desk.do(
        asked.press, lambda unit, who: lead.abort(unit, open_book(unit, rollback_id), who, asked.text), rollback_id
    )


def register(app: App, desk: Desk) -> None:
    """Let `app` answer the board's buttons of the lead, and *Hold* on every card."""
    on_press(app, desk, ActionId.RESUME, doing(_resume))
    on_press(app, desk, ActionId.HOLD, _opening(DialogId.HOLD))
    on_press(app, desk, ActionId.ABORT, _opening(DialogId.ABORT))
    on_press(app, desk, ActionId.HAND_OVER, _opening(DialogId.HAND_OVER))
    on_submit(app, desk, DialogId.HOLD, submit_hold)
    on_submit(app, desk, DialogId.ABORT, submit_abort)
    on_submit(app, desk, DialogId.HAND_OVER, submit_hand_over)


def submit_hold(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """Hold, with the reason if there is one."""
    return lead.press_hold(unit, _book(unit, dialog), who, filled.get(Field.REASON, "") or "no reason given")


def submit_abort(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """Ask for the abort."""
    return lead.abort(unit, _book(unit, dialog), who, filled.get(Field.REASON, ""))


def submit_hand_over(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """Hand the lead over to whom the dialog offered."""
    to = filled.get(Field.PERSON, "")
    if to not in dialog.offered.get("people", []):
        raise Refusal("Pick one of the people in the dialog; nothing was changed.", dialog.rollback_id)
    return lead.hand_over(unit, _book(unit, dialog), who, to)


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
        successors = [one for one in seen.people if Role.INCIDENT_COMMANDER in (*one.roles, *one.deputy_for)
                      and one.id != seen.lead.id]  # fmt: skip
        purpose = Purpose(verb, rollback_id, offered={"people": [one.id for one in successors]})

        def draw(dialog_id: str) -> Block:
            if verb is DialogId.HAND_OVER:
                return dialogs.hand_over(seen, successors, dialog_id)
            return (dialogs.hold if verb is DialogId.HOLD else dialogs.abort)(seen, dialog_id)

        return open_for(desk, press, purpose, draw)

    return pressed


def _book(unit: Unit, dialog: Dialog) -> Book:
    if dialog.rollback_id is None:
        raise Refusal("This dialog belongs to no rollback; nothing was changed.")
    return open_book(unit, dialog.rollback_id)
