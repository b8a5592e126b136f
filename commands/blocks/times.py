"""Instants and durations as people read them: in the site's time, short, without seconds where they don't matter."""

from datetime import datetime

from rollback.situation import Situation
from rollback.situation.durations import span

__all__ = ["clock", "since", "span", "to_the_second", "zone"]


def clock(s: Situation, instant: datetime) -> str:
    """``09:37``, with the day in front where it isn't today's."""
    local, today = s.local(instant), s.local(s.now)
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local.day} {local:%b %H:%M}"


def to_the_second(s: Situation, instant: datetime) -> str:
    """``10:14:20``."""
    return f"{s.local(instant):%H:%M:%S}"


def since(s: Situation, instant: datetime) -> str:
    """``since 09:37, 24 min``."""
    return f"since {clock(s, instant)}, {span(s.now - instant)}"


def zone(s: Situation) -> str:
    """The zone that times are shown in, with its offset now."""
    offset = s.local(s.now).strftime("%z")
    return f"{s.zone.key} (UTC{offset[:3]}:{offset[3:]})"
