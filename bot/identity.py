"""Who is this Slack user? Asked for each press, remembered for five minutes, and refused when nobody can tell.

Compared are ids, never names. A guest, a bot, a stranger from another team or a deactivated account is no presser,
whatever the settings say.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Account, Roster
from storage.clock import Clock
from storage.models import Rollback

log = logging.getLogger(__name__)
FRESH = 300.0  # seconds
PATIENCE = 1.5  # seconds that Slack has to answer

NOT_OURS = "You are not named in this bot's settings; nothing was changed."
NOBODY_KNOWS = "Slack did not say who you are just now, so nothing was changed. Press again in a moment."
BARRED = {
    "deleted": "This account is deactivated; nothing was changed.",
    "is_bot": "Bots take no part in a rollback; nothing was changed.",
    "is_restricted": "Guests take no part in a rollback; nothing was changed.",
    "is_ultra_restricted": "Guests take no part in a rollback; nothing was changed.",
    "is_stranger": "People from other workspaces take no part in a rollback; nothing was changed.",
}


@dataclass(frozen=True)
class _Known:
    user: dict[str, Any]
    at: float


class SlackIdentity:
    """See `commands.desk.Identity`."""

    def __init__(
        self,
        client: WebClient,
        clock: Clock,
        team: str,
        roster: Callable[[], Roster],
        told: Callable[[Account, bool, float], None] = lambda *_: None,
    ) -> None:
        """Ask with `client`, which must not retry and gives up after 1.5 s.

        Args:
            client: For `users.info`.
            clock: The time source.
            team: Our own team's id; everybody else is a stranger.
            roster: The people as the settings have them now; an open rollback brings its own.
            told: Called with each fresh answer: the account, whether Slack calls it deactivated, and when it was asked
                on the clock's monotonic hand.
        """
        self._client = client
        self._clock = clock
        self._team = team
        self._roster = roster
        self._told = told
        self._known: dict[Account, _Known] = {}
        self._lock = threading.Lock()

    def presser(self, account: Account, roster_of: Rollback | None) -> Presser:
        """The named person behind an account.

        Raises:
            Refusal: Not named, barred, or nobody could be asked.
        """
        if account.team != self._team:
            raise Refusal(BARRED["is_stranger"])
        user = self._user(account)
        for flag, sentence in BARRED.items():
            if user.get(flag):
                raise Refusal(sentence)
        if user.get("team_id", self._team) != self._team:
            raise Refusal(BARRED["is_stranger"])
        roster = Roster.from_bytes(roster_of.roles) if roster_of is not None else self._roster()
        person = roster.by_account(account)
        if person is None:
            raise Refusal(NOT_OURS)
        return Presser(person, account)

    def gone(self, accounts: frozenset[Account]) -> dict[Account, bool]:
        """Ask anew whether accounts are deactivated; those that nobody could tell of are left out. It never raises."""
        found: dict[Account, bool] = {}
        for account in accounts:
            try:
                found[account] = bool(self._ask(account).get("deleted"))
            except SlackApiError as error:
                if error.response["error"] == "user_not_found":
                    found[account] = True
            except (OSError, HTTPException):
                log.warning("Slack did not say whether the account %s is still there", account.user)
        return found

    def forget(self, user: str) -> None:
        """Slack said that a user changed: ask anew next time."""
        with self._lock:
            for account in [known for known in self._known if known.user == user]:
                del self._known[account]

    def _user(self, account: Account) -> dict[str, Any]:
        now = self._clock.monotonic()
        with self._lock:
            known = self._known.get(account)
        if known is not None and now - known.at < FRESH:
            return known.user
        try:
            return self._ask(account)
        except SlackApiError as error:
            raise Refusal(NOT_OURS if error.response["error"] == "user_not_found" else NOBODY_KNOWS) from error
        except (OSError, HTTPException) as error:
            raise Refusal(NOBODY_KNOWS) from error

    def _ask(self, account: Account) -> dict[str, Any]:
        asked_at = self._clock.monotonic()
        user: dict[str, Any] = self._client.users_info(user=account.user)["user"]
        with self._lock:
            self._known[account] = _Known(user, asked_at)
        self._told(account, bool(user.get("deleted")), asked_at)
        return user
