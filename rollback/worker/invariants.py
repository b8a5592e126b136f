"""Invariants into rows: read for each open rollback; a break is audited, said and holds the rollback.

A break holds once. Who resumes while it lasts takes it on: the same fault holds nothing again, a new one does, and so
does the same one after it was gone. No destructive stage starts in either case, see `rollback.invariants.stops`.
"""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlmodel import col

from rollback.actions.action import Given
from rollback.book import OPEN, Book
from rollback.invariants import MISSED, RULES, Demand, Inv, Seen, demands
from rollback.operations import lead
from rollback.worker.bench import Bench
from rollback.worker.given import given_of
from storage.database import Lane, Unit
from storage.models import Invariant, Rollback
from storage.outbox import Redraw, Say
from storage.words import Event, SubjectKind

APART = "; "
"""Between the faults of one invariant, as its row keeps them."""


def watch_all(bench: Bench) -> int:
    """One round of readings of every open rollback; returns how many invariants were read."""
    with bench.database.read() as session:
        wanted = select(col(Rollback.id)).where(col(Rollback.state).in_(list(OPEN)))
        ids = [found for found in session.scalars(wanted) if found is not None]
    return sum(watch(bench, rollback_id) for rollback_id in ids)


def watch(bench: Bench, rollback_id: int) -> int:
    """One round of readings of one rollback; nothing is connected while nothing has to be so."""
    with bench.database.read() as session:
        book = Book.open(session, rollback_id)
        asked = demands(book)
        given = given_of(session, book, next(iter(book.stages.values())), bench.clock.now(), claiming=False)
    if not asked:
        bench.database.run(lambda unit: record(unit, rollback_id, (), ()), Lane.BULK)
        return 0
    seen = _read(bench, book, given, asked)
    bench.database.run(lambda unit: record(unit, rollback_id, asked, seen))
    return len(seen)


def _read(bench: Bench, book: Book, given: Given, asked: tuple[Demand, ...]) -> tuple[Seen, ...]:
    with bench.connect(book.estate) as systems:
        return bench.catalogue.invariants(systems, given, asked)


def record(unit: Unit, rollback_id: int, asked: Sequence[Demand], seen: Sequence[Seen]) -> None:
    """Keep one round of readings, and do what follows from them.

    Args:
        unit: The transaction.
        rollback_id: The rollback.
        asked: What had to be so when the reading began. A stage that has moved since may have changed it: a reading
            of a demand that is another one now is dropped.
        seen: What was read.
    """
    book = Book.open(unit.session, rollback_id)
    if book.row.state not in OPEN:
        return
    now = {demand.name: demand for demand in demands(book)}
    rows = {
        row.name: row for row in unit.session.scalars(select(Invariant).where(col(Invariant.rollback_id) == book.id))
    }
    _forget(unit, book, [row for row in rows.values() if row.name not in now])
    before = {demand.name: demand for demand in asked}
    for one in seen:
        if now.get(one.name) == before[one.name]:
            row = rows.get(one.name) or Invariant(rollback_id=book.id, name=one.name)
            unit.session.add(row)
            _keep(unit, book, row, one)


def _forget(unit: Unit, book: Book, rows: Sequence[Invariant]) -> None:
    """Drop the rows of what need not be so any more."""
    for row in rows:
        if row.good is False:
            _note_restored(unit, book, row, "it need not be so any more")
        unit.session.execute(delete(Invariant).where(col(Invariant.id) == row.id))


def _keep(unit: Unit, book: Book, row: Invariant, seen: Seen) -> None:
    if seen.good is None:
        _not_read(unit, book, row, seen)
        return
    was_bad, known = row.good is False, set(row.text.split(APART)) if row.good is False else set()
    unwatched = row.good is None
    row.good, row.read_at, row.missed, row.text = seen.good, unit.now, 0, APART.join(seen.faults)
    if set(seen.faults) - known:
        _broken(unit, book, row)
    elif seen.good and was_bad:
        _note_restored(unit, book, row, "it is so again")
        unit.put(Say("health-restored", book.id, {"name": row.name}))
    elif unwatched:
        unit.put(Redraw(SubjectKind.BOARD, book.id, book.id))


def _not_read(unit: Unit, book: Book, row: Invariant, seen: Seen) -> None:
    """Not watched; what is known to be broken stays broken until it was seen to be good."""
    row.missed = row.missed + 1 if seen.watched else 0
    if row.good is False:
        return
    became = row.good is not None or row.id is None
    row.good, row.text = None, APART.join(seen.faults)
    if row.missed == MISSED:
        unit.put(Say("health-unread", book.id, {"name": row.name, "why": row.text}))
    if became or row.missed == MISSED:
        unit.put(Redraw(SubjectKind.BOARD, book.id, book.id))


def _broken(unit: Unit, book: Book, row: Invariant) -> None:
    unit.note(Event.HEALTH_BROKEN, book.id, "bot", invariant=row.name, why=row.text)
    unit.put(Say("health-broken", book.id, {"name": row.name, "why": row.text}))
    unit.put(Redraw(SubjectKind.BOARD, book.id, book.id))
    lead.hold(unit, book.row, "bot", f"{row.name} is broken: {row.text}. It must be so: {RULES[Inv(row.name)].text}")


def _note_restored(unit: Unit, book: Book, row: Invariant, why: str) -> None:
    unit.note(Event.HEALTH_RESTORED, book.id, "bot", invariant=row.name, why=why)
    unit.put(Redraw(SubjectKind.BOARD, book.id, book.id))
