"""Everything that can be read of a SQL Server; the same on a pooled connection and on the one that acts."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import groupby

from integrations.errors import NotFound, Refused
from integrations.sqlserver import statements
from integrations.sqlserver.errors import SYSTEM
from integrations.sqlserver.facts import (
    AgentJob,
    BackupSet,
    Clock,
    Database,
    DatabaseState,
    DataFile,
    FileInSet,
    FileState,
    FreeSpace,
    Header,
    Identity,
    Instance,
    Restored,
    Rights,
    Running,
    Service,
    Session,
    Started,
    SuspectPage,
)
from integrations.sqlserver.parsing import (
    agent_job,
    backup_set,
    database,
    file_in_set,
    header,
    instance,
    restored,
)
from integrations.sqlserver.paths import drive_of, same_file
from integrations.sqlserver.rows import Row, to_utc
from integrations.sqlserver.statements import Statement, VersionQuery

_FIRST_USER_DATABASE = 5
_MAJOR_2017 = 14
_MB = 1024 * 1024
_PAGE = 8192


class Reads(ABC):
    """Reads by their meaning. All may raise what `Connection.rows` raises.

    Attributes:
        version_query: Where the XMS database says its version; the site's own words for what no vendor documents.
    """

    version_query: VersionQuery = VersionQuery()

    @abstractmethod
    def _read(self, statement: Statement, *, patient: bool = False) -> list[Row]:
        """The rows of one statement; a patient one has no time limit."""

    def _one(self, statement: Statement, what: str) -> Row:
        found = self._read(statement)
        if not found:
            raise NotFound(SYSTEM, f"{statement.doing}: there is no {what}")
        return found[0]

    def clock(self) -> Clock:
        """The server's clock and its offset (SYSDATETIMEOFFSET)."""
        return self._one(statements.clock(), "clock").clock()

    def identity(self, database: str) -> Identity:
        """Which database of which instance answers here; `str` of it belongs into the digest.

        Raises:
            NotFound: The instance has no such database.
        """
        row = self._one(statements.identity(database), f"database {database}")
        return Identity(row.text("server_name"), row.text("name"), row.guid("database_guid"), row.guid("family_guid"))

    def instance(self) -> Instance:
        """Version and edition (SERVERPROPERTY)."""
        return instance(self._one(statements.instance(), "version"))

    def started(self) -> Started:
        """When the instance started (sys.dm_os_sys_info `sqlserver_start_time`); compare `mark`."""
        row = self._one(statements.started(), "start time")
        local = row.local("sqlserver_start_time")
        return Started(row.mark("sqlserver_start_time"), to_utc(local, row.clock().offset))

    def services(self) -> tuple[Service, ...]:
        """The instance's Windows services (sys.dm_server_services); empty where the platform has none."""
        return tuple(
            Service(row.text("servicename"), row.text("status_desc").lower() == "running")
            for row in self._read(statements.services())
        )

    def databases(self) -> tuple[DatabaseState, ...]:
        """All databases of the instance with their state."""
        return tuple(
            DatabaseState(
                row.text("name"),
                row.text("state_desc"),
                row.text("user_access_desc"),
                row.number("database_id") < _FIRST_USER_DATABASE,
            )
            for row in self._read(statements.databases())
        )

    def database(self, name: str) -> Database:
        """What is known of one database.

        Raises:
            NotFound: The instance has no such database.
        """
        return database(self._one(statements.database(name), f"database {name}"))

    def sessions(self, database: str) -> tuple[Session, ...]:
        """Whose sessions are in the database, by host and program; ours on this connection left out."""
        return tuple(
            Session(row.number("session_id"), row.text("host_name"), row.text("program_name"))
            for row in self._read(statements.sessions(database))
        )

    def backups(self, database: str, *, kind: str = "D", newest: int = 50) -> tuple[BackupSet, ...]:
        """The newest backup sets in msdb, newest first; kinds are D full, I differential, L log.

        Nothing is filtered out: `BackupSet.faults` says what speaks against each.
        """
        return self._sets(statements.backups(database, kind, newest))

    def find_backup(self, database: str, name: str, file: str) -> BackupSet | None:
        """The newest backup with this set name *and* this file: how our own backup is found again."""
        found = self._sets(statements.backups_named(database, name, 100))
        return next((one for one in found if any(same_file(path, file) for path in one.paths)), None)

    def _sets(self, statement: Statement) -> tuple[BackupSet, ...]:
        rows = self._read(statement)
        by_set = groupby(rows, key=lambda row: row.number("backup_set_id"))
        return tuple(backup_set(list(group)) for _, group in by_set)

    def restores(self, database: str, *, newest: int = 20) -> tuple[Restored, ...]:
        """The newest restores of the database, newest first (msdb restorehistory)."""
        return tuple(restored(row) for row in self._read(statements.restores(database, newest)))

    def headers(self, files: Sequence[str]) -> tuple[Header, ...]:
        """The backup sets in a file or striped set (RESTORE HEADERONLY).

        Raises:
            NotFound: The file can't be opened (3201).
            Refused: It is no backup (3241).
        """
        return tuple(header(row) for row in self._read(statements.headers(files), patient=True))

    def header(self, files: Sequence[str], position: int) -> Header:
        """The header of one backup set.

        Raises:
            NotFound: The file can't be opened, or has no set at that position.
        """
        found = [one for one in self.headers(files) if one.position == position]
        if not found:
            raise NotFound(SYSTEM, f"the backup file has no set at position {position}")
        return found[0]

    def file_list(self, files: Sequence[str], position: int) -> tuple[FileInSet, ...]:
        """The database files inside a backup set (RESTORE FILELISTONLY), for MOVE and space."""
        return tuple(file_in_set(row) for row in self._read(statements.file_list(files, position), patient=True))

    def verify(self, files: Sequence[str], position: int, *, checksum: bool = True) -> None:
        """Read a backup set to its end (RESTORE VERIFYONLY); returns if it is good.

        Raises:
            Refused: It is damaged (3189), has no checksums (3187) or can't be read.
        """
        self._read(statements.verify(files, position, checksum=checksum), patient=True)

    def data_files(self, database: str) -> tuple[DataFile, ...]:
        """The database's own files as they lie now; none where the login may not see them or the database is gone."""
        return tuple(
            DataFile(row.text("name"), row.text("physical_name"), row.text("type_desc"), row.number("pages") * _PAGE)
            for row in self._read(statements.data_files(database))
        )

    def file_state(self, file: str) -> FileState:
        """What lies at a path on the SQL Server's host."""
        if self.instance().version[0] >= _MAJOR_2017:
            row = self._one(statements.file_exists(file), "answer")
            names = ("file_exists", "file_is_a_directory", "parent_directory_exists")
        else:
            row = self._one(statements.file_exists_before_2017(file), "answer")
            names = ("File Exists", "File is a Directory", "Parent Directory Exists")
        return FileState(*(row.flag(name) for name in names))

    def free_space(self, file: str, database: str) -> FreeSpace:
        """The room on the volume of a path, and whether the database's own files lie there too."""
        volume = drive_of(file)
        data = {drive_of(one.path) for one in self.data_files(database)}
        return FreeSpace(volume, self._drives().get(volume), bool(volume) and volume in data)

    def _drives(self) -> dict[str, int]:
        if self.instance().version[0] >= _MAJOR_2017:
            rows = self._read(statements.drives())
            return {drive_of(row.text("fixed_drive_path")): row.number("free_space_in_bytes") for row in rows}
        rows = self._read(statements.drives_before_2017())
        return {row.text("drive").upper() + ":": row.number("MB free") * _MB for row in rows}

    def running(self) -> tuple[Running, ...]:
        """Every BACKUP, RESTORE and DBCC that runs on the instance now, with its percentage."""
        return tuple(
            Running(
                row.number("session_id"),
                row.guid("connection_id"),
                row.text("command"),
                row.real("percent_complete"),
                to_utc(row.local("start_time"), row.clock().offset),
            )
            for row in self._read(statements.running())
        )

    def suspect_pages(self, database: str) -> tuple[SuspectPage, ...]:
        """Pages of the database that SQL Server could not read (msdb.dbo.suspect_pages)."""
        return tuple(
            SuspectPage(
                row.number("file_id"), row.number("page_id"), row.number("event_type"), row.number("error_count")
            )
            for row in self._read(statements.suspect_pages(database))
        )

    def orphaned_users(self, database: str) -> tuple[str, ...]:
        """Users inside the database whose SQL login doesn't exist on this instance."""
        return tuple(row.text("name") for row in self._read(statements.orphaned_users(database)))

    def xms_version(self, database: str, query: VersionQuery | None = None) -> str:
        """The version value that the XMS database holds.

        Raises:
            NotFound: The table isn't there (208), or is empty: the assumption of `VersionQuery` doesn't hold.
        """
        row = self._one(statements.xms_version(database, query or self.version_query), "version value")
        return row.text("version")

    def agent_jobs(self) -> tuple[AgentJob, ...]:
        """The Agent's jobs with their next run."""
        rows = self._read(statements.agent_jobs())
        return tuple(agent_job(list(group)) for _, group in groupby(rows, key=lambda row: row.text("name")))

    def rights(self, database: str) -> Rights:
        """What our login may do, and what it may do beyond need."""
        row = self._one(statements.rights(database), "answer")
        asked = (*statements.RIGHTS, *statements.EXCESS)
        held = {name for number, name in enumerate(asked) if row.flag(f"r{number}")}
        return Rights(
            frozenset(held), frozenset(statements.RIGHTS) - held, frozenset(held & frozenset(statements.EXCESS))
        )

    def refuse_existing(self, file: str) -> None:
        """Make sure that nothing lies at the path of a new backup and that its folder is there.

        Raises:
            Refused: Something lies there already; every attempt writes a new file.
            NotFound: The folder isn't there.
        """
        state = self.file_state(file)
        if state.exists or state.folder:
            raise Refused(
                SYSTEM,
                "the backup file exists already",
                code="file_exists",
                next_step="Take another file name, or find out whose file it is.",
            )
        if not state.parent_exists:
            raise NotFound(SYSTEM, "the folder of the backup file does not exist for SQL Server's service account")
