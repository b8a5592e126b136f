"""Everything about some VMs in one round trip, and vCenter's objects turned into values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyVmomi import vim

from integrations.errors import NotFound, NotPermitted, WrongAnswer
from integrations.vsphere.collecting import Row, moment, properties, request, rows, step
from integrations.vsphere.faults import SYSTEM, fault_words, short_name
from integrations.vsphere.session import Opened
from integrations.vsphere.untyped import VimObject, moref, plain_name
from integrations.vsphere.values import (
    Card,
    Datastore,
    Disk,
    Power,
    Snapshot,
    SnapshotRef,
    Task,
    TaskPhase,
    TaskRef,
    Vm,
    VmRef,
)

VM_PATHS = (
    "name",
    "config.instanceUuid",
    "config.uuid",
    "config.template",
    "config.hardware.device",
    "runtime.powerState",
    "runtime.connectionState",
    "runtime.bootTime",
    "runtime.question",
    "runtime.consolidationNeeded",
    "runtime.dasVmProtection",
    "runtime.host",
    "guest.toolsRunningStatus",
    "guest.hostName",
    "guest.ipAddress",
    "guest.net",
    "summary.storage",
    "snapshot",
    "recentTask",
    "datastore",
    "network",
)
TASK_PATHS = (
    "info.descriptionId",
    "info.state",
    "info.progress",
    "info.entity",
    "info.queueTime",
    "info.completeTime",
    "info.result",
    "info.error",
)
_UNNAMED = {"", "None"}


def read_machines(opened: Opened, refs: Sequence[VmRef]) -> dict[VmRef, Vm]:
    """The VMs behind the references, with their hosts, datastores, networks and recent tasks.

    Raises:
        NotFound: One of them isn't there any more.
        NotPermitted: The login may not read a VM's name or power state.
    """
    kind = vim.VirtualMachine
    wanted = [
        properties(kind, VM_PATHS),
        properties(vim.Task, TASK_PATHS),
        properties(vim.HostSystem, ["name", "config.autoStart"]),
        properties(vim.Datastore, ["name", "summary.freeSpace", "summary.capacity"]),
        properties(vim.Network, ["name"]),
    ]
    steps = [step(kind, path) for path in ("recentTask", "runtime.host", "datastore", "network")]
    objects = [opened.reference(kind, ref) for ref in refs]
    found = {row.ref: row for row in rows(opened.content, request(objects, wanted, steps))}
    return {ref: machine_of(ref, found) for ref in refs}


def read_task(opened: Opened, ref: TaskRef) -> Task:
    """One task, as vCenter tells it now."""
    spec = request([opened.reference(vim.Task, ref)], [properties(vim.Task, TASK_PATHS)])
    for row in rows(opened.content, spec):
        return task_of(row)
    raise NotFound(SYSTEM, f"vCenter tells nothing of {ref}")


def task_of(row: Row) -> Task:
    """A task from its properties."""
    error, result = row.get("info.error"), row.get("info.result")
    return Task(
        ref=TaskRef(row.ref),
        operation=row.text("info.descriptionId"),
        phase=TaskPhase(row.text("info.state") or TaskPhase.QUEUED),
        percent=row.get("info.progress"),
        entity=moref(row.get("info.entity")),
        queued=moment(row.get("info.queueTime")),
        completed=moment(row.get("info.completeTime")),
        result=moref(result),
        fault=short_name(error) if error is not None else "",
        message=fault_words(error),
    )


def power_of(row: Row) -> Power:
    """A VM's power state from its properties.

    Raises:
        NotPermitted: The login may not read it.
    """
    return Power(_needed(row, "runtime.powerState"))


def _needed(row: Row, path: str) -> str:
    value = row.text(path)
    if not value:
        raise NotPermitted(SYSTEM, f"{path} of {row.ref} can't be read ({row.missing.get(path, 'it is not told')})")
    return value


def machine_of(ref: VmRef, found: Mapping[str, Row]) -> Vm:
    """A VM from the rows of itself, its host, networks, datastores and tasks.

    Raises:
        NotFound: There is no row of the VM.
        NotPermitted: Its name or power state is not among what was read.
    """
    row = found.get(ref)
    if row is None:
        raise NotFound(SYSTEM, f"there is no VM {ref} any more, or the login may not see it")
    host = found.get(moref(row.get("runtime.host")))
    info = row.get("snapshot")
    networks = {each: plain_name(found[each].text("name")) for each in _refs(row.get("network")) if each in found}
    tools = row.text("guest.toolsRunningStatus")
    return Vm(
        ref=ref,
        name=plain_name(_needed(row, "name")),
        instance_uuid=row.text("config.instanceUuid").lower(),
        bios_uuid=row.text("config.uuid").lower(),
        is_template=bool(row.get("config.template")),
        power=power_of(row),
        connection=row.text("runtime.connectionState"),
        boot_time=moment(row.get("runtime.bootTime")),
        tools_running=tools == "guestToolsRunning",
        tools_status=tools,
        question=_question(row.get("runtime.question")),
        consolidation_needed=bool(row.get("runtime.consolidationNeeded")),
        snapshots=tuple(_tree(info.rootSnapshotList)) if info is not None else (),
        current_snapshot=moref(info.currentSnapshot) if info is not None else "",
        tasks=tuple(task_of(found[each]) for each in _refs(row.get("recentTask")) if each in found),
        host=host.text("name") if host is not None else "",
        cards=tuple(_cards(row.get("config.hardware.device"), networks)),
        networks=tuple(networks.values()),
        disks=tuple(_disks(row.get("config.hardware.device"))),
        datastores=tuple(_datastore(found[each]) for each in _refs(row.get("datastore")) if each in found),
        used_bytes=getattr(row.get("summary.storage"), "committed", None),
        guest_name=row.text("guest.hostName"),
        guest_addresses=_addresses(row),
        ha_protected=getattr(row.get("runtime.dasVmProtection"), "dasProtected", None),
        auto_start=_auto_start(ref, host),
        unread=tuple(_unread(row, host)),
    )


def _tree(nodes: Iterable[VimObject], parent: str = "", depth: int = 0) -> Iterator[Snapshot]:
    for node in nodes:
        ref = SnapshotRef(moref(node.snapshot))
        created = moment(node.createTime)
        if created is None:
            raise WrongAnswer(SYSTEM, f"vCenter tells no time of the snapshot {ref}")
        yield Snapshot(
            ref, plain_name(node.name), node.description or "", created, parent, depth, Power(str(node.state))
        )
        yield from _tree(node.childSnapshotList, ref, depth + 1)


def _cards(devices: Iterable[VimObject] | None, networks: Mapping[str, str]) -> Iterator[Card]:
    for each in devices or ():
        if isinstance(each, vim.vm.device.VirtualEthernetCard):
            yield Card(
                label=_label(each),
                mac=each.macAddress or "",
                network=_network(each.backing, networks),
                connected_at_power_on=bool(each.connectable and each.connectable.startConnected),
            )


def _network(backing: VimObject, networks: Mapping[str, str]) -> str:
    port = getattr(backing, "port", None)
    if port is not None:
        key: str = port.portgroupKey or ""
        return networks.get(key, key)
    return plain_name(getattr(backing, "deviceName", None) or "")


def _disks(devices: Iterable[VimObject] | None) -> Iterator[Disk]:
    for each in devices or ():
        if isinstance(each, vim.vm.device.VirtualDisk):
            yield Disk(
                label=_label(each),
                capacity_bytes=each.capacityInBytes or (each.capacityInKB or 0) * 1024,
                file=getattr(each.backing, "fileName", None) or "",
                mode=getattr(each.backing, "diskMode", None) or "",
            )


def _label(device: VimObject) -> str:
    return device.deviceInfo.label if device.deviceInfo is not None else f"device {device.key}"


def _datastore(row: Row) -> Datastore:
    return Datastore(plain_name(row.text("name")), row.get("summary.freeSpace"), row.get("summary.capacity"))


def _question(question: VimObject) -> str:
    return (question.text or "a question without words") if question is not None else ""


def _addresses(row: Row) -> tuple[str, ...]:
    told = [address for card in row.get("guest.net") or () for address in card.ipAddress or ()]
    return tuple(dict.fromkeys(each for each in (row.text("guest.ipAddress"), *told) if each not in _UNNAMED))


def _auto_start(ref: VmRef, host: Row | None) -> bool | None:
    config = host.get("config.autoStart") if host is not None else None
    if config is None:
        return None
    if config.defaults is None or not config.defaults.enabled:
        return False
    return any(moref(each.key) == ref and each.startAction.lower() == "poweron" for each in config.powerInfo or ())


def _unread(*found: Row | None) -> Iterator[str]:
    for row in found:
        if row is not None:
            yield from (f"{path} ({fault})" for path, fault in row.missing.items())


def _refs(values: Iterable[VimObject] | None) -> list[str]:
    return [moref(each) for each in values or ()]
