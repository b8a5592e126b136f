"""From rows to the picture: everything is read in one session and nothing of it is kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.book import Book
from rollback.drafts.notices import Content
from rollback.situation import clocks, estate, gates, stages, waiting
from rollback.situation.handover import offered
from rollback.situation.people import by_id, person_view
from rollback.situation.picture import Situation
from rollback.situation.previews import read_previews
from rollback.situation.stage_values import StageView
from rollback.situation.values import DebtView, Hold, InvariantView
from rollback.situation.way_back import way_back_now
from rollback.stages import AT_WORK
from rollback.standing import still_off
from rollback.untrusted import Untrusted
from storage.models import AuditEntry, Debt, Draft, Invariant, Outgoing
from storage.words import Event, Notice, OutboxState, RollbackState

COMPARED = ("must", "check_first", "came_back", "invitations")
"""Names of the comparison's numbers in its stage's result."""

NUMBERS = {"change_number": "change", "incident_number": "incident", "case_number": "vendor case"}
"""Keys of the rollback's facts, and what people call them."""


def draw(session: Session, rollback_id: int, now: datetime) -> Situation:
    """The picture of a rollback as its rows have it at `now`.

    Raises:
        rollback.book.NoSuchRollback: There is none.
    """
    book = Book.open(session, rollback_id)
    estimated = clocks.expected(session, book, now)
    previews = read_previews(session, book)
    all_stages = stages.stage_views(book, stages.read_rows(session, book, previews), estimated)
    all_gates = gates.gate_views(session, book, previews, now)
    readings = estate.read_samples(session, rollback_id, now)
    hold = _hold(session, book, now)
    row = book.row
    return Situation(
        id=book.id,
        version=row.version,
        label=book.label,
        drill=row.drill,
        estate=Untrusted(row.estate_name),
        runbook=Untrusted(book.plan.runbook.title),
        from_version=book.estate.from_version,
        to_version=book.estate.to_version,
        reason=Untrusted(row.reason),
        numbers=tuple((name, Untrusted(str(row.facts[key]))) for key, name in NUMBERS.items() if row.facts.get(key)),
        state=RollbackState(row.state),
        hold=hold,
        people=tuple(person_view(person) for person in book.roster.people),
        lead=by_id(book, row.lead),
        started_by=by_id(book, row.started_by),
        started_at=row.started_at,
        ended_at=row.ended_at,
        now=now,
        zone=book.estate.tz(),
        phase=_phase(all_stages),
        stages=all_stages,
        gates=all_gates,
        nodes=estate.node_views(book, all_stages, readings),
        database=estate.database_view(book, all_stages, readings),
        door=estate.door_view(book, all_stages, readings),
        way_back=way_back_now(book, now),
        clocks=clocks.clocks(book, all_stages, estimated),
        waiting=waiting.waiting(book, all_stages, all_gates, hold, offered(session, book.id)),
        invariants=tuple(_invariants(session, rollback_id)),
        debts=tuple(_debts(session, book)),
        counts=_counts(session, book),
        dead_letters=_dead_letters(session, rollback_id),
    )


def _hold(session: Session, book: Book, now: datetime) -> Hold | None:
    # The entry is written at the end of the unit that holds: a picture of an open unit has none yet.
    if book.row.state != RollbackState.PAUSED:
        return None
    since = session.execute(
        select(AuditEntry.wall)  # type: ignore[call-overload]
        .where(AuditEntry.rollback_id == book.id, AuditEntry.event == Event.ROLLBACK_HELD)
        .order_by(AuditEntry.seq.desc())  # type: ignore[attr-defined]
        .limit(1)
    ).scalar()
    by = by_id(book, book.row.held_by) if book.row.held_by not in ("", "bot") else None
    return Hold(by, Untrusted(book.row.held_why), since or now)


def _phase(views: Sequence[StageView]) -> str:
    """Where people would say the rollback is: the first stage at work, else the first that isn't over."""
    at_work = [stage for stage in views if stage.state in AT_WORK]
    left = [stage for stage in views if not stage.over]
    return (at_work or left)[0].phase if left else ""


def _invariants(session: Session, rollback_id: int) -> list[InvariantView]:
    rows = session.scalars(
        select(Invariant).where(Invariant.rollback_id == rollback_id).order_by(Invariant.name)  # type: ignore[arg-type]
    )
    return [InvariantView(row.name, row.good, row.read_at, row.missed, Untrusted(row.text)) for row in rows]


def _debts(session: Session, book: Book) -> list[DebtView]:
    rows = session.scalars(select(Debt).where(Debt.rollback_id == book.id).order_by(Debt.id))  # type: ignore[arg-type]
    owed = [DebtView(Untrusted(row.text), row.owner, row.due_at, row.settled_at) for row in rows]
    if book.row.ended_at is None:
        owed += [DebtView(Untrusted(text), owner) for text, owner in still_off(book)]
    return owed


def _counts(session: Session, book: Book) -> dict[str, int]:
    """The numbers of the comparison as stages' results have them, a later one's in place of an earlier one's.

    How many people they are is known once the list is there, and told when it is no estimate.
    """
    found: dict[str, int] = {}
    for stage in book.stages.values():
        result: Any = stage.result
        if isinstance(result, dict):
            own = {name: result[name] for name in COMPARED if isinstance(result.get(name), int)}
            found |= own | {str(n): v for n, v in result.get("counts", {}).items() if isinstance(v, int)}
    return found | (_people(session, book) if found else {})


def _people(session: Session, book: Book) -> dict[str, int]:
    wanted = select(col(Draft.texts)).where(col(Draft.rollback_id) == book.id, col(Draft.name) == Notice.RECIPIENTS)
    texts = session.scalars(wanted.order_by(col(Draft.version).desc()).limit(1)).first()
    listed = Content.from_json(texts).listed if texts is not None else None
    return {"people": listed.people} if listed is not None and listed.exact else {}


def _dead_letters(session: Session, rollback_id: int) -> int:
    dead = select(Outgoing).where(Outgoing.rollback_id == rollback_id, Outgoing.state == OutboxState.DEAD)  # type: ignore[arg-type]
    return int(session.execute(select(func.count()).select_from(dead.subquery())).scalar_one())
