"""Changes through the pretend vCenter, and waiting for them: the ledger shows each one once."""

import itertools
import ssl
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

import pytest
from vsphere_bench import PASSWORD, PATIENCE, USER, Practice

from integrations.errors import (
    OutcomeUnknown,
    Refused,
    SessionEnded,
)
from integrations.login import Login
from integrations.vsphere import Power, Task, TaskPhase, TaskRef, VmRef, VSphere
from practice.vcenter import VCenter
from practice.world.made import make_world

Contexts = Callable[..., ssl.SSLContext]
NODE = "xms01"
PATH = "DC1/vm/XMS/xms01"


@pytest.fixture
def ref(vsphere: VSphere) -> VmRef:
    return vsphere.find(PATH)


def verbs(vcenter: Practice) -> list[str]:
    """What happened to the nodes through vSphere, from the ledger."""
    return [entry.verb for entry in vcenter.world.ledger.entries("vsphere")]


def test_every_change_stands_in_the_ledger_once_under_our_login(
    vcenter: Practice, vsphere: VSphere, ref: VmRef
) -> None:
    """Each change method makes one change of the world, asked for by our login."""
    vsphere.guest_shutdown(ref)
    vsphere.wait_for_power([ref], Power.OFF, PATIENCE)
    (made,) = vsphere.wait([vsphere.snapshot_create(ref, "RB-7/snapshot-nodes/xms01", "text")], PATIENCE).values()
    snapshot = vsphere.read(ref)[ref].snapshots[0].ref
    assert made.result == snapshot
    begins = partial(vsphere.revert, snapshot), partial(vsphere.power_on, ref), partial(vsphere.power_off, ref)
    for begin in begins:
        (ended,) = vsphere.wait([begin()], PATIENCE).values()
        assert ended.phase is TaskPhase.SUCCESS
    vsphere.wait([vsphere.snapshot_remove(snapshot)], PATIENCE)
    assert verbs(vcenter) == ["guest_shutdown", "snapshot", "revert", "power_on", "power_off", "snapshot_remove"]
    assert {entry.by for entry in vcenter.world.ledger.entries("vsphere")} == {USER}


def test_refusals_are_told_by_the_name_of_the_fault(vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """Tools that don't run, a VM that is off and a task under way are refusals with vCenter's own names."""
    vcenter.world.nodes[NODE].tools_running = False
    with pytest.raises(Refused) as without_tools:
        vsphere.guest_shutdown(ref)
    assert without_tools.value.code == "ToolsUnavailable"
    vsphere.wait([vsphere.power_off(ref)], PATIENCE)
    with pytest.raises(Refused, match="it is poweredOff") as off:
        vsphere.guest_shutdown(ref)
    assert off.value.code == "InvalidPowerState"
    task = vsphere.power_on(ref)
    with pytest.raises(Refused) as busy:
        vsphere.snapshot_create(ref, "name", "")
    assert busy.value.code == "TaskInProgress"
    assert not busy.value.may_have_happened
    vsphere.wait([task], PATIENCE)


def test_a_failed_task_tells_its_fault_and_the_others_go_on(vcenter: Practice, vsphere: VSphere) -> None:
    """One of three snapshots fails: its task tells why, and the other two are there."""
    refs = [vsphere.find(f"DC1/vm/XMS/xms0{n}") for n in (1, 2, 3)]
    vcenter.world.faults.arm("fail", "vsphere:snapshot")
    ended = vsphere.wait([vsphere.snapshot_create(ref, "name", "") for ref in refs], PATIENCE)
    assert sorted(task.phase for task in ended.values()) == ["error", "success", "success"]
    failed = next(task for task in ended.values() if task.phase is TaskPhase.ERROR)
    assert (failed.fault, failed.message, failed.result) == ("GenericVmConfigFault", "The operation failed.", "")
    assert verbs(vcenter) == ["snapshot", "snapshot"]


def test_progress_is_told_as_it_moves(vsphere: VSphere, ref: VmRef) -> None:
    """The callback sees the task run, its per cents rise, and its end."""
    seen: list[Task] = []
    task = vsphere.snapshot_create(ref, "name", "")
    vsphere.wait([task], PATIENCE, lambda tasks: seen.append(tasks[task]))
    percents = [each.percent for each in seen if each.percent is not None]
    assert percents == sorted(percents)
    assert {25, 50, 75} <= set(percents)
    assert seen[-1].phase is TaskPhase.SUCCESS


def test_a_limit_that_has_passed_is_an_answer_and_cancels_nothing(
    vcenter: Practice, vsphere: VSphere, ref: VmRef
) -> None:
    """After the limit the task is told as it stands; it goes on and ends by itself."""
    vcenter.world.durations.snapshot = 100.0
    task = vsphere.snapshot_create(ref, "name", "")
    (standing,) = vsphere.wait([task], timedelta(seconds=30)).values()
    assert standing.phase is TaskPhase.RUNNING
    assert not standing.done
    (ended,) = vsphere.wait([task], timedelta(seconds=200)).values()
    assert ended.phase is TaskPhase.SUCCESS
    states = vsphere.wait_for_power([ref], Power.OFF, timedelta(seconds=3))
    assert states == {ref: Power.ON}


def test_a_guest_that_ignores_its_shutdown_stays_on(vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """A guest shutdown is a request: when the guest doesn't follow it, the wait ends with the VM still on."""
    vcenter.world.faults.arm("ignore_shutdown", NODE)
    vsphere.guest_shutdown(ref)
    assert vsphere.wait_for_power([ref], Power.OFF, timedelta(seconds=5)) == {ref: Power.ON}


def test_what_the_callback_raises_ends_the_wait_and_closes_the_collector(
    vcenter: Practice, vsphere: VSphere, ref: VmRef
) -> None:
    """Whoever watches can leave a wait; nothing stays open at vCenter, and the task goes on."""

    class Leave(Exception):
        pass

    def leave(_: Mapping[TaskRef, Task]) -> None:
        raise Leave

    task = vsphere.snapshot_create(ref, "name", "")
    with pytest.raises(Leave):
        vsphere.wait([task], PATIENCE, leave)
    (session,) = vcenter.server.sessions()
    assert list(session.collectors) == ["propertyCollector"]
    (ended,) = vsphere.wait([task], PATIENCE).values()
    assert ended.phase is TaskPhase.SUCCESS


@pytest.mark.parametrize("verb", ["power_off", "guest_shutdown", "snapshot"])
def test_a_change_that_finds_its_session_ended_is_not_sent_again(
    verb: str, vcenter: Practice, vsphere: VSphere, ref: VmRef
) -> None:
    """A change answered with NotAuthenticated did not happen and is not repeated."""
    vcenter.world.faults.arm("end_session", f"vsphere:{verb}", times=-1)
    with pytest.raises(SessionEnded) as caught:
        _send(vsphere, verb, ref)
    assert not caught.value.may_have_happened
    assert verbs(vcenter) == []
    assert (
        sum(call in {"PowerOffVM_Task", "ShutdownGuest", "CreateSnapshot_Task"} for call in vcenter.server.calls) == 1
    )


@pytest.mark.parametrize("verb", ["power_off", "guest_shutdown", "snapshot"])
def test_a_change_whose_reply_is_lost_happens_once(verb: str, vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """The outcome is unknown, says so, and the ledger shows the change once."""
    vcenter.world.faults.arm("lose_reply", f"vsphere:{verb}", times=-1)
    with pytest.raises(OutcomeUnknown, match="may have happened"):
        _send(vsphere, verb, ref)
    vcenter.time.advance(60)
    vcenter.world.settle()
    assert verbs(vcenter) == [verb]


def test_a_late_result_is_seen_when_it_comes(vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """A change may show in no list for a while after its reply was lost; then it is there, once."""
    vcenter.world.faults.arm("lose_reply", "vsphere:snapshot")
    vcenter.world.faults.arm("late_result", "vsphere:snapshot", value=60)
    with pytest.raises(OutcomeUnknown):
        vsphere.snapshot_create(ref, "name", "")
    early = vsphere.read(ref)[ref]
    assert (early.tasks, early.snapshots) == ((), ())
    vcenter.time.advance(60)
    vcenter.world.settle()
    (running,) = vsphere.read(ref)[ref].tasks
    assert running.operation == "VirtualMachine.createSnapshot"
    vsphere.wait([running.ref], PATIENCE)
    assert len(vsphere.read(ref)[ref].named("name")) == 1


def test_a_revert_with_memory_wakes_nobody(vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """Even a snapshot of a running machine leaves the node off, because power-on is suppressed."""
    made = vcenter.world.snapshot_create(NODE, "foreign", "", "somebody", memory=True)
    (snapshot,) = vsphere.read(ref)[ref].named("foreign")
    assert snapshot.power is Power.ON
    vsphere.wait([vsphere.revert(snapshot.ref)], PATIENCE)
    vm = vsphere.read(ref)[ref]
    assert (vm.power, vm.current_snapshot) == (Power.OFF, made.moref)


def test_time_goes_by_itself_in_a_running_world(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """In a world with a clock of its own, tasks and guests come to their end while the client waits."""
    world = make_world()
    world.start()
    seconds = map(float, itertools.count()).__next__
    with (
        VCenter(world, {USER: PASSWORD}, server_tls()) as server,
        VSphere(
            "127.0.0.1", login=lambda: Login(USER, PASSWORD), tls=client_tls, monotonic=seconds, port=server.port
        ) as vsphere,
    ):
        refs = [vsphere.find(node.inventory_path) for node in world.nodes.values()]
        for ref in refs:
            vsphere.guest_shutdown(ref)
        assert set(vsphere.wait_for_power(refs, Power.OFF, timedelta(seconds=60)).values()) == {Power.OFF}
        ended = vsphere.wait([vsphere.snapshot_create(ref, "name", "") for ref in refs], timedelta(seconds=60))
        assert {task.phase for task in ended.values()} == {TaskPhase.SUCCESS}
    world.stop()


def _send(vsphere: VSphere, verb: str, ref: VmRef) -> None:
    if verb == "power_off":
        vsphere.power_off(ref)
    elif verb == "guest_shutdown":
        vsphere.guest_shutdown(ref)
    else:
        vsphere.snapshot_create(ref, "name", "")
