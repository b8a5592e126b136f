"""Closing and opening the door: which vServers, on which NetScaler, saved or not, found again after a lost reply."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from nodes_bench import NAME, USER, NodesBench, codes, states_of

from helpers_given import covered, ended
from integrations.netscaler import NetScaler
from rollback.actions.action import Change, Done, Failed, Given, Unknown, ordered
from rollback.actions.traffic.effects import VServerEffect
from storage.words import CheckState, Severity, SystemName

CLOSING, OPENING = "disable-vservers", "enable-vservers"
ALL = ("vs_xms_mam_8443", "vs_xms_mdm_443", "vs_xms_offload_80")


@pytest.fixture
def bench(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext, tmp_path: Path
) -> Iterator[NodesBench]:
    made = NodesBench(server_tls(NAME, "127.0.0.1", "localhost"), client_tls, tmp_path / "ca.pem", sql=False)
    made.results["compare-devices"] = {"undecided": 0}
    yield made
    made.close()


def targets(changes: tuple[Change, ...]) -> list[str]:
    return sorted(change.target for change in changes)


def close(bench: NodesBench, **told: object) -> Given:
    """The whole stage that closes the door; its result is kept for the opening."""
    return bench.run("vservers-disable", bench.given(CLOSING, **told))[0]


def restored(bench: NodesBench) -> None:
    """Everything between closing and opening, as far as the door can tell."""
    bench.all_off()
    bench.database_of("10.6")
    bench.restored("xms01", "xms02", "xms03")
    bench.started("xms01", "xms02", "xms03")
    bench.results["start-first-node"] = {"on": ["xms01"]}
    bench.results["join-nodes"] = {"on": ["xms02", "xms03"]}
    bench.states |= {"start-first-node": "succeeded", "join-nodes": "succeeded", CLOSING: "succeeded"}


def written(bench: NodesBench, *verbs: str) -> list[tuple[str, str]]:
    """What the bot did to the NetScaler, by the ledger."""
    entries = [entry for entry in bench.world.ledger.entries("netscaler") if entry.by == USER]
    return [(entry.verb, entry.target) for entry in entries if not verbs or entry.verb in verbs]


# Which vServers


def test_the_door_is_closed_vserver_by_vserver_and_then_saved(bench: NodesBench) -> None:
    """Each listed vServer is disabled once, the save comes last as a change of its own, and every VIP refuses."""
    given = close(bench)
    assert [change.kind for change in ordered(given.planned)] == ["vserver-disable"] * 3 + ["netscaler-save"]
    assert sorted(written(bench)[:3]) == [("disable", name) for name in ALL]
    assert written(bench)[3:] == [("save", "config")]
    assert bench.results[CLOSING]["prior"] == list(ALL)
    bench.world.netscaler_reboot()
    assert not any(vserver.enabled for vserver in bench.world.vservers.values())


def test_only_what_was_enabled_before_is_enabled_again(bench: NodesBench) -> None:
    """A vServer that was disabled before the rollback is told, left alone, and stays disabled to the end."""
    bench.world.vserver_set(ALL[0], enabled=False, by="xa")
    preview = bench.preview("vservers-disable", bench.given(CLOSING))
    assert targets(preview.changes)[-2:] == list(ALL[1:])
    assert {f.severity for f in preview.findings if f.code == "disabled-already"} == {Severity.WARN}

    close(bench)
    assert bench.results[CLOSING]["prior"] == list(ALL[1:])
    restored(bench)
    given = bench.given(OPENING)
    opening = bench.preview("vservers-enable", given)
    assert sorted(change.target for change in opening.changes if change.kind == "vserver-enable") == list(ALL[1:])
    for change in ordered(opening.changes):
        assert isinstance(bench.carry(change, given), Done)
    assert sorted(written(bench, "enable")) == [("enable", name) for name in ALL[1:]]
    assert not bench.world.vservers[ALL[0]].enabled


def test_what_we_closed_ourselves_is_no_disabled_already(bench: NodesBench) -> None:
    """In a second attempt the vServers that the first one disabled are still ours: noted as such, and enabled again."""
    given = bench.given(CLOSING)
    changes = bench.preview("vservers-disable", given).changes
    assert isinstance(bench.carry(changes[0], given), Done)
    again = replace(given, made=(changes[0],), attempt=2)
    preview = bench.preview("vservers-disable", again)
    assert "disabled-already" not in codes(preview)
    first = next(change for change in preview.changes if change.target == changes[0].target)
    assert first.already
    assert bench.action("vservers-disable").result(bench.systems(), replace(again, planned=preview.changes))[
        "prior"
    ] == list(ALL)


def test_a_listed_vserver_that_is_not_there_is_an_override(bench: NodesBench) -> None:
    """A vServer of the settings that the NetScaler doesn't have can be overridden, and nothing is done for it."""
    del bench.world.vservers[ALL[0]]
    preview = bench.preview("vservers-disable", bench.given(CLOSING))
    assert "vserver-missing" in codes(preview)
    assert ALL[0] not in targets(preview.changes)


def test_a_page_behind_the_door_is_an_override(bench: NodesBench) -> None:
    """A backup vServer or a redirect would answer devices in the door's place."""
    bench.world.vservers[ALL[0]].backup_vserver = "sorry"
    bench.world.vservers[ALL[1]].redirect = "https://sorry.example.com"
    found = [
        f for f in bench.preview("vservers-disable", bench.given(CLOSING)).findings if f.code == "page-behind-door"
    ]
    assert [f.severity for f in found] == [Severity.OVERRIDE] * 2
    assert "a backup vServer" in found[0].text + found[1].text
    assert "a redirect" in found[0].text + found[1].text


def test_down_is_no_proof_of_a_closed_door(bench: NodesBench) -> None:
    """With all nodes off an enabled vServer is DOWN and its VIP accepts: neither check of the closing passes."""
    bench.all_off()
    given = replace(bench.given(CLOSING), stage_started=bench.world.now())
    states = states_of(bench.action("vservers-disable").verify(bench.systems(), given, bench.samples))
    assert states["closed"] is CheckState.OPEN
    assert states["refused"] is CheckState.OPEN
    bench.pass_time(10)
    late = replace(given, now=bench.world.now())
    states = states_of(bench.action("vservers-disable").verify(bench.systems(), late, bench.samples))
    assert (states["closed"], states["refused"]) == (CheckState.FAILED, CheckState.FAILED)


# On which NetScaler


def test_a_secondary_is_refused_before_the_vote_and_right_before_acting(bench: NodesBench) -> None:
    """A secondary blocks the stage; a pair that fails over between vote and change gets no change at all."""
    given = bench.given(CLOSING)
    changes = bench.preview("vservers-disable", given).changes
    bench.world.fail_over()
    blocked = bench.preview("vservers-disable", given)
    assert [f.code for f in blocked.blockers(claiming=False)] == ["not-primary"]
    for change in changes:
        outcome = bench.carry(change, given)
        assert isinstance(outcome, Failed)
        assert "not the primary any more" in outcome.text
    assert written(bench) == []


def test_another_appliance_is_another_digest(bench: NodesBench) -> None:
    """What was approved for one NetScaler is not approved for another behind the same address."""
    given = bench.given(CLOSING)
    before = bench.preview("vservers-disable", given).digest(given)
    assert bench.preview("vservers-disable", given).digest(given) == before
    bench.world.ha_serial = "NS-OTHER-9"
    assert bench.preview("vservers-disable", given).digest(given) != before


# Saved or not


@pytest.mark.parametrize(
    ("picked", "foreign", "saves"),
    [("ask", False, True), ("ask", True, False), ("yes", True, True), ("no", False, False)],
)
def test_saving_is_a_line_that_people_pick(bench: NodesBench, picked: str, *, foreign: bool, saves: bool) -> None:
    """Without a pick the save stands only where nothing foreign is unsaved; what is foreign is told."""
    bench.world.foreign_unsaved = foreign
    preview = bench.preview("vservers-disable", bench.given(CLOSING, choices={"save": picked}))
    assert [change.group for change in preview.changes if change.kind == "netscaler-save"] == [2] * saves
    assert ("foreign-unsaved" in codes(preview)) is foreign
    assert preview.uses == ("save",)


def test_what_an_earlier_attempt_left_unsaved_is_our_own(bench: NodesBench) -> None:
    """A try again after half of the door was closed keeps the save and its votes: nothing of others' is unsaved."""
    given = bench.given(CLOSING)
    first = bench.preview("vservers-disable", given)
    assert isinstance(bench.carry(first.changes[0], given), Done)
    again = bench.preview("vservers-disable", replace(given, made=(first.changes[0],), attempt=2))
    assert "foreign-unsaved" not in codes(again)
    assert covered(first, again, given)


def test_a_save_that_nobody_knows_of_leaves_the_line_as_it_was(bench: NodesBench) -> None:
    """The door was closed and whether it was saved is unknown: what is unsaved is still ours, and votes still count."""
    given = bench.given(CLOSING)
    first = bench.preview("vservers-disable", given)
    *disabled, saved = ordered(first.changes)
    for change in disabled:
        assert isinstance(bench.carry(change, given), Done)
    made = (*(ended(one, Done("")) for one in disabled), ended(saved, Unknown("the reply was lost")))
    again = bench.preview("vservers-disable", replace(given, made=made, attempt=2))
    assert "foreign-unsaved" not in codes(again)
    assert covered(first, again, given)


def test_what_is_unsaved_after_our_own_save_is_foreign(bench: NodesBench) -> None:
    """Once an attempt has saved, whatever is unsaved by then was edited by somebody else."""
    given = bench.given(CLOSING)
    first = bench.preview("vservers-disable", given)
    for change in ordered(first.changes):
        assert isinstance(bench.carry(change, given), Done)
    bench.world.foreign_unsaved = True
    again = bench.preview("vservers-disable", replace(given, made=first.changes, attempt=2))
    assert "foreign-unsaved" in codes(again)
    assert "netscaler-save" not in {change.kind for change in again.changes}


def test_without_a_save_a_reboot_opens_the_door(bench: NodesBench) -> None:
    """Why the save is offered: a NetScaler that restarts unsaved comes back with the door open."""
    close(bench, choices={"save": "no"})
    bench.world.netscaler_reboot()
    assert all(vserver.enabled for vserver in bench.world.vservers.values())


# Found again

Made = Callable[[NodesBench], tuple[Change, Given]]


def disabling(bench: NodesBench) -> tuple[Change, Given]:
    given = bench.given(CLOSING)
    return bench.preview("vservers-disable", given).changes[0], given


def enabling(bench: NodesBench) -> tuple[Change, Given]:
    close(bench)
    restored(bench)
    given = bench.given(OPENING)
    return bench.preview("vservers-enable", given).changes[0], given


def member(kind: str) -> Made:
    def make(bench: NodesBench) -> tuple[Change, Given]:
        if kind == "member-enable":
            bench.world.member_set("sg_xms_443", "xms02", 443, enabled=False, by="xa")
        detail = {"group": "sg_xms_443", "server": "xms02", "port": 443}
        return Change(kind, 1, SystemName.NETSCALER, "sg_xms_443/xms02:443", kind, detail), bench.given("join")

    return make


def saving(bench: NodesBench) -> tuple[Change, Given]:
    change, given = disabling(bench)
    bench.carry(change, given)
    return Change("netscaler-save", 2, SystemName.NETSCALER, "configuration", "save"), given


Case = tuple[str, str, str, Made]
CASES: dict[str, Case] = {
    "disable": ("disable", "disable", "", disabling),
    "enable": ("enable", "enable", "", enabling),
    "member out": ("disable", "member_disable", "sg_xms_443/xms02:443", member("member-disable")),
    "member in": ("enable", "member_enable", "sg_xms_443/xms02:443", member("member-enable")),
    "save": ("save", "save", "config", saving),
}
"""What the appliance is asked, what its ledger then says of which target, and the change that leads to it."""
every_change = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@every_change
def test_a_lost_reply_is_looked_for(bench: NodesBench, case: Case) -> None:
    """After a reply was lost the change is found done, and stands once in the ledger."""
    asked, verb, target, make = case
    change, given = make(bench)
    bench.world.faults.arm("lose_reply", f"netscaler:{asked}")
    assert isinstance(bench.carry(change, given), Done)
    assert bench.done("netscaler", verb, target or change.target) == 1


@pytest.mark.parametrize("name", ["disable", "enable", "member out", "member in"])
def test_an_answer_is_no_proof(bench: NodesBench, name: str) -> None:
    """What is answered at once and shows later is waited for: the state is the proof."""
    asked, verb, target, make = CASES[name]
    change, given = make(bench)
    bench.world.faults.arm("late_result", f"netscaler:{asked}", value=4.0)
    outcome = bench.carry(change, given)
    assert isinstance(outcome, Done)
    assert outcome.ours
    assert bench.done("netscaler", verb, target or change.target) == 1


@pytest.mark.parametrize("name", ["disable", "member out"])
def test_what_never_shows_is_asked_for_again(bench: NodesBench, name: str) -> None:
    """A change that was answered and is never seen is a goal: it may be asked for again, and is then seen."""
    asked, verb, target, make = CASES[name]
    change, given = make(bench)
    bench.world.faults.arm("late_result", f"netscaler:{asked}", value=10_000.0)
    assert isinstance(bench.carry(change, given), Done)
    assert bench.done("netscaler", verb, target or change.target) == 1


@every_change
def test_a_change_that_the_appliance_refuses_has_failed(bench: NodesBench, case: Case) -> None:
    """HTTP 599 is a certain no: nothing is repeated, and the text says what the appliance said."""
    asked, verb, target, make = case
    change, given = make(bench)
    bench.world.faults.arm("fail", f"netscaler:{asked}")
    outcome = bench.carry(change, given)
    assert isinstance(outcome, Failed)
    assert "HTTP 599" in outcome.text
    assert bench.done("netscaler", verb, target or change.target) == 0


def test_a_change_that_is_so_already_is_not_sent(bench: NodesBench) -> None:
    """Somebody who was faster with the same goal is no error, and is not taken for us."""
    change, given = disabling(bench)
    bench.world.vserver_set(change.target, enabled=False, by="xa")
    outcome = bench.carry(change, given)
    assert isinstance(outcome, Done)
    assert not outcome.ours
    assert written(bench) == []


@pytest.mark.parametrize("state", ["", "UNKNOWN", "NS_EMPTY_STR", "GOING OUT OF SERVICE"])
def test_a_state_that_proves_nothing_is_no_reached_goal(state: str) -> None:
    """A state that is unknown, empty or in between proves neither that a vServer is disabled nor that it is enabled."""
    assert not VServerEffect(enable=True)._reached(state)
    assert not VServerEffect(enable=False)._reached(state)


# Opening


def test_the_door_opens_as_it_was_and_is_watched(bench: NodesBench) -> None:
    """Every vServer that we closed is enabled and saved; the checks pass when members, enrolment and hits are seen."""
    close(bench)
    restored(bench)
    watched = bench.estate.timings.model_copy(update={"door_watched": timedelta(seconds=4)})
    bench.estate = bench.estate.model_copy(update={"timings": watched})
    given, _ = bench.run("vservers-enable", bench.given(OPENING))
    assert [change.kind for change in ordered(given.planned)] == ["vserver-enable"] * 3 + ["netscaler-save"]
    assert all(vserver.enabled for vserver in bench.world.vservers.values())
    bench.world.netscaler_reboot()
    assert all(vserver.enabled for vserver in bench.world.vservers.values())


@pytest.mark.parametrize(
    ("spoil", "code", "severity"),
    [
        (lambda bench: bench.facts.update(devices=40_000), "capacity", Severity.OVERRIDE),
        (
            lambda bench: bench.results.update({"compare-devices": {"undecided": 2}}),
            "security-undecided",
            Severity.HARD,
        ),
        (lambda bench: bench.world.fail_over(), "not-primary", Severity.HARD),
        (
            lambda bench: setattr(bench.world.vservers[ALL[0]], "persistence", "NONE"),
            "persistence-differs",
            Severity.OVERRIDE,
        ),
        (
            lambda bench: bench.results.update({"restore-database": {"checkdb": "errors"}}),
            "database-damaged",
            Severity.HARD,
        ),
        (
            lambda bench: (bench.results.update({"restore-database": {"checkdb": "not-run"}}),
                           bench.states.update({"restore-database": "succeeded"})),
            "checkdb-unfinished",
            Severity.OVERRIDE,
        ),
        (lambda bench: bench.states.update({"release-notices": "skipped"}), "notices-not-sent", Severity.OVERRIDE),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_each_blocker_of_the_opening(
    bench: NodesBench, spoil: Callable[[NodesBench], object], code: str, severity: Severity
) -> None:
    """What must be so before devices are let in is told by its name, and as severely as the runbook says."""
    close(bench)
    restored(bench)
    before = codes(bench.preview("vservers-enable", bench.given(OPENING)))
    assert code not in before
    spoil(bench)
    found = [f for f in bench.preview("vservers-enable", bench.given(OPENING)).findings if f.code == code]
    assert {f.severity for f in found} == {severity}


def test_people_close_and_open_where_the_netscaler_is_off(bench: NodesBench) -> None:
    """Without NITRO every line says what to type, and what can be seen from outside is still verified."""
    given = replace(bench.given(CLOSING), stage_started=bench.world.now())
    preview = bench.preview("vservers-disable", given, NetScaler)
    assert sorted(change.how for change in preview.changes) == [
        f"On the NetScaler: disable lb vserver {name}" for name in ALL
    ]
    verdict = bench.action("vservers-disable").verify(bench.systems(NetScaler), given, bench.samples)
    assert states_of(verdict) == {
        "closed": CheckState.NOT_CHECKED,
        "refused": CheckState.OPEN,
        "drained": CheckState.NOT_CHECKED,
    }
    bench.close_the_door()
    verdict = bench.action("vservers-disable").verify(bench.systems(NetScaler), given, bench.samples)
    assert states_of(verdict)["refused"] is CheckState.PASSED
    opening = bench.preview("vservers-enable", bench.given(OPENING), NetScaler)
    assert sorted(change.how for change in opening.changes) == [
        f"On the NetScaler: enable lb vserver {name}" for name in ALL
    ]
    assert written(bench) == []
