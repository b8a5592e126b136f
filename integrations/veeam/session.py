"""Being logged in at Veeam: tokens by their lifetime, single-use refresh, and what its errors mean.

REST: an access token lives `expires_in` seconds (15 or 60 minutes by version, so never assumed); a refresh token may be
used once. A rejected token may be answered with an empty body.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.errors import (
    IntegrationError,
    LoginRefused,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Refused,
    SessionEnded,
    WrongAnswer,
)
from integrations.fields import Row, number, said, text
from integrations.http import Call, Reply, Wire
from integrations.login import Login, LoginGuard
from integrations.veeam.times import SYSTEM

TOKEN = "/api/oauth2/token"  # noqa: S105 - a path
LOGOUT = "/api/oauth2/logout"
_MARGIN = timedelta(seconds=60)
_REFUSALS = {"accessdenied", "invalid_grant"}


@dataclass(frozen=True, repr=False)
class Tokens:
    """What a login gave.

    Attributes:
        access: Sent with each call.
        refresh: Good for one renewal; empty: none was given.
        until: Until when the access token is used, by the clock handed in.
    """

    access: str
    refresh: str
    until: datetime


class VeeamSession:
    """A session that opens when it is needed and is renewed before it ends. Safe for threads."""

    def __init__(self, wire: Wire, guard: LoginGuard, version: Callable[[], str], now: Callable[[], datetime]) -> None:
        """Take the way, the login, what tells the API version, and the clock (aware) that tokens age by."""
        self._wire = wire
        self._guard = guard
        self._version = version
        self._now = now
        self._tokens: Tokens | None = None
        self._lock = threading.Lock()

    def read(self, path: str, query: Mapping[str, str] | None = None) -> Row:
        """One GET; an ended session is opened again once.

        Raises:
            IntegrationError: As the tree says.
        """
        return self.reply(path, query).mapping()

    def reply(self, path: str, query: Mapping[str, str] | None = None) -> Reply:
        """One GET with the whole answer; an ended session is opened again once.

        Raises:
            IntegrationError: As the tree says.
        """
        reply, failure = self._try_read(path, query)
        if isinstance(failure, SessionEnded):
            reply, failure = self._try_read(path, query)
        if failure is not None:
            raise failure
        return reply

    def change(self, path: str, body: Row) -> Row:
        """One POST, sent once whatever comes of it.

        Returns:
            The answer's body.

        Raises:
            OutcomeUnknown: The reply was lost or can't be read.
            SessionEnded: Not carried out; the next read opens a new session.
            IntegrationError: As the tree says.
        """
        tokens = self._open()
        reply = self._wire.send(Call("POST", path, True, self._headers(tokens.access), json=body))
        failure = failure_of(reply, change=True)
        if failure is not None:
            self._forget(tokens, failure)
            raise failure
        return reply.mapping()

    def close(self) -> None:
        """Log out; a session that can't be logged out ends by itself."""
        with self._lock:
            tokens, self._tokens = self._tokens, None
        if tokens is not None:
            with suppress(IntegrationError):
                self._wire.send(Call("POST", LOGOUT, headers=self._headers(tokens.access)))

    def _headers(self, access: str = "") -> dict[str, str]:
        versioned = {"x-api-version": self._version(), "Accept": "application/json"}
        return {**versioned, "Authorization": f"Bearer {access}"} if access else versioned

    def _try_read(self, path: str, query: Mapping[str, str] | None) -> tuple[Reply, IntegrationError | None]:
        tokens = self._open()
        reply = self._wire.send(Call("GET", path, False, self._headers(tokens.access), query or {}))
        failure = failure_of(reply, change=False)
        if failure is not None:
            self._forget(tokens, failure)
        return reply, failure

    def _forget(self, tokens: Tokens, failure: IntegrationError) -> None:
        with self._lock:
            if isinstance(failure, SessionEnded) and self._tokens is tokens:
                self._tokens = None

    def _open(self) -> Tokens:
        with self._lock:
            if self._tokens is None or self._tokens.until <= self._now():
                self._tokens = self._renewed() or self._logged_in()
            return self._tokens

    def _renewed(self) -> Tokens | None:
        """New tokens for the refresh token, which is spent by the try; None: log in instead."""
        spent, self._tokens = self._tokens, None
        if spent is None or not spent.refresh:
            return None
        asked = self._now()
        reply = self._ask({"grant_type": "refresh_token", "refresh_token": spent.refresh})
        return _tokens(reply, asked)

    def _logged_in(self) -> Tokens:
        with self._guard.attempt() as login:
            return self._tokens_of(login)

    def _tokens_of(self, login: Login) -> Tokens:
        asked = self._now()
        reply = self._ask({"grant_type": "password", "username": login.user, "password": login.password})
        tokens = _tokens(reply, asked)
        if tokens is not None:
            return tokens
        answer = reply.mapping()
        code = (text(answer, "errorCode") or text(answer, "error")).casefold()
        if reply.status in {401, 403} or code in _REFUSALS:
            raise LoginRefused(SYSTEM, f"the login was refused ({_reason(reply)})")
        raise failure_of(reply, change=False) or WrongAnswer(SYSTEM, "the login was answered without a usable token")

    def _ask(self, form: Mapping[str, str]) -> Reply:
        return self._wire.send(Call("POST", TOKEN, headers=self._headers(), form=form))


def failure_of(reply: Reply, *, change: bool) -> IntegrationError | None:
    """What an answer means as an error, or None when it means success.

    REST: errors are ``{errorCode, message, resourceId}``, but a 401 may be empty, so the status comes first.
    """
    answer = reply.mapping()
    if reply.ok:
        if answer:
            return None
        what = f"HTTP {reply.status} without a readable answer"
        return OutcomeUnknown(SYSTEM, what) if change else WrongAnswer(SYSTEM, what)
    code = text(answer, "errorCode")
    what = f"{_reason(reply)} ({code or 'no code'}, HTTP {reply.status})"
    if reply.status >= 500 and change:
        return OutcomeUnknown(SYSTEM, what)
    return _by_status(reply.status, code, what)


def _by_status(status: int, code: str, what: str) -> IntegrationError:
    if status == 401:
        return SessionEnded(SYSTEM, f"the session has ended: {what}")
    if status == 403:
        return NotPermitted(SYSTEM, what)
    if code == "NotImplemented":
        return WrongAnswer(SYSTEM, what, next_step="Set another API version for Veeam in the settings.")
    if not code:
        return WrongAnswer(SYSTEM, what)
    return NotFound(SYSTEM, what) if status == 404 else Refused(SYSTEM, what, code=code)


def _reason(reply: Reply) -> str:
    answer = reply.mapping()
    return said(text(answer, "message") or text(answer, "error_description"))


def _tokens(reply: Reply, asked: datetime) -> Tokens | None:
    answer = reply.mapping()
    access, seconds = text(answer, "access_token"), number(answer, "expires_in")
    if not reply.ok or not access or seconds is None or seconds <= 0:
        return None
    if not access.isascii() or not access.isprintable():
        raise WrongAnswer(SYSTEM, "the login was answered with a token that can't be sent back")
    lifetime = timedelta(seconds=seconds)
    return Tokens(access, text(answer, "refresh_token"), asked + lifetime - min(_MARGIN, lifetime / 10))
