"""What must be so, read on the wire: a break is found, named, said, audited and holds; what is away is not watched."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from invariants_bench import CHOSEN, InvariantsBench
from preparing_bench import PreparingBench

from integrations.netscaler import NetScaler
from integrations.sqlserver import SqlServer
from integrations.veeam import Veeam
from integrations.vsphere import VSphere
from practice.world import World
from practice.world.made import LAST_GOOD_SET, fixed_uuid
from storage.words import Event, RollbackState, StageState

Meddle = Callable[[World], object]
ALL = {f"INV-{n}" for n in range(1, 9)}


@pytest.fixture
def run(preparing: PreparingBench, tmp_path: Path) -> Iterator[InvariantsBench]:
    made = InvariantsBench(preparing, tmp_path)
    yield made
    made.close()


def test_nothing_is_watched_before_it_is_true(run: InvariantsBench) -> None:
    """Before the first stage has ended nothing must be so, and nothing is connected."""
    assert run.watch() == {}


def test_all_hold_when_nobody_meddles(run: InvariantsBench) -> None:
    """Behind a restore that went well each of them is read and holds, round after round, and nothing is said."""
    run.restored()
    assert run.watch(3) == dict.fromkeys(ALL, True)
    assert run.said() == []
    assert run.rollback().state == RollbackState.RUNNING


def _lose_the_file(world: World) -> None:
    chosen = next(one for one in world.backups if one.set_id == LAST_GOOD_SET)
    chosen.file_exists = False


def _lose_a_point(world: World) -> None:
    world.points = [one for one in world.points if one.point_id != fixed_uuid("point.xms02.before")]


def _spoil_the_safety_backup(world: World) -> None:
    world.backups[-1].file_exists = False


def _run_jobs_of(system: str) -> Meddle:
    def meddle(world: World) -> None:
        for job in world.jobs:
            job.running = job.system == system

    return meddle


def _visit(world: World) -> None:
    world.database.foreign_sessions.append(("ws17", "SQL Server Management Studio"))


BREAKS: list[tuple[str, Meddle, str]] = [
    ("INV-1", lambda world: world.vserver_set("vs_xms_mam_8443", enabled=True, by="xa"), "vServer vs_xms_mam_8443"),
    ("INV-1", lambda world: world.netscaler_reboot(), "vs_xms_mdm_443) lets connections in"),
    ("INV-2", lambda world: world.power_on("xms02", by=""), "xms02 (believed to be 10.7) is poweredOn and must be off"),
    ("INV-3", _visit, "SQL Server Management Studio on ws17 is in XMS"),
    ("INV-4", _lose_the_file, r"(E:\Backup\XMS_full.bak)"),
    ("INV-4", _lose_a_point, "of xms02 is not there any more"),
    ("INV-5", _run_jobs_of("veeam"), "Veeam's job XMS nodes nightly is at work on xms01, xms02, xms03"),
    ("INV-5", _run_jobs_of("sqlserver"), "the Agent's job XMS log backup is at work on XMS"),
    ("INV-6", lambda world: world.fail_over(), "the NetScaler that is addressed is not the primary any more"),
    ("INV-6", lambda world: setattr(world, "ha_serial", "NS-OTHER"), "another NetScaler answers"),
    ("INV-7", _spoil_the_safety_backup, "the safety backup can't be read"),
    ("INV-8", lambda world: world.access_set("RESTRICTED_USER", by="dba"), "XMS is RESTRICTED_USER"),
    ("INV-8", lambda world: setattr(world.database, "state", "SUSPECT"), "XMS is SUSPECT"),
    ("INV-8", lambda world: setattr(world.database, "version", "10.7"), "XMS is 10.7, and 10.6 was restored"),
]


@pytest.mark.parametrize(
    ("name", "meddle", "told"), BREAKS, ids=[f"{name}-{n}" for n, (name, _, _) in enumerate(BREAKS)]
)
def test_a_break_is_named_said_audited_and_holds(run: InvariantsBench, name: str, meddle: Meddle, told: str) -> None:
    """Whoever brings it about: exactly this invariant is broken, and the hold's sentence says what is wrong."""
    run.restored()
    run.watch()
    meddle(run.world)
    run.estate.pass_time(0.5)
    found = run.watch()
    assert {one for one, good in found.items() if good is False} == {name}
    assert told in run.text(name)
    assert (run.rollback().state, run.rollback().held_by) == (RollbackState.PAUSED, "bot")
    assert run.rollback().held_why.startswith(f"{name} is broken: ")
    assert told in run.rollback().held_why
    assert run.said() == [("health-broken", name)]
    assert run.audited(Event.HEALTH_BROKEN) == run.audited(Event.ROLLBACK_HELD) == 1
    assert [
        entry.verb for entry in run.world.ledger.entries() if entry.by == "rollback-bot" and entry.system != "sqlserver"
    ] == []


def test_a_break_that_lasts_holds_once_and_a_new_one_holds_again(run: InvariantsBench) -> None:
    """Who resumes takes the same fault on; another node beside it holds anew, and so does the fault when it is back."""
    run.shut_down()
    run.world.durations.boot = 3600  # a node that has booted is in the database: another break
    run.watch()
    run.world.power_on("xms02", by="")
    run.watch(2)
    run.resume()
    run.watch(2)
    assert run.rollback().state == RollbackState.RUNNING
    assert run.rows()["INV-2"].good is False
    run.world.power_on("xms03", by="")
    run.watch()
    assert run.rollback().state == RollbackState.PAUSED
    assert "xms03" in run.rollback().held_why
    run.world.power_off("xms03", by="va")
    run.world.power_off("xms02", by="va")
    run.watch(2)
    run.resume()
    run.world.power_on("xms02", by="")
    run.watch()
    assert run.rollback().state == RollbackState.PAUSED
    kinds = [kind for kind, name in run.said() if name == "INV-2"]
    assert kinds == ["health-broken", "health-broken", "health-restored", "health-broken"]
    assert run.audited(Event.HEALTH_RESTORED) == 1


def test_a_node_that_must_be_on_and_goes_off_is_a_break(run: InvariantsBench) -> None:
    """Exactly the nodes of the plan: one that is off although it was started counts as one that is on too many."""
    run.restored()
    run.estate.restored("xms01")
    run.ended("restore-node@xms01", instance_uuid=run.world.nodes["xms01"].instance_uuid)
    run.estate.started("xms01")
    run.ended("start-first-node", on=["xms01"])
    assert run.watch()["INV-2"] is True
    run.world.power_off("xms01", by="")
    run.watch()
    assert "xms01 (believed to be 10.6) is poweredOff and must be on" in run.text("INV-2")


def test_a_stage_at_work_may_do_what_it_is_there_for(run: InvariantsBench) -> None:
    """While FIRST is started it may be on and in the database, and while the door opens it may stand open."""
    run.restored()
    run.estate.restored("xms01")
    run.ended("restore-node@xms01", instance_uuid=run.world.nodes["xms01"].instance_uuid)
    run.set(StageState.RUNNING, "start-first-node")
    run.estate.started("xms01")
    assert set(run.watch(2).values()) == {True}
    assert "INV-3" not in run.rows()
    run.ended("start-first-node", on=["xms01"])
    run.set(StageState.RUNNING, "enable-vservers")
    for name in run.world.vservers:
        run.world.vserver_set(name, enabled=True, by="rollback-bot")
    assert set(run.watch(2).values()) == {True}
    assert "INV-1" not in run.rows()
    assert run.said() == []


def test_a_reading_that_a_stage_overtook_is_dropped(run: InvariantsBench) -> None:
    """What was read before a stage began says nothing of what may be so now: it is neither good nor missed."""
    run.shut_down()
    run.world.power_on("xms02", by="")
    run.bench.database.run(lambda _: None)
    connect = run.estate.systems

    def overtaken(*off: type) -> object:
        run.set(StageState.RUNNING, "snapshot-nodes", "start-first-node")
        return connect(*off)

    run.estate.systems = overtaken  # type: ignore[assignment, method-assign]
    run.watch()
    assert "INV-2" not in run.rows()
    assert run.rollback().state == RollbackState.RUNNING


@pytest.mark.parametrize(
    ("off", "unwatched"),
    [
        (VSphere, {"INV-2"}),
        (NetScaler, {"INV-6"}),
        (SqlServer, {"INV-3", "INV-7", "INV-8"}),
        (Veeam, set()),
    ],
)
def test_a_system_that_is_off_is_not_watched_and_never_missed(
    run: InvariantsBench, off: type, unwatched: set[str]
) -> None:
    """What only a system that is off could tell is shown as not watched; it counts no misses and stops nothing."""
    run.restored()
    run.off = (off,)
    found = run.watch(4)
    assert {name for name, good in found.items() if good is None} == unwatched
    assert {row.missed for row in run.rows().values()} == {0}
    assert run.said() == []


def test_one_system_that_is_away_spoils_no_other(run: InvariantsBench) -> None:
    """Without Veeam's answer its points are not read; all else is, and after three misses that is said once."""
    run.restored()
    run.watch()
    run.estate.veeam.stop()
    run.estate._servers.remove(run.estate.veeam)
    found = run.watch(4)
    assert {name for name, good in found.items() if good is None} == {"INV-4", "INV-5"}
    assert {good for name, good in found.items() if name not in {"INV-4", "INV-5"}} == {True}
    assert run.rows()["INV-4"].missed == 4
    assert sorted(run.said()) == [("health-unread", "INV-4"), ("health-unread", "INV-5")]
    assert run.rollback().state == RollbackState.RUNNING


def test_another_backup_that_is_picked_is_the_one_that_must_exist(run: InvariantsBench) -> None:
    """INV-4 follows the choice: the file that was picked last, not the one that was lost."""
    run.prepared()
    assert run.watch() == {"INV-4": True}
    run.ended("prepare", taken={"backup": fixed_uuid("set.999")})
    run.watch()
    assert "msdb does not know the chosen backup" in run.text("INV-4")
    run.ended("prepare", taken={"backup": CHOSEN})
    assert run.watch() == {"INV-4": True}
