"""The audit chain: append-only for mistakes, keyed against people, and each kind of forgery is named."""

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.audit import START, TRIGGERS, AuditBroken, AuditKey, canonical, verify
from storage.clock import HandClock
from storage.database import Database
from storage.words import Event
from toy.house import KEY, empty_database

ENTRIES = 6
Edit = Callable[[sqlite3.Connection], object]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "bot.sqlite"
    made.write_bytes(empty_database().read_bytes())
    return made


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def database(file: Path, clock: HandClock) -> Iterator[Database]:
    made = opened(file, clock)
    for number in range(ENTRIES):
        clock.advance(timedelta(seconds=1))
        made.run(lambda unit, number=number: unit.note(Event.FACT_NOTED, None, "ic", number=number))
    yield made
    made.stop()


def opened(file: Path, clock: HandClock) -> Database:
    made = Database(file, clock, KEY)
    made.start()
    return made


def proven(database: Database, *keys: AuditKey) -> int:
    with database.read() as session:
        return verify(session, {key.id: key for key in keys or (KEY,)})


def raw(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, isolation_level=None)
    db.row_factory = sqlite3.Row
    return db


def forge(file: Path, edit: Edit) -> None:
    """What somebody does who holds the database but not the key: without guards, and the guards put back after it."""
    db = raw(file)
    for name in TRIGGERS:
        db.execute(f"DROP TRIGGER {name}")
    edit(db)
    for statement in TRIGGERS.values():
        db.execute(statement)
    db.close()


def test_an_untouched_chain_is_proven_to_its_last_entry(database: Database) -> None:
    """A chain that nobody touched verifies, and its length is the number of entries."""
    assert proven(database) == ENTRIES


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("content", b'{"event":"fact:noted"}'),
        ("content", "text in place of bytes"),
        ("wall", "2030-01-07 08:00:00.000000"),
        ("wall", "no time at all"),
        ("monotonic", 0.5),
        ("event", "rollback:started"),
        ("rollback_id", 7),
        ("installation", "another"),
        ("format", 9),
        ("mac", "f" * 64),
        ("prev", "e" * 64),
        ("key_id", "k9"),
    ],
)
def test_an_edited_entry_is_named(database: Database, file: Path, column: str, value: Any) -> None:
    """Whatever column of an entry is edited, `verify` names that entry."""
    statement = f"UPDATE audit SET {column}=? WHERE seq=3"  # noqa: S608 - the names above
    forge(file, lambda db: db.execute(statement, (value,)))
    with pytest.raises(AuditBroken, match=r"entry 3\b"):
        proven(database)


def test_an_entry_deleted_in_the_middle_is_named(database: Database, file: Path) -> None:
    """A gap in the numbers is named by the number that is missing."""
    forge(file, lambda db: db.execute("DELETE FROM audit WHERE seq=3"))
    with pytest.raises(AuditBroken, match="entry 3 is missing: the next one found is 4"):
        proven(database)


def test_numbers_closed_over_a_deleted_entry_are_named(database: Database, file: Path) -> None:
    """Renumbering what follows a deleted entry hides nothing: the first renumbered one is named."""

    def close_the_gap(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM audit WHERE seq=3")
        for seq in range(4, ENTRIES + 1):
            db.execute("UPDATE audit SET seq=? WHERE seq=?", (seq - 1, seq))
        db.execute("UPDATE audit_head SET seq=?", (ENTRIES - 1,))

    forge(file, close_the_gap)
    with pytest.raises(AuditBroken, match=r"entry 3\b"):
        proven(database)


def test_a_tail_cut_off_is_named_by_the_head(database: Database, file: Path) -> None:
    """The last entries can't go missing while the head still counts them."""
    forge(file, lambda db: db.execute("DELETE FROM audit WHERE seq>4"))
    with pytest.raises(AuditBroken, match=f"The head says {ENTRIES} entries, the chain has 4"):
        proven(database)


def test_a_missing_head_is_named(database: Database, file: Path) -> None:
    """A chain without its head isn't proven."""
    forge(file, lambda db: db.execute("DELETE FROM audit_head"))
    with pytest.raises(AuditBroken, match="head"):
        proven(database)


def rebuild(db: sqlite3.Connection, mac: Callable[[bytes], str], start: int = 1) -> None:
    """Write the chain anew from `start` with one fact changed, everything consistent but for the key."""
    rows = db.execute("SELECT seq, prev, content FROM audit WHERE seq>=? ORDER BY seq", (start,)).fetchall()
    prev = rows[0]["prev"]
    for row in rows:
        said = json.loads(row["content"])
        said["prev"] = prev
        said["facts"]["number"] = 99
        content = canonical(said)
        db.execute("UPDATE audit SET prev=?, content=?, mac=? WHERE seq=?", (prev, content, mac(content), row["seq"]))
        prev = mac(content)
    db.execute("UPDATE audit_head SET mac=?", (prev,))


@pytest.mark.parametrize("start", [1, 4])
@pytest.mark.parametrize(
    "mac",
    [
        lambda content: hashlib.sha256(content).hexdigest(),
        lambda content: hmac.new(b"guessed", content, hashlib.sha256).hexdigest(),
    ],
    ids=["no key", "another key"],
)
def test_a_chain_rebuilt_without_the_key_is_named_at_its_first_entry(
    database: Database, file: Path, start: int, mac: Callable[[bytes], str]
) -> None:
    """A chain recomputed from some entry on, consistent in itself, fails at that very entry for want of the key."""
    forge(file, lambda db: rebuild(db, mac, start))
    with pytest.raises(AuditBroken, match=rf"entry {start}\b"):
        proven(database)


def test_the_same_rebuilding_with_the_key_would_pass(database: Database, file: Path) -> None:
    """It is the key that tells them apart: rebuilt with it, the chain verifies."""
    forge(file, lambda db: rebuild(db, KEY.mac))
    assert proven(database) == ENTRIES


def test_a_fork_is_refused_and_named(database: Database, file: Path) -> None:
    """Two entries after the same one are refused by the table, and a fork made without it is named."""

    def fork(db: sqlite3.Connection) -> None:
        third = dict(db.execute("SELECT * FROM audit WHERE seq=3").fetchone())
        last = db.execute("SELECT mac FROM audit WHERE seq=?", (ENTRIES,)).fetchone()["mac"]
        third["seq"] = ENTRIES + 1
        insert = f"INSERT INTO audit VALUES ({', '.join('?' * len(third))})"  # noqa: S608 - marks only
        with pytest.raises(sqlite3.IntegrityError, match=r"audit\.prev"):
            db.execute(insert, tuple(third.values()))
        third["prev"] = last
        db.execute(insert, tuple(third.values()))
        db.execute("UPDATE audit_head SET seq=?, mac=?", (ENTRIES + 1, third["mac"]))

    forge(file, fork)
    with pytest.raises(AuditBroken, match=rf"entry {ENTRIES + 1}\b"):
        proven(database)


def test_an_entry_of_a_copy_that_went_another_way_is_named(
    database: Database, file: Path, clock: HandClock, tmp_path: Path
) -> None:
    """An entry of a copy of this database, genuine in itself, is named where it doesn't follow the one before it."""
    copied = tmp_path / "copy.sqlite"
    with sqlite3.connect(file) as source, sqlite3.connect(copied) as target:
        source.backup(target)
    source.close()
    target.close()
    copy = opened(copied, clock)
    for made in (copy, database):
        for number in (7, 8):
            made.run(lambda unit, made=made, number=number: unit.note(Event.FACT_NOTED, None, str(id(made)), n=number))
    copy.stop()
    genuine = tuple(raw(copied).execute("SELECT * FROM audit WHERE seq=8").fetchone())

    def splice(db: sqlite3.Connection) -> None:
        db.execute("DELETE FROM audit WHERE seq=8")
        db.execute(f"INSERT INTO audit VALUES ({', '.join('?' * len(genuine))})", genuine)  # noqa: S608 - marks only
        db.execute("UPDATE audit_head SET mac=?", (genuine[-1],))

    forge(file, splice)
    with pytest.raises(AuditBroken, match=r"entry 8\b"):
        proven(database)


def test_a_key_that_is_not_at_hand_is_named(database: Database) -> None:
    """Without the key that an entry was made with, nothing is called proven."""
    with pytest.raises(AuditBroken, match="entry 1 was made with key 'k1', which is not at hand"):
        proven(database, AuditKey("k2", b"x" * 32))


COPIED = "installation, prev, key_id, wall, monotonic, event, rollback_id, content, 'x' FROM audit WHERE seq=6"
BREAKING = {
    "update": "UPDATE audit SET event='x' WHERE seq=3",
    "update or replace": "UPDATE OR REPLACE audit SET seq=4 WHERE seq=3",
    "delete": "DELETE FROM audit WHERE seq=3",
    "empty": "DELETE FROM audit",
    "replace the same": "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq=3",
    "replace the last": f"REPLACE INTO audit SELECT 6, 2, {COPIED}",
    "replace by prev": f"INSERT OR REPLACE INTO audit SELECT 7, format, {COPIED}",
    "out of turn": f"INSERT INTO audit SELECT 9, format, {COPIED.replace('prev', 'mac', 1)}",
}


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
@pytest.mark.parametrize("statement", BREAKING.values(), ids=BREAKING)
def test_the_table_refuses_what_is_no_next_entry(
    database: Database, file: Path, recursive: str, statement: str
) -> None:
    """UPDATE, DELETE, REPLACE and an insert out of turn each leave the old rows, on anybody's connection."""
    db = raw(file)
    db.execute(f"PRAGMA recursive_triggers={recursive}")
    before = [tuple(row) for row in db.execute("SELECT * FROM audit ORDER BY seq")]
    with pytest.raises(sqlite3.IntegrityError, match="audit"):
        db.execute(statement)
    assert [tuple(row) for row in db.execute("SELECT * FROM audit ORDER BY seq")] == before
    db.close()
    assert proven(database) == ENTRIES


@pytest.mark.parametrize("name", list(TRIGGERS))
@pytest.mark.parametrize("instead", ["", "SELECT 1;"])
def test_without_one_of_its_guards_the_database_is_not_opened(
    file: Path, clock: HandClock, name: str, instead: str
) -> None:
    """With one guard dropped, or one that does nothing in its place, the bot doesn't start and says which."""
    db = raw(file)
    db.execute(f"DROP TRIGGER {name}")
    if instead:
        db.execute(f"CREATE TRIGGER {name} BEFORE DELETE ON audit BEGIN {instead} END")
    db.close()
    made = Database(file, clock, KEY)
    with pytest.raises(AuditBroken, match=name):
        made.start()
    made.stop()


def test_a_trigger_that_nobody_knows_stops_the_start(file: Path, clock: HandClock) -> None:
    """A further trigger on the audit table is no guard of ours, and the bot doesn't start."""
    db = raw(file)
    db.execute("CREATE TRIGGER quiet AFTER INSERT ON audit BEGIN DELETE FROM outbox; END")
    db.close()
    made = Database(file, clock, KEY)
    with pytest.raises(AuditBroken, match="quiet"):
        made.start()
    made.stop()


def test_a_clock_that_goes_back_is_an_entry_and_order_is_kept(database: Database, clock: HandClock, file: Path) -> None:
    """After a step of the wall clock by minus two hours the order is that of the numbers, and the step is on record."""
    clock.set_back(timedelta(hours=2))
    database.run(lambda unit: unit.note(Event.FACT_NOTED, None, "ic", number=99))
    clock.advance(timedelta(seconds=1))
    database.run(lambda unit: unit.note(Event.FACT_NOTED, None, "ic", number=100))
    assert proven(database) == ENTRIES + 3
    db = raw(file)
    said = [json.loads(row["content"]) for row in db.execute("SELECT content FROM audit WHERE seq>6 ORDER BY seq")]
    db.close()
    assert [one["event"] for one in said] == ["clock:went_back", "fact:noted", "fact:noted"]
    assert said[0]["facts"] == {"seconds": 7200.0}
    assert said[0]["monotonic"] <= said[1]["monotonic"] < said[2]["monotonic"]


def test_the_first_entry_follows_the_known_start(database: Database, file: Path) -> None:
    """The chain begins at a constant, so that its first entries can't be cut off unseen."""
    db = raw(file)
    (prev,) = db.execute("SELECT prev FROM audit WHERE seq=1").fetchone()
    db.close()
    assert prev == START
    forge(file, lambda cut: cut.execute("DELETE FROM audit WHERE seq=1"))
    with pytest.raises(AuditBroken, match="entry 1 is missing"):
        proven(database)


def test_the_key_shows_its_name_and_never_its_secret() -> None:
    """A key that is printed or logged shows no byte of its secret."""
    assert repr(KEY) == "AuditKey(id='k1')"
    assert KEY.secret.decode() not in f"{KEY} {KEY!r}"
