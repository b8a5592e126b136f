"""Verifying: the bot's checks and the people's, side by side, until all have passed or one has failed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollback import journal
from rollback.actions.action import Check, Json, Verdict
from rollback.book import Book
from rollback.operations import lead
from rollback.operations.notices import BELL
from rollback.stages import move, redraw
from rollback.worker.bench import PEOPLE_AGAIN
from storage.database import Unit
from storage.models import CheckRow, Stage
from storage.outbox import Say
from storage.words import By, CheckState, Event, StageState

LEAST = timedelta(seconds=1)
PASSING = frozenset({CheckState.PASSED, CheckState.NOT_CHECKED})


@dataclass(frozen=True)
class Standing:
    """All checks of a stage taken together.

    Attributes:
        failed: Sentences of those that failed.
        waits_for_bot: Whether a check of the bot's is open.
        waits_for_people: Whether a check of people's is open.
        flags: What stands on the card of a stage that succeeds all the same.
    """

    failed: tuple[str, ...]
    waits_for_bot: bool
    waits_for_people: bool
    flags: tuple[str, ...]


def record(unit: Unit, stage: Stage, checks: tuple[Check, ...]) -> None:
    """Bring the bot's checks up to date; one that has passed stays passed."""
    assert stage.id is not None  # noqa: S101 - read from the database
    rows = {row.name: row for row in checks_of(unit.session, stage)}
    for check in checks:
        row = rows.get(check.name)
        if row is None:
            row = CheckRow(
                stage_id=stage.id, attempt=stage.attempt, name=check.name, by=By.BOT, state=CheckState.OPEN, at=unit.now
            )
            unit.session.add(row)
        elif row.by != By.BOT or row.state == CheckState.PASSED or (row.state, row.text) == (check.state, check.text):
            continue
        became = row.state != check.state
        row.state, row.text, row.at = check.state, check.text, unit.now
        if became:
            unit.note(
                Event.CHECK_ANSWERED, stage.rollback_id, "bot", stage=stage.name, check=check.name,
                passed=check.state == CheckState.PASSED, attempt=stage.attempt, state=check.state.value,
            )  # fmt: skip
            redraw(unit, stage)
            unit.ring(BELL)
    unit.session.flush()


def standing(unit: Unit, book: Book, stage: Stage, *, after: int | None) -> Standing:
    """How the checks stand: all of them, or those that must pass after one group of changes."""
    planned = {check.name: check for check in book.planned(stage).checks}
    failed: list[str] = []
    flags: list[str] = []
    bot = people = False
    for row in checks_of(unit.session, stage):
        if after is not None and row.after != after and row.by == By.PERSON:
            continue
        optional = row.name in planned and planned[row.name].optional
        if row.state == CheckState.FAILED and not optional:
            failed.append(f"{row.name}: {row.text}")
        elif row.state == CheckState.FAILED:
            flags.append(f"{row.name}: {row.text}")
        elif row.state == CheckState.NOT_CHECKED:
            flags.append(f"{row.name}: not checked by machine")
        elif row.state == CheckState.OPEN and row.by == By.BOT and optional:
            flags.append(f"{row.name}: {row.text}")
        elif row.state == CheckState.OPEN and row.by == By.BOT:
            bot = True
        elif row.state == CheckState.OPEN and optional:
            flags.append(f"{row.name}: missing")
        elif row.state == CheckState.OPEN:
            people = True
    return Standing(tuple(failed), bot, people, tuple(flags))


def note(unit: Unit, stage_id: int, version: int, verdict: Verdict) -> bool:
    """Write a verdict down and move a verifying stage that can't succeed (yet): failed, to be reconciled, or later.

    Returns:
        True if every check has passed by its row: a check that passed once stays passed, whatever it reads now.
    """
    book = Book.open(unit.session, unit.session.get_one(Stage, stage_id).rollback_id)
    stage = next(s for s in book.stages.values() if s.id == stage_id)
    if stage.state != StageState.VERIFYING or stage.version != version:
        return False
    record(unit, stage, (*_never_read(book, stage, verdict), *verdict.checks))
    now_stands = standing(unit, book, stage, after=None)
    if verdict.contradiction or (now_stands.failed and by_hand(unit.session, stage) and verdict.failed()):
        why = verdict.contradiction or "what was attested is not what is seen: " + "; ".join(now_stands.failed)
        move(unit, stage, StageState.NEEDS_RECONCILE, why=why)
        unit.put(Say("needs-reconcile", book.id, {"stage": stage.name, "why": why}))
    elif now_stands.failed:
        why = "; ".join(now_stands.failed)
        move(unit, stage, StageState.FAILED, why=why)
        unit.put(Say("failed", book.id, {"stage": stage.name, "why": why}))
    elif now_stands.waits_for_bot:
        stage.due_at = look_again_at(verdict, book, unit.now)
    elif now_stands.waits_for_people:
        stage.due_at = unit.now + PEOPLE_AGAIN
    else:
        return True
    return False


def look_again_at(verdict: Verdict, book: Book, now: datetime) -> datetime:
    """When an open verdict is looked at again: as the action says, but never at once, or it would spin."""
    usual = book.estate.timings.look_again
    return max(verdict.again or now + usual, now + min(LEAST, usual))


def succeed(unit: Unit, stage_id: int, version: int, verdict: Verdict, result: Json) -> None:
    """Move a stage whose every check has passed to its end, with what later stages need of it."""
    book = Book.open(unit.session, unit.session.get_one(Stage, stage_id).rollback_id)
    stage = next(s for s in book.stages.values() if s.id == stage_id)
    if stage.state != StageState.VERIFYING or stage.version != version:
        return
    flags = [*stage.flags, *verdict.warnings, *standing(unit, book, stage, after=None).flags]
    move(unit, stage, StageState.SUCCEEDED, result=result, flags=flags)
    unit.put(Say("succeeded", book.id, {"stage": stage.name, "flags": flags}))
    lead.complete_if_done(unit, book)


def _never_read(book: Book, stage: Stage, verdict: Verdict) -> tuple[Check, ...]:
    """Checks that the plan gives to the bot and the action said nothing of: open, so that none is passed over."""
    said = {check.name for check in verdict.checks}
    return tuple(
        Check(check.name, CheckState.OPEN, f"{check.text} Not read yet.")
        for check in book.planned(stage).checks
        if check.by is By.BOT and check.name not in said and check.after is None
    )


def by_hand(session: Session, stage: Stage) -> bool:
    """Whether a person made any change of the present attempt."""
    return any(change.person for change in journal.changes_of(session, stage))


def checks_of(session: Session, stage: Stage) -> list[CheckRow]:
    """The checks of a stage's present attempt."""
    wanted = select(CheckRow).where(CheckRow.stage_id == stage.id, CheckRow.attempt == stage.attempt)  # type: ignore[arg-type]
    return list(session.scalars(wanted.order_by(CheckRow.id)))  # type: ignore[arg-type]
