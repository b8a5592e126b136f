"""The four instants that a population's story hangs on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

BACK_DATED = timedelta(hours=24)
"""How far XenMobile back-dates a device certificate: its start date lies this long before it was issued."""

_ROOM = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Times:
    """When the backup was taken, when the upgrade began, and now.

    Attributes:
        backup_began: When the backup that will be restored was started, aware UTC.
        backup_ended: When it was finished.
        upgrade_began: When the upgrade that is rolled back began.
        now: The morning of the rollback.
    """

    backup_began: datetime
    backup_ended: datetime
    upgrade_began: datetime
    now: datetime

    def __post_init__(self) -> None:
        """Refuse times in which the story has no room: certificates must be told from back-dated ones.

        Raises:
            ValueError: The instants are out of order, or the rollback is less than 26 hours after the backup.
        """
        if not self.backup_began < self.backup_ended < self.upgrade_began < self.now:
            raise ValueError("the backup comes before the upgrade, and the upgrade before now")
        if self.now - self.backup_ended < BACK_DATED + _ROOM:
            raise ValueError("the story needs at least 26 hours between the backup and now")
