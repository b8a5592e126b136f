"""The toy's people, its estate and its plan."""

from collections.abc import Sequence
from pathlib import Path

from rollback.estate import Estate, Node
from rollback.operations.refusal import Presser
from rollback.roles import Account, Person, Roster
from rollback.runbook import Plan
from rollback.runbook.expansion import expand
from rollback.runbook.reading import read
from rollback.runbook.spec import Order
from storage.words import Mode, Role, SystemName

ROLES = {
    "ic": (Role.INCIDENT_COMMANDER,),
    "xa": (Role.XENMOBILE_ADMIN,),
    "va": (Role.VIRTUALISATION_ADMIN,),
    "dba": (Role.DATABASE_ADMIN,),
    "so": (Role.SERVICE_OWNER,),
}


def accounts(person: str, count: int = 1) -> tuple[Account, ...]:
    return tuple(Account(team="T1", user=f"U{person}{number or ''}") for number in range(count))


def roster(**accounts_of: int) -> Roster:
    """One person a role; `accounts_of` gives people more than one account."""
    return Roster.of(
        [
            Person(id=key, name=f"Person {key}", accounts=accounts(key, accounts_of.get(key, 1)), roles=roles)
            for key, roles in ROLES.items()
        ]
    )


EVERYBODY = roster()


def presser(who: str, people: Roster | None = None, account: int = 0) -> Presser:
    person = (people or EVERYBODY).person(who)
    assert person is not None, who
    return Presser(person, person.accounts[account])


def estate(**modes: Mode) -> Estate:
    return Estate(
        name="toy",
        practice=True,
        nodes=(Node(name="n1", address="192.0.2.1", inventory_path="DC/vm/n1"),),
        modes={system: modes.get(system.value, Mode.ACT) for system in SystemName},
    )


def plan(of: Estate, edits: Sequence[tuple[str, str]] = ()) -> Plan:
    """The toy's runbook laid out; each edit puts one text in another's place, once."""
    text = (Path(__file__).parent / "toy.yml").read_text(encoding="utf-8")
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    reading = read(text, "toy.yml")
    assert reading.runbook is not None, reading
    return expand(reading.runbook, of, 1, "n1", Order.PREPARE_FIRST)
