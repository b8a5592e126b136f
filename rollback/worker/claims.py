"""Claiming an approved stage: needs met, previewed anew, same digest, the votes decided anew, no lock in the way.

The preview is made before, outside the unit; the unit believes nothing that it can't see in the rows again.
"""

from collections.abc import Mapping
from typing import Any

from rollback import invariants, journal, rounds
from rollback.actions.action import NOTED, ordered
from rollback.approvals import Outcome
from rollback.book import Book
from rollback.operations import asking, people, stages
from rollback.stages import move
from rollback.worker.bench import BLOCKED_AGAIN, Bench
from rollback.worker.previews import Seen, keep, people_needed, rows_of, sentences
from storage.database import Unit
from storage.models import PreviewRow, Stage
from storage.outbox import Say
from storage.words import By, ChangeState, GateState, Severity, StageKind, StageState


def ready(book: Book, stage: Stage) -> bool:
    """Whether an approved stage may be previewed for its claim: the rollback runs, needs are met, locks are free.

    What is done toward safety waits for none of that.
    """
    if not book.lets_begin(stage) or stage.state != StageState.APPROVED:
        return False
    if stage.kind == StageKind.SAFETY:
        return True
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
    if invariants.stops(unit.session, book, stage, unit.now) and not seen.preview.blockers(claiming=True):
        return False  # it broke while the preview was made: the next one says so
    keep(unit, stage, seen)
    against = _why_not(unit, book, stage, seen)
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
    _plan(unit, stage, seen)
    stages.open_checks(unit, book, stage)
    return True


def ask_who_is_gone(bench: Bench, stage_id: int) -> None:
    """Before a claim at a gate beyond a line: ask anew whether the accounts that voted are still there."""
    with bench.database.read() as session:
        stage = session.get_one(Stage, stage_id)
        book = Book.open(session, stage.rollback_id)
        found = rounds.approved_round(session, stage)
        if found is None or not book.plan.gate(stage.gate).line:
            return
        voted = frozenset(vote.account for vote in rounds.votes_of(session, found[0]))
    told = bench.gone(voted)
    if told:
        bench.database.run(lambda unit: [people.account_gone(unit, book.roster, a, gone=g) for a, g in told.items()])


def _plan(unit: Unit, stage: Stage, seen: Seen) -> None:
    """Write the changes down. What is so already and nobody approved, or a person would make, is not begun at all."""
    rows = rows_of(seen, stage)
    journal.plan(unit, stage, rows)
    unit.session.flush()
    unasked = bool(stage.gate) and not people_needed(stage, seen)
    for row, change in zip(rows, ordered(seen.preview.changes), strict=True):
        if change.already and (unasked or change.by is By.PERSON):
            assert row.id is not None  # noqa: S101 - flushed
            journal.end(unit, row.id, ChangeState.DONE, {"text": "It was so already.", "ours": False})


def _why_not(unit: Unit, book: Book, stage: Stage, seen: Seen) -> str:
    """Why the approval doesn't cover what would be done now, or nothing."""
    if not people_needed(stage, seen):
        return ""
    found = rounds.approved_round(unit.session, stage)
    if found is None:
        return "nobody approved what would be done now"
    gate, approved = found
    if not rounds.covers(unit.session, approved, rounds.preview_of(unit.session, stage)):
        shown = unit.session.get_one(PreviewRow, approved.preview_id)
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
    parts += [f"other details of: {text}" for text in _other_details(shown, seen) if text in before & now]
    identities = shown["identity"]
    for system in sorted(set(identities) | set(seen.preview.identity)):
        if identities.get(system) != seen.preview.identity.get(system):
            parts.append(f"another {system} answers behind the address")
    if shown.get("action_version", seen.preview.action_version) != seen.preview.action_version:
        parts.append("the bot's own action is another release's")
    parts += [f"one more blocker to override: {text}" for text in _more_to_override(shown, seen)]
    return "; ".join(parts) or "its order, or what must pass in between"


def _more_to_override(shown: dict[str, Any], seen: Seen) -> list[str]:
    more = seen.preview.despite() - set(shown[rounds.DESPITE])
    return sorted(
        {
            finding.text
            for finding in seen.preview.findings
            if any(one == finding.code or one.startswith(f"{finding.code} ") for one in more)
            and finding.severity is Severity.OVERRIDE
        }
    )


def _other_details(shown: dict[str, Any], seen: Seen) -> list[str]:
    before = {change["text"]: (_signed(change["detail"]), change["by"]) for change in shown["changes"]}
    now = {change.text: (_signed(change.detail), change.by.value) for change in seen.preview.changes}
    return sorted(text for text in before.keys() & now.keys() if before[text] != now[text])


def _signed(detail: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in detail.items() if key != NOTED}
