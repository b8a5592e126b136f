"""This run beside the run by hand that the runbook replaces, step by step."""

from datetime import timedelta

from rollback.report.gathering.words import between, words
from rollback.report.model import Beside, Comparison
from rollback.runbook import Runbook
from rollback.situation import Situation, StageView


def comparison(s: Situation, runbook: Runbook) -> Comparison | None:
    """Each step of the reference with the times of this run; None where the runbook names no reference."""
    reference = runbook.reference
    if reference is None:
        return None
    ends = [*(step.at for step in reference.steps[1:]), reference.total]
    steps = tuple(
        Beside(
            did=words(step.did),
            stage=words(step.stage),
            then=step.at,
            then_took=max(timedelta(0), end - step.at),
            began=_began(s, step.stage),
            took=_took(s, step.stage),
        )
        for step, end in zip(reference.steps, ends, strict=True)
    )
    known = {step.stage.partition("@")[0] for step in reference.steps}
    added = tuple(words(stage.name) for stage in s.stages if stage.name.partition("@")[0] not in known)
    return Comparison(
        title=words(reference.title),
        total=reference.total,
        door_closed=reference.door_closed,
        closes=then(runbook, runbook.milestones.door_closes),
        opens=then(runbook, runbook.milestones.door_opens),
        live=then(runbook, runbook.milestones.live),
        steps=steps,
        added=added,
    )


def then(runbook: Runbook, milestone: str) -> timedelta | None:
    """When a milestone (``stage`` or ``stage:check``) was reached in the run by hand; None where no step says so."""
    steps = runbook.reference.steps if runbook.reference is not None else ()
    return next((step.at for step in steps if step.stage == milestone.partition(":")[0]), None)


def matching(s: Situation, step: str) -> list[StageView]:
    """The stages that a step of the reference stands for; ``@NODE`` stands for any node."""
    word, _, node = step.partition("@")
    return [stage for stage in s.stages if stage.name == step or (node and stage.name.partition("@")[0] == word)]


def _began(s: Situation, step: str) -> timedelta | None:
    begun = [stage.started_at for stage in matching(s, step) if stage.started_at is not None]
    return between(s.started_at, min(begun)) if begun else None


def _took(s: Situation, step: str) -> timedelta | None:
    spans = [
        (stage.started_at, stage.ended_at)
        for stage in matching(s, step)
        if stage.started_at is not None and stage.ended_at is not None
    ]
    return between(min(start for start, _ in spans), max(end for _, end in spans)) if spans else None
