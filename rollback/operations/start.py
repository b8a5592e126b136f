"""Start a rollback: freeze plan, estate and roles into it, and lay out its stages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from rollback.book import OPEN, Book, label
from rollback.estate import Estate
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Roster, Verb, may
from rollback.runbook import Plan
from storage.database import Unit
from storage.models import Rollback, Stage
from storage.outbox import Redraw, Say
from storage.words import Event, RollbackState, StageState, SubjectKind


@dataclass(frozen=True)
class Order:
    """What the start dialog came to.

    Attributes:
        estate: The estate, as it is frozen.
        plan: The runbook laid out over its nodes.
        roster: The people.
        reason: One sentence; no names of users.
        channel: Slack id of the incident channel.
        stakeholders: Slack id of the stakeholders' channel, or empty.
        drill: Whether it is a drill; a practice estate always is.
        facts: Versions, upgrade time, numbers of change and incident, drop-dead time.
    """

    estate: Estate
    plan: Plan
    roster: Roster
    reason: str
    channel: str
    stakeholders: str = ""
    drill: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


def start(unit: Unit, who: Presser, order: Order) -> Book:
    """Begin a rollback; whoever starts it has the lead.

    Raises:
        Refusal: Not this person's to start, no reason was given, or one is open for the estate.
    """
    if not may(who.person, Verb.START):
        raise Refusal("Your roles don't let you start a rollback; nothing was changed.")
    if not order.reason.strip():
        raise Refusal("A rollback needs a reason, in one sentence; nothing was changed.")
    _none_open(unit, order)
    row = _row(unit, who, order)
    unit.session.add(row)
    try:
        unit.session.flush()
    except IntegrityError as clash:
        raise Refusal(f"A rollback of {order.estate.name} is open already; nothing was changed.") from clash
    assert row.id is not None  # noqa: S101 - flushed
    _lay_out(unit, row.id, order)
    unit.note(
        Event.ROLLBACK_STARTED, row.id, who.person.id, number=row.number, runbook=row.runbook, drill=row.drill,
        plan=row.plan_hash, estate=row.estate_hash, roles=row.roles_hash,
    )  # fmt: skip
    unit.put(Redraw(SubjectKind.BOARD, row.id, row.id))
    unit.put(Redraw(SubjectKind.HEADLINE, row.id, row.id))
    unit.put(Say("started", row.id, {"by": who.person.id}))
    unit.ring("dispatcher")
    return Book.open(unit.session, row.id)


def _none_open(unit: Unit, order: Order) -> None:
    wanted = select(Rollback).where(
        Rollback.estate_name == order.estate.name,  # type: ignore[arg-type]
        Rollback.state.in_(list(OPEN)),  # type: ignore[attr-defined]
    )
    found = unit.session.scalars(wanted).first()
    if found is not None:
        raise Refusal(f"{label(found.number)} of {order.estate.name} is open already; nothing was changed.", found.id)


def _row(unit: Unit, who: Presser, order: Order) -> Rollback:
    number = unit.session.execute(select(func.coalesce(func.max(Rollback.number), 0) + 1)).scalar_one()
    return Rollback(
        number=number,
        state=RollbackState.RUNNING,
        drill=order.drill or order.estate.practice,
        estate_name=order.estate.name,
        runbook=order.plan.runbook.runbook,
        reason=order.reason.strip(),
        channel=order.channel,
        stakeholders=order.stakeholders,
        lead=who.person.id,
        started_by=who.person.id,
        started_at=unit.now,
        plan=order.plan.to_bytes(),
        plan_hash=order.plan.digest(),
        estate=order.estate.to_bytes(),
        estate_hash=order.estate.digest(),
        roles=order.roster.to_bytes(),
        roles_hash=order.roster.digest(),
        facts=dict(order.facts),
    )


def _lay_out(unit: Unit, rollback_id: int, order: Order) -> None:
    for position, planned in enumerate(order.plan.stages, start=1):
        unit.session.add(
            Stage(
                rollback_id=rollback_id,
                position=position,
                name=planned.name,
                action=planned.action,
                target=planned.target,
                kind=planned.kind,
                gate=planned.gate,
                state=StageState.WAITING,
            )
        )
    unit.session.flush()
