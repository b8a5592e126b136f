"""Logins, sessions, connections and identity of the pretend vCenter, when they fail."""

import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pyVim.connect import Disconnect, SmartConnect
from vsphere_bench import PASSWORD, PATIENCE, USER, Practice

from integrations.errors import (
    IntegrationError,
    LoginRefused,
    Unreachable,
    WrongAnswer,
    WrongIdentity,
)
from integrations.vsphere import TaskPhase, VmRef, VSphere
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


def test_silence_after_a_change_leaves_its_outcome_unknown_and_before_it_nothing(
    vcenter: Practice, client_tls: ssl.SSLContext
) -> None:
    """A server that falls silent is unreachable for reads; a change to it waits for a read first, so none is sent."""
    with vcenter.client(client_tls, timedelta(seconds=0.3)) as hasty:
        ref = hasty.find(PATH)
        vcenter.world.faults.arm("silent", "vsphere", times=-1)
        with pytest.raises(Unreachable, match=r"silent for 0\.3 s"):
            hasty.power_off(ref)
        vcenter.world.faults.disarm("silent", "vsphere")
        assert verbs(vcenter) == []
        assert hasty.clock()


def test_an_idle_session_is_opened_again_for_a_read(vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """After half an hour without a call vCenter has ended the session; the next read logs in again."""
    vcenter.time.advance(timedelta(minutes=31))
    assert vsphere.read(ref)[ref].ref == ref
    assert list(vcenter.server.calls).count("Login") == 2


def test_a_wait_survives_the_end_of_its_session(vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """A wait whose session ends is a read: it logs in again once and goes on waiting."""
    task = vsphere.snapshot_create(ref, "name", "")
    vcenter.world.faults.arm("end_session", "vsphere:WaitForUpdatesEx")
    (ended,) = vsphere.wait([task], PATIENCE).values()
    assert ended.phase is TaskPhase.SUCCESS
    assert list(vcenter.server.calls).count("Login") == 2


def test_a_refused_login_is_one_attempt(vcenter: Practice, vsphere: VSphere) -> None:
    """A login that vCenter refuses is not tried again by this vsphere."""
    vcenter.world.faults.arm("refuse_login", "vsphere", times=-1)
    for _ in range(3):
        with pytest.raises(LoginRefused, match="InvalidLogin"):
            vsphere.clock()
    assert list(vcenter.server.calls).count("Login") == 1


def test_another_vcenter_behind_the_address_is_noticed(
    vcenter: Practice, vsphere: VSphere, server_tls: Contexts
) -> None:
    """When another vCenter answers at the same address, the client that began with the first one stops."""
    assert vsphere.identity()
    port = vcenter.port
    vcenter.server.stop()
    with VCenter(make_world(), {USER: PASSWORD}, server_tls(), port=port, identity="other") as other:
        with pytest.raises(WrongIdentity, match="another vCenter"):
            vsphere.clock()
        assert "Login" not in other.calls


def test_a_host_without_vcenter_is_no_vcenter(vcenter: Practice, vsphere: VSphere) -> None:
    """A server that names no identity is refused as one."""
    vcenter.server.house.content.about.instanceUuid = None
    with pytest.raises(WrongAnswer, match="no vCenter"):
        vsphere.identity()


def test_threads_share_a_client(vsphere: VSphere, vcenter: Practice) -> None:
    """Three threads change and wait at the same time through one client and one login."""
    refs = [vsphere.find(f"DC1/vm/XMS/xms0{n}") for n in (1, 2, 3)]
    together = threading.Barrier(3)

    def off(ref: VmRef) -> TaskPhase:
        together.wait(10)
        (ended,) = vsphere.wait([vsphere.power_off(ref)], PATIENCE).values()
        return ended.phase

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(off, refs)) == [TaskPhase.SUCCESS] * 3
    assert sorted(entry.target for entry in vcenter.world.ledger.entries("vsphere")) == ["xms01", "xms02", "xms03"]
    assert list(vcenter.server.calls).count("Login") == 1


def test_a_slow_vcenter_is_waited_for(vcenter: Practice, vsphere: VSphere) -> None:
    """An answer that takes its time, within the timeout, is an answer."""
    before = vsphere.clock()
    vcenter.world.faults.arm("slow", "vsphere", value=3)
    assert vsphere.clock() >= before + timedelta(seconds=3)


def together(count: int, ask: Callable[[], object]) -> None:
    """Ask so many times at once, so that so many connections are open and idle afterwards."""
    with ThreadPoolExecutor(count) as pool:
        for asked in [pool.submit(ask) for _ in range(count)]:
            asked.result()


def test_connections_that_died_while_idle_cost_a_read_one_repetition(vcenter: Practice, vsphere: VSphere) -> None:
    """However many idle connections have died, a read finds its way on a new one, in the same session."""
    assert vsphere.clock()
    together(4, vsphere.clock)
    vcenter.server.cut()
    assert vsphere.clock()
    assert list(vcenter.server.calls).count("Login") == 1


def test_a_server_that_is_gone_is_unreachable(vcenter: Practice, vsphere: VSphere, ref: VmRef) -> None:
    """A refused connection sends nothing, and closing the client then raises nothing."""
    vcenter.server.stop()
    for ask in (vsphere.clock, lambda: vsphere.power_off(ref)):
        with pytest.raises(Unreachable) as caught:
            ask()
        assert not caught.value.may_have_happened
    vsphere.close()


def test_no_error_carries_the_password(vcenter: Practice, vsphere: VSphere) -> None:
    """Texts, causes and contexts of errors hold no secret."""
    vcenter.world.faults.arm("refuse_login", "vsphere")
    vcenter.world.faults.arm("end_session", "vsphere")
    with pytest.raises(IntegrationError) as caught:
        vsphere.clock()
    behind: list[BaseException] = [caught.value]
    for error in behind:
        assert PASSWORD not in repr(error) + str(error) + str(vars(error))
        behind += [each for each in (error.__cause__, error.__context__) if each is not None]
    assert len(behind) > 1
    assert PASSWORD not in repr(vsphere)


def test_an_unchanged_client_of_the_vendor_finds_its_way(vcenter: Practice, client_tls: ssl.SSLContext) -> None:
    """PyVmomi's own client, which negotiates the version and reads lazily, works against the pretend vCenter."""
    service = SmartConnect(host="127.0.0.1", port=vcenter.port, user=USER, pwd=PASSWORD, sslContext=client_tls)
    content = service.RetrieveContent()
    (center,) = content.rootFolder.childEntity
    (folder,) = center.vmFolder.childEntity
    machine = next(each for each in folder.childEntity if each.name == NODE)
    assert machine.parent.name == "XMS"
    assert machine.config.instanceUuid == vcenter.world.nodes[NODE].instance_uuid
    assert machine.runtime.powerState == "poweredOn"
    assert machine.summary.config.name == NODE
    assert machine.guest.toolsRunningStatus == "guestToolsRunning"
    assert content.sessionManager.currentSession.userName == USER
    Disconnect(service)
    service._stub.DropConnections()  # pyVim keeps them open
    assert vcenter.server.sessions() == ()
