"""The contract between the rollback and the verbs of the field: what is proposed, and how it is carried out.

    preview → changes, facts, findings → digest → people → effects (before, act, look, follow) → verify → result

An action reads only. What changes the world is an effect, found by the kind of a stored change, so that a change
planned by yesterday's process is carried out, looked for or followed by today's.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from rollback.actions.outcomes import (
    AlreadySo,
    Done,
    Failed,
    GuardFailed,
    InFlight,
    Json,
    Look,
    NotDone,
    Outcome,
    Unknown,
)
from rollback.actions.proposals import NOTED, Change, Fact, Finding
from rollback.approvals import digest_of
from rollback.estate import Estate
from rollback.health import Reading
from rollback.invariants import Demand, Seen
from rollback.systems import Systems
from storage.words import CheckState, Repeat, Severity

__all__ = [
    "NOTED",
    "Action",
    "AlreadySo",
    "Catalogue",
    "Change",
    "Check",
    "Connect",
    "Done",
    "Effect",
    "Fact",
    "Failed",
    "Finding",
    "Given",
    "GuardFailed",
    "InFlight",
    "Invariants",
    "Json",
    "Look",
    "NotDone",
    "Outcome",
    "Preview",
    "Probes",
    "Samples",
    "Unknown",
    "Verdict",
    "Watch",
    "ordered",
]


@dataclass(frozen=True)
class Given:
    """Everything that an action or an effect may know besides the systems.

    Attributes:
        rollback: The rollback as people say it, ``RB-7``.
        stage: The stage's name, ``restore-node@xms01``.
        target: Its node, or empty.
        attempt: Which attempt of the stage this is; not in the digest.
        estate: The estate as frozen at the start.
        drill: Whether it is a drill.
        params: The stage's parameters from the runbook.
        facts: What the start dialog and `prepare` fixed: versions, upgrade time, device count …
        choices: What people picked, by key (``backup``, ``point@xms01``, ``first``, ``restart``, ``save``).
        influencers: Who changed which choice, by key.
        results: Results of the stages that have succeeded, by stage name.
        states: States of all stages, by stage name.
        runbook_hash: SHA-256 of the plan.
        claiming: True right before the stage runs: what "must hold when it starts" must hold now.
        now: The present instant, aware UTC.
        planned: The changes that this attempt of the stage planned; empty in a preview.
        made: Changes of this stage that were made, or may have been, in any attempt so far, each with its outcome: what
            we did is not "so already".
        stage_started: When the stage began to run, aware UTC; None before.
        rollback_id: Id of the rollback's row; 0 where nothing is stored (in tests of one effect).
        notices: Where the newest version of each notice stands, by its name (`rollback.actions.notices.Standing`).
    """

    rollback: str
    stage: str
    target: str
    attempt: int
    estate: Estate
    drill: bool
    params: Mapping[str, Json]
    facts: Mapping[str, Json]
    choices: Mapping[str, Json]
    influencers: Mapping[str, str]
    results: Mapping[str, Json]
    states: Mapping[str, str]
    runbook_hash: str
    claiming: bool
    now: datetime
    planned: tuple[Change, ...] = ()
    made: tuple[Change, ...] = ()
    stage_started: datetime | None = None
    notices: Mapping[str, str] = field(default_factory=dict)
    rollback_id: int = 0

    def marker(self, target: str = "") -> str:
        """What our own effects are named, so that they can be found again: rollback/stage/target, no attempt."""
        return f"{self.rollback}/{self.stage.split('@')[0]}/{target or self.target}"


@dataclass(frozen=True)
class Preview:
    """What a stage would do now.

    Attributes:
        changes: In groups, in order.
        facts: What the card tells.
        findings: Blockers and warnings.
        thens: For a group's number: what must pass before the next group begins.
        identity: Observed identity of each system, read on the connection that would act.
        uses: Keys of the choices that it uses; who changed one of them is an influencer.
        lost: What will be lost, in full sentences.
        dies: What is known if the bot dies now.
        offers: What people may pick, by choice key: values with their labels.
        action_version: Raised when the action's code means something else.
    """

    changes: tuple[Change, ...] = ()
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    thens: Mapping[int, str] = field(default_factory=dict)
    identity: Mapping[str, str] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    dies: str = ""
    offers: Mapping[str, tuple[tuple[Json, str], ...]] = field(default_factory=dict)
    action_version: int = 1

    def digest(self, given: Given) -> str:
        """What a vote is bound to: `core`, and what is approved despite."""
        return digest_of(self.core(given), self.despite())

    def core(self, given: Given) -> str:
        """SHA-256 over changes, version, drill or real, identity and runbook: what must be the same at the claim.

        Neither the attempt nor any fact is in it: changes name goals.
        """
        signed = {
            "stage": given.stage,
            "changes": [change.signed() for change in self.changes],
            "thens": {str(group): text for group, text in self.thens.items()},
            "version": self.action_version,
            "drill": given.drill,
            "identity": dict(self.identity),
            "runbook": given.runbook_hash,
        }
        return hashlib.sha256(json.dumps(signed, sort_keys=True, default=str).encode()).hexdigest()

    def despite(self) -> frozenset[str]:
        """The overridden blockers, one a code and thing that it holds of; of these there may be fewer at the claim."""
        overridden = (f for f in self.findings if f.severity is Severity.OVERRIDE and not f.at_start)
        return frozenset(f"{f.code} {about}".strip() for f in overridden for about in f.about or ("",))

    def blockers(self, *, claiming: bool) -> tuple[Finding, ...]:
        """What stops the stage: hard findings, and at a claim also what must hold when it starts."""
        return tuple(
            f for f in self.findings if f.severity is Severity.HARD and (f.holds and claiming if f.at_start else True)
        )

    def nothing_to_do(self) -> bool:
        """Whether every change is so already."""
        return all(change.already for change in self.changes)


@dataclass(frozen=True)
class Check:
    """One named check as it stands.

    Attributes:
        name: Its name, unique in the stage.
        state: Open, passed, failed, or not checked by machine.
        text: One sentence: what was seen.
    """

    name: str
    state: CheckState
    text: str


@dataclass(frozen=True)
class Verdict:
    """What verifying came to; the stage's state follows from the checks.

    Attributes:
        checks: Every bot check of the action, by name.
        again: When to look again while a check is open, aware UTC.
        warnings: What was seen and does not fail it.
        contradiction: A person attested what the systems deny: the stage needs reconciling, and this says why.
    """

    checks: tuple[Check, ...] = ()
    again: datetime | None = None
    warnings: tuple[str, ...] = ()
    contradiction: str = ""

    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(c for c in self.checks if c.state is CheckState.FAILED)

    def open(self) -> tuple[Check, ...]:
        """The checks that can't be answered yet."""
        return tuple(c for c in self.checks if c.state is CheckState.OPEN)


class Samples(Protocol):
    """Readings of health, as an action may ask for them."""

    def held(self, what: str, target: str, since: datetime, span: timedelta) -> bool:
        """Whether `what` at `target` was good for the last `span`, without a bad reading or a gap, after `since`."""
        ...

    def last(self, what: str, target: str) -> tuple[datetime, bool, str] | None:
        """The newest reading: when, whether it was good, its value."""
        ...


class Action(Protocol):
    """One verb of the field. It only reads."""

    version: int

    def preview(self, systems: Systems, given: Given) -> Preview:
        """What would be changed now, what is known, what stands in the way."""
        ...

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        """Whether what must pass after `group` has passed; an empty verdict lets the next group begin."""
        ...

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Whether the stage's aim is reached. It never waits: it answers open checks and when to look again."""
        ...

    def result(self, systems: Systems, given: Given) -> Json:
        """What later stages need of this one."""
        ...


class Watch(Protocol):
    """What an effect tells while it lasts."""

    def ref(self, ref: Json) -> None:
        """What finds the effect again after a crash; committed before this returns."""
        ...

    def progress(self, percent: int | None, text: str = "") -> None:
        """How far it is, for the card."""
        ...

    def wait(self, seconds: float) -> None:
        """Let time pass between two readings."""
        ...


class Effect(Protocol):
    """One kind of change; found in a table by the kind of a stored change.

    Attributes:
        settle: How far apart two looks must be before "not done" is believed.
        repeat: Whether it may act again.
        dies_with_us: It lives on our connection: a normal stop waits for it.
    """

    settle: timedelta
    repeat: Repeat
    dies_with_us: bool

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Read what was before, and the guards, on the vendor's own clock.

        Raises:
            AlreadySo: The goal is reached; nothing needs to be done.
            GuardFailed: It is not safe now.
        """
        ...

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """Make the change, once. An error of the integrations that may have happened leads to `look`."""
        ...

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """Find out whether the change happened. It only reads."""
        ...

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Take up a change that is under way and stay with it to its end."""
        ...


Probes: TypeAlias = Callable[[Systems, Estate], tuple[Reading, ...]]
Invariants: TypeAlias = Callable[[Systems, Given, Sequence[Demand]], tuple[Seen, ...]]


@dataclass(frozen=True)
class Catalogue:
    """Every action by its word, every effect by its kind, one round of readings of health, and of invariants."""

    actions: Mapping[str, Action]
    effects: Mapping[str, Effect]
    probes: Probes
    invariants: Invariants = lambda *_: ()


Connect: TypeAlias = Callable[[Estate], Systems]


def ordered(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Changes in the order in which they are carried out."""
    return tuple(sorted(changes, key=lambda change: change.group))
