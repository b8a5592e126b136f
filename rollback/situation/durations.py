"""Durations as people read them."""

from datetime import timedelta


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
