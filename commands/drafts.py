"""`/rollback drafts`: the notices, where each stands, and what people do about them, in words.

A press names the beginning of the hash that was read: ``drafts re-enrol approve 3f2a91c0``.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from commands.blocks.message import code, escape, prose
from commands.desk import Desk, Reply, open_book
from commands.drafts_edit import open_edit
from commands.looking import MOST, looking
from commands.router import Asked
from rollback.actions.notices import SENTENCES, Standing
from rollback.book import Book
from rollback.drafts.notices import NOTICE_KINDS, Content
from rollback.operations import drafts as notices
from rollback.operations.notices import files_of, newest, notices_standing
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb
from rollback.site import LANGUAGES
from rollback.untrusted import Untrusted
from storage.database import Unit
from storage.models import Draft
from storage.words import DraftState, Notice

USAGE = (
    "`/rollback drafts`, or `/rollback drafts NAME show|edit [en|fr|de]`, `… review HASH`, `… approve HASH`, "
    "`… hand-out`, `… sent channel=mail at=16:20 count=210`. Nothing was changed."
)
Work = Callable[[Unit, Book, Presser], str]
_PAIR = re.compile(r"\b(channel|at|count)=(.*?)(?=\s+(?:channel|at|count)=|$)")
_CLOCK = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)$")
_NEXT = {
    DraftState.DRAFT: "review",
    DraftState.REVIEWED: "approve",
    DraftState.HANDED_OUT: "sent channel=… at=… count=…",
}
"""What people do next about a notice in that state."""


def drafts(desk: Desk, asked: Asked) -> Reply:
    """`drafts [NAME [show|edit|review|approve|hand-out|sent]]`.

    Raises:
        Refusal: It can't be understood, or isn't this person's to do.
    """
    if not asked.words:
        return looking(desk, asked, Verb.DRAFTS, lambda session, rollback_id: "\n".join(every(session, rollback_id)))
    name = asked.words[0].lower()
    what = asked.words[1].lower() if len(asked.words) > 1 else "show"
    if what == "show":
        language = asked.words[2].lower() if len(asked.words) > 2 else ""
        return looking(desk, asked, Verb.DRAFTS, lambda session, number: one(session, number, name, language))
    if what == "edit":
        return open_edit(desk, asked, name, asked.words[2].lower() if len(asked.words) > 2 else "")
    rollback_id = desk.current(asked.press.channel)
    work = _work(asked, name, what)

    def unit_of_work(unit: Unit, who: Presser) -> str:
        return work(unit, open_book(unit, rollback_id), who)

    return desk.do(asked.press, unit_of_work, rollback_id)


def _work(asked: Asked, name: str, what: str) -> Work:
    mark = asked.words[2] if len(asked.words) > 2 else ""
    works: dict[str, Work] = {
        "review": lambda unit, book, who: notices.review(unit, book, who, name, mark),
        "approve": lambda unit, book, who: notices.approve(unit, book, who, name, mark),
        "hand-out": lambda unit, book, who: notices.hand_out(unit, book, who, name),
        "sent": lambda unit, book, who: notices.mark_sent(
            unit, book, who, name, sent_of(asked.rest(2), unit.now, book.estate.tz())
        ),
    }
    if what not in works:
        raise Refusal(USAGE)
    return works[what]


def sent_of(text: str, now: datetime, zone: ZoneInfo) -> notices.Sent:
    """What ``channel=… at=… count=…`` says; `at` is the site's time of day, or ISO with zone; left out, it is now.

    Raises:
        Refusal: A part is missing or can't be read.
    """
    told = {key: value.strip() for key, value in _PAIR.findall(text)}
    if not told.get("channel") or not told.get("count", "").isdecimal():
        raise Refusal("Say how it was sent: `sent channel=mail at=16:20 count=210`. Nothing was changed.")
    return notices.Sent(told["channel"], _moment(told.get("at", ""), now, zone), int(told["count"]))


def _moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    if not text:
        return now
    clock = _CLOCK.match(text)
    if clock is not None:
        local = now.astimezone(zone).replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        return local if local <= now else local - timedelta(days=1)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal("`at` is a time of day (16:20) or 2017-11-29T16:20+01:00. Nothing was changed.") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def every(session: Session, rollback_id: int) -> Iterator[str]:
    """Each notice on one line, with what comes next about it."""
    book = Book.open(session, rollback_id)
    found, standing = newest(session, rollback_id), notices_standing(session, rollback_id)
    yield f"Notices of {book.label}; nothing is sent by the bot:"
    if book.estate.words() is None:
        yield "The settings have no words for notices (`notices` of the estate), so the bot drafts none."
    for notice in Notice:
        where = Standing(standing.get(notice, Standing.MISSING))
        yield f"• `{notice}` ({NOTICE_KINDS[notice].title}): {SENTENCES[where]}{_next(found.get(notice), where)}"


def _next(row: Draft | None, where: Standing) -> str:
    if row is None or where in (Standing.NOBODY, Standing.BY_HAND):
        return ""
    verb = _NEXT.get(DraftState(row.state))
    if verb is None or (row.name == Notice.RECIPIENTS and row.state == DraftState.HANDED_OUT):
        return f" Hash {notices.mark_of(row)}."
    typed = f"{verb} {notices.mark_of(row)}" if row.state != DraftState.HANDED_OUT else verb
    return f" Next: `/rollback drafts {row.name} {typed}`"


def one(session: Session, rollback_id: int, name: str, language: str) -> str:
    """One notice: where it stands, who had it, where its files lie, and its text where it fits."""
    if language and language not in LANGUAGES:
        raise Refusal(f"Notices are in {', '.join(LANGUAGES)}. Nothing was changed.", rollback_id)
    book = Book.open(session, rollback_id)
    row = notices.find(session, book, name)
    content = Content.from_json(row.texts)
    head = list(_head(session, row, content))
    wanted = [text for text in content.texts if text.language == (language or book.estate.languages[0])]
    text = "\n\n".join(escape(f"{one.subject}\n\n{one.body}" if one.subject else one.body) for one in wanted)
    room = MOST - sum(len(line) + 1 for line in head) - 10
    if text and len(text) <= room:
        return "\n".join([*head, "```", text.replace("`", "ˋ").rstrip(), "```"])
    return "\n".join([*head, "Its text is too long for here; read it in its file."] if text else head)


def _head(session: Session, row: Draft, content: Content) -> Iterator[str]:
    where = Standing(notices_standing(session, row.rollback_id).get(row.name, Standing.MISSING))
    kind = NOTICE_KINDS[Notice(row.name)]
    yield f"`{row.name}` version {row.version}, hash {notices.mark_of(row)}: {SENTENCES[where]}{_next(row, where)}"
    people = [f"{did} {person}" for did, person in _people(row) if person]
    yield f"{kind.title}; approved by {' or '.join(kind.approvers)}; {', '.join(people)}"
    if row.sent_at is not None:
        channel = prose(Untrusted(row.sent_channel), 60)
        yield f"sent by {channel} to {row.sent_count} people, {row.sent_at:%d %b %H:%M} UTC"
    if content.listed is not None:
        on = content.listed
        yield f"{on.people} people ({on.by_mail} by mail, {on.otherwise} otherwise), {on.devices} devices"
    yield from (f"to correct: {prose(Untrusted(problem), 200)}" for problem in content.problems[:5])
    own = f"-draft-{row.name}-{row.version}-"
    yield from (
        f"{code(Untrusted(f.place))} · sha256 {f.sha256}" for f in files_of(session, row.rollback_id) if own in f.name
    )


def _people(row: Draft) -> tuple[tuple[str, str], ...]:
    return (("written by", row.author), ("reviewed by", row.reviewer), ("approved by", row.approver),
            ("marked sent by", row.sent_by))  # fmt: skip
