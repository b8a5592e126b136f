"""Checks of readiness as rows: asked for once, due by the clock, posted only when an estate turns."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from rollback.operations import inspections
from rollback.operations.inspections import KEPT, Subject
from rollback.operations.refusal import Presser, Refusal
from rollback.readiness import Outlook, Report, Row
from rollback.readiness.rows import DEVICES
from rollback.roles import Account, Person
from storage.audit import AuditKey
from storage.clock import HandClock
from storage.database import Database
from storage.migrations import prepare
from storage.models import Inspection, Outgoing
from storage.words import OutboxState, Role, SubjectKind

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MOBILE = Subject("mobile", practice=False, channel="C1")


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOW)


@pytest.fixture
def database(tmp_path: Path, clock: HandClock) -> Iterator[Database]:
    file = tmp_path / "db" / "bot.sqlite"
    prepare(file, NOW)
    made = Database(file, clock, AuditKey("k1", b"0123456789abcdef0123456789abcdef"))
    made.start()
    yield made
    made.stop()


def presser(*roles: Role) -> Presser:
    account = Account(team="T1", user="U1")
    return Presser(Person(id="xa", name="Kim Example", accounts=(account,), roles=roles), account)


def due(database: Database) -> bool:
    return database.run(lambda unit: inspections.ask_if_due(unit, MOBILE, DAY))


def end(database: Database, outlook: Outlook) -> None:
    """Give the check that waits its result."""
    with database.read() as session:
        (row,) = inspections.waiting(session)
    report = Report("mobile", NOW, (Row("veeam", "clock", outlook, "So."),))
    database.run(lambda unit: inspections.end(unit, row.id or 0, report))


def drawn(database: Database) -> int:
    """How many messages are owed to Slack; those that are taken out of the count are called sent."""

    def count(unit: object) -> int:
        found = list(unit.session.scalars(select(Outgoing).where(col(Outgoing.state) == OutboxState.WAITING)))  # type: ignore[attr-defined]
        for row in found:
            assert row.subject == SubjectKind.READINESS
            row.state = OutboxState.SENT
        return len(found)

    return database.run(count)


def test_a_check_that_is_under_way_is_not_asked_for_twice(database: Database) -> None:
    """In one channel an estate is checked once at a time; whoever asks again is told."""
    first = database.run(lambda unit: inspections.ask(unit, presser(Role.XENMOBILE_ADMIN), MOBILE))
    again = database.run(lambda unit: inspections.ask(unit, presser(Role.SECURITY), MOBILE))
    assert ("is being checked;" in first, "is being checked already" in again) == (True, True)
    with database.read() as session:
        assert len(inspections.waiting(session)) == 1
    assert drawn(database) == 1
    end(database, Outlook.PASS)
    assert drawn(database) == 1
    assert "is being checked;" in database.run(
        lambda unit: inspections.ask(unit, presser(Role.XENMOBILE_ADMIN), MOBILE)
    )


def test_somebody_without_a_role_may_not_ask(database: Database) -> None:
    """A named person who answers for nothing gets a sentence, and nothing is asked."""
    with pytest.raises(Refusal, match="Your roles"):
        database.run(lambda unit: inspections.ask(unit, presser(), MOBILE))
    with database.read() as session:
        assert inspections.waiting(session) == []


def test_it_is_due_once_a_period_also_across_a_restart(database: Database, clock: HandClock) -> None:
    """The rows say when the last was asked for: nothing is doubled, and one without a result is waited for."""
    assert (due(database), due(database)) == (True, False)
    clock.advance(DAY)
    assert not due(database)
    end(database, Outlook.PASS)
    assert (due(database), due(database)) == (True, False)
    end(database, Outlook.PASS)
    clock.advance(DAY - timedelta(seconds=1))
    assert not due(database)


def test_only_turns_are_posted(database: Database, clock: HandClock) -> None:
    """Bad from the first is told, staying bad is not, and a warning is good again."""
    posted = []
    for outlook in (Outlook.FAIL, Outlook.FAIL, Outlook.WARN, Outlook.PASS, Outlook.FAIL):
        assert due(database)
        end(database, outlook)
        posted.append(drawn(database))
        clock.advance(DAY)
    assert posted == [1, 0, 1, 0, 1]


def test_what_people_asked_for_says_nothing_of_turns(database: Database) -> None:
    """A check that a person asked for in between does not hide that an estate has turned bad."""
    assert due(database)
    end(database, Outlook.PASS)
    database.run(lambda unit: inspections.ask(unit, presser(Role.XENMOBILE_ADMIN), MOBILE))
    end(database, Outlook.FAIL)
    drawn(database)
    assert database.run(lambda unit: inspections.ask_if_due(unit, MOBILE, timedelta(0)))
    end(database, Outlook.FAIL)
    assert drawn(database) == 1


def test_the_devices_are_those_of_the_last_check_that_could_count_them(database: Database) -> None:
    """A later check that could not read the API does not hide the number; another estate's is not taken."""

    def checked(*rows: Row) -> None:
        assert database.run(lambda unit: inspections.ask_if_due(unit, MOBILE, timedelta(0)))
        with database.read() as session:
            (waiting,) = inspections.waiting(session)
        database.run(lambda unit: inspections.end(unit, waiting.id or 0, Report("mobile", NOW, rows)))

    def counted(estate: str) -> int | None:
        with database.read() as session:
            return inspections.devices_counted(session, estate)

    assert counted("mobile") is None
    checked(Row("xenmobile", DEVICES, Outlook.PASS, "So.", value="9000"))
    checked(Row("xenmobile", DEVICES, Outlook.WARN, "So.", value="9500"))
    checked(Row("xenmobile", "reachable", Outlook.FAIL, "It does not answer."))
    assert (counted("mobile"), counted("another")) == (9_500, None)


def test_old_results_are_forgotten(database: Database) -> None:
    """Of the checks by itself so many are kept of each estate, and no more."""
    for _ in range(KEPT + 3):
        assert database.run(lambda unit: inspections.ask_if_due(unit, MOBILE, timedelta(0)))
        end(database, Outlook.PASS)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Inspection)) == KEPT
