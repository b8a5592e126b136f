"""Rounds of asking: when a gate can ask, what one round asks for, and what its votes come to now."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollback import approvals, rounds
from rollback.approvals import Decision, Policy
from rollback.book import Book
from rollback.stages import move
from storage.database import Unit
from storage.models import Gate, GateStage, Stage
from storage.outbox import Redraw, Say
from storage.words import Event, GateState, Purpose, StageState, SubjectKind


@dataclass(frozen=True)
class Round:
    """What is put before people in one round.

    Attributes:
        name: The gate's name, or for other purposes ``skip:STAGE``, ``happened:STAGE``, ``abort``.
        purpose: What it is about.
        policy: Who has to agree.
        stages: Stages with the digest of what was shown.
        asked_by: Who asked, when a person did; that person's own approval doesn't count.
        why: The reason that was given.
    """

    name: str
    purpose: Purpose
    policy: Policy
    stages: tuple[tuple[Stage, str], ...]
    asked_by: str = ""
    why: str = ""

    def digest(self) -> str:
        """What a vote in this round is bound to."""
        parts = [self.name, self.purpose.value, self.why, *(f"{stage.name} {digest}" for stage, digest in self.stages)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def open_rounds(unit: Unit, book: Book) -> None:
    """Ask wherever every stage of a gate has been previewed and some of them wait for approval without a live round."""
    for gate in book.plan.gates:
        stages = [book.stages[name] for name in gate.stages]
        asking = [stage for stage in stages if stage.state == StageState.AWAITING_APPROVAL]
        unsettled = [s for s in stages if s.state in (StageState.PREVIEWING, StageState.BLOCKED, StageState.WAITING)]
        if not asking and not unsettled:
            _end_idle(unit, book, gate.name)
        if not asking or (unsettled and not gate.each_change):
            continue
        shown = tuple((stage, rounds.preview_of(unit.session, stage).digest) for stage in asking)
        _ask_if_new(unit, book, Round(gate.name, Purpose.CHANGE, rounds.policy_of(gate), shown))


def ask(unit: Unit, book: Book, asked: Round) -> Gate:
    """Open a round; an open one of the same name is superseded, its card says so."""
    earlier = _rounds(unit.session, book.id, asked.name)
    for row in earlier:
        if row.state == GateState.ASKING:
            close(unit, row, GateState.SUPERSEDED)
    row = Gate(
        rollback_id=book.id,
        name=asked.name,
        round=len(earlier) + 1,
        purpose=asked.purpose,
        state=GateState.ASKING,
        digest=asked.digest(),
        policy=rounds.policy_to_json(asked.policy),
        asked_by=asked.asked_by,
        asked_at=unit.now,
        why=asked.why,
    )
    unit.session.add(row)
    unit.session.flush()
    assert row.id is not None  # noqa: S101 - flushed
    for stage, digest in asked.stages:
        assert stage.id is not None  # noqa: S101 - read from the database
        unit.session.add(
            GateStage(
                gate_id=row.id, stage_id=stage.id, preview_id=stage.preview_id, attempt=stage.attempt, digest=digest
            )
        )
    unit.note(
        Event.GATE_ASKED if not earlier else Event.GATE_REOPENED,
        book.id,
        asked.asked_by or "bot",
        gate=asked.name,
        round=row.round,
        purpose=asked.purpose.value,
        digest=row.digest,
        stages=[stage.name for stage, _ in asked.stages],
    )
    unit.put(Redraw(SubjectKind.GATE, row.id, book.id))
    return row


def settle_round(unit: Unit, book: Book, gate: Gate, decision: Decision) -> None:
    """Close a round whose votes have come to something, and do what was decided to its stages of purpose *change*."""
    state = GateState.APPROVED if decision.outcome is approvals.Outcome.APPROVED else GateState.DENIED
    close(unit, gate, state)
    unit.note(
        Event.GATE_DECIDED,
        book.id,
        "bot",
        gate=gate.name,
        round=gate.round,
        outcome=state.value,
        digest=gate.digest,
        counted=[c.vote.person for c in (*decision.approvals, *decision.denials)],
    )
    if gate.purpose != Purpose.CHANGE:
        return
    for stage, shown in rounds.stages_of(unit.session, gate):
        mine = book.stages[stage.name]
        if state is GateState.APPROVED and mine.state == StageState.AWAITING_APPROVAL:
            if rounds.covers(unit.session, shown, rounds.preview_of(unit.session, mine)):
                move(unit, mine, StageState.APPROVED, why="approved")
        elif state is GateState.DENIED and mine.state in (StageState.AWAITING_APPROVAL, StageState.APPROVED):
            move(unit, mine, StageState.PREVIEWING, why="denied")


def _ask_if_new(unit: Unit, book: Book, asked: Round) -> None:
    live = [row for row in _rounds(unit.session, book.id, asked.name) if row.state == GateState.ASKING]
    if live and _asks_the_same(unit, live[-1], asked):
        return
    gate = ask(unit, book, asked)
    unit.put(Say("gate-asked", book.id, {"gate": gate.id}))


def _asks_the_same(unit: Unit, live: Gate, asked: Round) -> bool:
    """Whether a round that asks covers what would be asked now, so that its votes stay."""
    shown = {stage.name: shown for stage, shown in rounds.stages_of(unit.session, live)}
    return shown.keys() == {stage.name for stage, _ in asked.stages} and all(
        shown[stage.name].attempt == stage.attempt
        and rounds.covers(unit.session, shown[stage.name], rounds.preview_of(unit.session, stage))
        for stage, _ in asked.stages
    )


def _end_idle(unit: Unit, book: Book, name: str) -> None:
    """End a round that asks although none of its stages waits for votes: what it asked about is gone again."""
    for row in _rounds(unit.session, book.id, name):
        if row.state == GateState.ASKING and row.purpose == Purpose.CHANGE:
            close(unit, row, GateState.SUPERSEDED)


def close(unit: Unit, gate: Gate, state: GateState) -> None:
    """End a round; its card says how."""
    gate.state, gate.closed_at, gate.version = state, unit.now, gate.version + 1
    unit.session.flush()
    assert gate.id is not None  # noqa: S101 - read from the database
    unit.put(Redraw(SubjectKind.GATE, gate.id, gate.rollback_id))
    unit.put(Redraw(SubjectKind.BOARD, gate.rollback_id, gate.rollback_id))


def open_ones(session: Session, rollback_id: int) -> list[Gate]:
    """Every round of a rollback that still asks."""
    wanted = select(Gate).where(Gate.rollback_id == rollback_id, Gate.state == GateState.ASKING)  # type: ignore[arg-type]
    return list(session.scalars(wanted.order_by(Gate.id)))  # type: ignore[arg-type]


def _rounds(session: Session, rollback_id: int, name: str) -> list[Gate]:
    wanted = select(Gate).where(Gate.rollback_id == rollback_id, Gate.name == name).order_by(Gate.round)  # type: ignore[arg-type]
    return list(session.scalars(wanted))
