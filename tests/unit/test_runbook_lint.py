"""What lint finds in a runbook: each rule broken once, one sentence with its line."""

import re

import pytest

from rollback.roles import Account, Person, Roster
from rollback.runbook import ACTIONS, builtin, lint, read
from storage.words import Role

HEAD = """\
runbook: small
version: 1
title: A small one
milestones: {door_closes: shut, door_opens: restore, live: end}
gates:
  - {gate: close, title: Ask, approvers: [IC or XA], ask_when: start, approve_when: start}
  - {gate: go-back, title: Ask, approvers: [SO, DBA], typed: true, line: 1}
stages:
"""
STAGE = """\
  - stage: {stage}
    title: A title
    action: {action}
    kind: {kind}
    phase: close
    needs: {needs}
    minutes: {{typical: 5}}
    by_hand: By hand.
    evidence: What was seen.
    undo: Nothing.
"""


def stage(name: str, needs: str, *more: str, action: str = "vservers-disable", kind: str = "change") -> str:
    lines = [f"    {line}\n" for line in more]
    return STAGE.format(stage=name, action=action, kind=kind, needs=needs) + "".join(lines)


SHUT = stage("shut", "[start]", "gate: close", "attests: XA", "locks: [netscaler]")
RESTORE = stage(
    "restore", "[shut]", "gate: go-back", "attests: DBA", "line: 1", "unskippable: true", "locks: [database]"
)
END = stage(
    "end", "[restore]", "checks: [{check: decided, text: Decided., by: person, who: IC}]", kind="decision"
)  # fmt: skip


def found(*stages: str, head: str = HEAD, tail: str = "", roster: Roster | None = None) -> list[str]:
    return [str(one) for one in lint(read(head + "".join(stages) + tail, "small.yml"), ACTIONS, roster)]


def only(findings: list[str]) -> str:
    assert len(findings) == 1, findings
    return findings[0]


def test_a_good_runbook_has_no_findings() -> None:
    """Lint says nothing about a runbook that can be used."""
    assert found(SHUT, RESTORE, END) == []


def test_a_circle_is_named_with_its_path() -> None:
    """Needs that go round in a circle are named stage by stage, back to the first."""
    said = only(found(SHUT.replace("[start]", "[end]"), RESTORE, END))
    assert said == "9:5: the needs go round in a circle: shut → end → restore → shut"


def test_a_circle_over_nodes_is_named_with_its_nodes() -> None:
    """A circle that goes over stages of single nodes is named with those nodes."""
    prove = stage("prove@NODE", "[join@i]", "for: all", "gate: close", "attests: XA")
    join = stage("join@NODE", "[prove@i]", "for: all", "gate: close", "attests: XA")
    assert "prove@node1 → join@node1 → prove@node1" in only(found(SHUT, RESTORE, END, prove, join))


def test_an_unknown_action_is_named_with_the_nearest_known_one() -> None:
    """An action that the program doesn't know is named, with the one that was probably meant."""
    said = only(found(SHUT.replace("vservers-disable", "vserver-disable"), RESTORE, END))
    assert said == "11:5: `shut` has the unknown action `vserver-disable`; did you mean `vservers-disable`?"


def test_an_unknown_need_is_named() -> None:
    """A need of a stage that the runbook doesn't have is named."""
    assert "needs the unknown stage `restor`; did you mean `restore`?" in only(
        found(SHUT, RESTORE, END.replace("[restore]", "[restor]"))
    )


def test_an_unknown_check_is_named_with_the_known_ones() -> None:
    """A need of a check that the stage doesn't have is named with the checks that it has."""
    said = only(found(SHUT, RESTORE, END, stage("tell", '["end:told"]', "gate: close", "attests: CL")))
    assert "`tell` needs the check `told` of `end`, which has the checks: decided" in said


def test_a_need_of_a_stage_that_some_plans_lack_is_named_with_the_plan() -> None:
    """A need that can't be met for some number of nodes is named, with the first such plan."""
    second = stage("second", "[shut]", "gate: close", "attests: XA", "when: n >= 2")
    said = only(found(SHUT, RESTORE, END.replace("[restore]", "[restore, second]"), second))
    assert "`end` needs `second`, which doesn't exist in a plan with n = 1, k = 1, enough-nodes" in said


def test_a_stage_that_no_plan_reaches_is_named() -> None:
    """A stage whose condition never holds can't be reached."""
    never = stage("never", "[shut]", "gate: close", "attests: XA", "when: n > 2 and n < 2")
    assert "`never` is in no plan of 1 to 5 nodes" in only(found(SHUT, RESTORE, END, never))


def test_a_stage_that_exists_twice_is_named() -> None:
    """Two entries of one name need conditions that exclude each other."""
    assert "`shut` exists twice in one plan" in only(found(SHUT, RESTORE, END, SHUT))


def test_a_range_that_leaves_the_estate_is_named() -> None:
    """A stage for nodes that an estate of some size doesn't have is named."""
    assert "there are nodes 1 to 1" in only(
        found(SHUT, RESTORE, END, stage("more@NODE", "[shut]", "for: 1..2", "gate: close", "attests: XA"))
    )


def test_a_destructive_stage_without_a_gate_is_named() -> None:
    """A stage that crosses a line needs a gate."""
    said = found(SHUT, RESTORE.replace("    gate: go-back\n", ""), END)
    assert any("`restore` crosses line 1 without a gate" in one for one in said)


def test_a_gate_that_hides_the_line_is_named() -> None:
    """A stage that crosses a line stands behind a gate that says so."""
    said = found(SHUT, RESTORE.replace("gate: go-back", "gate: close"), END)
    assert any("crosses line 1, but its gate `close` says line 0" in one for one in said)


def test_a_change_without_a_gate_is_named() -> None:
    """A change is always asked for."""
    assert "is a change without a gate" in only(
        found(SHUT, RESTORE, END, stage("more", "[shut]", "attests: XA"))
    )  # fmt: skip


def test_a_destructive_gate_asks_two_and_has_the_number_typed() -> None:
    """A gate that crosses a line has two approvers and a typed number."""
    weak = HEAD.replace("approvers: [SO, DBA], typed: true", "approvers: [SO], typed: true")
    assert "lets people cross line 1; expected two approvers" in only(found(SHUT, RESTORE, END, head=weak))
    untyped = HEAD.replace("typed: true, ", "")
    assert "lets people cross line 1; expected two approvers" in only(found(SHUT, RESTORE, END, head=untyped))


def test_an_unknown_gate_and_an_unused_one_are_named() -> None:
    """A gate that isn't there and a gate that asks for nothing are named."""
    said = found(SHUT.replace("gate: close", "gate: clse"), RESTORE, END)
    assert any("names no gate of this runbook: `clse`" in one for one in said)
    assert any("no stage names the gate `close`" in one for one in said)


def test_a_gate_that_waits_for_a_vote_that_never_comes_is_named() -> None:
    """A gate can wait only for the vote at a gate that asks in the same plan."""
    head = HEAD.replace("ask_when: start, approve_when: start", "ask_when: vote opening")
    assert "waits for the vote at `opening`, which doesn't ask" in only(found(SHUT, RESTORE, END, head=head))


def test_two_exclusive_locks_side_by_side_are_named() -> None:
    """Two stages that could run at the same time and want the same thing alone are named."""
    other = stage("other", "[shut]", "gate: close", "attests: DBA", "locks: [database]")
    said = only(found(SHUT, RESTORE, END, other))
    assert "`restore` and `other` can run side by side and both want `database` alone" in said


def test_a_need_of_a_check_does_not_end_a_lock() -> None:
    """A stage that starts after a check of another may still run beside it, so their locks must differ."""
    checked = RESTORE + "    checks: [{check: restored, text: Restored., by: bot}]\n"
    other = stage("other", '["restore:restored"]', "gate: close", "attests: DBA", "locks: [database]")
    assert "`restore` and `other` can run side by side" in only(found(SHUT, checked, END, other))


def test_sharing_is_no_lock_but_a_lock_keeps_sharers_out() -> None:
    """Two stages may share a thing; one that wants it alone may not run beside one that shares it."""
    one = stage("one", "[shut]", "gate: close", "attests: VA", "shares: [veeam]")
    two = stage("two", "[shut]", "gate: close", "attests: VA", "shares: [veeam]")
    assert found(SHUT, RESTORE, END, one, two) == []
    alone = two.replace("shares", "locks")
    assert "`one` and `two` can run side by side and both want `veeam` alone" in only(
        found(SHUT, RESTORE, END, one, alone)
    )


def test_locks_of_different_nodes_do_not_meet() -> None:
    """A lock with a range is one of each node, so stages of different nodes run side by side."""
    restore = stage("more@NODE", "[shut]", "for: all", "gate: close", "attests: VA", 'locks: ["vm@i"]')
    assert found(SHUT, RESTORE, END, restore) == []
    assert "both want `vm:node1` alone" in found(SHUT, RESTORE, END, restore.replace("vm@i", "vm@first"))[0]


def test_what_crosses_line_1_can_not_be_skippable() -> None:
    """A stage that crosses line 1 is unskippable: to leave it out would mix two versions."""
    assert "could be skipped" in only(found(SHUT, RESTORE.replace("    unskippable: true\n", ""), END))


def test_a_check_is_not_optional_and_unskippable() -> None:
    """A check that may be missing and can't be skipped contradicts itself."""
    check = "checks: [{check: decided, text: Decided., by: person, who: IC, optional: true, unskippable: true}]"
    said = found(SHUT, RESTORE, stage("end", "[restore]", check, kind="decision"))
    assert any("is optional and unskippable at once" in one for one in said)


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ("{check: a, text: A., by: bot}, {check: a, text: A., by: bot}", "has the check `a` twice"),
        ("{check: a, text: A., by: person, who: IC, other_than: b}", "others than the unknown check `b`"),
        ("{check: a, text: A., by: bot, each: role}", "is the bot's, which has no role"),
        ("{check: a, text: A., by: bot, each: node}", "works on none"),
        ("{check: a, text: A., by: bot, after: 1 of 2}", "counts groups for each node"),
        ("{check: a, text: NODE is off., by: bot}", "says NODE, but the stage isn't about one node"),
    ],
)
def test_checks_that_contradict_themselves_are_named(check: str, expected: str) -> None:
    """A check names what exists, and counts over nodes or roles only where there are some."""
    assert expected in only(found(SHUT + f"    checks: [{check}]\n", RESTORE, END))


def test_who_waits_for_people_asks_them() -> None:
    """An attestation or a decision has a check that people answer; a change has somebody who attests it."""
    assert "waits for people, but asks nobody" in only(
        found(SHUT, RESTORE, END, stage("more", "[shut]", kind="attestation"))
    )
    assert "can't be done by hand" in only(found(SHUT, RESTORE, END, stage("more", "[shut]", "gate: close")))


def test_names_that_lead_nowhere_are_named() -> None:
    """Gates on which a blocker is shown, stages that must hold and stages of the run by hand exist."""
    shown = RESTORE + "    override: {old: {text: Old., shown_on: opening}}\n"
    assert "is shown on the unknown gate `opening`" in only(found(SHUT, shown, END))
    holds = END + "    settles: {minutes: 5, after: [later]}\n"
    assert "waits for the unknown stage `later` to hold" in only(found(SHUT, RESTORE, holds))
    run = "reference: {title: By hand, total: 5, door_closed: 5, steps: [{at: 0, stage: shot, did: It}]}\n"
    assert "names the unknown stage `shot`; did you mean `shut`?" in only(found(SHUT, RESTORE, END, tail=run))


def test_a_milestone_that_is_no_stage_is_named() -> None:
    """The clocks of the board begin and end at stages that every plan has."""
    head = HEAD.replace("live: end", "live: finish")
    assert "`finish`, which doesn't exist" in only(found(SHUT, RESTORE, END, head=head))


def test_an_abort_asks_exactly_one_gate_at_each_line() -> None:
    """Where an abort asks at all, exactly one gate asks after each line."""
    tail = "abort_gates: [{gate: abort, title: Stop, approvers: [IC], when: line == 0, ask_when: start}]\n"
    assert "0 abort gates ask after line 1; expected one" in only(found(SHUT, RESTORE, END, tail=tail))


def people(*roles: str) -> Roster:
    return Roster.of(
        [
            Person(
                id=f"p{index}",
                name="made up",
                accounts=(Account(team="T1", user=f"U{index}"),),
                roles=tuple(Role(role) for role in held.split()),
            )
            for index, held in enumerate(roles)
        ]
    )


def test_people_who_are_enough_are_enough() -> None:
    """The seven roles held by seven people carry out the whole XenMobile runbook."""
    assert lint(builtin("xenmobile"), ACTIONS, people("IC", "XA", "DBA", "VA", "SO", "CL", "SEC")) == ()


def test_a_gate_without_its_people_is_named_by_role() -> None:
    """A gate whose places can't be filled by distinct people is named with the roles that are lacking."""
    said = found(SHUT, RESTORE, END, roster=people("IC", "XA", "VA", "SO"))
    assert "7:33: the gate `go-back` has nobody left for DBA; expected one more person" in said


def test_one_person_in_two_roles_is_not_enough_for_two_places() -> None:
    """A person who is service owner and DBA is one of the two who are needed, not both."""
    said = found(SHUT, RESTORE, END, roster=people("IC", "XA", "VA", "SO DBA"))
    assert any("the gate `go-back` has nobody left for DBA" in one for one in said)


def test_an_override_needs_one_person_more() -> None:
    """Every gate has somebody left for the extra approval of an overridden blocker."""
    said = found(SHUT, RESTORE, END, roster=people("IC SO XA", "DBA", "CL"))
    assert any("`go-back` has nobody left for the extra approval" in one for one in said)
    assert not any("`close` has nobody left" in one for one in said)


def test_somebody_can_pick_without_being_needed_at_line_1() -> None:
    """Whoever picks backup and points can't approve; enough others are left who can."""
    said = found(SHUT, RESTORE, END, roster=people("IC SO", "DBA XA", "DBA VA"))
    assert not any("whoever picks" in one for one in said)
    said = found(SHUT, RESTORE, END, roster=people("IC SO", "DBA", "SO"))
    assert not any("whoever picks" in one for one in said)
    said = found(SHUT, RESTORE, END, roster=people("IC SO", "DBA", "DBA"))
    assert any("whoever picks backup and points can't approve at `go-back`" in one for one in said)


def test_a_check_of_two_people_finds_two() -> None:
    """A check that asks two people is named when only one holds its roles."""
    end = END.replace("who: IC}", "who: IC, people: 2}")
    assert "asks 2 of IC and finds too few" in only(
        found(SHUT, RESTORE, end, roster=people("IC", "XA", "DBA", "VA", "SO"))
    )


def test_findings_stand_in_the_order_of_the_file() -> None:
    """Findings are sorted by line, each with its place."""
    said = found(SHUT.replace("vservers-disable", "x"), RESTORE.replace("vservers-disable", "y"), END)
    assert [re.match(r"\d+:\d+: ", one) is not None for one in said] == [True, True]
    assert [int(one.split(":")[0]) for one in said] == sorted(int(one.split(":")[0]) for one in said)
