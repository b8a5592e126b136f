"""The three languages of the notices: dates, times and durations as people write them there.

German and French are written as in Switzerland: "9.00 Uhr", "9h00", no sharp s.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rollback.site import LANGUAGES, Language

_DAYS: Mapping[Language, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}
_MONTHS: Mapping[Language, tuple[str, ...]] = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "de": (
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
}
_UNITS: Mapping[Language, tuple[tuple[str, str], tuple[str, str]]] = {
    "en": (("hour", "hours"), ("minute", "minutes")),
    "fr": (("heure", "heures"), ("minute", "minutes")),
    "de": (("Stunde", "Stunden"), ("Minute", "Minuten")),
}
_GERMAN_ZONES = {"CET": "MEZ", "CEST": "MESZ"}


def language_of(told: str, default: Language) -> tuple[Language, bool]:
    """The language that a directory's entry (``de-CH``, ``fr_FR``) names, and whether it named one that we have."""
    wanted = told.strip().lower().replace("_", "-").split("-")[0]
    for language in LANGUAGES:
        if language == wanted:
            return language, True
    return default, False


def day(moment: date, language: Language) -> str:
    """A date with its weekday: "Tuesday, 14 November 2017"."""
    weekday, month = _DAYS[language][moment.weekday()], _MONTHS[language][moment.month - 1]
    if language == "fr":
        return f"{weekday} {'1er' if moment.day == 1 else moment.day} {month} {moment.year}"
    dot = "." if language == "de" else ""
    return f"{weekday}, {moment.day}{dot} {month} {moment.year}"


def hour(moment: datetime, language: Language, zone: ZoneInfo) -> str:
    """The time of day in `zone`: "09:00", "9h00", "9.00 Uhr"."""
    local = moment.astimezone(zone)
    if language == "en":
        return f"{local:%H:%M}"
    return f"{local.hour}h{local:%M}" if language == "fr" else f"{local.hour}.{local:%M} Uhr"


def moment(at: datetime, language: Language, zone: ZoneInfo) -> str:
    """Date, time and zone: "Tuesday, 14 November 2017, 09:00 (CET)".

    Raises:
        ValueError: `at` has no zone: nobody could say what it means.
    """
    if at.tzinfo is None:
        msg = "A time without a zone can't be told to people."
        raise ValueError(msg)
    local = at.astimezone(zone)
    joint = " à " if language == "fr" else ", "
    return f"{day(local.date(), language)}{joint}{hour(at, language, zone)} ({_zone(local, language)})"


def duration(length: timedelta, language: Language) -> str:
    """Hours and minutes, rounded down: "7 hours 15 minutes"."""
    minutes = int(length.total_seconds()) // 60
    (hours_word, minutes_word) = _UNITS[language]
    parts = [(minutes // 60, hours_word), (minutes % 60, minutes_word)]
    told = [f"{count} {one if count == 1 else many}" for count, (one, many) in parts if count]
    return " ".join(told) or f"0 {minutes_word[1]}"


def _zone(local: datetime, language: Language) -> str:
    name = local.tzname() or "UTC"
    if not name.isalpha():
        return f"UTC{local:%z}"[:6]
    return _GERMAN_ZONES.get(name, name) if language == "de" else name
