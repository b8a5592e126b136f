"""What one device is: its model, its certificates, what was asked of it, who owns it. Values that never change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from practice.world.devices.people import Person


class Kind(StrEnum):
    """What a person has to do to enrol a device again; `UNKNOWN` where no field proves the kind."""

    IOS = "ios"
    APPLE_COMPANY = "apple_company"
    ANDROID_ADMIN = "android_admin"
    ANDROID_PROFILE = "android_profile"
    ANDROID_COMPANY = "android_company"
    WINDOWS = "windows"
    MAC = "mac"
    MAM = "mam"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Model:
    """A type of device, with the marks that prove its kind (or do not).

    Attributes:
        kind: The kind that the marks prove.
        platform: XenMobile's `platform`; empty: it answers null.
        os_family: XenMobile's `osFamily`.
        device_type: ``iPhone``, ``Phone``, ``Tablet`` …
        model: `deviceModel`.
        product: `productName`.
        os_versions: Versions that are about.
        cellular: Whether it has an IMEI.
        certificate_types: The types of device certificates that XenMobile issues to it.
        marks: Device properties that tell the kind, by name.
        dep: Whether Apple's enrolment programme knows it.
        app_only: Whether only apps are managed, not the device.
    """

    kind: Kind
    platform: str
    os_family: str
    device_type: str
    model: str
    product: str
    os_versions: tuple[str, ...]
    cellular: bool
    certificate_types: tuple[str, ...]
    marks: Mapping[str, str]
    dep: bool = False
    app_only: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """One device certificate.

    Attributes:
        type: ``iOS agent``, ``Apple MDM`` …
        number: Serial number that XenMobile's own authority counted up to.
        issued: When it was really issued, aware UTC; the start date that it carries lies 24 h before.
    """

    type: str
    number: int
    issued: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """One security action: wipe, corporate wipe or lock.

    Attributes:
        type: ``WIPE``, ``CORP_WIPE`` or ``LOCK``.
        asked: When an administrator asked for it.
        done: When the device did it; None: it is still pending.
    """

    type: str
    asked: datetime
    done: datetime | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """One row of XenMobile's device table.

    Attributes:
        number: XenMobile's id: belongs to the row, not to the device; a restore issues it a second time.
        model: What it is.
        os_version: Version of its operating system.
        serial: Serial number; may be empty, or another device's too.
        imei: IMEI; empty for devices without a radio.
        strong_id: What identifies the device itself, whatever row it has.
        owner: Who used it last; None: nobody did.
        users: Everybody who used it (shared devices).
        enrolled: First connection; None: it never connected.
        certificates: Valid certificates.
        old_certificates: Revoked ones.
        idle: How long before any reading it was last seen.
        shared: Whether several people use it.
        actions: Security actions, oldest first.
        revoked: Whether an administrator revoked it.
        managed: Whether it is under management (a wiped device is not).
    """

    number: int
    model: Model
    os_version: str
    serial: str
    imei: str
    strong_id: str
    owner: Person | None
    users: tuple[Person, ...]
    enrolled: datetime | None
    certificates: tuple[Certificate, ...]
    idle: timedelta
    old_certificates: tuple[Certificate, ...] = ()
    shared: bool = False
    actions: tuple[Action, ...] = ()
    revoked: bool = False
    managed: bool = True

    def pending(self, type_: str) -> Action | None:
        """The action of this type that was asked for and not done yet."""
        return next((a for a in self.actions if a.type == type_ and a.done is None), None)
