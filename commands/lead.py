"""`hold`, `resume`, `handover`, `abort`: who leads, and whether anything new may begin."""

from commands.desk import Desk, open_book
from commands.router import Asked
from rollback.operations import lead
from rollback.operations.refusal import Presser, Refusal
from storage.database import Unit


def hold(desk: Desk, asked: Asked) -> str:
    """`hold [REASON]`: nothing new begins."""
    rollback_id = desk.current(asked.press.channel)
    why = asked.text or "no reason given"
    return desk.do(
        asked.press, lambda unit, who: lead.press_hold(unit, open_book(unit, rollback_id), who, why), rollback_id
    )


def resume(desk: Desk, asked: Asked) -> str:
    """`resume`: go on."""
    rollback_id = desk.current(asked.press.channel)
    return desk.do(asked.press, lambda unit, who: lead.resume(unit, open_book(unit, rollback_id), who), rollback_id)


def handover(desk: Desk, asked: Asked) -> str:
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


def abort(desk: Desk, asked: Asked) -> str:
    """`abort REASON`: end the rollback where it stands."""
    rollback_id = desk.current(asked.press.channel)
    return desk.do(
        asked.press, lambda unit, who: lead.abort(unit, open_book(unit, rollback_id), who, asked.text), rollback_id
    )
