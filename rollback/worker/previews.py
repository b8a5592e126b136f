"""Making previews: reading the systems, then one unit that keeps what was seen and lets the stage go on."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from rollback import invariants, rounds
from rollback.actions.action import Finding, Given, Preview, ordered
from rollback.actions.inventory.carried import carried
from rollback.actions.nodes.kept import machines_kept
from rollback.approvals import Outcome
from rollback.book import Book
from rollback.operations import asking, gates
from rollback.stages import move, redraw
from rollback.systems import Systems
from rollback.worker.bench import BLOCKED_AGAIN, PREVIEW_AGAIN, Bench
from rollback.worker.given import given_of, with_hands
from storage.database import Unit
from storage.models import ChangeRow, PreviewRow, Stage
from storage.words import ChangeState, Repeat, Severity, StageKind, StageState


@dataclass(frozen=True)
class Seen:
    """A preview with what it was made from.

    Attributes:
        preview: What would be done.
        given: What the action knew.
        digest: What a vote on it is bound to.
        version: The stage's version when it was made.
        taken_at: When it was made, aware UTC.
        ahead: Whether needs of the stage were not met when the reading began.
    """

    preview: Preview
    given: Given
    digest: str
    version: int
    taken_at: datetime
    ahead: bool


def look(bench: Bench, systems: Systems, stage_id: int, *, claiming: bool) -> Seen:
    """Read the systems for one stage; nothing is changed anywhere.

    Raises:
        Exception: Whatever the action's systems raise; `rollback.worker.worker` keeps it on the card.
    """
    with bench.database.read() as session:
        stage = session.get_one(Stage, stage_id)
        book = Book.open(session, stage.rollback_id)
        stage = book.stages[stage.name]
        given = given_of(session, book, stage, bench.clock.now(), claiming=claiming)
        action = bench.catalogue.actions[stage.action]
        version, ahead = stage.version, bool(book.unmet(stage))
        health = tuple(_about_health(session, book, stage, bench.clock.now()))
    preview = with_hands(action.preview(systems, given), book, stage)
    kept = tuple(machines_kept(systems, given, preview))
    handed_on = tuple(carried(given, stage.gate)) if _first_of_its_gate(book, stage) else ()
    preview = replace(preview, findings=(*preview.findings, *kept, *handed_on, *health))
    return Seen(preview, given, preview.digest(given), version, bench.clock.now(), ahead)


def _first_of_its_gate(book: Book, stage: Stage) -> bool:
    """Whether this stage's part of the card is where overrides of earlier, gateless stages are shown."""
    return bool(stage.gate) and book.plan.gate(stage.gate).stages[0] == stage.name


def _about_health(session: Session, book: Book, stage: Stage, now: datetime) -> Iterator[Finding]:
    """What invariants say against a stage: a destructive one waits, and a decision is told what was red lately."""
    for text in invariants.stops(session, book, stage, now):
        yield Finding("invariant-broken", Severity.HARD, text, at_start=True)
    if stage.action == invariants.SWITCH_OFF and stage.target not in invariants.must_be_off(book):
        text = f"The plan doesn't say that {stage.target} must be off."
        yield Finding("may-be-on", Severity.HARD, text)
    if stage.action == invariants.LIVE and invariants.red_lately(session, book, now):
        minutes = book.estate.timings.cluster_held.total_seconds() / 60
        text = f"An invariant was red in the last {minutes:.0f} min; /rollback timeline says which."
        yield Finding("invariant-red", Severity.OVERRIDE, text)


def keep(unit: Unit, stage: Stage, seen: Seen) -> PreviewRow:
    """Write a preview down as the stage's newest."""
    assert stage.id is not None  # noqa: S101 - read from the database
    row = PreviewRow(
        stage_id=stage.id,
        attempt=stage.attempt,
        digest=seen.digest,
        taken_at=seen.taken_at,
        content={
            **as_json(seen.preview),
            rounds.CORE: seen.preview.core(seen.given),
            rounds.DESPITE: sorted(seen.preview.despite()),
            rounds.AHEAD: seen.ahead,
        },
    )
    unit.session.add(row)
    unit.session.flush()
    stage.preview_id = row.id
    unit.session.flush()
    redraw(unit, stage)
    return row


def settle(unit: Unit, bench: Bench, stage_id: int, seen: Seen) -> None:
    """Let a previewed stage go on: blocked, asked for, or approved because nobody needs to be asked (again)."""
    book = Book.open(unit.session, unit.session.get_one(Stage, stage_id).rollback_id)
    stage = next(s for s in book.stages.values() if s.id == stage_id)
    if stage.state != StageState.PREVIEWING or stage.version != seen.version:
        return
    keep(unit, stage, seen)
    hard = seen.preview.blockers(claiming=False)
    if hard:
        move(unit, stage, StageState.BLOCKED, why=sentences(hard), due_at=unit.now + BLOCKED_AGAIN)
    elif not asks_people(stage, seen) or votes_hold(unit, bench, book, stage, seen):
        move(unit, stage, StageState.APPROVED, why="nobody needs to be asked" if not stage.gate else "as approved")
    else:
        move(unit, stage, StageState.AWAITING_APPROVAL, due_at=unit.now + PREVIEW_AGAIN)
    asking.open_rounds(unit, book)
    gates.recount(unit, book)


def still_blocked(unit: Unit, stage_id: int, seen: Seen) -> bool:
    """Keep a blocked stage blocked without a move, while the same things block it; True if they do."""
    stage = unit.session.get_one(Stage, stage_id)
    hard = seen.preview.blockers(claiming=seen.given.claiming)
    if stage.state != StageState.BLOCKED or not hard or stage.why != sentences(hard):
        return False
    stage.due_at = unit.now + BLOCKED_AGAIN
    return True


def votes_hold(unit: Unit, bench: Bench, book: Book, stage: Stage, seen: Seen) -> bool:
    """Whether votes that were given cover this preview, which was kept; for another attempt only safe changes."""
    found = rounds.approved_round(unit.session, stage)
    if found is None:
        return False
    gate, shown = found
    if not rounds.covers(unit.session, shown, rounds.preview_of(unit.session, stage)):
        return False
    if shown.attempt != stage.attempt and not _all_safe(bench, seen.preview):
        return False
    return rounds.decision_of(unit.session, book, gate).outcome is Outcome.APPROVED


def sentences(findings: tuple[Finding, ...]) -> str:
    """What stands in the way, as one text."""
    return " ".join(finding.text for finding in findings)


def rows_of(seen: Seen, stage: Stage) -> list[ChangeRow]:
    """The journal's rows for a preview's changes, in order."""
    assert stage.id is not None  # noqa: S101 - read from the database
    return [
        ChangeRow(
            stage_id=stage.id,
            attempt=stage.attempt,
            position=position,
            group=change.group,
            kind=change.kind,
            system=change.system,
            target=change.target,
            by=change.by,
            text=change.text,
            detail=dict(change.detail),
            state=ChangeState.PLANNED,
            action_version=seen.preview.action_version,
            fence=stage.fence,
        )
        for position, change in enumerate(ordered(seen.preview.changes), start=1)
    ]


def as_json(preview: Preview) -> dict[str, Any]:
    """A preview as it is stored and drawn."""
    return {
        "changes": [asdict(change) for change in preview.changes],
        "facts": [asdict(fact) for fact in preview.facts],
        "findings": [asdict(finding) for finding in preview.findings],
        "thens": {str(group): text for group, text in preview.thens.items()},
        "identity": dict(preview.identity),
        "uses": list(preview.uses),
        "lost": list(preview.lost),
        "dies": preview.dies,
        "action_version": preview.action_version,
        "offers": {key: [list(option) for option in options] for key, options in preview.offers.items()},
    }


def asks_people(stage: Stage, seen: Seen) -> bool:
    """Whether the stage's gate is asked about this preview.

    As long as its needs are not met, nobody knows what will be left to change when it starts: a node that is on now
    will be off by then. So it is asked ahead with the others of its gate.
    """
    return people_needed(stage, seen) or (bool(stage.gate) and seen.ahead)


def people_needed(stage: Stage, seen: Seen) -> bool:
    """Whether the stage needs votes to begin now: it has a gate, and something is left to change or to decide."""
    if not stage.gate:
        return False
    return stage.kind != StageKind.CHANGE or not seen.preview.nothing_to_do()


def _all_safe(bench: Bench, preview: Preview) -> bool:
    left = [change for change in preview.changes if not change.already]
    return all(bench.catalogue.effects[change.kind].repeat is Repeat.SAFE for change in left)
