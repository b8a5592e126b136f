"""Reading single fields out of a system's JSON: lenient where vendors vary, never guessing.

Vendors send numbers as strings, one row as an object instead of a list, and leave keys out; their texts may hold
anything. These few functions are the only place where that is smoothed.
"""

from collections.abc import Mapping

Row = Mapping[str, object]
SAID_LENGTH = 200


def rows(answer: Row, key: str) -> tuple[Row, ...]:
    """The rows under `key`: a list's objects, one object by itself, or none when the key is absent."""
    found = answer.get(key)
    if isinstance(found, dict):
        return (found,)
    if isinstance(found, list):
        return tuple(row for row in found if isinstance(row, dict))
    return ()


def inner(row: Row, key: str) -> Row:
    """The object under `key`; an empty one if there is none."""
    found = row.get(key)
    return found if isinstance(found, dict) else {}


def text(row: Row, key: str) -> str:
    """The text under `key`; numbers as text, anything else (and null) as an empty text."""
    found = row.get(key)
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else ""


def texts(row: Row, key: str) -> tuple[str, ...]:
    """The texts of the list under `key`; what is no text is left out."""
    found = row.get(key)
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def number(row: Row, key: str) -> int | None:
    """The whole number under `key`, sent as a number or as text; None when there is none."""
    found = row.get(key)
    if isinstance(found, bool):
        return None
    if isinstance(found, float) and found.is_integer():
        return int(found)
    if isinstance(found, int):
        return found
    if isinstance(found, str) and found.strip().isascii() and found.strip().lstrip("-").isdigit():
        return int(found)
    return None


def flag(row: Row, key: str) -> bool | None:
    """The truth under `key`, sent as a truth or as text; None when it can't be told."""
    found = row.get(key)
    if isinstance(found, bool):
        return found
    return {"true": True, "yes": True, "false": False, "no": False}.get(text(row, key).lower())


def said(message: str) -> str:
    """A system's own words for use in an error's text: one printable line of at most 200 characters, no full stop."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in message).split())
    return line[:SAID_LENGTH].rstrip(" .") or "no reason given"
