"""Text that people or systems have named: it is never shown by accident, only through a rendering chosen here.

Slack's own escaping is not done here: whoever draws for Slack escapes what `one_line` or `plain` returned.
"""

import hashlib
import re
import unicodedata
from typing import Any, NoReturn

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

REPLACED = "\N{REPLACEMENT CHARACTER}"
EMPTY = "(empty)"
SHORTEST_LIMIT = 24
MARKS_IN_A_ROW = 3

# Letters and symbols by category that nevertheless draw nothing: fillers, joiners, variation selectors, blank braille.
_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
_TO_SPACE = frozenset({"Cc", "Zl", "Zp", "Zs"})
_TO_REPLACE = frozenset({"Cf", "Cs", "Co", "Cn"})
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


class UntrustedTextError(TypeError):
    """Untrusted text was formatted without choosing a rendering; nothing was shown. Use `one_line` or `plain`."""


class Untrusted:
    """A text from outside: a name, a reason, a serial number, a message of a vendor's system.

    Formatting it raises, so that a forgotten rendering is an error in a test and not markup on a card. Its `repr` shows
    a mark and a length, never the text: tracebacks and logs may hold it.

    Attributes:
        raw: The text as it came. For comparing, and for sending back to the system it came from; never for showing.
    """

    __slots__ = ("raw",)

    raw: str

    def __init__(self, raw: str) -> None:
        object.__setattr__(self, "raw", raw)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        msg = "Untrusted text is a value: make another one instead of changing it."
        raise AttributeError(msg)

    def __reduce__(self) -> tuple[type["Untrusted"], tuple[str]]:
        return Untrusted, (self.raw,)

    def __str__(self) -> NoReturn:
        raise UntrustedTextError(_REFUSED)

    def __format__(self, format_spec: str) -> NoReturn:
        raise UntrustedTextError(_REFUSED)

    def __repr__(self) -> str:
        return f"Untrusted(#{mark(self)}, {len(self.raw)} characters)"

    def __eq__(self, other: object) -> bool:
        return self.raw == other.raw if isinstance(other, Untrusted) else NotImplemented

    def __hash__(self) -> int:
        return hash((Untrusted, self.raw))

    def __bool__(self) -> bool:
        return bool(self.raw.strip())

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 - pydantic's own signature
        """Read from and written as a plain string, so that stored values may hold untrusted text."""
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.plain_serializer_function_ser_schema(lambda value: value.raw)
        )

    @classmethod
    def _read(cls, value: object) -> "Untrusted":
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls(value)
        msg = f"expected text, got {type(value).__name__}"
        raise ValueError(msg)


_REFUSED = "Untrusted text was about to be shown as it came. Render it with one_line(), plain() or for_file_name()."


def mark(text: Untrusted) -> str:
    """Eight hex digits that tell two texts apart where what is shown of them looks alike."""
    return hashlib.sha256(text.raw.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def one_line(text: Untrusted, limit: int = 80) -> str:
    """`text` on one line, without control, format or bidi characters, at most `limit` characters.

    A longer text loses its middle and gets its `mark`: two long names that share beginning and end stay apart.

    Raises:
        ValueError: `limit` leaves no room for an ellipsis and the mark.
    """
    if limit < SHORTEST_LIMIT:
        msg = f"A limit of {limit} characters can't hold an ellipsis and a mark; use at least {SHORTEST_LIMIT}."
        raise ValueError(msg)
    clean = _clean(text.raw)
    if not clean:
        return EMPTY
    if len(clean) <= limit:
        return clean
    suffix = f" #{mark(text)}"
    room = limit - len(suffix) - 1
    tail = room // 2
    return f"{clean[: room - tail].rstrip()}…{clean[-tail:].lstrip()}{suffix}"


def plain(text: Untrusted) -> str:
    """`text` whole and on one line: the form for names in a change, which must never be shortened.

    Where characters had to be replaced, the `mark` is added, so that the name is not taken for one that looks like it.
    """
    clean = _clean(text.raw)
    if clean == unicodedata.normalize("NFC", text.raw):
        return clean or EMPTY
    return f"{clean or EMPTY} [#{mark(text)}]"


def for_file_name(text: Untrusted, limit: int = 60) -> str:
    """A part of a file name made of ``[A-Za-z0-9._-]`` only; it has no path in it, is never empty and never hidden.

    Whatever had to be changed or cut adds the `mark`, so that two texts never share a file.
    """
    letters = unicodedata.normalize("NFKD", text.raw).encode("ascii", "ignore").decode()
    name = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._-]+", "-", letters)).strip("._-")
    if name and name == text.raw and len(name) <= limit and not _RESERVED.match(name):
        return name
    suffix = mark(text)
    kept = name[: limit - len(suffix) - 1].strip("._-") or "name"
    return f"x-{kept}-{suffix}" if _RESERVED.match(kept) else f"{kept}-{suffix}"


def _clean(raw: str) -> str:
    if raw.isascii() and raw.isprintable():
        return " ".join(raw.split())
    shown: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", raw):
        category = unicodedata.category(character)
        marks = marks + 1 if category.startswith("M") else 0
        if category in _TO_SPACE:
            shown.append(" ")
        elif category in _TO_REPLACE or character in _BLANK:
            shown.append(REPLACED)
        elif marks <= MARKS_IN_A_ROW:
            shown.append(character)
    return " ".join("".join(shown).split())
