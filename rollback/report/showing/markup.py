"""Markdown that hostile names can't break: escaped words, code of any content, tables."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rollback.report.showing.lengths import NOTHING
from rollback.untrusted import Untrusted, plain

_ACTING = re.compile(r"([\\`*_{}\[\]<>#|~!&])")
_TICKS = re.compile(r"`+")


def said(text: Untrusted | str) -> str:
    """A sentence of anybody: whole, on one line, with no effect as markup; nothing stays nothing."""
    found = text if isinstance(text, Untrusted) else Untrusted(text)
    return _ACTING.sub(r"\\\1", plain(found)) if found.raw else ""


def code(text: Untrusted | str) -> str:
    """A change or a name letter by letter; the fence is longer than any row of backticks in it."""
    shown = plain(text if isinstance(text, Untrusted) else Untrusted(text))
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
