"""What can be done to the nodes in vSphere: power, guest shutdown, snapshots, registration."""

from datetime import datetime

from practice.world.core import Core, WorldError
from practice.world.state import Node, Snapshot


class VSphereVerbs(Core):
    """The changes that vCenter, or somebody in its client, makes to the virtual machines of the nodes."""

    def power_on(self, name: str, by: str) -> None:
        """Power a node on; it boots, and serves if the database is there and of its own version."""
        with self.acting():
            node = self.node(name)
            if node.on:
                raise WorldError("wrong_state", f"{name} is on already")
            self._write("vsphere" if by else "world", "power_on", name, by)
            node.on, node.up, node.recovery = True, False, False
            node.booted_at = self.now()
            node.power_events.append((self.now(), "on"))
            started = node.booted_at
            self.later(self.durations.boot, lambda: self._booted(node, started))

    def _booted(self, node: Node, started: datetime) -> None:
        if not node.on or node.booted_at != started:
            return
        if self.database.state != "ONLINE" or self.database.access != "MULTI_USER":
            node.recovery = True
            return
        others = {n.version for n in self.nodes.values() if n.up and n is not node}
        if others - {node.version}:
            self.harms.append(f"two versions on one database: {node.name} is {node.version}")
        if node.version != self.database.version:
            node.recovery = True
            self.harms.append(f"{node.name} is {node.version}, the database {self.database.version}")
            return
        node.up = True

    def guest_shutdown(self, name: str, by: str) -> None:
        """Ask the guest to shut down; it is off a little later."""
        with self.acting():
            node = self.node(name)
            if not node.on:
                raise WorldError("wrong_state", f"{name} is off already")
            if not node.tools_running:
                raise WorldError("tools", f"VMware Tools do not run on {name}")
            self._write("vsphere", "guest_shutdown", name, by)
            if self.faults.strike("ignore_shutdown", name):
                return
            started = node.booted_at
            self.later(self.durations.shutdown, lambda: self._shut(node, started))

    def _shut(self, node: Node, started: datetime | None) -> None:
        if node.on and node.booted_at == started:
            self._off(node)

    def _off(self, node: Node) -> None:
        node.on = node.up = node.recovery = False
        node.power_events.append((self.now(), "off"))

    def power_off(self, name: str, by: str) -> None:
        """Pull the plug."""
        with self.acting():
            node = self.node(name)
            if not node.on:
                raise WorldError("wrong_state", f"{name} is off already")
            self._write("vsphere" if by else "world", "power_off", name, by)
            self._off(node)

    def snapshot_create(self, name: str, snapshot: str, description: str, by: str, *, memory: bool = False) -> Snapshot:
        """Take a snapshot; vSphere allows two of one name, and so does the world."""
        with self.acting():
            node = self.node(name)
            made = Snapshot(
                f"snapshot-{next(self._numbers)}",
                snapshot,
                description,
                self.now(),
                node.version,
                node.current_snapshot,
                memory and node.on,
            )
            node.snapshots.append(made)
            node.current_snapshot = made.moref
            self._write("vsphere", "snapshot", name, by, snapshot=snapshot)
            return made

    def snapshot_remove(self, name: str, moref: str, by: str, *, children: bool = False) -> None:
        """Remove one snapshot, and its children with it or not."""
        with self.acting():
            node, gone = self._snapshot(name, moref)
            if children:
                for child in [s for s in node.snapshots if s.parent == moref]:
                    self.snapshot_remove(name, child.moref, by, children=True)
            node.snapshots.remove(gone)
            for child in node.snapshots:
                if child.parent == moref:
                    child.parent = gone.parent
            if node.current_snapshot == moref:
                node.current_snapshot = gone.parent
            self._write("vsphere", "snapshot_remove", name, by, snapshot=gone.name)

    def snapshot_revert(self, name: str, moref: str, by: str, *, suppress_power_on: bool) -> None:
        """Take the disk back to a snapshot; the node is off afterwards, unless the snapshot holds a running machine."""
        with self.acting():
            node, wanted = self._snapshot(name, moref)
            self._write("vsphere", "revert", name, by, snapshot=wanted.name)
            if node.on:
                self._off(node)
            node.version, node.current_snapshot = wanted.version, moref
            if wanted.powered_on and not suppress_power_on:
                self.power_on(name, by)

    def reregister(self, name: str) -> str:
        """The virtual machine leaves the inventory and comes back under a new reference, which is returned.

        The events of the old reference are not those of the new one.
        """
        with self.acting():
            node = self.node(name)
            node.power_events.clear()
            node.moref = f"vm-{1000 + next(self._numbers)}"
            self._write("world", "reregister", name, moref=node.moref)
            return node.moref

    def _snapshot(self, name: str, moref: str) -> tuple[Node, Snapshot]:
        node = self.node(name)
        for snapshot in node.snapshots:
            if snapshot.moref == moref:
                return node, snapshot
        raise WorldError("not_found", f"no snapshot {moref} on {name}")
