"""Who is who and who may do what: persons with their accounts and roles, and the table of verbs.

Names of persons are personal data. They stand in `Person.name` for messages to people; errors and reprs use ids.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, model_validator

from rollback.estate import Frozen
from storage.words import Role


class RosterError(ValueError):
    """The people in the settings contradict each other; every mistake is listed, by id and never by name.

    Attributes:
        mistakes: One sentence each.
    """

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("The list of people can't be used: " + " ".join(mistakes))
        self.mistakes = tuple(mistakes)


def _in_order(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    # Kept in the order of the enum, so that equal rosters have equal bytes.
    return tuple(role for role in Role if role in roles)


Roles = Annotated[tuple[Role, ...], AfterValidator(_in_order)]


class Account(Frozen):
    """One Slack account.

    Attributes:
        team: Slack's team (workspace) id, ``T…``.
        user: Slack's user id, ``U…`` or ``W…``.
        enterprise: Slack's enterprise id, ``E…``; only on Enterprise Grid.
    """

    team: str = Field(min_length=1)
    user: str = Field(min_length=1)
    enterprise: str = ""

    def same_person_as(self, other: "Account") -> bool:
        """Whether both can only be one human: a user id is unique in its workspace, on Grid in the enterprise."""
        shared = self.team == other.team or bool(self.enterprise and self.enterprise == other.enterprise)
        return shared and self.user == other.user

    def answers_to(self, pressed: "Account") -> bool:
        """Whether a press by `pressed` is a press by this account: same team and user, and the enterprise if set."""
        return (self.team, self.user) == (pressed.team, pressed.user) and self.enterprise in ("", pressed.enterprise)


class Person(Frozen):
    """A named person of the rollback.

    Attributes:
        id: What audit entries, votes and errors call this person; no name.
        name: How messages address this person; personal data, never in errors and logs.
        accounts: The Slack accounts of this one human; a vote by any of them is this person's vote.
        roles: What this person answers for.
        deputy_for: Roles this person fills when their holders don't answer; they count like `roles`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    name: str = Field(min_length=1, repr=False)
    accounts: tuple[Account, ...] = Field(min_length=1)
    roles: Roles = ()
    deputy_for: Roles = ()

    def holds(self) -> frozenset[Role]:
        """All roles this person can act in, deputy's roles included."""
        return frozenset(self.roles + self.deputy_for)


class Roster(Frozen):
    """The people of a rollback as they are named in the settings; frozen into each rollback at its start.

    Attributes:
        people: Every named person, in the order of the settings.

    Raises:
        RosterError: From `of`; built directly, pydantic's error with the same sentences.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    people: tuple[Person, ...]

    @model_validator(mode="after")
    def _one_human_one_person(self) -> Self:
        mistakes = [*_twice_named(self.people), *_shared_accounts(self.people)]
        if mistakes:
            raise ValueError(" ".join(mistakes))
        return self

    @classmethod
    def of(cls, people: Sequence[Person]) -> "Roster":
        """A roster of `people`.

        Raises:
            RosterError: An id or an account is given to two people; both are named by id.
        """
        mistakes = [*_twice_named(people), *_shared_accounts(people)]
        if mistakes:
            raise RosterError(mistakes)
        return cls(people=tuple(people))

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Roster":
        """The roster that `to_bytes` wrote.

        Raises:
            RosterError: The bytes are no roster.
        """
        try:
            return cls.model_validate_json(stored)
        except ValidationError as error:
            raise RosterError([f"Stored bytes are no roster ({error.error_count()} mistakes)."]) from error

    def to_bytes(self) -> bytes:
        """The roster as it is frozen into a rollback."""
        return self.model_dump_json().encode()

    def digest(self) -> str:
        """SHA-256 over `to_bytes`, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def person(self, person: str) -> Person | None:
        """The person with that id, or None when nobody has it (any more)."""
        return next((one for one in self.people if one.id == person), None)

    def by_account(self, account: Account) -> Person | None:
        """The person who pressed, or None for a stranger; an account of another enterprise is a stranger's."""
        return next((one for one in self.people if any(own.answers_to(account) for own in one.accounts)), None)

    def holders(self, *roles: Role, deputies: bool = True) -> tuple[Person, ...]:
        """The people who hold any of `roles`, deputies included unless `deputies` is False."""
        return tuple(
            one for one in self.people if (one.holds() if deputies else frozenset(one.roles)).intersection(roles)
        )

    def lacking(self, groups: Sequence[Collection[Role]]) -> tuple[frozenset[Role], ...]:
        """The groups that can't be filled even if everybody votes: distinct people, one for each group."""
        seats = cover([one.holds() for one in self.people], groups)
        return tuple(frozenset(group) for index, group in enumerate(groups) if index not in seats.values())


class Verb(StrEnum):
    """What a person may ask of the bot."""

    START = "start"
    STATUS = "status"
    TELL = "tell"
    BOARD = "board"
    CHECK = "check"
    PREVIEW = "preview"
    APPROVE = "approve"
    DENY = "deny"
    ATTEST = "attest"
    ANSWER = "answer"
    PICK = "pick"
    NOTE = "note"
    SKIP = "skip"
    RETRY = "retry"
    RECONCILE = "reconcile"
    HOLD = "hold"
    RESUME = "resume"
    HANDOVER = "handover"
    ABORT = "abort"
    ROLLFORWARD = "rollforward"
    CLOSE_DOOR = "close_door"
    POWER_OFF_WRONG_NODE = "power_off_wrong_node"
    DEVICES = "devices"
    DRAFTS = "drafts"
    DRAFT_REVIEW = "draft_review"
    DRAFT_APPROVE = "draft_approve"
    DRAFT_MARK_SENT = "draft_mark_sent"
    DRAFT_EDIT = "draft_edit"
    SECURITY_DECIDE = "security_decide"
    SECURITY_DONE = "security_done"
    EXPORT_READ = "export_read"
    RETURNS_CLOSE = "returns_close"
    TIMELINE = "timeline"
    REPORT = "report"
    HELP = "help"


_EVERY_ROLE = frozenset(Role)
_TECHNICAL = frozenset({Role.INCIDENT_COMMANDER, Role.XENMOBILE_ADMIN, Role.DATABASE_ADMIN, Role.VIRTUALISATION_ADMIN})

MAY: Mapping[Verb, frozenset[Role]] = MappingProxyType(
    {
        Verb.START: frozenset({Role.INCIDENT_COMMANDER, Role.XENMOBILE_ADMIN, Role.SERVICE_OWNER}),
        Verb.STATUS: _EVERY_ROLE,
        Verb.TELL: frozenset({Role.INCIDENT_COMMANDER, Role.COMMUNICATIONS}),
        Verb.BOARD: _EVERY_ROLE,
        Verb.CHECK: _EVERY_ROLE,
        Verb.PREVIEW: _EVERY_ROLE,
        # Whose vote counts, which stage and which check is whose: the gate, the stage and the check say.
        Verb.APPROVE: _EVERY_ROLE,
        Verb.DENY: _EVERY_ROLE,
        Verb.ATTEST: _EVERY_ROLE,
        Verb.ANSWER: _EVERY_ROLE,
        # The DBA and the service owner pick nothing, so that the only DBA can approve.
        Verb.PICK: frozenset({Role.INCIDENT_COMMANDER, Role.XENMOBILE_ADMIN, Role.VIRTUALISATION_ADMIN}),
        Verb.NOTE: _EVERY_ROLE,
        Verb.SKIP: frozenset({Role.INCIDENT_COMMANDER}),
        Verb.RETRY: _TECHNICAL,
        Verb.RECONCILE: _TECHNICAL,
        # Toward safety one person is enough.
        Verb.HOLD: _EVERY_ROLE,
        Verb.CLOSE_DOOR: frozenset({Role.INCIDENT_COMMANDER, Role.XENMOBILE_ADMIN}),
        Verb.POWER_OFF_WRONG_NODE: frozenset(
            {Role.INCIDENT_COMMANDER, Role.XENMOBILE_ADMIN, Role.VIRTUALISATION_ADMIN}
        ),
        Verb.RESUME: frozenset({Role.INCIDENT_COMMANDER}),
        Verb.HANDOVER: frozenset({Role.INCIDENT_COMMANDER}),
        Verb.ABORT: frozenset({Role.INCIDENT_COMMANDER, Role.SERVICE_OWNER}),
        Verb.ROLLFORWARD: frozenset({Role.INCIDENT_COMMANDER, Role.SERVICE_OWNER}),
        Verb.DEVICES: _EVERY_ROLE,
        Verb.DRAFTS: _EVERY_ROLE,
        Verb.DRAFT_REVIEW: frozenset({Role.COMMUNICATIONS}),
        Verb.DRAFT_APPROVE: frozenset({Role.INCIDENT_COMMANDER, Role.SERVICE_OWNER}),
        Verb.DRAFT_MARK_SENT: frozenset({Role.COMMUNICATIONS}),
        Verb.DRAFT_EDIT: frozenset({Role.COMMUNICATIONS}),
        Verb.SECURITY_DECIDE: frozenset({Role.SECURITY}),
        Verb.SECURITY_DONE: frozenset({Role.XENMOBILE_ADMIN}),
        Verb.EXPORT_READ: frozenset({Role.XENMOBILE_ADMIN}),
        Verb.RETURNS_CLOSE: frozenset({Role.SERVICE_OWNER}),
        Verb.TIMELINE: _EVERY_ROLE,
        Verb.REPORT: _EVERY_ROLE,
        Verb.HELP: _EVERY_ROLE,
    }
)


def may(person: Person, verb: Verb, named: Collection[Role] | None = None) -> bool:
    """Whether `person` may use `verb` at all; a vote that may be cast can still not count (`approvals.decide`).

    Args:
        person: Who asks.
        verb: What is asked.
        named: The roles that a stage or a check names for itself; they narrow the table and never widen it.
    """
    allowed = MAY[verb] if named is None else MAY[verb].intersection(named)
    return bool(person.holds() & allowed)


def attesters(roster: Roster, named: Collection[Role], approvers: Collection[str]) -> tuple[Person, ...]:
    """Who may attest a stage: people whom it names and who did not approve it; if none is left, the commanders.

    Args:
        roster: The people as they are now.
        named: The roles that the stage names.
        approvers: Ids of the people whose approval of the stage counted; none of them attests it, so that no
            person alone brings a stage to its end.
    """
    left = [one for one in roster.holders(*named) if one.id not in approvers]
    if not left:
        left = [one for one in roster.holders(Role.INCIDENT_COMMANDER) if one.id not in approvers]
    return tuple(left)


def cover(people: Sequence[Collection[Role]], groups: Sequence[Collection[Role]]) -> dict[int, int]:
    """Seat distinct people on role groups: one person, one seat, however many roles the person holds.

    As many groups as possible are filled, earlier groups first; of the people who could sit, earlier ones do.

    Args:
        people: The roles of each person, in order of preference.
        groups: The roles that each group takes.

    Returns:
        For each seated person's index the index of the group.
    """
    sits = [[index for index, group in enumerate(groups) if set(roles) & set(group)] for roles in people]
    takes = [[index for index, options in enumerate(sits) if group in options] for group in range(len(groups))]
    filled = _matching(dict(enumerate(takes)))
    return _matching({index: [group for group in options if group in filled] for index, options in enumerate(sits)})


def _matching(options: Mapping[int, Sequence[int]]) -> dict[int, int]:
    # Augmenting paths: who was matched stays matched, so the matched keys are the first possible ones in order.
    taken: dict[int, int] = {}

    def settle(left: int, tried: set[int]) -> bool:
        for right in options[left]:
            if right in tried:
                continue
            tried.add(right)
            if right not in taken or settle(taken[right], tried):
                taken[right] = left
                return True
        return False

    for left in options:
        settle(left, set())
    return {left: right for right, left in taken.items()}


def _twice_named(people: Sequence[Person]) -> Iterator[str]:
    ids = [one.id for one in people]
    for twice in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"The id {twice} is given to {ids.count(twice)} people; give each person an id of their own."


def _shared_accounts(people: Sequence[Person]) -> Iterator[str]:
    for index, one in enumerate(people):
        for other in people[index + 1 :]:
            for account in one.accounts:
                if any(account.same_person_as(theirs) for theirs in other.accounts):
                    yield (
                        f"The account {account.user} of team {account.team} is given to {one.id} and to {other.id};"
                        " an account belongs to one person."
                    )
