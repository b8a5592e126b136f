"""Stages as people see them: checks, changes, what waits for whom, what can be pressed."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollback import journal
from rollback.book import BY_HAND, Book
from rollback.estimate import Estimate
from rollback.runbook import PlannedCheck, PlannedStage
from rollback.situation.offers import offers
from rollback.situation.people import by_id
from rollback.situation.previews import Previews
from rollback.situation.stage_values import AnswerView, ChangeView, CheckView, PreviewView, StageView
from rollback.untrusted import Untrusted
from storage.models import Answer, ChangeRow, CheckRow, Stage
from storage.words import By, ChangeState, CheckState, StageState, SystemName

ANSWERABLE = frozenset({StageState.RUNNING, StageState.VERIFYING})


@dataclass(frozen=True)
class StageRows:
    """The rows of all stages of a rollback, read at once.

    Attributes:
        checks, answers, changes: By the stage's id; checks and changes of the present attempt, answers of all.
        previews: By the preview's id: the newest one of each stage among them.
    """

    checks: Mapping[int, Sequence[CheckRow]]
    answers: Mapping[int, Sequence[Answer]]
    changes: Mapping[int, Sequence[ChangeRow]]
    previews: Mapping[int, PreviewView]


def read_rows(session: Session, book: Book, previews: Previews) -> StageRows:
    """Everything that the stages of a rollback are drawn from."""
    attempts = {stage.id: stage.attempt for stage in book.stages.values()}
    ids = list(attempts)
    checks: dict[int, list[CheckRow]] = defaultdict(list)
    for check in session.scalars(select(CheckRow).where(CheckRow.stage_id.in_(ids)).order_by(CheckRow.id)):  # type: ignore[attr-defined, arg-type]
        if check.attempt == attempts[check.stage_id]:
            checks[check.stage_id].append(check)
    answers: dict[int, list[Answer]] = defaultdict(list)
    for answer in session.scalars(select(Answer).where(Answer.stage_id.in_(ids)).order_by(Answer.id)):  # type: ignore[attr-defined, arg-type]
        answers[answer.stage_id].append(answer)
    changes: dict[int, list[ChangeRow]] = defaultdict(list)
    for change in session.scalars(select(ChangeRow).where(ChangeRow.stage_id.in_(ids)).order_by(ChangeRow.position)):  # type: ignore[attr-defined, arg-type]
        if change.attempt == attempts[change.stage_id]:
            changes[change.stage_id].append(change)
    return StageRows(checks, answers, changes, previews.views)


def stage_views(book: Book, rows: StageRows, expected: Estimate) -> tuple[StageView, ...]:
    """Every stage, in the order of the plan."""
    return tuple(_stage(book, stage, rows, expected) for stage in book.stages.values())


def _stage(book: Book, stage: Stage, rows: StageRows, expected: Estimate) -> StageView:
    assert stage.id is not None  # noqa: S101 - read from the database
    planned = book.planned(stage)
    window = expected.windows.get(stage.name)
    changes = _changes(book, stage, rows.changes.get(stage.id, ()))
    checks = _checks(book, stage, planned, rows, changes)
    by_people = bool(book.choices.get(BY_HAND + stage.name))
    preview = rows.previews.get(stage.preview_id) if stage.preview_id is not None else None
    return StageView(
        id=stage.id,
        position=stage.position,
        name=stage.name,
        title=Untrusted(planned.title),
        kind=planned.kind,
        action=stage.action,
        target=stage.target,
        phase=planned.phase,
        line=planned.line,
        gate=stage.gate,
        state=StageState(stage.state),
        attempt=stage.attempt,
        started_at=stage.started_at,
        ended_at=stage.ended_at,
        starts=window.start if window is not None else stage.started_at,
        ends=window.end if window is not None else stage.ended_at,
        looks_at=stage.due_at,
        why=Untrusted(stage.why),
        flags=tuple(Untrusted(flag) for flag in stage.flags),
        unmet=tuple(str(need) for need in book.unmet(stage)),
        locked_by=book.lock_holder(stage) if stage.state == StageState.APPROVED else "",
        checks=checks,
        changes=changes,
        preview=preview,
        attests=planned.attests,
        by_people=by_people,
        unskippable=planned.unskippable,
        by_hand=Untrusted(planned.by_hand),
        evidence=Untrusted(planned.evidence),
        undo=Untrusted(planned.undo),
        offers=() if book.row.ended_at is not None else offers(stage, planned, checks, changes, by_people=by_people),
    )


def _changes(book: Book, stage: Stage, rows: Sequence[ChangeRow]) -> tuple[ChangeView, ...]:
    by_hand = {row.id for row in journal.open_by_hand(list(rows))} if _hands_free(stage, rows) else set()
    places: Counter[int] = Counter()
    made = []
    for row in rows:
        places[row.group] += 1
        outcome = row.outcome or {}
        made.append(
            ChangeView(
                number=f"{row.group}.{places[row.group]}",
                text=Untrusted(row.text),
                by=By(row.by),
                state=ChangeState(row.state),
                system=SystemName(row.system),
                target=Untrusted(row.target),
                outcome=Untrusted(outcome.get("text", "")),
                person=by_id(book, row.person) if row.person else None,
                progress=row.progress,
                progress_text=Untrusted(row.progress_text),
                begun_at=row.intended_at,
                ended_at=row.ended_at,
                waits=row.id in by_hand,
                evidence=Untrusted(outcome.get("evidence", "")),
            )
        )
    return tuple(made)


def _hands_free(stage: Stage, rows: Sequence[ChangeRow]) -> bool:
    """Whether people's hands are waited for: the stage runs, and what must pass after an earlier group has passed."""
    left = [row.group for row in rows if row.state not in journal.ENDED]
    if stage.state != StageState.RUNNING or not left:
        return False
    before = max((row.group for row in rows if row.group < min(left)), default=0)
    return before <= stage.settled_group


def _checks(
    book: Book, stage: Stage, planned: PlannedStage, rows: StageRows, changes: tuple[ChangeView, ...]
) -> tuple[CheckView, ...]:
    assert stage.id is not None  # noqa: S101 - read from the database
    found = {row.name: row for row in rows.checks.get(stage.id, ())}
    answers: dict[str, list[AnswerView]] = defaultdict(list)
    for answer in rows.answers.get(stage.id, ()):
        answers[answer.check_name].append(_answer(book, answer))
    known = {check.name for check in planned.checks}
    views = [
        _planned_check(stage, check, found.get(check.name), answers[check.name], changes) for check in planned.checks
    ]
    also = [
        CheckView(row.name, By(row.by), CheckState(row.state), Untrusted(row.name), Untrusted(row.text), row.at)
        for row in found.values()
        if row.name not in known
    ]
    return (*views, *also)


def _planned_check(
    stage: Stage,
    check: PlannedCheck,
    row: CheckRow | None,
    answers: Sequence[AnswerView],
    changes: Sequence[ChangeView],
) -> CheckView:
    state = CheckState.OPEN if row is None else CheckState(row.state)
    asked = row is not None and check.by is By.PERSON and state is CheckState.OPEN and stage.state in ANSWERABLE
    return CheckView(
        name=check.name,
        by=check.by,
        state=state,
        wants=Untrusted(check.text),
        text=Untrusted("" if row is None or row.text == check.text else row.text),
        at=None if row is None or state is CheckState.OPEN else row.at,
        optional=check.optional,
        after=check.after,
        who=check.who,
        people=check.people,
        answers=tuple(answers),
        fields=check.fields,
        waits=asked and _made_until(changes, check.after),
    )


def _made_until(changes: Sequence[ChangeView], group: int | None) -> bool:
    """Whether all changes up to a group have ended; None means all of them."""
    return all(
        change.state in journal.ENDED
        for change in changes
        if group is None or int(change.number.partition(".")[0]) <= group
    )


def _answer(book: Book, row: Answer) -> AnswerView:
    given = json.loads(row.evidence) if row.evidence else {}
    evidence = tuple((name, Untrusted(str(value))) for name, value in given.items())
    return AnswerView(by_id(book, row.person), row.passed, evidence, row.at, row.attempt)
