"""Lost replies, late results and killed processes: each change of a node is found again, and never made twice."""

import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from nodes_bench import NAME, NodesBench

from integrations.vsphere import VmRef, VSphere
from rollback.actions.action import Change, Done, Failed, Given, InFlight, NotDone, Unknown
from storage.words import By

ALL = ("xms01", "xms02", "xms03")
Case = tuple[str, str, str, Callable[[NodesBench], tuple[Change, Given]]]


@pytest.fixture
def bench(
    server_tls: Callable[..., ssl.SSLContext],
    client_tls: ssl.SSLContext,
    tmp_path: Path,
) -> Iterator[NodesBench]:
    made = NodesBench(server_tls(NAME, "127.0.0.1", "localhost"), client_tls, tmp_path / "ca.pem", sql=False)
    made.close_the_door()
    yield made
    made.close()


def shutting(bench: NodesBench) -> tuple[Change, Given]:
    given = bench.given("shut-down-nodes", *ALL)
    return bench.preview("nodes-shut-down", given).changes[0], given


def hard_off(bench: NodesBench) -> tuple[Change, Given]:
    bench.world.nodes["xms01"].tools_running = False
    given = bench.given("shut-down-nodes", *ALL)
    return bench.preview("nodes-shut-down", given).changes[0], given


def snapshotting(bench: NodesBench) -> tuple[Change, Given]:
    bench.all_off()
    given = bench.given("snapshot-nodes", *ALL)
    return bench.preview("nodes-snapshot", given).changes[0], given


def restoring(bench: NodesBench) -> tuple[Change, Given]:
    bench.all_off()
    given = bench.given("restore-node@xms01", "xms01", params={"point": "picked-point"})
    return bench.preview("node-restore", given).changes[0], given


def starting(bench: NodesBench) -> tuple[Change, Given]:
    bench.all_off()
    params = {"alone": True, "version": "to"}
    given = bench.given("start-first-node", "xms01", target="xms01", params=params)
    return bench.preview("node-start", given).changes[0], given


CASES: dict[str, Case] = {
    "guest shutdown": ("vsphere", "guest_shutdown", "xms01", shutting),
    "power off": ("vsphere", "power_off", "xms01", hard_off),
    "snapshot": ("vsphere", "snapshot", "xms01", snapshotting),
    "restore": ("veeam", "restore", "xms01", restoring),
    "power on": ("vsphere", "power_on", "xms01", starting),
}
every_change = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@every_change
def test_a_lost_reply_is_looked_for(bench: NodesBench, case: Case) -> None:
    """After a reply was lost the change is found done, and stands once in the ledger."""
    system, verb, node, make = case
    change, given = make(bench)
    bench.world.faults.arm("lose_reply", f"{system}:{verb}")
    assert isinstance(bench.carry(change, given), Done)
    assert bench.done(system, verb, node) == 1


@every_change
def test_a_process_that_dies_after_sending_finds_it_again(bench: NodesBench, case: Case) -> None:
    """A new process takes up what the dead one had begun, from its ref or without, and makes no second one."""
    system, verb, node, make = case
    change, given = make(bench)
    assert isinstance(bench.carry(change, given, killed=True), Done)
    assert bench.done(system, verb, node) == 1


@pytest.mark.parametrize("late", [3.0, 60.0])
@pytest.mark.parametrize("name", ["power off", "snapshot", "restore", "power on"])
def test_a_lost_reply_whose_result_shows_late_is_looked_for(bench: NodesBench, name: str, late: float) -> None:
    """What shows only later is waited for: once in the ledger, though the first looks saw nothing."""
    system, verb, node, make = CASES[name]
    change, given = make(bench)
    bench.world.faults.arm("lose_reply", f"{system}:{verb}")
    bench.world.faults.arm("late_result", f"{system}:{verb}", value=late)
    assert isinstance(bench.carry(change, given), Done)
    assert bench.done(system, verb, node) == 1


def test_a_restore_that_was_never_sent_is_not_sent_without_a_person(bench: NodesBench) -> None:
    """Two looks that see no session leave it unknown: a restore is asked about, never repeated."""
    change, given = restoring(bench)
    assert isinstance(bench.find_out(change, given), Unknown)
    assert bench.done("veeam", "restore") == 0


def test_a_guest_that_was_perhaps_never_asked_is_asked(bench: NodesBench) -> None:
    """Killed before the request left, nobody takes the guest's silence for a failure: it is asked, once."""
    change, given = shutting(bench)
    assert isinstance(bench.find_out(change, given), Done)
    assert bench.done("vsphere", "guest_shutdown", "xms01") == 1


def test_without_vcenter_a_person_restores(bench: NodesBench) -> None:
    """Which points are a machine's own is told by its id in vCenter: where that is off nothing is sent to Veeam."""
    bench.all_off()
    given = bench.given("restore-node@xms01", "xms01", params={"point": "picked-point"})
    (change,) = bench.preview("node-restore", given, VSphere).changes
    assert change.by is By.PERSON
    assert "In the Veeam console" in change.how


def test_two_restores_go_to_a_person(bench: NodesBench) -> None:
    """When two sessions may be ours nobody guesses which one it was."""
    change, given = restoring(bench)
    bench.world.faults.arm("lose_reply", "veeam:restore")
    bench.before_next = lambda: bench.world.veeam_restore(change.detail["point"], "by hand", "va")
    outcome = bench.carry(change, given)
    assert isinstance(outcome, Unknown)
    assert "more than one" in outcome.text


def test_a_restore_that_breaks_is_a_certain_failure(bench: NodesBench) -> None:
    """The session says so, and its node is not to be powered on."""
    change, given = restoring(bench)
    bench.world.faults.arm("fail", "veeam:restore")
    outcome = bench.carry(change, given)
    assert isinstance(outcome, Failed)
    assert not outcome.may_have_happened
    assert "don't power it on" in outcome.text


def test_a_warning_of_veeam_is_shown(bench: NodesBench) -> None:
    """A restore that worked with a warning is done, and the warning is told."""
    change, given = restoring(bench)
    bench.world.faults.arm("warn", "veeam:restore")
    outcome = bench.carry(change, given)
    assert isinstance(outcome, Done)
    assert "newer than the latest version" in outcome.text


def test_a_snapshot_that_goes_on_is_followed(bench: NodesBench) -> None:
    """A look sees the task while it runs, and our name in the tree afterwards: neither is taken for not done."""
    change, given = snapshotting(bench)
    effect, systems = bench.effect("node-snapshot"), bench.systems()
    before = effect.before(change, systems, given)
    assert isinstance(effect.look(change, systems, given, before, None), NotDone)
    systems.get(VSphere).snapshot_create(VmRef("vm-101"), change.detail["name"], "")
    assert isinstance(effect.look(change, systems, given, before, None), InFlight)
    bench.pass_time(1)
    assert isinstance(effect.look(change, systems, given, before, None), Done)


def test_a_snapshot_that_fails_says_why(bench: NodesBench) -> None:
    """VCenter's own fault is told, and nothing is left."""
    change, given = snapshotting(bench)
    bench.world.faults.arm("fail", "vsphere:snapshot")
    outcome = bench.carry(change, given)
    assert isinstance(outcome, Failed)
    assert "GenericVmConfigFault" in outcome.text
    assert bench.world.nodes["xms01"].snapshots == []


def test_a_snapshot_of_our_name_is_not_taken_again(bench: NodesBench) -> None:
    """A goal that is reached is left alone."""
    change, given = snapshotting(bench)
    bench.world.snapshot_create("xms01", change.detail["name"], "by hand", "va")
    assert bench.carry(change, given) == Done("xms01 has the snapshot RB-7/snapshot-nodes/xms01 already", ours=False)
    assert bench.done("vsphere", "snapshot") == 0


def test_a_guest_that_does_not_shut_down_fails_after_its_grace(bench: NodesBench) -> None:
    """Without the setting nobody's plug is pulled: the stage fails and says what to do."""
    change, given = shutting(bench)
    bench.world.faults.arm("ignore_shutdown", "xms01")
    outcome = bench.carry(change, given)
    assert isinstance(outcome, Failed)
    assert "still on after 4 s" in outcome.text
    assert bench.done("vsphere", "power_off") == 0


def test_a_plug_is_pulled_only_on_a_line_of_its_own(bench: NodesBench) -> None:
    """With the setting a second group powers off what is still on, and leaves alone what isn't."""
    bench.set_vsphere(hard_off=True)
    given = bench.given("shut-down-nodes", *ALL)
    changes = bench.preview("nodes-shut-down", given).changes
    assert [change.group for change in changes] == [1, 1, 1, 2, 2, 2]
    bench.world.faults.arm("ignore_shutdown", "xms01")
    assert all(isinstance(bench.carry(change, given), Done) for change in changes)
    assert [bench.done("vsphere", "power_off", name) for name in ALL] == [1, 0, 0]


def test_a_machine_under_a_new_reference_is_followed(bench: NodesBench) -> None:
    """Its path and instanceUuid find it: the managed object may be another one than at the preview."""
    change, given = starting(bench)
    bench.world.reregister("xms01")
    assert isinstance(bench.carry(change, given), Done)


def test_another_machine_at_the_path_is_refused(bench: NodesBench) -> None:
    """A VM with another instanceUuid lies outside of what was approved: nothing is sent."""
    change, given = starting(bench)
    bench.world.nodes["xms01"].instance_uuid = "50000000-0000-4000-8000-000000000001"
    outcome = bench.carry(change, given)
    assert isinstance(outcome, Failed)
    assert bench.done("vsphere", "power_on") == 0


@pytest.mark.parametrize("trouble", ["another node", "the door"])
def test_what_must_hold_is_read_right_before_a_start(bench: NodesBench, trouble: str) -> None:
    """A node that somebody started after the preview, or a door that opened, stops the start of FIRST."""
    change, given = starting(bench)
    if trouble == "another node":
        bench.world.power_on("xms02", "somebody")
    else:
        bench.world.vserver_set("vs_xms_mdm_443", enabled=True, by="somebody")
    outcome = bench.carry(change, given)
    assert isinstance(outcome, Failed)
    assert outcome.text.startswith("It was not begun")
    assert bench.done("vsphere", "power_on") == 0


def test_a_node_that_was_started_is_not_restored(bench: NodesBench) -> None:
    """A restore overwrites the disks of a machine: it must be off seconds before."""
    change, given = restoring(bench)
    bench.world.power_on("xms01", "somebody")
    assert isinstance(bench.carry(change, given), Failed)
    assert bench.done("veeam", "restore") == 0


def test_settling_is_longer_than_any_result_was_late(bench: NodesBench) -> None:
    """What may not be repeated blindly waits longer than 90 seconds between two looks."""
    for word in ("node-snapshot", "node-restore"):
        assert bench.effect(word).settle > timedelta(seconds=90)
