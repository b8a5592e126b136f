"""What no history of votes can do at a gate, whatever people, roles, accounts, digests and choices it is made of."""

from dataclasses import dataclass, replace

from hypothesis import Phase, assume, find, given, settings
from hypothesis import strategies as st

from rollback.approvals import OVERRIDE_ROLES, Asked, CastVote, Decision, Outcome, Policy, WhyNot, decide
from rollback.roles import Account, Person, Roster
from storage.words import Choice, Role

MANY = settings(max_examples=250, deadline=None)
FIRST = settings(phases=[Phase.generate], database=None)
NAMES = ("ann", "ben", "cia", "dov", "eva")


@dataclass(frozen=True)
class History:
    policy: Policy
    gate: Asked
    votes: tuple[CastVote, ...]

    def decide(self) -> Decision:
        return decide(self.policy, self.gate, self.votes)

    def with_votes(self, *votes: CastVote) -> "History":
        return replace(self, votes=votes)


def account(name: str, number: int) -> Account:
    return Account(team="T1", user=f"U-{name}-{number}")


# Few roles and mostly good votes, so that many histories come close to the threshold: there the rules matter.
ROLES = (Role.SERVICE_OWNER, Role.DATABASE_ADMIN, Role.XENMOBILE_ADMIN)
role_sets = st.frozensets(st.sampled_from([*ROLES, Role.COMMUNICATIONS]), max_size=2)
groups = st.lists(st.frozensets(st.sampled_from(ROLES), min_size=1, max_size=2), min_size=1, max_size=3)
policies = st.builds(
    Policy, groups=groups.map(tuple), typed=st.booleans(), denies=st.integers(1, 2), four_eyes=st.just(True)
)
votes = st.builds(
    CastVote,
    person=st.sampled_from([*NAMES, "gone"]),
    account=st.builds(account, st.sampled_from(NAMES), st.integers(1, 2)),
    choice=st.sampled_from([Choice.APPROVE] * 7 + [Choice.DENY]),
    digest=st.sampled_from(["now"] * 5 + ["before"]),
    typed=st.sampled_from(["RB-7"] * 5 + ["RB-8"]),
)
own_votes = votes.flatmap(
    lambda vote: st.integers(1, 2).map(lambda number: replace(vote, account=account(vote.person, number)))
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    people = [
        Person(id=name, name="x", accounts=(account(name, 1), account(name, 2)), roles=tuple(draw(role_sets)))
        for name in NAMES
    ]
    gate = Asked(
        digest="now",
        roster=Roster.of(people),
        number="RB-7",
        influencers=draw(st.frozensets(st.sampled_from(NAMES), max_size=2)),
        overrides=draw(st.sampled_from([(), (), ("a blocker",)])),
        deactivated=draw(st.frozensets(st.builds(account, st.sampled_from(NAMES), st.integers(1, 2)), max_size=2)),
    )
    return History(
        draw(policies),
        gate,
        tuple(draw(st.lists(st.one_of(own_votes, own_votes, own_votes, votes), min_size=1, max_size=7))),
    )


def filled_by_hand(places: tuple[frozenset[Role], ...], people: list[frozenset[Role]]) -> bool:
    """Whether distinct people can fill all places, by trying; the test's own opinion, without matching."""
    if not places:
        return True
    return any(
        roles & places[0] and filled_by_hand(places[1:], people[:index] + people[index + 1 :])
        for index, roles in enumerate(people)
    )


@MANY
@given(histories())
def test_no_gate_is_approved_but_by_enough_of_the_right_people(history: History) -> None:
    """An approval means: distinct present people, no influencer among them, who saw this digest, fill every place."""
    gate = history.gate
    good = {
        vote.person: person.holds()
        for vote in history.votes
        if (person := gate.roster.person(vote.person))
        and vote.choice is Choice.APPROVE
        and vote.digest == "now"
        and vote.account in person.accounts
        and vote.account not in gate.deactivated
        and vote.person not in gate.influencers
        and (vote.typed == "RB-7" or not history.policy.typed)
    }
    places = history.policy.groups
    if gate.overrides:
        places += (OVERRIDE_ROLES,) * (max(len(places) + 1, 2) - len(places))
    outcome = history.decide().outcome
    if outcome is Outcome.APPROVED:
        assert filled_by_hand(places, list(good.values()))
    if outcome is Outcome.OPEN and not history.decide().denials:
        assert not filled_by_hand(places, list(good.values()))


@MANY
@given(histories(), st.sampled_from(NAMES))
def test_an_influencers_approvals_never_matter(history: History, name: str) -> None:
    """Taking every approval of an influencer out of a history leaves its outcome as it was."""
    gate = replace(history.gate, influencers={*history.gate.influencers, name})
    with_them = replace(history, gate=gate)
    without = [vote for vote in history.votes if vote.person != name or vote.choice is Choice.DENY]
    assert with_them.decide().outcome is with_them.with_votes(*without).decide().outcome
    assert all(one.vote.person != name for one in with_them.decide().approvals)


@MANY
@given(histories())
def test_a_second_account_leaves_the_count_as_it_was(history: History) -> None:
    """Every vote repeated from the person's other account changes neither outcome nor count."""
    gate = replace(history.gate, deactivated=frozenset())
    again = [replace(vote, account=account(vote.person, 2)) for vote in history.votes if own(vote)]
    once, twice = (decide(history.policy, gate, given) for given in (history.votes, (*history.votes, *again)))
    assert once.outcome is twice.outcome
    assert len(once.approvals) == len(twice.approvals)


def own(vote: CastVote) -> bool:
    return vote.account in (account(vote.person, 1), account(vote.person, 2))


@MANY
@given(histories(), st.sampled_from(NAMES))
def test_a_lost_role_takes_the_vote_with_it(history: History, name: str) -> None:
    """Once a person holds no role, no vote of theirs counts, and the outcome is that without their votes."""
    people = [one.model_copy(update={"roles": ()}) if one.id == name else one for one in history.gate.roster.people]
    later = replace(history, gate=replace(history.gate, roster=Roster.of(people)))
    decision = later.decide()
    others = [vote for vote in history.votes if vote.person != name]
    assert decision.outcome is later.with_votes(*others).decide().outcome
    assert all(one.vote.person != name for one in (*decision.approvals, *decision.denials))


@MANY
@given(histories())
def test_another_digest_leaves_no_vote(history: History) -> None:
    """When the changes differ from those that were shown to everybody, the gate is as if nobody had voted."""
    decision = replace(history, gate=replace(history.gate, digest="later")).decide()
    assert decision.outcome is Outcome.OPEN
    assert {one.why for one in decision.uncounted} <= {WhyNot.STALE_DIGEST}


@MANY
@given(histories())
def test_a_vote_that_does_not_count_changes_nothing(history: History) -> None:
    """Taking every vote that doesn't count out of a history leaves its outcome and what is missing."""
    decision = history.decide()
    counted = [one.vote for one in (*decision.approvals, *decision.denials)]
    again = history.with_votes(*counted).decide()
    assert (again.outcome, again.missing, again.needed) == (decision.outcome, decision.missing, decision.needed)


@MANY
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_votes_makes_no_difference(history: History, random: object) -> None:
    """In any order the same votes come to the same outcome, with the same places missing."""
    shuffled = list(history.votes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = history.decide(), history.with_votes(*shuffled).decide()
    assert (one.outcome, one.missing) == (other.outcome, other.missing)
    assert {vote.vote.person for vote in one.denials} == {vote.vote.person for vote in other.denials}


@MANY
@given(histories(), own_votes)
def test_an_approval_never_takes_an_approval_away(history: History, vote: CastVote) -> None:
    """One approval more never makes an approved gate open, and never unseats who counted before."""
    assume(vote.choice is Choice.APPROVE)
    before, after = history.decide(), history.with_votes(*history.votes, vote).decide()
    if before.outcome is Outcome.APPROVED:
        assert after.outcome is Outcome.APPROVED
    assert {one.vote.person for one in before.approvals} <= {one.vote.person for one in after.approvals}


@MANY
@given(histories())
def test_every_vote_is_accounted_for(history: History) -> None:
    """Each vote either counts or stands with a reason; none is lost and none counts twice."""
    decision = history.decide()
    assert len(decision.approvals) + len(decision.denials) + len(decision.uncounted) == len(history.votes)
    people = [one.vote.person for one in (*decision.approvals, *decision.denials)]
    assert len(people) == len(set(people))
    assert len(decision.approvals) + len(decision.missing) == decision.needed


def test_histories_come_to_every_outcome() -> None:
    """The histories of these tests are worth something: some are approved, some denied, some stay open."""
    for outcome in Outcome:
        found = find(histories(), lambda history, wanted=outcome: history.decide().outcome is wanted, settings=FIRST)  # type: ignore[misc]
        assert found.decide().outcome is outcome


def test_counting_heads_would_let_through_what_is_refused() -> None:
    """The naive rule, which counts approvals, approves histories that this one leaves open; so the rule is needed."""

    def naive_is_wrong(history: History) -> bool:
        heads = sum(vote.choice is Choice.APPROVE for vote in history.votes)
        return heads >= len(history.policy.groups) and history.decide().outcome is Outcome.OPEN

    assert find(histories(), naive_is_wrong, settings=FIRST).decide().missing
