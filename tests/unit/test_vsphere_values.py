"""Names, references and values of the vSphere client, without a wire."""

from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyVmomi import vim

from integrations.vsphere.collecting import Row, moment
from integrations.vsphere.events import meaning
from integrations.vsphere.following import Deadline
from integrations.vsphere.reading import machine_of, power_of, task_of
from integrations.vsphere.untyped import moref, plain_name, xml_text
from integrations.vsphere.values import Card, Disk, Power, PowerChange, Task, TaskPhase, TaskRef, VmRef
from practice.vcenter.untyped import escaped

T = datetime(2030, 1, 7, 9, tzinfo=UTC)


@given(st.text(st.characters(codec="utf-8")))
def test_a_name_reads_the_same_however_often_vcenter_escaped_it(name: str) -> None:
    """Escaping a name once or twice leaves what people read unchanged."""
    assert plain_name(escaped(name)) == plain_name(escaped(escaped(name))) == plain_name(name)


def test_a_marker_with_slashes_is_read_plainly() -> None:
    """The marker comes back as it was written, also as vCenter's own client stores it."""
    for told in ("RB-7/snapshot-nodes/xms01", "RB-7%2fsnapshot-nodes%2fxms01", "RB-7%252fsnapshot-nodes%252Fxms01"):
        assert plain_name(told) == "RB-7/snapshot-nodes/xms01"
    assert plain_name("100 % done") == "100 % done"


@given(st.text(st.characters()))
def test_any_text_can_stand_in_xml(text: str) -> None:
    """What is left of a text parses as XML, in the same length, and what XML can carry is unchanged."""
    fit = xml_text(text)
    marked = fit.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;")
    assert ET.fromstring(f"<a>{marked}</a>".encode()).tag == "a"  # noqa: S314 - our own text
    assert len(fit) == len(text)
    assert xml_text(fit) == fit


def test_a_reference_is_the_text_of_an_object_and_empty_for_anything_else() -> None:
    """References are plain text; what is no managed object has none."""
    assert moref(vim.VirtualMachine("vm-1")) == "vm-1"
    assert moref(None) == moref("vm-1") == ""


def test_moments_are_aware_and_utc() -> None:
    """A time without a zone is UTC; one of another zone is turned into it; none stays none."""
    assert moment(datetime(2030, 1, 7, 9)) == T  # noqa: DTZ001 - as a server may tell it
    turned = moment(datetime(2030, 1, 7, 10, tzinfo=timezone(timedelta(hours=1))))
    assert turned == T
    assert turned is not None
    assert turned.tzinfo is UTC
    assert moment(None) is None


@pytest.mark.parametrize(
    ("event", "change"),
    [
        (vim.event.VmPoweredOnEvent, PowerChange.ON),
        (vim.event.DrsVmPoweredOnEvent, PowerChange.ON),
        (vim.event.VmRestartedOnAlternateHostEvent, PowerChange.ON),
        (vim.event.VmStartingEvent, PowerChange.ON),
        (vim.event.VmResumingEvent, PowerChange.ON),
        (vim.event.VmResettingEvent, PowerChange.RESET),
        (vim.event.VmGuestRebootEvent, PowerChange.RESET),
        (vim.event.VmPoweredOffEvent, PowerChange.OFF),
        (vim.event.VmPowerOffOnIsolationEvent, PowerChange.OFF),
        (vim.event.VmSuspendedEvent, PowerChange.SUSPENDED),
        (vim.event.VmGuestShutdownEvent, None),
        (vim.event.VmReconfiguredEvent, None),
    ],
)
def test_every_way_of_being_switched_on_is_known(event: type, change: PowerChange | None) -> None:
    """Events of HA, DRS and resets count as power changes; a guest's wish and other events don't."""
    assert meaning(event()) is change


def test_a_limit_counts_from_its_making() -> None:
    """What is left falls with the clock and goes below zero when it has passed."""
    now = [100.0]
    deadline = Deadline(timedelta(seconds=30), lambda: now[0])
    assert deadline.left() == 30
    now[0] = 131.0
    assert deadline.left() == -1


def test_a_task_of_which_little_is_told_is_queued() -> None:
    """A task without a state has not begun; its fault is told by its short name."""
    task = task_of(Row("task-1", {}))
    assert task == Task(TaskRef("task-1"), "", TaskPhase.QUEUED, None, "", None, None, "", "", "")
    failed = task_of(Row("task-1", {"info.state": "error", "info.error": vim.fault.FileLocked(msg=" it  is\nlocked ")}))
    assert (failed.done, failed.fault, failed.message) == (True, "FileLocked", "it is locked")


def test_power_states_are_the_vendors_three() -> None:
    """Each state of vSphere has a value here, and a suspended VM is neither on nor off."""
    assert {str(each) for each in Power} == {str(each) for each in vim.VirtualMachine.PowerState.values}
    assert power_of(Row("vm-1", {"runtime.powerState": "suspended"})) is Power.SUSPENDED
    assert {str(each) for each in TaskPhase} == {str(each) for each in vim.TaskInfo.State.values}


def test_a_machine_is_made_of_what_was_read() -> None:
    """Cards on a distributed switch, disks of older hosts, and a host's automatic start are told in plain values."""
    device = vim.vm.device
    port = vim.dvs.PortConnection(switchUuid="s", portgroupKey="dvportgroup-7")
    rows = [
        Row(
            "vm-1",
            {
                "name": "a%2fb",
                "runtime.powerState": "poweredOff",
                "runtime.host": vim.HostSystem("host-1"),
                "network": [vim.dvs.DistributedVirtualPortgroup("dvportgroup-7"), vim.Network("network-unseen")],
                "config.hardware.device": [
                    device.VirtualE1000(
                        key=4000,
                        macAddress="00:50:56:00:00:01",
                        backing=device.VirtualEthernetCard.DistributedVirtualPortBackingInfo(port=port),
                    ),
                    device.VirtualDisk(
                        key=2000,
                        capacityInKB=2,
                        backing=device.VirtualDisk.FlatVer2BackingInfo(fileName="f", diskMode="independent_persistent"),
                    ),
                ],
            },
            {"config.uuid": "NoPermission"},
        ),
        Row("dvportgroup-7", {"name": "DMZ"}),
        Row("host-1", {"name": "esx01.example.com", "config.autoStart": starting("vm-1")}),
    ]
    vm = machine_of(VmRef("vm-1"), {row.ref: row for row in rows})
    assert (vm.name, vm.host, vm.networks) == ("a/b", "esx01.example.com", ("DMZ",))
    assert vm.cards == (Card("device 4000", "00:50:56:00:00:01", "DMZ", connected_at_power_on=False),)
    assert vm.disks == (Disk("device 2000", 2048, "f", "independent_persistent"),)
    assert vm.auto_start is True
    assert vm.unread == ("config.uuid (NoPermission)",)
    assert (vm.chain, vm.snapshots, vm.tasks, vm.question) == (0, (), (), "")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (None, None),
        (vim.host.AutoStartManager.Config(), False),
        (vim.host.AutoStartManager.Config(defaults=vim.host.AutoStartManager.SystemDefaults(enabled=False)), False),
    ],
)
def test_automatic_start_is_known_only_where_it_can_be_read(config: object, expected: object) -> None:
    """A host's list counts only when automatic start is switched on; without the list nothing is claimed."""
    rows = [
        Row("vm-1", {"name": "a", "runtime.powerState": "poweredOff", "runtime.host": vim.HostSystem("host-1")}),
        Row("host-1", {"config.autoStart": config} if config else {}),
    ]
    assert machine_of(VmRef("vm-1"), {row.ref: row for row in rows}).auto_start is expected


def starting(ref: str) -> object:
    kinds = vim.host.AutoStartManager
    return kinds.Config(
        defaults=kinds.SystemDefaults(enabled=True),
        powerInfo=[kinds.AutoPowerInfo(key=vim.VirtualMachine(ref), startAction="powerOn")],
    )
