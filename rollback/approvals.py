"""Whether a gate has been passed: `decide(policy, gate, votes)`, a pure function from votes to an outcome.

It is asked after every vote and again right before every claim, with people and roles as they are at that moment.
The order of the votes makes no difference to the outcome; it only says whose deny was the first.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from rollback.roles import Account, Person, Roster, cover
from storage.words import Choice, Role

OVERRIDE_ROLES = frozenset(
    {
        Role.INCIDENT_COMMANDER,
        Role.SERVICE_OWNER,
        Role.XENMOBILE_ADMIN,
        Role.DATABASE_ADMIN,
        Role.VIRTUALISATION_ADMIN,
    }
)
"""Whoever holds one of these can be the extra approver of an overridden blocker."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a gate asks for.

    Attributes:
        groups: One entry for each approver that is needed: the roles that can fill the place.
        typed: Whether each approval carries the rollback's number, typed by hand.
        denies: How many denies stop the stage.
        four_eyes: Whether influencers' approvals don't count.
        override_roles: Who can fill the extra place that overridden blockers ask for.

    Raises:
        ValueError: No group, an empty group or no deny threshold: such a gate would stand open for everybody.
    """

    groups: tuple[frozenset[Role], ...]
    typed: bool = False
    denies: int = 1
    four_eyes: bool = True
    override_roles: frozenset[Role] = OVERRIDE_ROLES

    def __post_init__(self) -> None:
        if not self.groups or not all(self.groups) or not self.override_roles or self.denies < 1:
            msg = "A gate needs at least one approver, a role for each place, and a deny threshold of 1 or more."
            raise ValueError(msg)

    @property
    def approvers(self) -> int:
        """How many approvers are needed when nothing is overridden."""
        return len(self.groups)

    def places(self, *, overridden: bool) -> tuple[frozenset[Role], ...]:
        """The places to be filled by distinct people: one more, and at least two, when blockers are overridden."""
        extra = max(1, 2 - len(self.groups)) if overridden else 0
        return self.groups + (self.override_roles,) * extra


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of a gate, as it stands at the moment of deciding.

    Attributes:
        digest: What a vote must be bound to.
        roster: People and roles as they are now, not as they were when they voted.
        number: The rollback's number as people type it, ``RB-7``.
        influencers: Ids of the people who chose, edited or overrode a value that the preview uses.
        overrides: The overridden blockers that stand on the card as "you approve despite".
        deactivated: Accounts that Slack says are gone; a vote cast by one doesn't count.
    """

    digest: str
    roster: Roster
    number: str = ""
    influencers: Collection[str] = frozenset()
    overrides: Sequence[str] = ()
    deactivated: Collection[Account] = frozenset()


@dataclass(frozen=True, slots=True)
class CastVote:
    """What one person said, as it was recorded.

    Attributes:
        person: Id of the person.
        account: The account that pressed.
        choice: Approve or deny.
        digest: The digest that the person was shown.
        typed: What the person typed as the rollback's number.
        reason: Why; a deny needs one.
    """

    person: str
    account: Account
    choice: Choice
    digest: str
    typed: str = ""
    reason: str = ""


class Outcome(StrEnum):
    """What the votes come to."""

    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"


class WhyNot(StrEnum):
    """Why a vote doesn't count."""

    STALE_DIGEST = "stale_digest"  # the changes differ from those that were shown
    NOT_NAMED = "not_named"  # the person isn't on the roster any more
    NOT_THEIR_ACCOUNT = "not_their_account"  # the account isn't this person's any more
    DEACTIVATED = "deactivated"  # Slack says that the account is gone
    NO_ROLE = "no_role"  # holds no role any more
    VOTED_BEFORE = "voted_before"  # one person, one vote
    INFLUENCER = "influencer"  # chose a value that the preview uses; four eyes
    WRONG_NUMBER = "wrong_number"  # the rollback's number wasn't typed, or another one was
    OTHER_ROLE = "other_role"  # holds roles, but none that this gate asks for
    NOT_NEEDED = "not_needed"  # every place that this person could fill is filled


@dataclass(frozen=True, slots=True)
class Counted:
    """A vote that counts; `place` is the group that an approval fills, empty for a deny."""

    vote: CastVote
    place: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Uncounted:
    """A vote that doesn't count, and why."""

    vote: CastVote
    why: WhyNot


@dataclass(frozen=True, slots=True)
class Decision:
    """What the votes come to, and all that a card needs to explain it.

    Attributes:
        outcome: Open, approved or denied.
        needed: How many approvers are needed.
        approvals: The approvals that count, each with the place that it fills.
        denials: The denies that count, the first one first.
        uncounted: Every other vote with the reason, in the order of the votes.
        missing: The places that nobody has filled yet.
    """

    outcome: Outcome
    needed: int
    approvals: tuple[Counted, ...] = ()
    denials: tuple[Counted, ...] = ()
    uncounted: tuple[Uncounted, ...] = ()
    missing: tuple[frozenset[Role], ...] = field(default=())


def decide(policy: Policy, gate: Asked, votes: Sequence[CastVote]) -> Decision:
    """What `votes` come to at `gate` under `policy`; a deny weighs more than any number of approvals.

    Args:
        policy: What the gate asks for.
        gate: The question, with people and roles as they are now.
        votes: Every vote that was recorded, in the order of recording.
    """
    why = {index: reason for index, vote in enumerate(votes) if (reason := _why_not(policy, gate, vote))}
    chosen = _one_each(votes, [index for index in range(len(votes)) if index not in why])
    why |= {index: WhyNot.VOTED_BEFORE for index in range(len(votes)) if index not in why and index not in chosen}

    denials = [index for index in chosen if votes[index].choice is Choice.DENY]
    approving = [index for index in chosen if votes[index].choice is Choice.APPROVE]
    places = policy.places(overridden=bool(gate.overrides))
    seats = cover([_roles(gate, votes[index]) for index in approving], places)
    for position, index in enumerate(approving):
        if position not in seats:
            fits = any(_roles(gate, votes[index]) & place for place in places)
            why[index] = WhyNot.NOT_NEEDED if fits else WhyNot.OTHER_ROLE
    missing = tuple(place for number, place in enumerate(places) if number not in seats.values())
    return Decision(
        outcome=_outcome(policy, len(denials), missing),
        needed=len(places),
        approvals=tuple(Counted(votes[approving[position]], places[seat]) for position, seat in sorted(seats.items())),
        denials=tuple(Counted(votes[index]) for index in denials),
        uncounted=tuple(Uncounted(votes[index], why[index]) for index in sorted(why)),
        missing=missing,
    )


def _outcome(policy: Policy, denials: int, missing: Sequence[frozenset[Role]]) -> Outcome:
    if denials >= policy.denies:
        return Outcome.DENIED
    return Outcome.OPEN if missing else Outcome.APPROVED


def _why_not(policy: Policy, gate: Asked, vote: CastVote) -> WhyNot | None:
    person = gate.roster.person(vote.person)
    if vote.digest != gate.digest:
        return WhyNot.STALE_DIGEST
    if person is None:
        return WhyNot.NOT_NAMED
    if not any(own.answers_to(vote.account) for own in person.accounts):
        return WhyNot.NOT_THEIR_ACCOUNT
    if vote.account in gate.deactivated:
        return WhyNot.DEACTIVATED
    if not person.holds():
        return WhyNot.NO_ROLE
    return _why_no_approval(policy, gate, vote, person) if vote.choice is Choice.APPROVE else None


def _why_no_approval(policy: Policy, gate: Asked, vote: CastVote, person: Person) -> WhyNot | None:
    if policy.four_eyes and person.id in gate.influencers:
        return WhyNot.INFLUENCER
    if policy.typed and (not gate.number or vote.typed.strip() != gate.number):
        return WhyNot.WRONG_NUMBER
    return None


def _one_each(votes: Sequence[CastVote], indices: Sequence[int]) -> list[int]:
    # Of several votes by one person a deny is taken before an approval: toward safety, whatever the order.
    kept: dict[str, int] = {}
    for index in sorted(indices, key=lambda one: (votes[one].choice is not Choice.DENY, one)):
        kept.setdefault(votes[index].person, index)
    return sorted(kept.values())


def _roles(gate: Asked, vote: CastVote) -> frozenset[Role]:
    person = gate.roster.person(vote.person)
    return person.holds() if person else frozenset()


def digest_of(core: str, despite: Iterable[str]) -> str:
    """What a vote is bound to: what would be done, and the blockers that are overridden.

    Args:
        core: Digest of changes, identities and plan: all that must be the same when the stage begins.
        despite: The overridden blockers, by code and by what each holds of.
    """
    return hashlib.sha256(json.dumps([core, sorted(set(despite))]).encode()).hexdigest()


def still_covers(shown: str, core: str, was: Iterable[str], now: Iterable[str]) -> bool:
    """Whether what was approved covers what would be done now: the same, despite no more than was shown.

    An overridden blocker that has gone since takes nothing from a vote; one more is something that nobody approved.

    Args:
        shown: The digest that was approved.
        core: The core of what would be done now.
        was: The overridden blockers as they were shown.
        now: The overridden blockers now.
    """
    return set(now) <= set(was) and digest_of(core, was) == shown
