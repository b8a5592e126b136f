"""The stages on nodes from preview to result, against the practice estate; the ledger tells what was really done."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from nodes_bench import NAME, NodesBench, states_of

from integrations.sqlserver import find_driver, trust
from integrations.vsphere import VSphere
from practice.world import World
from storage.words import CheckState

ALL = ("xms01", "xms02", "xms03")


@pytest.fixture
def bench(
    practice_ca: trustme.CA,
    server_tls: Callable[..., ssl.SSLContext],
    client_tls: ssl.SSLContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[NodesBench]:
    ca_file = tmp_path / "ca.pem"
    practice_ca.cert_pem.write_to_path(ca_file)
    made = NodesBench(server_tls(NAME, "127.0.0.1", "localhost"), client_tls, ca_file)
    for name, value in trust(find_driver("FreeTDS"), made.sql_address, tmp_path).items():
        monkeypatch.setenv(name, value)
    yield made
    made.close()


def behind_the_door(bench: NodesBench, *on: str) -> None:
    """The door closed, every node restored, and these on."""
    bench.close_the_door()
    bench.all_off()
    bench.database_of("10.6")
    bench.restored(*ALL)
    bench.started(*on)


def test_all_nodes_are_shut_down(bench: NodesBench) -> None:
    """Each guest is asked once, and the stage ends when vSphere, the ports and SQL Server agree."""
    bench.close_the_door()
    _, result = bench.run("nodes-shut-down", bench.given("shut-down-nodes", *ALL))
    assert result == {"off": list(ALL)}
    assert [bench.done("vsphere", "guest_shutdown", name) for name in ALL] == [1, 1, 1]
    assert not any(node.on for node in bench.world.nodes.values())


def test_each_node_is_snapshotted(bench: NodesBench) -> None:
    """Each node has one snapshot by the name of this rollback; the result tells it and vCenter's clock."""
    bench.close_the_door()
    bench.all_off()
    _, result = bench.run("nodes-snapshot", bench.given("snapshot-nodes", *ALL))
    assert [s.name for s in bench.world.nodes["xms02"].snapshots] == ["RB-7/snapshot-nodes/xms02"]
    assert sorted(result["snapshots"]) == list(ALL)
    assert result["at"]


def test_a_node_is_restored(bench: NodesBench) -> None:
    """The newest point from before the upgrade is restored once, and the node stays off."""
    bench.close_the_door()
    bench.all_off()
    bench.run("nodes-snapshot", bench.given("snapshot-nodes", *ALL))
    given, result = bench.run(
        "node-restore", bench.given("restore-node@xms01", "xms01", params={"point": "picked-point"})
    )
    node = bench.world.nodes["xms01"]
    assert (node.version, node.on) == ("10.6", False)
    assert bench.done("veeam", "restore") == 1
    assert result["proven"]
    assert result["point"] == given.planned[0].detail["point"]
    assert result["snapshots"] == []


def test_the_first_node_is_started_alone(bench: NodesBench) -> None:
    """It answers, holds, has the right date and is alone in the database."""
    behind_the_door(bench)
    params = {"alone": True, "version": "to"}
    _, result = bench.run("node-start", bench.given("start-first-node", "xms01", target="xms01", params=params))
    assert result == {"on": ["xms01"], "version": "10.6"}
    assert bench.done("vsphere", "power_on") == 1
    assert bench.world.harms == []


def test_a_node_is_swapped_and_verified_behind_the_closed_door(bench: NodesBench) -> None:
    """The old node is off before the new one is powered on, which is then proven alone."""
    behind_the_door(bench, "xms01")
    params = {"form": "closed-door", "old": "xms01", "version": "to"}
    bench.run("node-swap", bench.given("swap-to@xms02", "xms01", "xms02", params=params))
    verbs = [(e.verb, e.target) for e in bench.world.ledger.entries("vsphere") if e.by == "rollback-bot"]
    assert verbs == [("guest_shutdown", "xms01"), ("power_on", "xms02")]
    _, result = bench.run("verify-node", bench.given("verify-node@xms02", "xms02", params={"form": "closed-door"}))
    assert result["proven"] == ["xms02"]
    assert bench.world.harms == []


def test_nodes_join_one_after_the_other_behind_the_closed_door(bench: NodesBench) -> None:
    """Each node is powered on only after the ports of all those that are on have held."""
    behind_the_door(bench, "xms03")
    bench.states |= {"verify-node@xms02": "succeeded", "start-first-node": "succeeded"}
    bench.results["start-first-node"] = {"on": ["xms01"]}
    params = {"form": "closed-door", "on": ("xms03",), "proven": True, "version": "to"}
    _, result = bench.run("nodes-join", bench.given("join-nodes", "xms01", "xms02", params=params))
    assert result == {"on": ["xms01", "xms02"]}
    first, second = bench.world.ledger.entries("vsphere", "power_on")[-2:]
    assert (first.target, second.target) == ("xms01", "xms02")
    assert second.at - first.at >= bench.estate.timings.joined


def test_a_node_is_swapped_with_the_door_open(bench: NodesBench) -> None:
    """The new node is proven behind its disabled members, takes over, and only then the old one goes."""
    behind_the_door(bench, "xms01")
    for name in bench.world.vservers:
        bench.world.vserver_set(name, enabled=True, by="xa")
    params = {"form": "open-door", "old": "xms01", "version": "to"}
    bench.run("node-swap", bench.given("swap-to@xms02", "xms01", "xms02", params=params))
    verbs = [e.verb for e in bench.world.ledger.entries() if e.by == "rollback-bot"]
    assert list(dict.fromkeys(verbs)) == ["member_disable", "power_on", "member_enable", "guest_shutdown"]
    assert bench.done("netscaler", "member_disable") == 6
    assert bench.done("netscaler", "member_enable") == 3
    assert not bench.world.nodes["xms01"].on


@pytest.mark.parametrize("proven", [True, False])
def test_a_node_joins_with_the_door_open(bench: NodesBench, *, proven: bool) -> None:
    """Its members are out while it boots and is proven, and in afterwards without flapping."""
    behind_the_door(bench, "xms01", "xms02")
    params = {"form": "open-door", "on": ("xms01", "xms02"), "proven": proven, "version": "to"}
    bench.run("nodes-join", bench.given("join-remaining-nodes", "xms03", params=params))
    verbs = [e.verb for e in bench.world.ledger.entries() if e.by == "rollback-bot"]
    assert verbs == ["member_disable"] * 3 + ["power_on"] + ["member_enable"] * 3


def test_the_way_back_restores_the_newest_point_before_the_rollback(bench: NodesBench) -> None:
    """The same action with the other parameter takes the node back to 10.7."""
    bench.close_the_door()
    bench.all_off()
    bench.run("nodes-snapshot", bench.given("snapshot-nodes", *ALL))
    bench.run("node-restore", bench.given("restore-node@xms01", "xms01", params={"point": "picked-point"}))
    assert bench.world.nodes["xms01"].version == "10.6"
    params = {"point": "newest-before-rollback"}
    bench.run("node-restore", bench.given("back-restore-node@xms01", "xms01", params=params))
    assert bench.world.nodes["xms01"].version == "10.7"
    assert bench.done("veeam", "restore") == 2


def test_a_node_that_was_never_touched_is_started_again(bench: NodesBench) -> None:
    """Backing out starts each node as it is, 10.7, beside the others."""
    bench.close_the_door()
    bench.all_off()
    params = {"alone": False, "version": "from"}
    for name in ALL:
        _, result = bench.run("node-start", bench.given(f"back-start-node@{name}", name, params=params))
        assert result["on"] == [name]
    assert all(node.up for node in bench.world.nodes.values())


def test_checks_that_nobody_can_read_say_so(bench: NodesBench) -> None:
    """Without vSphere the ports still witness that the nodes are off."""
    bench.close_the_door()
    bench.all_off()
    given = bench.given("shut-down-nodes", *ALL)
    seen = states_of(bench.action("nodes-shut-down").verify(bench.systems(VSphere), given, bench.samples))
    assert seen["off"] is CheckState.NOT_CHECKED
    assert seen["ports-refused"] is CheckState.PASSED


def test_one_miss_of_port_80_begins_the_watch_anew(bench: NodesBench) -> None:
    """Port 80 alone was the fault: a node whose other ports never missed has not held while that one did."""
    behind_the_door(bench, "xms01")
    params = {"alone": True, "version": "to"}
    given = bench.given("start-first-node", "xms01", target="xms01", params=params)
    systems = bench.systems()
    bench.watched_for(2, systems)
    bench.set_port_80("xms01", up=False)
    bench.watched_for(0.5, systems)
    bench.set_port_80("xms01", up=True)
    bench.watched_for(2, systems)
    asked = bench.action("node-start").verify(systems, replace(given, now=bench.world.now()), bench.samples)
    assert states_of(asked)["held"] is CheckState.OPEN
    bench.watched_for(2, systems)
    asked = bench.action("node-start").verify(systems, replace(given, now=bench.world.now()), bench.samples)
    assert states_of(asked)["held"] is CheckState.PASSED


def test_members_that_flap_are_not_steady(bench: NodesBench) -> None:
    """A member that went out and in again begins the watch anew."""
    behind_the_door(bench, *ALL)
    for name in bench.world.vservers:
        bench.world.vserver_set(name, enabled=True, by="xa")
    params = {"form": "open-door", "on": ("xms01", "xms02"), "proven": True, "version": "to"}
    given, systems = bench.given("join-remaining-nodes", "xms03", params=params), bench.systems()
    action = bench.action("nodes-join")
    bench.watched_for(1, systems)
    bench.world.member_set("sg_xms_80", "xms03", 80, enabled=False, by="somebody")
    bench.watched_for(0.5, systems)
    bench.world.member_set("sg_xms_80", "xms03", 80, enabled=True, by="somebody")
    bench.watched_for(1, systems)
    asked = action.settled(systems, replace(given, now=bench.world.now()), 3, bench.samples)
    assert states_of(asked) == {"steady@xms03": CheckState.OPEN}
    bench.watched_for(2, systems)
    asked = action.settled(systems, replace(given, now=bench.world.now()), 3, bench.samples)
    assert states_of(asked) == {"steady@xms03": CheckState.PASSED}


@pytest.mark.parametrize(
    ("trouble", "check"),
    [
        (lambda world: world.database.foreign_sessions.append(("payroll01", "Report")), "sessions"),
        (lambda world: setattr(world.nodes["xms01"], "clock_offset", timedelta(seconds=30)), "clock"),
    ],
)
def test_a_first_node_that_is_not_alone_or_not_in_time_fails(
    bench: NodesBench, trouble: Callable[[World], None], check: str
) -> None:
    """A stranger's session or a wrong date is waited for a while, and then fails the stage."""
    behind_the_door(bench, "xms01")
    params = {"alone": True, "version": "to"}
    given = bench.given("start-first-node", "xms01", target="xms01", params=params)
    trouble(bench.world)
    soon = bench.action("node-start").verify(bench.systems(), given, bench.samples)
    assert states_of(soon)[check] is CheckState.OPEN
    later = replace(given, now=given.now + timedelta(minutes=1))
    asked = bench.action("node-start").verify(bench.systems(), later, bench.samples)
    assert states_of(asked)[check] is CheckState.FAILED
