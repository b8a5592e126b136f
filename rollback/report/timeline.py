"""The audit chain of a rollback in words, one line an entry; what only repeats what another line says is left out."""

from collections.abc import Iterator, Mapping
from typing import Any

from rollback.report.markdown import instant, said
from rollback.report.people import named
from rollback.report.record import Entry, Record
from rollback.situation import Situation
from rollback.untrusted import Untrusted
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
    Event.DRAFT_MOVED: "a notice moved on",
    Event.FILE_WRITTEN: "a file was written",
    Event.REPORT_WRITTEN: "a report was written",
    Event.DEBT_NOTED: "owed: {text} (owner {owner})",
    Event.DEBT_SETTLED: "settled: {text}",
    Event.CLOCK_WENT_BACK: "the wall clock went back by {seconds} s",
    Event.HEALTH_BROKEN: "health broke",
    Event.HEALTH_RESTORED: "health is as it was",
}
"""What each event says; one that isn't here is told by its name and facts."""


class _Facts(dict[str, str]):
    """Facts of an entry, escaped; one that is missing is nothing."""

    def __missing__(self, key: str) -> str:
        return ""


def timeline(s: Situation, record: Record) -> Iterator[str]:
    """Every entry that tells something, in the order of the chain."""
    for entry in record.entries:
        if entry.event in QUIET or not _tells(entry):
            continue
        actor = named(s, entry.actor)
        yield f"- {instant(entry.at, s.zone)} · {_sentence(s, entry)}{f' — {actor}' if actor else ''}"


def _tells(entry: Entry) -> bool:
    if entry.event is Event.STAGE_MOVED:
        return entry.facts.get("to") in TELLING
    if entry.event is Event.CHECK_ANSWERED and entry.actor == "bot":
        return not entry.facts.get("passed")
    return True


def _sentence(s: Situation, entry: Entry) -> str:
    facts = _Facts({key: _shown(s, key, value) for key, value in entry.facts.items()})
    sentence = SENTENCES.get(entry.event)
    if sentence is None:
        told = ", ".join(f"{said(key)} {value}" for key, value in facts.items())
        return f"{said(entry.event.value)}: {told}" if told else said(entry.event.value)
    return " ".join(sentence.format_map(facts).split())


def _shown(s: Situation, key: str, value: Any) -> str:  # noqa: ANN401 - JSON
    if key == "to" and isinstance(value, str):
        return named(s, value) or said(Untrusted(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(said(Untrusted(str(item))) for item in value)
    return said(Untrusted(str(value))) if value not in (None, "") else ""
