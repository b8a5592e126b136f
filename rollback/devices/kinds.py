"""What kind of device it is, hence what its user must do: proven from the device's own fields, or unknown.

A wrong kind can make a user erase a device. Whatever is missing, contradictory or not in the tables is `UNKNOWN`, whose
only instruction is to call the help desk.
"""

from collections.abc import Callable
from enum import Enum, auto

from rollback.devices.values import AndroidMode, Device
from storage.words import DeviceKind


class _Family(Enum):
    IOS = auto()
    ANDROID = auto()
    WINDOWS = auto()
    MAC = auto()


# XMS: `platform` and `osFamily`; the spellings of the API documents, of the console and of public scripts.
_FAMILIES = {
    "ios": _Family.IOS,
    "ipados": _Family.IOS,
    "iphone": _Family.IOS,
    "iphone os": _Family.IOS,
    "ipad": _Family.IOS,
    "ipod": _Family.IOS,
    "android": _Family.ANDROID,
    "android for work": _Family.ANDROID,
    "android enterprise": _Family.ANDROID,
    "windows": _Family.WINDOWS,
    "windows 10": _Family.WINDOWS,
    "windows 10 desktop/tablet": _Family.WINDOWS,
    "windows desktop/tablet": _Family.WINDOWS,
    "windows_desktop_tablet": _Family.WINDOWS,
    "macos": _Family.MAC,
    "mac os": _Family.MAC,
    "mac os x": _Family.MAC,
    "macosx": _Family.MAC,
    "mac": _Family.MAC,
    "os x": _Family.MAC,
    "osx": _Family.MAC,
}
_ANDROID_MODES = {
    "device administrator": AndroidMode.DEVICE_ADMIN,
    "device admin": AndroidMode.DEVICE_ADMIN,
    "da": AndroidMode.DEVICE_ADMIN,
    "legacy": AndroidMode.DEVICE_ADMIN,
    "work profile": AndroidMode.WORK_PROFILE,
    "profile owner": AndroidMode.WORK_PROFILE,
    "device owner": AndroidMode.FULLY_MANAGED,
    "fully managed": AndroidMode.FULLY_MANAGED,
}
_KIND_OF_MODE = {
    AndroidMode.DEVICE_ADMIN: DeviceKind.ANDROID_ADMIN,
    AndroidMode.WORK_PROFILE: DeviceKind.ANDROID_PROFILE,
    AndroidMode.FULLY_MANAGED: DeviceKind.ANDROID_COMPANY,
}
NEEDS_IT = frozenset({DeviceKind.APPLE_COMPANY, DeviceKind.ANDROID_COMPANY})
"""Kinds that must be erased, together with IT and by appointment."""


def android_mode(raw: str) -> AndroidMode | None:
    """The mode that a property of an Android device names, or None where the word isn't known.

    A work profile on a company-owned phone is None on purpose: below Android 11 it is lost only with the whole phone.
    """
    return _ANDROID_MODES.get(raw.strip().lower().replace("_", " ").replace("-", " "))


def classify(device: Device) -> DeviceKind:
    """The kind of `device`, or `UNKNOWN` where its fields do not prove one."""
    if device.mdm_known is False and device.mam_known is True:
        return DeviceKind.MAM
    family = _family(device) if device.mdm_known is True else None
    return DeviceKind.UNKNOWN if family is None else _KIND_OF_FAMILY[family](device)


def _family(device: Device) -> _Family | None:
    told = [word for word in (device.platform.strip().lower(), device.os_family.strip().lower()) if word]
    families = {_FAMILIES.get(word) for word in told}
    return families.pop() if len(families) == 1 else None


def _apple(device: Device) -> DeviceKind:
    """A supervised device of the enrolment programme must be erased; one of the two alone proves neither way."""
    if device.supervised is True and device.dep_registered is True:
        return DeviceKind.APPLE_COMPANY
    if device.supervised is False and device.dep_registered is False:
        return DeviceKind.IOS
    return DeviceKind.UNKNOWN


def _android(device: Device) -> DeviceKind:
    return DeviceKind.UNKNOWN if device.android_mode is None else _KIND_OF_MODE[device.android_mode]


def _windows(device: Device) -> DeviceKind:
    """Windows 10 and 11 on a desktop or tablet; XMS also knew phones and Windows CE, which enrol otherwise."""
    words = f"{device.platform} {device.os_family} {device.os_version}".lower()
    version = device.os_version.strip().lower().removeprefix("windows").strip().split(".")[0].split(" ")[0]
    on_phone = "phone" in words or "mobile" in words
    return DeviceKind.WINDOWS if version in {"10", "11"} and not on_phone else DeviceKind.UNKNOWN


_KIND_OF_FAMILY: dict[_Family, Callable[[Device], DeviceKind]] = {
    _Family.IOS: _apple,
    _Family.ANDROID: _android,
    _Family.WINDOWS: _windows,
    _Family.MAC: lambda _: DeviceKind.MAC,
}
