"""The server's settings as values: properties, certificates, delivery groups, licences, directories, authorities.

Citrix, "Public API for REST Services": `GET /serverproperties`, `GET /certificates`, `POST /deliverygroups/filter`,
`GET /licenses`, `GET /ldap`, `GET /pki/certauthority`, `POST /enrollment/filter`. Accounts, passwords and an
invitation's token and secret never become values.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from integrations.fields import Row, flag, inner, number, rows, text, texts
from integrations.xenmobile.devices import moment

_SECRET = re.compile(r"passw|secret|token|credential|private|\bkey\b|\.key|apikey", re.IGNORECASE)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True, slots=True)
class ServerProperty:
    """One server property.

    Attributes:
        name: Its name.
        value: Its value; empty when it is hidden.
        default: Its default; empty when it is hidden.
        hidden: Whether its name says that it holds a secret: its value is not kept, so it can't be compared.
    """

    name: str
    value: str
    default: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """One certificate of the server.

    Attributes:
        id: XenMobile's id.
        name: Its name in the console.
        type: `type` as the server spells it; a listener's, APNs', SAML's or an authority's.
        active: Whether it is in use.
        serial: Its serial number.
        subject: Common name; for APNs the topic.
        issuer: Common name of the issuer.
        valid_from, valid_to: Its validity, to the day.
    """

    id: int | None
    name: str
    type: str
    active: bool | None
    serial: str
    subject: str
    issuer: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class DeliveryGroup:
    """One delivery group with what it delivers; the lists are sorted."""

    name: str
    description: str
    disabled: bool | None
    groups: tuple[str, ...]
    applications: tuple[str, ...]
    policies: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence; `expires` is its last day."""

    edition: str
    in_use: int | None
    available: int | None
    expires: date | None


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory (LDAP), without its account."""

    name: str
    domain: str
    host: str
    second_host: str
    secure: bool | None
    default: bool | None


@dataclass(frozen=True, slots=True)
class Authority:
    """One of XenMobile's own certificate authorities."""

    group: str
    type: str
    name: str
    id: str
    issuing: bool | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation to enrol, without what redeems it.

    Attributes:
        login: Who was invited.
        platform: ``iOS``, ``Android``.
        mode: XenMobile's security mode.
        status: ``PENDING`` and so on.
        created, valid_until: Aware UTC; None where the server does not tell.
    """

    login: str = field(repr=False)
    platform: str
    mode: str
    status: str
    created: datetime | None
    valid_until: datetime | None


def server_property(row: Row) -> ServerProperty:
    """One element of `allEwProperties`."""
    name = text(row, "name")
    if _SECRET.search(name):
        return ServerProperty(name, "", "", hidden=True)
    return ServerProperty(name, text(row, "value"), text(row, "defaultValue"))


def server_certificate(row: Row) -> ServerCertificate:
    """One element of `certificate`."""
    told = inner(row, "certDetails")
    return ServerCertificate(
        id=number(row, "id"),
        name=text(row, "name"),
        type=text(row, "type"),
        active=flag(row, "isActive"),
        serial=text(told, "serialNum"),
        subject=text(inner(told, "subjectName"), "commonName"),
        issuer=text(inner(told, "issuerName"), "commonName"),
        valid_from=_day(text(row, "validFrom")),
        valid_to=_day(text(row, "validTo")),
    )


def delivery_group(row: Row) -> DeliveryGroup:
    """One element of `dgList`."""
    return DeliveryGroup(
        name=text(row, "name"),
        description=text(row, "description"),
        disabled=flag(row, "disabled"),
        groups=tuple(sorted(text(g, "name") for g in rows(row, "groups"))),
        applications=tuple(sorted(_application(a) for a in rows(row, "applications"))),
        policies=tuple(sorted(texts(row, "devicePolicies"))),
        actions=tuple(sorted(texts(row, "smartActions"))),
    )


def licence(row: Row) -> Licence:
    """One element of `licenseList`; `expirationDate` is written ``01-DEC-2015``."""
    return Licence(
        edition=text(row, "p_E_M") or text(row, "licenseType"),
        in_use=number(row, "licensesInUse"),
        available=number(row, "licensesAvailable"),
        expires=_named_day(text(row, "expirationDate")),
    )


def directory(row: Row) -> Directory:
    """One element of `adList`."""
    return Directory(
        name=text(row, "name"),
        domain=text(row, "domain"),
        host=text(row, "primaryHost"),
        second_host=text(row, "secondaryHost"),
        secure=flag(row, "useSecure"),
        default=flag(row, "defaultDomain"),
    )


def authorities(group: Row) -> tuple[Authority, ...]:
    """The authorities of one element of `groups`."""
    name, issuing = text(group, "groupName"), flag(group, "currentIssuingCA")
    return tuple(
        Authority(name, text(row, "type"), text(row, "name"), text(row, "id"), issuing) for row in rows(group, "calist")
    )


def invitation(row: Row) -> Invitation:
    """One element of `enrollments`."""
    return Invitation(
        login=text(row, "userName"),
        platform=text(row, "type"),
        mode=text(row, "mode"),
        status=text(row, "status"),
        created=moment(row, "createTime"),
        valid_until=moment(row, "validUntil"),
    )


def _application(row: Row) -> str:
    return f"{text(row, 'name')} (required)" if flag(row, "required") else text(row, "name")


def _day(told: str) -> date | None:
    try:
        return date.fromisoformat(told)
    except ValueError:
        return None


def _named_day(told: str) -> date | None:
    day, _, rest = told.upper().partition("-")
    month, _, year = rest.partition("-")
    if month not in _MONTHS or not (day.isdigit() and year.isdigit()):
        return None
    try:
        return date(int(year), _MONTHS.index(month) + 1, int(day))
    except ValueError:
        return None
