"""BACKUP, RESTORE, ALTER DATABASE and DBCC CHECKDB as the practice server understands them.

Only the options that the bot's statements use are known; every other is refused, as SQL Server refuses what it doesn't
know. A statement with anything left over is refused as well.
"""

from dataclasses import dataclass, field

from practice.tds.lexer import Kind, SyntaxRefused, Token

_BACKUP_OPTIONS = frozenset({"COPY_ONLY", "CHECKSUM", "COMPRESSION", "NAME", "STATS"})
_RESTORE_OPTIONS = frozenset({"FILE", "REPLACE", "RECOVERY", "CHECKSUM", "STATS"})


@dataclass(frozen=True)
class Backup:
    """BACKUP DATABASE name TO DISK = … WITH …."""

    database: str
    files: tuple[str, ...]
    options: dict[str, str]


@dataclass(frozen=True)
class Restore:
    """RESTORE DATABASE, VERIFYONLY, HEADERONLY or FILELISTONLY; the database is empty but for the first."""

    what: str
    database: str
    files: tuple[str, ...]
    options: dict[str, str]
    moves: dict[str, str] = field(default_factory=dict)

    @property
    def position(self) -> int:
        """WITH FILE = n; 1 if it is not said."""
        return int(self.options.get("FILE", "1"))


@dataclass(frozen=True)
class Access:
    """ALTER DATABASE name SET SINGLE_USER or MULTI_USER."""

    database: str
    mode: str
    rollback: bool


@dataclass(frozen=True)
class Check:
    """DBCC CHECKDB."""

    database: str


Command = Backup | Restore | Access | Check


class _Reader:
    """Walks along the tokens of one statement."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def next(self) -> Token:
        if self._at >= len(self._tokens):
            raise SyntaxRefused("end of statement")
        self._at += 1
        return self._tokens[self._at - 1]

    def has(self, word: str) -> bool:
        """Step over the keyword if it comes next."""
        here = self._tokens[self._at] if self._at < len(self._tokens) else None
        found = here is not None and (here.says(word) or here.signs(word))
        self._at += found
        return found

    def want(self, *words: str) -> None:
        for word in words:
            if not self.has(word):
                raise SyntaxRefused(word)

    def name(self) -> str:
        token = self.next()
        if token.kind not in {Kind.NAME, Kind.WORD}:
            raise SyntaxRefused(token.value)
        return token.value

    def text(self) -> str:
        token = self.next()
        if token.kind is not Kind.TEXT:
            raise SyntaxRefused(token.value)
        return token.value

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise SyntaxRefused(self._tokens[self._at].value)


def parse(tokens: list[Token]) -> Command | None:
    """The command that the statement is; None if it is none of these.

    Raises:
        SyntaxRefused: It begins like one but can't be read to its end.
    """
    reader = _Reader(tokens)
    if reader.has("BACKUP"):
        return _backup(reader)
    if reader.has("RESTORE"):
        return _restore(reader)
    if reader.has("ALTER"):
        return _access(reader)
    if reader.has("DBCC"):
        return _check(reader)
    return None


def _backup(reader: _Reader) -> Backup:
    reader.want("DATABASE")
    database = reader.name()
    reader.want("TO")
    files = _files(reader)
    options, _ = _with(reader, _BACKUP_OPTIONS)
    return Backup(database, files, options)


def _restore(reader: _Reader) -> Restore:
    what = reader.name().upper()
    if what not in {"DATABASE", "VERIFYONLY", "HEADERONLY", "FILELISTONLY"}:
        raise SyntaxRefused(what)
    database = reader.name() if what == "DATABASE" else ""
    reader.want("FROM")
    files = _files(reader)
    options, moves = _with(reader, _RESTORE_OPTIONS)
    return Restore(what, database, files, options, moves)


def _files(reader: _Reader) -> tuple[str, ...]:
    found: list[str] = []
    while not found or reader.has(","):
        reader.want("DISK", "=")
        found.append(reader.text())
    return tuple(found)


def _with(reader: _Reader, known: frozenset[str]) -> tuple[dict[str, str], dict[str, str]]:
    options: dict[str, str] = {}
    moves: dict[str, str] = {}
    if reader.has("WITH"):
        while True:
            option = reader.name().upper()
            if option == "MOVE" and "FILE" in known:
                logical = reader.text()
                reader.want("TO")
                moves[logical] = reader.text()
            elif option in known:
                options[option] = reader.next().value if reader.has("=") else ""
            else:
                raise SyntaxRefused(option)
            if not reader.has(","):
                break
    reader.end()
    return options, moves


def _access(reader: _Reader) -> Access:
    reader.want("DATABASE")
    database = reader.name()
    reader.want("SET")
    mode = reader.name().upper()
    if mode not in {"SINGLE_USER", "MULTI_USER", "RESTRICTED_USER"}:
        raise SyntaxRefused(mode)
    rollback = reader.has("WITH")
    if rollback:
        reader.want("ROLLBACK", "IMMEDIATE")
    reader.end()
    return Access(database, mode, rollback)


def _check(reader: _Reader) -> Check:
    reader.want("CHECKDB", "(")
    database = reader.text()
    reader.want(")", "WITH", "PHYSICAL_ONLY", ",", "NO_INFOMSGS", ",", "ALL_ERRORMSGS")
    reader.end()
    return Check(database)
