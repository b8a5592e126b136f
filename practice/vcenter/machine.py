"""A node of the world as vSphere shows it: pyVmomi's data objects of one virtual machine, made afresh at each read."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from pyVmomi import vim

from practice.vcenter.untyped import VimObject, escaped
from practice.world import Datastore, Node, Snapshot, World

TOOLS = {True: "guestToolsRunning", False: "guestToolsNotRunning"}
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


def power(node: Node) -> str:
    """VSphere: `powerState`."""
    return "poweredOn" if node.on else "poweredOff"


def config(node: Node) -> VimObject:
    """VSphere: `VirtualMachineConfigInfo`."""
    return vim.vm.ConfigInfo(
        changeVersion="1",
        modified=_EPOCH,
        name=node.name,
        guestFullName="Other 3.x Linux (64-bit)",
        guestId="other3xLinux64Guest",
        alternateGuestName="",
        version="vmx-19",
        uuid=node.bios_uuid,
        instanceUuid=node.instance_uuid,
        template=False,
        files=vim.vm.FileInfo(vmPathName=_file(node, "vmx")),
        flags=vim.vm.FlagInfo(),
        defaultPowerOps=vim.vm.DefaultPowerOpInfo(),
        hardware=vim.vm.VirtualHardware(numCPU=4, memoryMB=8192, device=list(_devices(node))),
    )


def runtime(node: Node, host: VimObject) -> VimObject:
    """VSphere: `VirtualMachineRuntimeInfo`."""
    info = vim.vm.RuntimeInfo(
        host=host,
        connectionState="connected",
        powerState=power(node),
        faultToleranceState="notConfigured",
        recordReplayState="inactive",
        toolsInstallerMounted=False,
        suspendInterval=0,
        numMksConnections=0,
        onlineStandby=False,
        consolidationNeeded=node.consolidation_needed,
        bootTime=node.booted_at if node.on else None,
        question=_question(node),
    )
    if node.on:
        info.dasVmProtection = vim.vm.RuntimeInfo.DasProtectionState(dasProtected=node.ha_protected)
    return info


def guest(node: Node, address: str) -> VimObject:
    """VSphere: `GuestInfo`; Tools tell nothing of a guest that is off."""
    running = node.on and node.tools_running
    info = vim.vm.GuestInfo(
        toolsRunningStatus=TOOLS[running],
        toolsStatus="toolsOk" if running else "toolsNotRunning",
        guestState="running" if running else "notRunning",
        guestOperationsReady=running,
        interactiveGuestOperationsReady=False,
    )
    if running:
        info.hostName, info.ipAddress = f"{node.name}.example.com", address
        info.net = [
            vim.vm.GuestInfo.NicInfo(network=each, ipAddress=[address], connected=True, deviceConfigId=4000)
            for each in node.networks
        ]
    return info


def summary(node: Node, ref: VimObject, host: VimObject) -> VimObject:
    """VSphere: `VirtualMachineSummary`."""
    used = node.disk_bytes * 6 // 10
    return vim.vm.Summary(
        vm=ref,
        runtime=runtime(node, host),
        config=vim.vm.Summary.ConfigSummary(
            name=node.name,
            template=False,
            vmPathName=_file(node, "vmx"),
            uuid=node.bios_uuid,
            instanceUuid=node.instance_uuid,
        ),
        quickStats=vim.vm.Summary.QuickStats(guestHeartbeatStatus="green" if node.up else "gray"),
        overallStatus="green",
        storage=vim.vm.Summary.StorageSummary(
            committed=used, uncommitted=node.disk_bytes - used, unshared=used, timestamp=_EPOCH
        ),
    )


def snapshots(node: Node, ref: VimObject) -> VimObject:
    """VSphere: `VirtualMachineSnapshotInfo`; None without snapshots."""
    if not node.snapshots:
        return None
    current = vim.vm.Snapshot(node.current_snapshot) if node.current_snapshot else None
    return vim.vm.SnapshotInfo(currentSnapshot=current, rootSnapshotList=_branch(node, ref, ""))


def host_config(ref: VimObject, nodes: Iterable[Node]) -> VimObject:
    """VSphere: `HostConfigInfo`, with what the host starts by itself."""
    kinds = vim.host.AutoStartManager
    info = [
        kinds.AutoPowerInfo(
            key=vim.VirtualMachine(each.moref),
            startOrder=number,
            startDelay=120,
            waitForHeartbeat="systemDefault",
            startAction="powerOn",
            stopDelay=120,
            stopAction="systemDefault",
        )
        for number, each in enumerate((each for each in nodes if each.auto_start), start=1)
    ]
    defaults = kinds.SystemDefaults(enabled=bool(info))
    return vim.host.ConfigInfo(host=ref, product=about(""), autoStart=kinds.Config(defaults=defaults, powerInfo=info))


def datastore_summary(found: Datastore) -> VimObject:
    """VSphere: `DatastoreSummary`."""
    return vim.Datastore.Summary(
        name=found.name,
        url=f"ds:///vmfs/volumes/{found.name}/",
        capacity=found.capacity,
        freeSpace=found.free,
        accessible=True,
        type="VMFS",
    )


def about(identity: str) -> VimObject:
    """VSphere: `AboutInfo`."""
    return vim.AboutInfo(
        name="VMware vCenter Server",
        fullName="VMware vCenter Server 8.0.3 build-0 (practice)",
        vendor="VMware, Inc.",
        version="8.0.3",
        build="0",
        osType="linux-x64",
        productLineId="vpx",
        apiType="VirtualCenter",
        apiVersion="8.0.3.0",
        instanceUuid=identity,
    )


def node_of_snapshot(world: World, moref: str) -> Node | None:
    """The node that has the snapshot of that reference."""
    for node in world.nodes.values():
        if any(each.moref == moref for each in node.snapshots):
            return node
    return None


def _branch(node: Node, ref: VimObject, parent: str) -> list[VimObject]:
    return [_tree(node, ref, each) for each in node.snapshots if each.parent == parent]


def _tree(node: Node, ref: VimObject, snapshot: Snapshot) -> VimObject:
    return vim.vm.SnapshotTree(
        snapshot=vim.vm.Snapshot(snapshot.moref),
        vm=ref,
        name=escaped(snapshot.name),
        description=snapshot.description,
        id=int(snapshot.moref.rpartition("-")[2]),
        createTime=snapshot.created,
        state="poweredOn" if snapshot.powered_on else "poweredOff",
        quiesced=False,
        replaySupported=False,
        childSnapshotList=_branch(node, ref, snapshot.moref),
    )


def _devices(node: Node) -> Iterator[VimObject]:
    kinds = vim.vm.device
    yield kinds.VirtualDisk(
        key=2000,
        deviceInfo=vim.Description(label="Hard disk 1", summary=f"{node.disk_bytes // 1024} KB"),
        backing=kinds.VirtualDisk.FlatVer2BackingInfo(fileName=_file(node, "vmdk"), diskMode="persistent"),
        capacityInKB=node.disk_bytes // 1024,
        capacityInBytes=node.disk_bytes,
    )
    for number, network in enumerate(node.networks):
        yield kinds.VirtualVmxnet3(
            key=4000 + number,
            deviceInfo=vim.Description(label=f"Network adapter {number + 1}", summary=network),
            backing=kinds.VirtualEthernetCard.NetworkBackingInfo(deviceName=network),
            connectable=kinds.VirtualDevice.ConnectInfo(
                startConnected=True, allowGuestControl=True, connected=node.on, status="ok" if node.on else "untried"
            ),
            addressType="assigned",
            macAddress=_mac(node, number),
        )


def _mac(node: Node, number: int) -> str:
    digits = node.bios_uuid.replace("-", "")[:6].ljust(6, "0")
    return f"00:50:56:{digits[:2]}:{digits[2:4]}:{(int(digits[4:6], 16) + number) % 256:02x}"


def _file(node: Node, kind: str) -> str:
    return f"[{node.datastore}] {node.name}/{node.name}.{kind}"


def _question(node: Node) -> VimObject:
    if not node.question:
        return None
    answer = vim.ElementDescription(key="0", label="button.retry", summary="Retry")
    choice = vim.option.ChoiceOption(choiceInfo=[answer], defaultIndex=0)
    return vim.vm.QuestionInfo(id="1", text=node.question, choice=choice)
