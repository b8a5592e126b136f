"""Every statement that the bot can send to SQL Server: one function each, one statement each, nothing built elsewhere.

Names and paths are quoted by `quoting`; plain values of reads go as parameters. BACKUP, RESTORE, ALTER DATABASE and
DBCC get literals, because ALTER DATABASE takes no variables and it isn't known whether SQL Server prepares the others.
"""
# ruff: noqa: S608 - statements are built here and nowhere else; a test proves that quoting keeps each of them one

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integrations.sqlserver.quoting import identifier, path, sysname, text

CLOCK = "CAST(SYSDATETIMEOFFSET() AS nvarchar(40)) AS server_clock"
STATS = 5


@dataclass(frozen=True)
class Statement:
    """One statement with its parameters.

    Attributes:
        text: T-SQL with ``?`` for each parameter.
        doing: What it does, for messages: ``reading the backups of XMS``.
        params: Values of the ``?``; never None, because Microsoft's driver then asks the server back.
    """

    text: str
    doing: str
    params: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class VersionQuery:
    """Where the XMS database says which version of XenMobile Server it belongs to.

    The vendor doesn't document it, so the default is an assumption to be proven on the real database before a rollback
    relies on it: the newest row of a migration table.

    Attributes:
        schema: Schema of the table.
        table: The table.
        column: The column that holds the version.
        newest_by: The column by which the newest row is found.
    """

    schema: str = "dbo"
    table: str = "schema_version"
    column: str = "version"
    newest_by: str = "installed_rank"


def clock() -> Statement:
    """The server's clock with its offset."""
    return Statement(f"SELECT {CLOCK}", "reading the clock")


def identity(database: str) -> Statement:
    """Instance name and the database's GUIDs; the GUIDs are NULL while it is not open."""
    return Statement(
        "SELECT @@SERVERNAME AS server_name, d.name, r.database_guid, r.family_guid FROM sys.databases d"
        " LEFT JOIN sys.database_recovery_status r ON r.database_id = d.database_id WHERE d.name = ?",
        f"reading the identity of {database}",
        (database,),
    )


def instance() -> Statement:
    """Version and edition of the instance."""
    return Statement(
        "SELECT @@SERVERNAME AS server_name, CAST(SERVERPROPERTY(N'ProductVersion') AS nvarchar(128)) AS version,"
        " CAST(SERVERPROPERTY(N'Edition') AS nvarchar(128)) AS edition,"
        " CAST(SERVERPROPERTY(N'IsClustered') AS int) AS clustered,"
        " CAST(SERVERPROPERTY(N'IsHadrEnabled') AS int) AS availability_groups",
        "reading version and edition",
    )


def started() -> Statement:
    """When the instance started, server-local."""
    return Statement(f"SELECT i.sqlserver_start_time, {CLOCK} FROM sys.dm_os_sys_info i", "reading the start time")


def services() -> Statement:
    """The instance's Windows services and whether they run."""
    return Statement("SELECT servicename, status_desc FROM sys.dm_server_services", "reading the services")


def databases() -> Statement:
    """All databases with their state; the first four ids are the system's."""
    return Statement(
        "SELECT database_id, name, state_desc, user_access_desc FROM sys.databases ORDER BY database_id",
        "reading the databases",
    )


def database(name: str) -> Statement:
    """State, settings and entanglements of one database."""
    return Statement(
        "SELECT d.name, d.state_desc, d.user_access_desc, d.is_read_only, SUSER_SNAME(d.owner_sid) AS owner_name,"
        " d.recovery_model_desc, d.compatibility_level, d.is_encrypted, d.replica_id, g.name AS group_name,"
        " m.mirroring_guid, d.is_published, d.is_subscribed, d.is_merge_published, d.is_distributor,"
        " r.database_guid, r.family_guid FROM sys.databases d"
        " LEFT JOIN sys.database_mirroring m ON m.database_id = d.database_id"
        " LEFT JOIN sys.database_recovery_status r ON r.database_id = d.database_id"
        " LEFT JOIN sys.availability_replicas a ON a.replica_id = d.replica_id"
        " LEFT JOIN sys.availability_groups g ON g.group_id = a.group_id WHERE d.name = ?",
        f"reading the state of {name}",
        (name,),
    )


def sessions(database: str) -> Statement:
    """Whose sessions are in the database, ours on this connection left out."""
    return Statement(
        "SELECT session_id, host_name, program_name FROM sys.dm_exec_sessions"
        " WHERE is_user_process = 1 AND database_id = DB_ID(?) AND session_id <> @@SPID ORDER BY session_id",
        f"reading the sessions in {database}",
        (database,),
    )


_SETS = (
    "SELECT b.backup_set_id, b.backup_set_uuid, b.database_name, b.database_guid, b.family_guid, b.name, b.type,"
    " b.position, b.backup_start_date, b.backup_finish_date, b.time_zone, b.is_copy_only, b.has_backup_checksums,"
    " b.is_damaged, b.is_snapshot, b.recovery_model, b.backup_size, b.compressed_backup_size, b.first_lsn, b.last_lsn,"
    " b.software_major_version, s.media_family_count, f.family_sequence_number, f.physical_device_name, f.device_type,"
    f" {CLOCK} FROM (SELECT TOP (%d) * FROM msdb.dbo.backupset WHERE %s"
    " ORDER BY backup_finish_date DESC, backup_set_id DESC) b"
    " JOIN msdb.dbo.backupmediaset s ON s.media_set_id = b.media_set_id"
    " JOIN msdb.dbo.backupmediafamily f ON f.media_set_id = b.media_set_id WHERE f.mirror = 0"
    " ORDER BY b.backup_finish_date DESC, b.backup_set_id DESC, f.family_sequence_number"
)


def backups(database: str, kind: str, newest: int) -> Statement:
    """The newest backup sets of a kind (D full, I differential, L log), each with a row per file."""
    where = "database_name = ? AND type = ?"
    return Statement(_SETS % (newest, where), f"reading the backups of {database}", (database, kind))


def backups_named(database: str, name: str, newest: int) -> Statement:
    """The newest backup sets of one set name, each with a row per file."""
    where = "database_name = ? AND name = ?"
    return Statement(_SETS % (newest, where), f"looking for our backup of {database}", (database, name))


def restores(database: str, newest: int) -> Statement:
    """The newest restores of a database; type D only, because VERIFYONLY leaves rows too."""
    return Statement(
        f"SELECT TOP ({newest:d}) h.restore_history_id, h.destination_database_name, h.restore_date, h.backup_set_id,"
        f" b.backup_set_uuid, b.name, {CLOCK} FROM msdb.dbo.restorehistory h"
        " LEFT JOIN msdb.dbo.backupset b ON b.backup_set_id = h.backup_set_id"
        " WHERE h.destination_database_name = ? AND h.restore_type = N'D' ORDER BY h.restore_history_id DESC",
        f"reading the restores of {database}",
        (database,),
    )


def headers(files: Sequence[str]) -> Statement:
    """The backup sets in a file, as the file shows them."""
    return Statement(f"RESTORE HEADERONLY FROM {_disks(files)}", "reading the backup's header")


def file_list(files: Sequence[str], position: int) -> Statement:
    """The database files in a backup set."""
    return Statement(
        f"RESTORE FILELISTONLY FROM {_disks(files)} WITH FILE = {position:d}", "reading the files in the backup"
    )


def verify(files: Sequence[str], position: int, *, checksum: bool) -> Statement:
    """Read a backup set to its end without restoring it; with CHECKSUM it fails if the set has none (3187)."""
    return Statement(
        f"RESTORE VERIFYONLY FROM {_disks(files)} WITH FILE = {position:d}" + (", CHECKSUM" if checksum else ""),
        "verifying the backup",
    )


def file_exists(file: str) -> Statement:
    """What lies at a path (SQL Server 2017 and newer)."""
    return Statement(
        f"SELECT file_exists, file_is_a_directory, parent_directory_exists FROM sys.dm_os_file_exists({path(file)})",
        "looking for the file",
    )


def file_exists_before_2017(file: str) -> Statement:
    """What lies at a path (older servers; the procedure is not documented)."""
    return Statement(f"EXEC master.dbo.xp_fileexist {path(file)}", "looking for the file")


def drives() -> Statement:
    """Free bytes of each drive (SQL Server 2017 and newer)."""
    return Statement(
        "SELECT fixed_drive_path, free_space_in_bytes FROM sys.dm_os_enumerate_fixed_drives", "reading the free space"
    )


def drives_before_2017() -> Statement:
    """Free MB of each drive (older servers; the procedure is not documented)."""
    return Statement("EXEC master.dbo.xp_fixeddrives", "reading the free space")


def data_files(database: str) -> Statement:
    """The database's own files: where they lie, and their sizes in pages of 8 kB."""
    return Statement(
        "SELECT name, type_desc, physical_name, CAST(size AS bigint) AS pages FROM sys.master_files"
        " WHERE database_id = DB_ID(?) ORDER BY file_id",
        f"reading where the files of {database} lie",
        (database,),
    )


def running() -> Statement:
    """Every BACKUP, RESTORE and DBCC that runs on the instance now."""
    return Statement(
        "SELECT session_id, connection_id, command, percent_complete, start_time,"
        f" {CLOCK} FROM sys.dm_exec_requests"
        " WHERE command LIKE N'BACKUP%' OR command LIKE N'RESTORE%' OR command LIKE N'DBCC%'",
        "reading what runs",
    )


def ref() -> Statement:
    """By what a statement on this connection is found again."""
    return Statement(
        f"SELECT session_id, connection_id, {CLOCK} FROM sys.dm_exec_connections WHERE session_id = @@SPID",
        "reading our own connection",
    )


def suspect_pages(database: str) -> Statement:
    """Pages of the database that could not be read."""
    return Statement(
        "SELECT file_id, page_id, event_type, error_count FROM msdb.dbo.suspect_pages"
        " WHERE database_id = DB_ID(?) AND event_type IN (1, 2, 3)",
        "reading the suspect pages",
        (database,),
    )


def orphaned_users(database: str) -> Statement:
    """Users inside the database whose SQL login doesn't exist on this instance."""
    return Statement(
        f"SELECT p.name FROM {identifier(database)}.sys.database_principals p"
        " LEFT JOIN sys.server_principals l ON l.sid = p.sid"
        " WHERE p.type = N'S' AND p.authentication_type = 1 AND p.principal_id > 4 AND l.sid IS NULL",
        f"looking for users without a login in {database}",
    )


def xms_version(database: str, query: VersionQuery) -> Statement:
    """The version value that the XMS database holds."""
    table = ".".join(identifier(part) for part in (database, query.schema, query.table))
    return Statement(
        f"SELECT TOP (1) {identifier(query.column)} AS version FROM {table}"
        f" ORDER BY {identifier(query.newest_by)} DESC",
        f"reading the version value in {database}",
    )


def agent_jobs() -> Statement:
    """Agent jobs with a row per schedule and step; dates and times of the schedule are server-local integers."""
    return Statement(
        "SELECT j.name, j.enabled, s.next_run_date, s.next_run_time, t.database_name,"
        " CASE WHEN t.command LIKE N'%BACKUP%' OR t.command LIKE N'%RESTORE%' OR t.subsystem = N'SSIS'"
        " THEN 1 ELSE 0 END AS touches_backups,"
        " (SELECT COUNT(*) FROM msdb.dbo.sysjobactivity a WHERE a.job_id = j.job_id"
        " AND a.session_id = (SELECT MAX(y.session_id) FROM msdb.dbo.syssessions y)"
        " AND a.start_execution_date IS NOT NULL AND a.stop_execution_date IS NULL) AS running,"
        f" {CLOCK} FROM msdb.dbo.sysjobs j LEFT JOIN msdb.dbo.sysjobschedules s ON s.job_id = j.job_id"
        " LEFT JOIN msdb.dbo.sysjobsteps t ON t.job_id = j.job_id ORDER BY j.name",
        "reading the Agent's jobs",
    )


_MSDB = ("backupset", "backupmediaset", "backupmediafamily", "restorehistory", "suspect_pages", "sysjobs")

RIGHTS: Mapping[str, str] = {
    "view server state": "HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW SERVER STATE')",
    "view any database": "HAS_PERMS_BY_NAME(NULL, NULL, N'VIEW ANY DATABASE')",
    "connect any database": "HAS_PERMS_BY_NAME(NULL, NULL, N'CONNECT ANY DATABASE')",
    "select all user securables": "HAS_PERMS_BY_NAME(NULL, NULL, N'SELECT ALL USER SECURABLES')",
    "dbcreator": "IS_SRVROLEMEMBER(N'dbcreator')",
    "backup database": "HAS_PERMS_BY_NAME(%s, N'DATABASE', N'BACKUP DATABASE')",
    "check database": "HAS_PERMS_BY_NAME(%s, N'DATABASE', N'CONTROL')",
    **{f"read msdb.{table}": f"HAS_PERMS_BY_NAME(N'msdb.dbo.{table}', N'OBJECT', N'SELECT')" for table in _MSDB},
}
EXCESS: Mapping[str, str] = {
    "sysadmin": "IS_SRVROLEMEMBER(N'sysadmin')",
    "securityadmin": "IS_SRVROLEMEMBER(N'securityadmin')",
}


def rights(database: str) -> Statement:
    """Whether our login has each of `RIGHTS` and `EXCESS`: one column each, in their order."""
    name = sysname(database)
    asked = [expression.replace("%s", name) for expression in (*RIGHTS.values(), *EXCESS.values())]
    columns = ", ".join(f"{expression} AS r{number}" for number, expression in enumerate(asked))
    return Statement(f"SELECT {columns}", "reading our rights")


def backup(database: str, file: str, name: str, *, compression: bool) -> Statement:
    """A copy-only full backup into a file; neither INIT nor FORMAT, so that nothing is ever overwritten."""
    options = ["COPY_ONLY", "CHECKSUM", *(["COMPRESSION"] if compression else []), f"NAME = {text(name)}"]
    return Statement(
        f"BACKUP DATABASE {identifier(database)} TO DISK = {path(file)} WITH {', '.join(options)}, STATS = {STATS}",
        f"backing up {database}",
    )


def restore(
    database: str, files: Sequence[str], position: int, *, checksum: bool, moves: Mapping[str, str]
) -> Statement:
    """A restore over the database, with recovery; `moves` gives logical file names new places."""
    options = [f"FILE = {position:d}", "REPLACE", "RECOVERY", *(["CHECKSUM"] if checksum else []), f"STATS = {STATS}"]
    options += [f"MOVE {sysname(logical)} TO {path(place)}" for logical, place in moves.items()]
    return Statement(
        f"RESTORE DATABASE {identifier(database)} FROM {_disks(files)} WITH {', '.join(options)}",
        f"restoring {database}",
    )


def single_user(database: str) -> Statement:
    """Throw everybody out of the database and keep them out."""
    return Statement(
        f"ALTER DATABASE {identifier(database)} SET SINGLE_USER WITH ROLLBACK IMMEDIATE",
        f"setting {database} to SINGLE_USER",
    )


def multi_user(database: str) -> Statement:
    """Let everybody into the database again."""
    return Statement(f"ALTER DATABASE {identifier(database)} SET MULTI_USER", f"setting {database} to MULTI_USER")


def check_database(database: str) -> Statement:
    """Check the physical structure of the database."""
    return Statement(
        f"DBCC CHECKDB ({sysname(database)}) WITH PHYSICAL_ONLY, NO_INFOMSGS, ALL_ERRORMSGS",
        f"checking {database}",
    )


def _disks(files: Sequence[str]) -> str:
    return ", ".join(f"DISK = {path(file)}" for file in files)
