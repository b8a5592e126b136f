"""One writer, one COMMIT a unit: what is told as done is on disk, and nothing else is."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from storage.audit import verify
from storage.clock import HandClock
from storage.database import CLICK_PATIENCE, Database, Lane, StorageError, TooLate, Unit, WriterStopped
from storage.models import AuditEntry, Inbound
from storage.outbox import Say
from storage.words import Event
from toy.house import KEY, empty_database


class Odd(Exception):
    """What a unit of these tests raises."""


@contextmanager
def opened(file: Path, clock: HandClock | None = None, **options: Callable[..., None]) -> Iterator[Database]:
    if not file.exists():
        file.write_bytes(empty_database().read_bytes())
    made = Database(file, clock or HandClock(), KEY, **options)  # type: ignore[arg-type]
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def database(tmp_path: Path, clock: HandClock) -> Iterator[Database]:
    with opened(tmp_path / "bot.sqlite", clock) as made:
        yield made


def writing(key: str, *, fails: bool = False) -> Callable[[Unit], str]:
    """A unit that writes a row, an audit entry and a message, and then perhaps fails."""

    def unit_of_work(unit: Unit) -> str:
        unit.session.add(Inbound(key=key, at=unit.now))
        unit.note(Event.FACT_NOTED, None, "ic", key=key)
        unit.put(Say("held", None, {"key": key}))
        unit.session.flush()
        if fails:
            raise Odd
        return key

    return unit_of_work


def rows(file: Path) -> dict[str, set[str]]:
    """What stands on disk, read by a stranger: rows, audit entries, messages."""
    db = sqlite3.connect(file)
    try:
        return {
            "inbound": {key for (key,) in db.execute("SELECT key FROM inbound")},
            "audit": {key for (key,) in db.execute("SELECT json_extract(content, '$.facts.key') FROM audit")},
            "outbox": {key for (key,) in db.execute("SELECT json_extract(facts, '$.key') FROM outbox")},
        }
    finally:
        db.close()


def all_three(keys: set[str]) -> dict[str, set[str]]:
    return {"inbound": keys, "audit": keys, "outbox": keys}


def test_four_hundred_units_from_ten_threads_leave_a_whole_chain(database: Database) -> None:
    """Of 400 units from ten threads, a tenth failing, each good one is in the chain once: no gap, no fork."""

    def one(number: int) -> bool:
        future = database.submit(writing(f"u{number}", fails=number % 10 == 3))
        return future.exception(timeout=30) is None

    with ThreadPoolExecutor(10) as threads:
        good = {f"u{number}" for number, went in enumerate(threads.map(one, range(400))) if went}
    assert len(good) == 360
    with database.read() as session:
        assert verify(session, {KEY.id: KEY}) == 360
        numbers = session.scalars(select(AuditEntry.seq).order_by(AuditEntry.seq)).all()
    assert numbers == list(range(1, 361))
    assert rows(database.path) == all_three(good)


class Disk:
    """Fails the COMMIT of chosen units, before it or in place of it."""

    def __init__(self) -> None:
        self.next = ""

    def __call__(self, where: str) -> None:
        if where == "before commit" and self.next:
            failing, self.next = self.next, ""
            message = "disk I/O error" if failing == "io" else "database or disk is full"
            raise OperationalError("COMMIT", {}, sqlite3.OperationalError(message))


FATES = ("good", "raises", "constraint", "full", "io", "nested")


@settings(max_examples=40, deadline=None)
@given(fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=12))
def test_a_future_is_good_if_and_only_if_its_row_is_there_after_reopening(fates: list[str]) -> None:
    """However units fail, a future is good exactly where row, audit entry and message are on disk afterwards."""
    with TemporaryDirectory() as folder:
        file, told, fatal, disk = Path(folder) / "bot.sqlite", set(), [], Disk()
        with opened(file, at_boundary=disk, on_fatal=fatal.append) as database:
            for number, fate in enumerate(fates):
                with suppress(Exception):
                    told.add(database.run(failing(database, disk, f"u{number}", fate)))
        with opened(file) as again, again.read() as session:
            assert verify(session, {KEY.id: KEY}) == len(told)
        assert rows(file) == all_three(told)
        assert told == {f"u{number}" for number, fate in enumerate(fates) if fate == "good"}
        assert len(fatal) == fates.count("io")


def failing(database: Database, disk: Disk, key: str, fate: str) -> Callable[[Unit], str]:
    def unit_of_work(unit: Unit) -> str:
        said = writing(key, fails=fate == "raises")(unit)
        if fate == "constraint":
            unit.session.execute(text("INSERT INTO installation SELECT * FROM installation"))
        elif fate == "nested":
            database.run(writing(f"{key}-inner"))
        elif fate in ("full", "io"):
            disk.next = fate
        return said

    return unit_of_work


def test_nobody_is_told_before_the_commit(tmp_path: Path) -> None:
    """Before its COMMIT a unit's future is open and its bell silent; after it both have told."""
    seen: list[tuple[str, bool, bool, bool]] = []
    futures: list[object] = []

    def look(where: str) -> None:
        if futures:
            bell = made.bells.event("publisher").is_set()
            seen.append((where, futures[0].done(), bell, "one" in rows(made.path)["inbound"]))  # type: ignore[attr-defined]

    with opened(tmp_path / "bot.sqlite", at_boundary=look) as made:
        held = threading.Event()
        made.submit(lambda _: held.wait(10))
        futures.append(made.submit(writing("one")))
        held.set()
        assert futures[0].result(10) == "one"  # type: ignore[attr-defined]
        assert made.bells.event("publisher").wait(10)
    assert seen[-2:] == [("before commit", False, False, False), ("after commit", False, False, True)]


def test_a_failed_unit_rings_no_bell(database: Database) -> None:
    """What a failed unit wanted shown or woken is not shown and wakes nobody."""
    with pytest.raises(Odd):
        database.run(writing("one", fails=True))
    assert not database.bells.event("publisher").is_set()
    assert rows(database.path) == all_three(set())


@contextmanager
def busy(database: Database) -> Iterator[threading.Event]:
    """The writer kept busy by one unit until the event is set."""
    begun, release = threading.Event(), threading.Event()

    def hold(_: Unit) -> None:
        begun.set()
        release.wait(30)

    future = database.submit(hold)
    assert begun.wait(10)
    try:
        yield release
    finally:
        release.set()
        future.result(10)


def test_clicks_that_had_not_begun_in_time_leave_no_row(database: Database, clock: HandClock) -> None:
    """With a COMMIT held for four seconds, each of twelve clicks either is on disk or fails as too late."""
    with busy(database) as release:
        early = [database.submit(writing(f"e{n}"), Lane.CLICK, clock.monotonic() + 5) for n in range(3)]
        late = [database.submit(writing(f"l{n}"), Lane.CLICK, clock.monotonic() + CLICK_PATIENCE) for n in range(12)]
        clock.advance(timedelta(seconds=4))
        release.set()
        assert [future.result(10) for future in early] == ["e0", "e1", "e2"]
        for future in late:
            with pytest.raises(TooLate, match="nothing was changed"):
                future.result(10)
    assert rows(database.path) == all_three({"e0", "e1", "e2"})


def test_a_click_carries_its_own_deadline(database: Database, clock: HandClock) -> None:
    """A click that was stamped on arrival is measured from there; one without a stamp has 2.2 s from now."""
    with pytest.raises(TooLate):
        database.click(writing("late"), deadline=clock.monotonic() - 0.1)
    assert database.click(writing("now")) == "now"
    assert database.click(writing("in time"), deadline=clock.monotonic() + 0.1) == "in time"
    assert rows(database.path)["inbound"] == {"now", "in time"}


def test_a_deadline_of_zero_is_a_deadline(database: Database) -> None:
    """The instant zero on the monotonic hand is long past, and not "no deadline"."""
    with pytest.raises(TooLate):
        database.click(writing("late"), deadline=0.0)


def test_clicks_go_before_the_journal_and_the_journal_before_bulk(database: Database) -> None:
    """Of units that wait, clicks are first, then the journal, then bulk; within a lane, who came first."""
    order: list[str] = []
    with busy(database) as release:
        lanes = [("b1", Lane.BULK), ("j1", Lane.JOURNAL), ("c1", Lane.CLICK), ("j2", Lane.JOURNAL), ("c2", Lane.CLICK)]
        futures = [database.submit(lambda _, name=name: order.append(name), lane) for name, lane in lanes]
        release.set()
        for future in futures:
            future.result(10)
    assert order == ["c1", "c2", "j1", "j2", "b1"]


def test_a_unit_inside_a_unit_is_refused_at_once(database: Database) -> None:
    """A unit that starts another unit gets an error instead of a writer that waits for itself."""
    with pytest.raises(StorageError, match="A unit tried to start another unit"):
        database.run(lambda _: database.run(writing("inner")))
    assert database.run(writing("after")) == "after"


def test_a_reader_sees_one_picture_and_cannot_write(database: Database) -> None:
    """A read session keeps the picture of its first look, and the database refuses its writes."""
    database.run(writing("one"))
    with database.read() as session:
        assert session.scalars(select(Inbound.key)).all() == ["one"]
        database.run(writing("two"))
        assert session.scalars(select(Inbound.key)).all() == ["one"]
        with pytest.raises(OperationalError, match="readonly"):
            session.execute(text("DELETE FROM inbound"))
    with database.read() as session:
        assert session.scalars(select(Inbound.key).order_by(Inbound.key)).all() == ["one", "two"]


def test_a_failing_disk_ends_the_process(tmp_path: Path) -> None:
    """An I/O error is told to whoever ends the process, and its unit is not called good."""
    fatal: list[BaseException] = []
    disk = Disk()
    with opened(tmp_path / "bot.sqlite", at_boundary=disk, on_fatal=fatal.append) as database:
        disk.next = "full"
        with pytest.raises(OperationalError, match="full"):
            database.run(writing("full"))
        assert fatal == []
        disk.next = "io"
        with pytest.raises(OperationalError, match="I/O"):
            database.run(writing("io"))
        assert len(fatal) == 1


def test_a_writer_that_stops_carries_out_what_waits_and_takes_no_more(tmp_path: Path) -> None:
    """A stop commits the units that wait already and refuses new ones in plain words."""
    with opened(tmp_path / "bot.sqlite") as database:
        with busy(database) as release:
            waiting = [database.submit(writing(f"u{n}")) for n in range(5)]
            stopper = threading.Thread(target=database.stop)
            stopper.start()
            release.set()
            stopper.join(10)
        assert [future.result(0) for future in waiting] == [f"u{n}" for n in range(5)]
        with pytest.raises(WriterStopped, match="nothing was changed"):
            database.submit(writing("after"))
    assert rows(tmp_path / "bot.sqlite")["inbound"] == {f"u{n}" for n in range(5)}


def test_a_cancelled_unit_that_has_not_begun_is_not_carried_out(database: Database) -> None:
    """A future that was cancelled while it waited changes nothing, and the writer goes on."""
    with busy(database) as release:
        given_up = database.submit(writing("given up"))
        after = database.submit(writing("after"))
        assert given_up.cancel()
        release.set()
        assert after.result(10) == "after"
    assert rows(database.path)["inbound"] == {"after"}
