"""Spreadsheet files for a mail merge and for the help desk: CSV that Excel opens right and that can't do anything.

UTF-8 with a byte order mark, every field quoted, CRLF; the delimiter that Excel expects in the reader's language. No
cell begins with a sign that makes it a formula, and none is a number that Excel would round or write another way.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from rollback.site import Language

DELIMITERS: dict[Language, str] = {"en": ",", "fr": ";", "de": ";"}
_FORMULA = re.compile(r"\s*[=+\-@\t\r\x00＝＋－＠]")  # OWASP's list; the full-width twins start formulas too
_NUMBER_TO_KEEP = re.compile(r"\d{9,}|0\d+|\d+[eE]\d+")  # quoted or not, Excel makes a number of each of these


def cell(text: str) -> str:
    """`text` as one cell: on one line, never a formula, and never a long number without a word before it."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if _NUMBER_TO_KEEP.fullmatch(line):
        return f"No. {line}"
    return f"'{line}" if _FORMULA.match(line) else line


def table(header: Sequence[str], rows: Iterable[Sequence[str]], language: Language) -> bytes:
    """A CSV file with `header` in its first row."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=DELIMITERS[language], quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([cell(text) for text in row])
    return out.getvalue().encode("utf-8-sig")
