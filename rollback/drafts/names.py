"""Other people's words in a letter: names and models that can't become markup, a link or a second line.

A letter with a hostile name in it would carry our sender and our trust. In personal letters only what looks like a name
or a model survives; in texts for the team, words stay what they are, on one line and without angle brackets.
"""

import re
import unicodedata

from rollback.devices.values import Owner
from rollback.site import Phrase
from rollback.untrusted import EMPTY, Untrusted, one_line
from storage.words import DeviceKind

_BRACKETS = str.maketrans("<>", "‹›")
_TITLES = frozenset({"dr", "prof", "mr", "mrs", "ms", "miss", "herr", "frau", "m", "mme", "mlle", "dipl", "ing"})
_LONGEST_NAME = 30
_LONGEST_LABEL = 40
_LOCAL_PART = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
_MAIL = re.compile(f"{_LOCAL_PART}@{_HOST}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]*")
_FORMULA_STARTS = "=+-@＝＋－＠"  # the full-width twins too

KIND_LABELS: dict[DeviceKind, Phrase] = {
    DeviceKind.IOS: Phrase(en="iPhone or iPad", fr="iPhone ou iPad", de="iPhone oder iPad"),
    DeviceKind.APPLE_COMPANY: Phrase(
        en="Company iPhone or iPad", fr="iPhone ou iPad d'entreprise", de="iPhone oder iPad der Firma"
    ),
    DeviceKind.ANDROID_ADMIN: Phrase(en="Android device", fr="Appareil Android", de="Android-Gerät"),
    DeviceKind.ANDROID_PROFILE: Phrase(
        en="Android phone with a work profile",
        fr="Téléphone Android avec profil professionnel",
        de="Android-Telefon mit Arbeitsprofil",
    ),
    DeviceKind.ANDROID_COMPANY: Phrase(
        en="Company Android phone", fr="Téléphone Android d'entreprise", de="Android-Telefon der Firma"
    ),
    DeviceKind.WINDOWS: Phrase(en="Windows device", fr="Appareil Windows", de="Windows-Gerät"),
    DeviceKind.MAC: Phrase(en="Mac", fr="Mac", de="Mac"),
    DeviceKind.MAM: Phrase(
        en="Device with work apps", fr="Appareil avec applications de travail", de="Gerät mit Arbeits-Apps"
    ),
    DeviceKind.UNKNOWN: Phrase(en="Device", fr="Appareil", de="Gerät"),
}


def in_text(text: Untrusted, limit: int = 200) -> str:
    """`text` for a text of the team: one line, at most `limit` characters, without angle brackets."""
    return one_line(text, limit).translate(_BRACKETS)


def first_name(owner: Owner) -> str:
    """How to greet `owner`: their given name, or what looks like one; empty where nothing does."""
    for told in (owner.given_name.raw, _given_part(owner.display_name.raw)):
        name = unicodedata.normalize("NFC", " ".join(told.split()))
        if _looks_like_a_name(name):
            return name
    return ""


def full_name(owner: Owner) -> str:
    """Display name for lists: only letters, digits and the marks that names have; empty where nothing is left."""
    return _only(owner.display_name, "'’.,()&/- ", _LONGEST_LABEL * 2)


def label(model: Untrusted, kind: DeviceKind) -> str | Phrase:
    """What to call a device: its model, or else what kind it is. A dot stays only between digits: no link."""
    shown = _only(model, "'\".,()+_/- ", _LONGEST_LABEL)
    return " ".join(re.sub(r"(?<!\d)\.|\.(?!\d)", " ", shown).split()) or KIND_LABELS[kind]


def words(text: Untrusted) -> str:
    """A login, site or number for a list: without markup, and nothing that a spreadsheet takes for a formula."""
    return _only(text, "'@.,()+_/\\:&- ", _LONGEST_LABEL * 2)


def phone(text: Untrusted) -> str:
    """`text` if it is a telephone number as people write one, else empty. It may begin with a plus."""
    raw = " ".join(text.raw.split())
    digits = sum(c.isdigit() for c in raw)
    return raw if _PHONE.fullmatch(raw) and 4 <= digits <= 15 else ""


def mail_address(text: Untrusted) -> str:
    """`text` if it is an address that one mail can go to, else empty.

    Only what every mail system takes: ASCII, one address, no display name, no comment; whatever could end a header or
    start a formula in a spreadsheet is no address.
    """
    raw = text.raw.strip()
    usable = len(raw) <= 254 and _MAIL.fullmatch(raw) is not None and raw[0] not in _FORMULA_STARTS
    return raw if usable else ""


def _given_part(display_name: str) -> str:
    """The given name in "Ada Example", "Example, Ada" or "Dr. Ada Example"."""
    _, comma, after = display_name.partition(",")
    parts = (after if comma else display_name).split()
    while parts and parts[0].strip(".").casefold() in _TITLES:
        parts.pop(0)
    return parts[0] if parts else ""


def _looks_like_a_name(name: str) -> bool:
    if not 1 < len(name) <= _LONGEST_NAME or not name[0].isalpha():
        return False
    marks = 0
    for character in name:
        marks = marks + 1 if _is_mark(character) else 0
        if marks > 2 or not (marks or character.isalpha() or character in "'’- "):
            return False
    return True


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _only(text: Untrusted, marks: str, limit: int) -> str:
    """Letters, digits and `marks` of `text`, and the ellipsis and mark of a long one."""
    shown = one_line(text, limit)
    if shown == EMPTY:
        return ""
    kept = "".join(c if c.isalnum() or c in marks or c in "…#" or _is_mark(c) else " " for c in shown)
    return " ".join(kept.split()).lstrip(_FORMULA_STARTS + "' ")
