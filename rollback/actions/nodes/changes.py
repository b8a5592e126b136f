"""Changes of nodes and their members, one a line: goals in full words, with all that their effects need."""

from collections.abc import Collection
from dataclasses import replace

from integrations.netscaler import NetScaler
from integrations.vsphere import Power, Vm
from rollback.actions.action import Change, Given
from rollback.actions.nodes.machines import placeholder
from rollback.actions.nodes.readings import members_of, server_of
from rollback.actions.nodes.watching import seconds
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import SystemName

ON, SHUT, HARD = "node-power-on", "node-shut-down", "node-power-off"
SNAPSHOT, RESTORE = "node-snapshot", "node-restore"
MEMBER_OUT, MEMBER_IN = "member-disable", "member-enable"


def power_on(
    given: Given, node: Node, vm: Vm | None, group: int, must_be_off: Collection[str] = (), *, door: str = ""
) -> Change:
    """A node on, while none of `must_be_off` is and, with `door` ``closed``, no device can come in.

    Where none is named, it is on while no node of the other version is. Which nodes these are changes with every node
    that is restored, so the rule is approved, and the effect sees right before whom it holds of.
    """
    held = placeholder(given, node, vm)
    beside = {"must_be_off": sorted(must_be_off)} if must_be_off else {"one_version": True}
    guards = {**beside, **({"door": door} if door else {})}
    return Change(
        ON,
        group,
        SystemName.VSPHERE,
        node.name,
        f"{node.name} on: {node.inventory_path}, whichever managed object carries instanceUuid {held['reference']}",
        {**held, **guards},
        already=vm is not None and vm.power is Power.ON,
        how=f"Power on {node.inventory_path} in vCenter, and no other node.",
    )


def shut_down(given: Given, node: Node, vm: Vm | None, group: int, **guards: object) -> Change:
    """A node off, by its guest; `guards` are read again right before (see `guards`)."""
    grace = seconds(given.estate.vsphere.guest_grace)
    then = f"; if it is still on after {grace}, it is powered off hard" if guards.get("hard_off") else ""
    return Change(
        SHUT,
        group,
        SystemName.VSPHERE,
        node.name,
        f"{node.name} off: its guest is asked to shut down{then}",
        {**placeholder(given, node, vm), **guards},
        already=vm is not None and vm.power is Power.OFF,
        how=f"Shut down the guest of {node.inventory_path} in vCenter, and wait until it is off.",
    )


def hard_off(given: Given, node: Node, vm: Vm | None, group: int, *, why: str, door: str = "closed") -> Change:
    """A node off, by pulling its plug; with `door` ``closed`` only while no device can come in."""
    return Change(
        HARD,
        group,
        SystemName.VSPHERE,
        node.name,
        f"{node.name} off, powered off hard: {why}",
        {**placeholder(given, node, vm), **({"door": door} if door else {})},
        destructive=True,
        already=vm is not None and vm.power is Power.OFF,
        how=f"Power off {node.inventory_path} in vCenter.",
    )


def behind_members(systems: Systems, given: Given, started: Change) -> tuple[Change, ...]:
    """A start with the door open: the node's members out in the group before it, and in again in the group behind.

    A node that an earlier attempt has brought so far that its members are in again is not taken out once more: by then
    it may be the only one that serves.
    """
    bindings = _bindings(systems, given, given.estate.node(started.target))
    serves = started.already and bool(bindings) and all(enabled for _, _, enabled in bindings)
    if serves and any(made.kind == ON and made.target == started.target for made in given.made):
        return (started,)
    node = given.estate.node(started.target)
    out = members(systems, given, node, started.group - 1, enable=False)
    back = members(systems, given, node, started.group + 1, enable=True)
    return (*out, started, *(replace(change, already=False) for change in back))


def members(systems: Systems, given: Given, node: Node, group: int, *, enable: bool) -> tuple[Change, ...]:
    """The node's members in or out, one change for each service group and port."""
    kind, word = (MEMBER_IN, "in") if enable else (MEMBER_OUT, "out, gracefully")
    server, found = server_of(node), _bindings(systems, given, node)
    return tuple(
        Change(
            kind,
            group,
            SystemName.NETSCALER,
            f"{server}/{name}:{port or 'all'}",
            f"member {server}{f' (port {port})' if port else ''} of {name} {word}",
            {"group": name, "server": server, "port": port},
            already=enabled is enable,
            how=f"On the NetScaler: {'enable' if enable else 'disable'} servicegroup {name} {server} {port or 'PORT'}"
            + ("" if enable else " -graceFul YES"),
        )
        for name, port, enabled in found
    )


def _bindings(systems: Systems, given: Given, node: Node) -> tuple[tuple[str, int, bool | None], ...]:
    if systems.has(NetScaler):
        found = members_of(systems.get(NetScaler), given.estate, node)
        return tuple((one.group, one.port, one.enabled) for one in found)
    return tuple((group, 0, None) for group in given.estate.netscaler.service_groups)
