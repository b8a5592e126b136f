"""The lead goes from one commander to the next: offered with a card, and theirs when they say so themselves.

Nothing else goes with it: whoever chose a value still can't approve what uses it, and votes stay whose they are.
"""

from rollback.book import Book
from rollback.operations.lead import require
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb
from rollback.situation.handover import offered
from storage.database import Unit
from storage.models import HandoverRow
from storage.outbox import Redraw, Say
from storage.words import Event, Role, StageState, SubjectKind

DESTRUCTIVE_HANDS = frozenset({StageState.RUNNING, StageState.NEEDS_RECONCILE})


def offer(unit: Unit, book: Book, who: Presser, to: str) -> str:
    """Offer the lead to somebody who is incident commander or deputy; an earlier offer is over.

    Args:
        unit: The transaction.
        book: The rollback.
        who: Who offers it; any commander may, so that a lead who fell asleep can be relieved.
        to: Id of the person who is to take it.

    Raises:
        Refusal: Not this person's to offer, nobody who may lead, or something destructive runs.
    """
    require(book, who, Verb.HANDOVER, "hand over the lead")
    successor = book.roster.person(to)
    if successor is None or Role.INCIDENT_COMMANDER not in successor.holds():
        raise Refusal("The lead goes to somebody who is named as incident commander or as deputy.", book.id)
    if successor.id == book.row.lead:
        raise Refusal("This person has the lead already.", book.id)
    _must_be_quiet(book)
    earlier = offered(unit.session, book.id)
    if earlier is not None:
        _close(unit, earlier)
    row = HandoverRow(
        rollback_id=book.id, outgoing=book.row.lead, incoming=successor.id, asked_by=who.person.id, asked_at=unit.now
    )
    unit.session.add(row)
    unit.session.flush()
    unit.note(Event.LEAD_OFFERED, book.id, who.person.id, to=successor.id)
    unit.put(Say("lead-offered", book.id, {"by": who.person.id, "to": successor.id}))
    _redraw(unit, row)
    return (
        f"The lead of {book.label} is offered; it changes when the next commander has read the card and says *I have "
        "the lead*. Until then it stays where it is."
    )


def take(unit: Unit, book: Book, who: Presser, offer_id: int | None = None) -> str:
    """*I have the lead*, by the one to whom it was offered and nobody else.

    Args:
        unit: The transaction.
        book: The rollback.
        who: Who takes it.
        offer_id: The card that was pressed; None: the offer that is open.

    Raises:
        Refusal: Nothing is offered, it was offered to somebody else, or something destructive runs.
    """
    require(book, who, Verb.HANDOVER, "take the lead")
    row = _open(unit, book, offer_id)
    if who.person.id != row.incoming:
        raise Refusal("The lead was offered to somebody else; only they can take it. Nothing was changed.", book.id)
    _must_be_quiet(book)
    book.row.lead = row.incoming
    book.row.version += 1
    row.taken_at = unit.now
    _close(unit, row)
    unit.note(Event.LEAD_HANDED_OVER, book.id, who.person.id, to=row.incoming, came_from=row.outgoing)
    unit.put(Say("handed-over", book.id, {"by": row.outgoing, "to": row.incoming}))
    return f"You have the lead of {book.label}."


def keep(unit: Unit, book: Book, who: Presser, offer_id: int | None = None) -> str:
    """Take an offer back, or decline it: the lead stays where it is.

    Raises:
        Refusal: Nothing is offered, or it concerns this person in no way.
    """
    require(book, who, Verb.HANDOVER, "take the offer back")
    row = _open(unit, book, offer_id)
    if who.person.id not in (row.outgoing, row.incoming, row.asked_by):
        raise Refusal("This offer is between others; nothing was changed.", book.id)
    _close(unit, row)
    return f"The lead of {book.label} stays where it is."


def _open(unit: Unit, book: Book, offer_id: int | None) -> HandoverRow:
    row = offered(unit.session, book.id)
    if row is None or offer_id not in (None, row.id):
        raise Refusal("This offer is over; nothing was changed. The board says who has the lead.", book.id)
    return row


def _close(unit: Unit, row: HandoverRow) -> None:
    row.closed_at = unit.now
    unit.session.add(row)
    _redraw(unit, row)


def _redraw(unit: Unit, row: HandoverRow) -> None:
    assert row.id is not None  # noqa: S101 - flushed, or read from the database
    unit.put(Redraw(SubjectKind.HANDOVER, row.id, row.rollback_id))
    unit.put(Redraw(SubjectKind.BOARD, row.rollback_id, row.rollback_id))


def _must_be_quiet(book: Book) -> None:
    for stage in book.in_state(*DESTRUCTIVE_HANDS):
        if book.planned(stage).line:
            raise Refusal(f"{stage.name} is {stage.state}: the lead is handed over when it has ended.", book.id)
