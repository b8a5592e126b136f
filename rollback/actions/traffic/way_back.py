"""What must be there before the door closes for the way back: safety backup, a point of each node; and the fault.

The door is the first thing that the way back takes from people, so what would stop it later has to stop it here.
"""

from collections.abc import Iterator

from integrations.sqlserver import SqlServer
from integrations.veeam import Veeam
from rollback.actions.action import Finding, Given
from rollback.actions.database import guards
from rollback.actions.database.reading import SAVING
from rollback.actions.inventory import evidence
from rollback.actions.nodes import machines, points
from rollback.devices.inventory import InventoryStore
from rollback.systems import Systems
from storage.words import Severity, StageState


def about_way_back(systems: Systems, given: Given) -> Iterator[Finding]:
    """What stops the way back, and what comes back with it."""
    if unsafe := _unsafe(systems, given):
        text = f"The way back leads over the safety backup: {'; '.join(unsafe)}."
        yield Finding("safety-backup-missing", Severity.HARD, text)
    if stranded := _stranded(systems, given):
        text = (
            f"{', '.join(stranded)} was overwritten and has no restore point from after the upgrade and before the "
            "rollback: there is no way back for it. Leave the door open, or decide to stop here."
        )
        yield Finding("node-without-way-back", Severity.HARD, text)
    if failing := _failing(systems, given):
        text = f"The original fault is still there, and comes back with the state of before: {'; '.join(failing)}."
        yield Finding("fault-still-there", Severity.WARN, text)


def _unsafe(systems: Systems, given: Given) -> tuple[str, ...]:
    if systems.has(SqlServer):
        return guards.safety_wrong(systems.get(SqlServer), given)
    if given.states.get(SAVING) != StageState.SUCCEEDED:
        return ("nobody has attested that it was made and verified",)
    return ()


def _stranded(systems: Systems, given: Given) -> tuple[str, ...]:
    """Nodes of the stage, which a restore has touched, that Veeam can't give their state of before again."""
    vsphere = machines.reader(systems)
    if not systems.has(Veeam) or vsphere is None:
        return ()  # points are known by the machine's id, which vCenter tells: here people look for them
    veeam, seen = systems.get(Veeam), machines.read(vsphere, given, machines.nodes_of(given))
    return tuple(one.node.name for one in seen if not points.read(veeam, given, one.node.name, str(one.vm.ref)).back)


def _failing(systems: Systems, given: Given) -> tuple[str, ...]:
    """Ports that failed while the nodes still held the upgrade, as the evidence has it."""
    if not systems.has(InventoryStore):
        return ()
    found = systems.get(InventoryStore).summary(given.rollback_id, evidence.NAME)
    history = (found.extras.get("evidence") or {}).get(evidence.HISTORY) if found is not None and found.done else None
    if not isinstance(history, dict):
        return ()
    return tuple(
        f"port {purpose} of {node} failed in {told['bad']} of {told['read']} readings"
        for node, ports in history.items()
        for purpose, told in ports.items()
        if told["bad"]
    )
