"""The vSphere client against two servers of one protocol: our pretend vCenter, and govmomi's simulator as a judge.

The simulator runs where `VCSIM` names it or ``vcsim`` is on the path (tests/vcsim builds one); elsewhere its half is
left out and says so.
"""

import hashlib
import os
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path

import pytest
import trustme
from vsphere_bench import PASSWORD, PATIENCE, USER, Bench, Practice, Relay, Vcsim

from integrations.errors import LoginRefused, NotFound, OutcomeUnknown, Unreachable, WrongIdentity
from integrations.login import Login, LoginGuard
from integrations.vsphere import Power, PowerChange, Privilege, TaskPhase, TaskRef, VmRef, pinned_context

Contexts = Callable[..., ssl.SSLContext]
Benches = Callable[..., Bench]
NAME = "RB-7/snapshot-nodes/xms01"


def vcsim_binary() -> str:
    """The simulator's path; empty where there is none."""
    return os.environ.get("VCSIM") or shutil.which("vcsim") or ""


@pytest.fixture(params=["practice", "vcsim"])
def benches(
    request: pytest.FixtureRequest,
    practice_ca: trustme.CA,
    server_tls: Contexts,
    client_tls: ssl.SSLContext,
    tmp_path: Path,
) -> Iterator[Benches]:
    """Makes a bench of this make, with so many machines beside the three nodes."""
    closing: list[Practice | Vcsim | Relay] = []

    def make(others: int = 0) -> Bench:
        backend: Practice | Vcsim
        if request.param == "practice":
            backend = Practice(server_tls(), others)
        else:
            issued = practice_ca.issue_cert("127.0.0.1")
            cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
            issued.cert_chain_pems[0].write_to_path(cert)
            issued.private_key_pem.write_to_path(key)
            backend = Vcsim(vcsim_binary(), cert, key, client_tls, 3 + others)
        closing.append(backend)
        relay = Relay(backend.port, server_tls(), client_tls)
        closing.append(relay)
        return Bench(backend, relay, client_tls)

    if request.param == "vcsim" and not vcsim_binary():
        pytest.skip("left out: no vcsim here; build one with tests/vcsim/build and name it in VCSIM")
    yield make
    for each in reversed(closing):
        each.close()


@pytest.fixture
def bench(benches: Benches) -> Bench:
    return benches()


@contextmanager
def listening() -> Iterator[int]:
    """A port that accepts and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield silent.getsockname()[1]


def test_a_certificate_of_our_ca_is_trusted_and_a_foreign_one_gets_no_byte(bench: Bench) -> None:
    """With our CA the client is let in; with another CA the server sees no call."""
    with bench.client() as client:
        assert client.identity()
    bench.relay.calls.clear()
    foreign = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trustme.CA().configure_trust(foreign)
    with bench.client(tls=foreign) as client, pytest.raises(Unreachable, match="certificate is not accepted"):
        client.identity()
    assert bench.relay.calls == []


def test_a_pin_lets_in_one_certificate_only(bench: Bench) -> None:
    """The right thumbprint trusts the server without a CA; a wrong one ends the connection before any call."""
    shown = ssl.get_server_certificate(("127.0.0.1", bench.relay.port))
    thumbprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest()
    with bench.client(tls=pinned_context(thumbprint.upper())) as client:
        assert client.identity()
    bench.relay.calls.clear()
    with bench.client(tls=pinned_context("0" * 64)) as client, pytest.raises(Unreachable, match="thumbprint"):
        client.identity()
    assert bench.relay.calls == []


def test_a_node_is_found_by_path_and_proven_by_its_instance_uuid(bench: Bench) -> None:
    """A path names one VM; its instanceUuid is the proof; another one, or no VM there, is an error."""
    with bench.client() as client:
        ref = client.find(bench.paths[0])
        vm = client.read(ref)[ref]
        other = client.find(bench.paths[1])
        assert client.find(bench.paths[0], vm.instance_uuid.upper()) == ref
        assert vm.name == bench.paths[0].rpartition("/")[2]
        with pytest.raises(WrongIdentity, match="instanceUuid"):
            client.find(bench.paths[0], client.read(other)[other].instance_uuid)
        with pytest.raises(NotFound, match="no VM at"):
            client.find(bench.paths[0] + "-gone")
        with pytest.raises(NotFound, match=f"there as {ref}"):
            client.find(bench.paths[0] + "-gone", vm.instance_uuid)


def test_among_a_thousand_machines_finding_takes_a_handful_of_round_trips(benches: Benches) -> None:
    """Finding three nodes and listing every VM takes as few calls among 1,000 as among three."""
    bench = benches(1000)
    with bench.client() as client:
        client.identity()
        bench.relay.calls.clear()
        refs = [client.find(path) for path in bench.paths]
        assert len(bench.relay.calls) == 3
        bench.relay.calls.clear()
        listed = client.machines()
        assert len(bench.relay.calls) <= 6
    assert len(listed) == 1003
    assert {each.ref for each in listed} > set(refs)
    assert all(each.instance_uuid for each in listed)


def test_everything_about_three_nodes_is_read_in_one_round_trip(bench: Bench) -> None:
    """Power, Tools, identity, cards, disks, datastores, host and snapshots of three VMs come in one call."""
    with bench.client() as client:
        refs = [client.find(path) for path in bench.paths]
        bench.relay.calls.clear()
        found = client.read(*refs)
        assert bench.relay.calls == ["RetrievePropertiesEx"]
    assert list(found) == refs
    for vm in found.values():
        assert vm.power is Power.ON
        assert vm.connection == "connected"
        assert len({vm.instance_uuid, vm.bios_uuid, ""}) == 3
        assert vm.networks
        assert vm.cards[0].mac.count(":") == 5
        assert vm.disks[0].capacity_bytes > 0
        assert vm.host
        assert vm.datastores[0].free_bytes
        assert (vm.datastores[0].capacity_bytes or 0) >= vm.datastores[0].free_bytes
        assert vm.snapshots == ()
        assert vm.question == ""
        assert vm.unread == ()
    assert len({vm.instance_uuid for vm in found.values()}) == 3


def test_three_snapshots_are_taken_side_by_side_and_waited_for_together(bench: Bench) -> None:
    """Three tasks are begun, one collector waits for all, and each node then has one snapshot by our name."""
    with bench.client() as client:
        refs = bench.off(client)
        bench.relay.calls.clear()
        tasks = [client.snapshot_create(ref, NAME, "RB-7, remove by 10 January") for ref in refs]
        ended = client.wait(tasks, PATIENCE)
        assert bench.relay.calls.count("CreateSnapshot_Task") == 3
        assert bench.relay.calls.count("CreatePropertyCollector") == 1
        assert bench.relay.calls.count("DestroyPropertyCollector") == 1
        assert [ended[task].phase for task in tasks] == [TaskPhase.SUCCESS] * 3
        for task, vm in zip(tasks, client.read(*refs).values(), strict=True):
            (snapshot,) = vm.named(NAME)
            assert ended[task].result == snapshot.ref == vm.current_snapshot
            assert ended[task].entity == vm.ref
            assert snapshot.description == "RB-7, remove by 10 January"
            assert snapshot.power is Power.OFF
            assert snapshot.created.tzinfo is UTC
            assert vm.chain == 1


def test_snapshots_are_told_as_a_tree_and_removed_one_by_one(bench: Bench) -> None:
    """Children follow their parents and know them; removing one keeps what stands on it."""
    with bench.client() as client:
        ref = bench.off(client)[0]
        for name in ("first", "second"):
            client.wait([client.snapshot_create(ref, name, "")], PATIENCE)
        vm = client.read(ref)[ref]
        first, second = vm.snapshots
        assert (first.name, first.parent, first.depth) == ("first", "", 0)
        assert (second.name, second.parent, second.depth) == ("second", first.ref, 1)
        assert vm.chain == 2
        (ended,) = client.wait([client.snapshot_remove(second.ref)], PATIENCE).values()
        assert ended.phase is TaskPhase.SUCCESS
        assert [each.name for each in client.read(ref)[ref].snapshots] == ["first"]
        with pytest.raises(NotFound, match="no longer valid"):
            client.snapshot_remove(second.ref)


def test_a_revert_leaves_the_node_off(bench: Bench) -> None:
    """After a revert with power-on suppressed the VM is off and stands on that snapshot."""
    with bench.client() as client:
        ref = bench.off(client)[0]
        for name in ("first", "second"):
            client.wait([client.snapshot_create(ref, name, "")], PATIENCE)
        first = client.read(ref)[ref].named("first")[0]
        (ended,) = client.wait([client.revert(first.ref)], PATIENCE).values()
        assert ended.phase is TaskPhase.SUCCESS
        vm = client.read(ref)[ref]
        assert vm.power is Power.OFF
        assert vm.current_snapshot == first.ref
        assert len(vm.snapshots) == 2


def test_power_on_and_off_are_tasks_and_a_repetition_is_told_by_name(bench: Bench) -> None:
    """A power change is done when its task is; asked for again, the task fails with InvalidPowerState."""
    with bench.client() as client:
        ref = bench.off(client)[0]
        (again,) = client.wait([client.power_off(ref)], PATIENCE).values()
        assert (again.phase, again.fault) == (TaskPhase.ERROR, "InvalidPowerState")
        (on,) = client.wait([client.power_on(ref)], PATIENCE).values()
        assert (on.phase, on.fault) == (TaskPhase.SUCCESS, "")
        assert on.operation == "VirtualMachine.powerOn"
        vm = client.read(ref)[ref]
        assert vm.power is Power.ON


def test_a_guest_shutdown_is_waited_for_by_power_state(bench: Bench) -> None:
    """A guest shutdown has no task: the wait ends when every VM is off."""
    with bench.client() as client:
        refs = [client.find(path) for path in bench.paths]
        for ref in refs:
            client.guest_shutdown(ref)
        seen: list[int] = []
        states = client.wait_for_power(refs, Power.OFF, PATIENCE, lambda now: seen.append(len(now)))
        assert states == dict.fromkeys(refs, Power.OFF)
        assert set(seen) == {3}


def test_a_lost_reply_is_an_unknown_outcome_and_the_change_is_sent_once(bench: Bench) -> None:
    """After a lost reply the client says so and repeats nothing; the snapshot is found by its name."""
    with bench.client() as client:
        ref = bench.off(client)[0]
        bench.relay.calls.clear()
        bench.relay.lose.add("CreateSnapshot_Task")
        with pytest.raises(OutcomeUnknown) as caught:
            client.snapshot_create(ref, NAME, "")
        assert caught.value.may_have_happened
        assert bench.relay.calls.count("CreateSnapshot_Task") == 1
        running = [task.ref for task in client.read(ref)[ref].tasks if not task.done]
        client.wait(running, PATIENCE)
        assert len(client.read(ref)[ref].named(NAME)) == 1


def test_a_change_goes_out_on_a_connection_that_was_just_proven(bench: Bench) -> None:
    """Before a change idle connections are given up: a read and the change share a fresh one, and nothing else does."""
    with bench.client() as client:
        ref = client.find(bench.paths[0])
        old = bench.relay.peers[-1]
        client.wait([client.power_off(ref)], PATIENCE)
        at = bench.relay.calls.index("PowerOffVM_Task")
        assert bench.relay.calls[at - 1] == "CurrentTime"
        assert bench.relay.peers[at - 1] == bench.relay.peers[at] != old


def test_a_read_whose_connection_breaks_is_asked_once_more(bench: Bench) -> None:
    """A read is repeated once on a new connection, in the same session."""
    with bench.client() as client:
        client.identity()
        bench.relay.lose.add("CurrentTime")
        assert client.clock().tzinfo is UTC
        assert bench.relay.calls.count("CurrentTime") == 2
        assert bench.relay.calls.count("Login") == 1


def test_an_ended_session_is_opened_again_once_for_a_read(bench: Bench) -> None:
    """A read that finds its session gone logs in again and is answered; a change then is still sent once."""
    with bench.client() as client:
        ref = client.find(bench.paths[0])
        bench.backend.end_sessions()
        assert client.read(ref)[ref].power is Power.ON
        assert bench.relay.calls.count("Login") == 2
        bench.backend.end_sessions()
        client.wait([client.power_off(ref)], PATIENCE)
        assert bench.relay.calls.count("Login") == 3
        assert bench.relay.calls.count("PowerOffVM_Task") == 1


def test_a_refused_login_is_not_tried_again(bench: Bench) -> None:
    """One refusal is one attempt on the wire, until a person says Check again."""
    guard = LoginGuard(lambda: Login(USER, PASSWORD + "-old"))
    for _ in range(2):
        with bench.client(guard=guard) as client, pytest.raises(LoginRefused) as caught:
            client.identity()
        assert PASSWORD not in str(caught.value)
    assert bench.relay.calls.count("Login") == 1
    guard.check_again()
    with bench.client(guard=guard) as client, pytest.raises(LoginRefused):
        client.clock()
    assert bench.relay.calls.count("Login") == 2


def test_a_reregistered_node_is_found_again_under_its_new_reference(bench: Bench) -> None:
    """An old reference is no longer valid; path and instanceUuid lead to the same VM under a new one."""
    with bench.client() as client:
        old = bench.off(client)[0]
        uuid = client.read(old)[old].instance_uuid
        bench.backend.reregister(bench.paths[0])
        with pytest.raises(NotFound, match="no longer valid"):
            client.read(old)
        with pytest.raises(NotFound):
            client.power_on(old)
        new = client.find(bench.paths[0], uuid)
        assert new != old
        assert client.read(new)[new].instance_uuid == uuid


def test_a_task_is_followed_by_its_reference_alone(bench: Bench) -> None:
    """A task's text reference, kept over a restart, is enough to read it and to wait for it with a new client."""
    with bench.client() as client:
        ref = bench.off(client)[0]
        kept = str(client.power_on(ref))
    with bench.client() as client:
        (ended,) = client.wait([TaskRef(kept)], PATIENCE).values()
        assert ended.phase is TaskPhase.SUCCESS
        read = client.task(TaskRef(kept))
        assert (read.phase, read.entity) == (TaskPhase.SUCCESS, ref)
        with pytest.raises(NotFound):
            client.task(TaskRef("task-987654"))
        with pytest.raises(NotFound):
            client.wait([TaskRef("task-987654")], PATIENCE)
    calls = bench.relay.calls
    assert calls.count("CreatePropertyCollector") == calls.count("DestroyPropertyCollector")


def test_power_events_tell_what_happened_since(bench: Bench) -> None:
    """Events come oldest first, from a moment on by vCenter's clock, and only those of the VM that is asked about."""
    with bench.client() as client:
        ref, other, _ = bench.off(client)
        since = client.clock() + timedelta(microseconds=1)
        client.wait([client.power_on(ref)], PATIENCE)
        client.wait([client.power_off(ref)], PATIENCE)
        told = client.power_events(ref, since)
        assert [each.change for each in told if each.event.startswith("VmPowered")] == [PowerChange.ON, PowerChange.OFF]
        assert client.power_events(other, since) == ()
        assert client.power_events(ref, client.clock() + timedelta(hours=1)) == ()


def test_rights_are_asked_for_each_machine(bench: Bench) -> None:
    """What the login lacks is told for each VM; here it lacks nothing."""
    with bench.client() as client:
        refs = [client.find(path) for path in bench.paths]
        assert client.missing_privileges(refs) == dict.fromkeys(refs, frozenset())
        assert client.missing_privileges(refs[:1], [Privilege.POWER_ON]) == {refs[0]: frozenset()}


def test_nothing_is_left_open_behind_a_client(bench: Bench) -> None:
    """Views and collectors are destroyed and the session is logged out; closing twice does no harm."""
    client = bench.client()
    refs = bench.off(client)
    client.wait([client.power_on(refs[0])], PATIENCE)
    client.machines()
    client.close()
    client.close()
    calls = bench.relay.calls
    assert calls.count("CreatePropertyCollector") == calls.count("DestroyPropertyCollector") == 2
    assert calls.count("CreateContainerView") == calls.count("DestroyView") == 1
    assert calls.count("Login") == calls.count("Logout") == 1
    assert calls[-1] == "Logout"
    assert client.clock().tzinfo is UTC
    client.close()


def test_asking_about_nothing_sends_nothing(bench: Bench) -> None:
    """No reference, no call."""
    with bench.client() as client:
        assert client.read() == {}
        assert client.wait([], PATIENCE) == {}
        assert client.wait_for_power([], Power.OFF, PATIENCE) == {}
    assert bench.relay.calls == []


def test_a_reference_that_never_was_is_not_found(bench: Bench) -> None:
    """A made-up reference is an error for a read as for a change, and changes nothing."""
    with bench.client() as client:
        with pytest.raises(NotFound):
            client.read(VmRef("vm-987654"))
        with pytest.raises(NotFound) as caught:
            client.power_off(VmRef("vm-987654"))
        assert not caught.value.may_have_happened


def test_a_silent_port_is_unreachable_within_the_timeout(bench: Bench) -> None:
    """A port that accepts and never answers ends with the timeout, before anything was sent."""
    with listening() as port:
        bench.relay.port, live = port, bench.relay.port
        with bench.client(timeout=timedelta(seconds=0.2)) as client, pytest.raises(Unreachable, match="in time"):
            client.power_off(VmRef("vm-1"))
        bench.relay.port = live
