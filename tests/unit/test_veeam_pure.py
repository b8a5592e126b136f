"""The pure parts of the Veeam client: times, names, dialects."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.veeam.dialect import DIALECTS, dialect
from integrations.veeam.times import moment, server_time
from integrations.veeam.values import mentions

PRAGUE = ZoneInfo("Europe/Prague")


def test_the_documents_own_times_are_read() -> None:
    """Times as Veeam's own examples write them become instants, and one without an offset says so."""
    seven = moment("2023-11-05T06:00:12.0178073+01:00", UTC)
    naive = moment("2024-11-11T12:34:46.027793", PRAGUE)
    assert seven is not None
    assert seven.at == datetime(2023, 11, 5, 5, 0, 12, 17807, tzinfo=UTC)
    assert not seven.assumed
    assert naive is not None
    assert naive.at == datetime(2024, 11, 11, 11, 34, 46, 27793, tzinfo=UTC)
    assert naive.assumed


def test_a_named_zone_knows_summer_and_winter() -> None:
    """With a zone by name, a naive time from before the change of daylight saving is read with its own offset."""
    told = server_time({"serverTime": "2030-04-02T10:00:00+02:00", "timeZone": "x", "ianaTimeZoneId": "Europe/Prague"})
    winter = moment("2030-03-30T22:00:00", told.zone)
    assert winter is not None
    assert winter.at == datetime(2030, 3, 30, 21, 0, tzinfo=UTC)


def test_an_unknown_zone_leaves_the_present_offset() -> None:
    """A zone name that this machine doesn't know, or a path in its place, leaves the offset of the clock itself."""
    for name in ("Mars/Olympus", "../../etc/passwd", ""):
        told = server_time({"serverTime": "2030-04-02T10:00:00+02:00", "ianaTimeZoneId": name})
        assert told.zone == timezone(timedelta(hours=2))


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_times(words: str) -> None:
    """Anything but a time reads as none; a time is always aware UTC."""
    read = moment(words, PRAGUE)
    assert read is None or read.at.utcoffset() == timedelta(0)


@given(st.integers(0, 4_000_000_000), st.integers(-14 * 60, 14 * 60))
def test_a_time_with_an_offset_survives(seconds: int, minutes: int) -> None:
    """Whatever the zone, an instant written with its offset is the same instant when read."""
    at = datetime.fromtimestamp(seconds, tz=timezone(timedelta(minutes=minutes)))
    read = moment(at.isoformat(), UTC)
    assert read is not None
    assert read.at == at
    assert not read.assumed


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("xms01", True),
        ("Restoring XMS01.", True),
        ("[xms01] done", True),
        ("Restore of 'xms01' started", True),
        ("xms011", False),
        ("xms01-old", False),
        ("old-xms01", False),
        ("xms01.example.com", False),
        ("a.xms01", False),
        ("", False),
    ],
)
def test_a_machine_is_named_as_a_whole_word(words: str, named: bool) -> None:  # noqa: FBT001 - a column of the table
    """A name counts only by itself, never as a part of another name."""
    assert mentions(words, "xms01") is named


def test_no_machine_is_named_by_an_empty_name() -> None:
    """An empty name is nowhere."""
    assert not mentions("anything", "")


def test_dialects_stand_newest_first_and_are_found_by_version() -> None:
    """Versions are tried from the newest to the oldest, each known by its header value."""
    versions = [one.version for one in DIALECTS]
    assert versions == sorted(versions, reverse=True)
    assert [dialect(version).version for version in versions] == versions
    with pytest.raises(ValueError, match="is not one of"):
        dialect("2.0")
