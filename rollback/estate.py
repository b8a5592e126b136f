"""The estate as data: names, addresses, timings and modes of everything that one rollback touches.

Frozen into the rollback at its start as bytes and hash, so that a settings file edited in mid-way changes nothing.
It holds no secret and no client: secrets are references that `bot.settings` resolves, clients are made by `bot.wiring`.
"""

import hashlib
from datetime import timedelta
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rollback.site import Site, made_up
from storage.words import Mode, SystemName

SHOWN_WITHIN: Final = timedelta(seconds=100)
"""The longest after its end that a result was ever seen to take to show, with a margin."""


class Frozen(BaseModel):
    """A value: unknown keys are refused and nothing is changed after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Node(Frozen):
    """One XenMobile node.

    Attributes:
        name: What people call it; also its name in Veeam.
        address: Where its ports answer (host or IP address, no port).
        inventory_path: Its place in vCenter, e.g. ``DC1/vm/XMS/xms01``.
        instance_uuid: vSphere's instanceUuid; the proof that it is this VM. Empty: read and shown, not compared.
        member: Its server name in the NetScaler's service groups.
        ports: Ports by purpose; the practice estate moves them, a real estate keeps the vendor's.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,62}$")]
    address: str
    inventory_path: str
    instance_uuid: str = ""
    member: str = ""
    ports: dict[Literal["80", "443", "4443", "8443"], int] = Field(default_factory=dict)

    def port(self, purpose: int) -> int:
        """The TCP port that serves what XMS has on `purpose` (80, 443, 4443 or 8443)."""
        return self.ports.get(str(purpose), purpose)  # type: ignore[call-overload, no-any-return]


class VServer(Frozen):
    """One vServer of the door.

    Attributes:
        kind: ``lb`` or ``cs``.
        name: Its exact name on the NetScaler.
        vip: The address that devices connect to; refused when the door is closed.
        port: The port that devices connect to.
        purpose: What it serves: 443 (MDM), 8443 (MAM), or 80 (plain HTTP, behind SSL offload).
    """

    kind: Literal["lb", "cs"] = "lb"
    name: str
    vip: str
    port: int
    purpose: Literal[443, 8443, 80] = 443


class NetScalerPlace(Frozen):
    """Where the NetScaler is and which of its parts are the door."""

    url: str = ""
    vservers: tuple[VServer, ...] = ()
    service_groups: tuple[str, ...] = ()
    save: Literal["ask", "yes", "no"] = "ask"


class XenMobilePlace(Frozen):
    """How the nodes are spoken to.

    Attributes:
        tls_name: The name in the nodes' certificate (the enrolment FQDN).
        requests_at_once: Concurrent API requests; 1 or 2 on a sick node.
        page_size: Rows a page of the device list.
        android_property: Device property that tells how Android is managed; no document of the vendor names it. Empty:
            every managed Android device is of an unknown kind, and its user is told to call the help desk.
    """

    tls_name: str = ""
    requests_at_once: int = Field(default=2, ge=1, le=16)
    page_size: int = Field(default=500, ge=10, le=5000)
    android_property: str = ""


class VSpherePlace(Frozen):
    """Where vCenter is, and how long guests get to shut down."""

    host: str = ""
    port: int = 443
    hard_off: bool = False
    guest_grace: timedelta = timedelta(seconds=300)


class VersionPlace(Frozen):
    """Where the XMS database says which version it belongs to: the newest row of a table.

    The vendor documents none of it; the values here are assumptions, to be proven on the site's own database.

    Attributes:
        table_schema: Schema of the table.
        table: The table.
        column: The column that holds the version.
        newest_by: The column by which the newest row is found.
    """

    table_schema: str = "dbo"
    table: str = "schema_version"
    column: str = "version"
    newest_by: str = "installed_rank"


class SqlServerPlace(Frozen):
    """Where SQL Server is and where its backups may lie.

    Attributes:
        host: Host name of the instance.
        port: TCP port.
        certificate_name: The name in its certificate, if that isn't `host`.
        database: The XMS database.
        backup_roots: Folders (paths on the SQL Server's host) under which backups are offered; none by default.
        safety_folder: Where the safety backup is written, a path on the SQL Server's host.
        restart: Whether the instance is restarted after the restore.
        compression: Whether BACKUP may use COMPRESSION (not in Express).
        driver: Name or absolute path of the ODBC driver; empty takes the best that is installed.
        version: Where the database says which version of XenMobile it belongs to.
    """

    host: str = ""
    port: int = 1433
    certificate_name: str = ""
    database: str = "XMS"
    backup_roots: tuple[str, ...] = ()
    safety_folder: str = ""
    restart: Literal["ask", "verify-only", "restart"] = "ask"
    compression: bool = False
    driver: str = ""
    version: VersionPlace = VersionPlace()


class VeeamPlace(Frozen):
    """Where Veeam Backup & Replication is; `api_version` empty means the newest that both know."""

    url: str = ""
    api_version: str = ""


class Kept(Frozen):
    """A machine that no stage may touch: the bot's own, vCenter's, SQL Server's or Veeam's.

    Attributes:
        name: Whose machine it is, in words: ``vCenter``.
        instance_uuid: vSphere's instanceUuid of it.
        bios_uuid: Its BIOS UUID; vSphere's `config.uuid`.
        inventory_path: Its place in vCenter.
        address: Host name or address of its guest.
    """

    name: str = Field(min_length=1)
    instance_uuid: str = ""
    bios_uuid: str = ""
    inventory_path: str = ""
    address: str = ""


class Timings(Frozen):
    """How long things are waited for and watched; the practice estate makes them short.

    Every default is RUNBOOK.md's.

    Attributes:
        shown_within: The longest that any system takes to show what was done to it; "not done" is believed only when
            it was seen twice, that far apart. A practice estate alone may shorten it.
    """

    stable: timedelta = timedelta(minutes=15)
    joined: timedelta = timedelta(minutes=5)
    go_live_held: timedelta = timedelta(minutes=60)
    cluster_held: timedelta = timedelta(minutes=30)
    no_sessions: timedelta = timedelta(seconds=60)
    drain: timedelta = timedelta(minutes=5)
    door_watched: timedelta = timedelta(minutes=10)
    sample_every: timedelta = timedelta(seconds=20)
    look_again: timedelta = timedelta(seconds=10)
    clock_skew: timedelta = timedelta(seconds=5)
    shown_within: timedelta = SHOWN_WITHIN


class Afterwards(Frozen):
    """What is followed when the service is declared healthy, and how long names are kept.

    Attributes:
        count_every: How often devices that enrolled again are counted.
        reminders: How long after the request to enrol again reminders are drafted.
        enough: Part of the devices that closes the counting when it is back; below it the service owner closes it.
        retention: How long after its end a rollback's lists, captures and letters are kept.
    """

    count_every: timedelta = timedelta(hours=1)
    reminders: tuple[timedelta, ...] = (timedelta(days=3), timedelta(days=5))
    enough: float = Field(default=0.95, gt=0, le=1)
    retention: timedelta = Field(default=timedelta(days=30), ge=timedelta(days=1))


class Estate(Frozen):
    """Everything that a rollback of this service may touch.

    Attributes:
        name: What people call the estate.
        practice: True for a practice estate: every message says DRILL.
        zone: The site's time zone (IANA name).
        nodes: The nodes in the order in which they are started; the first is FIRST.
        modes: How far the bot goes with each system.
        kept_machines: Machines that are never nodes, besides the hosts of the configured systems.
        devices: How many devices to expect, when nothing newer is known.
        devices_per_node: Capacity of one node (Citrix: about 8,500).
        opening: ``enough-nodes`` or ``first-node``.
        from_version, to_version: Versions of XMS before and after the rollback.
        max_point_age: Older backups and points ask for an override.
        afterwards: What is followed after go-live, and how long names are kept.
        languages: Languages of notices; lists are in the first.
        notices: What the organisation calls things in its notices; without it a real estate has no notices.
    """

    name: str
    practice: bool = False
    zone: str = "UTC"
    nodes: tuple[Node, ...] = Field(min_length=1)
    modes: dict[SystemName, Mode]
    netscaler: NetScalerPlace = NetScalerPlace()
    xenmobile: XenMobilePlace = XenMobilePlace()
    vsphere: VSpherePlace = VSpherePlace()
    sqlserver: SqlServerPlace = SqlServerPlace()
    veeam: VeeamPlace = VeeamPlace()
    timings: Timings = Timings()
    kept_machines: tuple[Kept, ...] = ()
    devices: int = Field(default=10_000, ge=0)
    devices_per_node: int = Field(default=8_500, ge=1)
    opening: Literal["enough-nodes", "first-node"] = "enough-nodes"
    from_version: str = "10.7"
    to_version: str = "10.6"
    max_point_age: timedelta = timedelta(days=30)
    afterwards: Afterwards = Afterwards()
    languages: tuple[Literal["en", "fr", "de"], ...] = ("en", "fr", "de")
    notices: Site | None = None

    @model_validator(mode="after")
    def _real_systems_get_their_time(self) -> Self:
        if not self.practice and self.timings.shown_within < SHOWN_WITHIN:
            raise ValueError(
                f"timings.shown_within is shorter than {SHOWN_WITHIN.total_seconds():.0f} s: a change that shows late "
                "would be made twice. Only a practice estate may shorten it."
            )
        return self

    def mode(self, system: SystemName) -> Mode:
        """How far the bot goes with `system`; a system that is not listed is off."""
        return self.modes.get(system, Mode.OFF)

    def words(self) -> Site | None:
        """The organisation's words for notices; a practice estate without any gets those of a made-up one."""
        return self.notices or (made_up() if self.practice else None)

    def node(self, name: str) -> Node:
        """The node called `name`.

        Raises:
            KeyError: No node has that name.
        """
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)

    def tz(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.zone)

    def to_bytes(self) -> bytes:
        """The estate as it is frozen into a rollback."""
        return self.model_dump_json().encode()

    def digest(self) -> str:
        """SHA-256 over `to_bytes`, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()
