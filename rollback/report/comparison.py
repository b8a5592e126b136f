"""This run beside the run by hand that the runbook replaces, step by step."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rollback.report.markdown import NOTHING, said, table
from rollback.runbook import Runbook
from rollback.situation import Situation, StageView
from rollback.situation.durations import span


def comparison(s: Situation, runbook: Runbook) -> Iterator[str]:
    """A table of the reference's steps with the times of this run, and both totals."""
    reference = runbook.reference
    if reference is None:
        yield "The runbook names no run to compare with."
        return
    yield f"Compared with: {said(reference.title)}. Minutes count from the start of each run."
    yield ""
    rows = [
        (span(step.at), said(step.did), said(step.stage), _began(s, step.stage), _took(s, step.stage))
        for step in reference.steps
    ]
    yield from table(("then", "what was done", "stage", "now", "took"), rows)
    yield ""
    closed = s.door.closed_for(s.now)
    whole = (s.ended_at or s.now) - s.started_at
    totals = [
        ("door closed", span(reference.door_closed), span(closed) if closed is not None else NOTHING),
        ("until declared healthy", _healthy_then(runbook), _healthy_now(s)),
        ("in all", span(reference.total), span(whole) + ("" if s.ended_at is not None else " so far")),
    ]
    yield from table(("", "then", "now"), totals)
    known = {step.stage.partition("@")[0] for step in reference.steps}
    added = [stage.name for stage in s.stages if stage.name.partition("@")[0] not in known]
    if added:
        yield ""
        yield f"Stages that the run by hand did not have: {', '.join(said(name) for name in added)}."


def _matching(s: Situation, step: str) -> list[StageView]:
    """The stages that a step of the reference stands for; ``@NODE`` stands for any node."""
    word, _, node = step.partition("@")
    return [stage for stage in s.stages if stage.name == step or (node and stage.name.partition("@")[0] == word)]


def _began(s: Situation, step: str) -> str:
    begun = [stage.started_at for stage in _matching(s, step) if stage.started_at is not None]
    return span(min(begun) - s.started_at) if begun else NOTHING


def _took(s: Situation, step: str) -> str:
    spans = [
        (stage.started_at, stage.ended_at)
        for stage in _matching(s, step)
        if stage.started_at is not None and stage.ended_at is not None
    ]
    if not spans:
        return NOTHING
    first: datetime = min(start for start, _ in spans)
    last: datetime = max(end for _, end in spans)
    return span(last - first)


def _healthy_then(runbook: Runbook) -> str:
    live = runbook.milestones.live.partition(":")[0]
    steps: tuple[timedelta, ...] = tuple(
        step.at for step in (runbook.reference.steps if runbook.reference else ()) if step.stage == live
    )
    return span(steps[0]) if steps else NOTHING


def _healthy_now(s: Situation) -> str:
    return span(s.clocks.live_at - s.started_at) if s.clocks.live and s.clocks.live_at is not None else NOTHING
