"""Markdown that hostile names can't break: escaped words, code of any content, tables, instants in the site's time."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rollback.untrusted import Untrusted, plain

_ACTING = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_TICKS = re.compile(r"`+")
NOTHING = "–"


def said(text: Untrusted | str) -> str:
    """A sentence of anybody: whole, on one line, with no effect as markup."""
    return _ACTING.sub(r"\\\1", plain(text if isinstance(text, Untrusted) else Untrusted(text)))


def code(text: Untrusted) -> str:
    """A change or a name letter by letter; the fence is longer than any row of backticks in it."""
    shown = plain(text)
    fence = "`" * (max((len(ticks) for ticks in _TICKS.findall(shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table; cells are Markdown already. Without rows it says that there is nothing."""
    listed = list(rows)
    if not listed:
        yield "None."
        return
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    yield from (f"| {' | '.join(cell or NOTHING for cell in row)} |" for row in listed)


def instant(at: datetime | None, zone: ZoneInfo) -> str:
    """An instant in the site's time, with its day, to the second."""
    return NOTHING if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
