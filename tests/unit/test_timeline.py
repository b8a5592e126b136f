"""The timeline: the last events in words, and what people put on it, with its author and a link."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from commands import router, timeline
from commands.blocks.sayings import saying
from commands.desk import Desk, Reply
from commands.router import asked_of
from commands.timeline import ADD_TO_TIMELINE, add_message, link_to
from helpers_blocks import HOSTILE, nothing_acts, read, slack_takes, texts
from helpers_situation import KEY, House, playing
from rollback.operations import lead, purging, reports
from rollback.operations.refusal import Presser, Refusal
from rollback.operations.timeline import LONGEST, digest
from rollback.report import gather
from rollback.report.showing.as_markdown import markdown
from rollback.report.showing.as_page import page
from rollback.roles import Account
from storage.audit import verify
from storage.models import AuditEntry, NoteRow, Outgoing, Rollback
from storage.words import Event

VERBS = {"timeline": timeline.timeline}


class People:
    """Who pressed, by account."""

    def __init__(self, house: House) -> None:
        self.house = house

    def presser(self, account: Account, roster_of: Rollback | None) -> Presser:
        for person in self.house.people.values():
            if any(own.answers_to(account) for own in person.accounts):
                return Presser(person, account)
        raise Refusal("You are not named in this bot's settings; nothing was changed.")


class Channel:
    """People who type, and who use the shortcut on messages."""

    def __init__(self, house: House) -> None:
        self.house, self.count = house, 0
        nothing: Any = None
        self.desk = Desk(house.database, house.clock, People(house), nothing, nothing)

    def type(self, text: str, who: str = "cl") -> Reply:
        self.count += 1
        body = {"text": text, "trigger_id": f"T{self.count}", "team_id": "T1", "user_id": f"U{who.upper()}1"}
        return router.answer(self.desk, VERBS, asked_of({**body, "channel_id": "C1"}))

    def shortcut(self, text: str, *, who: str = "cl", author: str = "UDBA1", ts: str = "1894006800.000100",
                 **also: Any) -> Reply:  # fmt: skip
        self.count += 1
        return add_message(self.desk, self.payload(text, who, author, ts) | also)[0]

    def payload(self, text: str, who: str, author: str, ts: str) -> dict[str, Any]:
        return {
            "type": "message_action", "callback_id": ADD_TO_TIMELINE, "trigger_id": f"T{self.count}",
            "team": {"id": "T1", "domain": "example"}, "user": {"id": f"U{who.upper()}1", "team_id": "T1"},
            "channel": {"id": "C1", "name": "incident"}, "message_ts": ts,
            "message": {"type": "message", "user": author, "text": text, "ts": ts},
        }  # fmt: skip

    def notes(self) -> list[NoteRow]:
        with self.house.database.read() as session:
            return list(session.scalars(select(NoteRow).order_by(col(NoteRow.id))))

    def audited(self, event: Event) -> list[Mapping[str, Any]]:
        with self.house.database.read() as session:
            rows = session.scalars(select(AuditEntry).where(col(AuditEntry.event) == event))
            return [json.loads(row.content) for row in rows]


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    """A rollback that has begun."""
    with playing(tmp_path) as house:
        house.begin()
        house.settle()
        yield Channel(house)


def test_the_last_events_are_told_in_words(channel: Channel) -> None:
    """`timeline` shows the newest events, each with its time and who did it; a number says how many."""
    channel.house.do(lambda unit, book: lead.press_hold(unit, book, channel.house.presser("dba"), "the log is full"))
    said = channel.type("timeline").sentence
    assert said.startswith("*REAL · RB-1*: the last ")
    assert "• 10:00:00 held: the log is full — Person dba" in said
    assert channel.type("timeline 2").sentence.count("\n") == 2
    assert all("Nothing was changed" in channel.type(f"timeline {word}").sentence for word in ("0", "99", "x", "2 3"))


def test_what_is_shared_is_one_message_in_the_channel(channel: Channel) -> None:
    """`timeline share` has the same events posted for everybody, once, with who shared them."""
    assert "follow in the channel" in channel.type("timeline share 3").sentence
    with channel.house.database.read() as session:
        (row,) = [one for one in session.scalars(select(Outgoing)) if one.subject == "timeline"]
    shown = saying("timeline", channel.house.picture(), row.facts)
    assert "the last 3 events, shared by <@UCL1>" in read(shown)
    assert row.channel == ""


def test_a_message_is_kept_with_its_author_and_a_link(channel: Channel) -> None:
    """*Add to timeline* keeps the text once, whoever wrote it; the report has it with the link to where it stands."""
    link = "https://example.slack.com/archives/C1/p1894006800000100"
    assert channel.shortcut("the disk of the SQL Server is full").sentence == "It is on the timeline of RB-1."
    (note,) = channel.notes()
    assert (note.author, note.person, note.link) == ("dba", "cl", link)
    assert "already" in channel.shortcut("the disk of the SQL Server is full").sentence
    assert len(channel.notes()) == 1
    with channel.house.database.read() as session:
        report = gather(session, 1, channel.house.clock.now())
    entry = next(one for one in report.timeline if one.event == Event.NOTE_ADDED)
    assert (entry.text, entry.person, entry.link) == ("the disk of the SQL Server is full", "Person dba", link)
    assert f'<a href="{link}" rel="noreferrer">' in page(report)
    assert f"the disk of the SQL Server is full — Person dba [message]({link})" in markdown(report)


def test_the_same_press_under_a_new_envelope_adds_nothing(channel: Channel) -> None:
    """What Slack delivers twice gets the same answer and one row."""
    body = channel.payload("full", "cl", "UDBA1", "1894006800.000100")
    first, second = (add_message(channel.desk, body)[0] for _ in range(2))
    assert first == second
    assert len(channel.notes()) == 1


def test_the_chain_holds_a_digest_and_not_the_text(channel: Channel) -> None:
    """The text lies in a row that a purge takes; the chain proves it while it is there, and verifies after it."""
    channel.shortcut("canary words of somebody")
    (entry,) = channel.audited(Event.NOTE_ADDED)
    assert (entry["actor"], entry["facts"]["author"]) == ("cl", "dba")
    assert entry["facts"]["digest"] == digest(channel.notes()[0])
    with channel.house.database.read() as session:
        assert not [row for row in session.scalars(select(AuditEntry)) if b"canary" in row.content]
    channel.type("timeline share")
    channel.house.do(lambda unit, _: purging.forget(unit, 1))
    with channel.house.database.read() as session:
        verify(session, {"k1": KEY})
        assert not [row for row in session.scalars(select(Outgoing)) if "canary" in str(row.facts)]
        assert reports.asked_for(session, 1) is not None, "the report is written anew without it"
        assert "a note, purged since" in markdown(gather(session, 1, channel.house.clock.now()))


def test_a_note_is_typed_as_well_and_one_from_earlier_says_when_it_was_said(channel: Channel) -> None:
    """`timeline add` is the twin of the shortcut in words; a message from earlier tells its own time."""
    assert "on the timeline" in channel.type("timeline add vendor's call begins").sentence
    channel.house.clock.advance(timedelta(minutes=30))
    channel.shortcut("port 80 is down again", ts="1893661200.000100")  # four days before
    said = channel.type("timeline").sentence
    assert "vendor's call begins — Person cl" in said
    assert "said 3 Jan 10:00: port 80 is down again — Person dba <https://example.slack.com" in said
    assert "no text" in channel.type("timeline add").sentence


def test_strangers_add_nothing_and_are_in_the_audit(channel: Channel) -> None:
    """Who is not named is refused in a sentence; a message of a stranger may be kept by somebody who is named."""
    assert channel.shortcut("hello", who="nobody").refused
    assert channel.notes() == []
    assert len(channel.audited(Event.ACCESS_REFUSED)) == 1
    channel.shortcut("hello", author="UVENDOR1")
    assert channel.notes()[0].author == "T1/UVENDOR1"


@pytest.mark.parametrize(
    ("domain", "place", "ts"),
    [
        ("example", "C1>x", "1.1"), ("evil.example/?", "C123", "1.1"), ("", "C123", "1.1"), ("example", "C123", "x"),
        ("example", "C123", "1.1|x"), ("EXAMPLE", "C123", "1.1"),
    ],
)  # fmt: skip
def test_a_link_is_made_of_nothing_else_than_what_belongs_into_it(domain: str, place: str, ts: str) -> None:
    """A payload with anything unexpected in it gives no link."""
    assert link_to(domain, place, ts) == ""


def test_hostile_notes_act_as_no_markup(channel: Channel) -> None:
    """Whatever a message holds, its line neither mentions anybody nor makes a link of its own."""
    for number, text in enumerate(HOSTILE):
        channel.shortcut(text.encode("utf-8", "ignore").decode(), ts=f"1893661200.{number + 1:06}")
    kept = channel.notes()
    assert 40 < len(kept) <= len(HOSTILE)
    assert max(len(note.text) for note in kept) == LONGEST
    channel.type("timeline share 40")
    with channel.house.database.read() as session:
        (row,) = [one for one in session.scalars(select(Outgoing)) if one.subject == "timeline"]
        shown = saying("timeline", channel.house.picture(), row.facts)
    slack_takes(shown)
    link = re.compile(r"<https://example\.slack\.com/archives/C1/p\d+\|message>")
    nothing_acts([{"text": link.sub("", text)} for text in texts(shown.blocks)])
