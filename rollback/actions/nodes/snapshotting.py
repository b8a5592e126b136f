"""`nodes-snapshot`: one snapshot of each node while all are off, by a name that finds it again."""

from collections.abc import Iterable

from integrations.vsphere import Vm
from rollback.actions.action import Change, Check, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.nodes.changes import SNAPSHOT
from rollback.actions.nodes.machines import Machine, facts, nodes_of, placeholder, read, reader
from rollback.actions.nodes.watching import powered
from rollback.actions.parts import Reads, judged, unread, verdict
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import Severity, SystemName

LONGEST_CHAIN = 2
LEAST_FREE = 0.15  # of a datastore


class SnapshotNodes(Reads):
    """Snapshot each node, without memory and quiescing."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read each machine, its snapshots and its datastores."""
        vsphere, nodes = reader(systems), nodes_of(given)
        lost = ("The snapshots are expected to be lost when Veeam restores a node in place.",)
        if vsphere is None:
            return Preview(changes=tuple(_change(given, node, None) for node in nodes), lost=lost,
                           dies="Nothing: people make these changes.")  # fmt: skip
        machines = read(vsphere, given, nodes)
        return Preview(
            changes=tuple(_change(given, one.node, one.vm) for one in machines),
            facts=facts(machines),
            findings=(_on(machines), *_short(machines), *_disks(given, machines)),
            identity={SystemName.VSPHERE: vsphere.identity()},
            lost=lost,
            dies="vCenter goes on with a snapshot that was begun; the bot looks for it by its name.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Exactly one snapshot by our name on each machine."""
        vsphere, name = reader(systems), "one-snapshot"
        if vsphere is None:
            return verdict(given, unread(name, SystemName.VSPHERE))
        return verdict(given, _one_each(name, given, read(vsphere, given, nodes_of(given))))

    def result(self, systems: Systems, given: Given) -> Json:
        """Each node's snapshot, and vCenter's clock: what is newer was made after the rollback began."""
        vsphere = reader(systems)
        if vsphere is None:
            return {"snapshots": {}, "at": given.now.isoformat()}
        found = {
            one.node.name: one.vm.named(given.marker(one.node.name)) for one in read(vsphere, given, nodes_of(given))
        }
        made = {
            name: {"ref": s[0].ref, "name": s[0].name, "at": s[0].created.isoformat()} for name, s in found.items() if s
        }
        return {"snapshots": made, "at": vsphere.clock().isoformat()}


def _change(given: Given, node: Node, vm: Vm | None) -> Change:
    name = given.marker(node.name)
    return Change(
        SNAPSHOT,
        1,
        SystemName.VSPHERE,
        node.name,
        f"{node.name} snapshotted as {name}, without memory and without quiescing",
        {**placeholder(given, node, vm), "name": name},
        already=vm is not None and len(vm.named(name)) == 1,
        how=f"Take one snapshot of {node.inventory_path} called {name}, without memory and quiescing.",
    )


def _on(machines: tuple[Machine, ...]) -> Finding:
    on = powered(machines)
    text = f"{', '.join(on)} is not off." if on else "Each node must be off."
    return Finding("vm-on", Severity.HARD, text, at_start=True, holds=bool(on))


def _one_each(name: str, given: Given, machines: Iterable[Machine]) -> Check:
    counts = {one.node.name: len(one.vm.named(given.marker(one.node.name))) for one in machines}
    wrong = [f"{node} has {count} snapshots by that name" for node, count in counts.items() if count != 1]
    return judged(name, wrong, "Each node has exactly one snapshot by the name of this rollback.")


def _short(machines: tuple[Machine, ...]) -> tuple[Finding, ...]:
    needed: dict[str, int] = {}
    free: dict[str, tuple[int, int]] = {}
    for one in machines:
        size = sum(disk.capacity_bytes for disk in one.vm.disks)
        for store in one.vm.datastores:
            needed[store.name] = needed.get(store.name, 0) + size
            if store.free_bytes is not None and store.capacity_bytes is not None:
                free[store.name] = (store.free_bytes, store.capacity_bytes)
    short = [name for name, (left, size) in free.items() if left < LEAST_FREE * size or left < needed[name]]
    text = f"{', '.join(short)}: less than 15 % is free, or less than the nodes' disks when they are written in place."
    return (Finding("datastore-short", Severity.OVERRIDE, text, about=tuple(short)),) if short else ()


def _disks(given: Given, machines: tuple[Machine, ...]) -> Iterable[Finding]:
    left = [one.node.name for one in machines if one.vm.consolidation_needed]
    if left:
        text = f"The disks of {', '.join(left)} need consolidation."
        yield Finding("consolidation-needed", Severity.OVERRIDE, text, about=tuple(left))
    long = [one.node.name for one in machines
            if one.vm.chain - len(one.vm.named(given.marker(one.node.name))) > LONGEST_CHAIN]  # fmt: skip
    if long:
        text = f"The chain of snapshots of {', '.join(long)} is longer than {LONGEST_CHAIN}."
        yield Finding("chain-long", Severity.OVERRIDE, text, about=tuple(long))
