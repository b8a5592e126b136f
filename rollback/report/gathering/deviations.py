"""Where the run left the straight way, and which of its steps were not carried out."""

from collections.abc import Iterator, Sequence

from rollback.report.gathering.history import History
from rollback.report.gathering.record import Entry, Record
from rollback.report.gathering.words import named, words
from rollback.report.model import Deviation, DeviationKind, NotExecuted
from rollback.situation import GateView, Situation, StageView
from storage.models import ChangeRow
from storage.words import By, ChangeState, Event, GateState, StageState

K = DeviationKind


def deviations(s: Situation, history: History, record: Record) -> Iterator[Deviation]:
    """Every deviation: of stages, of rounds, of the whole."""
    for stage in s.stages:
        yield from _of_stage(stage, history)
    for gate in s.gates:
        yield from _of_round(gate)
    for entry in record.entries:
        yield from _of_entry(s, entry)


def _of_stage(stage: StageView, history: History) -> Iterator[Deviation]:
    def one(kind: K, text: str) -> Deviation:
        return Deviation(kind=kind, about=name, text=text, at=stage.ended_at)

    name, changes = words(stage.name), history.changes.get(stage.id, ())
    if stage.state is StageState.SKIPPED:
        yield one(K.LEFT_OUT, f"{name} was left out: {words(stage.why)}")
    if stage.attempt > 1:
        yield one(K.TRIED_AGAIN, f"{name} took {stage.attempt} attempts")
    hands = [change for change in changes if change.person and change.by == By.PERSON]
    if hands:
        yield one(K.BY_HAND, f"{name} was done by hand, in part or whole")
    for flag in stage.flags:
        yield one(K.FLAGGED, f"{name} was flagged: {words(flag)}")
    for change in changes:
        if change.state == ChangeState.FAILED:
            text = f"{name}: a change failed in attempt {change.attempt}: {words(_seen(change))}"
            yield Deviation(kind=K.FAILED, about=name, text=text, at=change.ended_at)


def _seen(change: ChangeRow) -> str:
    return str((change.outcome or {}).get("text", ""))


def _of_round(gate: GateView) -> Iterator[Deviation]:
    name = words(gate.name)
    if gate.state is GateState.APPROVED:
        for override in gate.overrides:
            text = f"{name} was approved despite: {words(override)}"
            yield Deviation(kind=K.DESPITE, about=name, text=text, at=gate.closed_at)
    if gate.state is GateState.DENIED:
        reasons = "; ".join(words(vote.reason) for vote in gate.votes if vote.reason)
        text = f"{name}, round {gate.round}, was denied: {reasons}"
        yield Deviation(kind=K.DENIED, about=name, text=text, at=gate.closed_at)
    if gate.state is GateState.SUPERSEDED:
        text = f"{name}, round {gate.round}, was asked anew, because what it showed had changed"
        yield Deviation(kind=K.ASKED_ANEW, about=name, text=text, at=gate.closed_at)


def _of_entry(s: Situation, entry: Entry) -> Iterator[Deviation]:
    def one(kind: K, text: str, about: str = "") -> Deviation:
        return Deviation(kind=kind, about=about, text=text, at=entry.at)

    facts = entry.facts
    if entry.event is Event.ROLLBACK_HELD:
        by = named(s, entry.actor)
        yield one(K.HELD, f"held{f' by {by}' if by else ' by the bot'}: {words(str(facts.get('why', '')))}")
    elif entry.event is Event.STAGE_RECONCILED:
        stage = words(str(facts.get("stage", "")))
        happened = "it had happened" if facts.get("happened") else "it had not happened"
        yield one(K.RECONCILED, f"{stage} was reconciled: {happened}", stage)
    elif entry.event is Event.HEALTH_BROKEN:
        name, seen = words(str(facts.get("invariant", ""))), words(str(facts.get("why", "")))
        yield one(K.HEALTH, f"health broke: {name}{f': {seen}' if seen else ''}", name)
    elif entry.event is Event.CLOCK_WENT_BACK:
        yield one(K.CLOCK, f"the wall clock went back by {facts.get('seconds')} s")


def not_executed(s: Situation, history: History) -> Iterator[NotExecuted]:
    """Stages that were left out or never came, and changes of others that were never begun."""
    for stage in s.stages:
        name = words(stage.name)
        if stage.state is StageState.SKIPPED:
            yield NotExecuted(stage=name, change="", why=f"left out: {words(stage.why)}")
        elif s.ended and not stage.over and stage.started_at is None:
            yield NotExecuted(stage=name, change="", why=f"the rollback ended before it ({s.state.value})")
        else:
            yield from _dropped(name, history.changes.get(stage.id, ()), stage)


def _dropped(name: str, changes: Sequence[ChangeRow], stage: StageView) -> Iterator[NotExecuted]:
    """Changes that were never begun, in the last attempt: an earlier one was followed by another."""
    for change in changes:
        if change.state == ChangeState.DROPPED and change.attempt == stage.attempt:
            yield NotExecuted(stage=name, change=words(change.text), why=words(_seen(change)) or "never begun")
