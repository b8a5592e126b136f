"""The parts of a planned stage that need no look at other stages: checks, blockers, durations, texts."""

import re
from collections.abc import Iterator, Sequence

from rollback.runbook.plan import Duration, EvidenceField, PlannedBlocker, PlannedCheck
from rollback.runbook.spec import CheckSpec, StageSpec
from storage.words import Severity


def named(text: str, node: str, first: str) -> str:
    """`text` with the node's own name for NODE (where there is a node) and FIRST's name for FIRST."""
    own = re.sub(r"\bNODE\b", node, text) if node else text
    return re.sub(r"\bFIRST\b", first, own)


def checks_of(spec: StageSpec, node: str, nodes: Sequence[str], first: str) -> Iterator[PlannedCheck]:
    """The checks of a stage, laid out over roles and nodes.

    Args:
        spec: The stage.
        node: The stage's own node, or nothing.
        nodes: The nodes that it works on, in order.
        first: Name of FIRST.
    """
    for check in spec.checks:
        for position, (name, about) in enumerate(_spread(check, node, nodes)):
            role = check.each == "role" and check.who
            yield PlannedCheck(
                name=name,
                text=named(check.text, about, first),
                by=check.by,
                who=(role[position],) if role else check.who or (),
                people=check.people,
                fields=tuple(
                    EvidenceField(name=key, text=one.text, kind=one.kind, optional=one.optional)
                    for key, one in check.fields.items()
                ),
                optional=check.optional,
                after=_group(check.after, position),
                node=about,
                takes=check.minutes,
                other_than=tuple(
                    full
                    for other in spec.checks
                    if other.check == check.other_than
                    for full, _about in _spread(other, node, nodes)
                ),
                unskippable=check.unskippable,
            )


def blockers_of(spec: StageSpec, node: str, first: str) -> Iterator[PlannedBlocker]:
    """The blockers and warnings of a stage, the hard ones first."""
    for severity, blockers in (
        (Severity.HARD, spec.hard),
        (Severity.OVERRIDE, spec.override),
        (Severity.WARN, spec.warn),
    ):
        for name, one in blockers.items():
            yield PlannedBlocker(
                name=name,
                severity=severity,
                text=named(one.text, node, first),
                at_start=one.at_start,
                shown_on=one.shown_on or spec.gate or "",
            )


def duration_of(spec: StageSpec, nodes: int) -> Duration:
    """How long a stage takes that works on so many nodes."""
    times = nodes if spec.minutes.a_node else 1
    typical = spec.minutes.typical * times
    least = spec.minutes.least * times if spec.minutes.least is not None else typical
    most = spec.minutes.most * times if spec.minutes.most is not None else typical
    return Duration(typical=typical, least=least, most=most)


def _spread(check: CheckSpec, node: str, nodes: Sequence[str]) -> list[tuple[str, str]]:
    # The full names of a check, each with the node that it is about.
    if check.each == "role":
        return [(f"{check.check}@{role}", node) for role in check.who or ()]
    if check.each == "node":
        return [(f"{check.check}@{one}", one) for one in nodes]
    return [(check.check, node)]


def _group(after: int | str | None, position: int) -> int | None:
    if not isinstance(after, str):
        return after
    which, _of, many = after.partition(" of ")
    return position * int(many) + int(which)
