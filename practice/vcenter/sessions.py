"""Sessions of the pretend vCenter: who is logged in, and what each has open."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pyVmomi import vim

from practice.vcenter.untyped import VimObject
from practice.world import World

if TYPE_CHECKING:  # the two know each other
    from practice.vcenter.collector import Filter

IDLE = timedelta(minutes=30)


@dataclass
class Session:
    """One session. `collectors`, `views` and `pages` are what it has not destroyed or read yet."""

    key: str
    cookie: str
    user: str
    since: datetime
    seen: datetime
    collectors: dict[str, dict[str, "Filter"]] = field(default_factory=lambda: {"propertyCollector": {}})
    views: dict[str, list[VimObject]] = field(default_factory=dict)
    pages: dict[str, list[VimObject]] = field(default_factory=dict)

    def shown(self) -> VimObject:
        """VSphere: `UserSession`."""
        return vim.UserSession(
            key=self.key,
            userName=self.user,
            fullName=self.user,
            loginTime=self.since,
            lastActiveTime=self.seen,
            locale="en",
            messageLocale="en",
            extensionSession=False,
            ipAddress="127.0.0.1",
            userAgent="",
            callCount=0,
        )


class Sessions:
    """All sessions by their cookie. Callers hold the world's lock."""

    def __init__(self, world: World, logins: Mapping[str, str]) -> None:
        """Accept these passwords by user."""
        self._world = world
        self._logins = logins
        self._open: dict[str, Session] = {}
        self.attempts = 0  # logins tried, refused ones included

    def log_in(self, user: str, password: str) -> Session:
        """Open a session.

        Raises:
            vim.fault.InvalidLogin: Unknown user or wrong password, or the fault ``refuse_login``.
        """
        self.attempts += 1
        refused = self._world.faults.strike("refuse_login", "vsphere")
        if refused or self._logins.get(user) != password:
            raise vim.fault.InvalidLogin(msg="Cannot complete login due to an incorrect user name or password.")
        now = self._world.now()
        session = Session(secrets.token_hex(16), secrets.token_hex(20), user, now, now)
        self._open[session.cookie] = session
        return session

    def of(self, cookie: str) -> Session | None:
        """The session of a cookie, if it is open and was not idle for too long."""
        session, now = self._open.get(cookie), self._world.now()
        if session is not None and now - session.seen > IDLE:
            self.end(session)
            return None
        if session is not None:
            session.seen = now
        return session

    def end(self, session: Session) -> None:
        """End a session, with everything it has open."""
        self._open.pop(session.cookie, None)

    def open(self) -> tuple[Session, ...]:
        """The sessions that are open now."""
        return tuple(self._open.values())
