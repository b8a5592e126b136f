"""What can be pressed about a stage as it stands: the buttons of its card. The operations decide again at the press."""

from collections.abc import Iterator, Sequence

from rollback.runbook import PlannedStage
from rollback.situation.stage_values import ChangeView, CheckView, Offer
from storage.models import Stage
from storage.words import By, ChangeState, StageKind, StageState

BEFORE_CLAIM = frozenset({StageState.BLOCKED, StageState.AWAITING_APPROVAL, StageState.APPROVED})
LEFT_OUT_BEFORE = frozenset({StageState.BLOCKED, StageState.AWAITING_APPROVAL, StageState.FAILED})
LOOKED_AT = BEFORE_CLAIM | {StageState.PREVIEWING, StageState.VERIFYING}
PICKED = "picked"  # the check by which people say that backup, points and the rest are picked
UNDER_WAY = frozenset({StageState.RUNNING, StageState.VERIFYING})
BEHIND_THE_DOOR = frozenset({"vservers-enable", "verify-service"})
"""Actions of the stages while which somebody may see that the door must be closed again."""


def offers(
    stage: Stage, planned: PlannedStage, checks: Sequence[CheckView], changes: Sequence[ChangeView], *, by_people: bool
) -> tuple[Offer, ...]:
    """The offers of a stage of an open rollback, the most likely first."""
    return tuple(_offers(stage, planned, checks, changes, by_people=by_people))


def _offers(
    stage: Stage, planned: PlannedStage, checks: Sequence[CheckView], changes: Sequence[ChangeView], *, by_people: bool
) -> Iterator[Offer]:
    if stage.state == StageState.NEEDS_RECONCILE:
        yield from (Offer.LOOK_AGAIN, Offer.HAPPENED, Offer.NOT_HAPPENED)
        return
    waits = {check.name for check in checks if check.waits}
    if PICKED in waits:
        yield Offer.PICK
    if waits:
        yield Offer.ANSWER
    undone = stage.state == StageState.FAILED and any(
        change.state in (ChangeState.FAILED, ChangeState.DROPPED) for change in changes
    )
    if undone or any(change.waits for change in changes):
        yield Offer.ATTEST
    if stage.state == StageState.FAILED:
        yield Offer.RETRY
    if stage.state in LOOKED_AT and (stage.state != StageState.VERIFYING or _bot_looks(checks)):
        yield Offer.CHECK_AGAIN
    if stage.state in BEFORE_CLAIM and planned.kind in (StageKind.CHANGE, StageKind.SAFETY):
        yield Offer.BY_BOT if by_people else Offer.BY_HAND
    if stage.action in BEHIND_THE_DOOR and stage.state in UNDER_WAY | {StageState.FAILED}:
        yield Offer.CLOSE_DOOR
    gateless = not stage.gate and stage.state in UNDER_WAY
    if not planned.unskippable and (stage.state in LEFT_OUT_BEFORE or gateless):
        yield Offer.SKIP


def _bot_looks(checks: Sequence[CheckView]) -> bool:
    return any(check.by is By.BOT and check.at is None for check in checks)
