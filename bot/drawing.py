"""Which message a subject is drawn as, and where it stands; see `bot.publisher.Draws`."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.publisher import Place
from commands.blocks.board import board
from commands.blocks.gate_card import gate_card
from commands.blocks.handover_card import handover_card
from commands.blocks.headline import headline
from commands.blocks.message import Buttons, Rendered
from commands.blocks.readiness import CheckView, readiness
from commands.blocks.sayings import saying
from commands.blocks.stage_card import stage_card
from rollback.readiness import Report
from rollback.situation import Situation
from rollback.situation.handover import handover_view
from storage.models import Inspection, Message, Outgoing, Rollback, Stage
from storage.words import StageKind, StageState, SubjectKind

UNSEEN = frozenset({StageState.WAITING, StageState.PREVIEWING, StageState.AWAITING_APPROVAL, StageState.APPROVED})
"""A stage that is no further has no card of its own yet: its gate's card shows it."""


KEPT = timedelta(seconds=1)
"""How long a picture is drawn from: what changes meanwhile asks for a redraw of its own."""


class Drawing:
    """Draws messages from the rows, each from one picture of its rollback."""

    def __init__(self) -> None:
        """Nothing is seen yet."""
        self._seen: dict[int, Situation] = {}

    def afresh(self) -> "Drawing":
        """One that has seen nothing yet."""
        return Drawing()

    def shows(self, session: Session, row: Outgoing) -> bool:
        """Whether there is anything to show of a subject: a stage has no card before its gate was passed."""
        if row.subject != SubjectKind.STAGE:
            return True
        stage = session.get_one(Stage, row.subject_id)
        return stage.state not in UNSEEN or stage.kind == StageKind.SAFETY or _shown_before(session, row)

    def subject(self, session: Session, row: Outgoing, buttons: Buttons, now: datetime) -> Place | None:
        """The message of a subject as it stands now, or None where none is to be shown yet."""
        if row.subject == SubjectKind.READINESS:
            return _checked(session, row.subject_id)
        return self._of_rollback(session, row, buttons, now)

    def _of_rollback(self, session: Session, row: Outgoing, buttons: Buttons, now: datetime) -> Place | None:
        rollback = session.get(Rollback, row.rollback_id)
        if rollback is None or rollback.id is None:
            return None
        seen = self._picture(session, rollback.id, now)
        match row.subject:
            case SubjectKind.BOARD:
                return Place(rollback.channel, board(seen, buttons), pinned=True)
            case SubjectKind.GATE:
                return Place(rollback.channel, gate_card(seen, row.subject_id, buttons))
            case SubjectKind.STAGE | SubjectKind.HANDOVER:
                return Place(rollback.channel, _card(session, seen, row, buttons))
            case SubjectKind.HEADLINE if rollback.stakeholders:
                return Place(rollback.stakeholders, headline(seen), pinned=True)
        return None

    def saying(self, session: Session, row: Outgoing, now: datetime) -> Place | None:
        """One new message in the rollback's channel, or where the row says."""
        rollback = session.get(Rollback, row.rollback_id)
        if rollback is None or rollback.id is None:
            return None
        said: Rendered = saying(row.subject, self._picture(session, rollback.id, now), row.facts)
        return Place(row.channel or rollback.channel, said)

    def _picture(self, session: Session, rollback_id: int, now: datetime) -> Situation:
        seen = self._seen.get(rollback_id)
        if seen is None or now - seen.now > KEPT:
            seen = self._seen[rollback_id] = Situation.of(session, rollback_id, now)
        return seen


def _checked(session: Session, inspection_id: int) -> Place | None:
    """A check of readiness, which belongs to no rollback."""
    row = session.get(Inspection, inspection_id)
    if row is None:
        return None
    report = Report.from_json(row.report) if row.report is not None else None
    return Place(row.channel, readiness(CheckView(row.estate, row.practice, row.scheduled, row.asked_at, report)))


def _card(session: Session, seen: Situation, row: Outgoing, buttons: Buttons) -> Rendered:
    if row.subject == SubjectKind.STAGE:
        return stage_card(seen, row.subject_id, buttons)
    return handover_card(seen, handover_view(session, seen, row.subject_id), buttons)


def _shown_before(session: Session, row: Outgoing) -> bool:
    wanted = select(col(Message.id)).where(
        col(Message.subject) == row.subject, col(Message.subject_id) == row.subject_id
    )
    return session.execute(wanted.where(col(Message.ts).is_not(None))).first() is not None
