"""The nouns of the pretend world: nodes, database, backups, vServers, restore points. Plain mutable state.

Only `practice.world.physics` changes them, under the world's lock.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass
class Durations:
    """How long things take in the pretend world, in seconds; practice is in a hurry."""

    boot: float = 0.6
    shutdown: float = 0.2
    snapshot: float = 0.3
    backup: float = 0.6
    restore: float = 0.8
    veeam: float = 0.8
    power: float = 0.1
    sql_restart: float = 1.0
    drain: float = 0.5
    check_in: float = 1.0


@dataclass
class Datastore:
    """One vSphere datastore; sizes in bytes."""

    name: str
    capacity: int = 2000 * 1024**3
    free: int = 900 * 1024**3


@dataclass
class Snapshot:
    """One vSphere snapshot of a node; `powered_on`: it holds the memory of a running machine, and wakes up with it."""

    moref: str
    name: str
    description: str
    created: datetime
    version: str
    parent: str = ""
    powered_on: bool = False


@dataclass
class Node:
    """One XenMobile node and the virtual machine that it is.

    Attributes:
        version: What its disk holds, ``10.6`` or ``10.7``.
        on: Whether the virtual machine is powered on.
        up: Whether XenMobile serves on its ports (booted, database reachable and of its own version).
        recovery: It booted against a database of another version and sits in recovery mode.
        port80_up: Port 80 alone can be down while the others serve (the original fault).
        clock_offset: How far its clock is off.
        question: What the VM waits for an answer to; empty: nothing.
        booted_at: When it was powered on last.
        networks: The networks that its cards are on.
        disk_bytes: Capacity of its one disk.
        ha_protected: Whether vSphere HA restarts it after the failure of a host.
        auto_start: Whether its host starts it together with itself.
    """

    name: str
    moref: str
    instance_uuid: str
    bios_uuid: str
    inventory_path: str
    member: str
    version: str = "10.7"
    on: bool = True
    up: bool = True
    recovery: bool = False
    port80_up: bool = True
    tools_running: bool = True
    clock_offset: timedelta = timedelta(0)
    question: str = ""
    consolidation_needed: bool = False
    booted_at: datetime | None = None
    snapshots: list[Snapshot] = field(default_factory=list)
    current_snapshot: str = ""
    power_events: list[tuple[datetime, str]] = field(default_factory=list)
    host: str = "esx01.example.com"
    datastore: str = "vmfs-xms"
    networks: tuple[str, ...] = ("XMS-DMZ",)
    disk_bytes: int = 50 * 1024**3
    ha_protected: bool = True
    auto_start: bool = False


@dataclass
class VServer:
    """One vServer of the NetScaler; `enabled` is the administrator's switch, the rest follows from it."""

    name: str
    kind: str  # lb or cs
    port: int  # what it serves: 443, 8443, 80
    enabled: bool = True
    connections: int = 0
    hits: int = 0
    changed: datetime | None = None
    counted: datetime | None = None  # until when `hits` are counted
    persistence: str = "SOURCEIP"
    backup_vserver: str = ""
    redirect: str = ""
    gateway: str = ""  # the Gateway vServer that a cs one leads to


@dataclass
class Member:
    """One server in a service group of the NetScaler; `leaving`: disabled gracefully, old connections go on."""

    group: str
    server: str
    port: int
    enabled: bool = True
    leaving: bool = False


@dataclass(frozen=True)
class DataFile:
    """One file of the XMS database: logical name, place on the server's host, ``ROWS`` or ``LOG``, bytes."""

    logical: str
    path: str
    kind: str
    size: int


@dataclass
class BackupSet:
    """One row of msdb's backup history, with its file.

    Attributes:
        content: Which population of devices and configuration it holds: ``at_backup`` or ``now``.
        version: XMS version whose schema it holds.
        local dates: msdb keeps server-local times without a zone; `start` and `finish` are the true instants.
        utc_offset: How far server-local time was ahead of UTC at its end; None: as far as now.
        zone_known: False: msdb holds 127 in place of the zone, as it does for old rows.
        missing_members: Numbers of the striped set's files that msdb no longer names.
        server_major: Major version of the SQL Server that wrote it.
        files: The database's files inside; empty: laid out as at first (`practice.world.layout`).
    """

    set_id: int
    guid: str
    database: str
    database_guid: str
    name: str
    path: str
    position: int
    start: datetime
    finish: datetime
    version: str
    content: str
    kind: str = "D"
    copy_only: bool = False
    checksums: bool = True
    damaged: bool = False
    is_snapshot: bool = False
    device_type: int = 2
    family_count: int = 1
    size: int = 60 * 1024**3
    first_lsn: int = 0
    last_lsn: int = 0
    file_exists: bool = True
    utc_offset: timedelta | None = None
    zone_known: bool = True
    missing_members: tuple[int, ...] = ()
    server_major: int = 13
    files: tuple[DataFile, ...] = ()


@dataclass
class RestoreRow:
    """One row of msdb's restorehistory; kind D is a restore, V a VERIFYONLY that was kept in the history."""

    history_id: int
    database: str
    set_id: int
    at: datetime
    by: str
    kind: str = "D"


@dataclass
class Database:
    """The XMS database and what is known of its instance.

    Attributes:
        instance_up: False while the service restarts; then nobody can connect.
        orphaned_users: Users inside whose login doesn't exist on the instance.
        corrupt: CHECKDB finds errors.
        files: Its files as they lie now; empty: laid out as at first (`practice.world.layout`).
        other_drives: Free bytes of the host's drives beside E, whose are `free_bytes`.
        new_guid_by_restore: RESTORE gives the database a new database_guid; for a database in place the vendor's
            documents leave it open.
    """

    name: str
    guid: str
    server_name: str
    version: str = "10.7"
    content: str = "now"
    state: str = "ONLINE"
    access: str = "MULTI_USER"
    owner: str = "xms"
    recovery_model: str = "FULL"
    compatibility: int = 130
    availability_group: str = ""
    mirrored: bool = False
    started: datetime | None = None
    clock_offset: timedelta = timedelta(0)
    utc_offset: timedelta = timedelta(hours=1)
    agent_running: bool = True
    suspect_pages: int = 0
    other_databases: tuple[str, ...] = ("Payroll", "VeeamBackup")
    foreign_sessions: list[tuple[str, str]] = field(default_factory=list)  # (host, program)
    free_bytes: int = 400 * 1024**3
    instance_up: bool = True
    encrypted: bool = False
    replicated: bool = False
    clustered: bool = False
    orphaned_users: tuple[str, ...] = ()
    corrupt: bool = False
    new_guid_by_restore: bool = False
    files: tuple[DataFile, ...] = ()
    other_drives: dict[str, int] = field(default_factory=lambda: {"D": 80 * 1024**3})


@dataclass
class BackedUp:
    """A machine as Veeam's backups know it: by the managed object id that it had then.

    Attributes:
        name: Its name in the backup; two machines may share one.
        moref: Its managed object id at the time of the backup.
        node: The node whose restore points these are; empty: a stranger's, without any.
    """

    name: str
    moref: str
    node: str = ""


@dataclass
class RestorePoint:
    """One Veeam restore point of a node."""

    point_id: str
    node: str
    created: datetime
    version: str
    malware: str = "Clean"
    operations: tuple[str, ...] = ("StartEntireVmRestore", "StartViVMInstantRecovery")


@dataclass
class RestoreSession:
    """One Veeam restore session; `visible`: from when it can be seen at all, None: from its beginning."""

    session_id: str
    node: str
    point_id: str
    created: datetime
    reason: str
    by: str
    state: str = "Working"
    result: str = "None"
    message: str = ""
    progress: int = 0
    ended: datetime | None = None
    visible: datetime | None = None


@dataclass
class Job:
    """One scheduled job that could fire in the middle: a Veeam or SQL Agent job."""

    name: str
    system: str
    target: str
    enabled: bool = True
    running: bool = False
    next_run: datetime | None = None
