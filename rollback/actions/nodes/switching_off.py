"""`node-switch-off`: power off a node that must not be on, at once; a guest that is asked first goes on writing."""

from rollback.actions.action import Given, Json, Preview, Samples, Verdict
from rollback.actions.nodes import changes
from rollback.actions.nodes.machines import facts, names_of, nodes_of, read, reader
from rollback.actions.nodes.watching import off, refusing
from rollback.actions.parts import Reads, verdict
from rollback.systems import Systems
from storage.words import SystemName

WHY = "it must not be on, and two versions on one database destroy it"


class SwitchOff(Reads):
    """Pull the plug of the target. Whether it may be on is the plan's to say: see `rollback.invariants.must_be_off`."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read the machine."""
        vsphere, nodes = reader(systems), nodes_of(given)
        if vsphere is None:
            return Preview(
                changes=tuple(changes.hard_off(given, node, None, 1, why=WHY, door="") for node in nodes),
                dies="Nothing: people make this change.",
            )
        machines = read(vsphere, given, nodes)
        return Preview(
            changes=tuple(changes.hard_off(given, one.node, one.vm, 1, why=WHY, door="") for one in machines),
            facts=facts(machines),
            identity={SystemName.VSPHERE: vsphere.identity()},
            dies="vCenter goes on by itself; the bot reads the power again and goes on.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Power by vSphere, and the ports, each asked for itself."""
        nodes = nodes_of(given)
        return verdict(given, off("off", systems, given, nodes), refusing("ports-refused", systems, given, nodes))

    def result(self, systems: Systems, given: Given) -> Json:
        """Which node is off now."""
        return {"off": list(names_of(given))}
