"""One rollback as its rows have it: what was frozen at its start, and every stage and check as it stands.

Operations and the worker open a book inside a unit or a read session; nothing in it outlives that session.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.estate import Estate
from rollback.roles import Roster
from rollback.runbook import Need, Plan, PlannedStage, expand_toward_safety
from rollback.stages import AT_WORK, ENDED
from storage.models import CheckRow, ChoiceRow, Rollback, Stage
from storage.words import CheckState, RollbackState, StageKind, StageState

OPEN = frozenset({RollbackState.RUNNING, RollbackState.PAUSED})

BY_HAND = "by-hand@"
"""Choice keys of stages that people carry out although the bot could."""


class NoSuchRollback(LookupError):
    """There is no such rollback."""


@dataclass
class Book:
    """One rollback, open for reading and for `stages.move`.

    Attributes:
        row: Its row.
        plan, estate, roster: As frozen at the start; the roster as announced last.
        stages: Its stages by name, in the order of the plan; behind them those that one person started toward safety.
        passed: Checks that have passed, as ``stage:check``.
        choices: What was picked, by key; the newest of each.
        influencers: Who changed a choice, by key; a prefilled value that was kept has none.
    """

    row: Rollback
    plan: Plan
    estate: Estate
    roster: Roster
    stages: dict[str, Stage]
    passed: frozenset[str]
    choices: Mapping[str, Any] = field(default_factory=dict)
    influencers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, session: Session, rollback_id: int) -> "Book":
        """Read the rollback with that id.

        Raises:
            NoSuchRollback: There is none.
        """
        row = session.get(Rollback, rollback_id)
        if row is None:
            raise NoSuchRollback(f"there is no rollback {rollback_id}")
        stages = list(
            session.scalars(select(Stage).where(Stage.rollback_id == rollback_id).order_by(Stage.position))  # type: ignore[arg-type]
        )
        choices, influencers = _choices(session, rollback_id)
        return cls(
            row=row,
            plan=_plan(row.plan),
            estate=_estate(row.estate),
            roster=_roster(row.roles),
            stages={stage.name: stage for stage in stages},
            passed=_passed(session, stages),
            choices=choices,
            influencers=influencers,
        )

    @property
    def label(self) -> str:
        """The rollback as people say it: ``RB-7``."""
        return label(self.row.number)

    @property
    def id(self) -> int:
        """The id of the rollback's row."""
        assert self.row.id is not None  # noqa: S101 - it was read from the database
        return self.row.id

    @property
    def running(self) -> bool:
        """Whether new things may begin: not held, not ended."""
        return self.row.state == RollbackState.RUNNING

    def stage(self, name: str) -> Stage:
        """The stage of that name; KeyError if the plan has none."""
        return self.stages[name]

    def planned(self, stage: Stage) -> PlannedStage:
        """What the plan says of a stage, or its runbook of one that was started toward safety."""
        if stage.kind != StageKind.SAFETY:
            return self.plan.stage(stage.name)
        return toward_safety(self.plan, stage.name.partition(".")[0]).model_copy(update={"name": stage.name})

    def lets_begin(self, stage: Stage) -> bool:
        """Whether something new of a stage may begin now: a hold stops all but what is done toward safety."""
        return self.running or (stage.kind == StageKind.SAFETY and self.row.state in OPEN)

    def met(self, need: Need) -> bool:
        """Whether a need is met: the stage succeeded or was skipped, or its check has passed."""
        stage = self.stages.get(need.stage)
        if stage is None:
            return False
        if need.check and str(need) in self.passed:
            return True
        if stage.state == StageState.SKIPPED and need.check:
            return not any(c.name == need.check and c.unskippable for c in self.planned(stage).checks)
        return stage.state in ENDED

    def unmet(self, stage: Stage) -> tuple[Need, ...]:
        """The needs of a stage that are not met yet."""
        return tuple(need for need in self.planned(stage).needs if not self.met(need))

    def lock_holder(self, stage: Stage) -> str:
        """The stage at work that holds a lock which `stage` needs, or nothing."""
        mine = self.planned(stage)
        for other in self.stages.values():
            if other.name == stage.name or other.state not in AT_WORK:
                continue
            theirs = self.planned(other)
            clash = set(mine.locks) & (set(theirs.locks) | set(theirs.shares)) or set(mine.shares) & set(theirs.locks)
            if clash:
                return other.name
        return ""

    def in_state(self, *states: StageState) -> tuple[Stage, ...]:
        """The stages in one of `states`."""
        return tuple(stage for stage in self.stages.values() if stage.state in states)


def toward_safety(plan: Plan, name: str) -> PlannedStage:
    """What one person may start toward safety, by its name: ``close-the-door``, ``power-off@xms02``.

    Raises:
        KeyError: The runbook has no such thing.
    """
    return _toward_safety(plan.to_bytes()).stage(name)


def estate_of(row: Rollback) -> Estate:
    """The estate that was frozen into a rollback."""
    return _estate(row.estate)


def label(number: int) -> str:
    """A rollback's number as people say and type it."""
    return f"RB-{number}"


@lru_cache(maxsize=16)
def _plan(stored: bytes) -> Plan:
    return Plan.from_bytes(stored)


@lru_cache(maxsize=16)
def _toward_safety(stored: bytes) -> Plan:
    return expand_toward_safety(_plan(stored))


@lru_cache(maxsize=16)
def _estate(stored: bytes) -> Estate:
    return Estate.model_validate_json(stored)


@lru_cache(maxsize=16)
def _roster(stored: bytes) -> Roster:
    return Roster.from_bytes(stored)


def _passed(session: Session, stages: list[Stage]) -> frozenset[str]:
    attempts = {stage.id: (stage.name, stage.attempt) for stage in stages}
    wanted = select(col(CheckRow.stage_id), col(CheckRow.attempt), col(CheckRow.name)).where(
        col(CheckRow.stage_id).in_(list(attempts)), col(CheckRow.state) == CheckState.PASSED
    )
    found = [(attempts[stage_id], attempt, name) for stage_id, attempt, name in session.execute(wanted)]
    return frozenset(f"{stage}:{name}" for (stage, present), attempt, name in found if attempt == present)


def _choices(session: Session, rollback_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    values: dict[str, Any] = {}
    influencers: dict[str, str] = {}
    rows = session.scalars(select(ChoiceRow).where(ChoiceRow.rollback_id == rollback_id).order_by(ChoiceRow.id))  # type: ignore[arg-type]
    for row in rows:
        values[row.key] = row.value
        if row.person:
            influencers[row.key] = row.person
    return values, influencers
