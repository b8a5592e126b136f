"""A device and a capture of all devices, as they were projected from the XenMobile API or a console export.

Only what a list or a draft uses is here; an invitation's token and secret never become a value. Owners are shared
between their devices, and what only the detail call tells is a part of its own: 100,000 devices fit in memory.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rollback.devices.identity import CANONICAL
from rollback.untrusted import Untrusted

NOTHING = Untrusted("")


class AndroidMode(StrEnum):
    """How an Android device is owned by its management; which XMS property tells it is a setting of the estate."""

    DEVICE_ADMIN = "device_admin"  # legacy: Secure Hub is a device administrator
    WORK_PROFILE = "work_profile"
    FULLY_MANAGED = "fully_managed"


class SecurityAction(StrEnum):
    """An action on a device that somebody may have ordered for a reason of security.

    XMS: `deviceActions[].actionType`. Harmless ones (deploy, locate, ring) are left out when projecting; an unknown one
    is `OTHER`, which security gets to see.
    """

    WIPE = "wipe"
    SELECTIVE_WIPE = "selective_wipe"
    LOCK = "lock"
    APP_WIPE = "app_wipe"
    APP_LOCK = "app_lock"
    REVOKE = "revoke"
    OTHER = "other"


class CaptureSource(StrEnum):
    """Where a capture comes from; an export of the console has rows but not every detail."""

    API = "api"
    CONSOLE_EXPORT = "console_export"


@dataclass(frozen=True, slots=True)
class Owner:
    """The person of one or more devices.

    Attributes:
        login: The user's login, mostly a UPN.
        display_name: Full name as the directory shows it.
        given_name: First name, where the API tells it.
        mail: E-mail address, not yet judged.
        phone: Number for a text message, if the directory has one.
        language: Preferred language as the directory writes it (``de-CH``), or empty.
        other_mailbox: Whether mail reaches the person without the managed device; None where nobody knows.
    """

    login: Untrusted
    display_name: Untrusted = NOTHING
    given_name: Untrusted = NOTHING
    mail: Untrusted = NOTHING
    phone: Untrusted = NOTHING
    language: str = ""
    other_mailbox: bool | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that the device holds now. XMS: `validCertificates[]`; its `startDate` is set 24 h back.

    Attributes:
        kind: XMS' `type` ("Apple MDM", "iOS agent"), compared and never shown.
        number: XMS' `certificateNumber`, compared and never shown.
        start: Start of its validity.
        end: End of its validity.
    """

    kind: str
    number: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class DeviceAction:
    """One security action and its moments. XMS: `deviceActions[]` with `askedTime`, `doneTime`, `failedTime`."""

    type: SecurityAction
    asked: datetime
    done: datetime | None = None
    failed: datetime | None = None
    cancelled: datetime | None = None


@dataclass(frozen=True, slots=True)
class Details:
    """What only `GET /device/{id}` tells.

    Attributes:
        first_connection: XMS: `firstConnectionDate`, the enrolment.
        last_auth: XMS: `lastAuthDate`.
        revoked: XMS: `revoked`.
        certificates: Certificates in force; revoked ones are left out.
        actions: Security actions, whatever became of them.
        flags: Actions whose flag is set, sorted (XMS: `wipeDeviceFlag`, `lockDeviceFlag`, `appWipe`, `appLock`).
    """

    first_connection: datetime | None = None
    last_auth: datetime | None = None
    revoked: bool = False
    certificates: tuple[Certificate, ...] = ()
    actions: tuple[DeviceAction, ...] = ()
    flags: tuple[SecurityAction, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """One record of the device list.

    Attributes:
        id: XMS' own id, unique within one capture and meaningless across a restore.
        serial: Serial number in the form of `identity.canonical`, or empty.
        imei: IMEI or MEID in the form of `identity.canonical_imei`, or empty.
        strong_id: XMS' `strongId` in the form of `identity.canonical`, or empty (only the detail call tells it).
        owner: Its user; None for a device without one.
        model: What people call it ("iPhone 7").
        site: Where a shared device stands, if the site keeps that in a property; else empty.
        platform: XMS' `platform`, compared by `kinds` and never shown.
        os_family: XMS' `osFamily`, compared by `kinds` and never shown.
        os_version: XMS' `osVersion`, compared by `kinds` and never shown.
        supervised: Apple: property SUPERVISED; None where it is not told.
        dep_registered: Apple: `depRegistered`; None where it is not told.
        android_mode: None where no property tells it.
        mdm_known: XMS' `mdmKnown`; None where it is not told.
        mam_known: XMS' `mamKnown`; None where it is not told.
        managed: XMS' `managed`; None where it is not told.
        shared: Whether several people use it, so that nobody can be written to. XMS: `sharedStatus`.
        details: None as long as the detail call was not made or has failed.

    Raises:
        ValueError: An identity isn't in its canonical form; it would never match its twin.
    """

    id: str
    serial: str = ""
    imei: str = ""
    strong_id: str = ""
    owner: Owner | None = None
    model: Untrusted = NOTHING
    site: Untrusted = NOTHING
    platform: str = ""
    os_family: str = ""
    os_version: str = ""
    supervised: bool | None = None
    dep_registered: bool | None = None
    android_mode: AndroidMode | None = None
    mdm_known: bool | None = None
    mam_known: bool | None = None
    managed: bool | None = None
    shared: bool = False
    details: Details | None = None

    def __post_init__(self) -> None:
        for field, value in (("serial", self.serial), ("imei", self.imei), ("strong_id", self.strong_id)):
            if value and CANONICAL.fullmatch(value) is None:
                msg = f"The {field} of device {self.id!r} isn't canonical; pass it through rollback.devices.identity."
                raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation to enrol, without its token and secret, which are credentials.

    Attributes:
        login: The user who was invited.
        created: XMS: `createTime`.
        valid_until: None for one that doesn't end.
        mode: XMS' security mode.
        status: XMS' `status` (pending, redeemed, expired, failed).
    """

    login: Untrusted
    created: datetime
    valid_until: datetime | None = None
    mode: Untrusted = NOTHING
    status: Untrusted = NOTHING


@dataclass(frozen=True, slots=True)
class CaptureCounts:
    """How much of the device list was read.

    Attributes:
        matched: How many records the server says there are. XMS: `matchedRecords`.
        rows: How many different ones were read.
        detailed: How many of them have their details.
    """

    matched: int
    rows: int
    detailed: int


@dataclass(frozen=True, slots=True)
class Capture:
    """All devices at one moment.

    Attributes:
        devices: In any order; the comparison doesn't look at it.
        complete: Whether every record was read: counts agree and did not move while paging.
        counts: How much was read.
        taken_at: When the reading ended.
        source: The API, or an export that a person made in the console.
        invitations: None where they could not be read.
    """

    devices: tuple[Device, ...]
    complete: bool
    counts: CaptureCounts
    taken_at: datetime
    source: CaptureSource = CaptureSource.API
    invitations: tuple[Invitation, ...] | None = None


@dataclass(frozen=True, slots=True)
class Cutoff:
    """When the backup that was restored ran: "since" counts from it, not from the upgrade.

    Raises:
        ValueError: A time has no zone, or the backup would have finished before it started.
    """

    backup_started: datetime
    backup_finished: datetime

    def __post_init__(self) -> None:
        if self.backup_started.tzinfo is None or self.backup_finished.tzinfo is None:
            msg = "The times of the backup need a zone: read them with the zone of the SQL Server first."
            raise ValueError(msg)
        if self.backup_finished < self.backup_started:
            msg = "The backup can't have finished before it started: check which zone its times were read in."
            raise ValueError(msg)
