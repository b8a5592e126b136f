"""Lays a runbook out: which stages exist for these nodes, what each one needs, and what contradicts itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rollback.runbook.ordering import cycle_in, in_order
from rollback.runbook.parts import blockers_of, checks_of, duration_of, named
from rollback.runbook.plan import (
    Milestones,
    Moment,
    MomentKind,
    Need,
    Plan,
    PlannedCheck,
    PlannedGate,
    PlannedStage,
    Settling,
)
from rollback.runbook.spec import GateSpec, Opening, Order, Runbook, StageSpec, split_need
from rollback.runbook.terms import TermError, Values, holds, indices, is_single

Part = Literal["stages", "way_back", "toward_safety"]
GATES: Mapping[Part, str] = {"stages": "gates", "way_back": "way_back_gates"}
"""The list of questions that belongs to a part; toward safety nobody is asked."""

Path = tuple[str | int, ...]
Param = str | int | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Why a runbook makes no plan, with the path of the culprit in the file."""

    path: Path
    said: str


@dataclass(frozen=True, slots=True)
class Laid:
    """A runbook laid out.

    Attributes:
        plan: The plan; it is only whole when there are no problems.
        problems: Everything that contradicts itself.
        origins: For each planned stage the index of the entry of the runbook that it comes from.
    """

    plan: Plan
    problems: tuple[Problem, ...]
    origins: Mapping[str, int]


def lay_out(runbook: Runbook, nodes: Sequence[str], devices: int, values: Values, part: Part = "stages") -> Laid:
    """A runbook laid out over nodes, with everything that is wrong with it.

    Args:
        runbook: The runbook.
        nodes: Names of the nodes, FIRST first.
        devices: The number of devices.
        values: What the variables of conditions and ranges stand for.
        part: The way there, the way back, or what one person may start toward safety.
    """
    layout = _Layout(runbook, tuple(nodes), values, part)
    stages = layout.stages()
    plan = Plan(
        runbook=runbook,
        order=Order(values.order),
        opening=Opening(values.opening),
        devices=devices,
        nodes=layout.nodes,
        needed=values.m,
        open_on=values.k,
        line=values.line,
        stages=stages,
        gates=layout.gates(stages),
        abort_gates=layout.abort_gates(),
        milestones=layout.milestones(stages) if part == "stages" else None,
    )
    return Laid(plan, tuple(layout.problems), layout.origins)


@dataclass(frozen=True, slots=True)
class _Instance:
    # One stage of a plan, before its needs are resolved.
    spec: StageSpec
    part: Part
    index: int
    values: Values
    node: str

    @property
    def path(self) -> Path:
        return (self.part, self.index)

    @property
    def name(self) -> str:
        return f"{self.spec.word}@{self.node}" if self.spec.per_node else self.spec.word


@dataclass(slots=True)
class _Layout:
    runbook: Runbook
    nodes: tuple[str, ...]
    values: Values
    part: Part
    problems: list[Problem] = field(default_factory=list)
    origins: dict[str, int] = field(default_factory=dict)

    def stages(self) -> tuple[PlannedStage, ...]:
        found: dict[str, _Instance] = {}
        for one in self._instances():
            if one.name in found:
                self._problem(one.path, f"`{one.name}` exists twice in one plan; expected conditions that exclude it")
            found.setdefault(one.name, one)
            self.origins.setdefault(one.name, one.index)
        checks = {
            name: tuple(checks_of(one.spec, one.node, self._works_on(one), self.nodes[0]))
            for name, one in found.items()
        }
        planned = {name: self._stage(one, checks) for name, one in found.items()}
        needs = {name: [need.stage for need in stage.needs] for name, stage in planned.items()}
        if cycle := cycle_in(needs):
            path = found[cycle[0]].path
            self._problem(path, f"the needs go round in a circle: {' → '.join(cycle)}")
            return tuple(planned.values())
        return tuple(planned[name] for name in in_order(needs))

    def gates(self, stages: Sequence[PlannedStage]) -> tuple[PlannedGate, ...]:
        part = GATES.get(self.part, "")
        specs: Sequence[GateSpec] = getattr(self.runbook, part) if part else ()
        there = [(index, spec) for index, spec in enumerate(specs) if holds(spec.when, self.values)]
        names = [spec.gate for _index, spec in there]
        for stage_index, stage in enumerate(getattr(self.runbook, self.part)):
            if stage.gate and stage.gate not in names:
                self._problem(
                    (self.part, stage_index, "gate"), f"`{stage.stage}` names no gate of this runbook: `{stage.gate}`"
                )
        asked = {name: tuple(stage.name for stage in stages if stage.gate == name) for name in names}
        asking = [name for name in names if asked[name]]
        return tuple(
            self._gate(spec, (part, index), stages, asking, asked[spec.gate])
            for index, spec in there
            if asked[spec.gate]
        )

    def abort_gates(self) -> tuple[PlannedGate, ...]:
        specs = self.runbook.abort_gates
        planned = []
        for line in (0, 1, 2) if specs else ():
            values = replace(self.values, line=line)
            there = [index for index, spec in enumerate(specs) if holds(spec.when, values)]
            if len(there) != 1:
                self._problem(("abort_gates",), f"{len(there)} abort gates ask after line {line}; expected one")
                return ()
            planned.append(self._gate(specs[there[0]], ("abort_gates", there[0]), (), (), ()))
        return tuple(planned)

    def milestones(self, stages: Sequence[PlannedStage]) -> Milestones | None:
        spec = self.runbook.milestones
        found = {
            key: self._moment_need(getattr(spec, key), stages, ("milestones", key))
            for key in ("door_closes", "door_opens", "live")
        }
        closes, opens, live = found["door_closes"], found["door_opens"], found["live"]
        if closes is None or opens is None or live is None:
            return None
        return Milestones(door_closes=closes.stage, door_opens=opens, live=live)

    def _instances(self) -> Iterator[_Instance]:
        specs: Sequence[StageSpec] = getattr(self.runbook, self.part)
        for position, spec in enumerate(specs):
            path = (self.part, position)
            if not spec.per_node:
                if holds(spec.when, self.values):
                    yield _Instance(spec, self.part, position, self.values, self._target(spec, path))
                continue
            for index in self._indices(spec.for_ or "", self.values, (*path, "for")):
                values = replace(self.values, i=index)
                if holds(spec.when, values):
                    yield _Instance(spec, self.part, position, values, self.nodes[index - 1])

    def _target(self, spec: StageSpec, path: Path) -> str:
        if not spec.target:
            return ""
        names = self._names(spec.target, self.values, (*path, "target"))
        return names[0] if names else ""

    def _stage(self, one: _Instance, checks: Mapping[str, Sequence[PlannedCheck]]) -> PlannedStage:
        spec = one.spec
        nodes = self._works_on(one)
        first = self.nodes[0]
        return PlannedStage(
            name=one.name,
            word=spec.word,
            title=named(spec.title, one.node, first),
            action=spec.action,
            target=one.node,
            nodes=nodes,
            kind=spec.kind,
            gate=spec.gate or "",
            needs=tuple(dict.fromkeys(self._needs(one, checks))),
            params=self._params(one, nodes),
            phase=spec.phase,
            line=spec.line,
            unskippable=spec.unskippable,
            attests=spec.attests or (),
            locks=tuple(name for lock in spec.locks for name in self._lock(lock, one)),
            shares=spec.shares,
            duration=duration_of(spec, len(nodes)),
            settling=self._settling(spec, checks),
            blockers=tuple(blockers_of(spec, one.node, first)),
            checks=tuple(checks[one.name]),
            by_hand=named(spec.by_hand, one.node, first),
            evidence=named(spec.evidence, one.node, first),
            undo=named(spec.undo, one.node, first),
        )

    def _works_on(self, one: _Instance) -> tuple[str, ...]:
        if one.spec.nodes:
            return self._names(one.spec.nodes, one.values, (*one.path, "nodes"))
        return (one.node,) if one.node else ()

    def _needs(self, one: _Instance, checks: Mapping[str, Sequence[PlannedCheck]]) -> Iterator[Need]:
        for position, spec in enumerate(one.spec.needs):
            if spec.need == "start" or not holds(spec.when, one.values):
                continue
            word, nodes, check = split_need(spec.need)
            path = (*one.path, "needs", position)
            names = [f"{word}@{node}" for node in self._names(nodes, one.values, path)] if nodes else [word]
            for name in names:
                yield from self._resolve(name, check, checks, path, f"`{one.name}` needs")

    def _resolve(
        self,
        name: str,
        check: str,
        checks: Mapping[str, Sequence[PlannedCheck]],
        path: Path,
        who: str,
    ) -> Iterator[Need]:
        if name not in checks:
            self._problem(path, f"{who} `{name}`, which doesn't exist in a plan with {self._shape()}")
        elif not check:
            yield Need(stage=name)
        else:
            found = [one.name for one in checks[name] if one.name.partition("@")[0] == check]
            if not found:
                known = ", ".join(dict.fromkeys(one.name.partition("@")[0] for one in checks[name])) or "none"
                self._problem(path, f"{who} the check `{check}` of `{name}`, which has the checks: {known}")
            yield from (Need(stage=name, check=one) for one in found)

    def _gate(
        self,
        spec: GateSpec,
        path: Path,
        stages: Sequence[PlannedStage],
        gates: Sequence[str],
        asked: tuple[str, ...],
    ) -> PlannedGate:
        return PlannedGate(
            name=spec.gate,
            title=spec.title,
            groups=spec.approvers,
            typed=spec.typed,
            ask_when=self._moment(spec.ask_when, (*path, "ask_when"), stages, gates),
            approve_when=self._moment(spec.approve_when, (*path, "approve_when"), stages, gates),
            line=spec.line,
            votes_take=spec.minutes,
            each_change=spec.each_change,
            stages=asked,
        )

    def _moment(self, text: str, path: Path, stages: Sequence[PlannedStage], gates: Sequence[str]) -> Moment:
        if text in {"start", "needs"}:
            return Moment(kind=MomentKind(text))
        if text.startswith("vote "):
            gate = text.removeprefix("vote ").strip()
            if gate not in gates:
                self._problem(
                    path, f"the gate waits for the vote at `{gate}`, which doesn't ask in a plan with {self._shape()}"
                )
            return Moment(kind=MomentKind.VOTE, gate=gate)
        return Moment(kind=MomentKind.CHECK, need=self._moment_need(text, stages, path))

    def _moment_need(self, text: str, stages: Sequence[PlannedStage], path: Path) -> Need | None:
        try:
            word, _nodes, check = split_need(text)
        except ValueError as error:
            self._problem(path, str(error))
            return None
        checks = {stage.name: stage.checks for stage in stages}
        return next(self._resolve(word, check, checks, path, "this waits for"), None)

    def _settling(self, spec: StageSpec, checks: Mapping[str, Sequence[PlannedCheck]]) -> Settling | None:
        if spec.settles is None:
            return None
        after = tuple(name for name in spec.settles.after if name in checks)
        return Settling(takes=spec.settles.minutes, after=after)

    def _lock(self, lock: str, one: _Instance) -> Iterator[str]:
        word, _at, nodes = lock.partition("@")
        if not nodes:
            yield word
            return
        for node in self._names(nodes, one.values, (*one.path, "locks")):
            yield f"{word}:{node}"

    def _params(self, one: _Instance, nodes: tuple[str, ...]) -> dict[str, Param]:
        params: dict[str, Param] = {"nodes": nodes} if one.spec.nodes else {}
        for key, value in one.spec.params.items():
            params[key] = value
            if isinstance(value, str) and value.startswith("@"):
                names = self._names(value[1:], one.values, (*one.path, "params", key))
                params[key] = names[0] if is_single(value[1:]) and names else names
        return params

    def _names(self, nodes: str, values: Values, path: Path) -> tuple[str, ...]:
        return tuple(self.nodes[index - 1] for index in self._indices(nodes, values, path))

    def _indices(self, nodes: str, values: Values, path: Path) -> tuple[int, ...]:
        try:
            return indices(nodes, values)
        except TermError as error:
            self._problem(path, str(error))
            return ()

    def _shape(self) -> str:
        values = self.values
        line = f", line = {values.line}" if self.part == "way_back" else ""
        return f"n = {values.n}, k = {values.k}, {values.opening}, {values.order}{line}"

    def _problem(self, path: Path, said: str) -> None:
        problem = Problem(path, said)
        if problem not in self.problems:
            self.problems.append(problem)
