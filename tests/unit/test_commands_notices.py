"""`devices`, `drafts`, `report`, `status`, `board`, `help`, as they are typed and as they are answered."""

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from devices_made import CUTOFF, capture, device, owner
from sqlalchemy import select

from commands import devices, drafts, overview, report, router
from commands.blocks.start_dialog import StartOffer
from commands.desk import Desk, Reply
from commands.drafts import sent_of
from commands.looking import MOST
from commands.router import asked_of
from helpers_situation import House, estate
from rollback.book import Book
from rollback.devices.comparison import compare
from rollback.devices.findings import Comparison
from rollback.handing_out.office import Office, hand_out_due
from rollback.handing_out.steps import steps
from rollback.operations.notices import newest
from rollback.operations.refusal import Presser, Refusal
from rollback.operations.start import Order
from rollback.report import Document
from rollback.roles import Account
from rollback.site import made_up
from storage.clock import HandClock
from storage.database import Unit
from storage.models import AuditEntry, CheckRow, ExportRow, Message, Outgoing, Rollback
from storage.words import By, CheckState, DraftState, Notice, SubjectKind

NAME = "Grace Hopperexample"
VERBS = {
    "devices": devices.devices,
    "drafts": drafts.drafts,
    "report": report.report,
    "status": overview.status,
    "board": overview.board,
    "help": overview.help_with({"devices", "drafts", "report", "status", "board", "help"}),
}


class People:
    """Who is who, by the account's user id; anybody else is a stranger."""

    def __init__(self, house: House) -> None:
        self.house = house

    def presser(self, account: Account, roster_of: Rollback | None) -> Presser:
        for person in self.house.people.values():
            if account.user == person.accounts[0].user:
                return Presser(person, account)
        raise Refusal("You are not named in this rollback; nothing was changed.")


class NoDialogs:
    """Nothing here opens a dialog."""

    def open(self, trigger: str, view: Mapping[str, Any]) -> None:
        raise AssertionError(trigger)

    def update(self, view_id: str, view_hash: str, view: Mapping[str, Any]) -> None:
        raise AssertionError(view_id)

    def tell(self, channel: str, user: str, text: str) -> None:
        raise AssertionError(text)

    def offer(self, estate: str = "") -> StartOffer:
        raise AssertionError(estate)

    def order(self, answers: Mapping[str, str], channel: str) -> Order:
        raise AssertionError(channel)


class Channel:
    """People typing in one channel, and the office that writes files."""

    def __init__(self, folder: Path, stored: tuple[bytes, datetime] | None = None) -> None:
        self.house = House(folder, None, stored)
        self.desk = Desk(self.house.database, self.house.clock, People(self.house), NoDialogs(), NoDialogs())
        self.office = Office(self.house.database, self.house.clock, folder / "files", lambda _: comparison())
        self.typed = 0

    def type(self, text: str, who: str = "cl", *, again: bool = False) -> Reply:
        self.typed += 0 if again else 1
        body = {"text": text, "trigger_id": f"T{self.typed}", "team_id": "T1", "user_id": f"U{who.upper()}1"}
        return router.answer(self.desk, VERBS, asked_of({**body, "channel_id": "C1"}))

    def serve(self) -> None:
        def tell(_session: object, _number: int, now: datetime) -> tuple[Document, ...]:
            return (Document("report.md", f"# Report, {now:%H:%M}\n".encode()),)

        hand_out_due(self.office, steps(tell))

    def mark(self, notice: Notice) -> str:
        from rollback.operations.drafts import mark_of  # noqa: PLC0415 - only here

        with self.house.database.read() as session:
            return mark_of(newest(session, 1)[notice])

    def state(self, notice: Notice) -> str:
        with self.house.database.read() as session:
            return newest(session, 1)[notice].state


def comparison() -> Comparison:
    return compare(capture([device(1, owner=owner("grace@example.com", NAME))]), capture([]), CUTOFF)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rollback whose devices are compared and whose first notices are drafted: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("begun")
    made = Channel(folder)
    made.house.begin(estate().model_copy(update={"notices": made_up()}))

    def compared(unit: Unit, book: Book) -> None:
        stage = book.stage("compare-devices").id
        assert stage is not None
        unit.session.add(
            CheckRow(stage_id=stage, attempt=1, name="compared", by=By.BOT, state=CheckState.PASSED, at=unit.now)
        )

    made.house.do(compared)
    made.serve()
    made.house.stop()
    return folder


@pytest.fixture
def channel(tmp_path: Path, begun: Path) -> Iterator[Channel]:
    shutil.copytree(begun / "files", tmp_path / "files")
    made = Channel(tmp_path, ((begun / "bot.sqlite").read_bytes(), HandClock().now()))
    yield made
    made.house.stop()


def test_devices_are_counted_never_named(channel: Channel) -> None:
    """`devices` gives counts by class and kind, and place and hash of each list; no name, login or number."""
    said = channel.type("devices").sentence
    assert "• 1 devices: must enrol again" in said
    assert "by kind: ios 1" in said
    assert "RB-1-helpdesk.csv`: 1 · sha256 " in said
    assert not [part for part in (NAME, "grace", "SERIAL") if part in said]


def test_drafts_say_what_comes_next(channel: Channel) -> None:
    """`drafts` lists every notice with where it stands, and the very words to type next."""
    said = channel.type("drafts").sentence
    assert all(f"`{notice}`" in said for notice in Notice)
    assert f"`/rollback drafts re-enrol review {channel.mark(Notice.RE_ENROL)}`" in said
    assert "`restored` (to all users: the service works again): it isn't drafted yet" in said


def test_a_notice_is_taken_to_its_readers_by_words(channel: Channel) -> None:
    """Review, approval, handing out and sending can all be typed."""
    brief = f"drafts help-desk-brief {{}} {channel.mark(Notice.HELP_DESK_BRIEF)}"
    assert not channel.type(brief.format("review")).refused
    assert not channel.type(brief.format("approve"), "ic").refused
    channel.serve()
    assert channel.state(Notice.HELP_DESK_BRIEF) == DraftState.HANDED_OUT
    assert "marked sent to 12" in channel.type("drafts help-desk-brief sent channel=help desk page count=12").sentence
    assert "sent by help desk page to 12 people" in channel.type("drafts help-desk-brief").sentence


def test_the_same_command_twice(channel: Channel) -> None:
    """A command that Slack delivers twice gets the same answer and changes nothing more."""
    text = f"drafts re-enrol review {channel.mark(Notice.RE_ENROL)}"
    first = channel.type(text)
    assert channel.type(text, again=True) == first
    assert channel.state(Notice.RE_ENROL) == DraftState.REVIEWED
    assert channel.type(text).refused


@pytest.mark.parametrize(
    ("text", "who", "sentence"),
    [
        ("drafts nonsense show", "cl", "There is no notice of that name"),
        ("drafts restored show", "cl", "isn't drafted yet"),
        ("drafts re-enrol burn", "cl", "`… review HASH`"),
        ("drafts re-enrol approve", "so", "is draft: there is nothing to approve"),
        ("drafts re-enrol show it", "cl", "Notices are in en, fr, de"),
        ("drafts re-enrol sent mail to all", "cl", "Say how it was sent"),
        ("drafts", "nobody", "You are not named"),
        ("devices", "nobody", "You are not named"),
        ("devices decide", "xa", "roles don't let you decide"),
        ("devices decide", "sec", "There is no row for security"),
        ("devices burn", "sec", "LIST is the hash of security's list"),
        ("devices decide 3f2a91c0 1-3 stop", "sec", "compare-devices is waiting"),
        ("devices decide 3f2a91c0 1-3 stop", "ic", "roles don't let you decide"),
        ("devices decide 3f2a91c0 1-3 leave tell me", "sec", "LIST is the hash"),
        ("devices done 3f2a91c0 1-3", "xa", "compare-devices is waiting"),
        ("devices done 3f2a91c0 1-3", "sec", "roles don't let you mark rows"),
        ("devices read before ../secrets.csv", "xa", "without a path"),
        ("devices read after list of devices.csv rows=9", "xa", "an export now would be the old server's"),
        ("devices read before list.csv", "sec", "roles don't let you have an export read"),
        ("report", "nobody", "You are not named"),
    ],
)
def test_each_refusal_is_one_sentence_and_audited(channel: Channel, text: str, who: str, sentence: str) -> None:
    """What can't be done gets a sentence, stands in the audit log, and no notice moves."""
    reply = channel.type(text, who)
    assert reply.refused
    assert sentence in reply.sentence
    assert channel.state(Notice.RE_ENROL) == DraftState.DRAFT
    with channel.house.database.read() as session:
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()  # type: ignore[attr-defined]
    assert last is not None
    assert last.event == "access:refused"


def test_an_export_is_asked_for_by_a_name_with_blanks(channel: Channel) -> None:
    """The name of the file is everything behind the word, and the count of rows stands at its end."""
    assert "is being read" in channel.type("devices read before list of devices.csv rows=9", "xa").sentence
    with channel.house.database.read() as session:
        row = session.scalars(select(ExportRow)).one()
    assert (row.capture, row.name, row.count, row.asked_by) == ("before", "list of devices.csv", 9, "xa")


def test_show_gives_the_text_where_it_fits(channel: Channel) -> None:
    """`show` prints a short notice in the language that was asked for, and names the file of a long one."""
    shown = channel.type("drafts interruption show de").sentence
    assert "nicht verfügbar" in shown
    long = channel.type("drafts re-enrol show fr").sentence
    assert "too long for here" in long
    assert "RB-1-draft-re-enrol-1-fr.txt" in long
    assert max(len(shown), len(long)) <= MOST


def test_a_report_is_asked_for_once_and_written(channel: Channel) -> None:
    """`report` asks; the office writes, and place and hash go to the channel."""
    assert "is being written" in channel.type("report").sentence
    channel.type("report")
    channel.serve()
    file = channel.office.folder / "RB-1" / "RB-1-report.md"
    assert file.read_text(encoding="utf-8") == "# Report, 09:00\n"
    with channel.house.database.read() as session:
        told = [row.facts for row in session.scalars(select(Outgoing)) if row.facts.get("what") == "The report"]
    assert [one["files"][0]["place"] for one in told] == [str(file)]
    assert f"The last one: {file}" in channel.type("report").sentence


def test_status_says_where_it_stands(channel: Channel) -> None:
    """`status` says mode, number, state, lead, and who is waited for."""
    channel.house.settle()
    said = channel.type("status").sentence
    assert said.startswith("*REAL · RB-1* · running · lead Person ic")
    assert "Waiting for:" in said
    assert len(said) <= MOST


def test_board_is_drawn_anew_at_the_end(channel: Channel) -> None:
    """`board` has a new board posted; the old message is no longer a card of ours."""

    def shown(unit: Unit, _book: Book) -> None:
        unit.session.add(
            Message(rollback_id=1, subject=SubjectKind.BOARD, subject_id=1, channel="C1", ts="1.1", nonce="old")
        )

    channel.house.do(shown)
    assert not channel.type("board").refused
    with channel.house.database.read() as session:
        assert [row.current for row in session.scalars(select(Message))] == [False]
        assert [row for row in session.scalars(select(Outgoing)) if row.subject == SubjectKind.BOARD]


def test_help_explains_the_verbs_that_there_are(channel: Channel) -> None:
    """`help` answers anybody and names only what can be typed."""
    said = channel.type("help", "nobody").sentence
    assert "/rollback drafts" in said
    assert "/rollback abort" not in said


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        ("", datetime(2030, 1, 7, 9, 0, tzinfo=UTC)),
        (" at=09:30", datetime(2030, 1, 7, 8, 30, tzinfo=UTC)),
        (" at=23:10", datetime(2030, 1, 6, 22, 10, tzinfo=UTC)),
        (" at=2030-01-07T08:00", datetime(2030, 1, 7, 7, 0, tzinfo=UTC)),
        (" at=2030-01-07T08:00+00:00", datetime(2030, 1, 7, 8, 0, tzinfo=UTC)),
    ],
)
def test_when_it_was_sent(at: str, moment: datetime) -> None:
    """`at` is the site's time of day, today or yesterday, or a whole date; left out, it is now."""
    now = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
    sent = sent_of(f"channel=mail to all{at} count=210", now, ZoneInfo("Europe/Zurich"))
    assert (sent.channel, sent.count) == ("mail to all", 210)
    assert abs(sent.at - moment) < timedelta(seconds=1)


def test_an_unreadable_time() -> None:
    """A time that can't be read is refused, not guessed."""
    with pytest.raises(Refusal, match="time of day"):
        sent_of("channel=mail at=noon count=1", datetime(2030, 1, 7, tzinfo=UTC), ZoneInfo("UTC"))
