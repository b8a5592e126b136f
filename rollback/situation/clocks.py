"""When what is expected: what has happened so far, put to `rollback.estimate`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.book import Book
from rollback.estimate import Estimate, Progress, SoFar, estimate
from rollback.situation.estate import passed_at
from rollback.situation.stage_values import StageView
from rollback.situation.values import Clocks
from rollback.stages import ENDED
from storage.models import CheckRow, Gate
from storage.words import CheckState, GateState, Purpose

DROP_DEAD = "drop_dead"
"""Key of the rollback's facts: by when it must be decided, as ISO text with zone."""


def expected(session: Session, book: Book, now: datetime) -> Estimate:
    """The estimate of a rollback as it stands."""
    passed: dict[int, dict[str, datetime]] = {}
    attempts = {stage.id: stage.attempt for stage in book.stages.values()}
    wanted = select(col(CheckRow.stage_id), col(CheckRow.attempt), col(CheckRow.name), col(CheckRow.at)).where(
        col(CheckRow.stage_id).in_(list(attempts)), col(CheckRow.state) == CheckState.PASSED
    )
    for stage_id, attempt, name, at in session.execute(wanted):
        if attempt == attempts[stage_id]:
            passed.setdefault(stage_id, {})[name] = at
    known = {
        name: Progress(
            started=stage.started_at,
            ended=stage.ended_at if stage.state in ENDED else None,
            checks=passed.get(stage.id or 0, {}),
        )
        for name, stage in book.stages.items()
    }
    so_far = SoFar(started=book.row.started_at, now=now, stages=known, approved=_approved(session, book))
    return estimate(book.plan, so_far)


def _approved(session: Session, book: Book) -> dict[str, datetime]:
    """When each gate was passed, as long as no later round asks again."""
    rows = session.scalars(
        select(Gate).where(Gate.rollback_id == book.id, Gate.purpose == Purpose.CHANGE).order_by(Gate.id)  # type: ignore[arg-type]
    )
    newest = {row.name: row for row in rows}
    return {
        name: row.closed_at
        for name, row in newest.items()
        if row.state == GateState.APPROVED and row.closed_at is not None
    }


def clocks(book: Book, stages: Sequence[StageView], estimated: Estimate) -> Clocks:
    """The clocks of the board."""
    opened = live = None
    if book.plan.milestones is not None:
        opens, lives = book.plan.milestones.door_opens, book.plan.milestones.live
        opened = passed_at(stages, opens.stage, opens.check)
        live = passed_at(stages, lives.stage, lives.check)
    return Clocks(
        opens_at=opened or estimated.opens_at,
        live_at=live or estimated.live_at,
        opened=opened is not None,
        live=live is not None,
        ends_at=estimated.ends_at,
        drop_dead=_instant(book.row.facts.get(DROP_DEAD)),
        next_update=book.row.next_update_at,
    )


def _instant(value: Any) -> datetime | None:  # noqa: ANN401 - JSON
    """An instant out of the rollback's facts; one without a zone, or no instant at all, is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None
