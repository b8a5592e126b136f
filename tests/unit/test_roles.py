"""People, their accounts and roles, and the table of verbs."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback.roles import MAY, Account, Person, Roster, RosterError, Verb, attesters, cover, may
from storage.words import Role


def person(name: str, *roles: Role, deputy: tuple[Role, ...] = (), accounts: tuple[Account, ...] = ()) -> Person:
    own = (Account(team="T1", user=f"U-{name}"),)
    return Person(id=name, name=f"Name of {name}", accounts=accounts or own, roles=roles, deputy_for=deputy)


ANN = person("ann", Role.INCIDENT_COMMANDER)
BEN = person("ben", Role.DATABASE_ADMIN)
CLEO = person("cleo", Role.SERVICE_OWNER, deputy=(Role.DATABASE_ADMIN,))


def test_one_account_belongs_to_one_person() -> None:
    """An account that is given to two people is a mistake that names both by id."""
    twin = person("dora", Role.SECURITY, accounts=(Account(team="T1", user="U-ann"),))
    with pytest.raises(RosterError, match=r"U-ann.*ann and to dora"):
        Roster.of([ANN, twin])


def test_one_grid_user_in_two_workspaces_is_one_human() -> None:
    """On Grid a user id is one human in every workspace of the enterprise, so two people can't share it."""
    here = person("eve", accounts=(Account(team="T1", user="W1", enterprise="E1"),))
    there = person("finn", accounts=(Account(team="T2", user="W1", enterprise="E1"),))
    with pytest.raises(RosterError, match="eve and to finn"):
        Roster.of([here, there])


def test_the_same_user_id_in_unrelated_workspaces_is_two_humans() -> None:
    """User ids of different teams without a common enterprise may be equal."""
    here = person("eve", accounts=(Account(team="T1", user="U1"),))
    there = person("finn", accounts=(Account(team="T2", user="U1"),))
    assert Roster.of([here, there]).by_account(Account(team="T2", user="U1")) == there


def test_every_mistake_is_listed_at_once_and_nobody_is_named() -> None:
    """All mistakes of a roster are listed together, by id; names stay out of errors and reprs."""
    twin = person("dora", accounts=(Account(team="T1", user="U-ann"),))
    with pytest.raises(RosterError) as caught:
        Roster.of([ANN, twin, BEN, BEN])
    assert len(caught.value.mistakes) == 3
    assert "Name of" not in str(caught.value) + repr(ANN)


def test_a_roster_built_directly_is_checked_as_well() -> None:
    """There is no way round the check: building or reading a roster with a shared account fails, without names."""
    stored = b'{"people":[%s,%s]}' % (ANN.model_dump_json().encode(), ANN.model_dump_json().encode())
    with pytest.raises(RosterError) as caught:
        Roster.from_bytes(stored)
    assert "Name of" not in str(caught.value) + str(caught.value.__cause__)


def test_a_press_is_resolved_by_team_and_user() -> None:
    """Whoever presses is found by team and user; another team's user of that id is a stranger."""
    roster = Roster.of([ANN, BEN])
    assert roster.by_account(Account(team="T1", user="U-ben")) == BEN
    assert roster.by_account(Account(team="T9", user="U-ben")) is None


def test_an_account_with_an_enterprise_answers_only_to_it() -> None:
    """Where the settings name an enterprise, a press from another one is a stranger's; from none as well."""
    roster = Roster.of([person("eve", accounts=(Account(team="T1", user="W1", enterprise="E1"),))])
    assert roster.by_account(Account(team="T1", user="W1", enterprise="E1")) is not None
    assert roster.by_account(Account(team="T1", user="W1", enterprise="E2")) is None
    assert roster.by_account(Account(team="T1", user="W1")) is None


def test_deputies_hold_the_role_and_can_be_left_out() -> None:
    """Deputies count as holders of a role, and a reminder can leave them out."""
    roster = Roster.of([BEN, CLEO])
    assert roster.holders(Role.DATABASE_ADMIN) == (BEN, CLEO)
    assert roster.holders(Role.DATABASE_ADMIN, deputies=False) == (BEN,)


def test_a_roster_keeps_its_digest_through_bytes() -> None:
    """A roster that was frozen is read back equal, whatever the order in which roles were listed."""
    one = Roster.of([person("ann", Role.SECURITY, Role.INCIDENT_COMMANDER)])
    other = Roster.of([person("ann", Role.INCIDENT_COMMANDER, Role.SECURITY)])
    assert Roster.from_bytes(one.to_bytes()) == one
    assert one.digest() == other.digest()


def test_a_person_with_two_roles_fills_one_place() -> None:
    """A gate of two needs two people, even where one person holds both roles."""
    both = person("gus", Role.SERVICE_OWNER, Role.DATABASE_ADMIN)
    groups = [{Role.SERVICE_OWNER}, {Role.DATABASE_ADMIN}]
    assert Roster.of([both]).lacking(groups) == (frozenset({Role.DATABASE_ADMIN}),)
    assert Roster.of([both, BEN]).lacking(groups) == ()


def test_who_sat_first_keeps_the_place() -> None:
    """Somebody who comes later never takes the place of somebody who could stay."""
    service, database = {Role.SERVICE_OWNER}, {Role.DATABASE_ADMIN}
    assert set(cover([service, database, service], [service, service | database])) == {0, 1}


def test_places_are_filled_in_their_order() -> None:
    """When not every place can be filled the earlier ones are."""
    everybody = set(Role)
    assert cover([{Role.SERVICE_OWNER}], [{Role.SERVICE_OWNER}, everybody]) == {0: 0}
    assert cover([everybody, {Role.SERVICE_OWNER}], [{Role.SERVICE_OWNER}, {Role.SECURITY}, everybody]) == {0: 1, 1: 0}


def test_toward_safety_one_person_with_any_role_is_enough() -> None:
    """Anybody with a role may hold; closing the door and powering off the wrong node have their roles."""
    assert all(may(person("x", role), Verb.HOLD) for role in Role)
    assert not may(person("x"), Verb.HOLD)
    assert MAY[Verb.CLOSE_DOOR] == {Role.INCIDENT_COMMANDER, Role.XENMOBILE_ADMIN}
    assert MAY[Verb.POWER_OFF_WRONG_NODE] == {
        Role.INCIDENT_COMMANDER, Role.XENMOBILE_ADMIN, Role.VIRTUALISATION_ADMIN,
    }  # fmt: skip


def test_who_approves_the_restore_picks_nothing() -> None:
    """Neither the DBA nor the service owner picks backup and points, so that they can approve."""
    assert not may(BEN, Verb.PICK)
    assert not may(person("cleo", Role.SERVICE_OWNER), Verb.PICK)
    assert may(ANN, Verb.PICK)


def test_every_verb_has_its_row() -> None:
    """The table says for each verb who may use it, and no row is empty."""
    assert set(MAY) == set(Verb)
    assert all(MAY.values())


def test_a_stage_that_names_roles_narrows_the_table() -> None:
    """Roles that a stage names narrow who may attest it and never widen who may use a verb."""
    assert may(BEN, Verb.ATTEST, [Role.DATABASE_ADMIN])
    assert not may(ANN, Verb.ATTEST, [Role.DATABASE_ADMIN])
    assert not may(BEN, Verb.SKIP, [Role.DATABASE_ADMIN])


def test_who_approved_does_not_attest() -> None:
    """A stage is attested by somebody whom it names and who did not approve it."""
    roster = Roster.of([ANN, BEN, CLEO])
    assert attesters(roster, [Role.DATABASE_ADMIN], ["ben"]) == (CLEO,)


def test_the_commander_attests_when_nobody_else_is_left() -> None:
    """If all whom the stage names have approved it the commander attests, unless they approved it too."""
    roster = Roster.of([ANN, BEN])
    assert attesters(roster, [Role.DATABASE_ADMIN], ["ben"]) == (ANN,)
    assert attesters(roster, [Role.DATABASE_ADMIN], ["ben", "ann"]) == ()


roles = st.frozensets(st.sampled_from(list(Role)), max_size=3)
groups_of_roles = st.frozensets(st.sampled_from(list(Role)), min_size=1, max_size=3)


@given(st.lists(roles, max_size=5), st.lists(groups_of_roles, max_size=4))
def test_as_many_places_are_filled_as_distinct_people_can_fill(
    people: list[frozenset[Role]], groups: list[frozenset[Role]]
) -> None:
    """Seating is a best one: each person sits once, where they fit, and no other seating fills more places."""
    seats = cover(people, groups)
    assert len(set(seats.values())) == len(seats)
    assert all(people[who] & groups[place] for who, place in seats.items())
    assert len(seats) == most_filled(people, groups)


def most_filled(people: list[frozenset[Role]], groups: list[frozenset[Role]]) -> int:
    """The number of places that can be filled, by trying every way to hand them out."""
    hands = [*range(len(people)), *([None] * len(groups))]
    ways = itertools.permutations(hands, len(groups))
    return max(
        sum(who is not None and bool(people[who] & group) for who, group in zip(way, groups, strict=True))
        for way in ways
    )
