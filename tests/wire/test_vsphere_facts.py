"""What the pretend vCenter tells of its machines, and what it may not tell."""

from datetime import UTC, datetime, timedelta

import pytest
from vsphere_bench import PATIENCE, Practice

from integrations.errors import (
    NotPermitted,
    WrongAnswer,
)
from integrations.vsphere import Power, Privilege, VmRef, VSphere

NODE = "xms01"
PATH = "DC1/vm/XMS/xms01"


@pytest.fixture
def ref(vsphere: VSphere) -> VmRef:
    return vsphere.find(PATH)


def verbs(vcenter: Practice) -> list[str]:
    """What happened to the nodes through vSphere, from the ledger."""
    return [entry.verb for entry in vcenter.world.ledger.entries("vsphere")]


def test_facts_that_people_must_see_are_told(vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """An open question, disks to consolidate, HA, automatic start, guest addresses and boot time come with the VM."""
    node, store = vcenter.world.nodes[NODE], vcenter.world.datastores["vmfs-xms"]
    node.question, node.consolidation_needed, node.auto_start = "Did you move it or copy it?", True, True
    vm = vsphere.read(ref)[ref]
    assert vm.question == "Did you move it or copy it?"
    assert vm.consolidation_needed
    assert (vm.ha_protected, vm.auto_start) == (True, True)
    assert (vm.guest_name, vm.guest_addresses) == ("xms01.example.com", ("192.0.2.11",))
    assert vm.boot_time == node.booted_at
    assert (vm.instance_uuid, vm.bios_uuid, vm.host) == (node.instance_uuid, node.bios_uuid, "esx01.example.com")
    assert [(each.name, each.free_bytes, each.capacity_bytes) for each in vm.datastores] == [
        ("vmfs-xms", store.free, store.capacity)
    ]
    assert [(each.capacity_bytes, each.mode) for each in vm.disks] == [(node.disk_bytes, "persistent")]
    assert [(each.network, each.connected_at_power_on) for each in vm.cards] == [("XMS-DMZ", True)]
    node.on = node.auto_start = False
    off = vsphere.read(ref)[ref]
    assert (off.power, off.boot_time, off.tools_running, off.auto_start) == (Power.OFF, None, False, False)


def test_what_the_login_may_not_read_is_named_and_never_guessed(
    vcenter: Practice, vsphere: VSphere, ref: VmRef
) -> None:
    """A fact that can't be read is unknown and listed; without the power state the VM can't be told at all."""
    hidden = vcenter.server.house.reader.hidden
    hidden |= {"config.autoStart", "summary.freeSpace"}
    vm = vsphere.read(ref)[ref]
    assert vm.auto_start is None
    assert vm.datastores[0].free_bytes is None
    assert "config.autoStart (NoPermission)" in vm.unread
    hidden.add("runtime.powerState")
    with pytest.raises(NotPermitted, match=r"runtime\.powerState .*NoPermission"):
        vsphere.read(ref)
    with pytest.raises(NotPermitted):
        vsphere.wait_for_power([ref], Power.OFF, PATIENCE)


def test_a_missing_right_is_found_before_and_named_when_it_matters(
    vcenter: Practice, vsphere: VSphere, ref: VmRef
) -> None:
    """The list of missing rights holds exactly the one that was taken away, and the change names it."""
    vcenter.server.house.rights.discard(Privilege.SNAPSHOT_CREATE)
    assert vsphere.missing_privileges([ref]) == {ref: frozenset({Privilege.SNAPSHOT_CREATE})}
    with pytest.raises(NotPermitted, match=r"VirtualMachine\.State\.CreateSnapshot") as caught:
        vsphere.snapshot_create(ref, "name", "")
    assert not caught.value.may_have_happened
    assert verbs(vcenter) == []


def test_the_clock_is_vcenters_own(vcenter: Practice, vsphere: VSphere) -> None:
    """A clock that is off is told as it is, in UTC."""
    vcenter.server.house.clock_offset = timedelta(minutes=10)
    assert vsphere.clock() == vcenter.world.now() + timedelta(minutes=10)
    assert vsphere.clock().tzinfo is UTC
    assert vsphere.about().version == "8.0.3"


def test_more_events_than_fit_are_not_taken_for_all(vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """With a thousand events or more the client says that some may be missing, instead of proving by them."""
    events = vcenter.world.nodes[NODE].power_events
    start = vcenter.world.now()
    events += [(start, "off"), (start, "on")] * 499
    assert len(vsphere.power_events(ref, start)) == 998
    events += [(start, "on")] * 2
    with pytest.raises(WrongAnswer, match="1000 events"):
        vsphere.power_events(ref, start)


def test_a_moment_without_a_zone_is_refused(vsphere: VSphere, ref: VmRef) -> None:
    """Events are asked for since an aware moment, never a naive one."""
    with pytest.raises(ValueError, match="aware"):
        vsphere.power_events(ref, datetime(2030, 1, 7, 9))  # noqa: DTZ001 - the mistake that is tested


def test_a_name_with_slashes_is_found_however_it_is_escaped(vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """A marker's slashes come back escaped, once or, from vCenter's own client, twice: it is the same marker."""
    for name in ("RB-7/snapshot-nodes/xms01", "RB-7%2fsnapshot-nodes%2fxms01"):
        vcenter.world.snapshot_create(NODE, name, "", "somebody")
    assert len(vsphere.read(ref)[ref].named("RB-7/snapshot-nodes/xms01")) == 2


def test_machines_of_one_name_are_all_told(vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """A copy under the same name elsewhere is seen, with its own instanceUuid."""
    vcenter.world.nodes["xms02"].name = NODE
    assert {each.ref for each in vsphere.named(NODE)} == {ref, vsphere.find("DC1/vm/XMS/xms02")}
    assert vsphere.named("xms09") == ()
