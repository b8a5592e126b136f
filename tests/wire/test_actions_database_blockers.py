"""What stops the database's stages: each blocker of the runbook, previewed and right before the statement."""

from dataclasses import replace
from datetime import timedelta

import pytest
from database_bench import BACK_UP, CHOSEN, RESTART, RESTORE, SAFE, Stages, codes, odbc_driver, stages

from helpers_given import attested, ended
from practice.world import BackupSet
from practice.world.made import fixed_uuid
from rollback.actions.action import Failed, Finding, GuardFailed, Unknown
from rollback.actions.database.backups import Candidates, backup_candidates
from storage.words import CheckState, Severity

pytestmark = pytest.mark.odbc
__all__ = ["odbc_driver", "stages"]


def found(stages: Stages, stage: str, code: str, **more: object) -> Finding | None:
    return next((one for one in stages.preview(stage, **more).findings if one.code == code), None)


def numbered(stages: Stages, number: int) -> BackupSet:
    return next(one for one in stages.sql.world.backups if one.set_id == number)


def candidates(stages: Stages) -> Candidates:
    return backup_candidates(stages.sql.client(), stages.given(RESTORE))


def refusal(stages: Stages, number: int) -> str:
    (one,) = [each for each in candidates(stages).refused if each.backup.set_id == number]
    return "; ".join(one.why)


# The safety backup


def test_existing_file_stops_the_backup(stages: Stages) -> None:
    """A file in the safety backup's place is a hard blocker, and the guard refuses it too."""
    stages.shut_down()
    backup = stages.preview(BACK_UP).changes[0]
    stages.sql.client().backup("XMS", SAFE, "somebody else's", on_ref=lambda _: None)

    assert codes(stages.preview(BACK_UP)) == ["file-exists"]
    with pytest.raises(GuardFailed, match="exists already"):
        stages.begin(backup, BACK_UP)
    assert stages.verbs() == ["backup"]


def test_backup_of_an_earlier_rollback_is_never_taken_for_ours(stages: Stages) -> None:
    """A set of our name in our file that is older than the stage is somebody's, not ours."""
    stages.shut_down()
    backup = stages.preview(BACK_UP).changes[0]
    stages.sql.client().backup("XMS", SAFE, "RB-7/back-up-database/XMS", on_ref=lambda _: None)
    stages.passes(3600)

    with pytest.raises(GuardFailed, match="has not written it"):
        stages.begin(backup, BACK_UP)


def test_database_that_is_not_online_stops_the_backup(stages: Stages) -> None:
    """Only an ONLINE database is backed up."""
    stages.shut_down()
    stages.sql.world.database.state = "RESTORING"

    assert codes(stages.preview(BACK_UP)) == ["not-online"]


def test_foreign_session_stops_the_backup(stages: Stages) -> None:
    """Somebody in the database is named, with program and host, and stops the backup at its start."""
    stages.shut_down()
    backup = stages.preview(BACK_UP).changes[0]
    stages.sql.world.database.foreign_sessions.append(("app01.example.com", "Reporting"))

    assert codes(stages.preview(BACK_UP)) == ["foreign-session"]
    assert "Reporting on app01.example.com" in stages.preview(BACK_UP).findings[0].text
    with pytest.raises(GuardFailed, match="Reporting"):
        stages.begin(backup, BACK_UP)


def test_too_little_room_is_an_override(stages: Stages) -> None:
    """Less than 1.3 times the last backup asks for one approver more."""
    stages.shut_down()
    assert found(stages, BACK_UP, "space-short") is None
    stages.sql.world.database.free_bytes = 77 * 1024**3

    short = found(stages, BACK_UP, "space-short")
    assert short is not None
    assert short.severity is Severity.OVERRIDE


def test_data_volume_is_an_override(stages: Stages) -> None:
    """A safety backup beside the data it saves asks for one approver more."""
    stages.shut_down()
    stages.sql.server.switches.folders.add("D:\\Backup")
    stages.place = stages.place.model_copy(update={"safety_folder": "D:\\Backup"})

    unsafe = found(stages, BACK_UP, "target-unsafe")
    assert unsafe is not None
    assert unsafe.severity is Severity.OVERRIDE


@pytest.mark.parametrize("folder", ["", "E:\\Nowhere"])
def test_folder_that_is_not_there_stops_the_backup(stages: Stages, folder: str) -> None:
    """Without a folder that SQL Server can write into there is no safety backup."""
    stages.shut_down()
    stages.place = stages.place.model_copy(update={"safety_folder": folder})

    assert codes(stages.preview(BACK_UP)) == ["target-unsafe"]


def test_damaged_safety_backup_fails_its_stage(stages: Stages) -> None:
    """A safety backup that VERIFYONLY refuses doesn't pass, and so no restore begins."""
    stages.shut_down()
    backup, verify = stages.preview(BACK_UP).changes
    stages.begin(backup, BACK_UP)
    stages.sql.world.backups[-1].damaged = True

    outcome = stages.begin(verify, BACK_UP)[1]
    assert isinstance(outcome, Failed)
    assert "3189" in outcome.text
    (check,) = stages.verify(BACK_UP, (backup, verify)).checks
    assert check.state is CheckState.FAILED
    assert "safety-backup-missing" in codes(stages.preview(RESTORE), claiming=True)


# The restore


def test_node_that_is_on_stops_a_restore(stages: Stages) -> None:
    """A node that is on is named, at the preview and right before the statement."""
    restore = stages.ready_to_restore()
    stages.sql.world.power_on("xms02", "somebody")

    assert codes(stages.preview(RESTORE)) == ["node-on"]
    with pytest.raises(GuardFailed, match="xms02 is poweredOn"):
        stages.begin(restore, RESTORE)
    assert "restore" not in stages.verbs()


def test_node_switched_on_and_off_in_between_stops_a_restore(stages: Stages) -> None:
    """A node that was on for a moment since the safety backup is named, though all are off now."""
    restore = stages.ready_to_restore()
    stages.passes(60)
    stages.sql.world.power_on("xms03", "somebody")
    stages.passes(30)
    stages.sql.world.power_off("xms03", "somebody")

    assert codes(stages.preview(RESTORE)) == ["node-on"]
    with pytest.raises(GuardFailed, match="xms03 was switched on"):
        stages.begin(restore, RESTORE)
    assert stages.verbs() == ["backup"]


@pytest.mark.parametrize("minutes", [-10, 10])
def test_clocks_that_differ_hide_no_node(stages: Stages, minutes: int) -> None:
    """A node that was on since the backup is found though vCenter's clock is ten minutes off SQL Server's."""
    stages.vcenter.house.clock_offset = timedelta(minutes=minutes)
    restore = stages.ready_to_restore()
    assert codes(stages.preview(RESTORE)) == []
    stages.passes(60)
    stages.sql.world.power_on("xms03", "somebody")
    stages.passes(30)
    stages.sql.world.power_off("xms03", "somebody")

    with pytest.raises(GuardFailed, match="xms03 was switched on"):
        stages.begin(restore, RESTORE)


def test_session_in_the_database_stops_a_restore(stages: Stages) -> None:
    """Nobody is thrown out unseen: somebody in the database stops the restore."""
    restore = stages.ready_to_restore()
    stages.sql.world.database.foreign_sessions.append(("app01.example.com", "Reporting"))

    assert codes(stages.preview(RESTORE)) == ["node-on"]
    with pytest.raises(GuardFailed, match="Reporting"):
        stages.begin(restore, RESTORE)


@pytest.mark.parametrize("change", ["guid", "gone", "finish", "damaged"])
def test_way_back_that_is_not_as_noted_stops_a_restore(stages: Stages, change: str) -> None:
    """A safety backup that is gone, damaged or another one than this rollback made stops the restore."""
    restore = stages.ready_to_restore()
    safe = stages.sql.world.backups[-1]
    {
        "guid": lambda: setattr(safe, "guid", fixed_uuid("planted")),
        "gone": lambda: setattr(safe, "file_exists", False),
        "finish": lambda: setattr(safe, "finish", safe.finish + timedelta(seconds=5)),
        "damaged": lambda: setattr(safe, "damaged", True),
    }[change]()

    assert codes(stages.preview(RESTORE)) == ["safety-backup-missing"]
    with pytest.raises(GuardFailed, match="safety backup"):
        stages.begin(restore, RESTORE)
    assert stages.verbs() == ["backup"]


def test_without_a_safety_backup_nothing_is_restored(stages: Stages) -> None:
    """A restore doesn't begin in a rollback that has verified no safety backup."""
    restore = stages.ready_to_restore()
    stages.results.clear()

    assert codes(stages.preview(RESTORE)) == ["safety-backup-missing"]
    with pytest.raises(GuardFailed, match="isn't made and verified"):
        stages.begin(restore, RESTORE)


@pytest.mark.parametrize("change", [{"guid": fixed_uuid("swapped")}, {"last_lsn": 1}, {"finish": None}])
def test_file_swapped_after_approval_is_not_restored(stages: Stages, change: dict[str, object]) -> None:
    """Right before RESTORE the file's header must be what was approved; another set there is not read."""
    restore = stages.ready_to_restore()
    chosen = numbered(stages, CHOSEN)
    swapped = {name: value or chosen.finish + timedelta(seconds=1) for name, value in change.items()}
    stages.sql.world.backups[stages.sql.world.backups.index(chosen)] = replace(chosen, **swapped)  # type: ignore[arg-type]

    with pytest.raises(GuardFailed, match="the backup was changed"):
        stages.begin(restore, RESTORE)
    assert stages.verbs() == ["backup"]


def test_guards_are_read_again_on_the_acting_connection(stages: Stages) -> None:
    """What becomes wrong between the guards and the statement stops it too: nothing is sent."""
    restore = stages.ready_to_restore()
    effect = stages.effect(restore)
    with stages.systems() as systems:
        before = effect.before(restore, systems, stages.given(RESTORE))
        stages.sql.world.database.foreign_sessions.append(("app01.example.com", "Reporting"))
        outcome = effect.act(restore, systems, stages.given(RESTORE), before, stages.watch)

    assert isinstance(outcome, Failed)
    assert stages.verbs() == ["backup"]


@pytest.mark.parametrize("how", ["availability_group", "mirrored", "replicated"])
def test_replicated_database_is_not_restored(stages: Stages, how: str) -> None:
    """An availability group, mirroring or replication is a hard blocker."""
    stages.ready_to_restore()
    setattr(stages.sql.world.database, how, "AG1" if how == "availability_group" else True)

    assert codes(stages.preview(RESTORE)) == ["database-replicated"]


def test_active_log_backups_are_an_override(stages: Stages) -> None:
    """A job that backs up the log is named until it is paused."""
    stages.ready_to_restore()
    active = found(stages, RESTORE, "log-backups-active")
    assert active is not None
    assert "XMS log backup" in active.text

    stages.sql.world.jobs[0].enabled = False
    assert found(stages, RESTORE, "log-backups-active") is None


@pytest.mark.parametrize(
    ("what", "value", "said"),
    [
        ("owner", "somebody", "owner"),
        ("recovery_model", "SIMPLE", "recovery model"),
        ("compatibility", 100, "compatibility"),
        ("orphaned_users", ("xmsapp",), "without a login"),
        ("suspect_pages", 2, "suspect pages"),
        ("version", "10.7", "version value"),
        ("access", "SINGLE_USER", "SINGLE_USER"),
    ],
)
def test_restored_database_must_be_as_before(stages: Stages, what: str, value: object, said: str) -> None:
    """Owner, recovery model, compatibility, users, pages, version and access are each looked at after the restore."""
    stages.ready_to_restore()
    changes = stages.run(RESTORE).changes
    setattr(stages.sql.world.database, what, value)

    (check,) = stages.verify(RESTORE, changes, stage_started=stages.sql.world.now() - timedelta(hours=1)).checks
    assert check.state is CheckState.FAILED
    assert said in check.text


# CHECKDB


def test_errors_of_checkdb_fail_the_stage(stages: Stages) -> None:
    """A restored database in which CHECKDB finds errors goes no further."""
    stages.ready_to_restore()
    restore, check = stages.preview(RESTORE).changes
    stages.begin(restore, RESTORE)
    stages.sql.world.database.corrupt = True

    outcome = stages.begin(check, RESTORE)[1]
    assert isinstance(outcome, Failed)
    assert "Start no node" in outcome.text
    assert stages.result(RESTORE, (restore, ended(check, outcome)))["checkdb"] == "errors"


def test_errors_that_the_bot_has_read_are_not_attested_away(stages: Stages) -> None:
    """Made by hand after CHECKDB had found errors: the stage needs reconciling, and the errors go on to the next."""
    stages.ready_to_restore()
    restore, check = stages.preview(RESTORE).changes
    stages.begin(restore, RESTORE)
    stages.sql.world.database.corrupt = True
    made = (restore, attested(ended(check, stages.begin(check, RESTORE)[1])))

    assert "found errors" in stages.verify(RESTORE, made).contradiction
    assert stages.result(RESTORE, made)["checkdb"] == "errors"

    stages.sql.world.database.corrupt = False
    again = (restore, ended(check, stages.begin(check, RESTORE)[1]))
    assert stages.verify(RESTORE, again).contradiction == ""
    assert stages.result(RESTORE, again)["checkdb"] == "clean"


@pytest.mark.parametrize("reply_lost", [False, True])
def test_a_checkdb_that_people_ran_is_told_as_theirs(stages: Stages, *, reply_lost: bool) -> None:
    """Whether it was never the bot's to run or its answer was lost, people's word counts and is flagged."""
    stages.ready_to_restore()
    restore, check = stages.preview(RESTORE).changes
    stages.begin(restore, RESTORE)
    lost = ended(check, Unknown("its answer is lost"))
    made = (restore, attested(lost if reply_lost else check))

    verdict = stages.verify(RESTORE, made)
    assert verdict.contradiction == ""
    assert any("run by people" in warning for warning in verdict.warnings)
    assert stages.result(RESTORE, made)["checkdb"] == "attested"


def test_a_backup_that_the_bot_could_not_read_is_not_attested_readable(stages: Stages) -> None:
    """VERIFYONLY failed and somebody attested it: nothing is restored over a way back that isn't one."""
    stages.shut_down()
    backup, verify = stages.preview(BACK_UP).changes
    stages.begin(backup, BACK_UP)
    bad = ended(verify, Failed("can't be relied on", facts={"readable": False}))

    assert "can't be relied on" in stages.verify(BACK_UP, (backup, attested(bad))).contradiction
    by_hand = stages.verify(BACK_UP, (backup, attested(verify)))
    assert by_hand.contradiction == ""
    assert "VERIFYONLY was run by hand" in by_hand.checks[0].text


def test_checkdb_that_may_not_run_any_more_asks_people(stages: Stages) -> None:
    """A right that vanished with the old database leaves CHECKDB to people, and says what to run."""
    stages.ready_to_restore()
    restore, check = stages.preview(RESTORE).changes
    stages.begin(restore, RESTORE)
    stages.sql.server.switches.rights.discard("CONTROL")

    outcome = stages.begin(check, RESTORE)[1]
    assert isinstance(outcome, Unknown)
    assert "DBCC CHECKDB (N'XMS')" in outcome.text


def test_checkdb_of_an_earlier_attempt_says_nothing_of_this_one(stages: Stages) -> None:
    """What was clean before another restore counts for nothing: each attempt has a CHECKDB of its own."""
    stages.ready_to_restore()
    first = stages.run(RESTORE).changes
    second = stages.preview(RESTORE, attempt=2).changes
    with stages.systems() as systems:
        given = stages.given(RESTORE, attempt=2, planned=second, made=(*first, second[0]))
        assert stages.catalogue.actions["database-restore"].result(systems, given)["checkdb"] == "not-run"


# The restart


def test_verify_only_changes_nothing(stages: Stages) -> None:
    """As long as nobody picked a restart there is no change, and every database is looked at."""
    stages.ready_to_restore()
    stages.run(RESTORE)

    assert stages.preview(RESTART).changes == ()
    assert [check.state for check in stages.verify(RESTART, ()).checks] == [CheckState.PASSED]


def test_picked_restart_is_a_persons_and_is_seen_in_the_start_time(stages: Stages) -> None:
    """A restart is open until the start time has changed since the restore; the bot itself never begins it."""
    stages.ready_to_restore()
    stages.run(RESTORE)
    stages.choices["restart"] = "restart"
    preview = stages.preview(RESTART)
    assert codes(preview) == []
    assert [finding.code for finding in preview.findings] == ["others-on-instance"]
    with pytest.raises(GuardFailed, match="by a person"):
        stages.begin(preview.changes[0], RESTART)

    assert [check.state for check in stages.verify(RESTART, preview.changes).checks] == [CheckState.OPEN]
    stages.sql.world.sql_restart("dba")
    stages.passes(10)
    assert [check.state for check in stages.verify(RESTART, preview.changes).checks] == [CheckState.PASSED]


def test_restart_of_a_cluster_is_refused(stages: Stages) -> None:
    """Where a restart would be a failover only verifying may be picked."""
    stages.ready_to_restore()
    stages.run(RESTORE)
    stages.sql.world.database.clustered = True
    assert codes(stages.preview(RESTART)) == []
    stages.choices["restart"] = "restart"
    assert codes(stages.preview(RESTART)) == ["cannot-restart"]


def test_database_that_does_not_come_up_is_seen(stages: Stages) -> None:
    """A database that was ONLINE when the restore had ended and is not now keeps the stage from passing."""
    stages.ready_to_restore()
    stages.run(RESTORE)
    stages.sql.world.database.agent_running = False

    (check,) = stages.verify(RESTART, (), stage_started=stages.sql.world.now() - timedelta(hours=1)).checks
    assert check.state is CheckState.FAILED
    assert "Agent" in check.text
