"""From the outbox to Slack: each message is drawn from the rows when it is sent, posted once and then only updated.

A rollback never waits for Slack. After a lost reply the publisher looks for our own message before it posts again.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any, Protocol

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from sqlalchemy import case, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from commands.blocks.message import Buttons, Rendered
from storage.clock import Clock
from storage.database import Database, Lane, Unit
from storage.models import Message, Outgoing
from storage.outbox import asked_again
from storage.words import OutboxKind, OutboxState, SubjectKind

METADATA = "rollback_bot_message"
AGAIN = timedelta(seconds=5)
FOR_GOOD = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_too_long",
        "msg_blocks_too_long",
        "no_text",
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "message_not_found",
        "cant_update_message",
        "invalid_arguments",
    }
)
"""Slack errors that the same message meets again: it becomes a dead letter, shown on the board."""

INFORMS = frozenset({SubjectKind.BOARD, SubjectKind.HEADLINE})
"""What people read and hardly press."""

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 6


class Draws(Protocol):
    """Makes messages from rows."""

    def afresh(self) -> "Draws":
        """One that has seen nothing yet: it may draw all that is sent in one go from the same picture."""
        ...

    def shows(self, session: Session, row: Outgoing) -> bool:
        """Whether there is anything to show of a subject (yet)."""
        ...

    def subject(self, session: Session, row: Outgoing, buttons: Buttons, now: datetime) -> "Place | None":
        """The message of a subject as it stands now, or None where none is to be shown."""
        ...

    def saying(self, session: Session, row: Outgoing, now: datetime) -> "Place | None":
        """One new message, or None where nothing is to be said."""
        ...


@dataclass(frozen=True)
class Place:
    """A message and where it goes.

    Attributes:
        channel: A channel's or a person's Slack id.
        message: What is shown.
        pinned: Whether it is pinned once it is there.
    """

    channel: str
    message: Rendered
    pinned: bool = False


class Publisher:
    """Takes the outbox to Slack; `publish_due` sends what is due, in the order of the outbox."""

    def __init__(
        self, database: Database, clock: Clock, slack: WebClient, draws: Draws, *, calm: timedelta = timedelta(0)
    ) -> None:
        """Publish with `slack` what `draws` makes of the rows.

        Args:
            database: Rows and units.
            clock: The time source.
            slack: The Web API client.
            draws: Makes the messages.
            calm: How long what only informs stays as it was drawn: nobody reads a board that changes ten times a
                second, and Slack takes 50 updates a minute. Cards, on which people press, never wait.
        """
        self._database = database
        self._clock = clock
        self._slack = slack
        self._draws = draws
        self._calm = calm
        self._drawn_at: dict[tuple[str, int], datetime] = {}

    def publish_due(self, *, last: bool = False) -> int:
        """Send everything that is due; one bad message holds up none of the others. Returns how many were sent.

        Args:
            last: Whether it is the last time before the bot ends: then nothing is left for later.
        """
        now = self._clock.now()
        with self._database.read() as session:
            wanted = select(Outgoing).where(col(Outgoing.state) == OutboxState.WAITING).order_by(col(Outgoing.id))
            rows = [row for row in session.scalars(wanted) if row.not_before is None or row.not_before <= now]
        draws = self._draws.afresh()
        return sum(self._publish(row, draws) for row in rows if last or not self._is_calm(row, now))

    def _is_calm(self, row: Outgoing, now: datetime) -> bool:
        if row.kind != OutboxKind.REDRAW or row.subject not in INFORMS:
            return False
        seen = self._drawn_at.get((row.subject, row.subject_id))
        if seen is not None and timedelta(0) <= now - seen < self._calm:
            return True
        self._drawn_at[row.subject, row.subject_id] = now
        return False

    def _publish(self, row: Outgoing, draws: Draws) -> bool:
        try:
            if row.kind == OutboxKind.REDRAW:
                self._redraw(row, draws)
            else:
                self._say(row, draws)
        except SlackApiError as error:
            self._refused(row, error)
            return False
        except (OSError, HTTPException) as error:
            name = type(error).__name__
            self._run(lambda unit: _later(unit, row.id, AGAIN, f"Slack did not answer ({name})"))
            return False
        return True

    def _redraw(self, row: Outgoing, draws: Draws) -> None:
        with self._database.read() as session:
            if not draws.shows(session, row):
                self._run(lambda unit: _drawn(unit, row))
                return
        message = self._registered(row)
        buttons = Buttons(self._database.installation, message.nonce, message.code)
        with self._database.read() as session:
            place = draws.subject(session, row, buttons, self._clock.now())
        if place is None:
            self._run(lambda unit: _drawn(unit, row))
            return
        if message.ts is None:
            message.ts = self._find_own(place.channel, message.nonce) if row.tries else None
        if message.ts is None:
            ts = self._post(place, message.nonce)
        else:
            ts = message.ts
            self._slack.chat_update(
                channel=message.channel or place.channel,
                ts=ts,
                text=place.message.text,
                blocks=list(place.message.blocks),
            )
        self._run(lambda unit: _shown(unit, row, message.id, place.channel, ts))
        if place.pinned and message.ts is None:
            self._pin(place.channel, ts)

    def _say(self, row: Outgoing, draws: Draws) -> None:
        with self._database.read() as session:
            place = draws.saying(session, row, self._clock.now())
        already = place is not None and row.tries > 0 and self._find_own(place.channel, row.nonce)
        if place is not None and not already:
            self._run(lambda unit: _trying(unit, row.id))
            self._post(place, row.nonce)
        self._run(lambda unit: _sent(unit, row.id))

    def _registered(self, row: Outgoing) -> Message:
        """The message row of a subject: made, and committed, before anything is posted."""
        with self._database.read() as session:
            found = _current(session, row)
        if found is not None and found.ts is not None:
            return found
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) if row.subject == SubjectKind.GATE else ""

        def unit_of_work(unit: Unit) -> Message:
            found = _current(unit.session, row)
            if found is None:
                found = Message(
                    rollback_id=row.rollback_id, subject=row.subject, subject_id=row.subject_id, channel="",
                    nonce=secrets.token_urlsafe(16), code=code,
                )  # fmt: skip
                unit.session.add(found)
                unit.session.flush()
            elif found.ts is None:
                _trying(unit, row.id)
                row.tries = max(row.tries, 1)
            return found

        return self._database.submit(unit_of_work, Lane.BULK).result()

    def _post(self, place: Place, nonce: str) -> str:
        answer = self._slack.chat_postMessage(
            channel=place.channel,
            text=place.message.text,
            blocks=list(place.message.blocks),
            metadata={"event_type": METADATA, "event_payload": {"nonce": nonce}},
            unfurl_links=False,
            unfurl_media=False,
            link_names=False,
            parse="none",
        )
        return str(answer["ts"])

    def _find_own(self, channel: str, nonce: str) -> str | None:
        """The time stamp of a message that we posted with this nonce, although its reply was lost."""
        answer = self._slack.conversations_history(channel=channel, limit=100, include_all_metadata=True)
        for message in answer["messages"]:
            metadata: Mapping[str, Any] = message.get("metadata") or {}
            ours = metadata.get("event_type") == METADATA and bool(message.get("bot_id"))
            if ours and metadata.get("event_payload", {}).get("nonce") == nonce:
                return str(message["ts"])
        return None

    def _pin(self, channel: str, ts: str) -> None:
        try:
            self._slack.pins_add(channel=channel, timestamp=ts)
        except SlackApiError as error:
            if error.response["error"] not in ("already_pinned", "not_pinnable", "missing_scope"):
                raise

    def _refused(self, row: Outgoing, error: SlackApiError) -> None:
        reason = str(error.response["error"])
        if error.response.status_code == 429 or reason == "ratelimited":
            wait = timedelta(seconds=int(error.response.headers.get("Retry-After", 1)))
            self._run(lambda unit: _later(unit, row.id, wait, reason, count=False))
        elif reason in FOR_GOOD:
            self._run(lambda unit: _dead(unit, row.id, reason))
        else:
            self._run(lambda unit: _later(unit, row.id, AGAIN, reason))

    def _run(self, unit: Any) -> Any:  # noqa: ANN401 - whatever the unit returns
        return self._database.submit(unit, Lane.BULK).result()


def _current(session: Session, row: Outgoing) -> Message | None:
    """The card of a row's subject that is the current one."""
    wanted = select(Message).where(
        col(Message.subject) == row.subject,
        col(Message.subject_id) == row.subject_id,
        col(Message.current).is_(True),
    )
    return session.scalars(wanted).first()


def _row(unit: Unit, row_id: int | None) -> Outgoing:
    return unit.session.get_one(Outgoing, row_id)


def _trying(unit: Unit, row_id: int | None) -> None:
    _row(unit, row_id).tries += 1


def _sent(unit: Unit, row_id: int | None) -> None:
    row = _row(unit, row_id)
    row.state, row.error = OutboxState.SENT, ""


def _later(unit: Unit, row_id: int | None, after: timedelta, why: str, *, count: bool = True) -> None:
    row = _row(unit, row_id)
    row.tries, row.not_before, row.error = row.tries + int(count), unit.now + after, why


def _dead(unit: Unit, row_id: int | None, why: str) -> None:
    row = _row(unit, row_id)
    row.state, row.error = OutboxState.DEAD, why


def _shown(unit: Unit, seen: Outgoing, message_id: int | None, channel: str, ts: str) -> None:
    unit.session.execute(
        update(Message)
        .where(col(Message.id) == message_id)
        .values(
            ts=ts,
            channel=case((col(Message.channel) == "", channel), else_=col(Message.channel)),
            version=col(Message.version) + 1,
        )
    )
    _drawn(unit, seen)


def _drawn(unit: Unit, seen: Outgoing) -> None:
    """A redraw is done, unless it was asked for again since it was taken from the outbox: then it waits on."""
    row = _row(unit, seen.id)
    if asked_again(row) == asked_again(seen):
        row.state, row.error = OutboxState.SENT, ""
    else:
        unit.ring("publisher")
