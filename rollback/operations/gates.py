"""Votes: approve and deny, each bound to the digest that was shown; and the reminders of an open round."""

from dataclasses import dataclass

from sqlalchemy import select

from rollback import approvals, journal, rounds
from rollback.approvals import CastVote, WhyNot
from rollback.book import Book
from rollback.operations import asking, lead, stages
from rollback.operations.refusal import Presser, Refusal
from rollback.runbook import PlannedGate
from rollback.stages import ENDED, move
from storage.database import Unit
from storage.models import Gate, Rollback, Vote
from storage.outbox import Redraw, Say
from storage.words import Choice, Event, GateState, Purpose, StageState, SubjectKind

SENTENCES = {
    WhyNot.INFLUENCER: "You chose a value that this card uses; under four eyes your own choice is approved by others.",
    WhyNot.OTHER_ROLE: "This gate asks for other roles than yours; your approval would not count.",
    WhyNot.NO_ROLE: "You hold no role in this rollback; your vote would not count.",
    WhyNot.WRONG_NUMBER: "The number that you typed is not this rollback's; type it as it stands on the card.",
    WhyNot.STALE_DIGEST: "The changes are no longer those that you were shown; look at the new card.",
    WhyNot.NOT_NAMED: "You are not named in this rollback; your vote would not count.",
    WhyNot.NOT_THEIR_ACCOUNT: "This account is not yours any more; your vote would not count.",
    WhyNot.DEACTIVATED: "Slack says that this account is deactivated; its vote would not count.",
    WhyNot.VOTED_BEFORE: "You have voted in this round already; one person, one vote.",
    WhyNot.NOT_NEEDED: "Every place that you could fill is filled; another role is waited for.",
}


@dataclass(frozen=True)
class Ballot:
    """What one press says.

    Attributes:
        choice: Approve or deny.
        digest: The round's digest as it was on the card that was pressed.
        typed: The rollback's number, typed by hand, where the gate asks for it.
        why: The reason; a deny needs one.
    """

    choice: Choice
    digest: str
    typed: str = ""
    why: str = ""


def vote(unit: Unit, book: Book, gate_id: int, who: Presser, ballot: Ballot) -> str:
    """Record one vote in the round `gate_id` and do what the votes now come to.

    Raises:
        Refusal: The vote is not recorded, and why.
    """
    gate = unit.session.get_one(Gate, gate_id)
    if gate.rollback_id != book.id:
        raise Refusal("This card belongs to another rollback; nothing was changed.", book.id)
    if ballot.choice is Choice.DENY:
        return _deny(unit, book, gate, who, ballot)
    _must_be_open(book, gate, ballot.digest)
    _must_be_time(unit, book, gate)
    cast = _cast(who, ballot)
    tried = rounds.decision_of(unit.session, book, gate, extra=[cast])
    refused = [one.why for one in tried.uncounted if one.vote is cast]
    if refused:
        raise Refusal(SENTENCES[refused[0]] + " Nothing was changed.", book.id)
    _record(unit, book, gate, cast)
    return _settle(unit, book, gate)


def _must_go_on(book: Book) -> None:
    if book.row.ended_at is not None:
        raise Refusal(f"{book.label} has ended ({book.row.state}); nothing was changed.", book.id)


def _must_be_open(book: Book, gate: Gate, digest: str) -> None:
    _must_go_on(book)
    if gate.state != GateState.ASKING:
        raise Refusal(f"This card is {gate.state}: its round is over. Nothing was changed.", book.id)
    if gate.digest != digest:
        raise Refusal(SENTENCES[WhyNot.STALE_DIGEST] + " Nothing was changed.", book.id)


def _must_be_time(unit: Unit, book: Book, gate: Gate) -> None:
    if gate.purpose != Purpose.CHANGE:
        return
    planned = book.plan.gate(gate.name)
    if not approvable(unit, book, planned):
        raise Refusal(f"Votes at `{gate.name}` can be given when its needs are met; nothing was changed.", book.id)


def approvable(unit: Unit, book: Book, planned: PlannedGate) -> bool:
    """Whether the time for votes at a gate has come."""
    return rounds.reached(unit.session, book, planned, planned.approve_when)


def _deny(unit: Unit, book: Book, gate: Gate, who: Presser, ballot: Ballot) -> str:
    """A deny stops what no change has begun of, also after an approval; it needs a reason and holds the rollback."""
    _must_go_on(book)
    if not ballot.why.strip():
        raise Refusal("A deny needs a reason, so that the others know what to mend. Nothing was changed.", book.id)
    if gate.state not in (GateState.ASKING, GateState.APPROVED) or gate.digest != ballot.digest:
        raise Refusal(f"This card is {gate.state}: its round is over. Nothing was changed.", book.id)
    if not who.person.holds():
        raise Refusal(SENTENCES[WhyNot.NO_ROLE], book.id)
    _record(unit, book, gate, _cast(who, ballot))
    taken_back = _take_back(unit, book, gate)
    asking.settle_round(unit, book, gate, rounds.decision_of(unit.session, book, gate))
    if gate.state != GateState.DENIED:
        raise Refusal("Your deny does not count here: " + SENTENCES[WhyNot.NOT_NAMED], book.id)
    lead.hold(unit, book.row, who.person.id, f"denied at {gate.name}: {ballot.why}")
    begun = "" if taken_back else " What had begun already is followed to its end."
    return f"Denied. {book.label} is on hold.{begun}"


def _take_back(unit: Unit, book: Book, gate: Gate) -> bool:
    """Stages that run without any change begun go back; True if all of the round's stages could be stopped."""
    if gate.purpose != Purpose.CHANGE:
        return True
    all_back = True
    for stage, _ in rounds.stages_of(unit.session, gate):
        mine = book.stages[stage.name]
        if mine.state == StageState.RUNNING and not journal.begun(unit.session, mine):
            journal.drop_the_rest(unit, mine, "denied before anything was begun")
            move(unit, mine, StageState.PREVIEWING, why="denied", attempt=mine.attempt + 1)
        elif mine.state not in (StageState.AWAITING_APPROVAL, StageState.APPROVED):
            all_back = False
    return all_back


def _cast(who: Presser, ballot: Ballot) -> CastVote:
    return CastVote(who.person.id, who.account, ballot.choice, ballot.digest, ballot.typed, ballot.why)


def _record(unit: Unit, book: Book, gate: Gate, cast: CastVote) -> None:
    mine = unit.session.scalars(select(Vote).where(Vote.gate_id == gate.id, Vote.person == cast.person)).first()  # type: ignore[arg-type]
    if mine is not None and not (cast.choice is Choice.DENY and mine.choice == Choice.APPROVE):
        raise Refusal(SENTENCES[WhyNot.VOTED_BEFORE] + " Nothing was changed.", book.id)
    assert gate.id is not None  # noqa: S101 - read from the database
    row = mine or Vote(gate_id=gate.id, person=cast.person, team="", user="", choice="", digest="", at=unit.now)
    row.team, row.user, row.enterprise = cast.account.team, cast.account.user, cast.account.enterprise
    row.choice, row.digest, row.typed, row.reason, row.at = cast.choice, cast.digest, cast.typed, cast.reason, unit.now
    unit.session.add(row)
    unit.session.flush()
    unit.note(
        Event.VOTE_CAST,
        book.id,
        cast.person,
        gate=gate.name,
        round=gate.round,
        choice=cast.choice.value,
        digest=gate.digest,
        why=cast.reason,
    )
    unit.put(Redraw(SubjectKind.GATE, gate.id, book.id))


def _settle(unit: Unit, book: Book, gate: Gate) -> str:
    decision = rounds.decision_of(unit.session, book, gate)
    if decision.outcome is approvals.Outcome.OPEN:
        missing = " and ".join(" or ".join(sorted(place)) for place in decision.missing)
        return f"Recorded: {len(decision.approvals)} of {decision.needed}. Waiting for {missing}."
    asking.settle_round(unit, book, gate, decision)
    stages.after_round(unit, book, gate)
    lead.after_round(unit, book, gate)
    unit.ring("dispatcher")
    return f"Recorded: `{gate.name}` of {book.label} is {gate.state}."


def recount(unit: Unit, book: Book) -> None:
    """Settle every round whose votes have come to suffice without another vote.

    A blocker that was to be overridden is gone, say, and with it the place of whoever was to override it.
    """
    for gate in asking.open_ones(unit.session, book.id):
        decision = rounds.decision_of(unit.session, book, gate)
        if decision.outcome is approvals.Outcome.APPROVED:
            _settle(unit, book, gate)


def remind_due(unit: Unit) -> int:
    """Remind in every open round that has waited long enough; each step once, however often the bot restarted.

    A round that can change nothing any more is over instead.
    """
    open_rounds = unit.session.execute(
        select(Gate, Rollback)
        .join(Rollback, Rollback.id == Gate.rollback_id)  # type: ignore[arg-type]
        .where(Gate.state == GateState.ASKING, Rollback.ended_at.is_(None))  # type: ignore[arg-type, union-attr]
    ).all()
    count = 0
    for gate, _ in open_rounds:
        if _moot(unit, gate):
            asking.close(unit, gate, GateState.SUPERSEDED)
            continue
        waited = unit.now - gate.asked_at
        step = sum(1 for after in rounds.REMIND if waited >= after)
        if step > gate.reminded:
            gate.reminded = step
            unit.note(Event.GATE_REMINDED, gate.rollback_id, "bot", gate=gate.name, round=gate.round, step=step)
            unit.put(Say("gate-reminder", gate.rollback_id, {"gate": gate.id, "step": step}))
            count += 1
    return count


def _moot(unit: Unit, gate: Gate) -> bool:
    """Whether what a round asks has been overtaken: its stages have ended, or it is about an earlier attempt."""
    asked = rounds.stages_of(unit.session, gate)
    if gate.purpose == Purpose.HAPPENED:
        return any(s.state != StageState.NEEDS_RECONCILE or s.attempt != shown.attempt for s, shown in asked)
    return bool(asked) and all(stage.state in ENDED for stage, _ in asked)
