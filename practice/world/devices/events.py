"""What has happened to devices around and since the backup: the words of the story, and how often each occurs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from practice.world.devices.times import BACK_DATED, Times


class What(StrEnum):
    """One kind of event."""

    ENROLLED = "enrolled"  # a device that the backup cannot hold
    ENROLLED_TOO_LATE = "enrolled_too_late"  # while the backup ran, and the backup missed it
    ENROLLED_IN_TIME = "enrolled_in_time"  # while the backup ran, and the backup caught it
    RE_ENROLLED = "re_enrolled"  # a known device, same row, new certificates
    RE_ENROLLED_ANEW = "re_enrolled_anew"  # a known device whose row was removed, and a new one made
    RENEWED = "renewed"  # one certificate of a known device was issued again, too late for the backup
    RENEWED_IN_TIME = "renewed_in_time"  # the same, and the backup caught it
    REMOVED = "removed"
    WIPED = "wiped"  # asked for and done since
    LOCKED = "locked"  # asked for and done since
    REVOKED = "revoked"
    WIPED_LATE = "wiped_late"  # asked for before the backup, done since: a restore makes it pending again
    WIPE_CANCELLED = "wipe_cancelled"  # asked for before the backup, cancelled since: a restore brings it back
    WIPE_PENDING = "wipe_pending"  # asked for since, not done yet: a restore forgets it
    WIPE_WITHDRAWN = "wipe_withdrawn"  # asked for and cancelled since: as if nothing had been
    WIPE_STILL_PENDING = "wipe_still_pending"  # asked for before the backup, still pending
    UPDATED = "updated"  # a new version of its operating system
    ANNOUNCED = "announced"  # Apple's programme announced it; XenMobile makes its row again after a restore
    PASSED_THROUGH = "passed_through"  # enrolled and removed since: in neither content


MAKES_A_ROW = frozenset(
    {
        What.ENROLLED,
        What.ENROLLED_TOO_LATE,
        What.ENROLLED_IN_TIME,
        What.RE_ENROLLED_ANEW,
        What.ANNOUNCED,
        What.PASSED_THROUGH,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one device.

    Attributes:
        what: What happened.
        at: When, aware UTC.
        strong_id: The device.
    """

    what: What
    at: datetime
    strong_id: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How often one kind of event happens, and within which time.

    Attributes:
        what: What happens.
        least: How often at least.
        per_ten_thousand: How often with 10,000 devices.
        begins, ends: The time it happens in.
    """

    what: What
    least: int
    per_ten_thousand: int
    begins: datetime
    ends: datetime

    def times(self, devices: int) -> int:
        """How often it happens with so many devices."""
        return max(self.least, round(self.per_ten_thousand * devices / 10_000))


def plans(times: Times) -> tuple[Plan, ...]:
    """The whole story; certificates are renewed on both sides of each edge that a reader must respect."""
    began, ended, upgrade, now = times.backup_began, times.backup_ended, times.upgrade_began, times.now
    clear = ended + BACK_DATED  # from here on even the back-dated start of a certificate lies after the backup
    day_before = began - timedelta(hours=20)
    return (
        Plan(What.ENROLLED, 1, 9, ended, upgrade),
        Plan(What.ENROLLED, 3, 140, upgrade, now),
        Plan(What.ENROLLED_TOO_LATE, 1, 3, began, ended),
        Plan(What.ENROLLED_IN_TIME, 1, 2, began, ended),
        Plan(What.RE_ENROLLED, 1, 4, ended, clear),
        Plan(What.RE_ENROLLED, 1, 9, clear, now),
        Plan(What.RE_ENROLLED_ANEW, 1, 8, ended, now),
        Plan(What.RENEWED_IN_TIME, 1, 6, day_before, began),
        Plan(What.RENEWED_IN_TIME, 1, 1, began, ended),
        Plan(What.RENEWED, 1, 1, began, ended),
        Plan(What.RENEWED, 1, 5, ended, clear),
        Plan(What.RENEWED, 1, 16, clear, now),
        Plan(What.REMOVED, 1, 7, ended, now),
        Plan(What.WIPED, 1, 3, ended, now),
        Plan(What.LOCKED, 1, 2, ended, now),
        Plan(What.REVOKED, 1, 2, ended, now),
        Plan(What.WIPED_LATE, 1, 1, ended, now),
        Plan(What.WIPE_CANCELLED, 1, 2, ended, now),
        Plan(What.WIPE_PENDING, 1, 2, upgrade, now),
        Plan(What.WIPE_WITHDRAWN, 1, 2, upgrade, now),
        Plan(What.WIPE_STILL_PENDING, 1, 1, day_before, began),
        Plan(What.UPDATED, 2, 200, ended, now),
        Plan(What.ANNOUNCED, 1, 4, ended, now),
        Plan(What.PASSED_THROUGH, 1, 2, upgrade, now),
    )
