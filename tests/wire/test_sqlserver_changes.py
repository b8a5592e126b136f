"""BACKUP, RESTORE and who is let in, through both drivers: told before they are sent, sent once, read to the end."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from sqlserver_bench import FULL, MARK, SAFE, USER, Bench, Heard

from integrations.errors import NotFound, NotPermitted, OutcomeUnknown, Refused
from integrations.sqlserver import ActingConnection, DatabaseLeftOpen, Ref, Source, SqlServer, statements
from integrations.sqlserver.odbc import load
from practice.tds.switches import BACKUP_DATABASE, CONTROL, DBCREATOR

pytestmark = pytest.mark.odbc

SOURCE = Source((FULL,), 4)


@pytest.fixture
def client(sql: Bench) -> SqlServer:
    sql.shut_down_nodes()
    return sql.client()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture(params=[True, False], ids=["ends-each-message", "ends-once"])
def shape(sql: Bench, request: pytest.FixtureRequest) -> bool:
    """Both ways in which a server may report progress."""
    sql.server.switches.ends_each_message = request.param
    return bool(request.param)


def back_up(client: SqlServer, heard: Heard, file: str = SAFE) -> None:
    client.backup("XMS", file, MARK, on_ref=heard.refs.append, progress=heard.percents.append)


@contextmanager
def half_way(sql: Bench, statement: str) -> Iterator[None]:
    """While the block runs, a statement that was begun in another thread stands still at about half."""
    sql.time.hold(10)
    with ThreadPoolExecutor(1) as pool:
        client = sql.client()
        begin = {
            "backup": lambda: client.backup("XMS", SAFE, MARK, on_ref=lambda _: None),
            "restore": lambda: client.restore("XMS", SOURCE, on_ref=lambda _: None),
        }[statement]
        running = pool.submit(begin)
        assert sql.time.waiting.wait(10)
        try:
            yield
        finally:
            sql.time.go_on()
            with suppress(OutcomeUnknown):
                running.result()


@pytest.mark.usefixtures("shape")
def test_backup_runs_to_its_end(sql: Bench, client: SqlServer, heard: Heard) -> None:
    """A backup is written once, under its name, with progress to 100, and msdb shows it by name and file."""
    ended = client.backup("XMS", SAFE, MARK, on_ref=heard.refs.append, progress=heard.percents.append)

    found = client.find_backup("XMS", MARK, SAFE)
    assert ended.pages == 1026
    assert heard.percents == list(range(5, 101, 5))
    assert sql.done() == [("backup", USER)]
    assert found is not None
    assert (found.copy_only, found.checksums, found.position) == (True, True, 1)
    assert found.faults() == ()
    client.verify(found.paths, found.position)


def test_backup_is_found_by_name_and_file_only(client: SqlServer, heard: Heard) -> None:
    """The same set name in another file, and another name in the same file, is not our backup."""
    back_up(client, heard)

    assert client.find_backup("XMS", MARK, "E:\\Backup\\XMS_RB-7_2.bak") is None
    assert client.find_backup("XMS", "RB-8/back-up-database/XMS", SAFE) is None


def test_ref_is_told_before_anything_is_sent(sql: Bench, client: SqlServer) -> None:
    """By what the statement can be found is told while the ledger is still empty, on the server's own clock."""
    seen: list[tuple[Ref, int]] = []

    client.backup("XMS", SAFE, MARK, on_ref=lambda ref: seen.append((ref, len(sql.done()))))

    ((ref, done),) = seen
    assert done == 0
    assert ref.spid >= 51
    assert len(ref.connection) == 36
    assert ref.server_clock <= sql.world.now()


def test_ref_that_can_not_be_stored_stops_the_change(sql: Bench, client: SqlServer) -> None:
    """If the ref can't be stored, nothing is sent."""

    def broken(_: Ref) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        client.backup("XMS", SAFE, MARK, on_ref=broken)

    assert sql.done() == []


def test_progress_that_fails_does_not_stop_the_backup(sql: Bench, client: SqlServer) -> None:
    """A failing progress callback is raised only after the backup has been read to its end."""

    def broken(_: int) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        client.backup("XMS", SAFE, MARK, on_ref=lambda _: None, progress=broken)

    assert sql.done() == [("backup", USER)]


def test_existing_file_is_never_written_to(sql: Bench, client: SqlServer, heard: Heard) -> None:
    """A file that is there already is refused before anything is sent, and so is a folder that isn't there."""
    back_up(client, heard)

    with pytest.raises(Refused, match="exists already"):
        back_up(client, heard)
    with pytest.raises(NotFound, match="folder"):
        back_up(client, heard, "E:\\Elsewhere\\x.bak")
    assert sql.done() == [("backup", USER)]


@pytest.mark.usefixtures("shape")
def test_backup_failing_in_mid_way_is_refused(sql: Bench, client: SqlServer, heard: Heard) -> None:
    """An error in mid-way ends the backup with SQL Server's first number, and nothing of it remains."""
    sql.world.faults.arm("fail", "sqlserver:backup")

    with pytest.raises(Refused) as refused:
        back_up(client, heard)

    assert refused.value.code == "3202"
    assert not refused.value.may_have_happened
    assert sql.done() == [("backup_aborted", USER)]
    assert client.find_backup("XMS", MARK, SAFE) is None
    assert not client.file_state(SAFE).exists


def test_compression_is_refused_by_express(sql: Bench, client: SqlServer) -> None:
    """An edition that can't compress says so (1844), and the text says what to change."""
    sql.server.switches.edition = "Express Edition (64-bit)"

    with pytest.raises(Refused, match="Switch compression off"):
        client.backup("XMS", SAFE, MARK, on_ref=lambda _: None, compression=True)


@pytest.mark.usefixtures("shape")
@pytest.mark.parametrize("percent", [5, 50, 100])
def test_server_dying_in_a_backup_leaves_it_open(sql: Bench, client: SqlServer, heard: Heard, percent: int) -> None:
    """A connection that dies during a backup leaves its outcome unknown; looking shows that nothing was written."""
    sql.world.faults.arm("die_at", "sqlserver:backup", value=percent)

    with pytest.raises(OutcomeUnknown) as unknown:
        back_up(client, heard)

    assert unknown.value.may_have_happened
    assert sql.done() == [("backup_aborted", USER)]
    assert client.find_backup("XMS", MARK, SAFE) is None
    assert client.running() == ()


@pytest.mark.usefixtures("shape")
def test_backup_whose_reply_is_lost_is_found_again(sql: Bench, client: SqlServer, heard: Heard) -> None:
    """A backup that was carried out without us hearing of it is found by its name and file, not made again."""
    sql.world.faults.arm("lose_reply", "sqlserver:backup")

    with pytest.raises(OutcomeUnknown):
        back_up(client, heard)

    assert client.find_backup("XMS", MARK, SAFE) is not None
    assert sql.done() == [("backup", USER)]


def test_late_row_is_not_there_at_first(sql: Bench, client: SqlServer, heard: Heard) -> None:
    """A backup whose row comes late is not found at first, and found later."""
    sql.world.faults.arm("late_result", "sqlserver:backup", value=60)
    back_up(client, heard)
    early = client.find_backup("XMS", MARK, SAFE)
    sql.time.advance(61)
    sql.world.settle()

    assert early is None
    assert client.find_backup("XMS", MARK, SAFE) is not None


def test_running_backup_is_seen_from_elsewhere(sql: Bench, client: SqlServer) -> None:
    """A second connection sees the running backup by its ref, with its percentage."""
    refs: list[Ref] = []
    sql.time.hold(10)
    with ThreadPoolExecutor(1) as pool:
        backup = pool.submit(sql.client().backup, "XMS", SAFE, MARK, on_ref=refs.append)
        assert sql.time.waiting.wait(10)
        (running,) = client.running()
        sql.time.go_on()
        backup.result()

    assert (running.spid, running.connection) == (refs[0].spid, refs[0].connection)
    assert (running.command, running.percent) == ("BACKUP DATABASE", 50.0)
    assert client.running() == ()


@pytest.mark.parametrize("statement", ["backup", "restore"])
def test_connections_that_break_abort_what_runs(sql: Bench, client: SqlServer, statement: str) -> None:
    """When the network breaks in mid-way, the server aborts what ran there, and says so in its ledger."""
    with half_way(sql, statement):
        sql.server.drop_all()
        assert sql.server.wait_until_empty(10)

    assert sql.done()[-1] == (f"{statement}_aborted", USER)
    assert client.database("XMS").state == ("ONLINE" if statement == "backup" else "RESTORING")


def test_leaving_early_aborts_the_backup(sql: Bench, client: SqlServer) -> None:
    """Closing a cursor before the end aborts a backup at the server: the reason why everything is read to its end."""
    with client.acting() as connection:
        raw = connection._connection._raw
        sql.time.hold(3)
        cursor = raw.cursor()
        cursor.execute(f"BACKUP DATABASE [XMS] TO DISK = N'{SAFE}' WITH STATS = 5")
        cursor.close()

    assert sql.done() == [("backup_aborted", USER)]


def test_backup_in_a_transaction_is_refused_by_the_server(sql: Bench, client: SqlServer) -> None:
    """Without autocommit the server refuses BACKUP (3021); our connections never open a transaction."""
    with client.acting() as connection:
        raw = connection._connection._raw
        raw.autocommit = False
        cursor = raw.cursor()
        with pytest.raises(load().Error, match="3021"):
            cursor.execute(f"BACKUP DATABASE [XMS] TO DISK = N'{SAFE}' WITH STATS = 5")
        cursor.close()

    assert sql.done() == []


@pytest.mark.usefixtures("shape")
def test_restore_runs_alone_and_lets_everybody_in_again(sql: Bench, client: SqlServer, heard: Heard) -> None:
    """A restore throws everybody out, restores, and gives the database back, each told before it is sent."""
    sql.world.database.foreign_sessions.append(("adminpc", "Management Studio"))

    ended = client.restore("XMS", SOURCE, on_ref=heard.refs.append, progress=heard.percents.append)

    database = client.database("XMS")
    (restored,) = client.restores("XMS")
    assert ended.messages[-1].number == 3014
    assert [verb for verb, _ in sql.done()] == ["single_user", "restore", "restore_finished"]
    assert (database.state, database.access) == ("ONLINE", "MULTI_USER")
    assert restored.set_guid == sql.world.backups[3].guid
    assert client.xms_version("XMS") == "10.6"
    assert heard.percents[-1] == 100
    assert len({ref.connection for ref in heard.refs}) == 1
    assert len(heard.refs) == 3


@pytest.mark.parametrize(
    ("position", "code"), [(99, "3201"), (1, "3187"), (4, "3169")], ids=["no-position", "no-checksums", "newer"]
)
def test_refused_restore_gives_the_database_back(sql: Bench, client: SqlServer, position: int, code: str) -> None:
    """A restore that is refused at once leaves the database online, and everybody is let in again."""
    sql.world.backups[0].checksums = False
    sql.world.backups[3].server_major = 16
    source = Source((FULL if position != 99 else "E:\\Backup\\gone.bak",), position)

    with pytest.raises((Refused, NotFound), match=code) as refused:
        client.restore("XMS", source, on_ref=lambda _: None)

    assert not refused.value.may_have_happened
    assert [verb for verb, _ in sql.done()] == ["single_user", "multi_user"]
    assert client.database("XMS").access == "MULTI_USER"


def test_restore_of_a_stripe_needs_every_file(sql: Bench, client: SqlServer) -> None:
    """A striped set is restored from all of its files, and refused from one alone (3132)."""
    for made in sql.world.backups:
        made.family_count = 2

    with pytest.raises(Refused, match="Give all files"):
        client.restore("XMS", SOURCE, on_ref=lambda _: None)
    client.restore("XMS", Source((FULL, "E:\\Backup\\XMS_full_2.bak"), 4), on_ref=lambda _: None)

    assert client.database("XMS").state == "ONLINE"


@pytest.mark.usefixtures("shape")
@pytest.mark.parametrize("damaged", [True, False])
def test_restore_broken_in_mid_way_says_restoring(sql: Bench, client: SqlServer, *, damaged: bool) -> None:
    """A restore that fails in mid-way says that the database is RESTORING, and leaves it to a person."""
    if not damaged:
        sql.world.faults.arm("fail", "sqlserver:restore")

    with pytest.raises(DatabaseLeftOpen, match="XMS is RESTORING now") as broken:
        client.restore("XMS", Source((FULL,), 2 if damaged else 4), on_ref=lambda _: None)

    assert broken.value.may_have_happened
    assert broken.value.code == ("3183" if damaged else "3203")
    assert [verb for verb, _ in sql.done()] == ["single_user", "restore", "restore_aborted"]


@pytest.mark.usefixtures("shape")
@pytest.mark.parametrize("percent", [5, 60])
def test_server_dying_in_a_restore_leaves_it_open(sql: Bench, client: SqlServer, percent: int) -> None:
    """A connection that dies during a restore leaves the outcome unknown; RESTORING and no request: interrupted."""
    sql.world.faults.arm("die_at", "sqlserver:restore", value=percent)

    with pytest.raises(OutcomeUnknown):
        client.restore("XMS", SOURCE, on_ref=lambda _: None)

    assert client.database("XMS").state == "RESTORING"
    assert client.database("XMS").database_guid == ""
    assert client.running() == ()
    assert client.restores("XMS") == ()


def test_restore_can_be_run_again_over_restoring(sql: Bench, client: SqlServer) -> None:
    """An interrupted restore is run again without SINGLE_USER, which a RESTORING database refuses."""
    sql.world.faults.arm("die_at", "sqlserver:restore", value=50)
    with suppress(OutcomeUnknown):
        client.restore("XMS", SOURCE, on_ref=lambda _: None)

    client.restore("XMS", SOURCE, on_ref=lambda _: None)

    assert client.database("XMS").state == "ONLINE"
    assert [verb for verb, _ in sql.done()] == [
        "single_user",
        "restore",
        "restore_aborted",
        "restore",
        "restore_finished",
    ]


def test_restore_whose_reply_is_lost_is_found_in_the_history(sql: Bench, client: SqlServer) -> None:
    """A restore that ended without us hearing of it stands in the history behind the last one from before."""
    before = [one.history_id for one in client.restores("XMS")]
    sql.world.faults.arm("lose_reply", "sqlserver:restore")

    with pytest.raises(OutcomeUnknown):
        client.restore("XMS", SOURCE, on_ref=lambda _: None)

    assert before == []
    assert client.restores("XMS")[0].set_guid == sql.world.backups[3].guid
    assert client.database("XMS").state == "ONLINE"


def test_restore_with_somebody_inside_is_refused(sql: Bench, client: SqlServer) -> None:
    """Without SINGLE_USER a restore is refused while somebody is in the database (3101)."""
    sql.world.database.foreign_sessions.append(("adminpc", "Management Studio"))

    with client.acting() as connection, pytest.raises(Refused, match="3101"):
        connection.restore("XMS", SOURCE, on_ref=lambda _: None)

    assert sql.done() == []


def test_moves_and_missing_checksums_are_accepted(sql: Bench, client: SqlServer) -> None:
    """Files can be moved to new places, and a set without checksums restored without CHECKSUM."""
    sql.world.backups[3].checksums = False
    sql.server.switches.data_folders |= {"F:\\Data", "F:\\Log's"}
    sql.world.database.other_drives["F"] = 100 * 1024**3
    source = Source((FULL,), 4, checksum=False, moves={"XMS": "F:\\Data\\XMS.mdf", "XMS_log": "F:\\Log's\\XMS.ldf"})

    client.restore("XMS", source, on_ref=lambda _: None)

    assert client.database("XMS").state == "ONLINE"


def test_guards_are_read_on_the_connection_that_acts(sql: Bench, client: SqlServer) -> None:
    """Identity, sessions and header can be read on the acting connection itself, right before it acts."""
    refs: list[Ref] = []
    with client.acting() as connection:
        identity, ref = str(connection.identity("XMS")), connection.ref()
        sessions, header = connection.sessions("XMS"), connection.header((FULL,), 4)
        connection.backup("XMS", SAFE, MARK, on_ref=refs.append)

    assert identity == str(client.identity("XMS"))
    assert sessions == ()
    assert header.set_guid == sql.world.backups[3].guid
    assert refs[0].connection == ref.connection


@pytest.mark.parametrize("mode", ["single_user", "multi_user"])
def test_lost_reply_to_access_leaves_it_open(sql: Bench, client: SqlServer, mode: str) -> None:
    """A lost reply to SINGLE_USER or MULTI_USER leaves its outcome unknown and is not repeated."""
    if mode == "multi_user":
        sql.world.access_set("SINGLE_USER", "dba")
    sql.world.faults.arm("lose_reply", f"sqlserver:{mode}")

    with client.acting() as connection, pytest.raises(OutcomeUnknown):
        getattr(connection, mode)("XMS", on_ref=lambda _: None)

    assert [verb for verb, by in sql.done() if by == USER] == [mode]


def test_session_that_ended_before_a_change_is_not_reopened(sql: Bench, client: SqlServer) -> None:
    """A connection that is gone when a change is sent leaves it open; the change is never sent on another one."""
    with client.acting() as connection:
        connection.clock()
        sql.world.faults.arm("end_session", "sqlserver")
        with pytest.raises(OutcomeUnknown):
            send_at_once(connection)

    assert sql.done() == []
    assert client.database("XMS").access == "MULTI_USER"


def send_at_once(connection: ActingConnection) -> None:
    """SINGLE_USER without the reading of the ref, so that the change itself meets the ended session."""
    connection._connection.run(statements.single_user("XMS"), lambda _: None)


@pytest.mark.parametrize(
    ("right", "number"), [(BACKUP_DATABASE, "262"), (DBCREATOR, "5011")], ids=["backup", "restore"]
)
def test_missing_rights_are_named(sql: Bench, client: SqlServer, right: str, number: str) -> None:
    """A change that the login may not make is `NotPermitted`, and nothing happens."""
    sql.server.switches.rights.discard(right)

    asked = {
        BACKUP_DATABASE: lambda: client.backup("XMS", SAFE, MARK, on_ref=lambda _: None),
        DBCREATOR: lambda: client.restore("XMS", SOURCE, on_ref=lambda _: None),
    }

    with pytest.raises(NotPermitted, match=number):
        asked[right]()

    assert [verb for verb, _ in sql.done() if verb in {"backup", "restore", "single_user"}] == []


def test_check_tells_clean_from_corrupt_and_from_not_allowed(sql: Bench, client: SqlServer) -> None:
    """CHECKDB says clean, or corrupt with the first complaint, or that the login may not run it."""
    clean = client.check_database("XMS", on_ref=lambda _: None)
    sql.world.database.corrupt = True
    corrupt = client.check_database("XMS", on_ref=lambda _: None)
    sql.server.switches.rights.discard(CONTROL)

    assert clean.clean
    assert not corrupt.clean
    assert "8928" in corrupt.first_error
    with pytest.raises(NotPermitted, match="2571"):
        client.check_database("XMS", on_ref=lambda _: None)


def test_two_changes_at_once_do_not_mix(sql: Bench, client: SqlServer) -> None:
    """Two backups at once from one client run on two connections and both end well."""
    ready = threading.Barrier(2)

    def run(number: int) -> int:
        ready.wait(10)
        return client.backup("XMS", f"E:\\Backup\\x{number}.bak", MARK, on_ref=lambda _: None).pages

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, (1, 2))) == [1026, 1026]
    assert sql.done() == [("backup", USER), ("backup", USER)]


@pytest.mark.parametrize(
    "name",
    ["RB-7/back-up'; DROP DATABASE z--/XMS", "it's [odd]", "Sicherung für Ünïcode 🦉"],
    ids=["drop", "odd", "wide"],
)
def test_hostile_set_names_and_paths_stay_texts(sql: Bench, client: SqlServer, name: str) -> None:
    """A hostile set name or path reaches the server as that name and path, in one statement."""
    path = "E:\\Backup\\it's; [x]] --.bak"

    client.backup("XMS", path, name, on_ref=lambda _: None)

    (entry,) = sql.world.ledger.entries("sqlserver")
    assert (entry.verb, dict(entry.detail)) == ("backup", {"file": path, "name": name})
    assert client.find_backup("XMS", name, path) is not None
