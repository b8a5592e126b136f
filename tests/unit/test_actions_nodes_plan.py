"""The stages on nodes against the runbook's own words: every check is answered, and nothing unknown is said."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import rollback.runbook
from helpers_given import ToldSamples, a_given
from rollback.actions.action import Given
from rollback.actions.catalogue import catalogue
from rollback.cluster import Cluster
from rollback.estate import Estate, NetScalerPlace, Node
from rollback.runbook import PlannedStage
from rollback.runbook.expansion import expand, expand_way_back
from rollback.runbook.reading import read
from rollback.runbook.spec import Opening, Order
from rollback.systems import Systems
from storage.words import By

ACTIONS = {
    "nodes-shut-down", "nodes-snapshot", "node-restore", "node-start", "node-swap", "verify-node", "nodes-join",
}  # fmt: skip
NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
FILE = Path(rollback.runbook.__file__).parent.parent / "runbooks" / "xenmobile.yml"


def estate(nodes: int) -> Estate:
    """Nodes on loopback whose ports refuse: nobody listens on port 9."""
    nowhere = {"80": 9, "443": 9, "4443": 9, "8443": 9}
    made = tuple(
        Node(name=f"xms{n:02d}", address="127.0.0.1", inventory_path=f"DC1/vm/xms{n:02d}", ports=nowhere)  # type: ignore[arg-type]
        for n in range(1, nodes + 1)
    )
    return Estate(name="made up", nodes=made, modes={}, netscaler=NetScalerPlace(service_groups=("sg_443",)))


def stages(nodes: int, opening: Opening) -> Iterator[PlannedStage]:
    """Every stage of these actions, in the plan and in each way back."""
    runbook = read(FILE.read_text(encoding="utf-8"), FILE.name).runbook
    plan = expand(runbook, estate(nodes), 10_000, "xms01", Order("prepare-first"), opening)
    ways = [expand_way_back(plan, line, ["xms01"]) for line in (0, 1, 2)]
    yield from (stage for one in (plan, *ways) for stage in one.stages if stage.action in ACTIONS)


def given_for(nodes: int, stage: PlannedStage) -> Given:
    params = {**stage.params, "nodes": stage.nodes}
    return a_given(estate(nodes), stage.name, NOW, target=stage.target, params=params)


def everything_off(nodes: int) -> Systems:
    of = estate(nodes)
    return Systems({Cluster: lambda: Cluster(of, None, None)})


def shapes() -> list[tuple[int, Opening]]:
    return [(nodes, opening) for nodes in (1, 2, 3, 5) for opening in Opening]


@pytest.mark.parametrize(("nodes", "opening"), shapes())
def test_every_check_of_the_bot_is_answered_by_its_name(nodes: int, opening: Opening) -> None:
    """A check that must pass behind a group is answered there, every other one when the stage is verified."""
    for stage in stages(nodes, opening):
        action, given, systems = catalogue().actions[stage.action], given_for(nodes, stage), everything_off(nodes)
        mine = [check for check in stage.checks if check.by is By.BOT]
        at_the_end = {check.name for check in action.verify(systems, given, ToldSamples()).checks}
        assert {check.name for check in mine if check.after is None} <= at_the_end, stage.name
        for check in (one for one in mine if one.after is not None):
            behind = {one.name for one in action.settled(systems, given, check.after or 0, ToldSamples()).checks}
            assert check.name in behind, (stage.name, check.name)
            assert check.name not in at_the_end


@pytest.mark.parametrize(("nodes", "opening"), shapes())
def test_every_effect_is_there_and_every_blocker_is_the_runbooks(nodes: int, opening: Opening) -> None:
    """Each change has its effect in the catalogue; each finding's code stands in the runbook, as severe as there."""
    known = set(catalogue().effects)
    for stage in stages(nodes, opening):
        preview = catalogue().actions[stage.action].preview(everything_off(nodes), given_for(nodes, stage))
        assert {change.kind for change in preview.changes} <= known
        declared = {blocker.name: blocker.severity for blocker in stage.blockers}
        said = {finding.code: finding.severity for finding in preview.findings}
        assert said.items() <= declared.items(), stage.name


@pytest.mark.parametrize("nodes", [2, 3, 5])
def test_people_are_asked_behind_a_group_that_exists(nodes: int) -> None:
    """The group behind which a check must pass is one of those that the action plans."""
    for opening in Opening:
        for stage in stages(nodes, opening):
            preview = catalogue().actions[stage.action].preview(everything_off(nodes), given_for(nodes, stage))
            groups = {change.group for change in preview.changes}
            assert {check.after for check in stage.checks if check.after is not None} <= groups, stage.name
