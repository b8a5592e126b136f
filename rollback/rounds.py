"""Rounds of asking as rows: what was shown, who voted, what the votes come to now. It only reads."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback import approvals
from rollback.approvals import Asked, CastVote, Decision, Policy
from rollback.book import Book
from rollback.roles import Account
from rollback.runbook import Moment, MomentKind, PlannedGate
from rollback.stages import AT_WORK, ENDED
from storage.models import Account as AccountRow
from storage.models import Gate, GateStage, PreviewRow, Stage, Vote
from storage.words import Choice, GateState, Purpose, Role, Severity, StageState

CORE, DESPITE, AHEAD = "core", "despite", "ahead"
"""Keys of a stored preview: the digest of what must be the same at the claim, the blockers that are overridden, and
whether it was made before the needs of its stage were met."""

BEYOND_ASKING = AT_WORK | ENDED | {StageState.APPROVED}


REMIND = (timedelta(minutes=3), timedelta(minutes=8), timedelta(minutes=15))
"""When those asked are reminded, then their deputies and the commander, then the service owner and all who may vote."""


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


def decision_of(session: Session, book: Book, gate: Gate, *, extra: Sequence[CastVote] = ()) -> Decision:
    """What the votes of a round come to now, with present roles and influencers; `extra` tries a vote out."""
    return decision_on(gate, asked_now(session, book, gate), [*votes_of(session, gate), *extra], gone(session))


def decision_on(gate: Gate, asked: Asked, votes: Sequence[CastVote], left: Collection[tuple[str, str]]) -> Decision:
    """What these votes come to, whoever read them.

    Args:
        gate: The round.
        asked: Its question as it stands now.
        votes: Its votes, in the order of recording.
        left: The accounts that are gone, as `gone` tells them.
    """
    theirs = frozenset(vote.account for vote in votes if (vote.account.team, vote.account.user) in left)
    return approvals.decide(policy_from_json(gate.policy), replace(asked, deactivated=theirs), votes)


def asked_now(session: Session, book: Book, gate: Gate) -> Asked:
    """The question of a round as it stands now."""
    about = stages_of(session, gate) if gate.purpose == Purpose.CHANGE else ()
    return asked_about(book, gate, [preview_of(session, stage) for stage, _ in about])


def asked_about(book: Book, gate: Gate, previews: Iterable[PreviewRow]) -> Asked:
    """The question of a round about changes, from the newest previews of its stages; none for any other purpose."""
    influencers = {gate.asked_by} - {""}
    overrides: list[str] = []
    for preview in previews:
        influencers |= {book.influencers[key] for key in preview.content["uses"] if key in book.influencers}
        overrides += overrides_in(preview, gate.name)
    return Asked(
        digest=gate.digest, roster=book.roster, number=book.label, influencers=influencers, overrides=overrides
    )


def gone(session: Session) -> frozenset[tuple[str, str]]:
    """The accounts that Slack has called gone, as team and user."""
    rows = session.execute(
        select(col(AccountRow.team), col(AccountRow.user)).where(col(AccountRow.gone_at).is_not(None))
    )
    return frozenset((team, user) for team, user in rows)


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
    return [cast(row) for row in rows]


def cast(row: Vote) -> CastVote:
    """A vote as it is counted."""
    return CastVote(
        person=row.person,
        account=Account(team=row.team, user=row.user, enterprise=row.enterprise),
        choice=Choice(row.choice),
        digest=row.digest,
        typed=row.typed,
        reason=row.reason,
    )


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


def covers(session: Session, shown: GateStage, now: PreviewRow) -> bool:
    """Whether what a round has shown of a stage covers a newer preview of it."""
    if shown.preview_id is None:
        return False
    was = session.get_one(PreviewRow, shown.preview_id)
    return approvals.still_covers(shown.digest, now.content[CORE], was.content[DESPITE], now.content[DESPITE])


def overtaken(session: Session, book: Book) -> frozenset[int]:
    """Ids of the stages that wait for votes and were previewed before their needs were met, which they are by now.

    What was previewed ahead may read otherwise now, so people are shown it as it is when the time for votes has come.
    A stage that could not be read waits as long as its card says.
    """
    asking = book.in_state(StageState.AWAITING_APPROVAL)
    waiting = {stage.preview_id: stage for stage in asking if not stage.why and not book.unmet(stage)}
    if not waiting:
        return frozenset()
    made_ahead = select(col(PreviewRow.id)).where(
        col(PreviewRow.id).in_(list(waiting)), col(PreviewRow.content)[AHEAD].as_boolean()
    )
    return frozenset(waiting[found].id or 0 for found in session.scalars(made_ahead))


def approved_round(session: Session, stage: Stage) -> tuple[Gate, GateStage] | None:
    """The newest decided round about a stage's changes, if it was approved; None if it was denied, or there is none.

    One that still asks takes nothing from it: it asks about something else, and when that is gone again, what was
    approved stands as it was shown. Whether it covers what would be done now is for the caller to see (`covers`).
    """
    newest = session.execute(
        select(Gate, GateStage)
        .join(GateStage, GateStage.gate_id == Gate.id)  # type: ignore[arg-type]
        .where(
            GateStage.stage_id == stage.id,  # type: ignore[arg-type]
            Gate.purpose == Purpose.CHANGE,  # type: ignore[arg-type]
            col(Gate.state).in_([GateState.APPROVED, GateState.DENIED]),
        )
        .order_by(Gate.id.desc())  # type: ignore[union-attr]
        .limit(1)
    ).first()
    if newest is None or newest[0].state != GateState.APPROVED:
        return None
    return newest[0], newest[1]


def voters_on(session: Session, stage: Stage) -> frozenset[str]:
    """Ids of those who voted in the round that the stage's changes were approved in, those who denied it later too."""
    newest = session.scalars(
        select(Gate)
        .join(GateStage, col(GateStage.gate_id) == col(Gate.id))
        .where(
            col(GateStage.stage_id) == stage.id,
            col(Gate.purpose) == Purpose.CHANGE,
            col(Gate.state).in_([GateState.APPROVED, GateState.DENIED]),
        )
        .order_by(col(Gate.id).desc())
        .limit(1)
    ).first()
    return frozenset() if newest is None else frozenset(vote.person for vote in votes_of(session, newest))


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """A policy as a round keeps it."""
    return {
        "groups": [sorted(group) for group in policy.groups],
        "typed": policy.typed,
        "denies": policy.denies,
        "four_eyes": policy.four_eyes,
    }


def policy_from_json(stored: dict[str, Any]) -> Policy:
    """The policy that a round keeps."""
    return Policy(
        groups=tuple(frozenset(Role(role) for role in group) for group in stored["groups"]),
        typed=stored["typed"],
        denies=stored["denies"],
        four_eyes=stored["four_eyes"],
    )
