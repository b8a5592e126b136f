"""Devices as XenMobile's REST API shows them: rows of the list, and the details of one.

Field names and their odd spellings (`blueToothMacAccress`) are those of Citrix's "Public API for REST Services" (10.4
and 2021). Beside what a reader needs there are fields that it must not keep: push tokens, PIN codes, software.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from practice.world.devices import BACK_DATED, Action, Certificate, Device, Person

Json = dict[str, object]
_LIFE = timedelta(days=731)
_ISSUER = "CN=Devices Certificate Authority"
SERVER_ZONE = timedelta(hours=1)
"""How far the server's own clock face is from UTC: `lastAccess` is shown in it, without saying so."""


def millis(moment: datetime | None) -> int | None:
    """Epoch milliseconds, as the API has nearly all its times."""
    return None if moment is None else int(moment.timestamp() * 1000)


def user_name(person: Person | None) -> str | None:
    """`userName` of a row: login, a space and the quoted display name."""
    return f'{person.login} "{person.display_name}"' if person else None


def row_json(device: Device, read_at: datetime) -> Json:
    """One element of `filteredDevicesDataList`."""
    model, known = device.model, device.enrolled is not None
    seen = read_at - device.idle
    return {
        "id": device.number,
        "jailBroken": False,
        "managed": device.managed and known,
        "gatewayBlocked": False,
        "deployFailed": 0,
        "deployPending": 0,
        "deploySuccess": 1 if known else 0,
        "mdmKnown": known and not model.app_only,
        "mamRegistered": known,
        "mamKnown": known,
        "userName": user_name(device.owner) if known else 'Device Enrollment Program "Device Enrollment"',
        "serialNumber": device.serial or None,
        "imeiOrMeid": device.imei or None,
        "activeSyncId": f"HS{device.strong_id}T11CFEM9",
        "wifiMacAddress": _mac(device, "8C"),
        "blueToothMacAccress": _mac(device, "8E"),
        "devicePlatform": None,
        "osVersion": device.os_version or None,
        "deviceModel": model.model or None,
        "lastAccess": (seen + SERVER_ZONE).strftime("%m/%d/%y %I:%M %p").lstrip("0") if known else None,
        "inactivityDays": str(device.idle.days),
        "shareable": device.shared,
        "sharedStatus": "CHECKED_OUT" if device.shared else "INACTIVE",
        "depRegistered": model.dep,
        "deviceName": f"{device.owner.first}'s {model.device_type}" if device.owner else None,
        "deviceType": model.device_type,
        "productName": model.product or None,
        "platform": model.platform or None,
        "properties": list(_properties(device)),
    }


def detail_json(device: Device, read_at: datetime) -> Json:
    """`device` of ``GET /device/{id}``."""
    seen = millis(read_at - device.idle) if device.enrolled else None
    return {
        "id": device.number,
        "xmlId": str(device.number),
        **_identity(device),
        "firstConnectionDate": millis(device.enrolled),
        "lastAuthDate": seen,
        "devicePropertiesTimestamp": seen,
        "lastSoftwareInventoryTime": seen,
        "lastUsername": user_name(device.owner),
        "lastUser": _user(device.owner) if device.owner else None,
        "deviceUsers": [
            {"userLogin": p.login, "prevAuthDate": seen, "lastAuthDate": seen, "user": _user(p)} for p in device.users
        ],
        "properties": list(_properties(device)),
        **_standing(device),
        **_security(device),
        "validCertificates": [_certificate(c, read_at, revoked=False) for c in device.certificates],
        "revokedCertificates": [_certificate(c, read_at, revoked=True) for c in device.old_certificates],
        **_baggage(device, seen),
    }


def _identity(device: Device) -> Json:
    return {
        "serialNumber": device.serial or None,
        "imei": device.imei or None,
        "activesyncid": f"HS{device.strong_id}T11CFEM9",
        "wifimac": _mac(device, "8C"),
        "bluetoothmac": _mac(device, "8E"),
        "osFamily": device.model.os_family,
        "platform": device.model.platform or None,
        "deviceType": device.model.device_type,
        "strongId": device.strong_id,
        "mamDeviceId": f"JQ{device.strong_id}C6ObIE98H=",
    }


def _standing(device: Device) -> Json:
    known = device.enrolled is not None
    return {
        "active": device.managed and known,
        "managed": device.managed and known,
        "revoked": device.revoked,
        "connected": False,
        "inactivityDays": device.idle.days,
        "mdmKnown": known and not device.model.app_only,
        "mamKnown": known,
        "mamRegistered": known,
        "mamReady": False,
        "shareable": device.shared,
        "sharedStatus": "CHECKED_OUT" if device.shared else "INACTIVE",
        "bulkEnrolled": device.model.dep,
        "bulkProfileStatus": "NO_BULK",
        "enrollmentMode": None,
        "smgStatus": "NONE",
    }


def _security(device: Device) -> Json:
    wipe, lock, corporate = (device.pending(t) is not None for t in ("WIPE", "LOCK", "CORP_WIPE"))
    return {
        "deviceActions": [_action(a) for a in device.actions] or None,
        "wipeDeviceFlag": wipe,
        "lockDeviceFlag": lock,
        "appLock": False,
        "appWipe": False,
        "wipeEnabled": not wipe,
        "cancelWipeEnabled": wipe,
        "lockEnabled": not lock,
        "cancelLockEnabled": lock,
        "corpWipeEnabled": not corporate,
        "cancelCorpWipeEnabled": corporate,
        "revokeEnabled": not device.revoked,
        "authorizeEnabled": device.revoked,
    }


def _action(action: Action) -> Json:
    return {
        "actionType": action.type,
        "askedTime": millis(action.asked),
        "doneTime": millis(action.done) or 0,
        "failedTime": 0,
    }


def _certificate(certificate: Certificate, read_at: datetime, *, revoked: bool) -> Json:
    starts = certificate.issued - BACK_DATED
    return {
        "type": certificate.type,
        "credentialProviderId": "",
        "issuerName": _ISSUER,
        "certificateNumber": str(certificate.number),
        "startDate": millis(starts),
        "endDate": millis(starts + _LIFE),
        "daysToExpire": (starts + _LIFE - read_at).days,
        "revoked": revoked,
    }


def _user(person: Person) -> Json:
    told = {
        "givenname": person.first,
        "sn": person.last,
        "mail": person.mail,
        "mobile": person.mobile,
        "preferredlanguage": person.language if person.language_listed else "",
        "department": "Practice",
    }
    return {
        "id": person.number,
        "xmlId": str(person.number),
        "displayName": person.display_name,
        "properties": [_property(900 + n, name, value) for n, (name, value) in enumerate(told.items()) if value],
    }


def _properties(device: Device) -> Iterator[Json]:
    told = {
        **device.model.marks,
        "SYSTEM_OS_VERSION": device.os_version,
        "SYSTEM_PLATFORM": device.model.platform,
        "PRODUCT_NAME": device.model.product,
        "EW_VERSION": "10.7.5.12",
        "ACTIVATION_LOCK_ENABLED": "1",
    }
    return (_property(40 + n, name, value) for n, (name, value) in enumerate(told.items()) if value)


def _property(number: int, name: str, value: str) -> Json:
    display = name.replace("_", " ").capitalize()
    return {"id": number, "b64": False, "name": name, "displayName": display, "value": value, "group": "System"}


def _mac(device: Device, maker: str) -> str:
    digits = f"{maker}7C{device.strong_id[-8:]:>08}"
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def _baggage(device: Device, seen: int | None) -> Json:
    """What is beside the point, and partly nobody's business."""
    return {
        "deviceToken": f"40EB3812-D6DB-4872-A14B-{device.strong_id:>012}",
        "newPinCode": None,
        "oldPinCode": None,
        "wipePinCode": f"{device.number % 10_000:04d}",
        "lockMessage": None,
        "lastGpsCoordinate": None,
        "softwareInventory": [
            {
                "name": "Secure Hub",
                "author": None,
                "size": 28913664,
                "installTimeStamp": 0,
                "version": "10.7.5.12",
                "packageInfo": "com.zenprise.zpmdmbeta",
                "installCount": -1,
                "blacklistCompliant": True,
                "suggestedListCompliant": True,
                "container": 0,
            }
        ],
        "deliveryGroups": [
            {
                "linkey": "AllUsers",
                "name": "AllUsers",
                "status": "SUCCESS",
                "statusLabel": "Success",
                "lastUpdate": seen,
            }
        ],
        "policies": [
            {
                "name": "Passcode",
                "status": "SUCCESS",
                "statusLabel": "Success",
                "lastUpdate": seen,
                "resourceType": "PASSWORD",
                "resourceTypeLabel": "Passcode",
                "packageInfo": None,
                "resourceKey": None,
            }
        ],
        "applications": [],
        "pushState": "INACTIVE",
        "pushStateLabel": "INACTIVE",
        "lastPushDate": seen,
        "gpsCoordinates": [],
    }
