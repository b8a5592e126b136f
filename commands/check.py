"""`/rollback check [ESTATE]`: is every system reachable, allowed and prepared? Answers at once; the result follows."""

from commands.desk import Desk, Reply
from commands.router import Asked
from rollback.operations import inspections
from rollback.operations.inspections import Subject
from rollback.operations.refusal import Presser, Refusal
from storage.database import Unit
from storage.models import Rollback


def check(desk: Desk, asked: Asked) -> Reply:
    """`check`: the estate that is named, else that of the open rollback, else the one that the start dialog offers."""
    subject = _subject(desk, asked)

    def unit_of_work(unit: Unit, who: Presser) -> str:
        return inspections.ask(unit, who, subject)

    return desk.do(asked.press, unit_of_work)


def _subject(desk: Desk, asked: Asked) -> Subject:
    wanted = asked.text or _open(desk, asked.press.channel)
    offer = desk.starts.offer(wanted)
    if asked.text and offer.estate != asked.text:
        known = ", ".join(sorted(one.value for one in offer.estates))
        raise Refusal(f"There is no estate of that name; there are: {known}. Nothing was asked.")
    return Subject(offer.estate, offer.practice, asked.press.channel)


def _open(desk: Desk, channel: str) -> str:
    """The estate of the rollback that is open here, or nothing."""
    try:
        rollback_id = desk.current(channel)
    except Refusal:
        return ""
    with desk.database.read() as session:
        return session.get_one(Rollback, rollback_id).estate_name
