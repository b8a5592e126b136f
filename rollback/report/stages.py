"""Stages with their times; what was changed and by whom; what was checked, answered and attested, in every attempt."""

from collections.abc import Iterator

from rollback.report.history import History
from rollback.report.markdown import code, instant, said, table
from rollback.report.people import named
from rollback.situation import Situation, StageView
from rollback.situation.durations import span
from rollback.untrusted import Untrusted
from storage.models import ChangeRow
from storage.words import By, CheckState


def overview(s: Situation) -> Iterator[str]:
    """One row a stage."""
    rows = [
        (
            str(stage.position),
            said(stage.name),
            str(stage.state),
            str(stage.attempt),
            instant(stage.started_at, s.zone),
            instant(stage.ended_at, s.zone),
            span(stage.ended_at - stage.started_at) if stage.started_at and stage.ended_at else "",
        )
        for stage in s.stages
    ]
    yield from table(("#", "stage", "state", "attempts", "started", "ended", "took"), rows)


def details(s: Situation, history: History) -> Iterator[str]:
    """What happened in each stage that has begun."""
    for stage in s.stages:
        changes, checks = history.changes.get(stage.id, ()), history.checks.get(stage.id, ())
        answers = [(check, answer) for check in stage.checks for answer in check.answers]
        if not (changes or checks or answers or stage.flags):
            continue
        yield f"### {stage.position} {said(stage.name)}: {said(stage.title)}"
        yield ""
        if stage.why:
            yield f"Last reason: {said(stage.why)}"
            yield ""
        yield from (f"- flagged: {said(flag)}" for flag in stage.flags)
        yield from (_change(s, change) for change in changes)
        for check in checks:
            seen = f": {said(check.text)}" if check.text else ""
            at = f" {instant(check.at, s.zone)}" if check.state != CheckState.OPEN else ""
            yield f"- check {said(check.name)} (attempt {check.attempt}, by {check.by}): {check.state}{at}{seen}"
        for one, answer in answers:
            so = "yes" if answer.passed else "NO"
            evidence = "; ".join(f"{said(name)}: {said(value)}" for name, value in answer.evidence)
            yield (
                f"- answer to {said(one.name)} (attempt {answer.attempt}) by {said(answer.person.name)} "
                f"{instant(answer.at, s.zone)}: {so}{f' — {evidence}' if evidence else ''}"
            )
        yield ""


def _change(s: Situation, change: ChangeRow) -> str:
    outcome = change.outcome or {}
    person = f" by {named(s, change.person)}" if change.person else f" by {change.by}"
    seen = f": {said(outcome['text'])}" if outcome.get("text") else ""
    evidence = f" — evidence: {said(outcome['evidence'])}" if outcome.get("evidence") else ""
    times = f" ({instant(change.intended_at, s.zone)} to {instant(change.ended_at, s.zone)})"
    return (
        f"- change {code(Untrusted(change.text))} on {said(change.system)} (attempt {change.attempt}, group "
        f"{change.group}){person}: {change.state}{times}{seen}{evidence}"
    )


def by_hand(stage: StageView, history: History) -> bool:
    """Whether a person made any change of a stage, in any attempt."""
    return any(change.person and change.by == By.PERSON for change in history.changes.get(stage.id, ()))
