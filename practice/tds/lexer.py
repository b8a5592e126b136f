"""T-SQL taken apart into words, names, texts, numbers and signs; the practice server reads nothing but such tokens."""

import re
from dataclasses import dataclass
from enum import StrEnum

_PATTERN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
      | N?'(?P<text>(?:[^']|'')*)'
      | \[(?P<bracket>(?:[^\]]|\]\])*)\]
      | "(?P<quoted>(?:[^"]|"")*)"
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<word>(?:@@|@)?[^\W\d][\w$\#]*)
      | (?P<sign><>|<=|>=|!=|[-+*/%(),.;=<>?])
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


class SyntaxRefused(Exception):
    """The statement can't be read; the server answers 102."""


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    SIGN = "sign"


@dataclass(frozen=True)
class Token:
    """One token: what it is and its value, unquoted; words keep their spelling."""

    kind: Kind
    value: str

    def says(self, word: str) -> bool:
        """Whether it is this keyword, spelt in any case."""
        return self.kind is Kind.WORD and self.value.upper() == word.upper()

    def signs(self, sign: str) -> bool:
        """Whether it is this sign."""
        return self.kind is Kind.SIGN and self.value == sign


def tokens(sql: str) -> list[Token]:
    """All tokens of a batch.

    Raises:
        SyntaxRefused: A character fits nowhere, or a text or name never ends.
    """
    found: list[Token] = []
    at = 0
    while at < len(sql):
        match = _PATTERN.match(sql, at)
        if match is None or match.end() == at:
            raise SyntaxRefused(sql[at : at + 20])
        at = match.end()
        token = _token(match)
        if token is not None:
            found.append(token)
    return found


def _token(match: re.Match[str]) -> Token | None:
    group, value = match.lastgroup, match.group(match.lastgroup or 0)
    if group == "space":
        return None
    if group == "text":
        return Token(Kind.TEXT, value.replace("''", "'"))
    if group == "bracket":
        return Token(Kind.NAME, value.replace("]]", "]"))
    if group == "quoted":
        return Token(Kind.NAME, value.replace('""', '"'))
    return Token(Kind(group or ""), value)


def statements(found: list[Token]) -> list[list[Token]]:
    """The batch cut at its semicolons."""
    cut: list[list[Token]] = [[]]
    for token in found:
        if token.signs(";"):
            cut.append([])
        else:
            cut[-1].append(token)
    return [one for one in cut if one]
