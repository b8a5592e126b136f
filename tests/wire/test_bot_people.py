"""Whose account is gone, as Slack says it: asked anew before destructive claims, heard of at once, and kept."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient
from sqlalchemy import select
from sqlmodel import col

from bot.identity import SlackIdentity
from bot.people import People
from practice.workspace import Workspace
from practice.workspace import people as cast
from rollback.operations.refusal import Refusal
from rollback.roles import Account, Person, Roster
from storage.clock import HandClock
from storage.database import Database, Lane
from storage.models import Account as AccountRow
from storage.models import AuditEntry, Outgoing
from storage.words import Role
from toy.house import House, living, with_people
from toy.people import roster as toy_roster


@dataclass
class Office:
    """The practice workspace, and what the bot asks it of people."""

    slack: Workspace
    clock: HandClock = field(default_factory=HandClock)
    told: list[tuple[str, bool]] = field(default_factory=list)

    @property
    def identity(self) -> SlackIdentity:
        client = WebClient(self.slack.bot_token, base_url=self.slack.base_url, timeout=2, retry_handlers=[])
        return SlackIdentity(client, self.clock, cast.TEAM, lambda: PEOPLE, self._tell)

    def _tell(self, account: Account, gone: bool, _asked_at: float) -> None:  # noqa: FBT001 - as the identity calls it
        self.told.append((account.user, gone))


def account(who: cast.Person) -> Account:
    return Account(team=cast.TEAM, user=who.id)


PEOPLE = Roster.of(
    [Person(id=p.key, name=p.name, accounts=(account(p),), roles=(Role(p.role),)) for p in (cast.OWNER, cast.DATABASE)]
)


@pytest.fixture
def office() -> Iterator[Office]:
    with Workspace() as workspace:
        yield Office(workspace)


@pytest.fixture
def database() -> Iterator[Database]:
    with living() as house:
        yield house.database


def test_accounts_are_asked_for_anew(office: Office) -> None:
    """Who was deactivated since the last answer is told as gone, although an answer is remembered."""
    identity = office.identity
    both = frozenset({account(cast.OWNER), account(cast.DATABASE)})
    assert identity.gone(both) == {account(cast.OWNER): False, account(cast.DATABASE): False}
    office.slack.switch("change_person", user=cast.DATABASE.id, deactivated=True)
    assert identity.gone(both) == {account(cast.OWNER): False, account(cast.DATABASE): True}
    assert office.told[-2:] != office.told[:2]


def test_an_account_that_slack_does_not_know_is_gone(office: Office) -> None:
    """A user whom Slack has never heard of can't have voted for anything that counts now."""
    nobody = Account(team=cast.TEAM, user="U0NOBODY")
    assert office.identity.gone(frozenset({nobody})) == {nobody: True}


def test_who_can_t_be_asked_about_is_left_out(office: Office) -> None:
    """With Slack away nothing is said of the account, and nothing is raised: what was known last counts."""
    identity = office.identity
    office.slack.switch("go_away")
    assert identity.gone(frozenset({account(cast.OWNER)})) == {}


def test_a_press_that_meets_a_deactivated_account_is_told(office: Office) -> None:
    """Each fresh answer about a person is handed on, so that a vote of theirs stops counting at once."""
    office.slack.switch("change_person", user=cast.OWNER.id, deactivated=True)
    with pytest.raises(Refusal, match="deactivated"):
        office.identity.presser(account(cast.OWNER), None)
    assert office.told == [(cast.OWNER.id, True)]


def gone_rows(database: Database) -> list[str]:
    with database.read() as session:
        wanted = select(col(AccountRow.user)).where(col(AccountRow.gone_at).is_not(None))
        return list(session.scalars(wanted))


def audited(database: Database, event: str) -> int:
    with database.read() as session:
        return len(list(session.scalars(select(col(AuditEntry.seq)).where(col(AuditEntry.event) == event))))


def changed(who: cast.Person, *, deleted: bool) -> dict[str, Any]:
    return {"id": who.id, "team_id": cast.TEAM, "deleted": deleted}


def test_a_changed_user_is_written_down_before_slack_is_answered(database: Database) -> None:
    """`user_change` keeps who is gone and who is back, each audited once; a stranger's changes nothing."""
    people = People(database, HandClock(), cast.TEAM, PEOPLE)
    people.changed(changed(cast.DATABASE, deleted=True))
    people.changed(changed(cast.DATABASE, deleted=True))
    assert gone_rows(database) == [cast.DATABASE.id]
    people.changed(changed(cast.DATABASE, deleted=False))
    people.changed(changed(cast.STRANGER, deleted=True))
    assert gone_rows(database) == []
    assert (audited(database, "account:gone"), audited(database, "account:back")) == (1, 1)


def test_an_answer_that_was_asked_for_before_is_older_news(database: Database) -> None:
    """An answer that comes late does not undo what Slack has told since it was asked."""
    clock = HandClock()
    people = People(database, clock, cast.TEAM, PEOPLE)
    asked_at = clock.monotonic()
    clock.advance(timedelta(seconds=1))
    people.changed(changed(cast.DATABASE, deleted=True))
    people.seen(account(cast.DATABASE), gone=False, asked_at=asked_at)
    database.run(lambda _: None, Lane.BULK)
    assert gone_rows(database) == [cast.DATABASE.id]
    people.seen(account(cast.DATABASE), gone=False, asked_at=clock.monotonic())
    database.run(lambda _: None, Lane.BULK)
    assert gone_rows(database) == []


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        made.begin()
        yield made


def announced(house: House) -> list[dict[str, Any]]:
    with house.database.read() as session:
        rows = session.scalars(select(Outgoing).where(col(Outgoing.subject) == "people-changed"))
        return [row.facts for row in rows]


def test_people_who_differ_at_the_start_are_announced(house: House) -> None:
    """A bot that starts with other people than an open rollback has says who differs, and goes on with them."""
    other = with_people(toy_roster(), "dba", roles=(Role.COMMUNICATIONS,))
    People(house.database, house.clock, "T1", other).announce()
    assert announced(house) == [{"added": [], "removed": [], "changed": ["dba"]}]
    assert house.rollback().roles_hash == other.digest()
    People(house.database, house.clock, "T1", other).announce()
    assert len(announced(house)) == 1


def test_the_same_people_are_not_announced(house: House) -> None:
    """A bot that starts with the people whom the rollback has says nothing of them."""
    People(house.database, house.clock, "T1", toy_roster()).announce()
    assert announced(house) == []
    assert audited(house.database, "people:changed") == 0
