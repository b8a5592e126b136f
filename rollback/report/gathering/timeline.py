"""The audit chain of a rollback in words, one line an entry; what only repeats what another line says is left out."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from rollback.report.gathering.notes import link_of
from rollback.report.gathering.record import Entry, Record
from rollback.report.gathering.words import named, words
from rollback.report.model import Entry as Line
from rollback.situation import Situation
from storage.models import NoteRow
from storage.words import Event, StageState

LATE = timedelta(minutes=1)
"""A note that was added later than this after it was said tells when it was said."""

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
    Event.LEAD_OFFERED: "the lead was offered to {to}",
    Event.LEAD_HANDED_OVER: "the lead was taken over by {to}",
    Event.SAFETY_STARTED: "{stage}: started toward safety by one person",
    Event.PEOPLE_CHANGED: "people changed: added {added}, changed {changed}, removed {removed}",
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
    Event.STAKEHOLDERS_TOLD: "stakeholders were told: {what}",
    Event.DEBT_NOTED: "owed: {text} (owner {owner})",
    Event.DEBT_SETTLED: "settled: {text}",
    Event.CLOCK_WENT_BACK: "the wall clock went back by {seconds} s",
    Event.HEALTH_BROKEN: "health broke: {invariant} {why}",
    Event.HEALTH_RESTORED: "health is as it was: {invariant}",
}
"""What each event says; one that isn't here is told by its name and facts."""

PERSONS = frozenset({(Event.LEAD_OFFERED, "to"), (Event.LEAD_HANDED_OVER, "to")})
"""Facts that are ids of persons."""


class _Facts(dict[str, str]):
    """Facts of an entry in words; one that is missing is nothing."""

    def __missing__(self, key: str) -> str:
        return ""


def timeline(s: Situation, record: Record, notes: Mapping[int, NoteRow]) -> Iterator[Line]:
    """Every entry that tells something, in the order of the chain.

    Args:
        s: The picture now.
        record: What the chain holds of the rollback.
        notes: What people put on the timeline, by id; one that was purged is told as such.
    """
    for entry in record.entries:
        if entry.event is Event.NOTE_ADDED:
            yield _note(s, entry, notes.get(int(entry.facts["note"])))
        elif entry.event not in QUIET and _tells(entry):
            yield Line(
                seq=entry.seq,
                at=entry.at,
                event=entry.event.value,
                text=_sentence(s, entry),
                person=named(s, entry.actor),
            )


def _note(s: Situation, entry: Entry, note: NoteRow | None) -> Line:
    """A note stands where it was added, with the time at which it was said and who said it."""
    if note is None:
        return Line(seq=entry.seq, at=entry.at, event=entry.event.value, text="a note, purged since", person="")
    said = f"said {_moment(s, note.said_at, entry.at)}: " if entry.at - note.said_at > LATE else ""
    return Line(
        seq=entry.seq,
        at=entry.at,
        event=entry.event.value,
        text=f"{said}{words(note.text)}",
        person=named(s, note.author),
        link=link_of(note),
    )


def _moment(s: Situation, at: datetime, added: datetime) -> str:
    """The time of day, with the day in front where it is another one."""
    local = s.local(at)
    same_day = local.date() == s.local(added).date()
    return f"{local:%H:%M}" if same_day else f"{local.day} {local:%b %H:%M}"


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
