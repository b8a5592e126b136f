"""The states of a stage as data, and `move`: the only place that changes one."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select, update

from storage.database import Unit
from storage.models import Gate, Stage
from storage.outbox import Redraw
from storage.words import Event, GateState, SubjectKind
from storage.words import StageState as S

MOVES: Mapping[S, frozenset[S]] = MappingProxyType(
    {
        S.WAITING: frozenset({S.PREVIEWING, S.SKIPPED}),
        S.PREVIEWING: frozenset({S.BLOCKED, S.AWAITING_APPROVAL, S.APPROVED, S.FAILED}),
        S.BLOCKED: frozenset({S.PREVIEWING, S.SKIPPED}),
        S.AWAITING_APPROVAL: frozenset({S.APPROVED, S.PREVIEWING, S.SKIPPED}),
        S.APPROVED: frozenset({S.RUNNING, S.PREVIEWING}),
        S.RUNNING: frozenset({S.VERIFYING, S.FAILED, S.NEEDS_RECONCILE, S.PREVIEWING}),
        S.VERIFYING: frozenset({S.SUCCEEDED, S.FAILED, S.NEEDS_RECONCILE}),
        S.FAILED: frozenset({S.PREVIEWING, S.VERIFYING, S.SKIPPED}),
        S.NEEDS_RECONCILE: frozenset({S.VERIFYING, S.RUNNING, S.PREVIEWING}),
        S.SUCCEEDED: frozenset({S.PREVIEWING}),
        S.SKIPPED: frozenset(),
    }
)
"""What goes to what. `running` goes back to `previewing` only while no change was begun (a deny), and
`needs_reconcile` to `running` when what was unknown is known and other changes are left; `succeeded` to `previewing`
when one person has taken back what the stage did, toward safety: its gate asks anew."""

ENDED = frozenset({S.SUCCEEDED, S.SKIPPED})
"""A need is met by these."""

AT_WORK = frozenset({S.RUNNING, S.VERIFYING, S.NEEDS_RECONCILE})
"""The stage holds its locks."""


class Overtaken(Exception):
    """Somebody or something else moved the stage in the meantime. Nothing was changed; look at its card again."""


class MoveRefused(ValueError):
    """The table of moves has no such move."""


def move(unit: Unit, stage: Stage, to: S, *, actor: str = "bot", why: str = "", **also: Any) -> None:  # noqa: ANN401
    """Move a stage, if it is still as `stage` says; with its audit entry and its redraws, in the same unit.

    Args:
        unit: The transaction.
        stage: The row as it was read; its state, version and `also` are brought up to date.
        to: The new state.
        actor: Id of the person, or ``bot``.
        why: One sentence for the card and the record.
        also: Other columns that change with it.

    Raises:
        MoveRefused: `MOVES` has no such move.
        Overtaken: The row is no longer as it was read.
    """
    came_from = S(stage.state)
    if to not in MOVES[came_from]:
        raise MoveRefused(f"a stage can't go from {came_from} to {to}")
    values = {"state": to.value, "version": stage.version + 1, "why": why, **_times(stage, to, unit.now), **also}
    changed = unit.session.execute(
        update(Stage)
        .where(Stage.id == stage.id, Stage.state == came_from.value, Stage.version == stage.version)  # type: ignore[arg-type]
        .values(values)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Overtaken(Overtaken.__doc__)
    unit.session.refresh(stage)
    unit.note(
        Event.STAGE_MOVED,
        stage.rollback_id,
        actor,
        stage=stage.name,
        came_from=came_from.value,
        to=to.value,
        attempt=stage.attempt,
        why=why,
    )
    redraw(unit, stage)
    unit.ring("dispatcher")


def redraw(unit: Unit, stage: Stage) -> None:
    """Have the stage's card, the board, and the cards that ask for votes drawn again: what a gate waits for moves."""
    assert stage.id is not None  # noqa: S101 - it was read from the database
    unit.put(Redraw(SubjectKind.STAGE, stage.id, stage.rollback_id))
    unit.put(Redraw(SubjectKind.BOARD, stage.rollback_id, stage.rollback_id))
    asking = select(Gate.id).where(Gate.rollback_id == stage.rollback_id, Gate.state == GateState.ASKING)  # type: ignore[call-overload]
    for gate_id in unit.session.scalars(asking):
        unit.put(Redraw(SubjectKind.GATE, gate_id, stage.rollback_id))


def diagram() -> str:
    """`MOVES` as a Mermaid state diagram, for the docs; `scripts/draw-states` puts it there."""
    lines = ["stateDiagram-v2", f"    [*] --> {S.WAITING}"]
    lines += [f"    {came_from} --> {to}" for came_from in S for to in S if to in MOVES[came_from]]
    lines += [f"    {state} --> [*]" for state in S if state in ENDED]
    return "\n".join(lines)


def _times(stage: Stage, to: S, now: datetime) -> dict[str, datetime | None]:
    if to is S.RUNNING and stage.started_at is None:
        return {"started_at": now, "due_at": None}
    if to in ENDED or to is S.FAILED:
        return {"ended_at": now, "due_at": None}
    return {"due_at": None}
