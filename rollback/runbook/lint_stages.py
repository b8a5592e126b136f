"""Rules about what is written: names that lead nowhere, gates that are missing, people who are never asked."""

import difflib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from rollback.runbook.layout import GATES, Part, Path, Problem
from rollback.runbook.spec import CheckSpec, GateSpec, Runbook, StageSpec, split_need
from storage.words import By, StageKind

PARTS: tuple[Part, ...] = ("stages", "way_back", "toward_safety")


def wrong_with_stages(runbook: Runbook, actions: Collection[str]) -> list[Problem]:
    """What is wrong in the words of the runbook itself."""
    return [
        *(problem for part in PARTS for problem in _part(runbook, part, actions)),
        *_gates(runbook),
        *_reference(runbook),
    ]


def _part(runbook: Runbook, part: Part, actions: Collection[str]) -> Iterator[Problem]:
    stages: Sequence[StageSpec] = getattr(runbook, part)
    asking: Sequence[GateSpec] = getattr(runbook, gates_of) if (gates_of := GATES.get(part, "")) else ()
    gates = {gate.gate: gate for gate in asking}
    every_gate = [gate.gate for gate in (*runbook.gates, *runbook.way_back_gates)]
    words = [stage.word for stage in stages]
    for index, stage in enumerate(stages):
        path: Path = (part, index)
        if stage.action not in actions:
            said = f"`{stage.stage}` has the unknown action `{stage.action}`; {_hint(stage.action, actions)}"
            yield Problem((*path, "action"), said)
        yield from _needs(stage, words, path)
        yield from _gate_of(stage, gates, path)
        yield from _toward_safety(stage, path)
        yield from _checks(stage, path)
        yield from _hands(stage, path)
        for key in ("hard", "override", "warn"):
            for name, blocker in getattr(stage, key).items():
                if blocker.shown_on and blocker.shown_on not in every_gate:
                    said = f"`{name}` is shown on the unknown gate `{blocker.shown_on}`"
                    yield Problem((*path, key, name), f"{said}; {_hint(blocker.shown_on, every_gate)}")
        for position, word in enumerate(stage.settles.after if stage.settles else ()):
            if word not in words:
                said = f"`{stage.stage}` waits for the unknown stage `{word}` to hold; {_hint(word, words)}"
                yield Problem((*path, "settles", "after", position), said)


def _needs(stage: StageSpec, words: Sequence[str], path: Path) -> Iterator[Problem]:
    for position, need in enumerate(stage.needs):
        word, nodes, _check = split_need(need.need)
        at = (*path, "needs", position)
        if word == "start" and (nodes or _check):
            yield Problem(at, f"`{stage.stage}` needs `{need.need}`, but `start` has neither nodes nor checks")
        elif word != "start" and word not in words:
            yield Problem(at, f"`{stage.stage}` needs the unknown stage `{word}`; {_hint(word, words)}")


def _toward_safety(stage: StageSpec, path: Path) -> Iterator[Problem]:
    name, here = stage.stage, path[0] == "toward_safety"
    if here is not (stage.kind is StageKind.SAFETY):
        said = f"`{name}` is `kind: {stage.kind}`"
        yield Problem((*path, "kind"), f"{said}; expected `kind: safety` in `toward_safety`, and nowhere else")
    if here and (stage.gate or [need.need for need in stage.needs] != ["start"] or stage.line):
        said = f"`{name}` is started by one person at any time"
        yield Problem((*path, "needs"), f"{said}; expected no gate, no line and `needs: [start]`")


def _gate_of(stage: StageSpec, gates: dict[str, GateSpec], path: Path) -> Iterator[Problem]:
    name = stage.stage
    if stage.gate is None:
        if stage.line:
            yield Problem((*path, "line"), f"`{name}` crosses line {stage.line} without a gate; expected a `gate`")
        elif stage.kind is StageKind.CHANGE:
            yield Problem((*path, "kind"), f"`{name}` is a change without a gate; expected a `gate`")
        return
    if stage.kind is StageKind.READ:
        yield Problem((*path, "gate"), f"`{name}` only reads; expected no gate")
    gate = gates.get(stage.gate)
    if gate and gate.line < stage.line and not gate.when:
        said = f"`{name}` crosses line {stage.line}, but its gate `{gate.gate}` says line {gate.line}"
        yield Problem((*path, "line"), f"{said}; expected `line: {stage.line}` at the gate")
    if stage.line == 1 and not stage.unskippable:
        said = f"`{name}` crosses line 1 and could be skipped, which leaves two versions on one database"
        yield Problem((*path, "line"), f"{said}; expected `unskippable: true`")


def _checks(stage: StageSpec, path: Path) -> Iterator[Problem]:
    names = [check.check for check in stage.checks]
    for position, check in enumerate(stage.checks):
        at = (*path, "checks", position)
        if names.index(check.check) != position:
            yield Problem(at, f"`{stage.stage}` has the check `{check.check}` twice; expected names that differ")
        if check.other_than and check.other_than not in names:
            said = f"`{check.check}` is answered by others than the unknown check `{check.other_than}`"
            yield Problem((*at, "other_than"), f"{said}; {_hint(check.other_than, names)}")
        yield from _check(stage, check, at)


def _check(stage: StageSpec, check: CheckSpec, at: Path) -> Iterator[Problem]:
    if check.optional and check.unskippable:
        yield Problem(at, f"`{check.check}` is optional and unskippable at once; expected one of the two")
    if check.each == "role" and check.by is By.BOT:
        yield Problem(at, f"`{check.check}` is the bot's, which has no role; expected `by: person` or `each: node`")
    if check.each == "node" and not (stage.nodes or stage.per_node):
        yield Problem(at, f"`{check.check}` is for each node, but `{stage.stage}` works on none; expected `nodes`")
    if isinstance(check.after, str) and check.each != "node":
        yield Problem(at, f"`{check.check}` counts groups for each node; expected `each: node` beside it")


def _hands(stage: StageSpec, path: Path) -> Iterator[Problem]:
    asked = any(check.by is By.PERSON and not check.optional for check in stage.checks)
    waits = stage.kind in {StageKind.ATTESTATION, StageKind.DECISION}
    if waits and not asked:
        said = f"`{stage.stage}` waits for people, but asks nobody; expected a check `by: person`"
        yield Problem((*path, "kind"), said)
    if stage.kind in {StageKind.CHANGE, StageKind.SAFETY} and not stage.attests:
        said = f"`{stage.stage}` can't be done by hand, because nobody attests it; expected `attests` with roles"
        yield Problem((*path, "kind"), said)


def _gates(runbook: Runbook) -> Iterator[Problem]:
    for part, stages in (
        ("gates", runbook.stages),
        ("way_back_gates", runbook.way_back),
        ("abort_gates", None),
    ):
        gates: Sequence[GateSpec] = getattr(runbook, part)
        without_condition = Counter(gate.gate for gate in gates if not gate.when)
        for index, gate in enumerate(gates):
            at: Path = (part, index)
            if stages is not None and gate.gate not in {stage.gate for stage in stages}:
                yield Problem((*at, "gate"), f"no stage names the gate `{gate.gate}`; expected at least one")
            if without_condition[gate.gate] > 1:
                yield Problem((*at, "gate"), f"the gate `{gate.gate}` stands twice; expected conditions that exclude")
            if gate.line and (not gate.typed or len(gate.approvers) < 2):
                said = f"the gate `{gate.gate}` lets people cross line {gate.line}"
                yield Problem((*at, "gate"), f"{said}; expected two approvers at least, and `typed: true`")


def _reference(runbook: Runbook) -> Iterator[Problem]:
    names = [stage.stage for stage in runbook.stages]
    for index, step in enumerate(runbook.reference.steps if runbook.reference else ()):
        if step.stage not in names:
            said = f"the run by hand names the unknown stage `{step.stage}`; {_hint(step.stage, names)}"
            yield Problem(("reference", "steps", index), said)


def _hint(word: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"did you mean `{near[0]}`?" if near else f"expected one of {', '.join(dict.fromkeys(sorted(known)))}"
