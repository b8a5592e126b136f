"""Votes on stages of nodes given ahead: what happens in between by plan leaves them, what matters voids them."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nodes_bench import NAME, NodesBench, codes

from helpers_given import covered
from integrations.vsphere import VSphere
from practice.world.made import fixed_uuid
from rollback.actions.action import Done, Failed, Preview

ALL = ("xms01", "xms02", "xms03")
Look = Callable[[NodesBench], Preview]


@pytest.fixture
def bench(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext, tmp_path: Path
) -> Iterator[NodesBench]:
    made = NodesBench(server_tls(NAME, "127.0.0.1", "localhost"), client_tls, tmp_path / "ca.pem", sql=False)
    made.close_the_door()
    yield made
    made.close()


def swap_open(bench: NodesBench) -> Preview:
    params = {"form": "open-door", "old": "xms01", "version": "to"}
    return bench.preview("node-swap", bench.given("swap-to@xms02", "xms01", "xms02", params=params))


def join(bench: NodesBench) -> Preview:
    params = {"form": "closed-door", "on": ["xms02"], "proven": True, "version": "to"}
    return bench.preview("nodes-join", bench.given("join-nodes", "xms01", params=params))


def join_open(bench: NodesBench) -> Preview:
    params = {"form": "open-door", "on": ["xms01", "xms02"], "proven": False, "version": "to"}
    return bench.preview("nodes-join", bench.given("join-remaining-nodes", "xms03", params=params))


def start_back(bench: NodesBench) -> Preview:
    params = {"alone": False, "version": "from"}
    return bench.preview("node-start", bench.given("back-start-node@xms01", "xms01", params=params))


def restore(bench: NodesBench) -> Preview:
    return bench.preview("node-restore", bench.given("restore-node@xms02", "xms02"))


def snapshot(bench: NodesBench) -> Preview:
    return bench.preview("nodes-snapshot", bench.given("snapshot-nodes", *ALL))


def shut(bench: NodesBench) -> Preview:
    return bench.preview("nodes-shut-down", bench.given("shut-down-nodes", *ALL))


@pytest.mark.parametrize("look", [swap_open, join, join_open, start_back])
def test_votes_for_a_start_outlive_the_restore_of_other_nodes(bench: NodesBench, look: Look) -> None:
    """Which nodes hold which version changes with every restore; the rule that was approved does not."""
    bench.restored("xms01")
    before = look(bench)
    bench.restored("xms02", "xms03")
    bench.all_off()
    assert covered(before, look(bench), bench.given("join-nodes"))


def test_the_rule_is_read_right_before_a_node_is_switched_on(bench: NodesBench) -> None:
    """A node of the other version that is on then keeps the node off; one of the same version doesn't."""
    bench.restored("xms01", "xms02")
    bench.all_off()
    (change,) = join(bench).changes
    given = bench.given("join-nodes", "xms01", params={"version": "to"})
    bench.world.power_on("xms03", "somebody")
    bench.pass_time(1)
    refused = bench.carry(change, given)
    assert isinstance(refused, Failed)
    assert "xms03 is not off" in refused.text
    assert bench.done("vsphere", "power_on") == 0
    bench.restored("xms03")
    restored = bench.given("join-nodes", "xms01", params={"version": "to"})
    assert isinstance(bench.carry(change, restored), Done)


def test_votes_for_a_restore_outlive_a_machine_that_is_registered_anew(bench: NodesBench) -> None:
    """Under a new reference it is the same machine by its instanceUuid, and its own points are known to be its own."""
    bench.all_off()
    before, old = restore(bench), bench.world.nodes["xms02"].moref
    bench.results["restore-node@xms02"] = {"old_machine": old}
    bench.world.reregister("xms02")
    after = restore(bench)
    assert before.changes[0].detail["noted"]["machine"] != after.changes[0].detail["noted"]["machine"]
    assert covered(before, after, bench.given("restore-node@xms02"))


def test_votes_for_a_restore_do_not_outlive_another_point(bench: NodesBench) -> None:
    """Where the point that was shown is gone, the next one is not what was approved."""
    bench.all_off()
    before = restore(bench)
    bench.world.points = [p for p in bench.world.points if p.point_id != fixed_uuid("point.xms02.before")]
    assert not covered(before, restore(bench), bench.given("restore-node@xms02"))


def test_votes_for_snapshots_outlive_the_number_of_the_change(bench: NodesBench) -> None:
    """The number may come after the votes; it is in the snapshot's description all the same."""
    bench.all_off()
    before = snapshot(bench)
    bench.facts["change_number"] = "CHG-77"
    assert covered(before, snapshot(bench), bench.given("snapshot-nodes"))
    assert isinstance(bench.carry(before.changes[0], bench.given("snapshot-nodes", *ALL)), Done)
    systems = bench.systems()
    ref = systems.get(VSphere).find(bench.estate.node("xms01").inventory_path)
    (made,) = systems.get(VSphere).read(ref)[ref].named("RB-7/snapshot-nodes/xms01")
    assert "CHG-77" in made.description


def without_tools(bench: NodesBench, name: str, *, running: bool = False) -> None:
    bench.world.nodes[name].tools_running = running


def test_votes_despite_a_running_job_outlive_its_end(bench: NodesBench) -> None:
    """A job of Veeam that has ended by the claim takes nothing from the votes; one that has begun asks again."""
    quiet = shut(bench)
    job = next(job for job in bench.world.jobs if job.system == "veeam")
    job.running = True
    busy = shut(bench)
    given = bench.given("shut-down-nodes")
    assert codes(busy) - codes(quiet) == {"veeam-busy"}
    assert covered(busy, quiet, given)
    assert not covered(quiet, busy, given)


def test_votes_despite_one_node_are_not_votes_despite_another(bench: NodesBench) -> None:
    """Disks of xms01 that need consolidation were seen; those of xms02 were not."""
    bench.all_off()
    bench.world.nodes["xms01"].consolidation_needed = True
    before, given = snapshot(bench), bench.given("snapshot-nodes")
    bench.world.nodes["xms01"].consolidation_needed = False
    assert covered(before, snapshot(bench), given)
    bench.world.nodes["xms02"].consolidation_needed = True
    assert not covered(before, snapshot(bench), given)


def test_a_node_whose_tools_have_stopped_is_asked_about_again(bench: NodesBench) -> None:
    """Pulling a plug is another change than asking a guest."""
    before = shut(bench)
    without_tools(bench, "xms02")
    assert not covered(before, shut(bench), bench.given("shut-down-nodes"))


def enable(bench: NodesBench) -> Preview:
    return bench.preview("vservers-enable", bench.given("enable-vservers", notices=bench.facts.get("notices", {})))


def ready_to_open(bench: NodesBench) -> None:
    """Everything that opening needs, with one of the two nodes that must serve on."""
    bench.estate = bench.estate.model_copy(update={"devices_per_node": 60})
    bench.states |= {"start-first-node": "succeeded", "release-notices": "succeeded", "join-nodes": "waiting"}
    bench.results |= {
        "start-first-node": {"on": ["xms01"]},
        "compare-devices": {"undecided": 0},
        "restore-database": {"checkdb": "clean"},
        "disable-vservers": {"prior": list(bench.world.vservers)},
    }
    bench.facts["notices"] = {"help_desk_brief": "marked_sent", "re_enrol": "approved", "recipients": "approved"}


def joined(bench: NodesBench, *on: str) -> None:
    bench.states["join-nodes"] = "succeeded"
    bench.results["join-nodes"] = {"on": list(on)}


def test_the_card_of_the_opening_is_the_same_before_and_after_the_join(bench: NodesBench) -> None:
    """That too few nodes are on is no blocker to override while the plan has yet to join them."""
    ready_to_open(bench)
    before, given = enable(bench), bench.given("enable-vservers")
    assert {f.code: f.at_start for f in before.findings}["capacity"]
    joined(bench, "xms02")
    after = enable(bench)
    assert "capacity" not in codes(after)
    assert before.digest(given) == after.digest(given)


def test_fewer_nodes_than_were_overridden_ask_again_and_more_do_not(bench: NodesBench) -> None:
    """Opened despite one lacking node is not opened despite two."""
    bench.restored(*ALL)
    ready_to_open(bench)
    bench.estate = bench.estate.model_copy(update={"devices_per_node": 40})
    joined(bench, "xms02")
    lacking_one, given = enable(bench), bench.given("enable-vservers")
    assert "capacity" in codes(lacking_one)
    joined(bench)
    lacking_two = enable(bench)
    assert covered(lacking_two, lacking_one, given)
    assert not covered(lacking_one, lacking_two, given)


def test_votes_to_open_without_a_notice_outlive_its_sending(bench: NodesBench) -> None:
    """Whoever approved the opening despite a notice that wasn't sent has approved it with the notice sent, too."""
    ready_to_open(bench)
    joined(bench, "xms02")
    unsent, given = enable(bench), bench.given("enable-vservers")
    assert "notices-not-sent" in codes(unsent)
    bench.facts["notices"] |= {"re_enrol": "marked_sent"}
    assert covered(unsent, enable(bench), given)
    bench.facts["notices"] |= {"recipients": "changed"}
    assert not covered(unsent, enable(bench), given), "another list is something else"
