"""Every managed object of the pretend vCenter and its properties, read from the world each time."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pyVmomi import vim, vmodl

from practice.vcenter import machine
from practice.vcenter.tasks import Tasks
from practice.vcenter.untyped import VimObject, escaped, moref, property_type, typed
from practice.world import Node, World

Heads = Mapping[str, Callable[[], VimObject]]
Collector = vmodl.query.PropertyCollector
ROOT = vim.Folder("group-d1")
MANAGERS = {
    "ServiceInstance": vim.ServiceInstance,
    "SessionManager": vim.SessionManager,
    "propertyCollector": Collector,
    "ViewManager": vim.view.ViewManager,
    "SearchIndex": vim.SearchIndex,
    "TaskManager": vim.TaskManager,
    "EventManager": vim.event.EventManager,
    "AuthorizationManager": vim.AuthorizationManager,
}


class Gone(Exception):
    """There is no managed object of that reference."""


@dataclass(frozen=True)
class Thing:
    """A managed object: its reference, and how each of its properties is made."""

    ref: VimObject
    heads: Heads

    def read(self, path: str) -> VimObject:
        """The property at a path of names with dots; None where it is not set.

        Raises:
            vmodl.query.InvalidProperty: The type has no such property.
        """
        head, *rest = path.split(".")
        try:
            kind = property_type(self.ref, head)
            value = self.heads.get(head, lambda: None)()
            for name in rest:
                if value is None:
                    return None
                kind = property_type(value, name)
                value = getattr(value, name)
        except AttributeError:
            raise vmodl.query.InvalidProperty(msg=f"The property {path} is invalid.", name=path) from None
        return typed(value, kind)


class Inventory:
    """What there is. Callers hold the world's lock."""

    def __init__(self, world: World, tasks: Tasks, content: VimObject, bystanders: int) -> None:
        """Show the nodes of the world, and `bystanders` other virtual machines that nothing happens to."""
        self._world = world
        self._tasks = tasks
        self._content = content
        self._others = {f"vm-{9000 + n}": _bystander(n) for n in range(1, bystanders + 1)}

    def machines(self) -> Iterator[Node]:
        """Every virtual machine."""
        yield from self._world.nodes.values()
        yield from self._others.values()

    def node(self, ref: VimObject) -> Node:
        """The virtual machine behind a reference.

        Raises:
            Gone: There is none.
        """
        for each in self._world.nodes.values():
            if each.moref == moref(ref):
                return each
        if moref(ref) not in self._others:
            raise Gone(moref(ref))
        return self._others[moref(ref)]

    def thing(self, ref: VimObject) -> Thing:
        """The managed object behind a reference.

        Raises:
            Gone: There is none.
        """
        name = moref(ref)
        if name in MANAGERS:
            return Thing(MANAGERS[name](name), self._manager(name))
        makers: tuple[tuple[VimObject, Callable[[str], Heads | None]], ...] = (
            (vim.VirtualMachine, lambda _: self._machine(self.node(ref))),
            (vim.Task, self._task),
            (vim.vm.Snapshot, self._snapshot),
            (vim.HostSystem, self._host),
            (vim.Datastore, self._datastore),
            (vim.Network, self._network),
            (vim.Datacenter, self._datacenter),
            (vim.Folder, self._folder),
        )
        for kind, make in makers:
            heads = make(name) if isinstance(ref, kind) else None
            if heads is not None:
                return Thing(ref, heads)
        raise Gone(name)

    def at_path(self, path: str) -> VimObject:
        """The virtual machine at an inventory path, or None."""
        for node in self.machines():
            if node.inventory_path == path.strip("/"):
                return vim.VirtualMachine(node.moref)
        return None

    def _manager(self, name: str) -> Heads:
        if name != "ServiceInstance":
            return {}
        return {"content": lambda: self._content, "serverClock": self._world.now}

    def _machine(self, node: Node) -> Heads:
        ref, host = vim.VirtualMachine(node.moref), vim.HostSystem(f"host-{node.host}")
        number = list(self._world.nodes).index(node.name) if node.name in self._world.nodes else 0
        return {
            "name": lambda: escaped(node.name),
            "parent": lambda: _folder_ref(node.inventory_path.rpartition("/")[0]),
            "config": lambda: machine.config(node),
            "runtime": lambda: machine.runtime(node, host),
            "guest": lambda: machine.guest(node, f"192.0.2.{11 + number}"),
            "summary": lambda: machine.summary(node, ref, host),
            "snapshot": lambda: machine.snapshots(node, ref),
            "recentTask": lambda: self._tasks.recent(ref),
            "datastore": lambda: [vim.Datastore(f"datastore-{node.datastore}")],
            "network": lambda: [vim.Network(f"network-{each}") for each in node.networks],
        }

    def _task(self, ref: str) -> Heads | None:
        info = self._tasks.info(ref)
        return None if info is None else {"info": lambda: info}

    def _snapshot(self, ref: str) -> Heads | None:
        node = machine.node_of_snapshot(self._world, ref)
        return None if node is None else {"vm": lambda: vim.VirtualMachine(node.moref)}

    def _host(self, ref: str) -> Heads | None:
        name = ref.removeprefix("host-")
        mine = [each for each in self.machines() if each.host == name]
        return {"name": lambda: name, "config": lambda: machine.host_config(vim.HostSystem(ref), mine)}

    def _datastore(self, ref: str) -> Heads | None:
        found = self._world.datastores.get(ref.removeprefix("datastore-"))
        if found is None:
            return None
        return {"name": lambda: found.name, "summary": lambda: machine.datastore_summary(found)}

    def _network(self, ref: str) -> Heads | None:
        return {"name": lambda: escaped(ref.removeprefix("network-"))}

    def _datacenter(self, ref: str) -> Heads | None:
        name = ref.removeprefix("datacenter-")
        return {"name": lambda: name, "parent": lambda: ROOT, "vmFolder": lambda: _folder_ref(f"{name}/vm")}

    def _folder(self, ref: str) -> Heads | None:
        if ref == moref(ROOT):
            names = dict.fromkeys(each.inventory_path.split("/")[0] for each in self.machines())
            return {
                "name": lambda: "Datacenters",
                "childEntity": lambda: [vim.Datacenter(f"datacenter-{each}") for each in names],
            }
        path = ref.removeprefix("group-v:")
        parent = path.rpartition("/")[0]
        return {
            "name": lambda: path.rpartition("/")[2],
            "parent": lambda: _folder_ref(parent) if "/" in parent else vim.Datacenter(f"datacenter-{parent}"),
            "childEntity": lambda: list(self._children(path)),
        }

    def _children(self, path: str) -> Iterator[VimObject]:
        inside = [each for each in self.machines() if each.inventory_path.startswith(f"{path}/")]
        rest = [(each, each.inventory_path.removeprefix(f"{path}/").split("/")) for each in inside]
        yield from dict.fromkeys(_folder_ref(f"{path}/{parts[0]}") for _, parts in rest if len(parts) > 1)
        yield from (vim.VirtualMachine(each.moref) for each, parts in rest if len(parts) == 1)


def _folder_ref(path: str) -> VimObject:
    return vim.Folder(f"group-v:{path}")


def _bystander(number: int) -> Node:
    name = f"app{number:04d}"
    return Node(
        name=name,
        moref=f"vm-{9000 + number}",
        instance_uuid=f"50000000-0000-4000-8000-{number:012d}",
        bios_uuid=f"42000000-0000-4000-8000-{number:012d}",
        inventory_path=f"DC1/vm/Other/{name}",
        member="",
        host="esx02.example.com",
    )
