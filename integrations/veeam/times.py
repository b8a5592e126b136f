"""Veeam's times: with or without an offset, with up to seven digits of fraction; aware UTC once they are in here."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.errors import WrongAnswer
from integrations.fields import Row, said, text

SYSTEM = "veeam"
_OFFSET = re.compile(r"^\(UTC(?:([+-])(\d{2}):(\d{2}))?\)")


@dataclass(frozen=True)
class Moment:
    """One instant, as Veeam told it.

    Attributes:
        at: Aware UTC.
        assumed: Whether it came without an offset and was read as the server's local time. Across a change of
            daylight saving that can be an hour off.
    """

    at: datetime
    assumed: bool = False


@dataclass(frozen=True)
class ServerTime:
    """The server's clock.

    Attributes:
        at: Now, aware UTC, by the server's own clock.
        zone: Its time zone: by name where it tells one, else its present offset.
        words: The zone in the server's own words.
    """

    at: datetime
    zone: tzinfo
    words: str


def server_time(answer: Row) -> ServerTime:
    """The clock from the answer of ``/serverTime``.

    Raises:
        WrongAnswer: It tells no time, or one without any offset.
    """
    words = text(answer, "timeZone")
    told = _parse(text(answer, "serverTime"))
    if told is None:
        raise WrongAnswer(SYSTEM, f"the server's time can't be read: {said(text(answer, 'serverTime'))}")
    if told.tzinfo is None:
        offset = _zone_offset(words)
        if offset is None:
            raise WrongAnswer(SYSTEM, "the server tells its time without an offset and without a zone")
        told = told.replace(tzinfo=timezone(offset))
    zone = _named_zone(text(answer, "ianaTimeZoneId")) or timezone(told.utcoffset() or timedelta(0))
    return ServerTime(told.astimezone(UTC), zone, words)


def moment(words: str, zone: tzinfo) -> Moment | None:
    """The instant that `words` mean; without an offset they are read as local time in `zone`; None if unreadable."""
    told = _parse(words)
    if told is None:
        return None
    if told.tzinfo is None:
        return Moment(told.replace(tzinfo=zone).astimezone(UTC), assumed=True)
    return Moment(told.astimezone(UTC))


def _parse(words: str) -> datetime | None:
    try:
        return datetime.fromisoformat(words)
    except ValueError:
        return None


def _zone_offset(words: str) -> timedelta | None:
    found = _OFFSET.match(words)
    if found is None:
        return None
    if found[1] is None:
        return timedelta(0)
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -offset if found[1] == "-" else offset


def _named_zone(name: str) -> tzinfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None
