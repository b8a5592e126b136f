"""What stands in the way of going back, as `prepare` finds it: what blocks, what people may override, what is shown."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from preparing_bench import PreparingBench

from practice.world.state import Snapshot
from rollback.runbook.reading import builtin
from storage.words import Severity

Trouble = Callable[[PreparingBench], object]


def every_backup(preparing: PreparingBench, **changed: object) -> None:
    for one in preparing.world.backups:
        for key, value in changed.items():
            setattr(one, key, value)


def every_point(preparing: PreparingBench, **changed: object) -> None:
    for one in preparing.world.points:
        for key, value in changed.items():
            setattr(one, key, value)


HARD: dict[str, tuple[str, Trouble]] = {
    "no full backup": ("backup-unusable", lambda b: every_backup(b, kind="I")),
    "only VSS snapshots": ("backup-unusable", lambda b: every_backup(b, is_snapshot=True, device_type=7)),
    "all damaged": ("backup-unusable", lambda b: every_backup(b, damaged=True)),
    "a stripe is missing": ("backup-unusable", lambda b: every_backup(b, family_count=2, missing_members=(2,))),
    "outside the roots": ("backup-unusable", lambda b: b.set_sql(backup_roots=("F:\\Elsewhere",))),
    "the file is gone": ("backup-unusable", lambda b: every_backup(b, file_exists=False)),
    "in an availability group": (
        "database-replicated",
        lambda b: setattr(b.world.database, "availability_group", "AG"),
    ),
    "mirrored": ("database-replicated", lambda b: setattr(b.world.database, "mirrored", True)),
    "replicated": ("database-replicated", lambda b: setattr(b.world.database, "replicated", True)),
    "all after the upgrade": (
        "outside-pairing-window",
        lambda b: b.world.backups.__setitem__(slice(None), [x for x in b.world.backups if x.version == "10.7"]),
    ),
    "points after the upgrade": (
        "outside-pairing-window",
        lambda b: every_point(b, created=b.world.now() - timedelta(hours=2)),
    ),
    "before the last change": (
        "outside-pairing-window",
        lambda b: b.facts.update(last_change_before=(b.world.now() - timedelta(hours=49)).isoformat()),
    ),
    "nobody knows when": ("outside-pairing-window", lambda b: b.facts.update(upgrade_started_at="")),
}


@pytest.mark.parametrize("trouble", HARD)
def test_what_makes_going_back_impossible_blocks(preparing: PreparingBench, trouble: str) -> None:
    """Without a backup or point that may be restored nobody can go on, and the card says why in a sentence."""
    code, make = HARD[trouble]
    make(preparing)
    preview = preparing.preview("prepare", preparing.given("prepare"))
    assert code in {finding.code for finding in preview.blockers(claiming=True)}
    assert all(finding.text.endswith(".") for finding in preview.findings)


OTHERS: dict[str, tuple[str, Severity, str, Trouble]] = {
    "no points": ("node-not-restorable", Severity.OVERRIDE, "go-back", lambda b: b.world.points.clear()),
    "malware": ("node-not-restorable", Severity.OVERRIDE, "go-back", lambda b: every_point(b, malware="Infected")),
    "no way back": (
        "no-way-back",
        Severity.OVERRIDE,
        "go-back",
        lambda b: b.world.points.__setitem__(slice(None), [p for p in b.world.points if p.version == "10.6"]),
    ),
    "no checksums": ("no-checksums", Severity.OVERRIDE, "go-back", lambda b: every_backup(b, checksums=False)),
    "points are old": (
        "points-old",
        Severity.OVERRIDE,
        "go-back",
        lambda b: setattr(b, "estate", b.estate.model_copy(update={"max_point_age": timedelta(hours=1)})),
    ),
    "no space": ("no-space", Severity.OVERRIDE, "save", lambda b: setattr(b.world.database, "free_bytes", 1024)),
    "encrypted": ("database-unusual", Severity.WARN, "", lambda b: setattr(b.world.database, "encrypted", True)),
    "a question": ("vm-unusual", Severity.WARN, "", lambda b: setattr(b.world.nodes["xms02"], "question", "Moved?")),
    "GSLB": (
        "second-door",
        Severity.WARN,
        "",
        lambda b: b.world.global_names.update(gslb_mdm="MDM.example.com", gslb_store="store.example.com"),
    ),
    "NAT to a node": (
        "second-door",
        Severity.WARN,
        "",
        lambda b: b.world.inbound_nat.update({"192.0.2.9": "192.0.2.22"}),
    ),
    "a snapshot": (
        "vm-unusual",
        Severity.WARN,
        "",
        lambda b: b.world.nodes["xms02"].snapshots.append(Snapshot("snapshot-1", "old", "", b.world.now(), "10.7")),
    ),
}


@pytest.mark.parametrize("trouble", OTHERS)
def test_what_people_may_override_is_shown_on_the_gate_that_it_concerns(
    preparing: PreparingBench, trouble: str
) -> None:
    """Overrides name their gate and are handed on with the result; warnings are shown and stop nothing."""
    code, severity, gate, make = OTHERS[trouble]
    make(preparing)
    found = [f for f in preparing.preview("prepare", preparing.given("prepare")).findings if f.code == code]
    assert {(f.severity, f.gate) for f in found} == {(severity, gate)}
    result = preparing.action("prepare").result(preparing.systems(), preparing.given("prepare"))
    handed = {(one["code"], one["gate"]) for one in result["overrides"]}
    assert ((code, gate) in handed) is (severity is Severity.OVERRIDE)


def test_every_code_is_the_runbook_s() -> None:
    """What is found has the severity and the gate that the runbook declares for it."""
    stage = next(s for s in builtin("xenmobile").runbook.stages if s.stage == "prepare")
    assert {code for code, _ in HARD.values()} <= set(stage.hard)
    assert {code for code, severity, *_ in OTHERS.values() if severity is Severity.WARN} <= set(stage.warn)
    overrides = {code: gate for code, severity, gate, _ in OTHERS.values() if severity is Severity.OVERRIDE}
    assert overrides == {code: declared.shown_on for code, declared in stage.override.items()}


def test_names_and_addresses_of_others_are_no_second_door(preparing: PreparingBench) -> None:
    """GSLB for another name, and NAT to another machine, lead no device past the door."""
    preparing.world.global_names["gslb_store"] = "store.example.com"
    preparing.world.inbound_nat["192.0.2.9"] = "192.0.2.77"
    found = preparing.preview("prepare", preparing.given("prepare")).findings
    assert "second-door" not in {finding.code for finding in found}


def test_what_the_account_may_not_read_of_second_doors_is_said(preparing: PreparingBench) -> None:
    """A right that is missing is no proof that there is none."""
    preparing.world.faults.arm("forbid", "netscaler:inat")
    found = preparing.preview("prepare", preparing.given("prepare")).findings
    assert ["can't be read" in finding.text for finding in found if finding.code == "second-door"] == [True]
