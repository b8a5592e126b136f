"""What Slack is owed: a redraw waits once and is counted, a saying is said once, and neither without its unit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.clock import HandClock
from storage.database import Database, Unit
from storage.models import Outgoing
from storage.outbox import Redraw, Say, asked_again
from storage.words import OutboxKind, OutboxState, SubjectKind
from toy.house import KEY, empty_database

BOARD = Redraw(SubjectKind.BOARD, 1, None)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    file = tmp_path / "bot.sqlite"
    file.write_bytes(empty_database().read_bytes())
    made = Database(file, HandClock(), KEY)
    made.start()
    yield made
    made.stop()


def waiting(database: Database) -> list[Outgoing]:
    with database.read() as session:
        return list(session.scalars(select(Outgoing).order_by(Outgoing.id)))


def test_a_redraw_waits_once_however_often_it_is_asked_for(database: Database) -> None:
    """The latest wins: ten redraws of one board are one row, which counts how often it was asked for again."""
    for _ in range(10):
        database.run(lambda unit: unit.put(BOARD))
    (row,) = waiting(database)
    assert (row.kind, row.subject, row.state) == (OutboxKind.REDRAW, "board", OutboxState.WAITING)
    assert asked_again(row) == 9


def test_each_subject_is_drawn_for_itself(database: Database) -> None:
    """Redraws of other subjects, and of others of their kind, are rows of their own."""
    database.run(lambda unit: [unit.put(Redraw(kind, number, None)) for kind in SubjectKind for number in (1, 2)])
    assert len(waiting(database)) == 2 * len(SubjectKind)
    assert {asked_again(row) for row in waiting(database)} == {0}


def test_a_redraw_after_the_last_one_was_sent_waits_anew(database: Database) -> None:
    """What was sent doesn't stand for what came after it."""
    database.run(lambda unit: unit.put(BOARD))

    def sent(unit: Unit) -> None:
        unit.session.scalars(select(Outgoing)).one().state = OutboxState.SENT

    database.run(sent)
    database.run(lambda unit: unit.put(BOARD))
    assert [row.state for row in waiting(database)] == [OutboxState.SENT, OutboxState.WAITING]


def test_every_saying_is_a_row_with_a_nonce_of_its_own(database: Database) -> None:
    """The same sentence twice is two messages: only redraws are put together."""
    for _ in range(2):
        database.run(lambda unit: unit.put(Say("held", None, {"by": "ic"}, channel="C9")))
    rows = waiting(database)
    assert [(row.subject, row.facts, row.channel) for row in rows] == [("held", {"by": "ic"}, "C9")] * 2
    assert len({row.nonce for row in rows}) == 2


def test_what_a_failed_unit_put_is_not_owed(database: Database) -> None:
    """State and message are one transaction: nothing is shown of what did not come about."""

    def fails(unit: Unit) -> None:
        unit.put(BOARD)
        unit.put(Say("held", None))
        raise LookupError

    with pytest.raises(LookupError):
        database.run(fails)
    assert waiting(database) == []


def test_the_publisher_is_woken_after_the_commit(database: Database) -> None:
    """Whoever waits for the bell finds the row on disk."""
    database.run(lambda unit: unit.put(BOARD))
    assert database.bells.event("publisher").wait(10)
    assert len(waiting(database)) == 1
