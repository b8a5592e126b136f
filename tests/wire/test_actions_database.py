"""The database's stages from the safety backup to the way back, against the practice SQL Server and vCenter."""

import pytest
from database_bench import BACK_UP, CHOSEN, RESTART, RESTORE, SAFE, WAY_BACK, Stages, codes, odbc_driver, stages

from practice.world.made import fixed_uuid
from rollback.actions.action import Done
from storage.words import By, StageState, SystemName

pytestmark = pytest.mark.odbc
__all__ = ["odbc_driver", "stages"]


def test_the_whole_way_to_10_6(stages: Stages) -> None:
    """Safety backup, restore and verifying leave 10.6, one backup and one restore in the ledger, and nobody harmed."""
    stages.shut_down()
    saved = stages.run(BACK_UP)
    restored = stages.run(RESTORE)
    looked = stages.run(RESTART)

    world = stages.sql.world
    assert stages.verbs() == ["backup", "single_user", "restore", "restore_finished"]
    assert (world.database.version, world.database.state, world.database.access) == ("10.6", "ONLINE", "MULTI_USER")
    assert world.harms == []
    assert stages.results[BACK_UP]["file"] == SAFE
    assert stages.results[RESTORE]["set"] == fixed_uuid(f"set.{CHOSEN}")
    assert stages.results[RESTORE]["checkdb"] == "clean"
    assert [change.kind for change in (*saved.changes, *restored.changes, *looked.changes)] == [
        "database-back-up", "database-verify", "database-restore", "database-checkdb",
    ]  # fmt: skip


def test_the_card_shows_every_statement(stages: Stages) -> None:
    """What is approved is what is sent: the three statements with set, file, position and time, word for word."""
    change = stages.ready_to_restore()

    assert change.text == (
        "On one connection to master, one after the other: 1) ALTER DATABASE [XMS] SET SINGLE_USER WITH ROLLBACK "
        "IMMEDIATE; 2) RESTORE DATABASE [XMS] FROM DISK = N'E:\\Backup\\XMS_full.bak' WITH FILE = 4, REPLACE, "
        f"RECOVERY, CHECKSUM, STATS = 5 (set {fixed_uuid('set.4')}, finished 05 Jan 07:00 UTC (07:00 here)); "
        "3) ALTER DATABASE [XMS] SET MULTI_USER"
    )
    assert change.destructive


def test_previews_are_the_same_twice(stages: Stages) -> None:
    """In an unchanged world a preview's digest is the same, however much time has passed and space was used."""
    stages.shut_down()
    first = stages.preview(BACK_UP).digest(stages.given(BACK_UP))
    stages.passes(3600)
    stages.sql.world.database.free_bytes -= 1024**3
    assert stages.preview(BACK_UP).digest(stages.given(BACK_UP)) == first

    stages.run(BACK_UP)
    before = stages.preview(RESTORE).digest(stages.given(RESTORE))
    stages.passes(3600)
    assert stages.preview(RESTORE).digest(stages.given(RESTORE)) == before


def test_ref_is_committed_before_anything_is_sent(stages: Stages) -> None:
    """What finds the statement again is told before it: set or name, file, session, connection, the server's clock."""
    stages.shut_down()
    stages.run(BACK_UP)
    (ref, *_) = stages.watch.refs

    assert set(ref) == {"name", "file", "spid", "connection", "server_clock"}
    assert (ref["name"], ref["file"]) == ("RB-7/back-up-database/XMS", SAFE)

    stages.watch.refs.clear()
    stages.run(RESTORE)
    (ref, *_) = stages.watch.refs
    assert set(ref) == {"set", "file", "spid", "connection", "server_clock"}
    assert stages.watch.percents[-2:] == [100, None]  # of RESTORE, then CHECKDB begins without a number


def test_the_way_back_restores_the_safety_backup(stages: Stages) -> None:
    """After line 1 the same action restores our own backup, though nodes have run since; its version must be 10.7's."""
    stages.shut_down()
    stages.run(BACK_UP)
    stages.run(RESTORE)
    stages.passes(60)
    stages.sql.world.power_on("xms01", "tests")
    stages.passes(0.5)
    stages.sql.world.power_off("xms01", "tests")
    stages.states["back-shut-down-nodes"] = StageState.SUCCEEDED
    back = stages.run(WAY_BACK)

    assert [change.kind for change in back.changes] == ["database-restore"]
    assert SAFE in back.changes[0].text
    assert stages.sql.world.database.version == "10.7"


def test_previews_can_be_asked_ahead(stages: Stages) -> None:
    """Before the nodes are off, what an earlier stage will remove stops nothing; the claim enforces it."""
    stages.states |= dict.fromkeys(("shut-down-nodes", BACK_UP, "snapshot-nodes"), StageState.WAITING)
    for stage in (BACK_UP, RESTORE):
        preview = stages.preview(stage)
        assert codes(preview) == []
        assert codes(preview, claiming=True) != []


def test_identity_is_read_on_the_server(stages: Stages) -> None:
    """The digest is bound to the instance and the database that answer, not to the settings."""
    stages.shut_down()
    preview = stages.preview(BACK_UP)
    stages.sql.world.database.server_name = "SQL99"

    assert preview.identity == {SystemName.SQLSERVER: f"SQL01/XMS/{stages.sql.world.database.guid}"}
    assert stages.preview(BACK_UP).digest(stages.given(BACK_UP)) != preview.digest(stages.given(BACK_UP))


def test_a_login_without_the_right_leaves_checkdb_to_people(stages: Stages) -> None:
    """Where the login may not run CHECKDB, a person does; until somebody has, the result says that it didn't run."""
    stages.shut_down()
    stages.run(BACK_UP)
    stages.sql.server.switches.rights.discard("CONTROL")
    restore, check = stages.preview(RESTORE).changes

    assert (restore.by, check.by) == (By.BOT, By.PERSON)
    assert isinstance(stages.begin(restore, RESTORE)[1], Done)
    assert stages.result(RESTORE, (restore,))["checkdb"] == "not-run"
