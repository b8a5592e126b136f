"""One stage as people see it: its state, its checks, its changes, what stands open and what can be pressed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rollback.runbook import EvidenceField
from rollback.untrusted import Untrusted
from storage.words import By, ChangeState, CheckState, Role, Severity, StageKind, StageState, SystemName

NOTHING = Untrusted("")


class Offer(StrEnum):
    """What can be pressed about a stage, as far as its state goes; who may press it is asked at the press."""

    RETRY = "retry"
    CHECK_AGAIN = "check-again"
    BY_HAND = "by-hand"
    BY_BOT = "by-bot"
    ATTEST = "attest"
    ANSWER = "answer"
    PICK = "pick"
    SKIP = "skip"
    HAPPENED = "happened"
    NOT_HAPPENED = "not-happened"
    LOOK_AGAIN = "look-again"
    CLOSE_DOOR = "close-door"


@dataclass(frozen=True, slots=True)
class PersonView:
    """A named person as messages speak of them.

    Attributes:
        id: As in votes and the audit.
        name: As in the settings; the id where nobody has it any more.
        user: Slack user id of the first account, or empty.
        roles: The roles that the person answers for.
        deputy_for: The roles that the person fills when their holders don't answer.
    """

    id: str
    name: Untrusted
    user: str = ""
    roles: tuple[Role, ...] = ()
    deputy_for: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """One change of a preview, as it is approved.

    Attributes:
        number: Group and place in it: ``1.2``.
        text: The change in full.
        group: Groups are carried out in order; changes of one group side by side.
        by: Who makes it.
        system: Whose change it is.
        target: What is changed.
        destructive: Whether it can't simply be undone.
        already: It is so already; nothing will be done.
        how: What a person does instead, or empty.
    """

    number: str
    text: Untrusted
    group: int
    by: By
    system: SystemName
    target: Untrusted
    destructive: bool = False
    already: bool = False
    how: Untrusted = NOTHING


@dataclass(frozen=True, slots=True)
class FindingView:
    """Something that a preview found.

    Attributes:
        severity: Hard, override or warn.
        text: One sentence.
        at_start: It has to be gone when the stage starts, not now.
        holds: For `at_start`: whether it would stop the stage if it started now.
        gate: The gate whose card shows an override, when it is not the stage's own.
    """

    severity: Severity
    text: Untrusted
    at_start: bool = False
    holds: bool = True
    gate: str = ""


@dataclass(frozen=True, slots=True)
class PreviewView:
    """One stored preview.

    Attributes:
        digest: What a vote about it is bound to.
        taken_at: When the systems were read.
        changes: In the order in which they are carried out.
        facts: Name and value, as the card tells them.
        findings: Blockers and warnings.
        thens: For a group's number: what must pass before the next group begins.
        identity: Observed identity of each system.
        uses: Keys of the choices that it uses.
        lost: What will be lost, in full sentences.
        dies: What is known if the bot dies while it runs; empty where nothing is.
    """

    digest: str
    taken_at: datetime
    changes: tuple[ProposedChange, ...] = ()
    facts: tuple[tuple[Untrusted, Untrusted], ...] = ()
    findings: tuple[FindingView, ...] = ()
    thens: Mapping[int, Untrusted] | None = None
    identity: tuple[tuple[str, Untrusted], ...] = ()
    uses: tuple[str, ...] = ()
    lost: tuple[Untrusted, ...] = ()
    dies: Untrusted = NOTHING

    def of(self, severity: Severity, *, at_start: bool = False) -> tuple[FindingView, ...]:
        """The findings of one severity, those that must be gone at the start apart from the others."""
        return tuple(one for one in self.findings if one.severity is severity and one.at_start is at_start)


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What one person answered to one check.

    Attributes:
        person: Who.
        passed: Whether the person saw what has to be so.
        evidence: What was given with it, by the field's name.
        at: When.
        attempt: In which attempt of the stage.
    """

    person: PersonView
    passed: bool
    evidence: tuple[tuple[str, Untrusted], ...]
    at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class CheckView:
    """One named check of a stage's present attempt; one that hasn't begun is open and has no `at`.

    Attributes:
        name: Unique in its stage.
        by: Who answers it.
        state: How it stands.
        wants: What has to be so, as the runbook says it.
        text: What was seen, or empty.
        at: When it came to its state.
        optional: Missing is a warning.
        after: The group of changes behind which it must pass; None: at the end.
        who: Roles of which somebody answers it.
        people: How many distinct people must answer alike.
        answers: What people have answered.
        fields: What is given as evidence.
        waits: Whether it waits for people now.
    """

    name: str
    by: By
    state: CheckState
    wants: Untrusted
    text: Untrusted = NOTHING
    at: datetime | None = None
    optional: bool = False
    after: int | None = None
    who: tuple[Role, ...] = ()
    people: int = 1
    answers: tuple[AnswerView, ...] = ()
    fields: tuple[EvidenceField, ...] = ()
    waits: bool = False


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One planned change of a stage's present attempt.

    Attributes:
        number: Group and place in it: ``1.2``.
        text: The change in full.
        by: Who makes it.
        state: How far it is.
        system: Whose change it is.
        target: What is changed.
        outcome: What was seen at its end, or empty.
        person: Who made it by hand, or None.
        progress: Per cent, where it is known.
        progress_text: What goes with it, or empty.
        begun_at: When it was committed to.
        ended_at: When it ended.
        waits: Whether it waits for a person's hands now.
        evidence: What a person brought as proof, or empty.
    """

    number: str
    text: Untrusted
    by: By
    state: ChangeState
    system: SystemName
    target: Untrusted
    outcome: Untrusted = NOTHING
    person: PersonView | None = None
    progress: int | None = None
    progress_text: Untrusted = NOTHING
    begun_at: datetime | None = None
    ended_at: datetime | None = None
    waits: bool = False
    evidence: Untrusted = NOTHING


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage of a rollback.

    Attributes:
        id: Of its row.
        position: Its place in the plan, from 1.
        name: ``restore-node@xms02``.
        title: What happens, in a few words.
        kind, action, target, phase, line, gate: As the plan has them.
        state: Where it stands.
        attempt: Which attempt this is.
        started_at, ended_at: When it began to run and when it ended.
        starts, ends: When it is expected to run, or did.
        looks_at: When the bot looks at it again by itself.
        why: Why it is in its state, or empty.
        flags: What stands on its card although it succeeded.
        unmet: The needs that are not met yet.
        locked_by: The stage at work that holds a lock which this one needs, or empty.
        checks: Its checks, the bot's and people's, as the runbook lists them.
        changes: The changes of its present attempt, once it was claimed.
        preview: The newest preview, if there is one.
        attests: Roles that may attest what was done by hand.
        by_people: Whether people make its changes although the bot could.
        unskippable: It can't be skipped.
        by_hand, evidence, undo: What a person does instead, brings as proof, and what takes it back.
        offers: What can be pressed.
    """

    id: int
    position: int
    name: str
    title: Untrusted
    kind: StageKind
    action: str
    target: str
    phase: str
    line: int
    gate: str
    state: StageState
    attempt: int = 1
    started_at: datetime | None = None
    ended_at: datetime | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    looks_at: datetime | None = None
    why: Untrusted = NOTHING
    flags: tuple[Untrusted, ...] = ()
    unmet: tuple[str, ...] = ()
    locked_by: str = ""
    checks: tuple[CheckView, ...] = ()
    changes: tuple[ChangeView, ...] = ()
    preview: PreviewView | None = None
    attests: tuple[Role, ...] = ()
    by_people: bool = False
    unskippable: bool = False
    by_hand: Untrusted = NOTHING
    evidence: Untrusted = NOTHING
    undo: Untrusted = NOTHING
    offers: tuple[Offer, ...] = ()

    @property
    def open_checks(self) -> tuple[CheckView, ...]:
        """The checks that wait for people now."""
        return tuple(check for check in self.checks if check.waits)

    @property
    def open_changes(self) -> tuple[ChangeView, ...]:
        """The changes that wait for a person's hands now."""
        return tuple(change for change in self.changes if change.waits)

    @property
    def over(self) -> bool:
        """Whether nothing more happens in it."""
        return self.state in (StageState.SUCCEEDED, StageState.SKIPPED)
