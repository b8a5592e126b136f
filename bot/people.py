"""What Slack and the settings say of people: whose account is gone, and who is named otherwise than a rollback has it.

Votes of accounts that are gone, and of people who lost their role, carry nothing any more: every claim decides anew.
"""

from collections.abc import Mapping
from typing import Any

from slack_bolt import App
from sqlalchemy import select
from sqlmodel import col

from bot.identity import SlackIdentity
from rollback.book import OPEN, Book
from rollback.operations import people
from rollback.roles import Account, Roster
from storage.clock import Clock
from storage.database import Database, Lane, Unit
from storage.models import Rollback


class People:
    """Writes down what becomes known of people."""

    def __init__(self, database: Database, clock: Clock, team: str, roster: Roster) -> None:
        """For the people of the settings.

        Args:
            database: Where it is written down.
            clock: Tells which of two words about an account is the newer one.
            team: Our own team's id.
            roster: The people as the settings have them.
        """
        self._database = database
        self._clock = clock
        self._team = team
        self._roster = roster
        self._heard: dict[Account, float] = {}

    def seen(self, account: Account, *, gone: bool, asked_at: float) -> None:
        """Slack has said whether an account is there; it is written down behind whatever is being done.

        Args:
            account: The account.
            gone: Whether Slack calls it deactivated.
            asked_at: When Slack was asked, on the clock's monotonic hand: what was heard since then is newer.
        """

        def unit_of_work(unit: Unit) -> None:
            if asked_at >= self._heard.get(account, asked_at):
                people.account_gone(unit, self._roster, account, gone=gone)

        self._database.submit(unit_of_work, Lane.BULK)

    def announce(self) -> None:
        """Let every open rollback go on with the people of the settings; who differs is said in its channel."""
        self._database.run(self._announce)

    def _announce(self, unit: Unit) -> None:
        wanted = select(col(Rollback.id)).where(col(Rollback.state).in_(list(OPEN)))
        for rollback_id in unit.session.scalars(wanted).all():
            assert rollback_id is not None  # noqa: S101 - read from the database
            people.announce(unit, Book.open(unit.session, rollback_id), self._roster)

    def changed(self, user: Mapping[str, Any]) -> None:
        """Slack's ``user_change``: committed before it is acknowledged."""
        account = Account(team=str(user.get("team_id") or self._team), user=str(user["id"]))
        gone = bool(user.get("deleted"))
        self._heard[account] = self._clock.monotonic()
        self._database.run(lambda unit: people.account_gone(unit, self._roster, account, gone=gone))


def listen(app: App, told: People, identity: SlackIdentity) -> None:
    """Let `app` hear of changed users."""

    @app.event("user_change")
    def user_change(event: dict[str, Any]) -> None:
        user = event["user"]
        identity.forget(str(user["id"]))
        told.changed(user)
