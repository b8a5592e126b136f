"""Where a restore writes: files that were moved since the backup, folders that are gone, volumes without room."""

from dataclasses import replace

import pytest
from database_bench import RESTORE, WAY_BACK, Stages, odbc_driver, stages
from sqlserver_bench import FULL

from integrations.errors import Refused
from practice.world.layout import files_of
from practice.world.state import DataFile
from rollback.actions.action import Done, Failed, Finding, GuardFailed
from rollback.actions.database.places import moved_wrong, places
from storage.words import CheckState, Severity, StageState

pytestmark = pytest.mark.odbc
__all__ = ["odbc_driver", "stages"]
GIB = 1024**3
DATA = DataFile("XMS", "F:\\Data\\XMS.mdf", "ROWS", 70 * GIB)
LOG = DataFile("XMS_log", "D:\\Data\\XMS_log.ldf", "LOG", 8 * GIB)


@pytest.fixture
def moved(stages: Stages) -> Stages:
    """The data file was moved to another drive after the backup; the log stayed where it was."""
    stages.sql.world.database.other_drives["F"] = 100 * GIB
    stages.sql.world.database.files = (DATA, LOG)
    return stages


def text_of(stages: Stages) -> str:
    return stages.preview(RESTORE).changes[0].text


def about_room(stages: Stages, stage: str = RESTORE) -> list[Finding]:
    found = stages.preview(stage).findings
    return [one for one in found if one.code in {"target-short", "space-unread"}]


def test_files_that_lie_where_they_did_are_not_moved(stages: Stages) -> None:
    """Where nothing was moved the statement has no MOVE, whatever way the path is written."""
    assert "MOVE" not in text_of(stages)
    data, log = files_of(stages.sql.world.database)
    stages.sql.world.database.files = (replace(data, path="d:/data\\xms.MDF"), log)
    assert "MOVE" not in text_of(stages)


def test_a_file_that_was_moved_is_restored_to_its_present_place(moved: Stages) -> None:
    """The statement that is approved names the present place of a moved file, and the restore writes there."""
    change = moved.ready_to_restore()
    assert "STATS = 5, MOVE N'XMS' TO N'F:\\Data\\XMS.mdf' (set" in change.text
    assert change.detail["moves"] == {"XMS": "F:\\Data\\XMS.mdf"}
    (fact,) = [one for one in moved.preview(RESTORE).facts if one.name == "files that are written"]
    assert fact.value == "F:\\Data\\XMS.mdf (at backup time: D:\\Data\\XMS.mdf), D:\\Data\\XMS_log.ldf"

    moved.run(RESTORE)
    assert [one.path for one in moved.sql.world.database.files] == [DATA.path, LOG.path]
    assert moved.sql.world.harms == []


def test_the_way_back_follows_its_own_places(moved: Stages) -> None:
    """The safety backup knows the present places, so the way back moves nothing, and moves what was moved since."""
    moved.ready_to_restore()
    moved.run(RESTORE)
    moved.states["back-shut-down-nodes"] = StageState.SUCCEEDED
    assert "MOVE" not in moved.preview(WAY_BACK).changes[0].text
    moved.sql.world.database.files = (DATA, replace(LOG, path="F:\\Data\\XMS_log.ldf"))
    moved.run(WAY_BACK)
    assert [one.path for one in moved.sql.world.database.files] == [DATA.path, "F:\\Data\\XMS_log.ldf"]


def test_places_are_part_of_what_is_approved(stages: Stages) -> None:
    """Files that are moved between vote and claim change the digest; right before acting they stop the restore."""
    change = stages.ready_to_restore()
    before = stages.preview(RESTORE).digest(stages.given(RESTORE))
    stages.sql.world.database.other_drives["F"] = 100 * GIB
    stages.sql.world.database.files = (DATA, LOG)

    assert stages.preview(RESTORE).digest(stages.given(RESTORE)) != before
    with pytest.raises(GuardFailed, match="lie elsewhere than approved"):
        stages.begin(change, RESTORE)
    with stages.systems() as systems:
        given = stages.given(RESTORE)
        outcome = stages.effect(change).act(change, systems, given, {"last_restore": 0}, stages.watch)
    assert isinstance(outcome, Failed)
    assert stages.verbs() == ["backup"]


def test_a_file_that_the_database_has_no_more_goes_beside_its_kind(stages: Stages) -> None:
    """A file of the backup that the database lost goes to its old folder, or where that is gone, beside its like."""
    data, log = files_of(stages.sql.world.database)
    second = DataFile("XMS_2", "G:\\Old\\XMS_2.ndf", "ROWS", 1 * GIB)
    stages.sql.world.backups[3].files = (data, second, log)
    assert "MOVE N'XMS_2' TO N'D:\\Data\\XMS_2.ndf'" in text_of(stages)

    stages.sql.server.switches.data_folders.add("G:\\Old")
    stages.sql.world.database.other_drives["G"] = 2 * GIB
    assert "MOVE" not in text_of(stages)
    change = stages.ready_to_restore()
    assert isinstance(stages.begin(change, RESTORE)[1], Done)
    assert [one.path for one in stages.sql.world.database.files] == [data.path, second.path, log.path]


def test_a_volume_without_room_is_told_before_the_vote(moved: Stages) -> None:
    """Files that need more room than their volume has are an override on the card; what they replace counts."""
    assert about_room(moved) == []
    moved.sql.world.database.files = (replace(DATA, size=10 * GIB), LOG)
    moved.sql.world.database.other_drives["F"] = 50 * GIB
    assert about_room(moved) == []

    moved.sql.world.database.other_drives["F"] = 49 * GIB
    (short,) = about_room(moved)
    assert (short.code, short.severity, short.at_start) == ("target-short", Severity.OVERRIDE, False)
    assert short.text.startswith("F: is short of room: the restored files need 50.0 GiB more")


def test_the_server_refuses_what_has_no_room(moved: Stages) -> None:
    """Who approves despite a short volume is told by SQL Server; the database is ONLINE and everybody's as before."""
    change = moved.ready_to_restore()
    moved.sql.world.database.files = (replace(DATA, size=10 * GIB), LOG)
    moved.sql.world.database.other_drives["F"] = 1 * GIB
    with pytest.raises(Refused, match="3257"):
        moved.begin(change, RESTORE)
    database = moved.sql.world.database
    assert (database.state, database.access, moved.verbs()[-1]) == ("ONLINE", "MULTI_USER", "multi_user")


def test_room_that_can_not_be_read_is_a_warning(moved: Stages) -> None:
    """A share tells no free space: where files grow on one, people are warned; where none grows, nobody is."""
    share = "\\\\nas.example.com\\sql\\XMS.mdf"
    moved.sql.world.database.files = (replace(DATA, path=share), LOG)
    assert about_room(moved) == []
    moved.sql.world.database.files = (replace(DATA, path=share, size=1 * GIB), LOG)
    (unread,) = about_room(moved)
    assert (unread.code, unread.severity) == ("space-unread", Severity.WARN)


def test_files_that_landed_elsewhere_fail_the_check(moved: Stages) -> None:
    """After the restore the files must lie where they were to be placed."""
    change = moved.ready_to_restore()
    assert isinstance(moved.begin(change, RESTORE)[1], Done)
    moved.sql.world.database.files = (replace(DATA, path="D:\\Data\\XMS.mdf"), LOG)
    (check,) = moved.verify(RESTORE, (change,)).checks
    assert check.state is not CheckState.PASSED
    assert "its file XMS lies at D:\\Data\\XMS.mdf, not at F:\\Data\\XMS.mdf" in check.text


def test_a_set_that_can_not_be_read_has_no_places(stages: Stages) -> None:
    """Where the files inside can't be read the card says so, and right before acting that is what is wrong."""
    sql = stages.sql.client()
    found = places(sql, "XMS", (FULL,), 99)
    assert found.moves == {}
    assert found.fact().value.startswith("can't be read: ")
    assert "can't be read" in moved_wrong(sql, "XMS", (FULL,), 99, {})
