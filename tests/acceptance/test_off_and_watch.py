"""A system that the bot doesn't use, or only reads: people do its stages by hand after the same gates; it ends well."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.playing import Demo
from bot.demo.setting_up import Wanted
from practice.people.cast import Cast
from rollback.runbook import builtin
from storage.clock import SystemClock
from storage.words import SystemName

pytestmark = pytest.mark.sweep

PATIENCE = 120.0  # seconds that the team waits without anything happening; never part of an assertion
ACTS = {
    SystemName.NETSCALER: "netscaler",
    SystemName.VSPHERE: "vsphere",
    SystemName.SQLSERVER: "sqlserver",
    SystemName.VEEAM: "veeam",
}
"""The systems in which something is changed, by their name in the world's ledger; XenMobile Server is only read."""
CASES = {
    **{f"{system.value}-off": Wanted(60, 2, off=frozenset({system})) for system in SystemName},
    "all-on-watch": Wanted(60, 2, watch=frozenset(SystemName)),
}


@pytest.mark.parametrize("wanted", CASES.values(), ids=CASES.keys())
def test_people_do_by_hand_what_the_bot_does_not_do(tmp_path: Path, wanted: Wanted) -> None:
    """What the bot leaves alone people make after the same gates, and attest; the run ends well."""
    with Demo(tmp_path, wanted, SystemClock().wait) as demo:
        demo.start_bot()
        demo.pilot.patience = PATIENCE
        number = demo.play()
        troubles = list(demo.troubles())
        report = demo.write_report(number)
        assert demo.stop_bot() == 0
        _, broken = demo.audit()
        ledger = demo.console.ledger()
        bots = str(demo.described["login"]["user"])
    assert troubles == []
    assert (report is not None, broken) == (True, "")
    by_hand = wanted.off | wanted.watch
    if SystemName.VSPHERE in wanted.off:
        by_hand |= {SystemName.VEEAM}  # which restore points are a machine's own is told by its id in vCenter
    assert systems_of(ledger, {bots}) == {ACTS[one] for one in ACTS if one not in by_hand}
    assert {ACTS[one] for one in ACTS if one in by_hand} <= systems_of(ledger, {person.key for person in Cast().staff})
    assert_approved_before_attested(tmp_path)


def systems_of(ledger: list[dict[str, Any]], logins: set[str]) -> set[str]:
    """The systems in which these logins changed anything, notes of their evening work left out."""
    return {entry["system"] for entry in ledger if entry["by"] in logins and entry["system"] in ACTS.values()}


def assert_approved_before_attested(folder: Path) -> None:
    """Every stage that was attested had been approved in its gate's newest round, and not by whoever attested it."""
    gates = {stage.stage.partition("@")[0]: stage.gate for stage in builtin("xenmobile").runbook.stages}
    approvers: dict[str, list[str]] = {}
    for entry in audit_of(folder):
        facts = entry["facts"]
        if entry["event"] == "gate:decided" and facts["outcome"] == "approved":
            approvers[facts["gate"]] = facts["counted"]
        if entry["event"] == "stage:attested":
            gate = gates[facts["stage"].partition("@")[0]]
            assert gate in approvers, facts
            assert entry["actor"] not in approvers[gate], facts


def audit_of(folder: Path) -> Iterator[dict[str, Any]]:
    for line in (folder / "audit.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)["signed"]
