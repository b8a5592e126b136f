"""The configuration in the database: server properties, certificates, delivery groups, licences, authorities.

Two contents again, 10.6 at the backup and 10.7 now, and what lies between them: edits by administrators, which the
restore takes back, and what 10.7 brought by itself.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from practice.world.devices.times import Times


@dataclass(frozen=True, slots=True)
class Property:
    """One server property."""

    name: str
    value: str
    default: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """One certificate of the server: listener, APNs, SAML signing or an authority's."""

    number: int
    name: str
    type: str  # listener, apns, saml, chain
    serial: str
    subject: str
    issuer: str
    starts: datetime
    ends: datetime
    active: bool = True


@dataclass(frozen=True, slots=True)
class DeliveryGroup:
    """One delivery group with what it delivers."""

    name: str
    description: str
    groups: tuple[str, ...]
    applications: tuple[str, ...]
    policies: tuple[str, ...]
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Configuration:
    """One content of the configuration.

    Attributes:
        properties, certificates, delivery_groups: As their names say.
        licences_in_use, licences_available: Of the one licence that the estate has.
        licence_ends: When it expires.
        domains: The directories, by domain name.
        authorities: XenMobile's own authorities: type, name and id.
    """

    properties: tuple[Property, ...]
    certificates: tuple[ServerCertificate, ...]
    delivery_groups: tuple[DeliveryGroup, ...]
    licences_in_use: int
    licences_available: int
    licence_ends: datetime
    domains: tuple[str, ...] = ("example.com",)
    authorities: tuple[tuple[str, str, str], ...] = (
        ("root_ca", "Root Certificate Authority", "6f0c1c62-root"),
        ("devices_ca", "Devices Certificate Authority", "6f0c1c62-devices"),
        ("server_ca", "SSL Servers Certificate Authority", "6f0c1c62-server"),
    )

    def value(self, name: str) -> str:
        """The value of a server property; empty if there is none of that name."""
        return next((p.value for p in self.properties if p.name == name), "")


@dataclass(frozen=True, slots=True)
class Differences:
    """What lies between the two contents, as ``kind:name``.

    Attributes:
        edits: What administrators changed since the backup: it has to be done again.
        by_version: What 10.7 added or changed by itself: expected.
    """

    edits: frozenset[str] = field(default_factory=frozenset)
    by_version: frozenset[str] = field(default_factory=frozenset)


_PROPERTIES = (
    Property("xms.publicapi.timeout.type", "INACTIVITY_TIMEOUT", "STATIC_TIMEOUT", "How a session of the API ends"),
    Property("xms.publicapi.static.timeout", "60", "60", "Minutes after the login"),
    Property("xms.publicapi.inactivity.timeout", "15", "60", "Minutes without a call"),
    Property("zdm.dbcleanup.deployHistRetentionTimeInDays", "7", "7", "Deploy log cleanup (in days)"),
    Property("ios.mdm.enrollment.awaitMamRegistration.enabled", "false", "false", "Wait for the MAM registration"),
    Property("wsapi.mdm.required.flag", "true", "false", "Enrolment required"),
    Property("hibernate.c3p0.max_size", "1000", "1000", "Connections to SQL"),
    Property("hibernate.c3p0.timeout", "120", "120", "Idle time of a connection to SQL (in seconds)"),
    Property("push.services.heartbeat.interval", "20", "20", "Heartbeat of the push service (in hours)"),
    Property("device.inactivity.days", "7", "7", "Inactivity threshold (in days)"),
)
_GROUPS = (
    DeliveryGroup("AllUsers", "Everybody", ("Domain Users",), ("Secure Hub", "Secure Mail"), ("Passcode", "Wi-Fi")),
    DeliveryGroup("Field staff", "Rugged devices", ("Field",), ("Secure Hub", "Route Book"), ("Passcode", "Kiosk")),
    DeliveryGroup("Management", "Board and heads", ("Heads",), ("Secure Hub", "Secure Mail", "Files"), ("Passcode",)),
    DeliveryGroup("Pilot", "Tries things first", ("Pilot",), ("Secure Hub",), ("Passcode",), disabled=True),
)


def make_configuration(devices: int, times: Times) -> tuple[Configuration, Configuration, Differences]:
    """The configuration at the backup, the one now, and what lies between them."""
    at_backup = Configuration(
        properties=_PROPERTIES,
        certificates=_certificates(times),
        delivery_groups=_GROUPS,
        licences_in_use=devices,
        licences_available=devices + devices // 5,
        licence_ends=times.now + timedelta(days=190),
    )
    upgraded, by_version = _upgraded(at_backup)
    now, edits = _edited(upgraded, times)
    return at_backup, now, Differences(edits, by_version)


def _certificates(times: Times) -> tuple[ServerCertificate, ...]:
    def one(number: int, name: str, type_: str, *, days: int, issuer: str) -> ServerCertificate:
        begun = times.backup_began - timedelta(days=days)
        ends = begun + timedelta(days=365)
        return ServerCertificate(number, name, type_, f"{7_000_000_000_000 + number}", name, issuer, begun, ends)

    return (
        one(4656, "ent-root-ca", "chain", days=90, issuer="ent-root-ca"),
        one(4657, "mdm.example.com", "listener", days=350, issuer="ent-root-ca"),
        one(4658, "APSP:practice", "apns", days=200, issuer="Apple Application Integration"),
        one(4659, "XMS.example.com", "saml", days=120, issuer="XMS.example.com"),
    )


def _upgraded(before: Configuration) -> tuple[Configuration, frozenset[str]]:
    """What the upgrade to 10.7 does by itself."""
    added = (
        Property("android.enterprise.autoUpdate.enabled", "true", "true", "New in 10.7"),
        Property("xms.console.session.warning", "5", "5", "New in 10.7"),
    )
    changed = tuple(
        replace(p, value="180", default="180") if p.name == "hibernate.c3p0.timeout" else p for p in before.properties
    )
    names = frozenset({"property:hibernate.c3p0.timeout", *(f"property:{p.name}" for p in added)})
    return replace(before, properties=changed + added), names


def _edited(before: Configuration, times: Times) -> tuple[Configuration, frozenset[str]]:
    """What administrators did in the two days since."""
    uploaded = times.upgrade_began + timedelta(hours=26)
    properties = [replace(p, value="14") if p.name == "device.inactivity.days" else p for p in before.properties]
    groups = [
        replace(g, applications=(*g.applications, "Secure Web")) if g.name == "Field staff" else g
        for g in before.delivery_groups
    ]
    certificates = [
        replace(c, serial="7000000009001", starts=uploaded, ends=uploaded + timedelta(days=365))
        if c.type == "listener"
        else c
        for c in before.certificates
    ]
    contractors = ("Contractors", "Until the end of the year", ("Contractors",), ("Secure Hub",), ("Passcode",))
    now = replace(
        before,
        properties=(*properties, Property("custom.wifi.profile", "office-2", "", "Added by hand")),
        delivery_groups=(*groups, DeliveryGroup(*contractors)),
        certificates=tuple(certificates),
    )
    return now, frozenset(
        {
            "property:device.inactivity.days",
            "property:custom.wifi.profile",
            "delivery_group:Field staff",
            "delivery_group:Contractors",
            "certificate:mdm.example.com",
        }
    )
