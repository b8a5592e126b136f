"""NITRO's sessions: who is logged in, by which id, and since when they idle."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from practice.world import World

MOST_SESSIONS = 20
DEFAULT_IDLE = timedelta(minutes=30)


@dataclass
class Session:
    """One open session."""

    user: str
    idle: timedelta
    used: datetime


class Sessions:
    """The sessions of one appliance. Only the server's loop touches them."""

    def __init__(self, world: World, logins: Mapping[str, str]) -> None:
        """Accept `logins` (user to password)."""
        self._world = world
        self._logins = dict(logins)
        self._open: dict[str, Session] = {}
        self.attempts = 0

    def __len__(self) -> int:
        return len(self._open)

    def open(self, user: str, password: str, idle: timedelta | None) -> str | None:
        """A new session's id; None if the login is refused.

        Raises:
            OverflowError: Too many sessions are open.
        """
        self.attempts += 1
        if self._world.faults.strike("refuse_login", "netscaler") or not self.accepts(user, password):
            return None
        self._expire()
        if len(self._open) >= MOST_SESSIONS:
            raise OverflowError
        # A real id begins with signs that a cookie shows encoded.
        token = "##" + secrets.token_hex(32).upper()
        self._open[token] = Session(user, idle or DEFAULT_IDLE, self._world.now())
        return token

    def accepts(self, user: str, password: str) -> bool:
        """Whether this user with this password may come in."""
        return bool(user) and self._logins.get(user) == password

    def find(self, token: str) -> Session | None:
        """The session with this id, used now; None if it ended or never was."""
        self._expire()
        session = self._open.get(token)
        if session is not None and self._world.faults.strike("end_session", "netscaler"):
            self.close(token)
            return None
        if session is not None:
            session.used = self._world.now()
        return session

    def close(self, token: str) -> None:
        """End a session; nothing if it has ended."""
        self._open.pop(token, None)

    def _expire(self) -> None:
        now = self._world.now()
        for token in [t for t, s in self._open.items() if now - s.used > s.idle]:
            del self._open[token]
