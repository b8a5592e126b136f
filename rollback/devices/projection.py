"""From the client's rows and details to devices: canonical identities, untrusted names, closed sets of words.

Which properties tell Android's mode and a device's site no document of the vendor says: the settings name them.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from integrations.xenmobile import DeviceAction as ActionRead
from integrations.xenmobile import DeviceCertificate, DeviceDetail, DeviceRow
from integrations.xenmobile import Invitation as InvitationRead
from rollback.devices.identity import canonical, canonical_imei
from rollback.devices.kinds import android_mode
from rollback.devices.values import (
    Certificate,
    Details,
    Device,
    DeviceAction,
    Invitation,
    Owner,
    SecurityAction,
)
from rollback.untrusted import Untrusted

# XMS: `actionType`; "WIPE" is Citrix's own sample, the others are the names of the console's actions.
_ACTIONS = {
    "WIPE": SecurityAction.WIPE,
    "FULL_WIPE": SecurityAction.WIPE,
    "CORP_WIPE": SecurityAction.SELECTIVE_WIPE,
    "SELECTIVE_WIPE": SecurityAction.SELECTIVE_WIPE,
    "SELWIPE": SecurityAction.SELECTIVE_WIPE,
    "LOCK": SecurityAction.LOCK,
    "APP_WIPE": SecurityAction.APP_WIPE,
    "APP_LOCK": SecurityAction.APP_LOCK,
    "REVOKE": SecurityAction.REVOKE,
}
_HARMLESS = frozenset({"DEPLOY", "LOCATE", "PUSH", "REFRESH", "RING", "TRACKING", "REQUEST_MIRRORING"})
_FLAGS = {
    "appLock": SecurityAction.APP_LOCK,
    "appWipe": SecurityAction.APP_WIPE,
    "cancelCorpWipeEnabled": SecurityAction.SELECTIVE_WIPE,
    "lockDeviceFlag": SecurityAction.LOCK,
    "wipeDeviceFlag": SecurityAction.WIPE,
}
_NOT_SHARED = frozenset({"", "INACTIVE"})
_TRUTHS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class PropertyNames:
    """Names of the device properties that an estate reads.

    Attributes:
        supervised: Apple's supervision; as seen in public scripts.
        android_mode: Android's mode; empty: none, and every managed Android device is of an unknown kind.
        site: Where a shared device stands; empty: none.
        other_mailbox: Whether the user has another mailbox; empty: nobody knows.
    """

    supervised: str = "SUPERVISED"
    android_mode: str = ""
    site: str = ""
    other_mailbox: str = ""

    def all(self) -> frozenset[str]:
        """The names that the client must let through."""
        return frozenset({self.supervised, self.android_mode, self.site, self.other_mailbox} - {""})


class Projection:
    """Makes devices of what the client read; people and models that several devices share become one value."""

    def __init__(self, names: PropertyNames) -> None:
        """Read properties by these `names`."""
        self._names = names
        self._owners: dict[Owner, Owner] = {}
        self._texts: dict[str, Untrusted] = {}

    def device(self, row: DeviceRow, detail: DeviceDetail | None = None) -> Device:
        """The device of a `row`, with its details where they were read."""
        told = dict(row.properties) | (dict(detail.properties) if detail else {})
        mode = told.get(self._names.android_mode, "")
        return Device(
            id=str(row.id),
            serial=canonical(row.serial or (detail.serial if detail else "")),
            imei=canonical_imei(row.imei or (detail.imei if detail else "")),
            strong_id=canonical(detail.strong_id) if detail else "",
            owner=self._owner(row, detail, other_mailbox=_truth(told.get(self._names.other_mailbox))),
            model=self._text(row.model or row.product),
            site=self._text(told.get(self._names.site, "")),
            platform=row.platform,
            os_family=detail.os_family if detail else "",
            os_version=row.os_version,
            supervised=_truth(told.get(self._names.supervised)),
            dep_registered=row.dep_registered,
            android_mode=android_mode(mode) if mode else None,
            mdm_known=row.mdm_known,
            mam_known=row.mam_known,
            managed=row.managed,
            shared=row.shareable is True and row.shared_status.upper() not in _NOT_SHARED,
            details=_details(detail) if detail else None,
        )

    def _owner(self, row: DeviceRow, detail: DeviceDetail | None, *, other_mailbox: bool | None) -> Owner | None:
        user = detail.user if detail else None
        login = user.login if user else row.login
        if not login.strip():
            return None
        owner = Owner(
            login=Untrusted(login),
            display_name=Untrusted((user.display_name if user else "") or row.display_name),
            given_name=Untrusted(user.given_name if user else ""),
            mail=Untrusted(user.mail if user else ""),
            phone=Untrusted(user.phone if user else ""),
            language=user.language if user else "",
            other_mailbox=other_mailbox,
        )
        return self._owners.setdefault(owner, owner)

    def _text(self, raw: str) -> Untrusted:
        return self._texts.setdefault(raw, Untrusted(raw))


def completed(device: Device, detail: DeviceDetail, names: PropertyNames) -> Device:
    """`device`, which was made of its row alone, with the details that were read later: as if made of both."""
    told = dict(detail.properties)
    mode, site, supervised = told.get(names.android_mode), told.get(names.site), told.get(names.supervised)
    return replace(
        device,
        serial=device.serial or canonical(detail.serial),
        imei=device.imei or canonical_imei(detail.imei),
        strong_id=canonical(detail.strong_id),
        owner=_completed_owner(device.owner, detail, other_mailbox=_truth(told.get(names.other_mailbox))),
        site=Untrusted(site) if site else device.site,
        os_family=detail.os_family,
        supervised=_truth(supervised) if supervised else device.supervised,
        android_mode=android_mode(mode) if mode else device.android_mode,
        details=_details(detail),
    )


def _completed_owner(listed: Owner | None, detail: DeviceDetail, *, other_mailbox: bool | None) -> Owner | None:
    known = listed.other_mailbox if listed else None
    mailbox = known if other_mailbox is None else other_mailbox
    user = detail.user
    if user is None:
        return replace(listed, other_mailbox=mailbox) if listed else None
    if not user.login.strip():
        return None
    return Owner(
        login=Untrusted(user.login),
        display_name=Untrusted(user.display_name or (listed.display_name.raw if listed else "")),
        given_name=Untrusted(user.given_name),
        mail=Untrusted(user.mail),
        phone=Untrusted(user.phone),
        language=user.language,
        other_mailbox=mailbox,
    )


def invitation(read: InvitationRead) -> Invitation | None:
    """An invitation as it is kept; None for one without the moment of its creation, which nothing can be said of."""
    if read.created is None:
        return None
    return Invitation(
        login=Untrusted(read.login),
        created=read.created,
        valid_until=read.valid_until,
        mode=Untrusted(read.mode),
        status=Untrusted(read.status),
    )


def _details(detail: DeviceDetail) -> Details:
    return Details(
        first_connection=detail.first_connection,
        last_auth=detail.last_seen,
        revoked=detail.revoked is True,
        certificates=tuple(c for c in map(_certificate, detail.certificates) if c),
        actions=tuple(a for a in map(_action, detail.actions) if a),
        flags=tuple(sorted({_FLAGS[name] for name in detail.flags if name in _FLAGS})),
    )


def _certificate(read: DeviceCertificate) -> Certificate | None:
    if read.starts is None:
        return None
    return Certificate(read.type, read.number, read.starts, read.ends or read.starts)


def _action(read: ActionRead) -> DeviceAction | None:
    """An action that security may want to know; one without any moment can't be placed before or after the backup."""
    word = read.type.strip().upper().replace(" ", "_")
    asked: datetime | None = read.asked or read.done or read.failed
    if word in _HARMLESS or asked is None:
        return None
    return DeviceAction(_ACTIONS.get(word, SecurityAction.OTHER), asked, done=read.done, failed=read.failed)


def _truth(told: str | None) -> bool | None:
    return _TRUTHS.get(told.strip().lower()) if told else None
