"""One writer, many readers: every change of the database is a unit, and every unit is one COMMIT.

A unit is a function of a `Unit`; it is pure of I/O and never nested. The writer's thread runs it, commits, resolves its
future and only then rings the bells that it asked for. Clicks go before the journal, the journal before bulk.
"""

import heapq
import itertools
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from storage import audit, outbox
from storage.clock import Clock
from storage.words import Event

T = TypeVar("T")
CLICK_PATIENCE = 2.2  # seconds: Slack shows an error at 3.0, and the way back takes its time


class StorageError(Exception):
    """Something about the database itself; the message says what, and what to do next."""


class TooLate(StorageError):
    """The unit had not begun by its deadline and was dropped: nothing was changed, press again."""


class WriterStopped(StorageError):
    """The writer has stopped: nothing was changed. The bot is being restarted; try again in a minute."""


class Lane(IntEnum):
    """What goes first when several units wait."""

    CLICK = 0
    JOURNAL = 1
    BULK = 2


class Unit:
    """What one unit may do: read and write rows, note the audit, put messages in the outbox, ring bells.

    Attributes:
        session: A SQLAlchemy session inside the unit's transaction.
        now: The instant of the unit, aware UTC.
    """

    def __init__(self, session: Session, now: datetime) -> None:
        """Made by the writer."""
        self.session = session
        self.now = now
        self.notes: list[audit.Note] = []
        self.bells: set[str] = set()

    def note(self, event: Event, rollback_id: int | None, actor: str, **facts: Any) -> None:  # noqa: ANN401
        """Have an entry written in the audit chain, in this transaction."""
        self.notes.append(audit.Note(event, rollback_id, actor, facts))

    def put(self, item: outbox.Redraw | outbox.Say) -> None:
        """Have something shown in Slack, if this transaction commits."""
        outbox.put(self.session, item, self.now)
        self.bells.add("publisher")

    def ring(self, bell: str) -> None:
        """Wake whoever waits for `bell` after the commit."""
        self.bells.add(bell)


@dataclass(order=True)
class _Waiting(Generic[T]):
    lane: int
    number: int
    unit: Callable[[Unit], T] = field(compare=False)
    future: "Future[T]" = field(compare=False)
    deadline: float | None = field(compare=False)


class Bells:
    """Named events that are set after a commit, so that a waiting thread looks at once; a lost one costs a tick."""

    def __init__(self) -> None:
        """Begin with none."""
        self._events: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def event(self, name: str) -> threading.Event:
        """The event of that name."""
        with self._lock:
            return self._events.setdefault(name, threading.Event())

    def ring(self, names: set[str]) -> None:
        """Set the events of those names."""
        for name in names:
            self.event(name).set()


class Database:
    """The database file: a writer thread and read sessions."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        key: audit.AuditKey,
        *,
        at_boundary: Callable[[str], None] = lambda _: None,
        on_fatal: Callable[[BaseException], None] | None = None,
    ) -> None:
        """Open `path`, which `storage.migrations` has brought up to date; call `start` before the first unit.

        Args:
            path: The SQLite file.
            clock: The time source.
            key: The key of the audit chain.
            at_boundary: Called before and after each COMMIT, with a word: crash tests kill the process there.
            on_fatal: Called when the disk fails or the writer's loop breaks; by default the process ends at once,
                because a half-known state must not go on.
        """
        self.path = path
        self.clock = clock
        self.key = key
        self.bells = Bells()
        self.engine = open_engine(path)
        self._readers = open_engine(path, query_only=True)
        self.installation = ""
        self._at_boundary = at_boundary
        self._on_fatal = on_fatal or _end_the_process
        self._queue: list[_Waiting[Any]] = []
        self._numbers = itertools.count()
        self._condition = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Check the audit table's guards, read the installation's id and begin to take units.

        Raises:
            AuditBroken: A guard is missing.
        """
        with self.engine.connect() as connection:
            audit.check_triggers(connection)
            self.installation = connection.exec_driver_sql("SELECT id FROM installation").scalar_one()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no new units, carry out those that wait, close."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        if self._thread is not None:
            self._thread.join()
        self.engine.dispose()
        self._readers.dispose()

    def submit(
        self, unit: Callable[[Unit], T], lane: Lane = Lane.JOURNAL, deadline: float | None = None
    ) -> "Future[T]":
        """Queue a unit; its future resolves after its COMMIT, or fails with what the unit raised.

        Args:
            unit: Pure of I/O and of effects in memory.
            lane: What goes first.
            deadline: On the clock's monotonic hand; a unit that has not begun by then fails with `TooLate`.

        Raises:
            StorageError: Called from inside a unit.
            WriterStopped: The writer takes no more.
        """
        if threading.current_thread() is self._thread:
            raise StorageError("A unit tried to start another unit. Nothing was changed; this is a programming error.")
        future: Future[T] = Future()
        with self._condition:
            if self._stopping or self._thread is None:
                raise WriterStopped(WriterStopped.__doc__)
            heapq.heappush(self._queue, _Waiting(lane, next(self._numbers), unit, future, deadline))
            self._condition.notify()
        return future

    def run(self, unit: Callable[[Unit], T], lane: Lane = Lane.JOURNAL) -> T:
        """Queue a unit and wait for its COMMIT."""
        return self.submit(unit, lane).result()

    def click(self, unit: Callable[[Unit], T], deadline: float | None = None) -> T:
        """Run the unit of somebody's click: first in line, dropped if it can't begin in time.

        Args:
            unit: What the click wants.
            deadline: On the clock's monotonic hand; 2.2 s from now if the click's arrival was not stamped.

        Raises:
            TooLate: It had not begun by then.
        """
        latest = self.clock.monotonic() + CLICK_PATIENCE if deadline is None else deadline
        return self.submit(unit, Lane.CLICK, latest).result()

    def compact(self) -> None:
        """Have the writer rewrite the whole file, so that nothing that was deleted is left in it or in its log.

        Raises:
            StorageError: Somebody was reading all the time, so that the log still has old pages; try again later.
            WriterStopped: The writer takes no more.
        """
        future: Future[None] = Future()
        with self._condition:
            if self._stopping or self._thread is None:
                raise WriterStopped(WriterStopped.__doc__)
            heapq.heappush(self._queue, _Waiting(Lane.BULK, next(self._numbers), _compacting, future, None))
            self._condition.notify()
        future.result()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that reads one consistent picture, on a connection of its own; it can't write."""
        with Session(self._readers, expire_on_commit=False) as session:
            yield session
            session.expunge_all()  # what was read stays readable after the session

    def _run(self) -> None:
        try:
            while (waiting := self._next()) is not None:
                self._carry_out(waiting)
        except BaseException as broken:  # noqa: BLE001 - the writer's death must never be silent
            self._on_fatal(broken)

    def _next(self) -> _Waiting[Any] | None:
        with self._condition:
            while not self._queue:
                if self._stopping:
                    return None
                self._condition.wait()
            return heapq.heappop(self._queue)

    def _carry_out(self, waiting: _Waiting[Any]) -> None:
        if not waiting.future.set_running_or_notify_cancel():
            return
        if waiting.deadline is not None and self.clock.monotonic() > waiting.deadline:
            waiting.future.set_exception(TooLate(TooLate.__doc__))
            return
        try:
            if waiting.unit is _compacting:
                self._rewrite()
            result, bells = self._commit(waiting.unit)
        except Exception as failed:  # noqa: BLE001 - whatever the unit raised belongs to whoever waits for it
            if _disk_failed(failed):
                self._on_fatal(failed)
            waiting.future.set_exception(failed)
            return
        waiting.future.set_result(result)
        self.bells.ring(bells)

    def _commit(self, unit: Callable[[Unit], T]) -> tuple[T, set[str]]:
        with Session(self.engine, expire_on_commit=False) as session:
            opened = Unit(session, self.clock.now())
            result = unit(opened)
            session.flush()
            audit.append(session, self.key, self.installation, opened.notes, opened.now, self.clock.monotonic())
            self._at_boundary("before commit")
            session.commit()
            self._at_boundary("after commit")
            return result, opened.bells

    def _rewrite(self) -> None:
        with closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            busy = next(iter(cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")))[0]
        if busy:
            raise StorageError("The database is being read, so that its log could not be emptied; try again later.")


def _compacting(_: Unit) -> None:
    """Stands in the writer's queue for the rewriting of the file, and changes nothing."""


def open_engine(path: Path, *, query_only: bool = False) -> Engine:
    """An engine as the house wants it: WAL, FULL, foreign keys, recursive triggers; units begin IMMEDIATE.

    Args:
        path: The SQLite file.
        query_only: Its connections can't write.
    """
    engine = create_engine(
        f"sqlite:///{path}", poolclass=QueuePool, pool_size=8, max_overflow=24,
        connect_args={"check_same_thread": False},
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            "secure_delete=ON",
            "busy_timeout=1500",
            f"query_only={'ON' if query_only else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy hands its own connection
        connection.exec_driver_sql("BEGIN" if query_only else "BEGIN IMMEDIATE")

    return engine


def _disk_failed(error: BaseException) -> bool:
    original = getattr(error, "orig", error)
    return isinstance(original, sqlite3.OperationalError) and "disk i/o" in str(original).lower()


def _end_the_process(error: BaseException) -> None:
    os.write(2, f"rollback-bot: the database can't be written: {type(error).__name__}. The process ends.\n".encode())
    os._exit(70)
