"""Calls on virtual machines and their snapshots, and on the event log. Run under the world's lock.

A method that makes a task answers at once with its reference; the change itself happens later, by the world's time.
"""

from collections.abc import Callable
from functools import partial

from pyVmomi import vim

from practice.vcenter.house import Caller, House
from practice.vcenter.inventory import Gone
from practice.vcenter.machine import node_of_snapshot
from practice.vcenter.soap import SoapCall
from practice.vcenter.tasks import Work
from practice.vcenter.untyped import VimObject, moref
from practice.world import Node

VERBS = {
    "PowerOnVM_Task": "power_on",
    "PowerOffVM_Task": "power_off",
    "ShutdownGuest": "guest_shutdown",
    "CreateSnapshot_Task": "snapshot",
    "RemoveSnapshot_Task": "snapshot_remove",
    "RevertToSnapshot_Task": "revert",
}
_EVENTS = {"on": vim.event.VmPoweredOnEvent, "off": vim.event.VmPoweredOffEvent}


def power_on(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """Power a virtual machine on."""
    node, by = house.inventory.node(call.this), caller.known().user
    return _begin(house, node, call, house.world.durations.power, lambda: house.world.power_on(node.name, by))


def power_off(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """Pull its plug."""
    node, by = house.inventory.node(call.this), caller.known().user
    return _begin(house, node, call, house.world.durations.power, lambda: house.world.power_off(node.name, by))


def shutdown_guest(house: House, caller: Caller, call: SoapCall) -> None:
    """Ask its guest to shut down; no task tells when it has."""
    node = house.inventory.node(call.this)
    if house.world.faults.strike("fail", "vsphere:guest_shutdown"):
        raise vim.fault.ToolsUnavailable(msg="The operation failed because VMware Tools is not running.")
    house.world.guest_shutdown(node.name, caller.known().user)


def create_snapshot(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """Take a snapshot."""
    node, by, given = house.inventory.node(call.this), caller.known().user, call.arguments

    def run() -> VimObject:
        description = given.get("description") or ""
        made = house.world.snapshot_create(node.name, given["name"], description, by, memory=given["memory"])
        return vim.vm.Snapshot(made.moref)

    return _begin(house, node, call, house.world.durations.snapshot, run)


def remove_snapshot(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """Remove a snapshot."""
    node, by, ref = _owner(house, call.this), caller.known().user, moref(call.this)
    children = bool(call.arguments["removeChildren"])
    run = partial(house.world.snapshot_remove, node.name, ref, by, children=children)
    return _begin(house, node, call, house.world.durations.snapshot, run)


def revert_to_snapshot(house: House, caller: Caller, call: SoapCall) -> VimObject:
    """Take a virtual machine back to a snapshot."""
    node, by, ref = _owner(house, call.this), caller.known().user, moref(call.this)
    suppressed = bool(call.arguments.get("suppressPowerOn"))
    run = partial(house.world.snapshot_revert, node.name, ref, by, suppress_power_on=suppressed)
    return _begin(house, node, call, house.world.durations.snapshot, run)


def query_events(house: House, _: Caller, call: SoapCall) -> VimObject:
    """The power events of one virtual machine, newest first, as many as were asked for."""
    spec = call.arguments["filter"]
    node = house.inventory.node(spec.entity.entity)
    begin = spec.time.beginTime if spec.time is not None else None
    found = [(at, change) for at, change in node.power_events if begin is None or at + house.clock_offset >= begin]
    told = [_event(house, node, number, *each) for number, each in enumerate(found, start=1)]
    return list(reversed(told))[: spec.maxCount or 10]


def _event(house: House, node: Node, number: int, at: VimObject, change: str) -> VimObject:
    return _EVENTS[change](
        key=number,
        chainId=number,
        createdTime=at + house.clock_offset,
        userName="practice",
        template=False,
        vm=vim.event.VmEventArgument(name=node.name, vm=vim.VirtualMachine(node.moref)),
    )


def _begin(house: House, node: Node, call: SoapCall, seconds: float, run: Callable[[], VimObject]) -> VimObject:
    return house.tasks.begin(node, Work(call.method, VERBS[call.method], seconds, run))


def _owner(house: House, snapshot: VimObject) -> Node:
    node = node_of_snapshot(house.world, moref(snapshot))
    if node is None:
        raise Gone(moref(snapshot))
    return node
