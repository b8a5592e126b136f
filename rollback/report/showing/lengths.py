"""Times and lengths as readers of a report want them: in the site's time, lengths no coarser than they matter."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from rollback.situation.durations import span

NOTHING = "–"
TO_THE_SECOND = timedelta(minutes=10)


def instant(at: datetime | None, zone: ZoneInfo) -> str:
    """An instant in the site's time, with its day, to the second."""
    return NOTHING if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def clock(at: datetime | None, zone: ZoneInfo) -> str:
    """The time of day, to the second."""
    return NOTHING if at is None else f"{at.astimezone(zone):%H:%M:%S}"


def lasted(length: timedelta | None) -> str:
    """``31 s``, ``4 min 10 s``, ``24 min``, ``2 h 05 min``: seconds only where they matter."""
    if length is None:
        return NOTHING
    seconds = max(0, round(length.total_seconds()))
    if length < TO_THE_SECOND and seconds >= 60 and seconds % 60:
        return f"{seconds // 60} min {seconds % 60:02} s"
    return span(length)
