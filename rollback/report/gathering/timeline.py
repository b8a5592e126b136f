"""The audit chain of a rollback in words, one line an entry; what only repeats what another line says is left out."""

from collections.abc import Iterator, Mapping
from typing import Any

from rollback.report.gathering.record import Entry, Record
from rollback.report.gathering.words import named, words
from rollback.report.model import Entry as Line
from rollback.situation import Situation
from storage.words import Event, StageState

QUIET = frozenset(
    {Event.CHANGE_PLANNED, Event.CHANGE_INTENDED, Event.CHANGE_REFERRED, Event.ACCESS_REFUSED, Event.GATE_REMINDED}
)
"""Entries that are told elsewhere in the report, or only prepare the next one."""

TELLING = frozenset(
    {
        StageState.RUNNING,
        StageState.BLOCKED,
        StageState.FAILED,
        StageState.NEEDS_RECONCILE,
        StageState.SUCCEEDED,
        StageState.SKIPPED,
    }
)
"""The states of a stage that a reader wants to know of."""

SENTENCES: Mapping[Event, str] = {
    Event.ROLLBACK_STARTED: "the rollback was started",
    Event.ROLLBACK_HELD: "held: {why}",
    Event.ROLLBACK_RESUMED: "resumed",
    Event.ROLLBACK_ABORTED: "aborted: {why}",
    Event.ROLLBACK_COMPLETED: "completed",
    Event.ROLLBACK_ROLLED_FORWARD: "rolled forward",
    Event.LEAD_HANDED_OVER: "the lead was handed over to {to}",
    Event.STAGE_MOVED: "{stage}: {to} {why}",
    Event.STAGE_ATTESTED: "{stage}: made by hand and attested ({targets})",
    Event.STAGE_SKIP_ASKED: "{stage}: asked to leave it out: {why}",
    Event.STAGE_RECONCILED: "{stage}: reconciled, happened: {happened}",
    Event.GATE_ASKED: "gate {gate}: asked",
    Event.GATE_REOPENED: "gate {gate}: asked anew, round {round}",
    Event.GATE_DECIDED: "gate {gate}: {outcome}",
    Event.VOTE_CAST: "gate {gate}: {choice} {why}",
    Event.CHOICE_MADE: "picked {key}",
    Event.CHANGE_ENDED: "{stage}: {kind} of {target} {ended}",
    Event.CHECK_ANSWERED: "{stage}: check {check}, passed: {passed}",
    Event.DRAFT_MOVED: "notice {notice}, version {version}: {to}",
    Event.FILE_WRITTEN: "file {name} was written",
    Event.REPORT_WRITTEN: "report {name} was written",
    Event.DEBT_NOTED: "owed: {text} (owner {owner})",
    Event.DEBT_SETTLED: "settled: {text}",
    Event.CLOCK_WENT_BACK: "the wall clock went back by {seconds} s",
    Event.HEALTH_BROKEN: "health broke: {invariant} {why}",
    Event.HEALTH_RESTORED: "health is as it was: {invariant}",
}
"""What each event says; one that isn't here is told by its name and facts."""

PERSONS = frozenset({(Event.LEAD_HANDED_OVER, "to")})
"""Facts that are ids of persons."""


class _Facts(dict[str, str]):
    """Facts of an entry in words; one that is missing is nothing."""

    def __missing__(self, key: str) -> str:
        return ""


def timeline(s: Situation, record: Record) -> Iterator[Line]:
    """Every entry that tells something, in the order of the chain."""
    for entry in record.entries:
        if entry.event not in QUIET and _tells(entry):
            yield line(s, entry)


def line(s: Situation, entry: Entry) -> Line:
    """One entry in words."""
    return Line(
        seq=entry.seq, at=entry.at, event=entry.event.value, text=_sentence(s, entry), person=named(s, entry.actor)
    )


def _tells(entry: Entry) -> bool:
    if entry.event is Event.STAGE_MOVED:
        return entry.facts.get("to") in TELLING
    if entry.event is Event.CHECK_ANSWERED and entry.actor == "bot":
        return not entry.facts.get("passed")
    return True


def _sentence(s: Situation, entry: Entry) -> str:
    facts = _Facts({key: _shown(s, entry.event, key, value) for key, value in entry.facts.items()})
    sentence = SENTENCES.get(entry.event)
    if sentence is None:
        told = ", ".join(f"{words(key)} {value}" for key, value in facts.items())
        return f"{entry.event.value}: {told}" if told else entry.event.value
    return " ".join(sentence.format_map(facts).split())


def _shown(s: Situation, event: Event, key: str, value: Any) -> str:  # noqa: ANN401 - JSON
    if (event, key) in PERSONS and isinstance(value, str):
        return named(s, value) or words(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(words(str(item)) for item in value)
    return words(str(value)) if value not in (None, "") else ""
