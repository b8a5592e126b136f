"""Where the run left the straight way: left out, overridden, tried again, by hand, denied, held, reconciled."""

from collections.abc import Iterator

from rollback.report.history import History
from rollback.report.markdown import instant, said, table
from rollback.report.record import Record
from rollback.report.stages import by_hand
from rollback.situation import Situation
from rollback.untrusted import Untrusted
from storage.words import ChangeState, Event, GateState, StageState


def deviations(s: Situation, history: History, record: Record) -> Iterator[str]:
    """One line a deviation; none is said as such."""
    found = [*_of_stages(s, history), *_of_rounds(s), *_of_the_lead(s, record)]
    yield from found or ["None."]


def _of_stages(s: Situation, history: History) -> Iterator[str]:
    for stage in s.stages:
        name = said(stage.name)
        if stage.state is StageState.SKIPPED:
            yield f"- {name} was left out: {said(stage.why)}"
        if stage.attempt > 1:
            yield f"- {name} took {stage.attempt} attempts"
        if by_hand(stage, history):
            yield f"- {name} was done by hand, in part or whole"
        yield from (f"- {name} was flagged: {said(flag)}" for flag in stage.flags)
        for change in history.changes.get(stage.id, ()):
            if change.state == ChangeState.FAILED:
                text = (change.outcome or {}).get("text", "")
                yield f"- {name}: a change failed in attempt {change.attempt}: {said(Untrusted(str(text)))}"


def _of_rounds(s: Situation) -> Iterator[str]:
    for gate in s.gates:
        yield from (
            f"- {said(gate.name)} was approved despite: {said(text)}" for text in _accepted(gate.overrides, gate.state)
        )
        if gate.state is GateState.DENIED:
            reasons = "; ".join(said(vote.reason) for vote in gate.votes if vote.reason)
            yield f"- {said(gate.name)}, round {gate.round}, was denied: {reasons}"
        if gate.state is GateState.SUPERSEDED:
            yield f"- {said(gate.name)}, round {gate.round}, was asked anew, because what it showed had changed"


def _accepted(overrides: tuple[Untrusted, ...], state: GateState) -> tuple[Untrusted, ...]:
    return overrides if state is GateState.APPROVED else ()


def _of_the_lead(s: Situation, record: Record) -> Iterator[str]:
    for entry in record.entries:
        at = instant(entry.at, s.zone)
        if entry.event is Event.ROLLBACK_HELD:
            yield f"- {at} held: {said(Untrusted(str(entry.facts.get('why', ''))))}"
        elif entry.event is Event.STAGE_RECONCILED:
            happened = "it had happened" if entry.facts.get("happened") else "it had not happened"
            yield f"- {at} {said(str(entry.facts.get('stage', '')))} was reconciled: {happened}"
        elif entry.event is Event.HEALTH_BROKEN:
            yield f"- {at} health broke: {said(Untrusted(str(entry.facts)))}"


def refused(s: Situation, record: Record) -> Iterator[str]:
    """Every attempt that was refused, with the sentence that it was answered."""
    rows = [
        (instant(entry.at, s.zone), said(Untrusted(entry.actor)), said(Untrusted(str(entry.facts.get("why", "")))))
        for entry in record.refused
    ]
    yield from table(("at", "account", "answer"), rows)


def debts(s: Situation) -> Iterator[str]:
    """What is owed, and what was settled."""
    rows = [
        (said(debt.text), said(Untrusted(debt.owner)), instant(debt.due_at, s.zone), instant(debt.settled_at, s.zone))
        for debt in s.debts
    ]
    yield from table(("what", "owner", "due", "settled"), rows)
