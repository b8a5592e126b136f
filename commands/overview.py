"""`status`, `board`, `help`: where it stands, the board drawn anew, what can be typed."""

from collections.abc import Collection, Iterator

from sqlalchemy import update
from sqlalchemy.orm import Session
from sqlmodel import col

from commands.blocks.headline import facts
from commands.blocks.help import help_text
from commands.blocks.message import words
from commands.blocks.parts import clocks, door, head, persons, roles, way_back
from commands.blocks.times import clock, since
from commands.desk import Desk, Reply, open_book
from commands.looking import looking
from commands.router import Asked, Verb
from rollback.operations import stakeholders
from rollback.operations.lead import require
from rollback.operations.refusal import Presser
from rollback.roles import Verb as May
from rollback.situation import Situation, Waiting
from storage.database import Unit
from storage.models import Message
from storage.outbox import Redraw
from storage.words import SubjectKind

MOST_WAITING = 8


def status(desk: Desk, asked: Asked) -> Reply:
    """`status`: a few lines that only the one who asks sees; `status tell TEXT` and `correct TEXT`: to stakeholders."""
    if asked.words and asked.words[0].lower() in ("tell", "correct"):
        return _tell(desk, asked)

    def show(session: Session, rollback_id: int) -> str:
        return "\n".join(lines(Situation.of(session, rollback_id, desk.clock.now())))

    return looking(desk, asked, May.STATUS, show)


def _tell(desk: Desk, asked: Asked) -> Reply:
    rollback_id, text = desk.current(asked.press.channel), asked.rest(1)
    correction = asked.words[0].lower() == "correct"

    def unit_of_work(unit: Unit, who: Presser) -> str:
        return stakeholders.say(unit, open_book(unit, rollback_id), who, text, correction=correction)

    return desk.do(asked.press, unit_of_work, rollback_id)


def lines(s: Situation) -> Iterator[str]:
    """Where a rollback stands: impact and what is done, the door and its clocks, who is waited for, the way back."""
    yield f"*{head(s)}* · {s.state} · lead {persons([s.lead])} · read at {clock(s, s.now)}"
    yield from (f"• {line}" for line in facts(s))
    for line in (door(s), clocks(s)):
        if line:
            yield f"• {line}"
    if not s.ended:
        yield f"• way back: {way_back(s.way_back)}"
    if s.waiting:
        yield "Waiting for:"
    yield from (f"• {_waiting(s, one)}" for one in s.waiting[:MOST_WAITING])
    if len(s.waiting) > MOST_WAITING:
        yield f"• and {len(s.waiting) - MOST_WAITING} more; the board has all of them"


def _waiting(s: Situation, one: Waiting) -> str:
    whom = persons(one.people) or roles(one.roles)
    begun = f", {since(s, one.since)}" if one.since is not None else ""
    return f"`{words(one.subject)}` ({one.kind}): {whom}{begun}"


def board(desk: Desk, asked: Asked) -> Reply:
    """`board`: draw the board again, as a new message at the end of the channel; the old one says no more."""
    rollback_id = desk.current(asked.press.channel)

    def unit_of_work(unit: Unit, who: Presser) -> str:
        book = open_book(unit, rollback_id)
        require(book, who, May.BOARD, "draw the board again")
        shown = (col(Message.subject) == SubjectKind.BOARD, col(Message.subject_id) == rollback_id)
        unit.session.execute(update(Message).where(*shown, col(Message.ts).is_not(None)).values(current=False))
        unit.put(Redraw(SubjectKind.BOARD, rollback_id, rollback_id))
        return f"The board of {book.label} is drawn anew at the end of the channel; older ones no longer change."

    return desk.do(asked.press, unit_of_work, rollback_id)


def help_with(verbs: Collection[str]) -> Verb:
    """`help`, for the verbs that there are: it explains them to anybody, and changes nothing."""

    def help_(_desk: Desk, _asked: Asked) -> Reply:
        return Reply(help_text(verbs).text)

    return help_
