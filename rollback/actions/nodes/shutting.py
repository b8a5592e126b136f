"""`nodes-shut-down`: every node off, by its guest; two independent witnesses must agree that it is."""

from collections.abc import Iterable

from integrations.veeam import Veeam
from rollback.actions.action import Change, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.nodes import changes
from rollback.actions.nodes.machines import Machine, facts, names_of, nodes_of, read, reader
from rollback.actions.nodes.watching import no_sessions, not_closed, off, refusing, seconds
from rollback.actions.parts import Reads, verdict
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import Severity, StageState, SystemName


class ShutDownNodes(Reads):
    """Ask each guest to shut down; pull the plug only on a line of its own."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read each machine, the door, and what works on the machines."""
        findings = [*door_open(systems, given), *_evidence(given)]
        vsphere, nodes = reader(systems), nodes_of(given)
        if vsphere is None:
            return Preview(
                changes=tuple(changes.shut_down(given, node, None, 1, door="closed") for node in nodes),
                findings=tuple(findings),
                dies="Nothing: people make these changes.",
            )
        machines = read(vsphere, given, nodes)
        return Preview(
            changes=_changes(given, machines),
            facts=facts(machines),
            findings=(*findings, *no_tools(machines), *veeam_busy(systems, machines)),
            identity={SystemName.VSPHERE: vsphere.identity()},
            dies="Guests that were asked go on shutting down; the bot reads their power again and goes on.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """vSphere, the ports and SQL Server, each asked for itself."""
        nodes = nodes_of(given)
        return verdict(
            given,
            off("off", systems, given, nodes),
            refusing("ports-refused", systems, given, nodes),
            no_sessions(systems, given, samples, nodes),
        )

    def result(self, systems: Systems, given: Given) -> Json:
        """Which nodes are off now."""
        return {"off": list(names_of(given))}


def door_open(systems: Systems, given: Given) -> tuple[Finding, ...]:
    """The door must be proven closed when the stage starts."""
    wrong = not_closed(systems, given)
    text = f"The door isn't proven closed: {'; '.join(wrong)}." if wrong else "The door must be closed."
    return (Finding("door-open", Severity.HARD, text, at_start=True, holds=bool(wrong)),)


def veeam_busy(systems: Systems, machines: Iterable[Machine]) -> tuple[Finding, ...]:
    """Jobs of Veeam that work on the machines now."""
    if not systems.has(Veeam):
        return ()
    touching = systems.get(Veeam).jobs_touching({one.vm.ref: one.node.name for one in machines})
    busy = sorted(one.job.name for one in touching if one.job.running)
    text = f"Veeam is at work on the nodes, or may be: {', '.join(busy)}."
    return (Finding("veeam-busy", Severity.OVERRIDE, text, about=tuple(busy)),) if busy else ()


def _changes(given: Given, machines: tuple[Machine, ...]) -> tuple[Change, ...]:
    hard_next = given.estate.vsphere.hard_off
    grace = seconds(given.estate.vsphere.guest_grace)
    first, second = [], []
    for one in machines:
        if _without_tools(one):
            why = "VMware Tools don't run, so its guest can't be asked"
            first.append(changes.hard_off(given, one.node, one.vm, 1, why=why))
            continue
        first.append(_asked(given, one.node, one, hard_next=hard_next))
        if hard_next:
            why = f"only if it is still on {grace} after its guest was asked"
            second.append(changes.hard_off(given, one.node, one.vm, 2, why=why))
    return (*first, *second)


def _asked(given: Given, node: Node, one: Machine, *, hard_next: bool) -> Change:
    guards = {"hard_next": True} if hard_next else {}
    return changes.shut_down(given, node, one.vm, 1, door="closed", **guards)


def _without_tools(one: Machine) -> bool:
    return not one.off and not one.vm.tools_running


def no_tools(machines: Iterable[Machine]) -> tuple[Finding, ...]:
    """Machines that are on and whose guest can't be asked to shut down."""
    names = [one.node.name for one in machines if _without_tools(one)]
    text = f"VMware Tools don't run on {', '.join(names)}: the plug is pulled, as its own line says."
    return (Finding("no-tools", Severity.OVERRIDE, text, about=tuple(names)),) if names else ()


def _evidence(given: Given) -> tuple[Finding, ...]:
    missing = {}
    if given.states.get("collect-evidence") == StageState.SKIPPED:
        missing["evidence"] = "the evidence was skipped, and the logs are lost when the disks are restored"
    listed = int((given.results.get("list-devices") or {}).get("details_missing", 0))
    if listed:
        missing["details"] = f"details of {listed} devices are missing"
    text = f"Before the nodes go off: {'; '.join(missing.values())}."
    forward = given.stage.partition("@")[0] == "shut-down-nodes"
    return (Finding("evidence-missing", Severity.OVERRIDE, text, about=tuple(missing)),) if missing and forward else ()
