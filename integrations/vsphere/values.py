"""What vCenter tells, as frozen values: virtual machines, snapshots, tasks, power events.

References are plain text (`vm-123`), so that they can be written to a journal; one of another vCenter looks alike, so
they are worth something only beside `VSphere.identity`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from integrations.vsphere.untyped import plain_name

VmRef = NewType("VmRef", str)
TaskRef = NewType("TaskRef", str)
SnapshotRef = NewType("SnapshotRef", str)


class Power(StrEnum):
    """vSphere: `runtime.powerState`."""

    ON = "poweredOn"
    OFF = "poweredOff"
    SUSPENDED = "suspended"


class TaskPhase(StrEnum):
    """vSphere: `TaskInfo.state`."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    ERROR = "error"


class PowerChange(StrEnum):
    """What an event says about a VM's power."""

    ON = "on"
    OFF = "off"
    RESET = "reset"
    SUSPENDED = "suspended"


class Privilege(StrEnum):
    """vSphere's names of the rights that the client's calls need, each on the VM itself."""

    VIEW = "System.View"
    READ = "System.Read"
    POWER_ON = "VirtualMachine.Interact.PowerOn"
    POWER_OFF = "VirtualMachine.Interact.PowerOff"
    SNAPSHOT_CREATE = "VirtualMachine.State.CreateSnapshot"
    SNAPSHOT_REMOVE = "VirtualMachine.State.RemoveSnapshot"
    SNAPSHOT_REVERT = "VirtualMachine.State.RevertToSnapshot"


BEYOND_NEED = (
    "VirtualMachine.Inventory.Delete",
    "VirtualMachine.Config.Settings",
    "VirtualMachine.Config.EditDevice",
    "VirtualMachine.Interact.ConsoleInteract",
    "Authorization.ModifyPermissions",
)
"""Rights that administrators have and this client never uses: samples that tell a login with far too many."""


@dataclass(frozen=True)
class About:
    """vSphere: `ServiceContent.about`.

    Attributes:
        instance_uuid: The identity of this vCenter.
        name: Full name with version, for people.
        version: E.g. ``8.0.3``.
        build: Build number.
        api_version: Newest API it speaks.
    """

    instance_uuid: str
    name: str
    version: str
    build: str
    api_version: str


@dataclass(frozen=True)
class Listed:
    """One VM in the list of all: `instance_uuid` is empty where vCenter does not know it (an orphaned VM)."""

    ref: VmRef
    name: str
    instance_uuid: str


@dataclass(frozen=True)
class Snapshot:
    """One snapshot of a VM's tree.

    Attributes:
        ref: Its reference; gone when the snapshot is.
        name: Its name, which vSphere lets be the same twice.
        description: Free text.
        created: When, by vCenter's clock, aware UTC.
        parent: The snapshot it stands on; empty for a root.
        depth: 0 for a root; the longest chain of a VM is the greatest depth plus 1.
        power: What the VM's power is after a revert to it, unless power-on is suppressed.
    """

    ref: SnapshotRef
    name: str
    description: str
    created: datetime
    parent: str
    depth: int
    power: Power


@dataclass(frozen=True)
class Task:
    """One task of vCenter, as last read.

    Attributes:
        ref: Its reference. vCenter forgets a task some ten minutes after it ended.
        operation: vSphere: `descriptionId`, e.g. ``VirtualMachine.createSnapshot``.
        phase: Where it stands.
        percent: Progress, where vCenter tells it.
        entity: Reference of what it works on.
        queued: When it was made, by vCenter's clock, aware UTC.
        completed: When it ended.
        result: Reference of what it made (a snapshot); else empty.
        fault: Type of the fault that ended it, e.g. ``InvalidPowerState``; else empty.
        message: vCenter's own words for that fault.
    """

    ref: TaskRef
    operation: str
    phase: TaskPhase
    percent: int | None
    entity: str
    queued: datetime | None
    completed: datetime | None
    result: str
    fault: str
    message: str

    @property
    def done(self) -> bool:
        """Whether it ended, well or not."""
        return self.phase in {TaskPhase.SUCCESS, TaskPhase.ERROR}


@dataclass(frozen=True)
class Card:
    """One network card: its label, hardware address, network's name, and whether it is connected at power-on."""

    label: str
    mac: str
    network: str
    connected_at_power_on: bool


@dataclass(frozen=True)
class Disk:
    """One virtual disk.

    Attributes:
        label: E.g. ``Hard disk 1``.
        capacity_bytes: Its full size.
        file: Its file on the datastore.
        mode: vSphere: `diskMode`; ``independent_…`` disks are not part of a snapshot.
    """

    label: str
    capacity_bytes: int
    file: str
    mode: str


@dataclass(frozen=True)
class Datastore:
    """One datastore: free space and capacity in bytes, None where the login may not read them."""

    name: str
    free_bytes: int | None
    capacity_bytes: int | None


@dataclass(frozen=True)
class Vm:
    """Everything about one VM that a stage looks at, read in one round trip.

    Attributes:
        ref: Its reference now; a VM that was restored may come back under another.
        name: Its name, unescaped.
        instance_uuid: vSphere's own identity of the VM; kept by a move, not by a copy.
        bios_uuid: What the guest sees as its hardware's UUID.
        is_template: A template can't be powered on.
        power: Power state.
        connection: vSphere: `connectionState`; anything but ``connected`` makes the other facts old ones.
        boot_time: When it was powered on last, by its host's clock; None when it is off.
        tools_running: Whether VMware Tools run, which a guest shutdown needs.
        tools_status: vSphere: `guest.toolsRunningStatus`.
        question: What it stands still for until somebody answers (`runtime.question`); else empty.
        consolidation_needed: Whether disks of removed snapshots are left over.
        snapshots: Its snapshots, parents before children.
        current_snapshot: The one it runs on; empty if none.
        tasks: Recent tasks, running ones among them.
        host: Name of its host; empty where the login may not read it.
        cards: Network cards.
        networks: Names of the networks it is on.
        disks: Virtual disks.
        datastores: Datastores its files lie on.
        used_bytes: Space that it takes on them.
        guest_name: Host name that Tools report.
        guest_addresses: IP addresses that Tools report.
        ha_protected: Whether HA restarts it after the failure of a host; None: not known.
        auto_start: Whether its host starts it together with itself; None: not known.
        unread: Facts that the login may not read, with vCenter's fault.
    """

    ref: VmRef
    name: str
    instance_uuid: str
    bios_uuid: str
    is_template: bool
    power: Power
    connection: str
    boot_time: datetime | None
    tools_running: bool
    tools_status: str
    question: str
    consolidation_needed: bool
    snapshots: tuple[Snapshot, ...]
    current_snapshot: str
    tasks: tuple[Task, ...]
    host: str
    cards: tuple[Card, ...]
    networks: tuple[str, ...]
    disks: tuple[Disk, ...]
    datastores: tuple[Datastore, ...]
    used_bytes: int | None
    guest_name: str
    guest_addresses: tuple[str, ...]
    ha_protected: bool | None
    auto_start: bool | None
    unread: tuple[str, ...]

    def named(self, name: str) -> tuple[Snapshot, ...]:
        """Its snapshots of that name, however vCenter escapes it."""
        return tuple(snapshot for snapshot in self.snapshots if snapshot.name == plain_name(name))

    @property
    def chain(self) -> int:
        """Length of its longest chain of snapshots; 0 if there are none."""
        return max((snapshot.depth + 1 for snapshot in self.snapshots), default=0)


@dataclass(frozen=True)
class PowerEvent:
    """One event about a VM's power, from vCenter's event log.

    Attributes:
        at: When, by vCenter's clock, aware UTC.
        change: What it says.
        event: vSphere's type of event, e.g. ``VmPoweredOnEvent``.
    """

    at: datetime
    change: PowerChange
    event: str
