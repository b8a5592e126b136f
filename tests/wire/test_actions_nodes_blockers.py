"""What stands in the way of each stage on nodes, one after the other; codes are those of the runbook."""

import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from nodes_bench import NAME, NodesBench, codes

from integrations.netscaler import NetScaler
from integrations.sqlserver import SqlServer
from integrations.veeam import Veeam
from integrations.vsphere import VSphere
from practice.world.made import fixed_uuid
from rollback.actions.action import Change, Preview
from storage.words import Severity

ALL = ("xms01", "xms02", "xms03")
Trouble = Callable[[NodesBench], object]


@pytest.fixture
def bench(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext, tmp_path: Path
) -> Iterator[NodesBench]:
    made = NodesBench(server_tls(NAME, "127.0.0.1", "localhost"), client_tls, tmp_path / "ca.pem", sql=False)
    made.close_the_door()
    yield made
    made.close()


def open_the_door(bench: NodesBench) -> None:
    bench.world.vserver_set("vs_xms_mdm_443", enabled=True, by="somebody")


def without_tools(bench: NodesBench) -> None:
    bench.world.nodes["xms02"].tools_running = False


def job_running(bench: NodesBench) -> None:
    next(job for job in bench.world.jobs if job.system == "veeam").running = True


def evidence_skipped(bench: NodesBench) -> None:
    bench.states["collect-evidence"] = "skipped"


def details_missing(bench: NodesBench) -> None:
    bench.results["list-devices"] = {"details_missing": 4}


def node_on(bench: NodesBench) -> None:
    bench.world.power_on("xms01", "somebody")


def another_on(bench: NodesBench) -> None:
    bench.world.power_on("xms03", "somebody")


def little_space(bench: NodesBench) -> None:
    bench.world.datastores["vmfs-xms"].free = 100 * 1024**3


def consolidation(bench: NodesBench) -> None:
    bench.world.nodes["xms02"].consolidation_needed = True


def long_chain(bench: NodesBench) -> None:
    for number in range(3):
        bench.world.snapshot_create("xms02", f"old {number}", "", "va")


def picked(point: str) -> Trouble:
    return lambda bench: bench.facts.update({"point": fixed_uuid(point)})


def restore_by_hand(bench: NodesBench) -> None:
    bench.world.veeam_restore(fixed_uuid("point.xms01.before"), "by hand", "va")


def no_object(bench: NodesBench) -> None:
    """Only the machine of the same name that was deleted long ago is left: a name proves nothing."""
    bench.world.backed_up = [one for one in bench.world.backed_up if one.moref == "vm-17"]


def recreated(bench: NodesBench) -> None:
    bench.world.nodes["xms01"].instance_uuid = fixed_uuid("another")


def infected(bench: NodesBench) -> None:
    next(p for p in bench.world.points if p.point_id == fixed_uuid("point.xms01.before")).malware = "Infected"


def no_newer_point(bench: NodesBench) -> None:
    bench.world.points = [p for p in bench.world.points if p.version == "10.6"]


def changed_in_between(bench: NodesBench) -> None:
    """The newest old point is from before the last patch, so nothing is left that pairs."""
    bench.facts["last_change_before"] = bench.facts["upgrade_started_at"]


def database_red(bench: NodesBench) -> None:
    bench.states |= {"restore-database": "needs_reconcile"}


def unproven(bench: NodesBench) -> None:
    bench.results["restore-node@xms02"] = {"proven": False}


def unverified(bench: NodesBench) -> None:
    bench.states.pop("verify-node@xms02")


def clock_was_off(bench: NodesBench) -> None:
    bench.results["verify-node@xms02"] = {"skew": 61.0}


def wrong_version(bench: NodesBench) -> None:
    bench.states.pop("restore-node@xms02")


def shut(bench: NodesBench) -> Preview:
    return bench.preview("nodes-shut-down", bench.given("shut-down-nodes", *ALL))


def snapshot(bench: NodesBench) -> Preview:
    return bench.preview("nodes-snapshot", bench.given("snapshot-nodes", *ALL))


def restore(bench: NodesBench, **told: Any) -> Preview:
    point = bench.facts.get("point")
    choices = {"point@xms01": point} if point else {}
    known = {"choices": choices, "params": {"point": "picked-point"}, **told}
    return bench.preview("node-restore", bench.given("restore-node@xms01", "xms01", **known))


def restore_back(bench: NodesBench) -> Preview:
    bench.results["snapshot-nodes"] = {"at": bench.world.now().isoformat()}
    return restore(bench, params={"point": "newest-before-rollback"})


def start(bench: NodesBench) -> Preview:
    params = {"alone": True, "version": "to"}
    return bench.preview("node-start", bench.given("start-first-node", "xms01", target="xms01", params=params))


def start_back(bench: NodesBench) -> Preview:
    params = {"alone": True, "version": "from"}
    return bench.preview("node-start", bench.given("back-start-first-node", "xms01", target="xms01", params=params))


def swap(bench: NodesBench) -> Preview:
    params = {"form": "closed-door", "old": "xms01", "version": "to"}
    return bench.preview("node-swap", bench.given("swap-to@xms02", "xms01", "xms02", params=params))


def swap_open(bench: NodesBench) -> Preview:
    params = {"form": "open-door", "old": "xms01", "version": "to"}
    return bench.preview("node-swap", bench.given("swap-to@xms02", "xms01", "xms02", params=params))


def verify(bench: NodesBench) -> Preview:
    return bench.preview("verify-node", bench.given("verify-node@xms02", "xms02", params={"form": "closed-door"}))


def join(bench: NodesBench) -> Preview:
    params = {"form": "closed-door", "on": ("xms03",), "proven": True, "version": "to"}
    return bench.preview("nodes-join", bench.given("join-nodes", "xms01", "xms02", params=params))


def join_open(bench: NodesBench) -> Preview:
    params = {"form": "open-door", "on": ("xms01",), "proven": False, "version": "to"}
    return bench.preview("nodes-join", bench.given("join-remaining-nodes", "xms02", params=params))


def ready(bench: NodesBench) -> None:
    """Everything off, restored and verified, so that only the one trouble of a case stands in the way."""
    bench.all_off()
    bench.restored(*ALL)
    bench.states |= {"start-first-node": "succeeded", "verify-node@xms02": "succeeded"}
    bench.results["start-first-node"] = {"on": ["xms01"]}


def as_it_is(_: NodesBench) -> None:
    """The nodes run, as before the stage."""


HARD, OVER = Severity.HARD, Severity.OVERRIDE


@pytest.mark.parametrize(
    ("prepared", "look", "trouble", "code", "severity"),
    [
        (as_it_is, shut, open_the_door, "door-open", HARD),
        (as_it_is, shut, without_tools, "no-tools", OVER),
        (as_it_is, shut, job_running, "veeam-busy", OVER),
        (as_it_is, shut, evidence_skipped, "evidence-missing", OVER),
        (as_it_is, shut, details_missing, "evidence-missing", OVER),
        (ready, snapshot, node_on, "vm-on", HARD),
        (ready, snapshot, little_space, "datastore-short", OVER),
        (ready, snapshot, consolidation, "consolidation-needed", OVER),
        (ready, snapshot, long_chain, "chain-long", OVER),
        (ready, restore, node_on, "vm-on", HARD),
        (ready, restore, picked("point.xms01.after"), "point-wrong", HARD),
        (ready, restore, picked("point.xms02.before"), "point-wrong", HARD),
        (ready, restore, changed_in_between, "point-wrong", HARD),
        (ready, restore, restore_by_hand, "restore-running", HARD),
        (ready, restore, no_object, "name-ambiguous", HARD),
        (ready, restore, no_newer_point, "no-way-back", OVER),
        (ready, restore, infected, "malware-flag", OVER),
        (ready, restore, recreated, "vm-recreated", OVER),
        (ready, restore_back, no_newer_point, "no-way-back", HARD),
        (ready, start, another_on, "other-node-on", HARD),
        (ready, start, open_the_door, "door-open", HARD),
        (ready, start, database_red, "database-red", HARD),
        (ready, start_back, another_on, "wrong-version-on", HARD),
        (ready, swap, unproven, "point-not-proven", HARD),
        (ready, swap, open_the_door, "door-open", HARD),
        (ready, verify, another_on, "other-node-on", HARD),
        (ready, join, open_the_door, "door-open", HARD),
        (ready, join, unverified, "node-not-proven", HARD),
        (ready, join, wrong_version, "node-not-proven", HARD),
        (ready, join, clock_was_off, "clock-off", HARD),
        (ready, join_open, unproven, "point-not-proven", HARD),
        (ready, join_open, clock_was_off, "clock-off", HARD),
    ],
)
def test_what_stands_in_the_way_is_named(
    bench: NodesBench,
    prepared: Trouble,
    look: Callable[[NodesBench], Preview],
    trouble: Trouble,
    code: str,
    severity: Severity,
) -> None:
    """Each blocker of the runbook is found by its code, and only when its cause is there."""
    prepared(bench)
    assert code not in codes(look(bench))
    trouble(bench)
    seen = look(bench)
    assert code in codes(seen)
    assert {finding.severity for finding in seen.findings if finding.code == code} == {severity}


def test_with_the_door_open_an_old_node_that_is_off_first_stops_the_swap(bench: NodesBench) -> None:
    """The old node must not be down before the new one serves; and that one node serves is always told."""
    bench.restored(*ALL)
    assert codes(swap_open(bench)) >= {"one-node-serves"}
    assert "down-first" not in codes(swap_open(bench))
    bench.all_off()
    assert "down-first" in codes(swap_open(bench))


def test_an_earlier_need_is_shown_ahead_without_stopping(bench: NodesBench) -> None:
    """Asked ahead, what an earlier stage removes stands on the card, and blocks only at the claim."""
    seen = snapshot(bench)
    assert seen.blockers(claiming=False) == ()
    assert [finding.code for finding in seen.blockers(claiming=True)] == ["vm-on"]


@pytest.mark.parametrize("look", [shut, snapshot, restore, start, swap, swap_open, join, join_open])
def test_an_unchanged_world_has_one_digest(bench: NodesBench, look: Callable[[NodesBench], Preview]) -> None:
    """Nothing that flutters is signed: a minute later the votes still hold."""
    ready(bench)
    given = bench.given("restore-node@xms01")
    before = look(bench).digest(given)
    bench.time.advance(timedelta(minutes=1))
    assert look(bench).digest(given) == before


def test_a_goal_that_somebody_else_reached_has_the_same_digest(bench: NodesBench) -> None:
    """What is approved is "xms01 off"; who switched it off makes no difference."""
    before = shut(bench)
    bench.world.power_off("xms01", "somebody")
    after = shut(bench)
    given = bench.given("shut-down-nodes")
    assert before.digest(given) == after.digest(given)
    assert [change.already for change in after.changes] == [True, False, False]


def test_only_admissible_points_are_offered(bench: NodesBench) -> None:
    """People pick among the node's own points from before the upgrade; the newest is taken when nobody picks."""
    ready(bench)
    seen = restore(bench)
    offered = [value for value, _ in seen.offers["point@xms01"]]
    assert offered == [fixed_uuid("point.xms01.before"), fixed_uuid("point.xms01.old")]
    assert seen.changes[0].detail["point"] == offered[0]
    assert seen.uses == ("point@xms01",)


def test_a_picked_point_is_the_one_that_is_restored(bench: NodesBench) -> None:
    """A choice goes before the newest, and another choice is another digest."""
    ready(bench)
    newest = restore(bench)
    bench.facts["point"] = fixed_uuid("point.xms01.old")
    seen = restore(bench)
    assert seen.changes[0].detail["point"] == fixed_uuid("point.xms01.old")
    assert seen.digest(bench.given("x")) != newest.digest(bench.given("x"))


def test_a_restored_machine_under_a_new_reference_keeps_its_points(bench: NodesBench) -> None:
    """Its points were made under the reference that it had then, which the restore's result remembers."""
    ready(bench)
    old = bench.world.nodes["xms01"].moref
    bench.results["restore-node@xms01"] |= {"old_machine": old, "machine": bench.world.reregister("xms01")}
    assert restore_back(bench).changes[0].detail["point"] == fixed_uuid("point.xms01.after")


def by_hand(preview: Preview) -> tuple[Change, ...]:
    assert preview.changes
    assert all(change.how for change in preview.changes)
    return preview.changes


def test_systems_that_are_off_leave_a_checklist(bench: NodesBench) -> None:
    """Without its system a stage is a list for people, made from the settings."""
    bench.systems_off = (VSphere, Veeam, NetScaler, SqlServer)
    for look in (shut, snapshot, restore, start, swap, swap_open, join, join_open):
        assert by_hand(look(bench))


def test_a_joined_node_is_not_taken_out_again(bench: NodesBench) -> None:
    """After a failure further on, a retry leaves alone the members of a node that serves already."""
    bench.restored(*ALL)
    params = {"form": "open-door", "old": "xms01", "version": "to"}
    given = bench.given("swap-to@xms02", "xms01", "xms02", params=params)
    first = bench.preview("node-swap", given)
    again = bench.given("swap-to@xms02", "xms01", "xms02", params=params, made=first.changes, attempt=2)
    kinds = [(change.kind, change.target.partition("/")[0]) for change in bench.preview("node-swap", again).changes]
    assert ("member-disable", "xms02") not in kinds
    assert ("member-disable", "xms01") in kinds
