"""The journal: planned → intended → done | failed | unknown, each step committed before the world is touched again.

A change that is `intended` without outcome may have happened. Nothing here talks to a system; it only keeps the rows.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.stages import Overtaken, redraw
from storage.database import Unit
from storage.models import ChangeRow, Rollback, Stage
from storage.words import By, ChangeState, Event, RollbackState, StageKind, StageState

UNDONE_BY = {"vserver-enable": "vserver-disable"}
"""Kinds of changes that one person may take back toward safety, and what takes them back."""

ENDED = frozenset({ChangeState.DONE, ChangeState.FAILED, ChangeState.UNKNOWN, ChangeState.DROPPED})


class Held(Exception):
    """The rollback is held, its stage was stopped or another change of it failed: this change does not begin."""


def changes_of(session: Session, stage: Stage) -> list[ChangeRow]:
    """The changes of the stage's present attempt, in order."""
    wanted = select(ChangeRow).where(ChangeRow.stage_id == stage.id, ChangeRow.attempt == stage.attempt)  # type: ignore[arg-type]
    return list(session.scalars(wanted.order_by(ChangeRow.position)))  # type: ignore[arg-type]


def made_in(session: Session, stage: Stage) -> list[ChangeRow]:
    """The changes of the stage that were made, or may have been, in any attempt.

    What one person did toward safety by the same action counts as the stage's own: it is ours to take back.
    """
    by_one = select(col(Stage.id)).where(
        col(Stage.rollback_id) == stage.rollback_id,
        col(Stage.action) == stage.action,
        col(Stage.kind) == StageKind.SAFETY,
    )
    wanted = select(ChangeRow).where(
        or_(col(ChangeRow.stage_id) == stage.id, col(ChangeRow.stage_id).in_(by_one)),
        col(ChangeRow.state).in_([ChangeState.DONE, ChangeState.UNKNOWN, ChangeState.INTENDED]),
    )
    return list(session.scalars(wanted.order_by(col(ChangeRow.id))))


def begun(session: Session, stage: Stage) -> bool:
    """Whether any change of the present attempt was intended or made by hand: then a deny can't take the stage back."""
    return any(change.intended_at is not None or change.person for change in changes_of(session, stage))


class Obstacle(StrEnum):
    """Why a change may not begin, or act again, now."""

    HELD = "held"  # the rollback is held or its stage doesn't run
    OVERRULED = "overruled"  # one person has undone it toward safety since
    ANOTHER_FAILED = "another_failed"  # another change of the stage failed, or its outcome is not known


def obstacle(session: Session, change_id: int) -> Obstacle | None:
    """What keeps a change from beginning now."""
    change = session.get_one(ChangeRow, change_id)
    stage = session.get_one(Stage, change.stage_id)
    if _overruled(session, stage, change):
        return Obstacle.OVERRULED
    if not _goes_on(session.get_one(Rollback, stage.rollback_id), stage) or stage.state != StageState.RUNNING:
        return Obstacle.HELD
    others = (one for one in changes_of(session, stage) if one.id != change.id)
    bad = (ChangeState.FAILED, ChangeState.UNKNOWN)
    return Obstacle.ANOTHER_FAILED if any(one.state in bad for one in others) else None


def _goes_on(rollback: Rollback, stage: Stage) -> bool:
    toward_safety = stage.kind == StageKind.SAFETY and rollback.state == RollbackState.PAUSED
    return rollback.state == RollbackState.RUNNING or toward_safety


def _overruled(session: Session, stage: Stage, change: ChangeRow) -> bool:
    """Whether a change that was begun has been taken back toward safety since: then it is not made once more."""
    if change.kind not in UNDONE_BY or change.intended_at is None:
        return False
    pressed = (
        select(col(ChangeRow.id))
        .join(Stage, col(Stage.id) == col(ChangeRow.stage_id))
        .where(
            col(Stage.rollback_id) == stage.rollback_id,
            col(Stage.kind) == StageKind.SAFETY,
            col(ChangeRow.kind) == UNDONE_BY[change.kind],
            col(ChangeRow.target) == change.target,
            col(ChangeRow.id) > change.id,
        )
    )
    return session.execute(pressed.limit(1)).first() is not None


def plan(unit: Unit, stage: Stage, rows: list[ChangeRow]) -> None:
    """Write down what the stage is about to change."""
    unit.session.add_all(rows)
    for row in rows:
        unit.note(
            Event.CHANGE_PLANNED,
            stage.rollback_id,
            "bot",
            stage=stage.name,
            attempt=row.attempt,
            kind=row.kind,
            target=row.target,
            by=row.by,
        )


def intend(unit: Unit, change_id: int, before: Any) -> ChangeRow:  # noqa: ANN401 - JSON
    """Commit to acting: from here on, a crash means looking.

    Raises:
        Held: The rollback isn't running, the stage isn't, or another change of it failed: nothing may begin.
        Overtaken: The change is no longer waiting to be made.
    """
    change, stage = _with_stage(unit, change_id)
    if obstacle(unit.session, change_id) is not None:
        raise Held(Held.__doc__)
    _update(
        unit,
        change,
        (ChangeState.PLANNED, ChangeState.INTENDED),
        state=ChangeState.INTENDED,
        before=before,
        ref=None,
        acts=change.acts + 1,
        not_done_seen=0,
        look_at=None,
        intended_at=unit.now,
    )
    _note(unit, Event.CHANGE_INTENDED, stage, change, acts=change.acts)
    return change


def refer(unit: Unit, change_id: int, ref: Any) -> None:  # noqa: ANN401 - JSON
    """Keep what finds the effect again."""
    change, stage = _with_stage(unit, change_id)
    _update(unit, change, (ChangeState.INTENDED, ChangeState.UNKNOWN), ref=ref)
    _note(unit, Event.CHANGE_REFERRED, stage, change)


def end(unit: Unit, change_id: int, state: ChangeState, outcome: dict[str, Any], *, person: str = "") -> None:
    """Write down how a change ended.

    Args:
        unit: The transaction.
        change_id: Which change.
        state: Done, failed, unknown or dropped.
        outcome: ``text`` and whatever the effect wants kept. What a person says is put before how it had ended until
            then, which stays under ``earlier``.
        person: Who made it by hand, or who said so; empty: the bot.
    """
    change, stage = _with_stage(unit, change_id)
    allowed = [ChangeState.PLANNED, ChangeState.INTENDED, ChangeState.UNKNOWN]
    if person:  # what failed or was never begun may have been made by hand since
        allowed += [ChangeState.FAILED, ChangeState.DROPPED]
    if person and change.outcome:
        outcome = {**outcome, "earlier": change.outcome}
    _update(unit, change, tuple(allowed), state=state, outcome=outcome, look_at=None, person=person, ended_at=unit.now)
    _note(unit, Event.CHANGE_ENDED, stage, change, actor=person or "bot", ended=state.value, ours=outcome.get("ours"))
    redraw(unit, stage)


def look_later(unit: Unit, change_id: int, at: datetime, *, not_done: bool) -> None:
    """The change was looked for and is still open: look again at `at`; `not_done` counts a look that saw nothing."""
    change, _ = _with_stage(unit, change_id)
    open_states = (ChangeState.INTENDED, ChangeState.UNKNOWN)
    _update(unit, change, open_states, look_at=at, not_done_seen=change.not_done_seen + int(not_done))


def progress(unit: Unit, change_id: int, percent: int | None, text: str) -> None:
    """How far a change is, for the card."""
    change, stage = _with_stage(unit, change_id)
    change.progress, change.progress_text = percent, text
    redraw(unit, stage)


def drop_the_rest(unit: Unit, stage: Stage, why: str) -> None:
    """Changes that were planned and will not begin any more."""
    for change in changes_of(unit.session, stage):
        if change.state == ChangeState.PLANNED:
            assert change.id is not None  # noqa: S101 - it was read from the database
            end(unit, change.id, ChangeState.DROPPED, {"text": why})


def open_by_hand(changes: list[ChangeRow]) -> list[ChangeRow]:
    """The changes that wait for a person now: those of the first group that isn't done."""
    left = [change for change in changes if change.state not in ENDED]
    if not left:
        return []
    group = min(change.group for change in left)
    return [change for change in left if change.group == group and change.by == By.PERSON]


def made_until(changes: list[ChangeRow], group: int | None) -> bool:
    """Whether all changes up to a group have ended; None means all of them."""
    return all(change.state in ENDED for change in changes if group is None or change.group <= group)


def _with_stage(unit: Unit, change_id: int) -> tuple[ChangeRow, Stage]:
    change = unit.session.get_one(ChangeRow, change_id)
    return change, unit.session.get_one(Stage, change.stage_id)


def _update(unit: Unit, change: ChangeRow, allowed: tuple[ChangeState, ...], **values: Any) -> None:  # noqa: ANN401
    changed = unit.session.execute(
        update(ChangeRow)
        .where(ChangeRow.id == change.id, ChangeRow.state.in_(allowed), ChangeRow.fence == change.fence)  # type: ignore[arg-type, attr-defined]
        .values(values)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Overtaken(Overtaken.__doc__)
    unit.session.refresh(change)


def _note(unit: Unit, event: Event, stage: Stage, change: ChangeRow, actor: str = "bot", **facts: Any) -> None:  # noqa: ANN401
    unit.note(
        event,
        stage.rollback_id,
        actor,
        stage=stage.name,
        attempt=change.attempt,
        kind=change.kind,
        target=change.target,
        **facts,
    )
