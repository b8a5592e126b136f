"""The axis of the picture: where an instant stands, and at which instants something is written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800)
)
"""Distances between two marks; beyond them whole weeks."""
LEAST, WEEK = timedelta(seconds=1), timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Axis:
    """A stretch of time laid over a stretch of pixels.

    Attributes:
        start, end: The time; an end before the start, or at it, becomes a second later.
        left, right: The pixels.
    """

    start: datetime
    end: datetime
    left: float
    right: float

    @property
    def length(self) -> timedelta:
        """How much time it shows."""
        return max(LEAST, self.end - self.start)

    def x(self, at: datetime) -> float:
        """Where an instant stands; one outside stands at the nearer end."""
        share = (at - self.start) / self.length
        return round(self.left + min(1.0, max(0.0, share)) * (self.right - self.left), 1)

    def marks(self, zone: ZoneInfo, most: int) -> Iterator[tuple[float, str]]:
        """At most `most` marks at round times of the site, with what is written there."""
        step = next((one for one in STEPS if self.length / one <= most), WEEK * ceil(self.length / WEEK / most))
        shape = "%H:%M:%S" if step < timedelta(minutes=1) else "%H:%M" if step < timedelta(days=1) else "%d %b"
        local = self.start.astimezone(zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight + step * -((midnight - local) // step)
        while at <= self.start + self.length:
            yield self.x(at), at.strftime(shape)
            at += step
