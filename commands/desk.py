"""What every listener works with: who pressed, one unit for what they want, and the same answer if it arrives twice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from commands.blocks.start_dialog import StartOffer
from rollback.book import OPEN, Book, label
from rollback.operations.refusal import Presser, Refusal
from rollback.operations.start import Order
from rollback.roles import Account
from rollback.stages import Overtaken
from storage.clock import Clock
from storage.database import Database, TooLate, Unit
from storage.models import Inbound, Message, Rollback
from storage.words import Event


@dataclass(frozen=True)
class Press:
    """One press, command or submit, as Slack delivered it.

    Attributes:
        key: Unique for what the person did, however often Slack delivers it.
        account: Who.
        channel: Where; empty for a dialog.
        ts: The message that was pressed; empty for a command.
        trigger: Opens one dialog, within three seconds.
        deadline: On the clock's monotonic hand: a unit that has not begun by then is dropped.
    """

    key: str
    account: Account
    channel: str = ""
    ts: str = ""
    trigger: str = ""
    deadline: float | None = None


@dataclass(frozen=True)
class Reply:
    """What a person is told.

    Attributes:
        sentence: One clear sentence.
        refused: Whether it was a no: nothing was changed.
    """

    sentence: str
    refused: bool = False


class Identity(Protocol):
    """Who is this Slack user?"""

    def presser(self, account: Account, roster_of: "Rollback | None") -> Presser:
        """The named person behind an account.

        Raises:
            Refusal: A stranger, a guest, a bot, somebody deactivated or of another team, or nobody could be asked.
        """
        ...


class Views(Protocol):
    """Opens dialogs after the acknowledgement, on a small pool of its own."""

    def open(self, trigger: str, view: Mapping[str, Any]) -> None:
        """Open a dialog; an error is told to nobody but the log, because the trigger is gone by then."""
        ...

    def update(self, view_id: str, seen: str, view: Mapping[str, Any]) -> None:
        """Draw an open dialog again, unless it changed since `seen` (its hash)."""
        ...

    def tell(self, channel: str, user: str, text: str) -> None:
        """Tell one person something in a channel, seen by nobody else."""
        ...


class Starts(Protocol):
    """What the start dialog offers and what its answers become."""

    def offer(self, estate: str = "") -> StartOffer:
        """What the dialog shows, for the estate of that name or the first one, real ones first."""
        ...

    def order(self, answers: Mapping[str, str], channel: str) -> Order:
        """The order that a filled-in start dialog means.

        Raises:
            Refusal: An answer can't be used; the sentence says which.
        """
        ...


@dataclass(frozen=True)
class Desk:
    """Everything that a listener may use."""

    database: Database
    clock: Clock
    identity: Identity
    views: Views
    starts: Starts

    def do(self, press: Press, what: Callable[[Unit, Presser], str], rollback_id: int | None = None) -> Reply:
        """Carry out one unit for a press and return the sentence that answers it.

        What arrives twice gets the stored answer and changes nothing. A refusal changes nothing either, is audited,
        and its sentence is the answer.

        Raises:
            TooLate: The unit did not begin in time: the press must not be acknowledged.
        """
        seen = self._seen(press.key)
        if seen is not None:
            return seen
        try:
            with self.database.read() as session:
                row = session.get(Rollback, rollback_id) if rollback_id else None
            who = self.identity.presser(press.account, row)
            return self._click(press, lambda unit: Reply(what(unit, who)))
        except Refusal as no:
            return self.refuse(press, no, rollback_id)
        except Overtaken as overtaken:
            return self.refuse(press, Refusal(str(overtaken)), rollback_id)

    def refuse(self, press: Press, no: Refusal, rollback_id: int | None = None) -> Reply:
        """Write a refusal in the audit and return its sentence."""

        def unit_of_work(unit: Unit) -> Reply:
            about = no.rollback_id or rollback_id
            account = f"{press.account.team}/{press.account.user}"
            unit.note(Event.ACCESS_REFUSED, about, account, why=no.sentence)
            return Reply(no.sentence, refused=True)

        return self._click(press, unit_of_work)

    def _click(self, press: Press, what: Callable[[Unit], Reply]) -> Reply:
        def unit_of_work(unit: Unit) -> Reply:
            stored = unit.session.get(Inbound, press.key)
            if stored is not None:
                return Reply(stored.answer, stored.refused)
            reply = what(unit)
            unit.session.add(Inbound(key=press.key, answer=reply.sentence, refused=reply.refused, at=unit.now))
            return reply

        return self.database.click(unit_of_work, press.deadline)

    def _seen(self, key: str) -> Reply | None:
        with self.database.read() as session:
            stored = session.get(Inbound, key)
            return None if stored is None else Reply(stored.answer, stored.refused)

    def current(self, channel: str) -> int:
        """Id of the open rollback whose channel this is, or of the only open one.

        Raises:
            Refusal: There is none, or several and none belongs to this channel.
        """
        with self.database.read() as session:
            found = list(session.scalars(select(Rollback).where(Rollback.state.in_(list(OPEN)))))  # type: ignore[attr-defined]
            here = [row for row in found if row.channel == channel] or found
            if len(here) == 1 and here[0].id is not None:
                return here[0].id
            if not found:
                last = session.scalars(select(Rollback).order_by(Rollback.id.desc())).first()  # type: ignore[union-attr]
                ended = f" {label(last.number)} is {last.state}." if last is not None else ""
                raise Refusal(f"No rollback is open.{ended} `/rollback start` begins one.")
        raise Refusal("Several rollbacks are open: use the command in the channel of the one you mean.")

    def latest(self, channel: str) -> int:
        """Id of the rollback that a question in this channel means: the open one, else the newest.

        Raises:
            Refusal: There never was one.
        """
        try:
            return self.current(channel)
        except Refusal:
            with self.database.read() as session:
                last = session.scalars(select(Rollback).order_by(Rollback.id.desc())).first()  # type: ignore[union-attr]
            if last is None or last.id is None:
                raise
            return last.id

    def channel_of(self, rollback_id: int | None) -> str:
        """Slack id of a rollback's channel, or empty."""
        if rollback_id is None:
            return ""
        with self.database.read() as session:
            row = session.get(Rollback, rollback_id)
            return "" if row is None else row.channel

    def card(self, press: Press, nonce: str) -> Message:
        """The registered card that was pressed.

        The button says no more than its nonce; what it means is what our own row for this channel and time stamp says.

        Raises:
            Refusal: It isn't a card of ours, or no longer the current one.
        """
        with self.database.read() as session:
            found = session.scalars(
                select(Message).where(Message.channel == press.channel, Message.ts == press.ts)  # type: ignore[arg-type]
            ).first()
            being_posted = found is None and self._is_being_posted(session, nonce)
        if being_posted:
            raise Refusal("This card was posted a moment ago and isn't registered yet. Press once more.")
        if found is None or found.nonce != nonce:
            raise Refusal("This is not a card of mine, or a copy of one. Use the card in the channel.")
        if not found.current:
            raise Refusal("This card is out of date; a newer one is in the channel.", found.rollback_id)
        return found

    @staticmethod
    def _is_being_posted(session: Session, nonce: str) -> bool:
        """Whether the publisher is posting the message with this nonce, and hasn't written down yet where it is."""
        wanted = select(col(Message.id)).where(col(Message.nonce) == nonce, col(Message.ts).is_(None))
        return session.execute(wanted).first() is not None

    def card_by_code(self, session: Session, rollback_id: int, code: str) -> Message:
        """The current card whose text code was typed.

        Raises:
            Refusal: No current card of this rollback has that code.
        """
        wanted = select(Message).where(
            Message.rollback_id == rollback_id,  # type: ignore[arg-type]
            Message.code == code.strip().upper(),  # type: ignore[arg-type]
        )
        found = list(session.scalars(wanted))
        current = [message for message in found if message.current and message.ts]
        if len(current) != 1:
            reason = "is out of date: look at the newer card" if found else "is on no card of this rollback"
            raise Refusal(f"The code {reason}; nothing was changed.", rollback_id)
        return current[0]


def open_book(unit: Unit, rollback_id: int) -> Book:
    """The rollback of a press, open in its unit."""
    return Book.open(unit.session, rollback_id)


__all__ = ["Desk", "Identity", "Press", "Reply", "Starts", "TooLate", "Views", "open_book"]
