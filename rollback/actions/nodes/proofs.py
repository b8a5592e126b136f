"""What must be proven of a node before it is joined or swapped to: its restore, its stage of proof, its clock."""

from collections.abc import Iterable
from datetime import timedelta

from integrations.sqlserver import SqlServer
from rollback.actions.action import Finding, Given
from rollback.actions.nodes.versions import believed, proven_restore, wanted
from rollback.actions.nodes.watching import seconds, skew
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import Severity, StageState


def points_proven(given: Given, nodes: Iterable[Node]) -> tuple[Finding, ...]:
    """Each node's restore is known to have brought the approved point."""
    missing = [node.name for node in nodes if not proven_restore(given, node.name)]
    text = f"No restore session shows the approved point: {', '.join(missing)}." if missing else "Restores are proven."
    return (Finding("point-not-proven", Severity.HARD, text, at_start=True, holds=bool(missing)),)


def nodes_proven(given: Given, nodes: Iterable[Node]) -> tuple[Finding, ...]:
    """Each node was verified alone, and holds the version that the stage wants."""
    wrong = []
    for node in nodes:
        if not _verified(given, node.name):
            wrong.append(f"{node.name} isn't verified")
        if believed(given, node.name) != wanted(given):
            wrong.append(f"{node.name} is believed to be {believed(given, node.name)}")
    text = f"Not proven: {'; '.join(wrong)}." if wrong else "Each node must be verified."
    return (Finding("node-not-proven", Severity.HARD, text, at_start=True, holds=bool(wrong)),)


def clocks_right(systems: Systems, given: Given, nodes: Iterable[Node]) -> tuple[Finding, ...]:
    """Each node's clock is near SQL Server's: read now where it runs, else as it was when it was verified alone."""
    most, wrong = given.estate.timings.clock_skew, []
    for node in nodes:
        apart = skew(systems, node) if systems.has(SqlServer) else None
        if apart is None:
            known = (given.results.get(f"verify-node@{node.name}") or {}).get("skew")
            apart = timedelta(seconds=float(known)) if known is not None else None
        if apart is not None and apart > most:
            wrong.append(f"{node.name} by {seconds(apart)}")
    text = f"The clock is off: {', '.join(wrong)}." if wrong else "The clock of each node must be right."
    return (Finding("clock-off", Severity.HARD, text, at_start=True, holds=bool(wrong)),)


def _verified(given: Given, name: str) -> bool:
    if given.states.get(f"verify-node@{name}") == StageState.SUCCEEDED:
        return True
    started = [stage for stage in ("start-first-node", "back-start-first-node") if name in _on(given, stage)]
    return any(given.states.get(stage) == StageState.SUCCEEDED for stage in started)


def _on(given: Given, stage: str) -> list[str]:
    return list((given.results.get(stage) or {}).get("on", []))
