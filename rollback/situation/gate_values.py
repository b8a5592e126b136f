"""One round of asking as people see it: what is asked, who has said what, what is still missing."""

from dataclasses import dataclass
from datetime import datetime

from rollback.approvals import Outcome, WhyNot
from rollback.situation.stage_values import NOTHING, PersonView, PreviewView
from rollback.situation.values import WayBack
from rollback.untrusted import Untrusted
from storage.words import Choice, GateState, Purpose, Role


@dataclass(frozen=True, slots=True)
class VoteView:
    """One recorded vote.

    Attributes:
        person: Who.
        choice: Approve or deny.
        counts: Whether it counts as things are now.
        why_not: Why it doesn't, or None.
        place: The roles of the place that an approval fills.
        reason: Why, in the person's words; a deny has one.
        digest: What the person was shown.
        at: When.
    """

    person: PersonView
    choice: Choice
    counts: bool
    why_not: WhyNot | None
    place: tuple[Role, ...]
    reason: Untrusted
    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InfluencerView:
    """Somebody whose approval doesn't count here, and why.

    Attributes:
        person: Who.
        keys: The choices that the previews use and that this person changed; empty for whoever asked the round.
    """

    person: PersonView
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateStageView:
    """One stage of a round.

    Attributes:
        id: Of the stage's row.
        name: Its name.
        title: What happens, in a few words.
        digest: What the round's votes about it are bound to.
        preview: What was shown; None for a round that is not about changes of it.
        beside: Stages of the same gate that run at the same time as far as needs and locks go.
        after: Stages of the same gate that it needs.
        by_hand: What a person does instead.
        people_see: What only people can see, check by check; no system tells it.
        line: The line that it crosses, or 0.
    """

    id: int
    name: str
    title: Untrusted
    digest: str
    preview: PreviewView | None = None
    beside: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    by_hand: Untrusted = NOTHING
    people_see: tuple[Untrusted, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class GateView:
    """One round of asking.

    Attributes:
        id: Of its row.
        name: The gate's name, or for other purposes ``skip:STAGE``, ``happened:STAGE``, ``abort``.
        title: What is asked.
        round: Which round of that name.
        purpose: What it is about.
        state: Where it stands.
        newest: Whether no later round of that name exists.
        digest: What its votes are bound to.
        line: 1 or 2 when what it approves crosses that line, else 0.
        typed: Whether each approval carries the rollback's number, typed by hand.
        asked_by: Who asked, when a person did.
        asked_at, closed_at: When it was asked and when it was over.
        why: The reason that was given, or empty.
        stages: The stages that it asks for.
        outcome: What the votes come to now.
        needed: How many approvers are needed.
        places: The roles of every place.
        missing: The roles of the places that nobody has filled yet.
        votes: Every vote, in the order of recording.
        overrides: What is approved despite.
        influencers: Whose approval doesn't count.
        asked: The people who could fill a missing place, deputies left out.
        approvable: Whether votes can be given now.
        approvable_when: What must have happened before votes can be given, or empty.
        starts_when: What starts the first stage once this is approved, or empty.
        reminded: How many reminders have gone out.
        next_reminder: When the next one is due, or None.
        still_off: For an abort: what stays switched off, each with its owner's role.
        way_back_after: The way back once the first change of this round was made; None for other purposes.
    """

    id: int
    name: str
    title: Untrusted
    round: int
    purpose: Purpose
    state: GateState
    newest: bool
    digest: str
    line: int
    typed: bool
    asked_by: PersonView | None
    asked_at: datetime
    closed_at: datetime | None
    why: Untrusted
    stages: tuple[GateStageView, ...]
    outcome: Outcome
    needed: int
    places: tuple[tuple[Role, ...], ...]
    missing: tuple[tuple[Role, ...], ...]
    votes: tuple[VoteView, ...]
    overrides: tuple[Untrusted, ...]
    influencers: tuple[InfluencerView, ...]
    asked: tuple[PersonView, ...]
    approvable: bool
    approvable_when: str = ""
    starts_when: str = ""
    reminded: int = 0
    next_reminder: datetime | None = None
    still_off: tuple[tuple[str, str], ...] = ()
    way_back_after: WayBack | None = None

    @property
    def open(self) -> bool:
        """Whether it asks."""
        return self.state is GateState.ASKING

    @property
    def approved(self) -> int:
        """How many approvals count."""
        return sum(1 for vote in self.votes if vote.counts and vote.choice is Choice.APPROVE)
