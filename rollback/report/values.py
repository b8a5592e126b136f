"""Stages and rounds of asking as the report has them; the rest is in `rollback.report.model`."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema

Seconds = Annotated[
    timedelta,
    PlainSerializer(lambda length: round(length.total_seconds(), 3), return_type=float),
    WithJsonSchema({"type": "number", "minimum": 0, "description": "seconds"}),
]


class Told(BaseModel):
    """A value of the report."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Doing(StrEnum):
    """What a stage's time goes into; each stretch is one of these."""

    LOOKING = "looking"  # the bot reads the systems
    VOTES = "votes"  # people have to vote
    TURN = "turn"  # agreed; something before it has to end first
    WORK = "work"  # the bot makes changes
    HANDS = "hands"  # people make changes by hand
    PROVING = "proving"  # the bot verifies
    ANSWERS = "answers"  # people have to look and answer
    BLOCKED = "blocked"  # something stands in the way
    FAILED = "failed"  # people have to decide what becomes of a failure
    UNKNOWN = "unknown"  # people have to find out what happened


WORKING = frozenset({Doing.WORK, Doing.HANDS, Doing.PROVING})
"""Something goes on."""

PEOPLE = frozenset({Doing.VOTES, Doing.ANSWERS, Doing.BLOCKED, Doing.FAILED, Doing.UNKNOWN})
"""Nothing goes on until people say something."""


class Stretch(Told):
    """A stretch of time in which a stage did one thing."""

    start: datetime
    end: datetime
    doing: Doing
    attempt: int


class Change(Told):
    """One change of a stage, in one of its attempts."""

    text: str
    system: str
    attempt: int
    group: int
    by: Literal["bot", "person"]
    person: str
    """Who made it by hand, or empty."""
    state: Literal["planned", "intended", "done", "failed", "unknown", "dropped"]
    begun_at: datetime | None
    ended_at: datetime | None
    seen: str
    """What was seen at its end."""
    evidence: str
    """What a person brought as proof."""


class Check(Told):
    """One check of a stage, in one of its attempts."""

    name: str
    attempt: int
    by: Literal["bot", "person"]
    state: Literal["open", "passed", "failed", "not_checked"]
    at: datetime | None
    seen: str


class Evidence(Told):
    """One field of what a person gave with an answer."""

    name: str
    value: str


class Answer(Told):
    """What one person answered to one check."""

    check: str
    attempt: int
    person: str
    passed: bool
    at: datetime
    evidence: tuple[Evidence, ...]


class Stage(Told):
    """One stage."""

    position: int
    name: str
    title: str
    phase: str
    kind: str
    """What it asks of people: ``read``, ``change``, ``attestation``, ``decision``, ``safety``."""
    line: Literal[0, 1, 2]
    """1 or 2 where it crosses that line."""
    state: str
    attempts: int
    started_at: datetime | None
    ended_at: datetime | None
    took: Seconds | None
    target: Seconds
    """How long the runbook says that it takes."""
    by_hand: bool
    """Whether a person made any of its changes."""
    why: str
    flags: tuple[str, ...]
    stretches: tuple[Stretch, ...]
    changes: tuple[Change, ...]
    checks: tuple[Check, ...]
    answers: tuple[Answer, ...]


class Shown(Told):
    """One change as it was shown to those who voted."""

    stage: str
    number: str
    text: str
    by: Literal["bot", "person"]


class Vote(Told):
    """One vote."""

    person: str
    choice: Literal["approve", "deny"]
    place: tuple[str, ...]
    """The roles of the place that it filled."""
    at: datetime
    counts: bool
    why_not: str
    reason: str


class Round(Told):
    """One round of asking, with what was shown."""

    gate: str
    title: str
    round: int
    purpose: Literal["change", "skip", "happened", "abort", "roll_forward"]
    state: Literal["asking", "approved", "denied", "superseded"]
    asked_at: datetime
    asked_by: str
    closed_at: datetime | None
    needed: int
    digest: str
    """What each vote is bound to."""
    why: str
    shown: tuple[Shown, ...]
    warned: tuple[str, ...]
    lost: tuple[str, ...]
    """What would be lost."""
    despite: tuple[str, ...]
    """What is approved despite."""
    not_counting: tuple[str, ...]
    """Whose approval did not count, because of what they had chosen or asked."""
    votes: tuple[Vote, ...]
