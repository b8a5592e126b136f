"""SELECT over the views, evaluated by SQLite in memory: real WHERE, JOIN, TOP and ORDER BY instead of canned answers.

The statement is translated token by token; the views that it names become tables, filled at that moment. What differs
between the two languages and isn't translated here is refused as a syntax error, not guessed at.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from practice.tds import functions
from practice.tds.lexer import Kind, Token
from practice.tds.refusal import Refusal
from practice.tds.requests import Parameter
from practice.tds.scene import Scene
from practice.tds.tokens import Column, Value
from practice.tds.views import View, find

_SINCE_2017 = frozenset({"sys.dm_os_file_exists", "sys.dm_os_enumerate_fixed_drives"})
_MAJOR_2017 = 14
_FILE_COLUMNS = ("file_exists", "file_is_a_directory", "parent_directory_exists")
_LONG_TEXT = 4000


@dataclass(frozen=True)
class Result:
    """Columns with their types, and rows."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]


class _Translation:
    """One SELECT on its way from T-SQL to SQLite."""

    def __init__(self, scene: Scene, tokens: Sequence[Token]) -> None:
        self._scene = scene
        self._tokens = tokens
        self._out: list[str] = []
        self._tops: list[str] = [""]
        self.views: dict[str, View] = {}

    def text(self) -> str:
        at = 0
        while at < len(self._tokens):
            at = self._step(at)
        return " ".join(self._out) + self._limit(self._tops.pop())

    def _step(self, at: int) -> int:
        token = self._tokens[at]
        if token.says("TOP"):
            return self._top(at + 1)
        if token.says("FROM") or token.says("JOIN"):
            self._out.append(token.value)
            return self._source(at + 1)
        if token.signs("("):
            self._tops.append("")
        if token.signs(")"):
            self._out.append(self._limit(self._tops.pop()))
        self._out.append(_spelt(token))
        return at + 1

    def _top(self, at: int) -> int:
        bracketed = self._tokens[at].signs("(")
        count = self._tokens[at + bracketed]
        if count.kind is not Kind.NUMBER:
            raise Refusal(102, f"Incorrect syntax near '{count.value}'.")
        self._tops[-1] = count.value
        return at + 3 if bracketed else at + 1

    @staticmethod
    def _limit(top: str) -> str:
        return f" LIMIT {top}" if top else ""

    def _source(self, at: int) -> int:
        if at >= len(self._tokens) or self._tokens[at].kind is Kind.SIGN:
            return at
        parts = [self._tokens[at].value]
        at += 1
        while at + 1 < len(self._tokens) and self._tokens[at].signs("."):
            parts.append(self._tokens[at + 1].value)
            at += 2
        name = ".".join(parts)
        self._refuse_newer(name)
        if name.lower() == "sys.dm_os_file_exists":
            return self._file_exists(at)
        self.views[name] = self._view(name)
        self._out.append(_quoted(name))
        return at

    def _refuse_newer(self, name: str) -> None:
        if name.lower() in _SINCE_2017 and self._scene.switches.version[0] < _MAJOR_2017:
            raise Refusal(208, f"Invalid object name '{name}'.")

    def _view(self, name: str) -> View:
        view = find(name)
        first = name.split(".", maxsplit=1)[0]
        foreign = name.count(".") > 1 and self._scene.database_id(first) is None
        if view is None or foreign:
            raise Refusal(208, f"Invalid object name '{name}'.")
        if view.right and view.right not in self._scene.switches.rights:
            if name.lower().startswith("sys."):
                raise Refusal(300, f"{view.right} permission was denied on object 'server', database 'master'.")
            raise Refusal(229, f"The SELECT permission was denied on the object '{name}'.")
        return view

    def _file_exists(self, at: int) -> int:
        if not (self._tokens[at].signs("(") and self._tokens[at + 2].signs(")")):
            raise Refusal(102, "Incorrect syntax near 'dm_os_file_exists'.")
        path = _spelt(self._tokens[at + 1])
        columns = ", ".join(f"file_state({path}, {n}) AS {name}" for n, name in enumerate(_FILE_COLUMNS))
        self._out.append(f"(SELECT {columns})")
        return at + 3


def _spelt(token: Token) -> str:
    if token.kind is Kind.TEXT:
        return "'" + token.value.replace("'", "''") + "'"
    if token.kind is Kind.NAME:
        return _quoted(token.value)
    if token.kind is Kind.WORD and token.value.startswith("@@"):
        return token.value[2:].lower() + "()"
    return token.value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def select(scene: Scene, tokens: Sequence[Token], parameters: Mapping[str, Parameter]) -> Result:
    """Evaluate one SELECT.

    Raises:
        Refusal: SQL Server would answer with an error.
    """
    translation = _Translation(scene, tokens)
    text = translation.text()
    with closing(sqlite3.connect(":memory:")) as connection:
        functions.register(connection, scene)
        with scene.world.lock:
            for name, view in translation.views.items():
                _fill(connection, name, view, scene)
        try:
            cursor = connection.execute(text, {name.lstrip("@"): value for name, value in parameters.items()})
            found = cursor.fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise _refusal(error) from None
        names = [column[0] for column in cursor.description or ()]
    return _typed(names, found, translation.views.values())


def _fill(connection: sqlite3.Connection, name: str, view: View, scene: Scene) -> None:
    columns = ", ".join(f"{_quoted(c.name)} {_affinity(c.type)}" for c in view.columns)
    connection.execute(f"CREATE TABLE {_quoted(name)} ({columns})")
    places = ", ".join("?" for _ in view.columns)
    values = [tuple(_stored(value) for value in row) for row in view.rows(scene)]
    connection.executemany(f"INSERT INTO {_quoted(name)} VALUES ({places})", values)  # noqa: S608 - our own names


def _affinity(kind: str) -> str:
    return "TEXT COLLATE NOCASE" if kind in {"nvarchar", "nvarcharmax", "guid", "datetime"} else "NUMERIC"


def _stored(value: Value) -> Value:
    return value.isoformat(sep=" ", timespec="milliseconds") if isinstance(value, datetime) else value


def _refusal(error: Exception) -> Refusal:
    said = str(error)
    what, _, name = said.partition(": ")
    if what == "no such column":
        return Refusal(207, f"Invalid column name '{name}'.")
    if what == "no such function":
        return Refusal(195, f"'{name}' is not a recognized built-in function name.")
    return Refusal(102, f"Incorrect syntax: {said}.")


def _typed(names: Sequence[str], found: Sequence[Sequence[Value]], views: Iterable[View]) -> Result:
    known: dict[str, str] = {}
    for view in views:
        for column in view.columns:
            known.setdefault(column.name.lower(), column.type)
    columns = tuple(
        Column(name, known.get(name.lower()) or _guessed([row[number] for row in found]))
        for number, name in enumerate(names)
    )
    rows = tuple(tuple(_given(column.type, value) for column, value in zip(columns, row, strict=True)) for row in found)
    return Result(columns, rows)


def _guessed(values: Sequence[Value]) -> str:
    some = next((value for value in values if value is not None), None)
    if isinstance(some, int):
        return "bigint" if any(isinstance(v, int) and abs(v) >= 2**31 for v in values) else "int"
    if isinstance(some, float):
        return "float"
    long = any(isinstance(v, str) and len(v) > _LONG_TEXT for v in values)
    return "nvarcharmax" if long else "nvarchar"


def _given(kind: str, value: Value) -> Value:
    return datetime.fromisoformat(value) if kind == "datetime" and isinstance(value, str) else value
