"""Sessions of the API: a token for each login, ended by the server's own properties, a logout or a restore."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from practice.world import World


@dataclass
class _Session:
    user: str
    opened: datetime
    used: datetime
    restores: int


class Sessions:
    """The sessions of one node.

    Attributes:
        attempts: How many logins were tried, refused ones included.
    """

    def __init__(self, world: World, logins: dict[str, str]) -> None:
        """Begin with none; `logins` are users with their passwords."""
        self._world = world
        self._logins = logins
        self._open: dict[str, _Session] = {}
        self.attempts = 0

    def log_in(self, user: str, password: str) -> str:
        """A token, or an empty text for a refusal."""
        self.attempts += 1
        if self._logins.get(user) != password or self._world.faults.strike("refuse_login", "xenmobile"):
            return ""
        token = f"{secrets.token_hex(8)}:{secrets.token_hex(16)}"
        now = self._world.now()
        self._open[token] = _Session(user, now, now, len(self._world.restores))
        return token

    def log_out(self, token: str) -> None:
        """End a session."""
        self._open.pop(token, None)

    def end_all(self) -> None:
        """End every session, as a restart of the node would."""
        self._open.clear()

    def user(self, token: str) -> str:
        """Whose session it is; empty when there is none, or when it has ended."""
        session = self._open.get(token)
        if session is None or self._ended(session) or self._world.faults.strike("end_session", "xenmobile"):
            self._open.pop(token, None)
            return ""
        session.used = self._world.now()
        return session.user

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def _ended(self, session: _Session) -> bool:
        if session.restores != len(self._world.restores):
            return True
        value = self._world.content.configuration.value
        static = value("xms.publicapi.timeout.type") == "STATIC_TIMEOUT"
        minutes = value(f"xms.publicapi.{'static' if static else 'inactivity'}.timeout")
        since = session.opened if static else session.used
        return self._world.now() - since > timedelta(minutes=int(minutes))
