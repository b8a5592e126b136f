"""*Close the door* and *Power off…*, by button and as `close-door` and `power-off NODE`: one person is enough."""

from collections.abc import Mapping

from slack_bolt import App

from commands.blocks import dialogs
from commands.blocks.actions import ActionId, DialogId, Field
from commands.blocks.forms import Option
from commands.desk import Desk, Press, Reply, open_book
from commands.dialog import Purpose, on_submit, open_for, situation
from commands.pressing import doing, on_press
from commands.router import Asked
from rollback.book import Book
from rollback.invariants import must_be_off
from rollback.operations import safety
from rollback.operations.refusal import Presser, Refusal
from rollback.untrusted import Untrusted
from storage.database import Unit
from storage.models import Dialog, Message

USAGE = "`/rollback power-off NODE`, with a node that must be off; nothing was changed."


def close_door(desk: Desk, asked: Asked) -> Reply:
    """`close-door`: disable every vServer of the door, and hold."""
    rollback_id = desk.current(asked.press.channel)
    return desk.do(
        asked.press, lambda unit, who: safety.close_the_door(unit, open_book(unit, rollback_id), who), rollback_id
    )


def power_off(desk: Desk, asked: Asked) -> Reply:
    """`power-off NODE`: power off a node that must not be on, and hold."""
    rollback_id = desk.current(asked.press.channel)
    if len(asked.words) != 1:
        raise Refusal(USAGE, rollback_id)
    node = asked.words[0]
    return desk.do(
        asked.press, lambda unit, who: safety.power_off(unit, open_book(unit, rollback_id), who, node), rollback_id
    )


def register(app: App, desk: Desk) -> None:
    """Let `app` answer both buttons."""
    on_press(app, desk, ActionId.CLOSE_DOOR, doing(_close))
    on_press(app, desk, ActionId.POWER_OFF, press_power_off)
    on_submit(app, desk, DialogId.POWER_OFF, submit_power_off)


def press_power_off(desk: Desk, press: Press, message: Message) -> Reply | None:
    """*Power off…*: which of the nodes that must be off."""
    rollback_id = message.rollback_id
    if rollback_id is None:
        raise Refusal("This card belongs to no rollback; nothing was changed.")
    with desk.database.read() as session:
        nodes = sorted(must_be_off(Book.open(session, rollback_id)))
    if not nodes:
        raise Refusal("The plan doesn't say of any node that it must be off; nothing was changed.", rollback_id)
    purpose = Purpose(DialogId.POWER_OFF, rollback_id, offered={"nodes": nodes})
    options = [Option(node, Untrusted(node)) for node in nodes]
    return open_for(
        desk, press, purpose, lambda dialog: dialogs.power_off(situation(desk, rollback_id), options, dialog)
    )


def submit_power_off(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """Power off one of the nodes that the dialog offered."""
    node = filled.get(Field.NODE, "")
    if dialog.rollback_id is None or node not in dialog.offered.get("nodes", []):
        raise Refusal("Pick one of the nodes in the dialog; nothing was changed.", dialog.rollback_id)
    return safety.power_off(unit, open_book(unit, dialog.rollback_id), who, node)


def _close(unit: Unit, who: Presser, message: Message) -> str:
    if message.rollback_id is None:
        raise Refusal("This card belongs to no rollback; nothing was changed.")
    return safety.close_the_door(unit, open_book(unit, message.rollback_id), who)
