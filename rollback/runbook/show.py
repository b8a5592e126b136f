"""A plan for people to read: rows, a Markdown table, a Mermaid graph."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rollback.runbook.plan import Moment, MomentKind, Plan, PlannedGate, PlannedStage

HEADINGS = ("Stage", "Needs", "Gate", "Kind", "Minutes")
GATE_HEADINGS = ("Gate", "Stages", "Approvers", "Typed", "Card appears", "Votes can be given")


@dataclass(frozen=True, slots=True)
class Rows:
    """The stages and the gates of a plan as rows of cells, in the order of `HEADINGS` and `GATE_HEADINGS`."""

    stages: tuple[tuple[str, ...], ...]
    gates: tuple[tuple[str, ...], ...]


def rows(plan: Plan) -> Rows:
    """The cells of both tables."""
    awaited = {(need.stage, need.check) for stage in plan.stages for need in stage.needs}
    if plan.milestones:
        awaited |= {(need.stage, need.check) for need in (plan.milestones.door_opens, plan.milestones.live)}
    return Rows(
        stages=tuple(tuple(_stage_cells(stage, awaited)) for stage in plan.stages),
        gates=tuple(tuple(_gate_cells(gate)) for gate in plan.gates),
    )


def summary(plan: Plan) -> str:
    """The shape of a plan in one line."""
    asked = sum(not gate.each_change for gate in plan.gates)
    nodes, gates = _count(len(plan.nodes), "node"), _count(asked, "gate")
    return (
        f"{nodes}, {plan.devices} devices need {plan.needed}, the door opens on {plan.open_on};"
        f" {plan.opening}, {plan.order}; {len(plan.stages)} stages, {gates} asked"
    )


def markdown(plan: Plan) -> str:
    """Both tables in Markdown."""
    cells = rows(plan)
    parts = [f"{plan.runbook.title}: {summary(plan)}", "", *_table(HEADINGS, cells.stages), ""]
    return "\n".join([*parts, *_table(GATE_HEADINGS, cells.gates), ""])


def mermaid(plan: Plan) -> str:
    """The needs as a Mermaid graph, one box for each phase; a need of one check bears its name, lines are marked."""
    ids = {stage.name: f"s{index}" for index, stage in enumerate(plan.stages, start=1)}
    lines = ["flowchart TD"]
    for index, phase in enumerate(dict.fromkeys(stage.phase for stage in plan.stages), start=1):
        lines.append(f"  subgraph p{index} [{phase}]")
        lines += [f"    {ids[stage.name]}[{_label(stage)}]" for stage in plan.stages if stage.phase == phase]
        lines.append("  end")
    for stage in plan.stages:
        for need in stage.needs:
            arrow = f"-- {need.check} -->" if need.check else "-->"
            lines.append(f"  {ids[need.stage]} {arrow} {ids[stage.name]}")
    crossing = [ids[stage.name] for stage in plan.stages if stage.line]
    if crossing:
        lines += ["  classDef line stroke:#c00,stroke-width:3px", f"  class {','.join(crossing)} line"]
    return "\n".join([*lines, ""])


def minutes(span: timedelta) -> str:
    """A span in whole minutes, or in days from two days on."""
    if span >= timedelta(days=2):
        return f"{span.days} d"
    return f"{round(span.total_seconds() / 60)}"


def clock(span: timedelta) -> str:
    """A span as people say it: ``2 h 17``."""
    hours, left = divmod(round(span.total_seconds() / 60), 60)
    return f"{hours} h {left:02}" if hours else f"{left} min"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _stage_cells(stage: PlannedStage, awaited: Collection[tuple[str, str]]) -> Iterator[str]:
    yield stage.name
    yield ", ".join(str(need) for need in stage.needs) or "start"
    yield stage.gate + (f", line {stage.line}" if stage.line else "") if stage.gate else "–"
    yield stage.kind.value
    early = [
        f"{check.name} after {minutes(check.takes)}"
        for check in stage.checks
        if check.takes is not None and (stage.name, check.name) in awaited
    ]
    yield minutes(stage.duration.typical) + (f" ({', '.join(early)})" if early else "")


def _gate_cells(gate: PlannedGate) -> Iterator[str]:
    yield gate.name + (f", line {gate.line}" if gate.line else "")
    yield ", ".join(gate.stages)
    yield ", and ".join(" or ".join(group) for group in gate.groups)
    yield "yes" if gate.typed else "–"
    yield _moment(gate.ask_when)
    yield _moment(gate.approve_when)


def _moment(moment: Moment) -> str:
    match moment.kind:
        case MomentKind.START:
            return "at the start"
        case MomentKind.NEEDS:
            return "needs met"
        case MomentKind.VOTE:
            return f"from the vote at {moment.gate}"
        case MomentKind.CHECK:
            return f"from {moment.need}"


def _table(headings: Sequence[str], cells: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in cells:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _label(stage: PlannedStage) -> str:
    gate = f"<br/>gate {stage.gate}" if stage.gate else ""
    return f'"{stage.name}{gate}"'
