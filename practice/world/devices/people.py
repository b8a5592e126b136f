"""The owners: made-up people with a language, a mail address or none, a telephone or none."""

import unicodedata
from collections import Counter
from dataclasses import dataclass
from random import Random

from practice.world.devices.names import FIRST, LAST

LANGUAGES = ("en", "fr", "de")
_SHARES = (40, 25, 35)
# Ranges that the numbering authorities keep free for fiction.
_PHONES = {"en": "+447700900{:03d}", "fr": "+3363998{:04d}", "de": "+4917139200{:02d}"}
_PHONE_ROOM = {"en": 1000, "fr": 10_000, "de": 100}


@dataclass(frozen=True, slots=True)
class Person:
    """One owner as the company's directory knows them.

    Attributes:
        number: XenMobile's id of the user.
        first, last: The name, with its accents.
        login: User principal name; unique.
        mail: Mail address, or empty.
        mobile: Telephone, or empty.
        language: ``en``, ``fr`` or ``de``.
        language_listed: Whether the directory says which language it is.
    """

    number: int
    first: str
    last: str
    login: str
    mail: str
    mobile: str
    language: str
    language_listed: bool

    @property
    def display_name(self) -> str:
        """The name as people read it."""
        return f"{self.first} {self.last}"


def _plain(text: str) -> str:
    """`text` in the letters that a mail address has."""
    spelled = text.replace("Œ", "Oe").replace("œ", "oe")
    letters = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return "".join(c for c in letters.lower() if c.isalnum() or c == "-")


def make_people(count: int, random: Random) -> list[Person]:
    """`count` people; about 3 in 100 have only a telephone, 2 in 100 have neither mail nor telephone."""
    taken: Counter[str] = Counter()
    languages = random.choices(LANGUAGES, _SHARES, k=count)
    return [_person(number, language, taken, random) for number, language in enumerate(languages, start=1)]


def _person(number: int, language: str, taken: Counter[str], random: Random) -> Person:
    first, last = random.choice(FIRST[language]), random.choice(LAST[language])
    local = f"{_plain(first)}.{_plain(last)}"
    taken[local] += 1
    if taken[local] > 1:
        local += str(taken[local])
    login = f"{local}@example.com"
    luck = random.random()
    phone = _PHONES[language].format(random.randrange(_PHONE_ROOM[language]))
    return Person(
        number=number,
        first=first,
        last=last,
        login=login,
        mail="" if luck < 0.05 else login,
        mobile="" if luck < 0.02 or luck > 0.72 else phone,
        language=language,
        language_listed=random.random() < 0.8,
    )
