"""Rounds of asking: when a gate can ask, what one round asks for, and what its votes come to now."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from rollback import approvals
from rollback.approvals import Asked, CastVote, Decision, Policy
from rollback.book import Book
from rollback.roles import Account
from rollback.runbook import Moment, MomentKind, PlannedGate
from rollback.stages import AT_WORK, ENDED, move
from storage.database import Unit
from storage.models import Gate, GateStage, PreviewRow, Stage, Vote
from storage.outbox import Redraw, Say
from storage.words import Choice, Event, GateState, Purpose, Role, Severity, StageState, SubjectKind

BEYOND_ASKING = AT_WORK | ENDED | {StageState.APPROVED}


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


def policy_of(gate: PlannedGate) -> Policy:
    """Who has to agree at a gate of the plan."""
    return Policy(groups=tuple(frozenset(group) for group in gate.groups), typed=gate.typed)


def reached(session: Session, book: Book, gate: PlannedGate, moment: Moment) -> bool:
    """Whether a moment of a gate has come: the start, another gate's approval, its needs, or a check."""
    match moment.kind:
        case MomentKind.START:
            return True
        case MomentKind.VOTE:
            return _was_approved(session, book, moment.gate)
        case MomentKind.CHECK:
            return moment.need is not None and book.met(moment.need)
        case MomentKind.NEEDS:
            first = next((book.stages[name] for name in gate.stages if book.stages[name].state not in ENDED), None)
            return first is None or not book.unmet(first)


def _was_approved(session: Session, book: Book, name: str) -> bool:
    found = select(Gate.id).where(  # type: ignore[call-overload]
        Gate.rollback_id == book.id, Gate.name == name, Gate.state == GateState.APPROVED
    )
    if session.execute(found).first() is not None:
        return True
    gate = book.plan.gate(name)
    return all(book.stages[stage].state in BEYOND_ASKING for stage in gate.stages)


def open_rounds(unit: Unit, book: Book) -> None:
    """Ask wherever every stage of a gate has been previewed and some of them wait for approval without a live round."""
    for gate in book.plan.gates:
        stages = [book.stages[name] for name in gate.stages]
        asking = [stage for stage in stages if stage.state == StageState.AWAITING_APPROVAL]
        unsettled = [s for s in stages if s.state in (StageState.PREVIEWING, StageState.BLOCKED, StageState.WAITING)]
        if not asking or (unsettled and not gate.each_change):
            continue
        shown = tuple((stage, preview_of(unit.session, stage).digest) for stage in asking)
        _ask_if_new(unit, book, Round(gate.name, Purpose.CHANGE, policy_of(gate), shown))


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
        policy=_policy_to_json(asked.policy),
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


def decision_of(session: Session, book: Book, gate: Gate, *, extra: Sequence[CastVote] = ()) -> Decision:
    """What the votes of a round come to now, with present roles and influencers; `extra` tries a vote out."""
    policy = _policy_from_json(gate.policy)
    return approvals.decide(policy, asked_now(session, book, gate), [*votes_of(session, gate), *extra])


def asked_now(session: Session, book: Book, gate: Gate) -> Asked:
    """The question of a round as it stands now."""
    influencers = {gate.asked_by} - {""}
    overrides: list[str] = []
    for stage, _ in stages_of(session, gate):
        preview = preview_of(session, stage)
        influencers |= {book.influencers[key] for key in preview.content["uses"] if key in book.influencers}
        overrides += overrides_in(preview, gate.name)
    return Asked(
        digest=gate.digest, roster=book.roster, number=book.label, influencers=influencers, overrides=overrides
    )


def overrides_in(preview: PreviewRow, gate: str) -> list[str]:
    """The overridable blockers of a preview that stand on that gate's card."""
    return [
        finding["text"]
        for finding in preview.content["findings"]
        if finding["severity"] == Severity.OVERRIDE
        and finding["gate"] in ("", gate)
        and (finding["holds"] or not finding["at_start"])
    ]


def votes_of(session: Session, gate: Gate) -> list[CastVote]:
    """The votes of a round, in the order of recording."""
    rows = session.scalars(select(Vote).where(Vote.gate_id == gate.id).order_by(Vote.id))  # type: ignore[arg-type]
    return [
        CastVote(
            person=row.person,
            account=Account(team=row.team, user=row.user, enterprise=row.enterprise),
            choice=Choice(row.choice),
            digest=row.digest,
            typed=row.typed,
            reason=row.reason,
        )
        for row in rows
    ]


def stages_of(session: Session, gate: Gate) -> list[tuple[Stage, GateStage]]:
    """The stages of a round with what was shown of each."""
    rows = session.execute(
        select(Stage, GateStage)
        .join(GateStage, GateStage.stage_id == Stage.id)  # type: ignore[arg-type]
        .where(GateStage.gate_id == gate.id)  # type: ignore[arg-type]
        .order_by(Stage.position)  # type: ignore[arg-type]
    )
    return [(stage, shown) for stage, shown in rows]


def preview_of(session: Session, stage: Stage) -> PreviewRow:
    """The newest preview of a stage."""
    return session.get_one(PreviewRow, stage.preview_id)


def approved_round(session: Session, stage: Stage) -> tuple[Gate, GateStage] | None:
    """The newest round about a stage's changes, if it was approved; a denied or an open one in its place is none."""
    newest = session.execute(
        select(Gate, GateStage)
        .join(GateStage, GateStage.gate_id == Gate.id)  # type: ignore[arg-type]
        .where(
            GateStage.stage_id == stage.id,  # type: ignore[arg-type]
            Gate.purpose == Purpose.CHANGE,  # type: ignore[arg-type]
            Gate.state != GateState.SUPERSEDED,  # type: ignore[arg-type]
        )
        .order_by(Gate.id.desc())  # type: ignore[union-attr]
        .limit(1)
    ).first()
    if newest is None or newest[0].state != GateState.APPROVED:
        return None
    return newest[0], newest[1]


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
    for stage, shown in stages_of(unit.session, gate):
        mine = book.stages[stage.name]
        if state is GateState.APPROVED and mine.state == StageState.AWAITING_APPROVAL:
            if preview_of(unit.session, mine).digest == shown.digest:
                move(unit, mine, StageState.APPROVED, why="approved")
        elif state is GateState.DENIED and mine.state in (StageState.AWAITING_APPROVAL, StageState.APPROVED):
            move(unit, mine, StageState.PREVIEWING, why="denied")


def people_to_ask(book: Book, gates: Iterable[Sequence[Role]]) -> list[str]:
    """Slack user ids of everybody who could fill a place, deputies left out."""
    roles = {role for group in gates for role in group}
    return [p.accounts[0].user for p in book.roster.holders(*roles, deputies=False)]


def _ask_if_new(unit: Unit, book: Book, asked: Round) -> None:
    live = [row for row in _rounds(unit.session, book.id, asked.name) if row.state == GateState.ASKING]
    if live and live[-1].digest == asked.digest():
        return
    gate = ask(unit, book, asked)
    unit.put(Say("gate-asked", book.id, {"gate": gate.id}))


def close(unit: Unit, gate: Gate, state: GateState) -> None:
    """End a round; its card says how."""
    gate.state, gate.closed_at, gate.version = state, unit.now, gate.version + 1
    unit.session.flush()
    assert gate.id is not None  # noqa: S101 - read from the database
    unit.put(Redraw(SubjectKind.GATE, gate.id, gate.rollback_id))
    unit.put(Redraw(SubjectKind.BOARD, gate.rollback_id, gate.rollback_id))


def _rounds(session: Session, rollback_id: int, name: str) -> list[Gate]:
    wanted = select(Gate).where(Gate.rollback_id == rollback_id, Gate.name == name).order_by(Gate.round)  # type: ignore[arg-type]
    return list(session.scalars(wanted))


def _policy_to_json(policy: Policy) -> dict[str, Any]:
    return {
        "groups": [sorted(group) for group in policy.groups],
        "typed": policy.typed,
        "denies": policy.denies,
        "four_eyes": policy.four_eyes,
    }


def _policy_from_json(stored: dict[str, Any]) -> Policy:
    return Policy(
        groups=tuple(frozenset(Role(role) for role in group) for group in stored["groups"]),
        typed=stored["typed"],
        denies=stored["denies"],
        four_eyes=stored["four_eyes"],
    )
