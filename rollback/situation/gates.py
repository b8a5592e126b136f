"""Rounds of asking as people see them; what the votes come to is asked of `rollback.rounds`, never decided here."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback import rounds
from rollback.approvals import Asked, Decision
from rollback.book import Book
from rollback.rounds import REMIND
from rollback.runbook import Moment, MomentKind, PlannedGate
from rollback.situation.gate_values import GateStageView, GateView, InfluencerView, VoteView
from rollback.situation.people import by_id, holders
from rollback.situation.previews import Previews
from rollback.situation.stage_values import PreviewView
from rollback.situation.way_back import way_back_from
from rollback.stages import ENDED
from rollback.standing import still_off
from rollback.untrusted import Untrusted
from storage.models import Gate, GateStage, PreviewRow, Stage, Vote
from storage.words import By, Choice, GateState, Purpose, Role, Severity

TITLES = {
    Purpose.SKIP: "Leave out {0}",
    Purpose.HAPPENED: "Believe that {0} happened",
    Purpose.ABORT: "End {1} where it stands",
    Purpose.ROLL_FORWARD: "Take the way back",
}


@dataclass(frozen=True)
class _Round:
    """One round with what it is drawn from."""

    row: Gate
    planned: PlannedGate | None
    stages: tuple[tuple[Stage, GateStage], ...]
    votes: tuple[Vote, ...]
    asked: Asked
    decision: Decision
    newest: bool

    @property
    def open(self) -> bool:
        return self.row.state == GateState.ASKING


def gate_views(session: Session, book: Book, previews: Previews, now: datetime) -> tuple[GateView, ...]:
    """Every round of a rollback, in the order of asking."""
    return tuple(_view(session, book, one, previews.views, now) for one in _read(session, book, previews.rows))


def _read(session: Session, book: Book, previews: Mapping[int, PreviewRow]) -> list[_Round]:
    """All rounds at once: a picture is drawn at every change, and would spend its time on queries round by round."""
    rows = list(session.scalars(select(Gate).where(col(Gate.rollback_id) == book.id).order_by(col(Gate.id))))
    about = _stages_by_round(session, book)
    votes: dict[int, list[Vote]] = defaultdict(list)
    of_ours = select(Vote).where(col(Vote.gate_id).in_([row.id for row in rows])).order_by(col(Vote.id))
    for vote in session.scalars(of_ours):
        votes[vote.gate_id].append(vote)
    left, last = rounds.gone(session), {row.name: row.id for row in rows}
    found = []
    for row in rows:
        shown = about[row.id or 0] if row.purpose == Purpose.CHANGE else []
        asked = rounds.asked_about(book, row, [previews[stage.preview_id or 0] for stage, _ in shown])
        theirs = votes[row.id or 0]
        found.append(
            _Round(
                row=row,
                planned=book.plan.gate(row.name) if row.purpose == Purpose.CHANGE else None,
                stages=tuple(about[row.id or 0]),
                votes=tuple(theirs),
                asked=asked,
                decision=rounds.decision_on(row, asked, [rounds.cast(vote) for vote in theirs], left),
                newest=last[row.name] == row.id,
            )
        )
    return found


def _stages_by_round(session: Session, book: Book) -> dict[int, list[tuple[Stage, GateStage]]]:
    found: dict[int, list[tuple[Stage, GateStage]]] = defaultdict(list)
    stages = {stage.id: stage for stage in book.stages.values()}
    rows = session.scalars(select(GateStage).where(col(GateStage.stage_id).in_(list(stages))))
    for row in sorted(rows, key=lambda row: stages[row.stage_id].position):
        found[row.gate_id].append((stages[row.stage_id], row))
    return found


def _view(session: Session, book: Book, one: _Round, seen: Mapping[int, PreviewView], now: datetime) -> GateView:
    row, decision = one.row, one.decision
    assert row.id is not None  # noqa: S101 - read from the database
    line = one.planned.line if one.planned else 0
    filled = [_in_order(counted.place) for counted in decision.approvals]
    missing = tuple(_in_order(place) for place in decision.missing)
    voted = {vote.person for vote in one.votes}
    roles = {role for place in missing for role in place}
    stages = tuple(_stages(session, book, one, seen))
    return GateView(
        id=row.id,
        name=row.name,
        title=_title(book, one),
        round=row.round,
        purpose=Purpose(row.purpose),
        state=GateState(row.state),
        newest=one.newest,
        digest=row.digest,
        line=line,
        typed=bool(row.policy["typed"]),
        asked_by=by_id(book, row.asked_by) if row.asked_by else None,
        asked_at=row.asked_at,
        closed_at=row.closed_at,
        why=Untrusted(row.why),
        stages=stages,
        outcome=decision.outcome,
        needed=decision.needed,
        places=(*filled, *missing),
        missing=missing,
        votes=tuple(_vote(book, vote, decision) for vote in one.votes),
        overrides=_overrides(one, stages),
        influencers=tuple(_influencers(book, one, seen)),
        asked=holders(book, roles, but={*voted, *one.asked.influencers}),
        approvable=one.open and book.row.ended_at is None and _reached(session, book, one.planned),
        approvable_when=_when(one.planned, book) if one.open else "",
        starts_when=_starts_when(book, one),
        reminded=row.reminded,
        next_reminder=_next_reminder(row) if one.open else None,
        still_off=tuple(still_off(book)) if row.purpose == Purpose.ABORT else (),
        way_back_after=way_back_from(book, line, now, begun=True) if one.open and one.planned else None,
    )


def _title(book: Book, one: _Round) -> Untrusted:
    if one.planned is not None:
        return Untrusted(one.planned.title)
    name = one.stages[0][0].name if one.stages else ""
    return Untrusted(TITLES[Purpose(one.row.purpose)].format(name, book.label))


def _stages(session: Session, book: Book, one: _Round, seen: Mapping[int, PreviewView]) -> list[GateStageView]:
    is_change = one.row.purpose == Purpose.CHANGE
    names = [stage.name for stage, _ in one.stages]
    views = []
    for stage, shown in one.stages:
        assert stage.id is not None  # noqa: S101 - read from the database
        planned = book.planned(stage)
        before = _before(book, stage.name)
        views.append(
            GateStageView(
                id=stage.id,
                name=stage.name,
                title=Untrusted(planned.title),
                digest=shown.digest,
                preview=_shown(session, stage, shown, seen, asking=one.open) if is_change else None,
                beside=tuple(name for name in names if name != stage.name and _beside(book, stage, name, before)),
                after=tuple(dict.fromkeys(need.stage for need in planned.needs if need.stage in names)),
                by_hand=Untrusted(planned.by_hand),
                people_see=tuple(Untrusted(check.text) for check in planned.checks if check.by is By.PERSON),
                line=planned.line,
            )
        )
    return views


def _shown(
    session: Session, stage: Stage, shown: GateStage, seen: Mapping[int, PreviewView], *, asking: bool
) -> PreviewView | None:
    """What the round showed; while it asks the newest preview that it covers, because its facts are fresher."""
    newest = seen.get(stage.preview_id) if stage.preview_id is not None else None
    if asking and newest is not None and rounds.covers(session, shown, rounds.preview_of(session, stage)):
        return newest
    return seen.get(shown.preview_id) if shown.preview_id is not None else None


def _overrides(one: _Round, stages: Sequence[GateStageView]) -> tuple[Untrusted, ...]:
    """What is approved despite: as it is counted while the round asks, and afterwards as it was shown."""
    if one.open:
        return tuple(Untrusted(text) for text in one.asked.overrides)
    return tuple(
        finding.text
        for stage in stages
        if stage.preview is not None
        for finding in stage.preview.findings
        if finding.severity is Severity.OVERRIDE
        and finding.gate in ("", one.row.name)
        and (finding.holds or not finding.at_start)
    )


def _before(book: Book, name: str) -> frozenset[str]:
    """Every stage that must have ended, or passed a check, before a stage may start."""
    found: set[str] = set()
    left = [name]
    while left:
        for need in book.plan.stage(left.pop()).needs:
            if need.stage not in found:
                found.add(need.stage)
                left.append(need.stage)
    return frozenset(found)


def _beside(book: Book, stage: Stage, other: str, before: frozenset[str]) -> bool:
    if other in before or stage.name in _before(book, other):
        return False
    mine, theirs = book.planned(stage), book.plan.stage(other)
    return not (set(mine.locks) & {*theirs.locks, *theirs.shares} or set(mine.shares) & set(theirs.locks))


def _vote(book: Book, vote: Vote, decision: Decision) -> VoteView:
    place = next((one.place for one in decision.approvals if one.vote.person == vote.person), frozenset[Role]())
    why_not = next((one.why for one in decision.uncounted if one.vote.person == vote.person), None)
    return VoteView(
        person=by_id(book, vote.person),
        choice=Choice(vote.choice),
        counts=why_not is None,
        why_not=why_not,
        place=_in_order(place),
        reason=Untrusted(vote.reason),
        digest=vote.digest,
        at=vote.at,
    )


def _influencers(book: Book, one: _Round, seen: Mapping[int, PreviewView]) -> list[InfluencerView]:
    keys: dict[str, list[str]] = {person: [] for person in sorted(one.asked.influencers)}
    newest = [seen[stage.preview_id] for stage, _ in one.stages if stage.preview_id is not None]
    uses = {key for preview in newest for key in preview.uses}
    for key, person in sorted(book.influencers.items()):
        if key in uses and person in keys:
            keys[person].append(key)
    return [InfluencerView(by_id(book, person), tuple(theirs)) for person, theirs in keys.items()]


def _reached(session: Session, book: Book, planned: PlannedGate | None) -> bool:
    return planned is None or rounds.reached(session, book, planned, planned.approve_when)


def _when(planned: PlannedGate | None, book: Book) -> str:
    if planned is None:
        return ""
    moment: Moment = planned.approve_when
    match moment.kind:
        case MomentKind.START:
            return ""
        case MomentKind.VOTE:
            return f"`{moment.gate}` is approved"
        case MomentKind.CHECK:
            return f"`{moment.need}` has passed"
        case MomentKind.NEEDS:
            first = next((book.stages[name] for name in planned.stages if book.stages[name].state not in ENDED), None)
            unmet = [f"`{need}`" for need in book.unmet(first)] if first is not None else []
            return f"{_and(unmet)} {'has' if len(unmet) == 1 else 'have'} ended" if unmet else ""


def _starts_when(book: Book, one: _Round) -> str:
    """What the first stage waits for besides the votes."""
    if one.planned is None or not one.stages:
        return ""
    own = set(one.planned.stages)
    unmet = [f"`{need}`" for need in book.unmet(one.stages[0][0]) if need.stage not in own]
    return f"{_and(unmet)} {'has' if len(unmet) == 1 else 'have'} ended" if unmet else ""


def _next_reminder(row: Gate) -> datetime | None:
    return row.asked_at + REMIND[row.reminded] if row.reminded < len(REMIND) else None


def _in_order(place: frozenset[Role]) -> tuple[Role, ...]:
    return tuple(role for role in Role if role in place)


def _and(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
