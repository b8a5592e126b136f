"""Which virtual machine is which node: by its inventory path and instanceUuid, never by a stored reference."""

from collections.abc import Iterable
from dataclasses import dataclass

from integrations.vsphere import Power, Vm, VmRef, VSphere
from rollback.actions.action import Change, Fact, Given, Json
from rollback.actions.nodes.versions import RESTORES
from rollback.estate import Node
from rollback.systems import Systems

ALLOWED = "any managed object at that path that carries this instanceUuid"


@dataclass(frozen=True)
class Machine:
    """A node with its virtual machine as read now."""

    node: Node
    vm: Vm

    @property
    def off(self) -> bool:
        """Whether vSphere says that it is powered off; a suspended machine isn't."""
        return self.vm.power is Power.OFF


def reader(systems: Systems) -> VSphere | None:
    """The vCenter, where it may be read."""
    return systems.get(VSphere) if systems.has(VSphere) else None


def names_of(given: Given) -> tuple[str, ...]:
    """The nodes that the stage works on, in order; else its target."""
    listed = given.params.get("nodes") or ((given.target,) if given.target else ())
    return (listed,) if isinstance(listed, str) else tuple(listed)


def nodes_of(given: Given) -> tuple[Node, ...]:
    """The nodes that the stage works on."""
    return tuple(given.estate.node(name) for name in names_of(given))


def others(given: Given, *names: str) -> tuple[str, ...]:
    """Names of the estate's nodes without these."""
    return tuple(node.name for node in given.estate.nodes if node.name not in names)


def expected(given: Given, node: Node) -> str:
    """The instanceUuid that the node's VM must have: that of its restored VM, as approved, else the settings'."""
    for stage in RESTORES:
        known = (given.results.get(f"{stage}@{node.name}") or {}).get("instance_uuid")
        if known:
            return str(known)
    return node.instance_uuid


def read(vsphere: VSphere, given: Given, nodes: Iterable[Node]) -> tuple[Machine, ...]:
    """The machines of these nodes.

    Raises:
        NotFound: There is none at a node's path.
        WrongIdentity: What is there was recreated or replaced.
    """
    refs = {node.name: vsphere.find(node.inventory_path, expected(given, node)) for node in nodes}
    seen = vsphere.read(*refs.values())
    return tuple(Machine(node, seen[refs[node.name]]) for node in nodes)


def resolve(vsphere: VSphere, change: Change) -> Vm:
    """The machine that a change means now: its placeholder resolved anew.

    Raises:
        NotFound: There is none at the path.
        WrongIdentity: What is there carries another instanceUuid: outside of what was approved.
    """
    ref: VmRef = vsphere.find(change.detail["target"], change.detail["reference"])
    return vsphere.read(ref)[ref]


def placeholder(given: Given, node: Node, vm: Vm | None) -> dict[str, Json]:
    """What a change holds in place of a reference that a restore may change."""
    reference = vm.instance_uuid if vm is not None else expected(given, node)
    return {"target": node.inventory_path, "reference": reference, "allowed": ALLOWED}


def facts(machines: Iterable[Machine]) -> tuple[Fact, ...]:
    """What a card tells of each machine."""
    return tuple(Fact(machine.node.name, _said(machine.vm), flutters=True) for machine in machines)


def _said(vm: Vm) -> str:
    parts = [vm.power.value]
    if vm.question:
        parts.append(f"waits for an answer in vCenter: {vm.question}")
    if vm.ha_protected:
        parts.append("HA restarts it after a host's failure")
    if vm.auto_start:
        parts.append("its host starts it by itself")
    return ", ".join(parts)
