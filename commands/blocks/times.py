"""Instants and durations as people read them: in the site's time, short, without seconds where they don't matter."""

from datetime import datetime, timedelta

from rollback.situation import Situation


def clock(s: Situation, instant: datetime) -> str:
    """``09:37``, with the day in front where it isn't today's."""
    local, today = s.local(instant), s.local(s.now)
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local.day} {local:%b %H:%M}"


def to_the_second(s: Situation, instant: datetime) -> str:
    """``10:14:20``."""
    return f"{s.local(instant):%H:%M:%S}"


def span(length: timedelta) -> str:
    """``24 min``, ``2 h 05 min``, ``3 d 4 h``; under a minute in seconds; never negative."""
    seconds = max(0, round(length.total_seconds()))
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < 60:
        return f"{seconds} s"
    if minutes < 60:
        return f"{minutes} min"
    if hours < 48:
        return f"{hours} h {minutes % 60:02} min"
    return f"{hours // 24} d {hours % 24} h"


def since(s: Situation, instant: datetime) -> str:
    """``since 09:37, 24 min``."""
    return f"since {clock(s, instant)}, {span(s.now - instant)}"


def zone(s: Situation) -> str:
    """The zone that times are shown in, with its offset now."""
    offset = s.local(s.now).strftime("%z")
    return f"{s.zone.key} (UTC{offset[:3]}:{offset[3:]})"
