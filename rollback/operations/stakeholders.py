"""Stakeholders are told: at each real change, when a number they were given was wrong, and when it was promised.

What they were told last lies in the rollback's row and is changed in the same unit as the message: a restart neither
tells a thing twice nor forgets it. The headline is drawn again with every message.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.book import OPEN, Book
from rollback.drafts.plainness import findings
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb, may
from rollback.situation import Situation
from storage.database import Unit
from storage.models import Rollback
from storage.outbox import Redraw, Say
from storage.words import Event, RollbackState, SubjectKind

FIRST_UPDATES = timedelta(minutes=30)
LATER_UPDATES = timedelta(minutes=60)
SLOWER_AFTER = timedelta(hours=2)
NAG_BEFORE = timedelta(minutes=5)
"""Communications hears this long before an update is due, so that a person can add what the facts don't say."""
SETTLE = timedelta(minutes=1)
"""Steps that follow each other faster are told as one; what users notice is told at once."""
SLIPPED = timedelta(minutes=15)
"""A time that slips by less is not worth a correction; one that comes earlier is told with the next word."""
COUNTED = ("must", "check_first", "people")
LONGEST = 1_500

Json = Mapping[str, Any]


class Kind(StrEnum):
    """What is said."""

    NOTHING = "nothing"  # only kept: the headline was the first word
    CHANGE = "change"
    CORRECTION = "correction"
    UPDATE = "update"
    WORDS = "words"
    NAG = "nag"


def public(s: Situation) -> dict[str, Any]:
    """The part of a picture of which a change is news to stakeholders, as it is kept in the row."""
    door = "closed" if s.door.closed else "reopened" if s.door.opened_at is not None else "open"
    live = s.clocks.live_at if s.hold is None and not s.ended else None
    return {
        "door": door,
        "doing": str(s.state) if s.ended or s.hold is not None else s.phase,
        "healthy": s.clocks.live,
        "counts": {name: s.counts[name] for name in COUNTED if name in s.counts},
        "expected": live.isoformat() if live is not None and not s.clocks.live else "",
    }


@dataclass(frozen=True, slots=True)
class Due:
    """Something that stakeholders, or communications, are to be told.

    Attributes:
        rollback_id: Of which rollback.
        kind: What is said.
        facts: What goes with it.
        now: What will have been told.
        seen: What had been told, and when the next word was promised, when this was found to be due.
    """

    rollback_id: int
    kind: Kind
    facts: dict[str, Any]
    now: dict[str, Any]
    seen: tuple[Any, datetime | None]


def due(session: Session, now: datetime) -> list[Due]:
    """What is due in open rollbacks: read apart from the writer, because a whole picture is drawn for it."""
    rows = session.scalars(select(Rollback).where(col(Rollback.state).in_(list(OPEN)))).all()
    return [found for row in rows if row.id and (found := _due(row, Situation.of(session, row.id, now)))]


def tell(unit: Unit, due: Due) -> None:
    """Say what was found to be due, unless something was said in between."""
    row = unit.session.get_one(Rollback, due.rollback_id)
    if (row.told, row.next_update_at) != due.seen or row.ended_at is not None:
        return
    if due.kind is Kind.NAG:
        row.nagged_for = row.next_update_at
        unit.put(Say("update-due", row.id, due.facts))
    elif due.kind is Kind.NOTHING:
        _keep(row, unit.now, due.now)
    else:
        _say(unit, row, due.now, due.kind, due.facts)


def _due(row: Rollback, s: Situation) -> Due | None:
    now = public(s)
    assert row.id is not None  # noqa: S101 - read from the database

    def found(kind: Kind, **facts: Any) -> Due:  # noqa: ANN401 - JSON
        return Due(row.id or 0, kind, facts, now, (row.told, row.next_update_at))

    if not row.told or row.next_update_at is None:
        return found(Kind.NOTHING)  # the headline has just been posted: that was the first word
    changed, wrong = sorted(_news(row, now, s.now)), list(corrections(row.told, now))
    if changed:
        return found(Kind.CHANGE, changed=changed, wrong=wrong)
    if wrong:
        return found(Kind.CORRECTION, wrong=wrong)
    if row.next_update_at <= s.now:
        return found(Kind.UPDATE)
    if row.next_update_at - s.now <= NAG_BEFORE and row.nagged_for != row.next_update_at:
        return found(Kind.NAG, by_hand=not row.stakeholders)
    return None


def tell_end(unit: Unit, book: Book) -> None:
    """Tell how a rollback ended, in the unit that ends it."""
    seen = Situation.of(unit.session, book.id, unit.now)
    _say(unit, book.row, public(seen), Kind.CHANGE, {"changed": ["doing"], "wrong": []})


def say(unit: Unit, book: Book, who: Presser, text: str, *, correction: bool) -> str:
    """Tell stakeholders something in words of one's own: a new message, also where it corrects an earlier one.

    Raises:
        Refusal: Not this person's to say, nowhere to say it, or it is not plain.
    """
    if not may(who.person, Verb.TELL):
        raise Refusal("Your roles don't let you tell stakeholders; nothing was posted.", book.id)
    if not book.row.stakeholders:
        raise Refusal("This rollback has no stakeholders' channel; nothing was posted.", book.id)
    told = text.strip()
    if not told or len(told) > LONGEST:
        raise Refusal(f"Say it in 1 to {LONGEST} characters; nothing was posted.", book.id)
    found = findings(told, tuple(_names(book)))
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise Refusal(f"Nothing was posted: {found[0].message}{more}.", book.id)
    seen = Situation.of(unit.session, book.id, unit.now)
    facts = {"text": told, "correction": correction}
    _say(unit, book.row, public(seen), Kind.WORDS, facts, by=who.person.id)
    return "It is posted to the stakeholders' channel, as a correction." if correction else "It is posted."


def corrections(told: Json, now: Json) -> Iterator[dict[str, str]]:
    """What stakeholders were told and isn't so any more, before and after: numbers, and when it is over."""
    for name, before in told.get("counts", {}).items():
        after = now["counts"].get(name)
        if after is not None and after != before:
            yield {"what": name, "before": str(before), "after": str(after)}
    was, will = told.get("expected", ""), now["expected"]
    if was and will and datetime.fromisoformat(will) - datetime.fromisoformat(was) >= SLIPPED:
        yield {"what": "expected", "before": was, "after": will}


def every(row: Rollback, now: datetime) -> timedelta:
    """How often stakeholders are told at least: every 30 minutes for two hours, then every 60."""
    return FIRST_UPDATES if now - row.started_at < SLOWER_AFTER else LATER_UPDATES


def _news(row: Rollback, now: Json, at: datetime) -> set[str]:
    """What has changed for stakeholders; steps that follow each other fast wait until they can be told as one."""
    changed = {key for key in ("door", "doing", "healthy") if row.told.get(key) != now[key]}
    changed |= {"counts"} if now["counts"].keys() - row.told.get("counts", {}).keys() else set()
    only_steps = changed == {"doing"} and RollbackState.PAUSED not in (row.told.get("doing"), now["doing"])
    lately = row.last_update_at is not None and at - row.last_update_at < SETTLE
    return set() if only_steps and lately else changed


def _say(unit: Unit, row: Rollback, now: dict[str, Any], kind: Kind, facts: dict[str, Any], by: str = "bot") -> None:
    assert row.id is not None  # noqa: S101 - read from the database
    _keep(row, unit.now, now)
    unit.note(Event.STAKEHOLDERS_TOLD, row.id, by, what=kind.value)
    if row.stakeholders:
        unit.put(_saying(row, kind, facts))
        unit.put(Redraw(SubjectKind.HEADLINE, row.id, row.id))
    elif row.ended_at is None:
        unit.put(Say("update-due", row.id, {"by_hand": True, "now": True}))


def _saying(row: Rollback, kind: Kind, facts: dict[str, Any]) -> Say:
    channel = row.stakeholders
    match kind:
        case Kind.CHANGE:
            return Say("stakeholders-change", row.id, facts, channel=channel)
        case Kind.CORRECTION:
            return Say("stakeholders-correction", row.id, facts, channel=channel)
        case Kind.WORDS:
            return Say("stakeholders-words", row.id, facts, channel=channel)
        case _:
            return Say("stakeholders-update", row.id, facts, channel=channel)


def _keep(row: Rollback, at: datetime, now: dict[str, Any]) -> None:
    row.told, row.last_update_at, row.next_update_at = now, at, at + every(row, at)


def _names(book: Book) -> Iterator[str]:
    """What must not stand in a message to stakeholders: people, servers, addresses of this rollback."""
    yield from (person.name for person in book.roster.people)
    for node in book.estate.nodes:
        yield from (node.name, node.address)
