"""Security's list, row by row: who decides, who does it, what waits for it, and whom a settled row sets free."""

import csv
import io

import pytest
from devices_made import CUTOFF, HOUR, LONG_BEFORE, MINUTE, STARTED, capture, details, device, owner
from notices_told import Told, begun, check, compared, told
from sqlalchemy import select, text, update

from commands.blocks import decide_dialog
from commands.devices_decide import submit_decide
from helpers_blocks import slack_takes_view
from rollback.book import Book
from rollback.devices.comparison import compare
from rollback.devices.decided import cleared, security_rows_of
from rollback.devices.findings import Comparison
from rollback.devices.values import Device, DeviceAction, SecurityAction
from rollback.drafts.notices import Content
from rollback.operations import drafts, security, stages
from rollback.operations.refusal import Refusal
from storage.database import Unit
from storage.models import AuditEntry, CheckRow, Dialog, SecurityRow, Stage
from storage.words import CheckState, Notice, StageState

__all__ = ["begun", "told"]  # fixtures
STAGE = "compare-devices"
EARLIER = "UPDATE \"check\" SET at = '2030-01-07 08:00:00' WHERE name = 'compared'"
SINCE = STARTED + HOUR


def wipe(*, done: bool = False) -> DeviceAction:
    return DeviceAction(SecurityAction.WIPE, SINCE, done=SINCE + MINUTE if done else None)


def acted(number: int, *actions: DeviceAction, **more: object) -> Device:
    who = owner(f"user{number}@example.com", f"User{number} Example")
    return device(number, owner=who, details=details(LONG_BEFORE, actions=actions), **more)


def four_rows(*, pending_again: bool = False) -> Comparison:
    """A lost phone with a wipe asked since; a wipe done since; one that came back; and one pending again, perhaps."""
    lost_phone = acted(1, wipe())
    wiped, forgotten = acted(2, wipe(done=True)), acted(2)
    gone = acted(3)
    cancelled, firing = acted(4), acted(4, wipe()) if pending_again else acted(4)
    before = [lost_phone, wiped, cancelled, acted(5)]
    return compare(capture(before), capture([forgotten, gone, firing, acted(5)]), CUTOFF)


@pytest.fixture
def listed(told: Told) -> Told:
    """The devices are compared and security's check waits for its people."""

    def running(unit: Unit, _book: Book) -> None:
        unit.session.execute(update(Stage).where(Stage.name == STAGE).values(state=StageState.VERIFYING))  # type: ignore[arg-type]

    told.house.do(running)
    check(told, STAGE, security.CHECK, CheckState.OPEN)
    compared(told, four_rows())
    return told


def rows(told: Told) -> list[SecurityRow]:
    with told.house.database.read() as session:
        return security_rows_of(session, 1)


def mark(told: Told) -> str:
    return rows(told)[0].list_hash[: security.MARK]


def decide(told: Told, numbers: str, word: str, who: str = "sec", *, tell: bool = False) -> str:
    return told.house.do(  # type: ignore[no-any-return]
        lambda unit, book: security.decide(unit, book, told.house.presser(who), mark(told), numbers, word, tell=tell)
    )


def done(told: Told, numbers: str, who: str = "xa") -> str:
    return told.house.do(  # type: ignore[no-any-return]
        lambda unit, book: security.mark_done(unit, book, told.house.presser(who), mark(told), numbers)
    )


def sign(told: Told, *, passed: bool = True) -> str:
    return told.house.do(  # type: ignore[no-any-return]
        lambda unit, book: stages.answer(
            unit, book, book.stage(STAGE), security.CHECK, told.house.presser("sec"), passed=passed, evidence={}
        )
    )


def number_of(told: Told, serial: str) -> int:
    assert told.comparison is not None
    return next(n for n, row in enumerate(told.comparison.security, start=1) if row.device.serial == serial)


def test_the_list_is_numbered_and_waits(listed: Told) -> None:
    """Each row of security's list is kept by number and key alone, and the check can't be answered before them."""
    assert [row.number for row in rows(listed)] == [1, 2, 3]
    assert {row.decision for row in rows(listed)} == {""}
    with pytest.raises(Refusal, match="3 rows, 3 undecided"):
        sign(listed)
    file = listed.files()["RB-1-security.csv"].read_text(encoding="utf-8-sig")
    assert [line["row"] for line in csv.DictReader(io.StringIO(file))] == ["Row 1", "Row 2", "Row 3"]
    assert security.standing(rows(listed)).left == 3


def test_signed_row_by_row(listed: Told) -> None:
    """Security decides, an administrator does what was decided, then the check passes; the audit names who and rows."""
    came_back, repeated = number_of(listed, "SERIAL00003"), number_of(listed, "SERIAL00002")
    decide(listed, str(came_back), "leave")
    decide(listed, str(repeated), "repeat")
    decide(listed, str(number_of(listed, "SERIAL00001")), "leave")
    with pytest.raises(Refusal, match="1 decided and not done"):
        sign(listed)
    assert done(listed, str(repeated)).endswith("3 rows, 0 undecided.")
    assert sign(listed) == "compare-devices:security-decided is passed."
    by = {row.number: (row.decision, row.decided_by, row.done_by) for row in rows(listed)}
    assert by[repeated] == ("repeat", "sec", "xa")
    assert by[came_back] == ("leave", "sec", "")
    with listed.house.database.read() as session:
        noted = [e for e in session.scalars(select(AuditEntry)) if str(e.event).startswith("security:")]
    assert [e.event for e in noted] == ["security:listed", *["security:decided"] * 3, "security:done"]
    said = b" ".join(e.content for e in noted)
    assert b'"sec"' in said
    assert b"SERIAL" not in said
    assert b"example.com" not in said


def test_the_signed_list_lies_on_disk(listed: Told) -> None:
    """Once the stage has ended, the list with every decision, its time and its people is a file of its own."""
    decide(listed, "1-3", "leave")
    sign(listed)
    listed.house.do(
        lambda unit, _book: unit.session.execute(
            update(Stage).where(Stage.name == STAGE).values(state=StageState.SUCCEEDED)  # type: ignore[arg-type]
        )
    )
    listed.serve()
    text_of = listed.files()["RB-1-security-signed.csv"].read_text(encoding="utf-8-sig")
    found = list(csv.DictReader(io.StringIO(text_of)))
    assert [one["decision"] for one in found] == ["left"] * 3
    assert all(one["by"].startswith("sec ") for one in found)
    assert listed.serve() == 0


@pytest.mark.parametrize(
    ("who", "numbers", "word", "sentence"),
    [
        ("ic", "1", "leave", "roles don't let you decide"),
        ("xa", "1", "leave", "roles don't let you decide"),
        ("sec", "1", "forget", "Decide stop, repeat, leave"),
        ("sec", "0", "leave", "rows 1 to 3, not 0"),
        ("sec", "2-9", "leave", "rows 1 to 3, not 4-9"),
        ("sec", "all", "leave", "by their numbers"),
        ("sec", "3-1", "leave", "by their numbers"),
        ("sec", "1-999999", "leave", "by their numbers"),
        ("sec", "", "leave", "by their numbers"),
    ],
)
def test_what_is_no_decision(listed: Told, who: str, numbers: str, word: str, sentence: str) -> None:
    """Only security decides, about rows that are on the list, and what can't be meant changes nothing."""
    with pytest.raises(Refusal, match=sentence):
        decide(listed, numbers, word, who)
    assert {row.decision for row in rows(listed)} == {""}


def test_a_decision_fits_its_row(listed: Told) -> None:
    """Nothing is stopped that isn't pending, and a mixed choice changes none of its rows."""
    forgotten = number_of(listed, "SERIAL00002")
    with pytest.raises(Refusal, match=f"Row {forgotten} can't be decided `stop`: nothing is pending"):
        decide(listed, "1-3", "stop")
    assert {row.decision for row in rows(listed)} == {""}


def test_nobody_does_what_they_decided(listed: Told) -> None:
    """Whoever holds both roles decides, and somebody else marks it done; what is left as it is needs no hands."""
    both = (*listed.house.people["sec"].roles, *listed.house.people["xa"].roles)
    listed.house.people["sec"] = listed.house.people["sec"].model_copy(update={"roles": both})
    row = str(number_of(listed, "SERIAL00002"))
    decide(listed, row, "repeat")
    with pytest.raises(Refusal, match="You decided about these rows"):
        done(listed, row, "sec")
    decide(listed, row, "leave")
    with pytest.raises(Refusal, match="nothing waits to be done"):
        done(listed, row)


def test_another_list_than_was_read(listed: Told) -> None:
    """A decision names the list that was read; about another one it changes nothing."""
    with pytest.raises(Refusal, match="Name the list that you have read"):
        listed.house.do(
            lambda unit, book: security.decide(unit, book, listed.house.presser("sec"), "00000000", "1", "leave")
        )


def test_a_row_that_turned_out_otherwise_is_asked_anew(listed: Told) -> None:
    """A later list keeps the decisions about rows that are the same, and asks for what is new or has changed."""
    decide(listed, "1-3", "leave")
    before = mark(listed)
    listed.comparison = four_rows(pending_again=True)
    listed.house.do(lambda unit, _book: unit.session.execute(text(EARLIER)))
    listed.serve()
    assert mark(listed) != before
    fresh = number_of(listed, "SERIAL00004")
    assert {row.number for row in rows(listed) if not row.decision} == {fresh}
    decide(listed, str(fresh), "stop")
    done(listed, str(fresh))
    sign(listed)


def test_a_cleared_device_joins_the_audience(listed: Told) -> None:
    """The user of a lost device is written to only when security says so and it is done; then the list is another."""
    mine = number_of(listed, "SERIAL00001")

    def people() -> tuple[int, int]:
        found = Content.from_json(listed.row(Notice.RECIPIENTS).texts).listed
        assert found is not None
        return found.people, found.held

    assert people() == (0, 1)
    version = listed.row(Notice.RECIPIENTS).version
    with pytest.raises(Refusal, match="Nobody is asked to set up"):
        decide(listed, str(mine), "repeat", tell=True)
    decide(listed, str(mine), "leave")
    listed.serve()
    assert people() == (0, 1)
    decide(listed, str(mine), "leave", tell=True)
    with pytest.raises(Refusal, match="is still being written"):
        sign(listed)
    listed.serve()
    assert people() == (1, 0)
    assert listed.row(Notice.RECIPIENTS).version == version + 1
    assert cleared(rows(listed)) == {row.key for row in rows(listed) if row.number == mine}


def test_rows_of_one_key_are_cleared_together() -> None:
    """Where two records of one device are on the list, its user is written to when both are settled so."""
    both = {"rollback_id": 1, "key": "k", "list_hash": "h", "advice": "look", "tell": True}
    one = SecurityRow(twin=1, number=1, decision="leave", **both)
    other = SecurityRow(twin=2, number=2, decision="stop", **both)
    assert cleared([one]) == {"k"}
    assert cleared([one, other]) == frozenset()


def test_nothing_is_decided_after_the_end(listed: Told) -> None:
    """When the stage has ended its list is signed: a decision is refused."""
    listed.house.do(
        lambda unit, _book: unit.session.execute(
            update(Stage).where(Stage.name == STAGE).values(state=StageState.SUCCEEDED)  # type: ignore[arg-type]
        )
    )
    with pytest.raises(Refusal, match="compare-devices is succeeded"):
        decide(listed, "1", "leave")


def test_the_card_tells_how_far_it_is(listed: Told) -> None:
    """The check's row says which list is meant and how many rows are left."""
    decide(listed, "1", "leave")
    with listed.house.database.read() as session:
        row = session.scalars(select(CheckRow).where(CheckRow.name == security.CHECK)).one()  # type: ignore[arg-type]
    assert row.text == f"List {mark(listed)}: 3 rows, 2 undecided."


def test_no_row_nothing_to_decide(told: Told) -> None:
    """Without a row on the list the check is answered as before."""
    told.house.do(
        lambda unit, _book: unit.session.execute(
            update(Stage).where(Stage.name == STAGE).values(state=StageState.VERIFYING)  # type: ignore[arg-type]
        )
    )
    check(told, STAGE, security.CHECK, CheckState.OPEN)
    compared(told, compare(capture([acted(1)]), capture([acted(1)]), CUTOFF))
    assert rows(told) == []
    assert sign(told).endswith("is passed.")
    assert drafts.mark_of(told.row(Notice.RECIPIENTS))


def test_the_dialog_decides_on_the_list_that_it_showed(listed: Told) -> None:
    """What security fills in is decided; sent off after another list was written it changes nothing."""
    now = security.standing(rows(listed))
    view = decide_dialog.decide(listed.house.picture(), now, "D1")
    slack_takes_view(view)
    assert now.mark in str(view["blocks"][0])
    opened = listed.house.clock.now()
    dialog = Dialog(id="D1", person="sec", verb="x", rollback_id=1, digest=rows(listed)[0].list_hash, opened_at=opened)

    def sent(**filled: str) -> str:
        return listed.house.do(  # type: ignore[no-any-return]
            lambda unit, _book: submit_decide(unit, listed.house.presser("sec"), dialog, filled)
        )

    mine = number_of(listed, "SERIAL00001")
    sent(rows=str(mine), decision="leave", tell="yes")
    assert [(row.decision, row.tell) for row in rows(listed) if row.number == mine] == [("leave", True)]
    with pytest.raises(Refusal, match="by their numbers"):
        sent(decision="leave", tell="no")
    listed.comparison = four_rows(pending_again=True)
    listed.house.do(lambda unit, _book: unit.session.execute(text(EARLIER)))
    listed.serve()
    with pytest.raises(Refusal, match="Name the list that you have read"):
        sent(rows="1", decision="leave", tell="no")
