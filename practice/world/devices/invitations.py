"""Enrolment invitations: some from before the backup, some redeemed since, some made since."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from practice.world.devices.people import Person
from practice.world.devices.times import Times

PENDING, REDEEMED = "PENDING", "REDEEMED"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One invitation.

    Attributes:
        token: What redeems it; a credential.
        secret: Its one-time PIN; a credential.
        person: Who was invited.
        platform: ``iOS`` or ``Android``.
        created: When it was made.
        status: ``PENDING`` or ``REDEEMED``.
    """

    token: str
    secret: str
    person: Person
    platform: str
    created: datetime
    status: str = PENDING


@dataclass(frozen=True, slots=True)
class Invitations:
    """Both contents of the table, and what only the newer one holds."""

    at_backup: tuple[Invitation, ...]
    now: tuple[Invitation, ...]
    since: tuple[Invitation, ...]


def invite(person: Person, created: datetime, random: Random) -> Invitation:
    """One new invitation."""
    token = UUID(int=random.getrandbits(128), version=4)
    return Invitation(
        f"ep-{token}", f"{random.randrange(10**6):06d}", person, random.choice(("iOS", "Android")), created
    )


def make_invitations(devices: int, times: Times, people: list[Person], random: Random) -> Invitations:
    """About 30 that both contents hold, of which a few were redeemed since, and about 18 made since, for 10,000."""
    scale = devices / 10_000
    kept, since = max(3, round(30 * scale)), max(2, round(18 * scale))
    month = int(timedelta(days=28).total_seconds())
    after = int((times.now - times.backup_ended).total_seconds()) - 120
    old = sorted(
        (
            invite(random.choice(people), times.backup_began - timedelta(seconds=60 + random.randrange(month)), random)
            for _ in range(kept)
        ),
        key=lambda i: i.created,
    )
    new = sorted(
        (
            invite(random.choice(people), times.backup_ended + timedelta(seconds=60 + random.randrange(after)), random)
            for _ in range(since)
        ),
        key=lambda i: i.created,
    )
    redeemed = [replace(i, status=REDEEMED) for i in old[: kept // 6 + 1]]
    now = (*redeemed, *old[len(redeemed) :], *new)
    return Invitations(tuple(old), now, tuple(new))
