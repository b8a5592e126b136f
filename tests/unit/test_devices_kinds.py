"""What kind of device it is: proven or unknown, never guessed."""

from dataclasses import replace
from typing import Any

import pytest
from devices_made import device
from hypothesis import given
from hypothesis import strategies as st

from rollback.devices.kinds import NEEDS_IT, android_mode, classify
from rollback.devices.values import AndroidMode, Device
from storage.words import DeviceKind

APPLE = device()
ANDROID = replace(device(), platform="Android", os_family="ANDROID", os_version="8.0")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, DeviceKind.IOS),
        ({"platform": "iPad"}, DeviceKind.IOS),
        ({"os_family": ""}, DeviceKind.IOS),
        ({"supervised": True, "dep_registered": True}, DeviceKind.APPLE_COMPANY),
        ({"mdm_known": False}, DeviceKind.MAM),
        ({"platform": "macOS", "os_family": "OSX"}, DeviceKind.MAC),
        ({"platform": "Windows", "os_family": "WINDOWS", "os_version": "10.0.16299"}, DeviceKind.WINDOWS),
        ({"platform": "", "os_family": "Windows", "os_version": "Windows 10"}, DeviceKind.WINDOWS),
    ],
)
def test_a_proven_kind_is_named(changes: dict[str, Any], kind: DeviceKind) -> None:
    """Fields that prove a kind give that kind."""
    assert classify(replace(APPLE, **changes)) is kind


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        (AndroidMode.DEVICE_ADMIN, DeviceKind.ANDROID_ADMIN),
        (AndroidMode.WORK_PROFILE, DeviceKind.ANDROID_PROFILE),
        (AndroidMode.FULLY_MANAGED, DeviceKind.ANDROID_COMPANY),
        (None, DeviceKind.UNKNOWN),
    ],
)
def test_an_android_device_is_what_its_mode_says(mode: AndroidMode | None, kind: DeviceKind) -> None:
    """The owner mode alone decides the kind of an Android device; without it the kind is unknown."""
    assert classify(replace(ANDROID, android_mode=mode)) is kind


@pytest.mark.parametrize(
    "changes",
    [
        {"supervised": True},  # by a cable, perhaps
        {"dep_registered": True},  # in the programme, but enrolled by hand
        {"supervised": None, "dep_registered": None},
        {"supervised": None},
        {"dep_registered": None},
        {"mdm_known": None},
        {"mdm_known": False, "mam_known": False},
        {"mdm_known": False, "mam_known": None},
        {"platform": "", "os_family": ""},
        {"platform": "Android", "android_mode": AndroidMode.DEVICE_ADMIN},  # contradicts the family
        {"platform": "tvOS", "os_family": ""},
        {"platform": "Symbian", "os_family": ""},
        {"platform": "Windows Phone", "os_family": "Windows", "os_version": "10.0"},
        {"platform": "Windows", "os_family": "Windows", "os_version": "8.1"},
        {"platform": "Windows", "os_family": "Windows", "os_version": ""},
        {"platform": "Windows", "os_family": "Windows", "os_version": "10 Mobile"},
    ],
)
def test_what_is_not_proven_is_unknown(changes: dict[str, Any]) -> None:
    """A missing, contradictory or unheard-of field makes the kind unknown: nobody erases a device by mistake."""
    assert classify(replace(APPLE, **changes)) is DeviceKind.UNKNOWN


@pytest.mark.parametrize(
    ("raw", "mode"),
    [
        ("Device Owner", AndroidMode.FULLY_MANAGED),
        ("PROFILE_OWNER", AndroidMode.WORK_PROFILE),
        ("device-admin", AndroidMode.DEVICE_ADMIN),
        ("Work profile on company-owned device", None),
        ("", None),
        ("1", None),
    ],
)
def test_only_known_words_name_an_android_mode(raw: str, mode: AndroidMode | None) -> None:
    """A word that isn't in the table names no mode."""
    assert android_mode(raw) is mode


maybe = st.sampled_from([True, False, None])
words = st.sampled_from(["iOS", "Android", "Windows", "macOS", "", "other", "iPad", "ANDROID", "Windows Phone"])


@given(
    st.builds(
        Device,
        id=st.just("1"),
        platform=words,
        os_family=words,
        os_version=st.sampled_from(["", "10.0", "11.1", "8"]),
        supervised=maybe,
        dep_registered=maybe,
        mdm_known=maybe,
        mam_known=maybe,
        android_mode=st.sampled_from([*AndroidMode, None]),
    )
)
def test_an_erase_is_never_guessed(made: Device) -> None:
    """A kind that must be erased is given only to a managed device whose own fields say so."""
    kind = classify(made)
    if kind in NEEDS_IT:
        assert made.mdm_known is True
        apple = made.supervised is True and made.dep_registered is True
        assert apple if kind is DeviceKind.APPLE_COMPANY else made.android_mode is AndroidMode.FULLY_MANAGED
