"""`/rollback timeline`: the last events; `timeline share` puts them before everybody, `timeline add TEXT` adds a note.

Beside it the message shortcut *Add to timeline*, on any message: it is kept with its author and a link to it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from slack_bolt import App
from sqlalchemy.orm import Session

from commands.blocks.parts import head
from commands.blocks.timeline import event_line
from commands.desk import Desk, Press, Reply, open_book
from commands.looking import looking
from commands.router import DEADLINE, Asked, account_of
from rollback.book import Book
from rollback.operations import timeline as notes
from rollback.operations.refusal import Presser, Refusal
from rollback.operations.timeline import Heard
from rollback.report.gathering.last import last_lines
from rollback.roles import Account, Verb, may
from rollback.situation import Situation
from storage.database import Unit
from storage.outbox import Say

ADD_TO_TIMELINE = "rb:add-to-timeline"
"""`callback_id` of the message shortcut; it stands in manifest.yml too."""
FEW, MOST = 15, 40
USAGE = (
    "`/rollback timeline [N]`, `/rollback timeline share [N]` or `/rollback timeline add TEXT`. Nothing was changed."
)
_DOMAIN = re.compile(r"^[a-z0-9][a-z0-9-]{0,62}$")
_CHANNEL = re.compile(r"^[A-Z0-9]{2,20}$")
_TS = re.compile(r"^(\d{1,12})\.(\d{1,10})$")


def timeline(desk: Desk, asked: Asked) -> Reply:
    """`timeline [N]`: only you see it; `timeline share [N]`: everybody does; `timeline add TEXT`: a note of yours.

    Raises:
        Refusal: It can't be understood, or isn't this person's to do.
    """
    word = asked.words[0].lower() if asked.words else ""
    if word == "add":
        return _add(desk, asked)
    if word == "share":
        return _share(desk, asked, _how_many(asked.words[1:]))
    many = _how_many(asked.words)
    return looking(desk, asked, Verb.TIMELINE, lambda session, number: "\n".join(_told(desk, session, number, many)))


def _how_many(words: Sequence[str]) -> int:
    if not words:
        return FEW
    if len(words) > 1 or not words[0].isdecimal() or not 0 < int(words[0]) <= MOST:
        raise Refusal(USAGE)
    return int(words[0])


def _told(desk: Desk, session: Session, rollback_id: int, many: int) -> Iterator[str]:
    seen = Situation.of(session, rollback_id, desk.clock.now())
    entries = last_lines(session, seen, many)
    yield f"*{head(seen)}*: the last {len(entries)} events; the report has all of them"
    yield from (event_line(seen, entry) for entry in entries)


def _share(desk: Desk, asked: Asked, many: int) -> Reply:
    rollback_id = desk.latest(asked.press.channel)

    def unit_of_work(unit: Unit, who: Presser) -> str:
        if not may(who.person, Verb.TIMELINE):
            raise Refusal("Your roles don't let you share the timeline; nothing was changed.", rollback_id)
        seen = Situation.of(unit.session, rollback_id, unit.now)
        shown = [entry.model_dump(mode="json") for entry in last_lines(unit.session, seen, many)]
        unit.put(Say("timeline", rollback_id, {"by": who.person.id, "entries": shown}))
        return f"The last {len(shown)} events follow in the channel."

    return desk.do(asked.press, unit_of_work, rollback_id)


def _add(desk: Desk, asked: Asked) -> Reply:
    rollback_id, text = desk.latest(asked.press.channel), asked.rest(1)

    def unit_of_work(unit: Unit, who: Presser) -> str:
        heard = Heard(text, who.person.id, unit.now)
        return notes.add(unit, open_book(unit, rollback_id), who, heard)

    return desk.do(asked.press, unit_of_work, rollback_id)


def register(app: App, desk: Desk) -> None:
    """Let `app` answer the shortcut *Add to timeline*."""

    @app.message_shortcut(ADD_TO_TIMELINE)
    def shortcut(ack: Callable[..., Any], body: dict[str, Any]) -> None:
        reply, channel = add_message(desk, body)
        ack()
        if channel:
            desk.views.tell(channel, str(body["user"]["id"]), reply.sentence)


def add_message(desk: Desk, body: Mapping[str, Any]) -> tuple[Reply, str]:
    """What Slack's payload of the shortcut asks for: the answer, and the channel in which the person is told."""
    press = press_of(body)
    try:
        rollback_id = desk.latest(press.channel)
    except Refusal as no:
        return desk.refuse(press, no), press.channel

    def unit_of_work(unit: Unit, who: Presser) -> str:
        book = open_book(unit, rollback_id)
        return notes.add(unit, book, who, heard_of(book, press, body))

    return desk.do(press, unit_of_work, rollback_id), desk.channel_of(rollback_id)


def press_of(body: Mapping[str, Any]) -> Press:
    """Who used the shortcut, and on which message."""
    user, enterprise = body["user"], body.get("enterprise") or {}
    return Press(
        key=f"shortcut:{body['trigger_id']}",
        account=account_of(user.get("team_id") or body["team"]["id"], user["id"], enterprise.get("id")),
        channel=str((body.get("channel") or {}).get("id", "")),
        ts=str(body.get("message_ts") or (body.get("message") or {}).get("ts", "")),
        trigger=str(body["trigger_id"]),
        deadline=body.get(DEADLINE),
    )


def heard_of(book: Book, press: Press, body: Mapping[str, Any]) -> Heard:
    """The message with its author and a link to it; the author is a named person where the account is one's."""
    message: Mapping[str, Any] = body.get("message") or {}
    account = Account(team=str(message.get("team") or press.account.team), user=str(message.get("user") or "bot"))
    person = book.roster.by_account(account)
    author = person.id if person is not None else "bot" if message.get("bot_id") else f"{account.team}/{account.user}"
    return Heard(
        text=str(message.get("text", "")),
        author=author,
        said_at=_said_at(press.ts, book),
        channel=press.channel,
        ts=press.ts,
        link=link_to(str((body.get("team") or {}).get("domain", "")), press.channel, press.ts),
    )


def link_to(domain: str, channel: str, ts: str) -> str:
    """The address of a message, as Slack's *Copy link* gives it; empty where a part of it isn't what it should be."""
    at = _TS.match(ts)
    if at is None or not _DOMAIN.match(domain) or not _CHANNEL.match(channel):
        return ""
    return f"https://{domain}.slack.com/archives/{channel}/p{at[1]}{at[2]}"


def _said_at(ts: str, book: Book) -> datetime:
    at = _TS.match(ts)
    return datetime.fromtimestamp(int(at[1]), tz=UTC) if at is not None else book.row.started_at
