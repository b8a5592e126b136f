"""After go-live: counts, reminders on their days, who ends the counting, and what is left of those that never came."""

import csv
import io
import zipfile
from datetime import timedelta

import pytest
from devices_made import CUTOFF, HOUR, STARTED, capture, details, device, owner
from notices_told import Told, begun, compared, told
from sqlalchemy import select, update

from rollback.book import Book
from rollback.devices.comparison import compare
from rollback.devices.returning import Returned, returned_of
from rollback.drafts.notices import Content
from rollback.operations import returning
from rollback.operations.refusal import Refusal
from storage.database import Unit
from storage.models import AuditEntry, Outgoing, Stage
from storage.words import DraftState, Notice, StageState

__all__ = ["begun", "told"]  # fixtures
PEOPLE = 40
DAY = timedelta(days=1)


@pytest.fixture
def live(told: Told) -> Told:
    """Forty people have lost a device, and the service was declared healthy."""
    devices = [
        device(
            n, owner=owner(f"user{n}@example.com", f"User{n} Example", language="de"), details=details(STARTED + HOUR)
        )
        for n in range(1, PEOPLE + 1)
    ]
    compared(told, compare(capture(devices), capture([]), CUTOFF))

    def go_live(unit: Unit, _book: Book) -> None:
        done = {"state": StageState.SUCCEEDED, "ended_at": unit.now}
        unit.session.execute(update(Stage).where(Stage.name == "go-live").values(**done))  # type: ignore[arg-type]

    told.house.do(go_live)
    return told


def count(told: Told, *missing: int) -> None:
    counted = Returned(PEOPLE, tuple(map(str, missing)))
    told.house.do(lambda unit, book: returning.counted(unit, book, counted))
    told.serve()


def due(told: Told) -> bool:
    return bool(told.house.do(lambda unit, book: returning.is_due(unit.session, book, unit.now)))


def later(told: Told, span: timedelta) -> None:
    told.house.clock.advance(span)
    told.serve()


def standing(told: Told) -> Returned:
    with told.house.database.read() as session:
        found = returned_of(session, 1)
    assert found is not None
    return found


def test_counted_from_time_to_time(live: Told) -> None:
    """Devices are counted at once after go-live and every hour then, until the counting has ended."""
    assert due(live)
    count(live, *range(1, 31))
    assert not due(live)
    live.house.clock.advance(timedelta(hours=1))
    assert due(live)
    assert (standing(live).back, standing(live).of) == (10, 40)


def test_nothing_is_counted_before_go_live(told: Told) -> None:
    """Before the service is healthy nobody is expected back."""
    assert not due(told)
    with pytest.raises(Refusal, match="counting begins after go-live"):
        close(told)


def test_reminders_on_day_three_and_five(live: Told) -> None:
    """On the third and fifth day a reminder is drafted for those who are missing then; not before, not twice."""
    count(live, *range(1, 31))
    later(live, timedelta(days=2, hours=23))
    assert Notice.REMINDER not in drafted(live)
    later(live, timedelta(hours=2))
    content = Content.from_json(live.row(Notice.REMINDER).texts)
    assert (content.edition, content.problems) == ("day 3", ())
    assert content.listed is not None
    assert (content.listed.people, content.listed.devices) == (30, 30)
    assert {one.language for one in content.texts} == {"en", "fr", "de"}
    assert "RB-1-draft-reminder-1-fr.txt" in live.files()
    assert live.serve() == 0
    count(live, 1, 2, 3, 4)
    later(live, 2 * DAY)
    fifth = live.row(Notice.REMINDER)
    assert fifth.version == 2
    listed = Content.from_json(fifth.texts).listed
    assert listed is not None
    assert listed.people == 4
    later(live, 3 * DAY)
    assert live.row(Notice.REMINDER).version == 2


def drafted(told: Told) -> set[str]:
    from rollback.operations.notices import newest  # noqa: PLC0415 - only here

    with told.house.database.read() as session:
        return {notice.value for notice in newest(session, 1)}


def test_a_bot_that_was_away_drafts_one_reminder(live: Told) -> None:
    """When both days have passed unseen, one reminder is drafted."""
    count(live, *range(1, 31))
    later(live, 9 * DAY)
    assert (live.row(Notice.REMINDER).version, Content.from_json(live.row(Notice.REMINDER).texts).edition) == (
        1,
        "day 5",
    )


def test_only_who_is_missing_is_written_to(live: Told) -> None:
    """An approved reminder goes to those on its list who are still missing when it is handed out."""
    count(live, 1, 2, 3, 4, 5)
    later(live, 3 * DAY)
    live.house.do(lambda unit, book: returning.counted(unit, book, Returned(PEOPLE, tuple(map(str, (2, 3, 6, 7, 8))))))
    live.approve(Notice.REMINDER, "so")
    live.serve()
    assert live.row(Notice.REMINDER).state == DraftState.HANDED_OUT
    merge = live.files()["RB-1-reminder-day-3-de.csv"].read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(merge), delimiter=";"))
    assert [row["email"] for row in rows] == ["user2@example.com", "user3@example.com"]
    with zipfile.ZipFile(live.files()["RB-1-reminder-day-3-drafts.zip"]) as drafts:
        assert len(drafts.namelist()) == 2
    assert "«first_name»" in live.files()["RB-1-reminder-day-3-de.txt"].read_text(encoding="utf-8")


def close(told: Told, who: str = "so", why: str = "the rest is on leave") -> str:
    return told.house.do(  # type: ignore[no-any-return]
        lambda unit, book: returning.close(unit, book, told.house.presser(who), why)
    )


def test_enough_back_ends_it(live: Told) -> None:
    """Where 95 of 100 are back the counting ends by itself, and who never returned lies on disk."""
    count(live, 1, 2, 3)
    assert standing(live).closed_at is None
    count(live, 1, 2)
    found = standing(live)
    assert (found.closed_by, found.back) == ("bot", 38)
    text = live.files()["RB-1-never-returned.csv"].read_text(encoding="utf-8-sig")
    assert sorted(row["login"] for row in csv.DictReader(io.StringIO(text))) == [
        "user1@example.com",
        "user2@example.com",
    ]
    live.house.clock.advance(DAY)
    assert not due(live)
    later(live, 4 * DAY)
    assert Notice.REMINDER not in drafted(live)


def test_the_owner_signs_for_the_rest(live: Told) -> None:
    """Below that the service owner ends it with a reason, once; nobody else does."""
    count(live, *range(1, 20))
    with pytest.raises(Refusal, match="roles don't let you say"):
        close(live, "ic")
    with pytest.raises(Refusal, match="Say why"):
        close(live, why=" ")
    assert "19 never returned" in close(live)
    with pytest.raises(Refusal, match="has ended already"):
        close(live)
    live.serve()
    assert "RB-1-never-returned.csv" in live.files()
    count(live, 1)
    assert len(standing(live).missing) == 19
    with live.house.database.read() as session:
        said = [row.facts for row in session.scalars(select(Outgoing)) if row.subject == "returns-closed"]
        noted = b" ".join(row.content for row in session.scalars(select(AuditEntry)))
    assert [(one["back"], one["of"], one["by"]) for one in said] == [(21, 40, "so")]
    assert b"user1@example.com" not in noted


def test_counts_are_told_without_names(live: Told) -> None:
    """The count stands in the rows by ids alone."""
    count(live, 1, 2, 3)
    assert "example.com" not in str(standing(live))
