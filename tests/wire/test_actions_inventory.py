"""Captures and their comparison through real nodes: equal to the world's own truth."""

from collections.abc import Callable
from typing import Literal

import pytest
from inventory_bench import InventoryBench

from helpers_given import ToldSamples
from practice.world.devices import Truth, Verdict
from rollback.actions.action import Done
from rollback.actions.catalogue import catalogue
from rollback.actions.inventory.validating import differences_of
from rollback.devices.compared import comparison_of
from rollback.devices.inventory import AFTER, CLOSED, WARM
from rollback.devices.surroundings import Cause
from storage.words import Certainty, CheckState, DeviceFate

Make = Callable[..., InventoryBench]


def truth_of(bench: InventoryBench) -> Truth:
    population = bench.xms.world.population
    assert population is not None
    return Truth(population)


@pytest.mark.parametrize("seed", [5, 2017])
def test_the_lists_are_the_world_s_own_truth(make_inventory: Make, seed: int) -> None:
    """Who must enrol again, who is checked first, what came back and what is decided are what the story says."""
    bench = make_inventory(seed)
    bench.captured()
    verdict, result = bench.run("compare-devices", "compare-devices")
    truth, told = truth_of(bench), comparison_of(bench.store, bench.rollback_id)
    for certainty, answer in ((Certainty.MUST, Verdict.MUST), (Certainty.CHECK_FIRST, Verdict.CHECK_FIRST)):
        said = {f.device.id for f in told.lost if f.certainty is certainty}
        assert said == {str(a.row_now) for a in truth.devices(answer)}
    counts = truth.counts()
    assert verdict.checks[0].state is CheckState.PASSED
    came_back, decide = counts["came_back"], counts["decide"] + counts["came_back"]
    assert (result["must"], result["check_first"]) == (counts["must"], counts["check_first"])
    assert (result["came_back"], result["decide"]) == (came_back, decide)
    assert result["invitations"] == len(truth.invitations())
    assert (result["unread"], result["undecided"], result["exact"]) == (0, 0, True)
    assert result["hash"] == told.digest
    kinds = {f.device.id: f.kind.value for f in told.findings}
    assert kinds == {str(a.row_now): a.kind.value for a in truth.answers() if a.row_now is not None}


@pytest.mark.parametrize("opening", ["enough-nodes", "first-node"])
@pytest.mark.parametrize("nodes", [1, 2, 3, 5])
def test_whatever_the_cluster(make_inventory: Make, nodes: int, opening: Literal["enough-nodes", "first-node"]) -> None:
    """However many nodes there are and however the door opens, every device gets the answer of its own story."""
    bench = make_inventory(seed=nodes * 1_009 + len(opening), devices=120, nodes=nodes)
    bench.opening = opening
    bench.captured()
    bench.run("compare-devices", "compare-devices")
    truth, told = truth_of(bench), comparison_of(bench.store, bench.rollback_id)
    answers = {str(a.row_now): (a.verdict.value, a.kind.value) for a in truth.answers() if a.row_now is not None}
    assert {f.device.id: (VERDICTS[f.fate, f.certainty].value, f.kind.value) for f in told.findings} == answers
    assert len(told.findings) == len(answers)
    assert {f.device.id for f in told.came_back} == {str(a.row_at_backup) for a in truth.devices(Verdict.CAME_BACK)}


VERDICTS = {
    (DeviceFate.ENROL_AGAIN, Certainty.MUST): Verdict.MUST,
    (DeviceFate.ENROL_AGAIN, Certainty.CHECK_FIRST): Verdict.CHECK_FIRST,
    (DeviceFate.ACTION_TO_DECIDE, None): Verdict.DECIDE,
    (DeviceFate.NOTHING_TO_DO, None): Verdict.NOTHING,
}


def test_people_s_lists_are_right_before_the_rest_is_read(make_inventory: Make) -> None:
    """The check `compared` passes after the first group, with the lists that the whole comparison comes to."""
    bench = make_inventory()
    bench.captured()
    given = bench.given("compare-devices")
    first, rest = bench.preview("compare-devices", given).changes
    assert (first.group, rest.group) == (1, 2)
    bench.carry(given, first)
    with bench.systems() as systems:
        early = catalogue().actions["compare-devices"].settled(systems, given, 1, ToldSamples())
    assert [(c.name, c.state) for c in early.checks] == [("compared", CheckState.PASSED)]
    sparing = comparison_of(bench.store, bench.rollback_id)
    bench.carry(given, rest)
    whole = comparison_of(bench.store, bench.rollback_id)
    assert sparing.unread > whole.unread == 0
    assert [(f.device.id, f.certainty) for f in sparing.lost] == [(f.device.id, f.certainty) for f in whole.lost]


def test_behind_the_door_only_what_may_have_changed_is_read_again(make_inventory: Make) -> None:
    """Details of the early capture are kept where nothing speaks against them; the whole equals a fresh reading."""
    bench = make_inventory()
    bench.warm()
    given, watch = bench.given("list-devices"), bench.watch()
    (change,) = bench.preview("list-devices", given).changes
    assert isinstance(bench.carry(given, change, watch), Done)
    warm, closed = (bench.store.capture(bench.rollback_id, name) for name in (WARM, CLOSED))
    assert {d.id: d for d in warm.devices} == {d.id: d for d in closed.devices}
    read = [text for _, text in watch.told if text.startswith("details of")]
    assert all(int(text.split()[4]) < len(closed.devices) / 2 for text in read)


def test_a_restore_moves_nothing_behind_the_door(make_inventory: Make) -> None:
    """The capture after the restore is of the restored database, under its own name."""
    bench = make_inventory()
    bench.captured()
    bench.run("compare-devices", "compare-devices")
    after = bench.store.capture(bench.rollback_id, AFTER)
    assert {int(d.id) for d in after.devices} == set(bench.xms.world.content.devices)


def test_before_the_restore_the_list_is_an_estimate(make_inventory: Make) -> None:
    """Without the restored server dates alone speak, and the comparison says that it is not exact."""
    bench = make_inventory()
    bench.warm()
    told = comparison_of(bench.store, bench.rollback_id)
    assert not told.exact
    must = {str(a.row_now) for a in truth_of(bench).devices(Verdict.MUST)}
    assert must <= {f.device.id for f in told.lost}


def test_each_difference_of_the_configuration_has_its_cause(make_inventory: Make) -> None:
    """What the version brought is told from what administrators did since the backup; nothing is left unexplained."""
    bench = make_inventory()
    bench.captured()
    verdict, result = bench.run("validate-configuration", "validate-configuration")
    told, truth = differences_of(bench.store, bench.rollback_id), truth_of(bench).configuration()
    by_cause = {cause: {f"{d.part}:{d.name}" for d in told if d.cause is cause} for cause in Cause}
    assert by_cause[Cause.EDIT] == truth.edits
    assert by_cause[Cause.BY_VERSION] == truth.by_version
    assert by_cause[Cause.UNEXPLAINED] == set()
    assert verdict.checks[0].state is CheckState.PASSED
    assert result["overrides"] == []
    assert len(set(result["hashes"])) == 2
