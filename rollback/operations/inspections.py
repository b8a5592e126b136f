"""Checks of readiness: asked for by a person, due by the clock, and what each came to.

A check that was asked for is a message that is drawn twice: at once, and with its result. One that is due by the clock
is drawn only when its estate has turned bad, and when it is good again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.operations.refusal import Presser, Refusal
from rollback.readiness import Outlook, Report
from rollback.roles import Verb, may
from rollback.systems import LOGINS_BELL
from storage.database import Unit
from storage.models import Inspection
from storage.outbox import Redraw
from storage.words import Event, SubjectKind

BELL = "readiness"
"""Rung when a check has been asked for."""

BY_ITSELF = "bot"  # who asks for what is due
KEPT = 50  # results of checks by itself that are kept of each estate


@dataclass(frozen=True)
class Subject:
    """What is to be checked.

    Attributes:
        estate: The estate's name.
        practice: Whether it is a practice estate.
        channel: Id of the channel where the result is shown.
    """

    estate: str
    practice: bool
    channel: str


def ask(unit: Unit, who: Presser, subject: Subject) -> str:
    """Ask for a check; one that is under way in the same channel is not asked for twice.

    Raises:
        Refusal: Not this person's to ask.
    """
    if not may(who.person, Verb.CHECK):
        raise Refusal("Your roles don't let you ask for a check; nothing was asked.")
    shown = f"The result comes into the message about {subject.estate} in this channel."
    if _under_way(unit.session, subject):
        return f"{subject.estate} is being checked already. {shown}"
    row = _added(unit, subject, who.person.id, scheduled=False)
    unit.note(Event.READINESS_ASKED, None, who.person.id, estate=subject.estate)
    unit.put(Redraw(SubjectKind.READINESS, row, None))
    unit.ring(LOGINS_BELL)  # a person asks: what was refused may be tried once more
    unit.ring(BELL)
    return f"{subject.estate} is being checked; nothing is changed by it. {shown}"


def ask_if_due(unit: Unit, subject: Subject, every: timedelta) -> bool:
    """Ask for the check by itself, if the last one was asked for `every` ago or longer; True if it was due."""
    last = _last(unit.session, subject.estate)
    if last is not None and (last.ended_at is None or unit.now - last.asked_at < every):
        return False
    _added(unit, subject, BY_ITSELF, scheduled=True)
    unit.ring(BELL)
    return True


def waiting(session: Session) -> list[Inspection]:
    """The checks that have no result yet, in the order in which they were asked for."""
    wanted = select(Inspection).where(col(Inspection.ended_at).is_(None)).order_by(col(Inspection.id))
    return list(session.scalars(wanted))


def devices_counted(session: Session, estate: str) -> int | None:
    """How many devices the last check that could count them found; None: none could yet."""
    counts = (report.devices for report in _reports(session, estate))
    return next((count for count in counts if count is not None), None)


def last_report(session: Session, estate: str) -> Report | None:
    """What the last check of an estate came to; None: there was none."""
    return next(_reports(session, estate), None)


def end(unit: Unit, inspection_id: int, report: Report) -> None:
    """Keep what a check came to, and have it shown where somebody waits for it or has to hear of it."""
    row = unit.session.get_one(Inspection, inspection_id)
    before = _last(unit.session, row.estate, before=inspection_id)
    row.ended_at, row.outlook, row.report = unit.now, report.outlook, report.to_json()
    turned = row.scheduled and is_bad(report.outlook) is not (before is not None and is_bad(before.outlook))
    if turned:
        counts = {outlook.value: report.count(outlook) for outlook in Outlook}
        unit.note(Event.READINESS_TURNED, None, BY_ITSELF, estate=row.estate, outlook=report.outlook, counts=counts)
    if turned or not row.scheduled:
        unit.put(Redraw(SubjectKind.READINESS, inspection_id, None))
    _forget(unit.session, row.estate)


def is_bad(outlook: str) -> bool:
    """Whether an estate has to be looked at now; a warning can wait for the morning."""
    return outlook == Outlook.FAIL


def _reports(session: Session, estate: str) -> Iterator[Report]:
    """What the last checks of an estate came to, newest first."""
    mine = (col(Inspection.estate) == estate, col(Inspection.ended_at).is_not(None))
    newest = select(col(Inspection.report)).where(*mine).order_by(col(Inspection.id).desc()).limit(KEPT)
    return (Report.from_json(report) for report in session.scalars(newest) if report is not None)


def _added(unit: Unit, subject: Subject, asked_by: str, *, scheduled: bool) -> int:
    row = Inspection(
        estate=subject.estate,
        practice=subject.practice,
        scheduled=scheduled,
        asked_by=asked_by,
        channel=subject.channel,
        asked_at=unit.now,
    )
    unit.session.add(row)
    unit.session.flush()
    assert row.id is not None  # noqa: S101 - the database has just given it
    return row.id


def _under_way(session: Session, subject: Subject) -> bool:
    return any(
        one.estate == subject.estate and one.channel == subject.channel and not one.scheduled
        for one in waiting(session)
    )


def _last(session: Session, estate: str, before: int | None = None) -> Inspection | None:
    """The newest check by itself of an estate; with `before` the newest of those that came before that one."""
    wanted = select(Inspection).where(col(Inspection.estate) == estate, col(Inspection.scheduled).is_(True))
    if before is not None:
        wanted = wanted.where(col(Inspection.id) < before)
    return session.scalars(wanted.order_by(col(Inspection.id).desc())).first()


def _forget(session: Session, estate: str) -> None:
    mine = (col(Inspection.estate) == estate, col(Inspection.scheduled).is_(True))
    newest = select(col(Inspection.id)).where(*mine).order_by(col(Inspection.id).desc())
    oldest_kept = session.scalars(newest.offset(KEPT - 1)).first()
    if oldest_kept is not None:
        session.execute(delete(Inspection).where(*mine, col(Inspection.id) < oldest_kept))
