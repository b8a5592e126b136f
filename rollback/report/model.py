"""The report as data: what a reader may want to know of one rollback, as typed values; its JSON is this, as it is.

Texts of people and systems are on one line here and hold no control or bidi characters; each way of showing escapes
them once more for its own markup. Times are aware UTC. Durations are seconds in JSON and never negative,
whatever the wall clock did. The words under each field are its description in the JSON schema.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from rollback.report.values import Round, Seconds, Stage, Told

FORMAT: Literal[1] = 1


class Hold(Told):
    """A time in which nothing new could begin."""

    start: datetime
    end: datetime
    """When it was resumed; when the report was made, while it is still held."""
    by: str
    why: str


class Number(Told):
    """A number of something outside: of the change, the incident, the vendor's case."""

    name: str
    value: str


class Count(Told):
    """A number of devices or people."""

    name: str
    """The word that the comparison gives it: ``must``, ``check_first``, ``people`` …"""
    value: int
    means: str


class Head(Told):
    """What it was about, and how it ended."""

    label: str
    """The rollback as people say it: ``RB-7``."""
    mode: Literal["DRILL", "REAL"]
    state: Literal["running", "paused", "completed", "aborted", "rolled_forward"]
    runbook: str
    estate: str
    from_version: str
    to_version: str
    reason: str
    numbers: tuple[Number, ...]
    counts: tuple[Count, ...]
    started_at: datetime
    started_by: str
    lead: str
    """Who had the lead at last."""
    ended_at: datetime | None
    zone: str
    """The time zone in which the other ways of showing tell times."""
    done: int
    """Stages that are over."""
    stages: int
    """Stages in all."""
    door_closed_at: datetime | None
    door_opened_at: datetime | None
    door_closed: Seconds | None
    """How long no device could come in; so far, while it is closed."""
    live_at: datetime | None
    """When the service was declared healthy."""
    acute_until: datetime
    """When the last stage ended that isn't counted in days; the time of the report while one of them goes on."""


class Target(Told):
    """What was aimed at beside what came of it."""

    what: str
    target: Seconds
    """As the runbook estimated it when the rollback was started; from the start, or in length."""
    actual: Seconds | None
    """What it took; None while it hasn't happened."""
    by_hand: Seconds | None
    """What it took in the run by hand, where that is known."""


class Beside(Told):
    """One step of the run by hand, and the same stage of this run."""

    did: str
    stage: str
    """The stage's name; ``@NODE`` stands for each node."""
    then: Seconds
    """When the step began in the run by hand, from its start."""
    then_took: Seconds
    """Until the next step began."""
    began: Seconds | None
    """When the first of these stages began in this run, from its start."""
    took: Seconds | None
    """From the first of these stages' start to the last one's end."""


class Comparison(Told):
    """This run beside the run by hand that the runbook replaces."""

    title: str
    total: Seconds
    door_closed: Seconds
    closes: Seconds | None
    """When the door was closed then, from the start; None where no step says so."""
    opens: Seconds | None
    """When it was opened again."""
    live: Seconds | None
    """When the service was declared healthy."""
    steps: tuple[Beside, ...]
    added: tuple[str, ...]
    """Stages that the run by hand did not have."""


class DeviationKind(StrEnum):
    """How a run left the straight way."""

    LEFT_OUT = "left_out"
    TRIED_AGAIN = "tried_again"
    BY_HAND = "by_hand"
    FLAGGED = "flagged"
    FAILED = "failed"
    DESPITE = "despite"
    DENIED = "denied"
    ASKED_ANEW = "asked_anew"
    HELD = "held"
    RECONCILED = "reconciled"
    HEALTH = "health"
    CLOCK = "clock"


class Deviation(Told):
    """Where the run left the straight way."""

    kind: DeviationKind
    about: str
    """The stage, the gate, or nothing."""
    text: str
    at: datetime | None


class NotExecuted(Told):
    """A step that was not carried out."""

    stage: str
    change: str
    """The change in full; empty: the whole stage."""
    why: str


class Refused(Told):
    """An attempt that was refused."""

    at: datetime
    account: str
    answer: str


class Debt(Told):
    """Something that is switched off, or owed."""

    text: str
    owner: str
    due_at: datetime | None
    settled_at: datetime | None


class Notice(Told):
    """One version of one notice."""

    name: str
    version: int
    state: str
    written_by: str
    reviewed_by: str
    approved_by: str
    sent_by: str
    sent_at: datetime | None
    sent_channel: str
    sent_count: int | None


class File(Told):
    """A file on disk."""

    place: str
    count: int
    sha256: str
    at: datetime


class Entry(Told):
    """One line of the timeline."""

    seq: int
    """Its number in the audit chain."""
    at: datetime
    event: str
    text: str
    person: str
    """Who did it, or said it; empty for the bot."""
    link: str = ""
    """Of a note: where the message stands in Slack."""


class Record(Told):
    """What the audit chain says of itself."""

    entries: int
    head_seq: int
    head_mac: str
    plan: str
    estate: str
    people: str


class Spent(Told):
    """Where the time went, from the start to `Head.acute_until`; the three add up to the whole."""

    working: Seconds
    """Something was being changed, made by hand or proven."""
    held_up: Seconds
    """Nothing went on, because people were waited for or the rollback was on hold."""
    between: Seconds
    """The rest: looking at systems, handing on."""


class Report(Told):
    """The report of one rollback."""

    format: Literal[1]
    """The version of this format."""
    made_at: datetime
    head: Head
    spent: Spent
    targets: tuple[Target, ...]
    comparison: Comparison | None
    deviations: tuple[Deviation, ...]
    not_executed: tuple[NotExecuted, ...]
    holds: tuple[Hold, ...]
    stages: tuple[Stage, ...]
    rounds: tuple[Round, ...]
    refused: tuple[Refused, ...]
    debts: tuple[Debt, ...]
    notices: tuple[Notice, ...]
    files: tuple[File, ...]
    timeline: tuple[Entry, ...]
    record: Record
