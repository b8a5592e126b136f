"""When the door will open and when the service will be declared healthy: the longest way through a plan, pure.

A stage starts when all that it needs has passed and its gate has been passed; an estimate allows for the votes at the
gates that can't be asked ahead, and for the time that the whole cluster must hold. What has happened replaces what was
expected.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from rollback.runbook import MomentKind, Need, Plan, PlannedCheck, PlannedGate, PlannedStage


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of one stage so far.

    Attributes:
        started: When it started to run; None while it hasn't.
        ended: When it succeeded or was skipped; None while it hasn't.
        checks: When each check passed, by name.
    """

    started: datetime | None = None
    ended: datetime | None = None
    checks: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SoFar:
    """What has happened in a rollback until `now`.

    Attributes:
        started: When the rollback started.
        now: When the estimate is made; nothing that is still to come lies before it.
        stages: What is known of each stage, by name.
        approved: When each gate was passed, by name.
    """

    started: datetime
    now: datetime
    stages: Mapping[str, Progress] = field(default_factory=dict)
    approved: Mapping[str, datetime] = field(default_factory=dict)


class StepKind(StrEnum):
    """What time goes into on the longest way."""

    STAGE = "stage"
    VOTES = "votes"  # at the gate of that name
    HOLDING = "holding"  # before the stage of that name, until what was built has held


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the longest way."""

    kind: StepKind
    name: str

    def __str__(self) -> str:
        return self.name if self.kind is StepKind.STAGE else f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when a stage runs, or is expected to run."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is expected of a rollback.

    Attributes:
        windows: The window of each stage.
        ends_at: When the last stage ends that isn't counted in days (no gate of its own for each change).
        opens_at: When the door opens; None for a plan without a door of its own.
        live_at: When the service is declared healthy; None likewise.
        door_closed: From the first change that closes the door until it opens; None likewise.
        way_to_open, way_to_live: The longest way, step by step.
    """

    windows: Mapping[str, Window]
    ends_at: datetime
    opens_at: datetime | None = None
    live_at: datetime | None = None
    door_closed: timedelta | None = None
    way_to_open: tuple[Step, ...] = ()
    way_to_live: tuple[Step, ...] = ()


def estimate(plan: Plan, so_far: SoFar, typical: Mapping[str, timedelta] | None = None) -> Estimate:
    """When the stages of `plan` will run, and what decides it.

    Args:
        plan: The plan; each stage stands after all that it needs.
        so_far: What has happened.
        typical: How long stages take here, by name or by word (``restore-node``), instead of the runbook's guesses.
    """
    ways = _Ways(plan, so_far, typical or {})
    for stage in plan.stages:
        ways.walk(stage)
    each_change = {gate.name for gate in plan.gates if gate.each_change}
    ends = [ways.windows[stage.name].end for stage in plan.stages if stage.gate not in each_change]
    if plan.milestones is None:
        return Estimate(MappingProxyType(ways.windows), max(ends, default=so_far.now))
    opens, live = plan.milestones.door_opens, plan.milestones.live
    return Estimate(
        windows=MappingProxyType(ways.windows),
        ends_at=max(ends),
        opens_at=ways.passes(opens),
        live_at=ways.passes(live),
        door_closed=ways.passes(opens) - ways.windows[plan.milestones.door_closes].start,
        way_to_open=tuple(ways.back_from(opens.stage)),
        way_to_live=tuple(ways.back_from(live.stage)),
    )


@dataclass(slots=True)
class _Ways:
    plan: Plan
    so_far: SoFar
    typical: Mapping[str, timedelta]
    windows: dict[str, Window] = field(default_factory=dict)
    # What each stage waited for last: the steps in between, and the stage before them.
    before: dict[str, tuple[tuple[Step, ...], str]] = field(default_factory=dict)
    gates: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    def walk(self, stage: PlannedStage) -> None:
        ready, last = self._ready(stage)
        steps: tuple[Step, ...] = ()
        if stage.settling:
            held, base = self._held(stage)
            if held > ready:
                ready, last, steps = held, base, (Step(StepKind.HOLDING, stage.name),)
        if stage.gate:
            approved, base = self._approved(self.plan.gate(stage.gate), ready, last)
            if approved > ready:
                votes = (Step(StepKind.VOTES, stage.gate),)
                steps, last = (votes + steps if base == last else votes), base
                ready = approved
        self.before[stage.name] = (steps, last)
        self.windows[stage.name] = self._window(stage, ready)

    def passes(self, need: Need) -> datetime:
        stage = self.plan.stage(need.stage)
        known = self._known(stage)
        window = self.windows[stage.name]
        if not need.check:
            return window.end
        if need.check in known.checks:
            return known.checks[need.check]
        expected = window.start + self._check_takes(stage, stage.check(need.check))
        return min(window.end, max(expected, self.so_far.now))

    def back_from(self, stage: str) -> list[Step]:
        way: list[Step] = []
        while stage:
            way.append(Step(StepKind.STAGE, stage))
            steps, stage = self.before[stage]
            way.extend(steps)
        return way[::-1]

    def _ready(self, stage: PlannedStage) -> tuple[datetime, str]:
        return max(
            ((self.passes(need), need.stage) for need in stage.needs),
            key=lambda one: one[0],
            default=(self.so_far.started, ""),
        )

    def _held(self, stage: PlannedStage) -> tuple[datetime, str]:
        takes = stage.settling.takes if stage.settling else timedelta(0)
        after = stage.settling.after if stage.settling else ()
        return max(
            ((self.windows[name].end + takes, name) for name in after if name in self.windows),
            key=lambda one: one[0],
            default=(self.so_far.started, ""),
        )

    def _approved(self, gate: PlannedGate, ready: datetime, last: str) -> tuple[datetime, str]:
        # The first stage of a gate that is walked fixes when the gate is passed; the others find it here.
        if gate.name not in self.gates:
            asked, base = self._votes_open(gate, ready, last)
            expected = max(asked + gate.votes_take, self.so_far.now)
            self.gates[gate.name] = (self.so_far.approved.get(gate.name, expected), base)
        return self.gates[gate.name]

    def _votes_open(self, gate: PlannedGate, ready: datetime, last: str) -> tuple[datetime, str]:
        moment = gate.approve_when
        if moment.kind is MomentKind.NEEDS:
            return ready, last
        if moment.kind is MomentKind.VOTE and moment.gate in self.gates:
            return self.gates[moment.gate]
        if moment.need and moment.need.stage in self.windows:
            return self.passes(moment.need), moment.need.stage
        return self.so_far.started, ""

    def _window(self, stage: PlannedStage, ready: datetime) -> Window:
        known = self._known(stage)
        start = known.started or known.ended or max(ready, self.so_far.now)
        end = known.ended or max(start + self._takes(stage), self.so_far.now)
        return Window(start, end)

    def _takes(self, stage: PlannedStage) -> timedelta:
        return self.typical.get(stage.name, self.typical.get(stage.word, stage.duration.typical))

    def _check_takes(self, stage: PlannedStage, check: PlannedCheck) -> timedelta:
        usual = stage.duration.typical
        if check.takes is None or not usual:
            return self._takes(stage)
        return check.takes * (self._takes(stage) / usual)

    def _known(self, stage: PlannedStage) -> Progress:
        return self.so_far.stages.get(stage.name, Progress())


def describe(way: tuple[Step, ...]) -> Iterator[str]:
    """The steps of a longest way as people read them."""
    words = {StepKind.VOTES: "votes at {}", StepKind.HOLDING: "holding before {}", StepKind.STAGE: "{}"}
    for step in way:
        yield words[step.kind].format(step.name)
