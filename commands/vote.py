"""`approve CODE [RB-n]` and `deny CODE REASON`, and the same by button: a vote means the digest on the card."""

from collections.abc import Mapping

from slack_bolt import App

from commands.blocks import dialogs, reading
from commands.blocks.actions import ActionId, DialogId, Field
from commands.blocks.message import Block
from commands.desk import Desk, Press, Reply, open_book
from commands.dialog import Purpose, on_submit, open_for, situation
from commands.pressing import on_press
from commands.router import Asked
from rollback.operations import gates
from rollback.operations.gates import Ballot
from rollback.operations.refusal import Presser, Refusal
from storage.database import Unit
from storage.models import Dialog, Gate, Message
from storage.words import Choice, SubjectKind


def approve(desk: Desk, asked: Asked) -> Reply:
    """`approve CODE [RB-n]`: approve what the card with that code shows; the number where the card asks for it."""
    if not asked.words:
        raise Refusal("`/rollback approve CODE`, with the code on the card; nothing was changed.")
    typed = asked.words[1] if len(asked.words) > 1 else ""
    return by_code(desk, asked, Choice.APPROVE, typed=typed)


def deny(desk: Desk, asked: Asked) -> Reply:
    """`deny CODE REASON`: deny, and hold the rollback."""
    if not asked.words:
        raise Refusal("`/rollback deny CODE REASON`, with the code on the card; nothing was changed.")
    return by_code(desk, asked, Choice.DENY, why=asked.rest(1))


def by_code(desk: Desk, asked: Asked, choice: Choice, *, typed: str = "", why: str = "") -> Reply:
    """Vote on the card whose code was typed, with the digest that its round has."""
    rollback_id = desk.current(asked.press.channel)

    def unit_of_work(unit: Unit, who: Presser) -> str:
        message = desk.card_by_code(unit.session, rollback_id, asked.words[0])
        if message.subject != SubjectKind.GATE:
            raise Refusal("This code is not on a card that asks for votes; nothing was changed.", rollback_id)
        gate = unit.session.get_one(Gate, message.subject_id)
        book = open_book(unit, rollback_id)
        return gates.vote(unit, book, message.subject_id, who, Ballot(choice, gate.digest, typed, why))

    return desk.do(asked.press, unit_of_work, rollback_id)


def register(app: App, desk: Desk) -> None:
    """Let `app` answer the buttons and dialogs of votes."""
    on_press(app, desk, ActionId.APPROVE, press_approve)
    on_press(app, desk, ActionId.DENY, press_deny)
    on_press(app, desk, ActionId.READ_ALL, press_read_all)
    on_submit(app, desk, DialogId.APPROVE, submit_approve)
    on_submit(app, desk, DialogId.DENY, submit_deny)
    on_submit(app, desk, DialogId.READ_ALL, submit_approve)


def press_approve(desk: Desk, press: Press, message: Message) -> Reply | None:
    """*Approve*: at once, or through the dialog that asks for the rollback's number."""
    gate, rollback_id = _gate(desk, message)
    if gate.policy["typed"]:
        return _open(desk, press, message, DialogId.APPROVE)
    ballot = Ballot(Choice.APPROVE, gate.digest)
    return desk.do(
        press,
        lambda unit, who: gates.vote(unit, open_book(unit, rollback_id), message.subject_id, who, ballot),
        rollback_id,
    )


def press_deny(desk: Desk, press: Press, message: Message) -> Reply | None:
    """*Deny*: through the dialog that asks for the reason."""
    return _open(desk, press, message, DialogId.DENY)


def press_read_all(desk: Desk, press: Press, message: Message) -> Reply | None:
    """*Read all*: what doesn't fit on the card, to its end; Approve stands there."""
    return _open(desk, press, message, DialogId.READ_ALL)


def submit_approve(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """A vote for the digest that the dialog was opened with."""
    ballot = Ballot(Choice.APPROVE, dialog.digest, filled.get(Field.NUMBER, ""))
    return _submit(unit, who, dialog, ballot)


def submit_deny(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """A vote against, with its reason."""
    return _submit(unit, who, dialog, Ballot(Choice.DENY, dialog.digest, why=filled.get(Field.REASON, "")))


def _submit(unit: Unit, who: Presser, dialog: Dialog, ballot: Ballot) -> str:
    if dialog.rollback_id is None or dialog.gate_id is None:
        raise Refusal("This dialog asks for no vote; nothing was changed.")
    return gates.vote(unit, open_book(unit, dialog.rollback_id), dialog.gate_id, who, ballot)


def _gate(desk: Desk, message: Message) -> tuple[Gate, int]:
    if message.subject != SubjectKind.GATE or message.rollback_id is None:
        raise Refusal("This card asks for no votes; nothing was changed.", message.rollback_id)
    with desk.database.read() as session:
        return session.get_one(Gate, message.subject_id), message.rollback_id


def _open(desk: Desk, press: Press, message: Message, verb: DialogId) -> Reply | None:
    gate, rollback_id = _gate(desk, message)
    purpose = Purpose(verb, rollback_id, gate_id=gate.id, digest=gate.digest)

    def draw(dialog_id: str) -> Block:
        seen, gate_id = situation(desk, rollback_id), message.subject_id
        if verb is DialogId.READ_ALL:
            return reading.read_all(seen, gate_id, 1, dialog_id)
        return (dialogs.approve if verb is DialogId.APPROVE else dialogs.deny)(seen, gate_id, dialog_id)

    return open_for(desk, press, purpose, draw)
