"""Made-up devices, captures and a cut-off for the tests of devices and drafts."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from rollback.devices.values import (
    Capture,
    CaptureCounts,
    CaptureSource,
    Certificate,
    Cutoff,
    Details,
    Device,
    Invitation,
    Owner,
)
from rollback.untrusted import Untrusted

STARTED = datetime(2017, 11, 14, 21, 55, tzinfo=UTC)
FINISHED = STARTED + timedelta(minutes=19)
CUTOFF = Cutoff(STARTED, FINISHED)
TAKEN = STARTED + timedelta(hours=12)
LONG_BEFORE = STARTED - timedelta(days=200)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def owner(login: str = "ada@example.com", name: str = "Ada Example", **more: Any) -> Owner:
    fields: dict[str, Any] = {"login": login, "display_name": name, "mail": login, **more}
    plain = {"language", "other_mailbox"}
    made: dict[str, Any] = {key: value if key in plain else Untrusted(value) for key, value in fields.items()}
    return Owner(**made)


def details(enrolled: datetime | None = LONG_BEFORE, **more: Any) -> Details:
    if enrolled is not None and "certificates" not in more:
        more["certificates"] = (certificate(enrolled),)
    return Details(first_connection=enrolled, **more)


def certificate(issued: datetime, number: str = "1") -> Certificate:
    """A certificate as XMS issues it: its start is set back by 24 hours."""
    return Certificate("Apple MDM", number, issued - DAY, issued + 730 * DAY)


def device(number: int = 1, **more: Any) -> Device:
    """An ordinary iPhone, known for a long time."""
    fields: dict[str, Any] = {
        "id": str(number),
        "serial": f"SERIAL{number:05d}",
        "imei": f"35{number:012d}",
        "strong_id": f"STRONG{number:05d}",
        "owner": owner(f"user{number}@example.com", f"User{number} Example"),
        "model": Untrusted("iPhone 7"),
        "platform": "iOS",
        "os_family": "iOS",
        "os_version": "11.1.2",
        "supervised": False,
        "dep_registered": False,
        "mdm_known": True,
        "mam_known": True,
        "managed": True,
        "details": details(),
    }
    return Device(**{**fields, **more})


def capture(devices: Iterable[Device], **more: Any) -> Capture:
    all_of_them = tuple(devices)
    counts = CaptureCounts(len(all_of_them), len(all_of_them), sum(d.details is not None for d in all_of_them))
    fields: dict[str, Any] = {
        "complete": True,
        "counts": counts,
        "taken_at": TAKEN,
        "source": CaptureSource.API,
        "invitations": (),
    }
    return Capture(all_of_them, **{**fields, **more})


def invitation(login: str, created: datetime) -> Invitation:
    return Invitation(Untrusted(login), created, status=Untrusted("PENDING"))
