"""What an action may know, for tests: a `Given` by a few words, a watch that moves a world's time, told samples."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from rollback.actions.action import Change, Done, Failed, Given, Outcome, Preview, Unknown
from rollback.approvals import still_covers
from rollback.estate import Estate
from storage.words import By, ChangeState, Mode, SystemName

MADE_UP_HASH = "0" * 64


def modes(**chosen: Mode) -> dict[SystemName, Mode]:
    """Every system on `act`, but those that are named."""
    return {system: chosen.get(system.value, Mode.ACT) for system in SystemName}


def given_at(now: datetime, estate: Estate, stage: str, **told: Any) -> Given:
    """The first attempt of `stage` in `RB-7` as it stands at `now`; every field may be told otherwise."""
    fields: dict[str, Any] = {
        "rollback": "RB-7",
        "stage": stage,
        "target": stage.partition("@")[2],
        "attempt": 1,
        "estate": estate,
        "drill": True,
        "params": {},
        "facts": {},
        "choices": {},
        "influencers": {},
        "results": {},
        "states": {},
        "runbook_hash": MADE_UP_HASH,
        "claiming": False,
        "now": now,
    }
    return Given(**{**fields, **told})


def a_given(estate: Estate, stage: str, now: datetime, **told: Any) -> Given:
    """The first attempt of `stage` as it is claimed and begun at `now`."""
    return given_at(now, estate, stage, **{"claiming": True, "stage_started": now, **told})


def with_changes(given: Given, changes: tuple[Change, ...]) -> Given:
    """The same, after these changes were planned and made by the bot, and went well."""
    made = tuple(ended(change, Done("", facts=TOLD.get(change.kind, {}))) for change in changes)
    return replace(given, planned=made, made=made)


TOLD = {"backup-verify": {"readable": True}, "database-verify": {"readable": True}}
"""What some effects keep of a change that went well."""


def ended(change: Change, outcome: Outcome) -> Change:
    """A change of the bot's as the journal has it after that outcome."""
    states = {Done: ChangeState.DONE, Failed: ChangeState.FAILED, Unknown: ChangeState.UNKNOWN}
    kept = {**outcome.facts, "text": outcome.text, "state": states[type(outcome)].value, "by": By.BOT.value}
    return replace(change, outcome=kept)


def attested(change: Change) -> Change:
    """A change as the journal has it after people said that they made it, whatever had become of it before."""
    kept = {"text": "made by hand, attested", "state": ChangeState.DONE.value, "by": By.PERSON.value}
    return replace(change, outcome={**kept, **({"earlier": dict(change.outcome)} if change.outcome else {})})


@dataclass
class TinyWatch:
    """Keeps what an effect tells, and lets a world's time pass while it waits.

    Attributes:
        passes: Lets so many seconds pass.
        refs: Every ref, in order.
        told: Every percentage and text, in order.
    """

    passes: Callable[[float], None]
    refs: list[Any] = field(default_factory=list)
    told: list[tuple[int | None, str]] = field(default_factory=list)

    def ref(self, ref: Any) -> None:
        self.refs.append(ref)

    def progress(self, percent: int | None, text: str = "") -> None:
        self.told.append((percent, text))

    def wait(self, seconds: float) -> None:
        self.passes(seconds)


@dataclass
class ToldSamples:
    """Samples as a test tells them.

    Attributes:
        good: What has held, by name and target.
        newest: The newest reading, by name and target.
    """

    good: set[tuple[str, str]] = field(default_factory=set)
    newest: dict[tuple[str, str], tuple[datetime, bool, str]] = field(default_factory=dict)

    def held(self, what: str, target: str, since: datetime, span: timedelta) -> bool:
        return (what, target) in self.good

    def last(self, what: str, target: str) -> tuple[datetime, bool, str] | None:
        return self.newest.get((what, target))


def covered(before: Preview, after: Preview, given: Given) -> bool:
    """Whether votes on what was shown before still count for what would be done now, as the claim sees it."""
    return still_covers(before.digest(given), after.core(given), before.despite(), after.despite())
