"""Devices as values: a row of the list and the details of one, by an allow-list.

Citrix, "Public API for REST Services" (10.4, 2021): `POST /device/filter`, `GET /device/{id}`. Whatever is not named
here (tokens, PIN codes, positions, software) never becomes a value.
"""

import base64
import binascii
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from integrations.errors import WrongAnswer
from integrations.fields import Row, flag, inner, number, rows, text
from integrations.xenmobile.envelope import SYSTEM

USUAL_PROPERTIES = frozenset({"SUPERVISED", "CORPORATE_OWNED"})
"""Device properties that are kept whoever asks; names as seen in public scripts."""

_USER_NAME = re.compile(r'(?P<login>.*?)(?:\s+"(?P<name>.*)")?\s*', re.DOTALL)
_NOBODY = "Device Enrollment"  # what stands for the user of a device that Apple's programme has only announced
_MAIL = ("mail", "email", "useremail", "asuseremail")
_PHONE = ("mobile", "mobilephone")
_LATEST_MS = 32_503_680_000_000  # the year 3000: beyond it a number is no time

Properties = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One row of the device list.

    Attributes:
        id: XenMobile's id of the row; a restore gives it out again, so it is no identity.
        serial: `serialNumber`, or empty.
        imei: `imeiOrMeid`, or empty.
        login: First part of `userName`; empty: nobody.
        display_name: Second part of `userName`.
        platform, os_version, model, product, device_type: As the server spells them.
        managed, mdm_known, mam_known, mam_registered, dep_registered, shareable: None where the server does not tell.
        shared_status: `sharedStatus`.
        inactivity_days: None where the server does not tell.
        properties: Allowed device properties, by name.
    """

    id: int
    serial: str = field(repr=False)
    imei: str = field(repr=False)
    login: str = field(repr=False)
    display_name: str = field(repr=False)
    platform: str
    os_version: str
    model: str
    product: str
    device_type: str
    managed: bool | None
    mdm_known: bool | None
    mam_known: bool | None
    mam_registered: bool | None
    dep_registered: bool | None
    shareable: bool | None
    shared_status: str
    inactivity_days: int | None
    properties: Properties = ()

    def property(self, name: str) -> str | None:
        """The value of a device property; None where it is not told or not allowed."""
        return dict(self.properties).get(name)


@dataclass(frozen=True, slots=True)
class DeviceUser:
    """The person who used a device last, as the directory tells it.

    Attributes:
        login: User name, mostly a UPN.
        display_name, given_name, family_name: Empty where the directory does not tell.
        mail: E-mail address, not judged; or empty.
        phone: Mobile number, or empty.
        language: As the directory writes it (``de-CH``), or empty.
    """

    login: str = field(repr=False)
    display_name: str = field(default="", repr=False)
    given_name: str = field(default="", repr=False)
    family_name: str = field(default="", repr=False)
    mail: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    language: str = ""


@dataclass(frozen=True, slots=True)
class DeviceCertificate:
    """One certificate of a device.

    Attributes:
        type: ``iOS agent``, ``Apple MDM`` and so on.
        number: `certificateNumber`; a restored authority gives it out again.
        starts, ends: Its validity, aware UTC; the start is back-dated by 24 h (computed from Citrix's sample).
    """

    type: str
    number: str
    starts: datetime | None
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class DeviceAction:
    """One element of `deviceActions`: something that an administrator asked of a device, aware UTC times."""

    type: str
    asked: datetime | None
    done: datetime | None
    failed: datetime | None

    @property
    def pending(self) -> bool:
        """Whether it was asked for, and neither done nor failed yet."""
        return self.done is None and self.failed is None


@dataclass(frozen=True, slots=True)
class DeviceDetail:
    """What ``GET /device/{id}`` tells of one device.

    Attributes:
        id: As in `DeviceRow`.
        serial, imei, strong_id: Identities, or empty.
        platform, os_family: As the server spells them.
        first_connection: `firstConnectionDate`, the enrolment; None: it never connected.
        last_seen: `lastAuthDate`.
        managed, revoked, mdm_known, mam_known, shareable: None where the server does not tell.
        shared_status: `sharedStatus`.
        actions: `deviceActions`, in the server's order.
        flags: Names of the flags that say that something is pending or in force, sorted: `wipeDeviceFlag`,
            `lockDeviceFlag`, `appWipe`, `appLock`, `cancelCorpWipeEnabled`.
        certificates: `validCertificates`.
        revoked_certificates: `revokedCertificates`.
        user: Who used it last; None: nobody.
        users: How many people have used it.
        properties: Allowed device properties, by name.
    """

    id: int
    serial: str = field(repr=False)
    imei: str = field(repr=False)
    strong_id: str = field(repr=False)
    platform: str
    os_family: str
    first_connection: datetime | None
    last_seen: datetime | None
    managed: bool | None
    revoked: bool | None
    mdm_known: bool | None
    mam_known: bool | None
    shareable: bool | None
    shared_status: str
    actions: tuple[DeviceAction, ...] = ()
    flags: tuple[str, ...] = ()
    certificates: tuple[DeviceCertificate, ...] = ()
    revoked_certificates: tuple[DeviceCertificate, ...] = ()
    user: DeviceUser | None = None
    users: int = 0
    properties: Properties = ()

    def property(self, name: str) -> str | None:
        """The value of a device property; None where it is not told or not allowed."""
        return dict(self.properties).get(name)


PENDING_FLAGS = ("appLock", "appWipe", "cancelCorpWipeEnabled", "lockDeviceFlag", "wipeDeviceFlag")
"""Flags of the details that tell of a security action which is pending or in force."""


def device_row(row: Row, allowed: frozenset[str]) -> DeviceRow:
    """One element of `filteredDevicesDataList`, projected.

    Raises:
        WrongAnswer: It has no numeric id: this is no XenMobile Server of the kind that we know.
    """
    login, display_name = _user_name(text(row, "userName"))
    return DeviceRow(
        id=_id(row),
        serial=text(row, "serialNumber"),
        imei=text(row, "imeiOrMeid"),
        login=login,
        display_name=display_name,
        platform=_word(row, "platform"),
        os_version=_word(row, "osVersion"),
        model=_word(row, "deviceModel"),
        product=_word(row, "productName"),
        device_type=_word(row, "deviceType"),
        managed=flag(row, "managed"),
        mdm_known=flag(row, "mdmKnown"),
        mam_known=flag(row, "mamKnown"),
        mam_registered=flag(row, "mamRegistered"),
        dep_registered=flag(row, "depRegistered"),
        shareable=flag(row, "shareable"),
        shared_status=_word(row, "sharedStatus"),
        inactivity_days=number(row, "inactivityDays"),
        properties=_properties(row, allowed),
    )


def device_detail(device: Row, allowed: frozenset[str]) -> DeviceDetail:
    """`device` of ``GET /device/{id}``, projected.

    Raises:
        WrongAnswer: It has no numeric id.
    """
    users = rows(device, "deviceUsers")
    return DeviceDetail(
        id=_id(device),
        serial=text(device, "serialNumber"),
        imei=text(device, "imei"),
        strong_id=text(device, "strongId"),
        platform=_word(device, "platform"),
        os_family=_word(device, "osFamily"),
        first_connection=moment(device, "firstConnectionDate"),
        last_seen=moment(device, "lastAuthDate"),
        managed=flag(device, "managed"),
        revoked=flag(device, "revoked"),
        mdm_known=flag(device, "mdmKnown"),
        mam_known=flag(device, "mamKnown"),
        shareable=flag(device, "shareable"),
        shared_status=_word(device, "sharedStatus"),
        actions=tuple(_action(row) for row in rows(device, "deviceActions")),
        flags=tuple(name for name in PENDING_FLAGS if flag(device, name)),
        certificates=tuple(_certificate(row) for row in rows(device, "validCertificates")),
        revoked_certificates=tuple(_certificate(row) for row in rows(device, "revokedCertificates")),
        user=_user(device, users),
        users=len(users),
        properties=_properties(device, allowed),
    )


def moment(row: Row, key: str) -> datetime | None:
    """The time under `key`, epoch milliseconds, as aware UTC; None for null, 0 and what is no time."""
    found = number(row, key)
    if found is None or not 0 < found < _LATEST_MS:
        return None
    return datetime.fromtimestamp(found / 1000, tz=UTC)


def _id(row: Row) -> int:
    found = number(row, "id")
    if found is None:
        raise WrongAnswer(SYSTEM, "a device has no numeric id (Endpoint Management in the cloud has others)")
    return found


def _word(row: Row, key: str) -> str:
    """A text that many devices share: kept once, however many there are."""
    return sys.intern(text(row, key))


def _user_name(told: str) -> tuple[str, str]:
    """Login and display name of a `userName` such as ``ada@example.com "Ada Example"``."""
    match = _USER_NAME.fullmatch(told)
    if match is None or told.startswith(_NOBODY):
        return "", ""
    return match["login"].strip(), match["name"] or ""


def _user(device: Row, users: Iterable[Row]) -> DeviceUser | None:
    """The last user. Details name the login beside the user's object, and for some devices in `deviceUsers` only."""
    login, name = _user_name(text(device, "lastUsername"))
    last = inner(device, "lastUser")
    if not login:
        latest = max(users, key=lambda row: number(row, "lastAuthDate") or 0, default=None)
        if latest is None:
            return None
        login, last = text(latest, "userLogin"), inner(latest, "user")
    told = {text(p, "name").lower(): _value(p) for p in rows(last, "properties")}
    return DeviceUser(
        login=login,
        display_name=text(last, "displayName") or name,
        given_name=told.get("givenname", ""),
        family_name=told.get("sn", ""),
        mail=next(filter(None, (told.get(key) for key in _MAIL)), ""),
        phone=next(filter(None, (told.get(key) for key in _PHONE)), ""),
        language=told.get("preferredlanguage", ""),
    )


def _action(row: Row) -> DeviceAction:
    return DeviceAction(
        type=_word(row, "actionType"),
        asked=moment(row, "askedTime"),
        done=moment(row, "doneTime"),
        failed=moment(row, "failedTime"),
    )


def _certificate(row: Row) -> DeviceCertificate:
    return DeviceCertificate(
        type=_word(row, "type"),
        number=text(row, "certificateNumber"),
        starts=moment(row, "startDate"),
        ends=moment(row, "endDate"),
    )


def _properties(row: Row, allowed: frozenset[str]) -> Properties:
    found = rows(row, "properties")
    kept = ((sys.intern(text(p, "name")), sys.intern(_value(p))) for p in found if text(p, "name") in allowed)
    return tuple(sorted(kept))


def _value(row: Row) -> str:
    """A property's value; `b64` says that it is encoded. What can't be decoded is left out."""
    if not flag(row, "b64"):
        return text(row, "value")
    try:
        return base64.b64decode(text(row, "value"), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
