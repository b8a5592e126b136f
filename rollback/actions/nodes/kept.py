"""A change of a node is never one of the bot's own machine or of a configured system's host, whatever it is called.

Asked of every preview that would touch a machine, so that no stage can forget it.
"""

from collections.abc import Iterator

from integrations.errors import NotFound, WrongIdentity
from integrations.vsphere import Vm
from rollback.actions.action import Finding, Given, Preview
from rollback.actions.nodes.machines import read, reader
from rollback.estate import Node
from rollback.kept import Shown, why_kept
from rollback.systems import Systems
from storage.words import Severity, SystemName

TOUCHES = frozenset({SystemName.VSPHERE, SystemName.VEEAM})
"""The systems through which machines are changed."""


def machines_kept(systems: Systems, given: Given, preview: Preview) -> Iterator[Finding]:
    """What stops a preview whose changes would touch a machine that is no node."""
    touched = {change.target for change in preview.changes if change.system in TOUCHES}
    for node in given.estate.nodes:
        if node.name in touched and (why := why_kept(given.estate, node, _shown(systems, given, node))):
            yield Finding("machine-kept", Severity.HARD, f"{node.name} must not be touched: {why}.")


def _shown(systems: Systems, given: Given, node: Node) -> Shown:
    vsphere = reader(systems)
    vm: Vm | None = None
    if vsphere is not None:
        try:
            (machine,) = read(vsphere, given, (node,))
            vm = machine.vm
        except (NotFound, WrongIdentity):  # the stage's own preview says so
            vm = None
    if vm is None:
        return Shown(node.instance_uuid, "", node.inventory_path, ())
    return Shown(vm.instance_uuid, vm.bios_uuid, node.inventory_path, (vm.guest_name, *vm.guest_addresses))
