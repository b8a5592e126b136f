"""The vSphere client against the pretend vCenter: faults, rights, limits, and what only its world can show."""

import itertools
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from pyVim.connect import Disconnect, SmartConnect
from vsphere_bench import PASSWORD, PATIENCE, USER, Practice

from integrations.errors import (
    IntegrationError,
    LoginRefused,
    NotPermitted,
    OutcomeUnknown,
    Refused,
    SessionEnded,
    Unreachable,
    WrongAnswer,
    WrongIdentity,
)
from integrations.login import Login
from integrations.vsphere import Power, Privilege, Task, TaskPhase, TaskRef, VmRef, VSphere
from practice.vcenter import VCenter
from practice.world.made import make_world

Contexts = Callable[..., ssl.SSLContext]
Makes = Callable[..., VSphere]
NODE = "xms01"
PATH = "DC1/vm/XMS/xms01"


@pytest.fixture
def practice(server_tls: Contexts) -> Iterator[Practice]:
    made = Practice(server_tls())
    yield made
    made.close()


@pytest.fixture
def make(practice: Practice, client_tls: ssl.SSLContext) -> Iterator[Makes]:
    """Makes clients and closes them."""
    made: list[VSphere] = []

    def one(timeout: timedelta = PATIENCE) -> VSphere:
        made.append(
            VSphere(
                practice.server.host,
                login=lambda: Login(USER, PASSWORD),
                tls=client_tls,
                monotonic=practice.monotonic,
                port=practice.port,
                timeout=timeout,
            )
        )
        return made[-1]

    yield one
    for client in made:
        client.close()


@pytest.fixture
def client(make: Makes) -> VSphere:
    return make()


@pytest.fixture
def ref(client: VSphere) -> VmRef:
    return client.find(PATH)


def verbs(practice: Practice) -> list[str]:
    """What happened to the nodes through vSphere, from the ledger."""
    return [entry.verb for entry in practice.world.ledger.entries("vsphere")]


def test_every_change_stands_in_the_ledger_once_under_our_login(
    practice: Practice, client: VSphere, ref: VmRef
) -> None:
    """Each change method makes one change of the world, asked for by our login."""
    client.guest_shutdown(ref)
    client.wait_for_power([ref], Power.OFF, PATIENCE)
    (made,) = client.wait([client.snapshot_create(ref, "RB-7/snapshot-nodes/xms01", "text")], PATIENCE).values()
    snapshot = client.read(ref)[ref].snapshots[0].ref
    assert made.result == snapshot
    begins = partial(client.revert, snapshot), partial(client.power_on, ref), partial(client.power_off, ref)
    for begin in begins:
        (ended,) = client.wait([begin()], PATIENCE).values()
        assert ended.phase is TaskPhase.SUCCESS
    client.wait([client.snapshot_remove(snapshot)], PATIENCE)
    assert verbs(practice) == ["guest_shutdown", "snapshot", "revert", "power_on", "power_off", "snapshot_remove"]
    assert {entry.by for entry in practice.world.ledger.entries("vsphere")} == {USER}


def test_facts_that_people_must_see_are_told(practice: Practice, client: VSphere, ref: VmRef) -> None:
    """An open question, disks to consolidate, HA, automatic start, guest addresses and boot time come with the VM."""
    node, store = practice.world.nodes[NODE], practice.world.datastores["vmfs-xms"]
    node.question, node.consolidation_needed, node.auto_start = "Did you move it or copy it?", True, True
    vm = client.read(ref)[ref]
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
    off = client.read(ref)[ref]
    assert (off.power, off.boot_time, off.tools_running, off.auto_start) == (Power.OFF, None, False, False)


def test_what_the_login_may_not_read_is_named_and_never_guessed(
    practice: Practice, client: VSphere, ref: VmRef
) -> None:
    """A fact that can't be read is unknown and listed; without the power state the VM can't be told at all."""
    hidden = practice.server.house.reader.hidden
    hidden |= {"config.autoStart", "summary.freeSpace"}
    vm = client.read(ref)[ref]
    assert vm.auto_start is None
    assert vm.datastores[0].free_bytes is None
    assert "config.autoStart (NoPermission)" in vm.unread
    hidden.add("runtime.powerState")
    with pytest.raises(NotPermitted, match=r"runtime\.powerState .*NoPermission"):
        client.read(ref)
    with pytest.raises(NotPermitted):
        client.wait_for_power([ref], Power.OFF, PATIENCE)


def test_a_missing_right_is_found_before_and_named_when_it_matters(
    practice: Practice, client: VSphere, ref: VmRef
) -> None:
    """The list of missing rights holds exactly the one that was taken away, and the change names it."""
    practice.server.house.rights.discard(Privilege.SNAPSHOT_CREATE)
    assert client.missing_privileges([ref]) == {ref: frozenset({Privilege.SNAPSHOT_CREATE})}
    with pytest.raises(NotPermitted, match=r"VirtualMachine\.State\.CreateSnapshot") as caught:
        client.snapshot_create(ref, "name", "")
    assert not caught.value.may_have_happened
    assert verbs(practice) == []


def test_refusals_are_told_by_the_name_of_the_fault(practice: Practice, client: VSphere, ref: VmRef) -> None:
    """Tools that don't run, a VM that is off and a task under way are refusals with vCenter's own names."""
    practice.world.nodes[NODE].tools_running = False
    with pytest.raises(Refused) as without_tools:
        client.guest_shutdown(ref)
    assert without_tools.value.code == "ToolsUnavailable"
    client.wait([client.power_off(ref)], PATIENCE)
    with pytest.raises(Refused, match="it is poweredOff") as off:
        client.guest_shutdown(ref)
    assert off.value.code == "InvalidPowerState"
    task = client.power_on(ref)
    with pytest.raises(Refused) as busy:
        client.snapshot_create(ref, "name", "")
    assert busy.value.code == "TaskInProgress"
    assert not busy.value.may_have_happened
    client.wait([task], PATIENCE)


def test_a_failed_task_tells_its_fault_and_the_others_go_on(practice: Practice, client: VSphere) -> None:
    """One of three snapshots fails: its task tells why, and the other two are there."""
    refs = [client.find(f"DC1/vm/XMS/xms0{n}") for n in (1, 2, 3)]
    practice.world.faults.arm("fail", "vsphere:snapshot")
    ended = client.wait([client.snapshot_create(ref, "name", "") for ref in refs], PATIENCE)
    assert sorted(task.phase for task in ended.values()) == ["error", "success", "success"]
    failed = next(task for task in ended.values() if task.phase is TaskPhase.ERROR)
    assert (failed.fault, failed.message, failed.result) == ("GenericVmConfigFault", "The operation failed.", "")
    assert verbs(practice) == ["snapshot", "snapshot"]


def test_progress_is_told_as_it_moves(client: VSphere, ref: VmRef) -> None:
    """The callback sees the task run, its per cents rise, and its end."""
    seen: list[Task] = []
    task = client.snapshot_create(ref, "name", "")
    client.wait([task], PATIENCE, lambda tasks: seen.append(tasks[task]))
    percents = [each.percent for each in seen if each.percent is not None]
    assert percents == sorted(percents)
    assert {25, 50, 75} <= set(percents)
    assert seen[-1].phase is TaskPhase.SUCCESS


def test_a_limit_that_has_passed_is_an_answer_and_cancels_nothing(
    practice: Practice, client: VSphere, ref: VmRef
) -> None:
    """After the limit the task is told as it stands; it goes on and ends by itself."""
    practice.world.durations.snapshot = 100.0
    task = client.snapshot_create(ref, "name", "")
    (standing,) = client.wait([task], timedelta(seconds=30)).values()
    assert standing.phase is TaskPhase.RUNNING
    assert not standing.done
    (ended,) = client.wait([task], timedelta(seconds=200)).values()
    assert ended.phase is TaskPhase.SUCCESS
    states = client.wait_for_power([ref], Power.OFF, timedelta(seconds=3))
    assert states == {ref: Power.ON}


def test_a_guest_that_ignores_its_shutdown_stays_on(practice: Practice, client: VSphere, ref: VmRef) -> None:
    """A guest shutdown is a request: when the guest doesn't follow it, the wait ends with the VM still on."""
    practice.world.faults.arm("ignore_shutdown", NODE)
    client.guest_shutdown(ref)
    assert client.wait_for_power([ref], Power.OFF, timedelta(seconds=5)) == {ref: Power.ON}


def test_what_the_callback_raises_ends_the_wait_and_closes_the_collector(
    practice: Practice, client: VSphere, ref: VmRef
) -> None:
    """Whoever watches can leave a wait; nothing stays open at vCenter, and the task goes on."""

    class Leave(Exception):
        pass

    def leave(_: Mapping[TaskRef, Task]) -> None:
        raise Leave

    task = client.snapshot_create(ref, "name", "")
    with pytest.raises(Leave):
        client.wait([task], PATIENCE, leave)
    (session,) = practice.server.sessions()
    assert list(session.collectors) == ["propertyCollector"]
    (ended,) = client.wait([task], PATIENCE).values()
    assert ended.phase is TaskPhase.SUCCESS


def test_a_wait_survives_the_end_of_its_session(practice: Practice, client: VSphere, ref: VmRef) -> None:
    """A wait whose session ends is a read: it logs in again once and goes on waiting."""
    task = client.snapshot_create(ref, "name", "")
    practice.world.faults.arm("end_session", "vsphere:WaitForUpdatesEx")
    (ended,) = client.wait([task], PATIENCE).values()
    assert ended.phase is TaskPhase.SUCCESS
    assert list(practice.server.calls).count("Login") == 2


@pytest.mark.parametrize("verb", ["power_off", "guest_shutdown", "snapshot"])
def test_a_change_that_finds_its_session_ended_is_not_sent_again(
    verb: str, practice: Practice, client: VSphere, ref: VmRef
) -> None:
    """A change answered with NotAuthenticated did not happen and is not repeated."""
    practice.world.faults.arm("end_session", f"vsphere:{verb}", times=-1)
    with pytest.raises(SessionEnded) as caught:
        _send(client, verb, ref)
    assert not caught.value.may_have_happened
    assert verbs(practice) == []
    assert (
        sum(call in {"PowerOffVM_Task", "ShutdownGuest", "CreateSnapshot_Task"} for call in practice.server.calls) == 1
    )


@pytest.mark.parametrize("verb", ["power_off", "guest_shutdown", "snapshot"])
def test_a_change_whose_reply_is_lost_happens_once(verb: str, practice: Practice, client: VSphere, ref: VmRef) -> None:
    """The outcome is unknown, says so, and the ledger shows the change once."""
    practice.world.faults.arm("lose_reply", f"vsphere:{verb}", times=-1)
    with pytest.raises(OutcomeUnknown, match="may have happened"):
        _send(client, verb, ref)
    practice.time.advance(60)
    practice.world.settle()
    assert verbs(practice) == [verb]


def test_a_late_result_is_seen_when_it_comes(practice: Practice, client: VSphere, ref: VmRef) -> None:
    """A change may show in no list for a while after its reply was lost; then it is there, once."""
    practice.world.faults.arm("lose_reply", "vsphere:snapshot")
    practice.world.faults.arm("late_result", "vsphere:snapshot", value=60)
    with pytest.raises(OutcomeUnknown):
        client.snapshot_create(ref, "name", "")
    early = client.read(ref)[ref]
    assert (early.tasks, early.snapshots) == ((), ())
    practice.time.advance(60)
    practice.world.settle()
    (running,) = client.read(ref)[ref].tasks
    assert running.operation == "VirtualMachine.createSnapshot"
    client.wait([running.ref], PATIENCE)
    assert len(client.read(ref)[ref].named("name")) == 1


def test_silence_after_a_change_leaves_its_outcome_unknown_and_before_it_nothing(
    practice: Practice, make: Makes
) -> None:
    """A server that falls silent is unreachable for reads; a change to it waits for a read first, so none is sent."""
    client = make(timedelta(seconds=0.3))
    ref = client.find(PATH)
    practice.world.faults.arm("silent", "vsphere", times=-1)
    with pytest.raises(Unreachable, match=r"silent for 0\.3 s"):
        client.power_off(ref)
    practice.world.faults.disarm("silent", "vsphere")
    assert verbs(practice) == []
    assert client.clock()


def test_an_idle_session_is_opened_again_for_a_read(practice: Practice, client: VSphere, ref: VmRef) -> None:
    """After half an hour without a call vCenter has ended the session; the next read logs in again."""
    practice.time.advance(timedelta(minutes=31))
    assert client.read(ref)[ref].ref == ref
    assert list(practice.server.calls).count("Login") == 2


def test_a_refused_login_is_one_attempt(practice: Practice, client: VSphere) -> None:
    """A login that vCenter refuses is not tried again by this client."""
    practice.world.faults.arm("refuse_login", "vsphere", times=-1)
    for _ in range(3):
        with pytest.raises(LoginRefused, match="InvalidLogin"):
            client.clock()
    assert list(practice.server.calls).count("Login") == 1


def test_another_vcenter_behind_the_address_is_noticed(
    practice: Practice, client: VSphere, server_tls: Contexts
) -> None:
    """When another vCenter answers at the same address, the client that began with the first one stops."""
    assert client.identity()
    port = practice.port
    practice.server.stop()
    with VCenter(make_world(), {USER: PASSWORD}, server_tls(), port=port, identity="other") as other:
        with pytest.raises(WrongIdentity, match="another vCenter"):
            client.clock()
        assert "Login" not in other.calls


def test_a_host_without_vcenter_is_no_vcenter(practice: Practice, client: VSphere) -> None:
    """A server that names no identity is refused as one."""
    practice.server.house.content.about.instanceUuid = None
    with pytest.raises(WrongAnswer, match="no vCenter"):
        client.identity()


def test_the_clock_is_vcenters_own(practice: Practice, client: VSphere) -> None:
    """A clock that is off is told as it is, in UTC."""
    practice.server.house.clock_offset = timedelta(minutes=10)
    assert client.clock() == practice.world.now() + timedelta(minutes=10)
    assert client.clock().tzinfo is UTC
    assert client.about().version == "8.0.3"


def test_more_events_than_fit_are_not_taken_for_all(practice: Practice, client: VSphere, ref: VmRef) -> None:
    """With a thousand events or more the client says that some may be missing, instead of proving by them."""
    events = practice.world.nodes[NODE].power_events
    start = practice.world.now()
    events += [(start, "off"), (start, "on")] * 499
    assert len(client.power_events(ref, start)) == 998
    events += [(start, "on")] * 2
    with pytest.raises(WrongAnswer, match="1000 events"):
        client.power_events(ref, start)


def test_a_moment_without_a_zone_is_refused(client: VSphere, ref: VmRef) -> None:
    """Events are asked for since an aware moment, never a naive one."""
    with pytest.raises(ValueError, match="aware"):
        client.power_events(ref, datetime(2030, 1, 7, 9))  # noqa: DTZ001 - the mistake that is tested


def test_a_revert_with_memory_wakes_nobody(practice: Practice, client: VSphere, ref: VmRef) -> None:
    """Even a snapshot of a running machine leaves the node off, because power-on is suppressed."""
    made = practice.world.snapshot_create(NODE, "foreign", "", "somebody", memory=True)
    (snapshot,) = client.read(ref)[ref].named("foreign")
    assert snapshot.power is Power.ON
    client.wait([client.revert(snapshot.ref)], PATIENCE)
    vm = client.read(ref)[ref]
    assert (vm.power, vm.current_snapshot) == (Power.OFF, made.moref)


def test_a_name_with_slashes_is_found_however_it_is_escaped(practice: Practice, client: VSphere, ref: VmRef) -> None:
    """A marker's slashes come back escaped, once or, from vCenter's own client, twice: it is the same marker."""
    for name in ("RB-7/snapshot-nodes/xms01", "RB-7%2fsnapshot-nodes%2fxms01"):
        practice.world.snapshot_create(NODE, name, "", "somebody")
    assert len(client.read(ref)[ref].named("RB-7/snapshot-nodes/xms01")) == 2


def test_machines_of_one_name_are_all_told(practice: Practice, client: VSphere, ref: VmRef) -> None:
    """A copy under the same name elsewhere is seen, with its own instanceUuid."""
    practice.world.nodes["xms02"].name = NODE
    assert {each.ref for each in client.named(NODE)} == {ref, client.find("DC1/vm/XMS/xms02")}
    assert client.named("xms09") == ()


def test_threads_share_a_client(client: VSphere, practice: Practice) -> None:
    """Three threads change and wait at the same time through one client and one login."""
    refs = [client.find(f"DC1/vm/XMS/xms0{n}") for n in (1, 2, 3)]
    together = threading.Barrier(3)

    def off(ref: VmRef) -> TaskPhase:
        together.wait(10)
        (ended,) = client.wait([client.power_off(ref)], PATIENCE).values()
        return ended.phase

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(off, refs)) == [TaskPhase.SUCCESS] * 3
    assert sorted(entry.target for entry in practice.world.ledger.entries("vsphere")) == ["xms01", "xms02", "xms03"]
    assert list(practice.server.calls).count("Login") == 1


def test_a_slow_vcenter_is_waited_for(practice: Practice, client: VSphere) -> None:
    """An answer that takes its time, within the timeout, is an answer."""
    before = client.clock()
    practice.world.faults.arm("slow", "vsphere", value=3)
    assert client.clock() >= before + timedelta(seconds=3)


def test_time_goes_by_itself_in_a_running_world(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """In a world with a clock of its own, tasks and guests come to their end while the client waits."""
    world = make_world()
    world.start()
    seconds = map(float, itertools.count()).__next__
    with (
        VCenter(world, {USER: PASSWORD}, server_tls()) as server,
        VSphere(
            "127.0.0.1", login=lambda: Login(USER, PASSWORD), tls=client_tls, monotonic=seconds, port=server.port
        ) as client,
    ):
        refs = [client.find(node.inventory_path) for node in world.nodes.values()]
        for ref in refs:
            client.guest_shutdown(ref)
        assert set(client.wait_for_power(refs, Power.OFF, timedelta(seconds=60)).values()) == {Power.OFF}
        ended = client.wait([client.snapshot_create(ref, "name", "") for ref in refs], timedelta(seconds=60))
        assert {task.phase for task in ended.values()} == {TaskPhase.SUCCESS}
    world.stop()


def together(count: int, ask: Callable[[], object]) -> None:
    """Ask so many times at once, so that so many connections are open and idle afterwards."""
    with ThreadPoolExecutor(count) as pool:
        for asked in [pool.submit(ask) for _ in range(count)]:
            asked.result()


def test_connections_that_died_while_idle_cost_a_read_one_repetition(practice: Practice, client: VSphere) -> None:
    """However many idle connections have died, a read finds its way on a new one, in the same session."""
    assert client.clock()
    together(4, client.clock)
    practice.server.cut()
    assert client.clock()
    assert list(practice.server.calls).count("Login") == 1


def test_a_server_that_is_gone_is_unreachable(practice: Practice, client: VSphere, ref: VmRef) -> None:
    """A refused connection sends nothing, and closing the client then raises nothing."""
    practice.server.stop()
    for ask in (client.clock, lambda: client.power_off(ref)):
        with pytest.raises(Unreachable) as caught:
            ask()
        assert not caught.value.may_have_happened
    client.close()


def test_no_error_carries_the_password(practice: Practice, client: VSphere) -> None:
    """Texts, causes and contexts of errors hold no secret."""
    practice.world.faults.arm("refuse_login", "vsphere")
    practice.world.faults.arm("end_session", "vsphere")
    with pytest.raises(IntegrationError) as caught:
        client.clock()
    behind: list[BaseException] = [caught.value]
    for error in behind:
        assert PASSWORD not in repr(error) + str(error) + str(vars(error))
        behind += [each for each in (error.__cause__, error.__context__) if each is not None]
    assert len(behind) > 1
    assert PASSWORD not in repr(client)


def test_an_unchanged_client_of_the_vendor_finds_its_way(practice: Practice, client_tls: ssl.SSLContext) -> None:
    """PyVmomi's own client, which negotiates the version and reads lazily, works against the pretend vCenter."""
    service = SmartConnect(host="127.0.0.1", port=practice.port, user=USER, pwd=PASSWORD, sslContext=client_tls)
    content = service.RetrieveContent()
    (center,) = content.rootFolder.childEntity
    (folder,) = center.vmFolder.childEntity
    machine = next(each for each in folder.childEntity if each.name == NODE)
    assert machine.parent.name == "XMS"
    assert machine.config.instanceUuid == practice.world.nodes[NODE].instance_uuid
    assert machine.runtime.powerState == "poweredOn"
    assert machine.summary.config.name == NODE
    assert machine.guest.toolsRunningStatus == "guestToolsRunning"
    assert content.sessionManager.currentSession.userName == USER
    Disconnect(service)
    service._stub.DropConnections()  # pyVim keeps them open
    assert practice.server.sessions() == ()


def _send(client: VSphere, verb: str, ref: VmRef) -> None:
    if verb == "power_off":
        client.power_off(ref)
    elif verb == "guest_shutdown":
        client.guest_shutdown(ref)
    else:
        client.snapshot_create(ref, "name", "")
