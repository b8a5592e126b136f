"""What is read of a SQL Server, as frozen values. Times are aware UTC; sizes are bytes."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DISK = 2  # msdb `device_type`: a file on disk


@dataclass(frozen=True)
class Identity:
    """Which database of which instance this is; `str` gives the text for the digest.

    Attributes:
        server: ``@@SERVERNAME``.
        database: The database's name.
        database_guid: sys.database_recovery_status `database_guid`; empty while the database is not open.
        family_guid: The backup family; equal in every backup of the same database.
    """

    server: str
    database: str
    database_guid: str
    family_guid: str

    def __str__(self) -> str:
        return f"{self.server}/{self.database}/{self.database_guid}"


@dataclass(frozen=True)
class Clock:
    """The server's own clock: its instant, and how far its local time is ahead of UTC at that instant."""

    now: datetime
    offset: timedelta


@dataclass(frozen=True)
class Instance:
    """What kind of SQL Server answers.

    Attributes:
        server: ``@@SERVERNAME``.
        version: Major, minor, build, revision: ``(15, 0, 4375, 4)``.
        edition: E.g. ``Standard Edition (64-bit)``.
        clustered: A failover cluster instance.
        availability_groups: The feature is switched on.
    """

    server: str
    version: tuple[int, ...]
    edition: str
    clustered: bool
    availability_groups: bool

    @property
    def compresses_backups(self) -> bool:
        """Whether BACKUP … COMPRESSION can be expected to work; Express refuses it (1844)."""
        return not self.edition.startswith("Express")


@dataclass(frozen=True)
class Started:
    """When the instance started.

    Attributes:
        mark: The server-local time as it is written there; equal marks mean that it was not restarted, whatever the
            clocks do in between.
        at: The same in UTC, by the present offset; for people.
    """

    mark: str
    at: datetime


@dataclass(frozen=True)
class Service:
    """One Windows service of the instance, e.g. ``SQL Server Agent (MSSQLSERVER)``."""

    name: str
    running: bool


@dataclass(frozen=True)
class DatabaseState:
    """One database of the instance.

    Attributes:
        state: sys.databases `state_desc`: ONLINE, RESTORING, RECOVERING, RECOVERY_PENDING, SUSPECT, EMERGENCY, OFFLINE.
        access: sys.databases `user_access_desc`: MULTI_USER, SINGLE_USER, RESTRICTED_USER.
        system: Whether it is master, model, msdb or tempdb.
    """

    name: str
    state: str
    access: str
    system: bool


@dataclass(frozen=True)
class Database:
    """What is known of one database, kept before a restore to be compared after it.

    Attributes:
        owner: Login that owns it; empty if its SID is unknown here.
        recovery_model: FULL, BULK_LOGGED or SIMPLE.
        compatibility: Compatibility level, e.g. 130.
        encrypted: Whether TDE is on.
        availability_group: Name of its group; empty if it is in none.
        mirrored: Whether database mirroring is set up.
        replicated: Whether it publishes, subscribes or distributes.
        database_guid: Empty while the database is not open.
        family_guid: Empty while the database is not open.
    """

    name: str
    state: str
    access: str
    read_only: bool
    owner: str
    recovery_model: str
    compatibility: int
    encrypted: bool
    availability_group: str
    mirrored: bool
    replicated: bool
    database_guid: str
    family_guid: str


@dataclass(frozen=True)
class Session:
    """Somebody's session whose current database is the asked one."""

    spid: int
    host: str
    program: str


@dataclass(frozen=True)
class Member:
    """One file of a backup set (stripe), as msdb names it."""

    sequence: int
    path: str
    device_type: int


@dataclass(frozen=True)
class BackupSet:
    """One row of msdb's backup history with its files.

    Attributes:
        set_id: msdb `backup_set_id`.
        guid: `backup_set_uuid`; HEADERONLY shows the same as BackupSetGUID.
        kind: `type`: D full, I differential, L log.
        position: Its place in the file: ``WITH FILE = n``.
        start: When it began. In the hour in which clocks are put back it can be up to an hour late.
        finish: When it ended.
        finish_local: The end as msdb writes it: server-local, without a zone; HEADERONLY shows the same.
        zone_known: False where msdb has no `time_zone`; then the server's present offset was taken.
        snapshot: A VSS snapshot (made by a backup product); RESTORE FROM DISK can't read it.
        families: How many files the media set has.
        members: Those of them that msdb names.
    """

    set_id: int
    guid: str
    database: str
    database_guid: str
    family_guid: str
    name: str
    kind: str
    position: int
    start: datetime
    finish: datetime
    finish_local: str
    zone_known: bool
    copy_only: bool
    checksums: bool
    damaged: bool
    snapshot: bool
    recovery_model: str
    size: int
    compressed_size: int
    first_lsn: int
    last_lsn: int
    software_major: int
    families: int
    members: tuple[Member, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """Its files, in the order of the stripes."""
        return tuple(m.path for m in self.members)

    def faults(self) -> tuple[str, ...]:
        """Why RESTORE … FROM DISK can't use it; empty if nothing speaks against it."""
        found = {
            "it is not a full backup": self.kind != "D",
            "it is a VSS snapshot": self.snapshot,
            "it does not lie on disk": any(m.device_type != DISK for m in self.members),
            "it is damaged": self.damaged,
            "files of the striped set are missing": {m.sequence for m in self.members} != set(_upto(self.families)),
        }
        return tuple(fault for fault, holds in found.items() if holds)


def _upto(count: int) -> range:
    return range(1, count + 1)


@dataclass(frozen=True)
class Header:
    """One backup set as its file shows it (RESTORE HEADERONLY).

    Attributes:
        kind: BackupType: 1 full, 2 log, 5 differential.
        finish_local: BackupFinishDate, server-local without a zone, to be compared with `BackupSet.finish_local`.
        binding_id: BindingID: the database_guid at the time of the backup.
        software_major: Major version of the SQL Server that wrote it; a newer one can't be restored (3169).
    """

    position: int
    name: str
    kind: int
    database: str
    server: str
    set_guid: str
    binding_id: str
    family_guid: str
    first_lsn: int
    last_lsn: int
    start_local: str
    finish_local: str
    size: int
    software_major: int
    compatibility: int
    recovery_model: str
    checksums: bool
    damaged: bool
    snapshot: bool
    copy_only: bool
    single_user: bool


@dataclass(frozen=True)
class FileInSet:
    """One database file inside a backup set (RESTORE FILELISTONLY); kind D is data, L is log."""

    logical_name: str
    physical_name: str
    kind: str
    size: int


@dataclass(frozen=True)
class DataFile:
    """One of the database's own files as it lies now (sys.master_files).

    Attributes:
        logical_name: What RESTORE … MOVE calls it.
        path: Where it lies on the SQL Server's host.
        kind: ``ROWS`` or ``LOG``; FILELISTONLY says D and L.
        size: Bytes.
    """

    logical_name: str
    path: str
    kind: str
    size: int


@dataclass(frozen=True)
class FileState:
    """What lies at a path on the SQL Server's host, as the service account sees it."""

    exists: bool
    folder: bool
    parent_exists: bool


@dataclass(frozen=True)
class FreeSpace:
    """Room where a backup would be written.

    Attributes:
        volume: The drive, e.g. ``E:``; empty for a share.
        free: Bytes; None where SQL Server can't tell (a share, a mount point).
        holds_data: Whether files of the database lie on the same volume.
    """

    volume: str
    free: int | None
    holds_data: bool


@dataclass(frozen=True)
class Running:
    """A BACKUP or RESTORE that runs now (sys.dm_exec_requests).

    Attributes:
        spid: Its session; numbers are used again, so compare the connection too.
        connection: `connection_id`.
        command: BACKUP DATABASE, RESTORE DATABASE, RESTORE VERIFYONLY, DBCC …
        percent: How far it is.
    """

    spid: int
    connection: str
    command: str
    percent: float
    started: datetime


@dataclass(frozen=True)
class Restored:
    """One row of msdb's restorehistory, the newest first.

    Attributes:
        history_id: Grows with each restore, so "later than before" needs no clock.
        at: When, in UTC by the server's present offset.
        set_guid: The backup set that was restored.
    """

    history_id: int
    database: str
    at: datetime
    set_id: int
    set_guid: str
    set_name: str


@dataclass(frozen=True)
class SuspectPage:
    """One page that SQL Server could not read (msdb.dbo.suspect_pages).

    Attributes:
        event: 1 an 823 or other 824 error, 2 a bad checksum, 3 a torn page.
    """

    file_id: int
    page_id: int
    event: int
    errors: int


@dataclass(frozen=True)
class AgentJob:
    """One SQL Server Agent job.

    Attributes:
        next_run: When it fires next, in UTC; None if nothing is scheduled.
        running: Whether it runs now.
        databases: Databases that its steps name.
        touches_backups: Whether a step's text speaks of BACKUP, RESTORE or a maintenance plan.
    """

    name: str
    enabled: bool
    next_run: datetime | None
    running: bool
    databases: tuple[str, ...]
    touches_backups: bool


@dataclass(frozen=True)
class Rights:
    """What our login may do, by the names that `statements.RIGHTS` gives to each question."""

    held: frozenset[str]
    missing: frozenset[str]
    excess: frozenset[str] = field(default=frozenset())


@dataclass(frozen=True)
class Ref:
    """By what a running statement is found again: known before it is sent, to be stored before it is sent.

    Attributes:
        spid: ``@@SPID`` of the connection that acts.
        connection: sys.dm_exec_connections `connection_id` of it.
        server_clock: The server's clock just before.
    """

    spid: int
    connection: str
    server_clock: datetime


@dataclass(frozen=True)
class CheckResult:
    """What DBCC CHECKDB found; `first_error` is SQL Server's first complaint, empty if it is clean."""

    clean: bool
    first_error: str
