"""Dates, times and words in three languages."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from drafts_made import AT, ZONE
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rollback.drafts.languages import day, duration, hour, language_of, moment
from rollback.site import LANGUAGES, Language, Phrase


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Wednesday, 29 November 2017, 22:45 (CET)"),
        ("fr", "mercredi 29 novembre 2017 à 22h45 (CET)"),
        ("de", "Mittwoch, 29. November 2017, 22.45 Uhr (MEZ)"),
    ],
)
def test_a_moment_is_told_as_people_write_it(language: Language, said: str) -> None:
    """Weekday, date, time of the site and its zone, in the reader's language."""
    assert moment(AT, language, ZONE) == said


def test_the_hour_has_the_form_of_the_country() -> None:
    """09:00, 9h00 and 9.00 Uhr."""
    nine = datetime(2017, 11, 30, 8, 0, tzinfo=UTC)
    assert [hour(nine, language, ZONE) for language in LANGUAGES] == ["09:00", "9h00", "9.00 Uhr"]


def test_the_first_of_a_month_is_premier_in_french() -> None:
    """French counts the first day with an ordinal."""
    assert day(date(2018, 5, 1), "fr") == "mardi 1er mai 2018"
    assert day(date(2018, 5, 2), "fr") == "mercredi 2 mai 2018"


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    """On the night of the change the zone says which of the two hours is meant."""
    first, second = (datetime(2017, 10, 29, h, 30, tzinfo=UTC) for h in (0, 1))
    assert moment(first, "en", ZONE).endswith("02:30 (CEST)")
    assert moment(second, "en", ZONE).endswith("02:30 (CET)")
    assert moment(first, "de", ZONE).endswith("(MESZ)")


def test_a_zone_without_letters_is_told_by_its_offset() -> None:
    """A zone that has no abbreviation is told as a distance from UTC."""
    assert moment(AT, "en", ZoneInfo("America/Sao_Paulo")).endswith("(UTC-02)")


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive time can't be told to anybody."""
    with pytest.raises(ValueError, match="zone"):
        moment(AT.replace(tzinfo=None), "en", ZONE)


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(hours=7, minutes=15), ("7 hours 15 minutes", "7 heures 15 minutes", "7 Stunden 15 Minuten")),
        (timedelta(hours=1, minutes=1), ("1 hour 1 minute", "1 heure 1 minute", "1 Stunde 1 Minute")),
        (timedelta(hours=2), ("2 hours", "2 heures", "2 Stunden")),
        (timedelta(seconds=59), ("0 minutes", "0 minutes", "0 Minuten")),
    ],
)
def test_a_duration_is_hours_and_minutes(length: timedelta, said: tuple[str, str, str]) -> None:
    """Hours and minutes, each in the right number, nothing that is zero."""
    assert tuple(duration(length, language) for language in LANGUAGES) == said


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("de-CH", ("de", True)),
        ("FR_ca", ("fr", True)),
        ("en", ("en", True)),
        ("it", ("fr", False)),
        ("", ("fr", False)),
    ],
)
def test_a_directory_tells_the_language_or_the_default_is_taken(told: str, expected: tuple[str, bool]) -> None:
    """A language that we have is taken from the entry; for any other the default, and it is said that it was."""
    assert language_of(told, "fr") == expected


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants naive limits
def test_every_moment_is_one_line_of_words(at: datetime) -> None:
    """Any moment can be told in each language, in characters that a text message has."""
    for language in LANGUAGES:
        assert moment(at, language, ZONE).isprintable()


def test_one_string_is_a_phrase_in_all_languages() -> None:
    """Settings may give a name once; a phrase with a language missing is refused."""
    assert Phrase.model_validate("Example").in_("de") == "Example"
    with pytest.raises(ValidationError):
        Phrase.model_validate({"en": "only"})
