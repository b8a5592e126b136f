"""The toy world outside: a file of its own with lamps, a store and a ledger; it survives any kill of the bot."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path


class LostReply(Exception):
    """The call was carried out and its answer never came."""


class ToyWorld:
    """Lamps (goal states), copies (named), one store (destructive); each change is one line of the ledger.

    `crossing` is called around every call, as on a wire. `visible_after` delays when a copy or an overwriting can be
    seen; `lose` names verbs whose reply is lost once.
    """

    def __init__(self, path: Path, crossing: Callable[[str], None] = lambda _: None) -> None:
        self.path = path
        self.crossing = crossing
        self.now: Callable[[], datetime] | None = None
        self.visible_after = 0.0
        self.lose: set[str] = set()
        self.identity = "toy-1"
        with self._open() as db:
            db.executescript(
                "CREATE TABLE IF NOT EXISTS ledger"
                " (seq INTEGER PRIMARY KEY, verb TEXT, target TEXT, name TEXT, at REAL);"
                "CREATE TABLE IF NOT EXISTS lamp (name TEXT PRIMARY KEY, lit INTEGER);"
                "INSERT OR IGNORE INTO lamp VALUES ('a', 1), ('b', 1);"
            )

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, isolation_level=None)

    def ledger(self) -> list[tuple[str, str, str]]:
        db = self._open()
        try:
            return [(v, t, n) for v, t, n in db.execute("SELECT verb, target, name FROM ledger ORDER BY seq")]
        finally:
            db.close()

    def lamp(self, name: str) -> bool:
        self.crossing("read")
        db = self._open()
        try:
            return bool(db.execute("SELECT lit FROM lamp WHERE name=?", (name,)).fetchone()[0])
        finally:
            db.close()

    def switch(self, name: str, *, lit: bool) -> None:
        self._change("light" if lit else "dim", name, "", [("UPDATE lamp SET lit=? WHERE name=?", (int(lit), name))])

    def copy(self, marker: str) -> None:
        self._change("copy", "store", marker, [])

    def overwrite(self, marker: str) -> None:
        self._change("overwrite", "store", marker, [])

    def seen(self, verb: str, marker: str) -> bool:
        self.crossing("read")
        db = self._open()
        try:
            row = db.execute("SELECT MIN(at) FROM ledger WHERE verb=? AND name=?", (verb, marker)).fetchone()
        finally:
            db.close()
        if row[0] is None:
            return False
        return self.now is None or self.now().timestamp() >= row[0] + self.visible_after

    def _change(self, verb: str, target: str, name: str, also: list[tuple[str, tuple[object, ...]]]) -> None:
        self.crossing("before call")
        at = self.now().timestamp() if self.now else 0.0
        db = self._open()
        try:
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO ledger (verb, target, name, at) VALUES (?, ?, ?, ?)", (verb, target, name, at))
            for statement, values in also:
                db.execute(statement, values)
            db.execute("COMMIT")
        finally:
            db.close()
        self.crossing("after call")
        if verb in self.lose:
            self.lose.discard(verb)
            raise LostReply
