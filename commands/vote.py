"""`approve CODE [RB-n]` and `deny CODE REASON`, and the same by button: a vote means the digest on the card."""

from commands.desk import Desk, open_book
from commands.router import Asked
from rollback.operations import gates
from rollback.operations.gates import Ballot
from rollback.operations.refusal import Presser, Refusal
from storage.database import Unit
from storage.models import Gate
from storage.words import Choice, SubjectKind


def approve(desk: Desk, asked: Asked) -> str:
    """`approve CODE [RB-n]`: approve what the card with that code shows; the number where the card asks for it."""
    if not asked.words:
        raise Refusal("`/rollback approve CODE`, with the code on the card; nothing was changed.")
    typed = asked.words[1] if len(asked.words) > 1 else ""
    return by_code(desk, asked, Choice.APPROVE, typed=typed)


def deny(desk: Desk, asked: Asked) -> str:
    """`deny CODE REASON`: deny, and hold the rollback."""
    if not asked.words:
        raise Refusal("`/rollback deny CODE REASON`, with the code on the card; nothing was changed.")
    return by_code(desk, asked, Choice.DENY, why=asked.rest(1))


def by_code(desk: Desk, asked: Asked, choice: Choice, *, typed: str = "", why: str = "") -> str:
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
