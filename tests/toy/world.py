"""The toy world outside: a file of its own with lamps, a store and a ledger; it survives any kill of the bot."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rollback.actions.action import Finding


class LostReply(Exception):
    """The call was carried out and its answer never came, or it never arrived: the caller can't tell."""


class SaidNo(Exception):
    """The call was refused, and that is certain."""


class ToyWorld:
    """Lamps (goal states), copies (named), one store (destructive); each change is one line of the ledger.

    Attributes:
        crossing: Called around every call, as on a wire, with what crosses: ``read``, ``before dim a`` …
        now: The world's own clock, in seconds: nobody sets it back.
        visible_after: Seconds until a change can be seen.
        hidden: Verbs whose result never shows.
        lose: Verbs whose reply is lost once, after the change was made.
        lose_request: Verbs whose request is lost once: nothing was changed, and the caller can't know.
        refuse: Verbs that are refused, and where: ``dim a``.
        identities: What answers behind each system's address, where it isn't ``toy-1``.
        findings: What previews find besides, by stage.
        down: Systems that can't be reached.
    """

    def __init__(self, path: Path, crossing: Callable[[str], None] = lambda _: None, lamps: str = "ab") -> None:
        self.path = path
        self.crossing = crossing
        self.now: Callable[[], float] = lambda: 0.0
        self.visible_after = 0.0
        self.hidden: set[str] = set()
        self.lose: set[str] = set()
        self.lose_request: set[str] = set()
        self.refuse: set[str] = set()
        self.identities: dict[str, str] = {}
        self.findings: dict[str, tuple[Finding, ...]] = {}
        self.down: set[str] = set()
        with self._open() as db:
            db.execute("PRAGMA synchronous=OFF")  # it must outlive a process, not a power cut
            db.executescript(
                "CREATE TABLE IF NOT EXISTS ledger"
                " (seq INTEGER PRIMARY KEY, verb TEXT, target TEXT, name TEXT, at REAL);"
                "CREATE TABLE IF NOT EXISTS lamp (name TEXT PRIMARY KEY, lit INTEGER, was INTEGER, at REAL);"
            )
            db.executemany("INSERT OR IGNORE INTO lamp VALUES (?, 1, 1, 0)", [(name,) for name in lamps])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path, isolation_level=None)
        try:
            yield db
        finally:
            db.close()

    def ledger(self) -> list[tuple[str, str, str]]:
        with self._open() as db:
            return [(v, t, n) for v, t, n in db.execute("SELECT verb, target, name FROM ledger ORDER BY seq")]

    def identity(self, system: str) -> str:
        return self.identities.get(system, "toy-1")

    def lamp(self, name: str) -> bool:
        self.crossing("read")
        with self._open() as db:
            lit, was, at = db.execute("SELECT lit, was, at FROM lamp WHERE name=?", (name,)).fetchone()
        return bool(lit if self._visible(at) else was)

    def switch(self, name: str, *, lit: bool) -> None:
        """Bring a lamp to a state; where it is so already, nothing changes and the ledger gets no line."""
        self._change("light" if lit else "dim", name, "", lit=lit)

    def copy(self, marker: str) -> None:
        self._change("copy", "store", marker)

    def overwrite(self, marker: str) -> None:
        self._change("overwrite", "store", marker)

    def seen(self, verb: str, marker: str) -> bool:
        self.crossing("read")
        with self._open() as db:
            row = db.execute("SELECT MIN(at) FROM ledger WHERE verb=? AND name=?", (verb, marker)).fetchone()
        return row[0] is not None and verb not in self.hidden and self._visible(row[0])

    def _visible(self, at: float) -> bool:
        return self.now() >= at + self.visible_after

    def _change(self, verb: str, target: str, name: str, *, lit: bool | None = None) -> None:
        self.crossing(f"before {verb} {target}")
        if verb in self.refuse or f"{verb} {target}" in self.refuse:
            raise SaidNo
        if verb in self.lose_request:
            self.lose_request.discard(verb)
            raise LostReply
        at = self.now()
        with self._open() as db:
            db.execute("PRAGMA synchronous=OFF")
            db.execute("BEGIN IMMEDIATE")
            if lit is None or self._turned(db, target, lit=lit, at=at):
                db.execute("INSERT INTO ledger (verb, target, name, at) VALUES (?, ?, ?, ?)", (verb, target, name, at))
            db.execute("COMMIT")
        self.crossing(f"after {verb} {target}")
        if verb in self.lose:
            self.lose.discard(verb)
            raise LostReply

    def _turned(self, db: sqlite3.Connection, name: str, *, lit: bool, at: float) -> bool:
        done = db.execute("UPDATE lamp SET was=lit, lit=?, at=? WHERE name=? AND lit<>?", (lit, at, name, lit))
        return done.rowcount == 1
