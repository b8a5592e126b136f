"""Who is logged in: access tokens with a lifetime, refresh tokens that work once."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from practice.world import World

REFRESH_LIFETIME = timedelta(days=14)


@dataclass(frozen=True)
class Granted:
    """One pair of tokens."""

    access: str
    refresh: str
    issued: datetime
    expires: datetime


class Tokens:
    """The tokens of one server. Only the server's loop touches them."""

    def __init__(self, world: World, logins: Mapping[str, str], lifetime: timedelta) -> None:
        """Accept `logins` (user to password); access tokens live for `lifetime`."""
        self._world = world
        self._logins = dict(logins)
        self._lifetime = lifetime
        self._access: dict[str, tuple[str, datetime]] = {}
        self._refresh: dict[str, tuple[str, datetime]] = {}
        self.attempts = 0
        self.renewals = 0

    @property
    def open(self) -> int:
        """How many access tokens are good now."""
        return sum(1 for _, until in self._access.values() if until > self._world.now())

    def log_in(self, user: str, password: str) -> Granted | None:
        """Tokens for a password; None if it is refused."""
        self.attempts += 1
        refused = self._world.faults.strike("refuse_login", "veeam")
        if refused or not user or self._logins.get(user) != password:
            return None
        return self._grant(user)

    def renew(self, refresh: str) -> Granted | None:
        """New tokens for a refresh token, which is spent by this; None if it is spent, unknown or too old."""
        user, until = self._refresh.pop(refresh, ("", self._world.now()))
        if not user or until <= self._world.now():
            return None
        self.renewals += 1
        return self._grant(user)

    def user(self, access: str) -> str:
        """Whose token it is; empty if it is not good."""
        user, until = self._access.get(access, ("", self._world.now()))
        if not user or until <= self._world.now():
            return ""
        if self._world.faults.strike("end_session", "veeam"):
            self.end(access)
            return ""
        return user

    def end(self, access: str) -> None:
        """Log out."""
        self._access.pop(access, None)

    def _grant(self, user: str) -> Granted:
        now = self._world.now()
        granted = Granted(secrets.token_urlsafe(48), secrets.token_urlsafe(48), now, now + self._lifetime)
        self._access[granted.access] = (user, granted.expires)
        self._refresh[granted.refresh] = (user, now + REFRESH_LIFETIME)
        return granted
