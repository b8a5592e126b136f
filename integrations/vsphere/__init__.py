"""vSphere: the client of one vCenter, over pyVmomi's types and a connection of our own.

Rooms: `client` what can be asked and done; `values` what comes back; `session` logging in, repeating reads, sending
changes once; `wire` SOAP over HTTPS; `faults` what a failure means; `collecting`, `reading`, `events`, `following` how
vCenter is asked; `trust` a pin in place of a CA.
"""

from integrations.vsphere.client import VSphere
from integrations.vsphere.trust import pinned_context
from integrations.vsphere.values import (
    About,
    Card,
    Datastore,
    Disk,
    Listed,
    Power,
    PowerChange,
    PowerEvent,
    Privilege,
    Snapshot,
    SnapshotRef,
    Task,
    TaskPhase,
    TaskRef,
    Vm,
    VmRef,
)

__all__ = [
    "About",
    "Card",
    "Datastore",
    "Disk",
    "Listed",
    "Power",
    "PowerChange",
    "PowerEvent",
    "Privilege",
    "Snapshot",
    "SnapshotRef",
    "Task",
    "TaskPhase",
    "TaskRef",
    "VSphere",
    "Vm",
    "VmRef",
    "pinned_context",
]
