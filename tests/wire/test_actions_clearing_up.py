"""`clean-up`: the bot removes the snapshots that it took, one at a time, once each, and only when nobody wants them."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nodes_bench import NAME, NodesBench, codes

from helpers_given import covered
from integrations.netscaler import NetScaler
from integrations.vsphere import VSphere
from rollback.actions.action import Change, Done, Failed, Given, GuardFailed, InFlight, NotDone, Preview
from storage.words import Severity

ALL = ("xms01", "xms02", "xms03")


def name_of(node: str) -> str:
    return f"RB-7/snapshot-nodes/{node}"


@pytest.fixture
def bench(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext, tmp_path: Path
) -> Iterator[NodesBench]:
    """The rollback has gone live; each node still has its snapshot, and xms02 one of somebody else beneath."""
    made = NodesBench(server_tls(NAME, "127.0.0.1", "localhost"), client_tls, tmp_path / "ca.pem", sql=False)
    made.world.snapshot_create("xms02", "before the patches", "", "va")
    for node in ALL:
        made.world.snapshot_create(node, name_of(node), "", "rollback-bot")
    made.results["snapshot-nodes"] = {"snapshots": {node: {"name": name_of(node)} for node in ALL}}
    made.states |= {"back-up-database": "succeeded", "snapshot-nodes": "succeeded", "go-live": "succeeded"}
    yield made
    made.close()


def given(bench: NodesBench, **told: object) -> Given:
    return bench.given("clean-up", *ALL, **told)


def tidy(bench: NodesBench, *off: type, **told: object) -> Preview:
    return bench.preview("clean-up", given(bench, **told), *off)


def removals(preview: Preview) -> list[Change]:
    return [change for change in preview.changes if change.kind == "snapshot-remove"]


def left(bench: NodesBench) -> dict[str, list[str]]:
    return {node: [one.name for one in bench.world.nodes[node].snapshots] for node in ALL}


def test_each_snapshot_of_ours_is_a_change_of_its_own(bench: NodesBench) -> None:
    """One a node, one after the other, destructive, and nobody else's; the safety backup is not touched."""
    preview = tidy(bench)
    assert [(c.target, c.detail["name"], c.group) for c in removals(preview)] == [
        (node, name_of(node), group) for group, node in enumerate(ALL, start=1)
    ]
    assert all(change.destructive and not change.already for change in removals(preview))
    assert preview.blockers(claiming=True) == ()
    assert {change.kind for change in preview.changes} == {"snapshot-remove", "netscaler-save"}


def test_they_are_removed_and_others_stay(bench: NodesBench) -> None:
    """Each removal stands once in the ledger; what lies beneath or above is kept."""
    for change in removals(tidy(bench)):
        assert isinstance(bench.carry(change, given(bench)), Done)
    assert left(bench) == {"xms01": [], "xms02": ["before the patches"], "xms03": []}
    assert bench.done("vsphere", "snapshot_remove") == 3
    assert all(change.already for change in removals(tidy(bench)))


def test_a_snapshot_that_is_gone_is_a_goal_that_is_reached(bench: NodesBench) -> None:
    """Whether a restore dropped it or somebody removed it: votes stay, and nothing is sent."""
    before = tidy(bench)
    bench.world.snapshot_remove("xms03", bench.world.nodes["xms03"].snapshots[0].moref, "va")
    after = tidy(bench)
    assert [change.already for change in removals(after)] == [False, False, True]
    assert covered(before, after, given(bench))
    outcome = bench.carry(removals(before)[2], given(bench))
    assert isinstance(outcome, Done)
    assert not outcome.ours
    assert bench.done("vsphere", "snapshot_remove") == 0


def test_a_snapshot_by_our_name_that_nobody_noted_is_shown(bench: NodesBench) -> None:
    """What carries this rollback's name is ours to remove, also when its stage had failed before it could note it."""
    bench.results.pop("snapshot-nodes")
    assert [change.target for change in removals(tidy(bench))] == list(ALL)
    before = tidy(bench)
    bench.world.snapshot_create("xms01", "RB-7/snapshot-nodes/again", "", "rollback-bot")
    assert not covered(before, tidy(bench), given(bench)), "one more removal is asked for"


@pytest.mark.parametrize(
    ("states", "says"),
    [
        ({"go-live": "skipped"}, "nobody has declared the service healthy"),
        ({"back-shut-down-nodes": "running"}, "the way back is being taken"),
    ],
)
def test_while_the_way_back_is_wanted_they_stay(bench: NodesBench, states: dict[str, str], says: str) -> None:
    """It blocks the stage, for everybody, and right before the removal once more."""
    (first, *_) = removals(tidy(bench))
    bench.states |= states
    (found,) = [f for f in tidy(bench).findings if f.code == "way-back-wanted"]
    assert found.severity is Severity.HARD
    assert says in found.text
    outcome = bench.carry(first, given(bench))
    assert isinstance(outcome, Failed)
    assert says in outcome.text
    assert bench.done("vsphere", "snapshot_remove") == 0


def test_with_nothing_left_the_way_back_stops_nothing(bench: NodesBench) -> None:
    """Where no snapshot is left there is nothing that anybody could still want."""
    for node in ALL:
        bench.world.nodes[node].snapshots.clear()
    bench.states["go-live"] = "skipped"
    assert "way-back-wanted" not in codes(tidy(bench))
    assert tidy(bench).lost == ()


def test_a_full_datastore_is_an_override(bench: NodesBench) -> None:
    """Merging disks needs room; the datastore is named, and approved for itself."""
    assert "datastore-short" not in codes(tidy(bench))
    store = bench.world.datastores["vmfs-xms"]
    store.free = store.capacity // 10
    (found,) = [f for f in tidy(bench).findings if f.code == "datastore-short"]
    assert (found.severity, found.about) == (Severity.OVERRIDE, ("vmfs-xms",))


def test_a_lost_reply_is_looked_for(bench: NodesBench) -> None:
    """After a reply was lost the snapshot is found gone, and stands once in the ledger."""
    (first, *_) = removals(tidy(bench))
    bench.world.faults.arm("lose_reply", "vsphere:snapshot_remove")
    assert isinstance(bench.carry(first, given(bench)), Done)
    assert bench.done("vsphere", "snapshot_remove", "xms01") == 1


@pytest.mark.parametrize("late", [3.0, 60.0])
def test_a_lost_reply_whose_result_shows_late_is_waited_for(bench: NodesBench, late: float) -> None:
    """What shows only later is not asked for twice, though the first looks saw the snapshot still there."""
    (first, *_) = removals(tidy(bench))
    bench.world.faults.arm("lose_reply", "vsphere:snapshot_remove")
    bench.world.faults.arm("late_result", "vsphere:snapshot_remove", value=late)
    assert isinstance(bench.carry(first, given(bench)), Done)
    assert bench.done("vsphere", "snapshot_remove", "xms01") == 1


def test_a_process_that_dies_finds_what_it_had_begun(bench: NodesBench) -> None:
    """Killed after it was sent, a new process follows the task by its ref."""
    (first, *_) = removals(tidy(bench))
    assert isinstance(bench.carry(first, given(bench), killed=True), Done)
    assert bench.done("vsphere", "snapshot_remove", "xms01") == 1


def test_a_removal_that_goes_on_is_followed(bench: NodesBench) -> None:
    """While its task runs it is in flight, with or without a ref; before and after, the machine's tree tells."""
    (first, *_) = removals(tidy(bench))
    effect, systems = bench.effect("snapshot-remove"), bench.systems()
    before = effect.before(first, systems, given(bench))
    assert isinstance(effect.look(first, systems, given(bench), before, None), NotDone)
    bench.world.durations.snapshot = 600.0
    task = systems.get(VSphere).snapshot_remove(before["snapshot"])
    bench.pass_time(60)
    seen = effect.look(first, systems, given(bench), before, None)
    assert isinstance(seen, InFlight)
    assert seen.ref == {"task": task}
    bench.pass_time(600)
    assert isinstance(effect.look(first, systems, given(bench), before, seen.ref), Done)


def test_what_was_never_sent_is_asked_for_after_looking_twice(bench: NodesBench) -> None:
    """Killed before it was sent, it is looked for twice and then removed, once."""
    (first, *_) = removals(tidy(bench))
    assert isinstance(bench.find_out(first, given(bench)), Done)
    assert bench.done("vsphere", "snapshot_remove", "xms01") == 1


def test_a_task_that_fails_fails_the_change(bench: NodesBench) -> None:
    """VCenter's reason is told, and the snapshot is still there."""
    (first, *_) = removals(tidy(bench))
    bench.world.faults.arm("fail", "vsphere:snapshot_remove")
    outcome = bench.carry(first, given(bench))
    assert isinstance(outcome, Failed)
    assert "xms01: the snapshot was not removed" in outcome.text
    assert left(bench)["xms01"] == [name_of("xms01")]


def test_two_of_one_name_are_left_to_people(bench: NodesBench) -> None:
    """VSphere allows two snapshots of one name; which one is ours nobody guesses."""
    (first, *_) = removals(tidy(bench))
    bench.world.snapshot_create("xms01", name_of("xms01"), "", "somebody")
    with pytest.raises(GuardFailed, match="2 snapshots"):
        bench.effect("snapshot-remove").before(first, bench.systems(), given(bench))


def test_without_vcenter_people_remove_them_by_their_names(bench: NodesBench) -> None:
    """Where vCenter is off the list is what was noted at the time; where people took them, what stood on their card."""
    noted = removals(tidy(bench, VSphere))
    bench.results["snapshot-nodes"] = {"snapshots": {}}
    by_people = removals(tidy(bench, VSphere))
    for listed in (noted, by_people):
        assert [(c.target, c.detail["name"]) for c in listed] == [(node, name_of(node)) for node in ALL]
        assert all(name_of(change.target) in change.how for change in listed)
    bench.states["snapshot-nodes"] = "skipped"
    assert removals(tidy(bench, VSphere)) == []


def test_what_is_unsaved_on_the_netscaler_is_a_line_of_its_own(bench: NodesBench) -> None:
    """Saving keeps everybody's edits: it is on the card with a warning, unless it was picked that nothing is saved."""
    bench.world.vserver_set("vs_xms_mdm_443", enabled=False, by="rollback-bot")
    seen = tidy(bench)
    assert [(c.kind, c.group) for c in seen.changes][-1] == ("netscaler-save", 4)
    assert not seen.changes[-1].already
    assert "foreign-unsaved" in codes(seen)
    assert [c.kind for c in tidy(bench, choices={"save": "no"}).changes] == ["snapshot-remove"] * 3
    assert [c.kind for c in tidy(bench, NetScaler).changes] == ["snapshot-remove"] * 3
    assert isinstance(bench.carry(seen.changes[-1], given(bench)), Done)
    assert tidy(bench).changes[-1].already
    assert "foreign-unsaved" not in codes(tidy(bench))
