"""What is read of SQL Server, through both ODBC drivers, against the practice server."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlserver_bench import FULL, Bench

from integrations.errors import NotFound, NotPermitted, Refused
from integrations.sqlserver import SqlServer, VersionQuery
from practice.tds.switches import CONTROL, READ_MSDB, VIEW_SERVER_STATE
from practice.world.state import Job, RestoreRow

pytestmark = pytest.mark.odbc


@pytest.fixture
def client(sql: Bench) -> SqlServer:
    return sql.client()


def test_identity_names_instance_and_database(sql: Bench, client: SqlServer) -> None:
    """The identity holds the instance's name and the database's GUID, and its text is the same twice."""
    identity = client.identity("XMS")

    assert (identity.server, identity.database) == ("SQL01", "XMS")
    assert identity.database_guid == sql.world.database.guid
    assert str(identity) == str(client.identity("XMS"))


def test_identity_of_another_world_differs(sql: Bench, client: SqlServer) -> None:
    """Another database behind the same name and address has another identity."""
    before = str(client.identity("XMS"))
    sql.world.database.guid = "00000000-0000-4000-8000-00000000beef"

    assert str(client.identity("XMS")) != before


def test_missing_database_is_not_found(client: SqlServer) -> None:
    """A database that the instance doesn't have is `NotFound` by name."""
    with pytest.raises(NotFound, match="Nowhere"):
        client.database("Nowhere")


@pytest.mark.parametrize("hours", [-9, -3.5, 0, 2, 5.75])
def test_clock_is_read_with_its_offset(sql: Bench, client: SqlServer, hours: float) -> None:
    """The server's clock comes as UTC with the offset of its own local time, east and west of Greenwich."""
    sql.world.database.utc_offset = timedelta(hours=hours)
    sql.world.database.clock_offset = timedelta(seconds=12)

    clock = client.clock()

    assert clock.now == sql.world.now() + timedelta(seconds=12)
    assert clock.offset == timedelta(hours=hours)


def test_instance_and_services_are_facts(sql: Bench, client: SqlServer) -> None:
    """Version, edition, clustering and the Agent's state are read as they are."""
    sql.world.database.clustered = True
    sql.world.database.agent_running = False

    instance = client.instance()

    assert instance.version == (15, 0, 4375, 4)
    assert instance.edition.startswith("Standard")
    assert instance.clustered
    assert not instance.availability_groups
    assert instance.compresses_backups
    assert [service.running for service in client.services()] == [True, False]


def test_express_does_not_compress(sql: Bench, client: SqlServer) -> None:
    """An Express edition is known not to compress backups."""
    sql.server.switches.edition = "Express Edition (64-bit)"

    assert not client.instance().compresses_backups


def test_start_mark_changes_with_a_restart_only(sql: Bench, client: SqlServer) -> None:
    """The start mark stays the same across a change of daylight saving, and changes with a restart."""
    before = client.started()
    sql.world.database.utc_offset = timedelta(hours=2)
    sql.world.database.started = sql.world.database.started - timedelta(hours=1)  # type: ignore[operator]
    across_dst = client.started()
    sql.world.sql_restart("dba")
    sql.time.advance(5)
    sql.world.settle()

    assert across_dst.mark == before.mark
    assert client.started().mark != before.mark


def test_databases_tell_system_from_user(client: SqlServer) -> None:
    """The four system databases are told from the user databases that share the instance."""
    databases = client.databases()

    assert [one.name for one in databases if one.system] == ["master", "tempdb", "model", "msdb"]
    assert [one.name for one in databases if not one.system] == ["XMS", "Payroll", "VeeamBackup"]
    assert {one.state for one in databases} == {"ONLINE"}


def test_database_facts_are_those_of_the_world(sql: Bench, client: SqlServer) -> None:
    """State, owner, model, level and entanglements of the database are read as they are."""
    plain = client.database("XMS")
    sql.world.database.availability_group = "AG1"
    sql.world.database.mirrored = True
    sql.world.database.replicated = True
    sql.world.database.encrypted = True
    tangled = client.database("XMS")

    assert (plain.state, plain.access, plain.owner) == ("ONLINE", "MULTI_USER", "xms")
    assert (plain.recovery_model, plain.compatibility) == ("FULL", 130)
    assert (plain.availability_group, plain.mirrored, plain.replicated, plain.encrypted) == ("", False, False, False)
    assert tangled.availability_group == "AG1"
    assert tangled.mirrored
    assert tangled.replicated
    assert tangled.encrypted


def test_sessions_are_told_by_host_and_program(sql: Bench, client: SqlServer) -> None:
    """Everybody in the database is listed by host and program; our own connections to master are not."""
    sql.world.database.foreign_sessions.append(("adminpc", "Management Studio"))

    found = [(one.host, one.program) for one in client.sessions("XMS")]

    assert found == [
        ("xms01", "XenMobile"),
        ("xms02", "XenMobile"),
        ("xms03", "XenMobile"),
        ("adminpc", "Management Studio"),
    ]


def test_backups_come_newest_first_with_what_speaks_against_each(client: SqlServer) -> None:
    """Every full backup is listed, newest first; VSS and damaged ones say why they can't be used."""
    backups = client.backups("XMS")

    assert [one.set_id for one in backups] == [5, 4, 3, 2, 1]
    assert {one.set_id: one.faults() for one in backups} == {
        5: (),
        4: (),
        3: ("it is a VSS snapshot", "it does not lie on disk"),
        2: ("it is damaged",),
        1: (),
    }


def test_newest_counts_sets_and_not_files(sql: Bench, client: SqlServer) -> None:
    """Asking for two backups gives two sets, with all files of a striped one."""
    for made in sql.world.backups:
        made.family_count = 3

    backups = client.backups("XMS", newest=2)

    assert [one.set_id for one in backups] == [5, 4]
    assert backups[0].paths == (FULL, "E:\\Backup\\XMS_full_2.bak", "E:\\Backup\\XMS_full_3.bak")
    assert backups[0].faults() == ()


def test_striped_set_with_a_missing_file_is_not_usable(sql: Bench, client: SqlServer) -> None:
    """A striped set of which msdb doesn't name every file says so."""
    for made in sql.world.backups:
        made.family_count = 3
        made.missing_members = (2,)

    assert "files of the striped set are missing" in client.backups("XMS")[0].faults()


def test_backup_times_are_utc_by_their_own_zone(sql: Bench, client: SqlServer) -> None:
    """A backup from before a change of daylight saving is put right by the zone that msdb kept with it."""
    backup = sql.world.backups[3]
    backup.utc_offset = timedelta(hours=2)

    found = next(one for one in client.backups("XMS") if one.set_id == backup.set_id)

    assert (found.start, found.finish) == (backup.start, backup.finish)
    assert found.zone_known


def test_backup_without_zone_says_so(sql: Bench, client: SqlServer) -> None:
    """Where msdb has no zone (127) the present offset is taken, and the fact is told."""
    sql.world.backups[3].zone_known = False

    found = next(one for one in client.backups("XMS") if one.set_id == 4)

    assert found.finish == sql.world.backups[3].finish
    assert not found.zone_known


def test_finish_in_msdb_equals_finish_in_the_file(sql: Bench, client: SqlServer) -> None:
    """The header in the file shows set GUID, LSNs and local finish time exactly as msdb does."""
    for made in sql.world.backups:
        made.utc_offset = timedelta(hours=2)
    backup = next(one for one in client.backups("XMS") if one.set_id == 4)

    header = client.header(backup.paths, backup.position)

    assert header.set_guid == backup.guid
    assert (header.first_lsn, header.last_lsn) == (backup.first_lsn, backup.last_lsn)
    assert header.finish_local == backup.finish_local
    assert header.database == "XMS"
    assert header.checksums


def test_header_of_a_missing_file_or_position_is_not_found(client: SqlServer) -> None:
    """A file that can't be opened and a position that isn't in it are `NotFound`."""
    with pytest.raises(NotFound, match="3201"):
        client.headers(["E:\\Backup\\nothing.bak"])
    with pytest.raises(NotFound, match="position 99"):
        client.header([FULL], 99)


def test_file_list_names_the_files_inside(client: SqlServer) -> None:
    """FILELISTONLY gives logical and physical names with sizes, for MOVE and space."""
    data, log = client.file_list([FULL], 4)

    assert (data.logical_name, data.kind, log.kind) == ("XMS", "D", "L")
    assert data.size > log.size > 0


@pytest.mark.parametrize(("position", "number"), [(2, "3189"), (1, "3187")])
def test_verify_refuses_bad_backups(sql: Bench, client: SqlServer, position: int, number: str) -> None:
    """VERIFYONLY WITH CHECKSUM refuses a damaged set and one without checksums, with SQL Server's own number."""
    sql.world.backups[0].checksums = False

    with pytest.raises(Refused) as refused:
        client.verify([FULL], position)

    assert refused.value.code == number


def test_verify_passes_a_good_backup(sql: Bench, client: SqlServer) -> None:
    """VERIFYONLY returns for a good set, and without CHECKSUM for one that has none."""
    client.verify([FULL], 4)
    sql.world.backups[3].checksums = False
    client.verify([FULL], 4, checksum=False)

    assert sql.done() == []


@pytest.mark.parametrize("version", [(13, 0, 5026, 0), (15, 0, 4375, 4)])
def test_files_and_space_are_seen_by_old_and_new_servers(
    sql: Bench, client: SqlServer, version: tuple[int, int, int, int]
) -> None:
    """Existence of a file and free space are read on servers before and after 2017."""
    sql.server.switches.version = version

    there = client.file_state(FULL)
    folder = client.file_state("E:\\Backup")
    nowhere = client.file_state("F:\\None\\x.bak")
    space = client.free_space(FULL, "XMS")
    data = client.free_space("D:\\Backup\\x.bak", "XMS")
    share = client.free_space("\\\\nas.example.com\\backup\\x.bak", "XMS")

    assert (there.exists, there.folder, there.parent_exists) == (True, False, True)
    assert folder.folder
    assert (nowhere.exists, nowhere.parent_exists) == (False, False)
    assert (space.volume, space.free, space.holds_data) == ("E:", 400 * 1024**3, False)
    assert data.holds_data
    assert (share.volume, share.free, share.holds_data) == ("", None, False)


def test_restores_leave_out_verifications(sql: Bench, client: SqlServer) -> None:
    """A VERIFYONLY in the restore history is never taken for a restore."""
    sql.world.restores += [
        RestoreRow(1, "XMS", 4, sql.world.now() - timedelta(hours=1), "dba"),
        RestoreRow(2, "XMS", 5, sql.world.now(), "dba", kind="V"),
    ]

    (restored,) = client.restores("XMS")

    assert (restored.history_id, restored.set_id) == (1, 4)
    assert restored.set_guid == sql.world.backups[3].guid
    assert restored.at == sql.world.now() - timedelta(hours=1)


def test_suspect_pages_and_orphaned_users_are_listed(sql: Bench, client: SqlServer) -> None:
    """Unreadable pages and users without a login are listed; a healthy database has none."""
    healthy = (client.suspect_pages("XMS"), client.orphaned_users("XMS"))
    sql.world.database.suspect_pages = 2
    sql.world.database.orphaned_users = ("xmsreport",)

    assert healthy == ((), ())
    assert len(client.suspect_pages("XMS")) == 2
    assert client.orphaned_users("XMS") == ("xmsreport",)


def test_version_value_is_that_of_the_schema(sql: Bench, client: SqlServer) -> None:
    """The version value is the newest row of the table that the query names."""
    new = client.xms_version("XMS")
    sql.world.database.version = "10.6"

    assert (new, client.xms_version("XMS")) == ("10.7", "10.6")


def test_version_query_that_does_not_hold_is_not_found(client: SqlServer) -> None:
    """Where the assumed table doesn't exist, the answer is `NotFound`, not a guess."""
    with pytest.raises(NotFound, match="208"):
        client.xms_version("XMS", VersionQuery(table="no such table]"))


def test_agent_jobs_tell_when_they_fire(sql: Bench, client: SqlServer) -> None:
    """Jobs show their next run in UTC, whether they run now, and whether they touch backups."""
    due = datetime(2030, 1, 7, 22, 30, tzinfo=UTC)
    sql.world.jobs += [
        Job("Nightly", "sqlserver", "Payroll", enabled=False, running=True, next_run=due),
        Job("Never", "sqlserver", "XMS"),
    ]

    jobs = {job.name: job for job in client.agent_jobs()}

    assert jobs["Nightly"].next_run == due
    assert jobs["Nightly"].running
    assert not jobs["Nightly"].enabled
    assert jobs["Nightly"].databases == ("Payroll",)
    assert jobs["Never"].next_run is None
    assert jobs["XMS log backup"].touches_backups


def test_rights_name_what_is_missing_and_what_is_too_much(sql: Bench, client: SqlServer) -> None:
    """Missing rights and rights beyond need are named."""
    full = client.rights("XMS")
    sql.server.switches.rights -= {CONTROL, READ_MSDB}
    sql.server.switches.rights |= {"SYSADMIN"}
    lacking = client.rights("XMS")

    assert full.missing == frozenset()
    assert full.excess == frozenset()
    assert {"check database", "read msdb.backupset", "read msdb.sysjobs"} <= lacking.missing
    assert lacking.excess == {"sysadmin"}


def test_missing_rights_are_not_permitted(sql: Bench, client: SqlServer) -> None:
    """A read that the login may not make is `NotPermitted`, not an empty answer."""
    sql.server.switches.rights -= {VIEW_SERVER_STATE, READ_MSDB}

    with pytest.raises(NotPermitted, match="300"):
        client.sessions("XMS")
    with pytest.raises(NotPermitted, match="229"):
        client.backups("XMS")


@pytest.mark.parametrize("name", ["X]Y'; DROP DATABASE z--", "a]]b", "'", "Ünïcode 🦉", "SELECT", "x/*"])
def test_hostile_database_names_stay_names(sql: Bench, client: SqlServer, name: str) -> None:
    """Any name that SQL Server allows is read as that name, in parameters, texts and identifiers."""
    sql.world.database.name = name

    assert client.database(name).name == name
    assert client.identity(name).database == name
    assert client.orphaned_users(name) == ()
    assert client.xms_version(name) == "10.7"
    assert client.rights(name).missing == frozenset()


def test_threads_share_a_client(sql: Bench, client: SqlServer) -> None:
    """Eight threads read through one client at once, each on a connection of its own, and the client closes all."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: str(client.identity("XMS")), range(40)))
    client.close()

    assert set(answers) == {str(sql.client().identity("XMS"))}
    assert sql.logins <= 9


def test_asking_connection_is_not_in_its_own_list(sql: Bench, client: SqlServer) -> None:
    """Who asks for the sessions of a database doesn't stand in the list, everybody else there does."""
    with client.acting() as other:
        other.clock()
        spids = {one.spid for one in client.sessions("master")}

        assert spids == {other.ref().spid}
        assert sql.server.connections() == 2
