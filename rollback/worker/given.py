"""What an action may know of a rollback, read from its rows; and who makes each of its changes."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from rollback import journal
from rollback.actions.action import Change, Given, Preview
from rollback.book import BY_HAND, Book
from rollback.operations.notices import notices_standing
from storage.models import ChangeRow, Stage
from storage.words import By, Mode, StageState, SystemName


def given_of(session: Session, book: Book, stage: Stage, now: datetime, *, claiming: bool) -> Given:
    """Everything that the action of `stage` may know now."""
    planned = book.planned(stage)
    return Given(
        rollback=book.label,
        stage=stage.name,
        target=planned.target,
        attempt=stage.attempt,
        estate=book.estate,
        drill=book.row.drill,
        params={**planned.params, "nodes": planned.nodes},
        facts=book.row.facts,
        choices=book.choices,
        influencers=book.influencers,
        results={name: row.result for name, row in book.stages.items() if row.state == StageState.SUCCEEDED},
        states={name: row.state for name, row in book.stages.items()},
        runbook_hash=book.row.plan_hash,
        claiming=claiming,
        now=now,
        planned=tuple(change_of(row) for row in journal.changes_of(session, stage)),
        made=tuple(change_of(row) for row in journal.made_in(session, stage)),
        stage_started=stage.started_at,
        notices=notices_standing(session, book.id),
        rollback_id=book.id,
    )


def change_of(row: ChangeRow) -> Change:
    """A stored change as its effect sees it."""
    return Change(
        kind=row.kind,
        group=row.group,
        system=SystemName(row.system),
        target=row.target,
        text=row.text,
        detail=row.detail,
        by=By(row.by),
        outcome={**(row.outcome or {}), "state": row.state, "by": By.PERSON if row.person else By.BOT},
    )


def with_hands(preview: Preview, book: Book, stage: Stage) -> Preview:
    """The preview with each change given to whoever makes it: the bot, or a person where the system isn't on `act`."""
    by_hand = bool(book.choices.get(BY_HAND + stage.name))
    changes = tuple(
        replace(change, by=By.PERSON) if by_hand or not _by_bot(book, change) else change for change in preview.changes
    )
    return replace(preview, changes=changes)


def _by_bot(book: Book, change: Change) -> bool:
    """Whether the bot carries a change out: it may act on the system, or it may read it and nothing else is needed."""
    mode = book.estate.mode(change.system)
    if change.system is SystemName.XENMOBILE:  # it is only ever read, and what is off is not proposed
        return True
    return mode is Mode.ACT or (mode is Mode.WATCH and change.reads)
