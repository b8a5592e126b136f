"""`Situation`: one frozen picture of a rollback. Board, cards, headline, status and report draw from it alone."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from rollback.situation.gate_values import GateView
from rollback.situation.stage_values import PersonView, StageView
from rollback.situation.values import (
    Clocks,
    Counts,
    DatabaseView,
    DebtView,
    DoorView,
    Hold,
    InvariantView,
    NodeView,
    Waiting,
    WayBack,
)
from rollback.untrusted import Untrusted
from storage.words import GateState, RollbackState, StageState

STALE_AFTER = timedelta(minutes=2)
"""A board whose picture is older than this is watched by nobody."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A rollback as it stood at `now`.

    Attributes:
        id: Of its row.
        version: Goes up with each change of the rollback itself.
        label: As people say it: ``RB-7``.
        drill: Whether it is a drill.
        estate: Name of the estate.
        runbook: Title of the runbook.
        from_version, to_version: The versions before and after.
        reason: Why, as given at the start.
        numbers: Numbers of change, incident and vendor case, by name.
        state: Where it stands.
        hold: Who holds it and why; None while it isn't held.
        people: Every named person.
        lead: Who has the lead.
        started_by: Who started it.
        started_at, ended_at, now: Aware UTC.
        zone: The site's time zone.
        phase: The phase of the first stage that isn't over, or empty.
        stages: In the order of the plan.
        gates: Every round of asking, in the order of asking.
        nodes, database, door, way_back, clocks: See their types.
        waiting: Who is waited for, the longest first.
        invariants: What must be so.
        debts: What is owed, settled or not; while the rollback runs, what would stay switched off if it ended now.
        counts: Numbers of devices, from the results of stages.
        dead_letters: How many messages Slack refused for good.
    """

    id: int
    version: int
    label: str
    drill: bool
    estate: Untrusted
    runbook: Untrusted
    from_version: str
    to_version: str
    reason: Untrusted
    numbers: tuple[tuple[str, Untrusted], ...]
    state: RollbackState
    hold: Hold | None
    people: tuple[PersonView, ...]
    lead: PersonView
    started_by: PersonView
    started_at: datetime
    ended_at: datetime | None
    now: datetime
    zone: ZoneInfo
    phase: str
    stages: tuple[StageView, ...]
    gates: tuple[GateView, ...]
    nodes: tuple[NodeView, ...]
    database: DatabaseView
    door: DoorView
    way_back: WayBack
    clocks: Clocks
    waiting: tuple[Waiting, ...]
    invariants: tuple[InvariantView, ...]
    debts: tuple[DebtView, ...]
    counts: Counts = field(default_factory=dict)
    dead_letters: int = 0

    @classmethod
    def of(cls, session: Session, rollback_id: int, now: datetime) -> "Situation":
        """The picture of a rollback from its rows.

        Args:
            session: A reading session or an open unit's.
            rollback_id: Which rollback.
            now: The present instant, aware UTC.

        Raises:
            rollback.book.NoSuchRollback: There is none.
        """
        from rollback.situation.drawing import draw  # noqa: PLC0415 - drawing needs this type

        return draw(session, rollback_id, now)

    @property
    def mode(self) -> str:
        """``DRILL`` or ``REAL``: the first word of every message."""
        return "DRILL" if self.drill else "REAL"

    @property
    def stale_at(self) -> datetime:
        """From when on nobody is watching, if this picture is still on display."""
        return self.now + STALE_AFTER

    @property
    def ended(self) -> bool:
        """Whether the rollback is over."""
        return self.ended_at is not None

    @property
    def done(self) -> int:
        """How many stages are over."""
        return sum(1 for stage in self.stages if stage.over)

    def stage(self, stage_id: int) -> StageView:
        """The stage with that id.

        Raises:
            KeyError: This rollback has none.
        """
        for stage in self.stages:
            if stage.id == stage_id:
                return stage
        raise KeyError(stage_id)

    def stage_named(self, name: str) -> StageView:
        """The stage of that name.

        Raises:
            KeyError: This rollback has none.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)

    def gate(self, gate_id: int) -> GateView:
        """The round of asking with that id.

        Raises:
            KeyError: This rollback has none.
        """
        for gate in self.gates:
            if gate.id == gate_id:
                return gate
        raise KeyError(gate_id)

    def asking(self) -> tuple[GateView, ...]:
        """The rounds that ask now."""
        return tuple(gate for gate in self.gates if gate.state is GateState.ASKING)

    def in_state(self, *states: StageState) -> tuple[StageView, ...]:
        """The stages in one of `states`."""
        return tuple(stage for stage in self.stages if stage.state in states)

    def local(self, instant: datetime) -> datetime:
        """An instant in the site's zone."""
        return instant.astimezone(self.zone)
