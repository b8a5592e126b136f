"""`verify-service`, `go-live`, `clean-up`: what the bot reads while people decide."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from nodes_bench import codes
from preparing_bench import PreparingBench

from helpers_given import ToldSamples
from integrations.netscaler import NetScaler
from integrations.sqlserver import SqlServer
from integrations.veeam import Veeam
from integrations.vsphere import VSphere
from practice.world.state import BackupSet, RestorePoint, RestoreRow, Snapshot
from rollback import health
from rollback.actions.action import Given, Preview
from rollback.actions.probes import read_round
from rollback.devices.returning import Returned, end, keep
from storage.words import CheckState, Severity

ALL = ("xms01", "xms02", "xms03")
Trouble = Callable[[PreparingBench], object]


def live(bench: PreparingBench, **told: object) -> Given:
    """Everything has gone well so far."""
    for stage in ("restore-database", "join-nodes"):
        bench.states.setdefault(stage, "succeeded")
    bench.results.setdefault("restore-database", {"checkdb": "clean"})
    bench.results.setdefault("join-nodes", {"on": list(ALL), "off": []})
    bench.facts.setdefault("change_number", "CHG-1")
    return bench.given("go-live", **told)


def watched(bench: PreparingBench, minutes: int) -> None:
    """So many minutes of readings, in rows, as the worker takes them."""
    every = timedelta(minutes=minutes) / 30
    readings = read_round(bench.systems(), bench.estate)
    for _ in range(31):
        bench.database.run(lambda unit: health.record(unit, bench.rollback_id, readings))
        bench.time.advance(every)
    timings = bench.estate.timings.model_copy(update={"sample_every": every})
    bench.estate = bench.estate.model_copy(update={"timings": timings})


def previewed(bench: PreparingBench) -> Preview:
    return bench.preview("go-live", live(bench))


def test_nothing_speaks_against_a_cluster_that_has_held(preparing: PreparingBench) -> None:
    """After half an hour without a miss the card of `live` shows nothing that people would override."""
    live(preparing)
    watched(preparing, 31)
    assert codes(previewed(preparing)) == set()


AGAINST: dict[str, tuple[str, Severity, Trouble]] = {
    "not watched yet": ("cluster-not-held", Severity.OVERRIDE, lambda _: None),
    "something unknown": (
        "reconcile-open",
        Severity.HARD,
        lambda b: b.states.update({"swap-to@xms02": "needs_reconcile"}),
    ),
    "errors": (
        "database-damaged",
        Severity.HARD,
        lambda b: b.results.update({"restore-database": {"checkdb": "errors"}}),
    ),
    "not checked": (
        "database-damaged",
        Severity.HARD,
        lambda b: b.results.update({"restore-database": {"checkdb": "not-run"}}),
    ),
    "no number": ("change-number-missing", Severity.OVERRIDE, lambda b: b.facts.update(change_number="")),
}


@pytest.mark.parametrize("trouble", AGAINST)
def test_what_speaks_against_going_live_is_on_the_card(preparing: PreparingBench, trouble: str) -> None:
    """Each blocker of the runbook is found, with its severity."""
    code, severity, make = AGAINST[trouble]
    make(preparing)
    found = {f.code: f.severity for f in previewed(preparing).findings}
    assert found[code] is severity


def test_a_miss_within_the_half_hour_is_shown(preparing: PreparingBench) -> None:
    """Port 80 alone, down once on one node, is enough: that was the fault."""
    live(preparing)
    watched(preparing, 31)
    miss = (health.Reading("port-80", "xms02", good=False, value="the port is refused"),)
    preparing.database.run(lambda unit: health.record(unit, preparing.rollback_id, miss))
    assert codes(previewed(preparing)) == {"cluster-not-held"}


def test_a_full_backup_is_waited_for(preparing: PreparingBench) -> None:
    """The log chain is broken since the restore: only a full backup that began after it counts, no copy."""
    world = preparing.world
    world.restores.append(RestoreRow(1, "XMS", 4, world.now(), "rollback-bot"))

    def state() -> CheckState:
        checks = preparing.verify("go-live", live(preparing)).checks
        return next(check.state for check in checks if check.name == "full-backup")

    assert state() is CheckState.OPEN
    preparing.pass_time(60)
    copy = _full(preparing, copy_only=True)
    world.backups.append(copy)
    assert state() is CheckState.OPEN
    world.backups.append(replace(copy, set_id=copy.set_id + 1, guid=copy.guid[::-1], copy_only=False))
    assert state() is CheckState.PASSED


def _full(bench: PreparingBench, **more: object) -> BackupSet:
    last = bench.world.backups[-1]
    now = bench.world.now()
    fields = {"set_id": 60, "guid": "0" * 8 + last.guid[8:], "start": now - timedelta(seconds=20), "finish": now}
    return replace(last, **{**fields, **more})  # type: ignore[arg-type]


def test_health_that_has_held_lets_the_decision_stand(preparing: PreparingBench) -> None:
    """`held` asks for every port of every node that is on; one that hasn't held keeps it open and is named."""
    good = {(f"port-{p}", node) for p in (80, 443, 8443) for node in ALL}
    passed = preparing.verify("go-live", live(preparing), ToldSamples(good))
    assert passed.checks[0].state is CheckState.PASSED
    lacking = preparing.verify("go-live", live(preparing), ToldSamples(good - {("port-80", "xms03")}))
    assert lacking.checks[0].state is CheckState.OPEN
    assert "port 80 of xms03" in lacking.checks[0].text


@pytest.mark.parametrize(("now", "state"), [(1200, CheckState.PASSED), (100, CheckState.FAILED)])
def test_check_ins_are_compared_with_what_was_usual(preparing: PreparingBench, now: int, state: CheckState) -> None:
    """Connections are compared with those of before the door was closed; what was usual must be known."""
    preparing.results["collect-evidence"] = {"connections": dict.fromkeys(preparing.world.vservers, 1200)}
    for vserver in preparing.world.vservers.values():
        vserver.connections = now
    checks = {c.name: c.state for c in preparing.verify("go-live", live(preparing)).checks}
    assert checks["check-ins"] is state
    preparing.results["collect-evidence"] = {"connections": {}}
    checks = {c.name: c.state for c in preparing.verify("go-live", live(preparing)).checks}
    assert checks["check-ins"] is CheckState.NOT_CHECKED


def test_the_service_is_probed_while_people_try_it(preparing: PreparingBench) -> None:
    """Nodes and virtual addresses that have held pass; one that hasn't keeps the check open and is named."""
    live(preparing)
    good = {(f"port-{p}", node) for p in (80, 443, 8443) for node in ALL}
    good |= {("vserver", name) for name in preparing.world.vservers}
    newest = {("vserver", name): (preparing.world.now(), True, "UP") for name in preparing.world.vservers}
    given = preparing.given("verify-service")
    assert preparing.verify("verify-service", given, ToldSamples(good, newest)).checks[0].state is CheckState.PASSED
    one = next(iter(preparing.world.vservers))
    lacking = preparing.verify("verify-service", given, ToldSamples(good - {("vserver", one)}, newest)).checks[0]
    assert (lacking.state, one in lacking.text) == (CheckState.OPEN, True)


def test_without_a_netscaler_the_addresses_are_asked_themselves(preparing: PreparingBench) -> None:
    """Where no vServer is sampled, its health page through the virtual address tells."""
    live(preparing)
    good = {(f"port-{p}", node) for p in (80, 443, 8443) for node in ALL}
    given = preparing.given("verify-service")
    verdict = preparing.verify("verify-service", given, ToldSamples(good), NetScaler)
    assert verdict.checks[0].state is CheckState.PASSED
    preparing.close_the_door()
    verdict = preparing.verify("verify-service", given, ToldSamples(good), NetScaler)
    assert verdict.checks[0].state is CheckState.OPEN


def tidy(bench: PreparingBench, *off: type) -> dict[str, CheckState]:
    given = bench.given("clean-up")
    return {check.name: check.state for check in bench.verify("clean-up", given, None, *off).checks}


def test_clearing_up_is_proven_one_by_one(preparing: PreparingBench) -> None:
    """Snapshots of ours gone, each node backed up under its present id, the log backed up: each check by itself."""
    world = preparing.world
    preparing.results["go-live"] = {"at": world.now().isoformat()}
    preparing.states["go-live"] = "succeeded"
    world.nodes["xms01"].snapshots.append(
        Snapshot("snapshot-7", "RB-7/snapshot-nodes/xms01", "", world.now(), "10.7"),
    )
    open_still = tidy(preparing)
    assert {open_still[name] for name in ("no-consolidation", "backed-up", "log-backups")} == {CheckState.OPEN}
    assert codes(preparing.preview("clean-up", preparing.given("clean-up"))) == set()
    world.nodes["xms01"].snapshots.clear()
    preparing.pass_time(60)
    for name in ALL:
        world.points.append(RestorePoint(f"point-after-{name}", name, world.now(), "10.6"))
    world.backups.append(_full(preparing, kind="L", start=world.now(), finish=world.now()))
    done = tidy(preparing)
    assert {done[name] for name in ("no-consolidation", "backed-up", "log-backups")} == {CheckState.PASSED}
    assert done["re-enrolled"] is CheckState.NOT_CHECKED


COUNTS = {
    "none yet": (None, CheckState.NOT_CHECKED, "No device was counted yet"),
    "some": (Returned(12, ("7", "9")), CheckState.OPEN, "10 of 12 devices that had to enrol again are back."),
    "all": (Returned(12, ()), CheckState.PASSED, "12 of 12 devices that had to enrol again are back."),
}


@pytest.mark.parametrize("counted", COUNTS)
def test_as_long_as_people_are_missing_their_enrolment_is_open(preparing: PreparingBench, counted: str) -> None:
    """Nothing has failed while some have yet to enrol again: the check tells the last count."""
    returned, state, says = COUNTS[counted]
    if returned is not None:
        preparing.database.run(lambda unit: keep(unit, preparing.rollback_id, returned))
    (check,) = (c for c in preparing.verify("clean-up", preparing.given("clean-up")).checks if c.name == "re-enrolled")
    assert check.state is state
    assert says in check.text


def test_who_is_waited_for_no_more_is_missing_no_more(preparing: PreparingBench) -> None:
    """Once somebody has ended the counting, those who never returned keep no check open."""
    preparing.database.run(lambda unit: keep(unit, preparing.rollback_id, Returned(12, ("7", "9"))))
    preparing.database.run(lambda unit: end(unit, preparing.rollback_id, "so", "they were replaced"))
    (check,) = (c for c in preparing.verify("clean-up", preparing.given("clean-up")).checks if c.name == "re-enrolled")
    assert check.state is CheckState.PASSED
    assert "no more are waited for" in check.text


@pytest.mark.parametrize(
    ("off", "unread"), [(VSphere, "no-consolidation"), (Veeam, "backed-up"), (SqlServer, "log-backups")]
)
def test_what_a_system_that_is_off_would_tell_is_not_claimed(preparing: PreparingBench, off: type, unread: str) -> None:
    """A check whose system is off is not checked by machine, and doesn't keep the stage open."""
    assert tidy(preparing, off)[unread] is CheckState.NOT_CHECKED


def test_a_job_at_work_on_the_nodes_is_shown(preparing: PreparingBench) -> None:
    """While Veeam works on a node its snapshots stay: an override."""
    for job in preparing.world.jobs:
        job.running = True
    assert "veeam-busy" in codes(preparing.preview("clean-up", preparing.given("clean-up")))
