"""What votes come to at a gate: places, four eyes, present roles, typed numbers, overridden blockers, denies."""

import pytest

from rollback.approvals import Asked, CastVote, Decision, Outcome, Policy, WhyNot, decide
from rollback.roles import Account, Person, Roster
from storage.words import Choice, Role

SO, DBA, VA, XA, IC = (
    Role.SERVICE_OWNER,
    Role.DATABASE_ADMIN,
    Role.VIRTUALISATION_ADMIN,
    Role.XENMOBILE_ADMIN,
    Role.INCIDENT_COMMANDER,
)
GO_BACK = Policy(groups=(frozenset({SO}), frozenset({DBA})), typed=True)
SAVE = Policy(groups=(frozenset({XA, VA}),))
NOW, BEFORE = "digest of what is shown now", "digest of what was shown before"


def account(name: str, number: int = 1) -> Account:
    return Account(team="T1", user=f"U-{name}-{number}")


def person(name: str, *roles: Role) -> Person:
    return Person(id=name, name="made up", accounts=(account(name), account(name, 2)), roles=roles)


def asked(*people: Person, **more: object) -> Asked:
    return Asked(digest=NOW, roster=Roster.of(people), number="RB-7", **more)  # type: ignore[arg-type]


def vote(name: str, choice: Choice = Choice.APPROVE, **more: object) -> CastVote:
    given: dict[str, object] = {"account": account(name), "digest": NOW, "typed": "RB-7", **more}
    return CastVote(person=name, choice=choice, **given)  # type: ignore[arg-type]


def why(decision: Decision) -> list[tuple[str, WhyNot]]:
    return [(one.vote.person, one.why) for one in decision.uncounted]


ANN, BEN, VIC, XIA, IRA = person("ann", SO), person("ben", DBA), person("vic", VA), person("xia", XA), person("ira", IC)
ALL = (ANN, BEN, VIC, XIA, IRA)


def test_each_place_needs_its_own_role() -> None:
    """Going back needs the service owner and the DBA; one of them leaves the other's place open."""
    half = decide(GO_BACK, asked(*ALL), [vote("ann")])
    assert (half.outcome, half.missing, half.needed) == (Outcome.OPEN, (frozenset({DBA}),), 2)
    whole = decide(GO_BACK, asked(*ALL), [vote("ann"), vote("ben")])
    assert (whole.outcome, whole.missing) == (Outcome.APPROVED, ())
    assert [(one.vote.person, one.place) for one in whole.approvals] == [
        ("ann", frozenset({SO})),
        ("ben", frozenset({DBA})),
    ]


def test_a_place_can_be_filled_by_either_role() -> None:
    """Where a place names two roles a holder of either fills it."""
    assert decide(SAVE, asked(*ALL), [vote("vic")]).outcome is Outcome.APPROVED
    assert decide(SAVE, asked(*ALL), [vote("xia")]).outcome is Outcome.APPROVED


def test_one_person_with_both_roles_fills_one_place() -> None:
    """Somebody who is service owner and DBA fills one place; a second person fills the other, whoever came first."""
    both = person("gus", SO, DBA)
    alone = decide(GO_BACK, asked(both, ANN), [vote("gus")])
    assert (alone.outcome, len(alone.missing)) == (Outcome.OPEN, 1)
    assert decide(GO_BACK, asked(both, ANN), [vote("gus"), vote("ann")]).outcome is Outcome.APPROVED
    assert decide(GO_BACK, asked(both, BEN), [vote("gus"), vote("ben")]).outcome is Outcome.APPROVED


def test_a_second_account_adds_nothing() -> None:
    """A person who votes from two accounts has voted once."""
    found = decide(SAVE, asked(*ALL, overrides=["no space"]), [vote("vic"), vote("vic", account=account("vic", 2))])
    assert found.outcome is Outcome.OPEN
    assert why(found) == [("vic", WhyNot.VOTED_BEFORE)]


def test_a_vote_counts_only_for_what_is_shown_now() -> None:
    """A vote that was bound to other changes doesn't count, neither an approval nor a deny."""
    votes = [vote("ann", digest=BEFORE), vote("ben", Choice.DENY, digest=BEFORE)]
    found = decide(GO_BACK, asked(*ALL), votes)
    assert found.outcome is Outcome.OPEN
    assert why(found) == [("ann", WhyNot.STALE_DIGEST), ("ben", WhyNot.STALE_DIGEST)]


def test_voting_again_after_a_change_counts() -> None:
    """Who voted on what was shown before can vote on what is shown now."""
    assert decide(SAVE, asked(*ALL), [vote("vic", digest=BEFORE), vote("vic")]).outcome is Outcome.APPROVED


def test_an_influencer_does_not_approve_but_can_deny() -> None:
    """Under four eyes the approval of somebody who chose a value doesn't count, and their deny does."""
    gate = asked(*ALL, influencers={"vic"})
    refused = decide(SAVE, gate, [vote("vic")])
    assert (refused.outcome, why(refused)) == (Outcome.OPEN, [("vic", WhyNot.INFLUENCER)])
    assert decide(SAVE, gate, [vote("vic", Choice.DENY)]).outcome is Outcome.DENIED
    assert decide(SAVE, gate, [vote("vic"), vote("vic", Choice.DENY)]).outcome is Outcome.DENIED


def test_without_four_eyes_an_influencer_approves() -> None:
    """A site that switches four eyes off lets those who chose approve."""
    two_eyes = Policy(groups=SAVE.groups, four_eyes=False)
    assert decide(two_eyes, asked(*ALL, influencers={"vic"}), [vote("vic")]).outcome is Outcome.APPROVED


def test_a_role_that_was_lost_does_not_count() -> None:
    """Roles count as they are now: who lost theirs, or isn't listed any more, doesn't count."""
    lost = asked(person("ann"), person("ben", XA))
    found = decide(GO_BACK, lost, [vote("ann"), vote("ben"), vote("gone")])
    assert found.outcome is Outcome.OPEN
    assert why(found) == [("ann", WhyNot.NO_ROLE), ("ben", WhyNot.OTHER_ROLE), ("gone", WhyNot.NOT_NAMED)]


def test_an_account_that_is_gone_does_not_count() -> None:
    """A vote by an account that Slack has deactivated, or that isn't this person's any more, doesn't count."""
    gate = asked(*ALL, deactivated={account("ann")})
    stolen = vote("ben", account=account("somebody-else"))
    found = decide(GO_BACK, gate, [vote("ann"), stolen])
    assert why(found) == [("ann", WhyNot.DEACTIVATED), ("ben", WhyNot.NOT_THEIR_ACCOUNT)]


@pytest.mark.parametrize("typed", ["", "RB-8", "rb-7", "7", "RB-77"])
def test_a_wrong_number_does_not_count(typed: str) -> None:
    """At a typed gate an approval with another number than this rollback's doesn't count."""
    found = decide(GO_BACK, asked(*ALL), [vote("ann", typed=typed), vote("ben")])
    assert (found.outcome, why(found)) == (Outcome.OPEN, [("ann", WhyNot.WRONG_NUMBER)])


def test_a_deny_needs_no_number() -> None:
    """Nobody has to type a number to stop a stage."""
    assert decide(GO_BACK, asked(*ALL), [vote("ann", Choice.DENY, typed="")]).outcome is Outcome.DENIED


def test_a_typed_gate_without_a_number_stays_open() -> None:
    """A gate that should compare a number and has none lets nobody through by typing nothing."""
    gate = Asked(digest=NOW, roster=Roster.of(ALL))
    assert decide(GO_BACK, gate, [vote("ann", typed=""), vote("ben", typed="")]).outcome is Outcome.OPEN


def test_an_overridden_blocker_costs_one_approver_more() -> None:
    """With an override the card asks for one more: anybody of IC, SO, XA, DBA, VA who hasn't voted."""
    gate = asked(*ALL, person("cia", Role.COMMUNICATIONS), overrides=["xms03 has no 10.7 restore point"])
    two = decide(GO_BACK, gate, [vote("ann"), vote("ben")])
    assert (two.outcome, two.needed) == (Outcome.OPEN, 3)
    assert two.missing == (frozenset({IC, SO, XA, DBA, VA}),)
    other = decide(GO_BACK, gate, [vote("ann"), vote("ben"), vote("cia")])
    assert (other.outcome, why(other)) == (Outcome.OPEN, [("cia", WhyNot.OTHER_ROLE)])
    assert decide(GO_BACK, gate, [vote("ann"), vote("ben"), vote("xia")]).outcome is Outcome.APPROVED


def test_an_override_needs_two_at_least() -> None:
    """A gate of one needs two when a blocker is overridden, and several overrides cost no more than one."""
    gate = asked(*ALL, overrides=["no space", "evidence was skipped"])
    assert decide(SAVE, gate, [vote("vic")]).outcome is Outcome.OPEN
    assert decide(SAVE, gate, [vote("vic"), vote("ben")]).outcome is Outcome.APPROVED


def test_the_extra_place_goes_to_whoever_the_others_leave() -> None:
    """The service owner can be the extra approver and somebody else the service owner, in either order."""
    gate = asked(ANN, person("gus", SO, DBA), IRA, overrides=["old points"])
    assert decide(GO_BACK, gate, [vote("ann"), vote("gus")]).missing == (frozenset({IC, SO, XA, DBA, VA}),)
    assert decide(GO_BACK, gate, [vote("ira"), vote("gus"), vote("ann")]).outcome is Outcome.APPROVED


def test_a_place_that_is_filled_needs_nobody_more() -> None:
    """An approval for a place that is filled stands on the card as not needed; the earlier one counts."""
    found = decide(SAVE, asked(*ALL), [vote("xia"), vote("vic")])
    assert [one.vote.person for one in found.approvals] == ["xia"]
    assert why(found) == [("vic", WhyNot.NOT_NEEDED)]


def test_a_deny_outweighs_every_approval() -> None:
    """One deny stops the stage, also after enough approvals, and the first one stands first."""
    votes = [vote("ann"), vote("ben"), vote("xia", Choice.DENY), vote("vic", Choice.DENY)]
    found = decide(GO_BACK, asked(*ALL), votes)
    assert found.outcome is Outcome.DENIED
    assert [one.vote.person for one in found.denials] == ["xia", "vic"]


def test_denies_have_a_threshold_of_their_own() -> None:
    """A gate that asks for two denies stays open after one, and isn't approved by it."""
    slow = Policy(groups=SAVE.groups, denies=2)
    assert decide(slow, asked(*ALL), [vote("ann", Choice.DENY)]).outcome is Outcome.OPEN
    assert decide(slow, asked(*ALL), [vote("ann", Choice.DENY), vote("ben", Choice.DENY)]).outcome is Outcome.DENIED


@pytest.mark.parametrize(
    "make",
    [
        lambda: Policy(groups=()),
        lambda: Policy(groups=(frozenset(),)),
        lambda: Policy(groups=SAVE.groups, denies=0),
        lambda: Policy(groups=SAVE.groups, override_roles=frozenset()),
    ],
)
def test_a_gate_that_asks_nobody_can_not_be_made(make: object) -> None:
    """An empty group never means everybody: such a policy is refused."""
    with pytest.raises(ValueError, match="at least one approver"):
        make()  # type: ignore[operator]
