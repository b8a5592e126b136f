"""`/rollback start`: a dialog in which everything but the reason is filled in beforehand."""

from collections.abc import Mapping

from slack_bolt import App

from commands.blocks.actions import DialogId
from commands.blocks.start_dialog import start as start_dialog
from commands.desk import Desk, Reply
from commands.dialog import Purpose, on_submit, open_for
from commands.router import Asked
from rollback.operations.refusal import Presser, Refusal
from rollback.operations.start import start as begin
from storage.database import Unit
from storage.models import Dialog

OPENED = "The start dialog is open; nothing has begun yet."


def start(desk: Desk, asked: Asked) -> Reply:
    """`start`: open the dialog, in the channel that becomes the incident channel."""
    offer = desk.starts.offer(asked.text)
    purpose = Purpose(DialogId.START, offered={"channel": asked.press.channel})
    return open_for(desk, asked.press, purpose, lambda dialog: start_dialog(offer, dialog)) or Reply(OPENED)


def register(app: App, desk: Desk) -> None:
    """Let `app` answer the start dialog."""

    def submitted(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
        channel = str(dialog.offered.get("channel", ""))
        if not channel:
            raise Refusal("This dialog belongs to no channel; nothing was changed.")
        book = begin(unit, who, desk.starts.order(filled, channel))
        return f"{book.label} has begun; its board is in the channel."

    on_submit(app, desk, DialogId.START, submitted)
