"""Stages with everything that happened in them, in every attempt."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from rollback.book import Book
from rollback.report.gathering.history import History
from rollback.report.gathering.words import between, named, words
from rollback.report.values import Answer, Change, Check, Evidence, Stage, Stretch
from rollback.situation import Situation, StageView
from rollback.untrusted import Untrusted
from storage.models import ChangeRow, CheckRow
from storage.words import By, CheckState


def stages(s: Situation, book: Book, history: History, stretches: Mapping[str, tuple[Stretch, ...]]) -> Iterator[Stage]:
    """Every stage, in the order of the plan."""
    for stage in s.stages:
        changes = history.changes.get(stage.id, ())
        yield Stage(
            position=stage.position,
            name=words(stage.name),
            title=words(stage.title),
            phase=words(stage.phase),
            kind=stage.kind.value,
            line=stage.line,  # type: ignore[arg-type] # the plan knows 0, 1 and 2
            state=stage.state.value,
            attempts=stage.attempt,
            started_at=stage.started_at,
            ended_at=stage.ended_at,
            took=took(stage),
            target=book.planned(book.stages[stage.name]).duration.typical,
            by_hand=any(change.person and change.by == By.PERSON for change in changes),
            why=words(stage.why),
            flags=tuple(words(flag) for flag in stage.flags),
            stretches=stretches[stage.name],
            changes=tuple(_change(s, change) for change in changes),
            checks=tuple(_check(check) for check in history.checks.get(stage.id, ())),
            answers=tuple(_answers(stage)),
        )


def took(stage: StageView) -> timedelta | None:
    """From the first start to the end; None while it hasn't ended."""
    if stage.started_at is None or stage.ended_at is None:
        return None
    return between(stage.started_at, stage.ended_at)


def _change(s: Situation, change: ChangeRow) -> Change:
    outcome: Mapping[str, Any] = change.outcome or {}
    return Change(
        text=words(change.text),
        system=words(change.system),
        attempt=change.attempt,
        group=change.group,
        by=By(change.by).value,
        person=named(s, change.person),
        state=change.state,  # type: ignore[arg-type] # pydantic checks the word
        begun_at=change.intended_at,
        ended_at=change.ended_at,
        seen=words(str(outcome.get("text") or "")),
        evidence=words(str(outcome.get("evidence") or "")),
    )


def _check(check: CheckRow) -> Check:
    return Check(
        name=words(check.name),
        attempt=check.attempt,
        by=By(check.by).value,
        state=CheckState(check.state).value,
        at=check.at if check.state != CheckState.OPEN else None,
        seen=words(check.text),
    )


def _answers(stage: StageView) -> Iterator[Answer]:
    for check in stage.checks:
        for answer in check.answers:
            yield Answer(
                check=words(check.name),
                attempt=answer.attempt,
                person=words(answer.person.name),
                passed=answer.passed,
                at=answer.at,
                evidence=tuple(Evidence(name=words(Untrusted(k)), value=words(v)) for k, v in answer.evidence),
            )
