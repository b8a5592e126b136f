"""The XenMobile runbook laid out: the stages, needs and gates of the two tables, for every number of nodes in them."""

from functools import cache

import pytest

from rollback.estate import Estate, Node
from rollback.runbook import (
    ACTIONS,
    MomentKind,
    Opening,
    Order,
    Plan,
    PlanImpossible,
    Runbook,
    builtin,
    expand,
    expand_way_back,
    lint,
)
from storage.words import By, Role, Severity, StageKind

ENOUGH, FIRST_NODE = Opening.ENOUGH_NODES, Opening.FIRST_NODE


@cache
def runbook() -> Runbook:
    return builtin("xenmobile").runbook


def estate(nodes: int) -> Estate:
    return Estate(
        name="example",
        nodes=tuple(Node(name=f"xms0{i}", address=f"192.0.2.{i}", inventory_path="") for i in range(1, nodes + 1)),
        modes={},
    )


def plan_for(
    nodes: int,
    opening: Opening = ENOUGH,
    *,
    order: Order = Order.PREPARE_FIRST,
    devices: int = 10_000,
    first: str = "xms01",
) -> Plan:
    return expand(runbook(), estate(nodes), devices, first, order, opening)


def needs(plan: Plan, stage: str) -> set[str]:
    return {str(need) for need in plan.stage(stage).needs}


def words(plan: Plan, *wanted: str) -> list[str]:
    return [stage.name for stage in plan.stages if stage.word in wanted]


def asked(plan: Plan) -> list[str]:
    return [gate.name for gate in plan.gates if not gate.each_change]


def test_nothing_is_wrong_with_it() -> None:
    """The runbook that comes with the program passes its own lint."""
    assert lint(builtin("xenmobile"), ACTIONS) == ()


def test_it_uses_every_action() -> None:
    """Every verb of the vocabulary is used by a stage, so that none is dead."""
    stages = (*runbook().stages, *runbook().way_back, *runbook().toward_safety)
    assert {stage.action for stage in stages} == set(ACTIONS)


@pytest.mark.parametrize(
    ("opening", "nodes", "on", "stages", "gates"),
    [
        (ENOUGH, 1, 1, 19, 5), (ENOUGH, 2, 2, 23, 6), (ENOUGH, 3, 2, 25, 6), (ENOUGH, 5, 2, 27, 6),
        (FIRST_NODE, 1, 1, 19, 5), (FIRST_NODE, 2, 1, 23, 6), (FIRST_NODE, 3, 1, 26, 6), (FIRST_NODE, 5, 1, 32, 6),
    ],
)  # fmt: skip
def test_the_numbers_of_the_tables(opening: Opening, nodes: int, on: int, stages: int, gates: int) -> None:
    """Nodes on at the opening, stages and gates asked are those of the runbook's tables."""
    plan = plan_for(nodes, opening)
    assert (plan.open_on, len(plan.stages), len(asked(plan))) == (on, stages, gates)


def test_the_whole_plan_of_three_nodes() -> None:
    """With three nodes every stage has the needs, gate and kind of the runbook's table, each after what it needs."""
    change, read = StageKind.CHANGE, StageKind.READ
    attestation, decision = StageKind.ATTESTATION, StageKind.DECISION
    expected: list[tuple[str, set[str], str, StageKind]] = [
        ("prepare", set(), "", decision),
        ("disable-vservers", {"prepare"}, "close", change),
        ("collect-evidence", set(), "", attestation),
        ("list-devices", {"disable-vservers", "prepare:captured"}, "", read),
        ("shut-down-nodes", {"prepare", "disable-vservers", "collect-evidence", "list-devices"}, "save", change),
        ("back-up-database", {"shut-down-nodes"}, "save", change),
        ("snapshot-nodes", {"shut-down-nodes"}, "save", change),
        ("restore-database", {"back-up-database", "snapshot-nodes"}, "go-back", change),
        ("restart-sql-server", {"restore-database"}, "go-back", change),
        ("restore-node@xms01", {"back-up-database", "snapshot-nodes"}, "go-back", change),
        ("start-first-node", {"restart-sql-server", "restore-node@xms01"}, "go-back", change),
        ("restore-node@xms02", {"start-first-node"}, "go-back", change),
        ("restore-node@xms03", {"start-first-node"}, "go-back", change),
        ("compare-devices", {"start-first-node:answers"}, "", decision),
        ("validate-configuration", {"start-first-node:answers"}, "", attestation),
        ("release-notices", {"compare-devices"}, "", attestation),
        ("swap-to@xms02", {"restore-node@xms02", "compare-devices:compared", "validate-configuration:compared"},
         "solo", change),
        ("verify-node@xms02", {"swap-to@xms02"}, "", attestation),
        ("join-nodes", {"verify-node@xms02"}, "solo", change),
        ("enable-vservers", {"release-notices", "join-nodes"}, "open", change),
        ("verify-service", {"enable-vservers"}, "", attestation),
        ("join-remaining-nodes", {"verify-service", "restore-node@xms03"}, "solo", change),
        ("go-live", {"verify-service", "validate-configuration", "join-remaining-nodes"}, "live", decision),
        ("tell-users", {"go-live:decided"}, "", attestation),
        ("clean-up", {"go-live"}, "own", change),
    ]  # fmt: skip
    plan = plan_for(3)
    assert [(stage.name, needs(plan, stage.name), stage.gate, stage.kind) for stage in plan.stages] == expected


def test_closing_first_takes_one_need_away() -> None:
    """Closing first lets the door close at the start; the devices still wait for the early capture."""
    early, late = plan_for(3, order=Order.CLOSE_FIRST), plan_for(3)
    assert needs(early, "disable-vservers") == set()
    assert needs(early, "list-devices") == {"disable-vservers", "prepare:captured"}
    changed = [s.name for s in early.stages if needs(early, s.name) != needs(late, s.name)]
    assert changed == ["disable-vservers"]


def test_one_node_opens_on_itself() -> None:
    """With one node nothing is swapped or joined, the door opens on FIRST, and `solo` isn't asked."""
    plan = plan_for(1)
    assert words(plan, "swap-to", "verify-node", "join-nodes", "join-remaining-nodes") == []
    assert needs(plan, "enable-vservers") == {"release-notices", "start-first-node"}
    assert needs(plan, "go-live") == {"verify-service", "validate-configuration"}
    assert "solo" not in asked(plan)


def test_two_nodes_open_on_both() -> None:
    """With two nodes both are joined behind the door, and nothing remains to join."""
    plan = plan_for(2)
    assert plan.stage("join-nodes").nodes == ("xms01",)
    assert words(plan, "join-remaining-nodes") == []
    assert needs(plan, "go-live") == {"verify-service", "validate-configuration"}


def test_five_nodes_open_on_two() -> None:
    """With five nodes two carry the devices; the other three join after the opening, each restored before."""
    plan = plan_for(5)
    assert words(plan, "swap-to") == ["swap-to@xms02"]
    assert plan.stage("join-remaining-nodes").nodes == ("xms03", "xms04", "xms05")
    assert needs(plan, "join-remaining-nodes") == {
        "verify-service", "restore-node@xms03", "restore-node@xms04", "restore-node@xms05",
    }  # fmt: skip
    assert plan.stage("join-remaining-nodes").params["on"] == ("xms01", "xms02")


def test_more_devices_prove_more_nodes_behind_the_door() -> None:
    """Where three nodes carry the devices each later one is proven after the one before, and all but it are joined."""
    plan = plan_for(5, devices=20_000)
    assert (plan.needed, plan.open_on) == (3, 3)
    assert needs(plan, "swap-to@xms03") == {"restore-node@xms03", "verify-node@xms02"}
    assert needs(plan, "join-nodes") == {"verify-node@xms03"}
    assert plan.stage("join-nodes").nodes == ("xms01", "xms02")
    assert plan.stage("join-nodes").params["on"] == ("xms03",)


@pytest.mark.parametrize(("devices", "needed"), [(0, 1), (1, 1), (8_500, 1), (8_501, 2), (17_000, 2), (17_001, 3)])
def test_the_nodes_that_are_needed_are_rounded_up(devices: int, needed: int) -> None:
    """The nodes needed are devices by what a node carries, rounded up, and one at least."""
    assert plan_for(2, devices=devices).needed == needed


def test_few_devices_open_on_one_node_and_join_unproven_ones_later() -> None:
    """Where one node is enough the others join after the opening without having been proven alone."""
    plan = plan_for(3, devices=5_000)
    assert words(plan, "swap-to", "join-nodes") == []
    assert plan.stage("join-remaining-nodes").nodes == ("xms02", "xms03")
    assert plan.stage("join-remaining-nodes").params["proven"] is False


@pytest.mark.parametrize("nodes", [2, 3, 5])
def test_opening_on_the_first_node_swaps_with_the_door_open(nodes: int) -> None:
    """With `first-node` each later node is swapped to after the opening, and at the end all others are joined."""
    plan = plan_for(nodes, FIRST_NODE)
    assert words(plan, "join-nodes") == []
    assert needs(plan, "enable-vservers") == {"release-notices", "start-first-node"}
    assert needs(plan, "swap-to@xms02") == {"restore-node@xms02", "verify-service"}
    for index in range(3, nodes + 1):
        assert needs(plan, f"swap-to@xms0{index}") == {f"restore-node@xms0{index}", f"verify-node@xms0{index - 1}"}
    assert needs(plan, "join-remaining-nodes") == {f"verify-node@xms0{nodes}"}
    assert plan.stage("join-remaining-nodes").nodes == tuple(f"xms0{i}" for i in range(1, nodes))
    assert plan.stage("join-remaining-nodes").params == {
        "nodes": tuple(f"xms0{i}" for i in range(1, nodes)), "form": "open-door", "on": (f"xms0{nodes}",),
        "proven": True, "version": "to",
    }  # fmt: skip
    assert plan.stage("swap-to@xms02").params["form"] == "open-door"


def test_another_first_turns_the_names_round() -> None:
    """FIRST can be any node; the others follow as in the settings, and the needs follow FIRST."""
    plan = plan_for(3, first="xms03")
    assert plan.nodes == ("xms03", "xms01", "xms02")
    assert needs(plan, "start-first-node") == {"restart-sql-server", "restore-node@xms03"}
    assert plan.stage("start-first-node").target == "xms03"
    assert words(plan, "swap-to") == ["swap-to@xms01"]
    assert plan.stage("swap-to@xms01").params["old"] == "xms03"


def test_an_unknown_first_makes_no_plan() -> None:
    """A FIRST that no node is called is refused, and the nodes are named."""
    with pytest.raises(PlanImpossible, match="No node is called xms09; the settings have xms01, xms02"):
        plan_for(2, first="xms09")


def test_the_opening_is_the_estates_unless_it_is_picked() -> None:
    """The start dialog may leave the opening to the settings."""
    settings = estate(3).model_copy(update={"opening": "first-node"})
    plan = expand(runbook(), settings, 10_000, "xms01", Order.PREPARE_FIRST)
    assert plan.opening is FIRST_NODE


@pytest.mark.parametrize("opening", Opening)
@pytest.mark.parametrize("nodes", [1, 2, 3, 4, 5, 9])
def test_each_stage_stands_after_all_that_it_needs(nodes: int, opening: Opening) -> None:
    """A plan lists a stage only after every stage that it needs."""
    plan = plan_for(nodes, opening)
    before: set[str] = set()
    for stage in plan.stages:
        assert {need.stage for need in stage.needs} <= before
        before.add(stage.name)


def test_the_gates_ask_for_whom_the_runbook_names() -> None:
    """Each gate has its stages, its people and its moments."""
    gates = {gate.name: gate for gate in plan_for(3).gates}
    assert list(gates) == ["close", "save", "go-back", "solo", "open", "live", "own"]
    assert {name: [set(group) for group in gate.groups] for name, gate in gates.items()} == {
        "close": [{Role.INCIDENT_COMMANDER, Role.XENMOBILE_ADMIN}],
        "save": [{Role.XENMOBILE_ADMIN, Role.VIRTUALISATION_ADMIN}],
        "go-back": [{Role.SERVICE_OWNER}, {Role.DATABASE_ADMIN}],
        "solo": [{Role.XENMOBILE_ADMIN}],
        "open": [{Role.SERVICE_OWNER}, {Role.COMMUNICATIONS, Role.SECURITY}],
        "live": [{Role.SERVICE_OWNER}],
        "own": [
            {Role.XENMOBILE_ADMIN, Role.VIRTUALISATION_ADMIN, Role.DATABASE_ADMIN, Role.INCIDENT_COMMANDER}
        ],
    }  # fmt: skip
    assert [name for name, gate in gates.items() if gate.typed] == ["go-back", "open"]
    assert {name: gate.line for name, gate in gates.items() if gate.line} == {"go-back": 1, "open": 2}
    assert gates["go-back"].stages == (
        "restore-database", "restart-sql-server", "restore-node@xms01", "start-first-node", "restore-node@xms02",
        "restore-node@xms03",
    )  # fmt: skip
    assert [name for name, gate in gates.items() if gate.each_change] == ["own"]


def test_votes_can_be_given_when_the_runbook_says() -> None:
    """Votes can be given ahead where that is safe; at go-back, open and live only when the needs are met."""
    moments = {gate.name: gate.approve_when for gate in plan_for(3).gates}
    assert moments["close"].kind is MomentKind.START
    assert (moments["save"].kind, moments["save"].gate) == (MomentKind.VOTE, "close")
    assert (moments["solo"].kind, str(moments["solo"].need)) == (MomentKind.CHECK, "start-first-node:answers")
    assert {moments[name].kind for name in ("go-back", "open", "live", "own")} == {MomentKind.NEEDS}


def test_what_can_not_be_skipped() -> None:
    """The stages that can't be skipped are those of the runbook, and so is the security decision."""
    plan = plan_for(3)
    assert {stage.word for stage in plan.stages if stage.unskippable} == {
        "shut-down-nodes", "back-up-database", "restore-database", "restore-node",
    }  # fmt: skip
    assert [f"{stage.name}:{check.name}" for stage in plan.stages for check in stage.checks if check.unskippable] == [
        "compare-devices:security-decided"
    ]


def test_everybody_answers_the_roll_call() -> None:
    """The roll call is one check a role, each answered by a holder of that role."""
    calls = [check for check in plan_for(3).stage("prepare").checks if check.name.startswith("roll-call@")]
    assert {check.name: check.who for check in calls} == {f"roll-call@{role}": (role,) for role in Role}


def test_the_release_is_read_by_two_people() -> None:
    """No API tells the release: two people read it, of FIRST and of every later node before it serves."""
    for plan in (plan_for(3), plan_for(3, FIRST_NODE)):
        read = [check for stage in plan.stages for check in stage.checks if check.name.partition("@")[0] == "release"]
        assert {check.people for check in read} == {2}
        assert {check.node for check in read} >= set(plan.nodes)


def test_checks_wait_behind_their_group_of_changes() -> None:
    """A check behind a group of changes knows its number, counted on over the nodes that join one after the other."""
    closed = plan_for(5, devices=20_000).stage("join-nodes")
    assert [(c.name, c.after) for c in closed.checks if c.after] == [
        ("ports-good@xms01", 1), ("ports-good@xms02", 2), ("members@xms01", 1), ("members@xms02", 2),
    ]  # fmt: skip
    remaining = plan_for(5).stage("join-remaining-nodes")
    assert [c.after for c in remaining.checks if c.name.startswith("members@")] == [2, 5, 8]
    assert [c.after for c in remaining.checks if c.name.startswith("steady@")] == [3, 6, 9]
    opened = plan_for(2, FIRST_NODE).stage("swap-to@xms02")
    assert {c.name: c.after for c in opened.checks if c.after} == {"ports-good": 2, "release": 2}


def test_the_place_of_the_bundles_is_opened_by_somebody_else() -> None:
    """Whoever kept a bundle doesn't answer that it can be opened."""
    opened = plan_for(2).stage("collect-evidence").check("opened")
    assert opened.other_than == ("bundle@xms01", "bundle@xms02")


def test_no_text_is_left_with_a_placeholder() -> None:
    """Every text names the node that it is about."""
    plan = plan_for(3, first="xms02")
    restored = plan.stage("restore-node@xms03")
    assert restored.title == "Restore xms03 to 10.6"
    assert plan.stage("start-first-node").title == "Start xms02 alone"
    texts = [text for stage in plan.stages for text in (stage.title, stage.by_hand, stage.evidence, stage.undo)]
    texts += [one.text for stage in plan.stages for one in stage.blockers]
    texts += [one.text for stage in plan.stages for one in stage.checks]
    assert not [text for text in texts if "NODE" in text.split() or "FIRST" in text.split()]


def test_every_change_can_be_made_by_hand() -> None:
    """Every stage says what a person does instead, and every change has somebody who attests it."""
    plan = plan_for(3)
    assert all(stage.attests for stage in plan.stages if stage.kind is StageKind.CHANGE)
    assert all(stage.by_hand and stage.evidence and stage.undo for stage in plan.stages)


def test_blockers_are_shown_on_the_gate_that_they_concern() -> None:
    """A blocker found early stands on the card of the gate where it matters, any other on its stage's own."""
    plan = plan_for(3)
    found = {one.name: one for one in plan.stage("prepare").blockers}
    assert (found["no-way-back"].severity, found["no-way-back"].shown_on) == (Severity.OVERRIDE, "go-back")
    assert plan.stage("restore-database").blockers[0].shown_on == "go-back"
    assert {one.name for one in plan.stage("start-first-node").blockers if one.at_start} == {
        "other-node-on", "door-open", "database-red",
    }  # fmt: skip


def test_a_plan_is_frozen_as_bytes() -> None:
    """A plan read back from its bytes is equal, has the same digest, and can still be laid out anew."""
    plan = plan_for(3)
    again = Plan.from_bytes(plan.to_bytes())
    assert again == plan
    assert again.digest() == plan.digest() == plan_for(3).digest()
    assert plan_for(3, first="xms02").digest() != plan.digest()
    assert expand(again.runbook, estate(3), 10_000, "xms02", Order.PREPARE_FIRST, ENOUGH) == plan_for(3, first="xms02")


def test_the_run_by_hand_is_kept_for_the_report() -> None:
    """The reference run took 7 h 15, its door was closed for 2 h, and it has its seventeen steps."""
    reference = runbook().reference
    assert reference is not None
    assert (reference.total.total_seconds(), reference.door_closed.total_seconds()) == (26_100, 7_200)
    assert len(reference.steps) == 17
    assert reference.steps[-1].at == reference.total


def test_the_way_back_before_line_1_starts_the_nodes_and_opens() -> None:
    """Before line 1 the way back is to power the nodes on and to set the door as it was; one person approves."""
    back = expand_way_back(plan_for(3), 0, [])
    assert [stage.name for stage in back.stages] == [
        "back-start-node@xms01", "back-start-node@xms02", "back-start-node@xms03", "back-enable-vservers",
    ]  # fmt: skip
    (gate,) = back.gates
    assert [set(group) for group in gate.groups] == [{Role.INCIDENT_COMMANDER, Role.SERVICE_OWNER}]
    assert not gate.typed


def test_the_way_back_after_line_1_restores_what_was_touched() -> None:
    """After line 1 the safety backup and the touched nodes are restored, one node is proven, the others join."""
    back = expand_way_back(plan_for(3), 1, ["xms01", "xms03"])
    assert words(back, "back-restore-node") == ["back-restore-node@xms01", "back-restore-node@xms03"]
    assert needs(back, "back-start-first-node") == {
        "back-restore-database", "back-restore-node@xms01", "back-restore-node@xms03",
    }  # fmt: skip
    assert back.stage("back-restore-database").params == {"source": "safety-backup"}
    assert words(back, "back-list-devices", "back-compare-devices") == []
    assert [set(group) for group in back.gates[0].groups] == [{Role.SERVICE_OWNER}, {Role.DATABASE_ADMIN}]
    assert back.gates[0].typed


def test_the_way_back_after_line_2_counts_the_devices_and_asks_four() -> None:
    """After line 2 the devices are captured first and compared again; four roles approve."""
    back = expand_way_back(plan_for(3), 2, ["xms01"])
    assert needs(back, "back-shut-down-nodes") == {"back-disable-vservers", "back-list-devices"}
    assert "back-compare-devices" in needs(back, "back-enable-vservers")
    assert [set(group) for group in back.gates[0].groups] == [
        {Role.SERVICE_OWNER}, {Role.DATABASE_ADMIN}, {Role.SECURITY}, {Role.COMMUNICATIONS},
    ]  # fmt: skip


def test_an_abort_asks_for_more_after_line_1() -> None:
    """An abort asks the commander or the service owner, and after line 1 the service owner and the DBA."""
    plan = plan_for(3)
    before, after = plan.abort_gate(0), plan.abort_gate(1)
    assert before is not None
    assert after is not None
    assert [set(group) for group in before.groups] == [{Role.INCIDENT_COMMANDER, Role.SERVICE_OWNER}]
    assert [set(group) for group in after.groups] == [{Role.SERVICE_OWNER}, {Role.DATABASE_ADMIN}]
    assert plan.abort_gate(2) == after


def test_people_answer_what_no_machine_can() -> None:
    """Attestations and decisions wait for people; reads ask nobody."""
    for stage in plan_for(3).stages:
        people = [check for check in stage.checks if check.by is By.PERSON and not check.optional]
        assert bool(people) or stage.kind in {StageKind.CHANGE, StageKind.READ}
        if stage.kind is StageKind.READ:
            assert not people
