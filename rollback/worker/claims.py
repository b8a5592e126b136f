"""Claiming an approved stage: needs met, previewed anew, same digest, the votes decided anew, no lock in the way.

The preview is made before, outside the unit; the unit believes nothing that it can't see in the rows again.
"""

from typing import Any

from rollback import journal, rounds
from rollback.approvals import Outcome
from rollback.book import Book
from rollback.operations import asking, stages
from rollback.stages import move
from rollback.worker.bench import BLOCKED_AGAIN, Bench
from rollback.worker.previews import Seen, keep, people_needed, rows_of, sentences
from storage.database import Unit
from storage.models import PreviewRow, Stage
from storage.outbox import Say
from storage.words import GateState, StageState


def ready(book: Book, stage: Stage) -> bool:
    """Whether an approved stage may be previewed for its claim: the rollback runs, needs are met, locks are free."""
    if not book.running or stage.state != StageState.APPROVED:
        return False
    if book.unmet(stage) or book.lock_holder(stage):
        return False
    return not upstream_unknown(book, stage)


def upstream_unknown(book: Book, stage: Stage) -> bool:
    """Whether a change of unknown outcome stands in the way: upstream of the stage, or anything destructive."""
    for other in book.in_state(StageState.NEEDS_RECONCILE):
        if other.position < stage.position or book.planned(other).line or book.planned(stage).line:
            return True
    return False


def claim(unit: Unit, bench: Bench, stage_id: int, seen: Seen) -> bool:
    """Claim the stage and plan its changes, or send it back to be previewed and asked anew.

    Returns:
        True if the stage is running now.
    """
    book = Book.open(unit.session, unit.session.get_one(Stage, stage_id).rollback_id)
    stage = next(s for s in book.stages.values() if s.id == stage_id)
    if stage.version != seen.version or not ready(book, stage) or bench.stopping.is_set():
        return False
    shown = rounds.preview_of(unit.session, stage)
    against = _why_not(unit, book, stage, seen, shown)
    keep(unit, stage, seen)
    blockers = seen.preview.blockers(claiming=True)
    if blockers:
        move(unit, stage, StageState.PREVIEWING, why="something must hold when it starts and doesn't")
        move(unit, stage, StageState.BLOCKED, why=sentences(blockers), due_at=unit.now + BLOCKED_AGAIN)
        return False
    if against:
        move(unit, stage, StageState.PREVIEWING, why=against)
        unit.put(Say("gate-reopened", book.id, {"stage": stage.name, "why": against}))
        return False
    move(unit, stage, StageState.RUNNING, claimed_by=bench.name, fence=stage.fence + 1, settled_group=0)
    journal.plan(unit, stage, rows_of(seen, stage))
    stages.open_checks(unit, book, stage)
    return True


def _why_not(unit: Unit, book: Book, stage: Stage, seen: Seen, shown: PreviewRow) -> str:
    """Why the approval doesn't cover what would be done now, or nothing."""
    if not people_needed(stage, seen):
        return ""
    found = rounds.approved_round(unit.session, stage)
    if found is None:
        return "nobody approved what would be done now"
    gate, approved = found
    if approved.digest != seen.digest:
        return "it differs from what was approved: " + difference(shown.content, seen)
    decision = rounds.decision_of(unit.session, book, gate)
    if decision.outcome is not Outcome.APPROVED:
        asking.close(unit, gate, GateState.SUPERSEDED)
        reasons = ", ".join(sorted({one.why.value for one in decision.uncounted})) or "a vote is missing"
        return f"the votes no longer carry it ({reasons})"
    return ""


def difference(shown: dict[str, Any], seen: Seen) -> str:
    """What differs between a stored preview and a new one, in words."""
    parts: list[str] = []
    before = {change["text"] for change in shown["changes"]}
    now = {change.text for change in seen.preview.changes}
    parts += [f"no longer: {text}" for text in sorted(before - now)]
    parts += [f"new: {text}" for text in sorted(now - before)]
    identities = shown["identity"]
    for system in sorted(set(identities) | set(seen.preview.identity)):
        if identities.get(system) != seen.preview.identity.get(system):
            parts.append(f"another {system} answers behind the address")
    return "; ".join(parts) or "its details or its overridden blockers"
