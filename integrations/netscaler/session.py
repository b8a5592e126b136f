"""One NITRO session: login, reads, changes, logout, and what NITRO's error codes mean.

NITRO: login answers a session id in the body and as a cookie; it is sent back as cookie ``NITRO_AUTH_TOKEN``. Sessions
are limited in number and end after idling, so ours is always logged out.
"""

import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

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

SYSTEM = "netscaler"
LOGIN = "/nitro/v1/config/login"
LOGOUT = "/nitro/v1/config/logout"
_COOKIE = "NITRO_AUTH_TOKEN"
_SET_COOKIE = re.compile(_COOKIE + r"=\"?([^;,\"\s]+)")
_BAD_LOGIN = 354
_ENDED = {444, 1027}
_NOT_PERMITTED = {257, 2138}
_NO_SUCH = 258
_PARTIAL = 207


def path(area: str, resource: str, name: str = "") -> str:
    """The path of a resource; its name is encoded twice, as the vendor's own clients do.

    Args:
        area: ``config`` or ``stat``.
        resource: NITRO's resource, e.g. ``lbvserver``.
        name: The name of one of them; empty: all.
    """
    tail = "/" + quote(quote(name, safe=""), safe="") if name else ""
    return f"/nitro/v1/{area}/{resource}{tail}"


class NitroSession:
    """A session that opens when it is needed. Safe for threads."""

    def __init__(self, wire: Wire, guard: LoginGuard, idle: timedelta) -> None:
        """Take the way and the login; `idle` is how long the appliance keeps the session without a call."""
        self._wire = wire
        self._guard = guard
        self._idle = idle
        self._token = ""
        self._lock = threading.Lock()

    def read(self, where: str, query: Mapping[str, str] | None = None) -> Row:
        """One GET; an ended session is opened again once.

        Returns:
            The answer's body.

        Raises:
            IntegrationError: As the tree says.
        """
        return self._read(where, query)[0]

    def clock(self, where: str) -> datetime | None:
        """The appliance's clock at the answer to one GET, aware UTC; None if it doesn't tell."""
        return self._read(where, None)[1].date()

    def change(self, where: str, action: str, body: Row) -> None:
        """One POST with an action, sent once whatever comes of it.

        Raises:
            OutcomeUnknown: The reply was lost or can't be read.
            SessionEnded: Not carried out; the next read opens a new session.
            IntegrationError: As the tree says.
        """
        token = self._open()
        headers = {"Cookie": f"{_COOKIE}={token}"}
        reply = self._wire.send(Call("POST", where, True, headers, {"action": action}, body))
        failure = failure_of(reply, change=True)
        if failure is not None:
            self._forget(token, failure)
            raise failure

    def close(self) -> None:
        """Log out; a session that can't be logged out ends by itself after idling."""
        with self._lock:
            token, self._token = self._token, ""
        if token:
            with suppress(IntegrationError):
                self._wire.send(Call("POST", LOGOUT, headers={"Cookie": f"{_COOKIE}={token}"}, json={"logout": {}}))

    def _read(self, where: str, query: Mapping[str, str] | None) -> tuple[Row, Reply]:
        reply, failure = self._try_read(where, query)
        if isinstance(failure, SessionEnded):
            reply, failure = self._try_read(where, query)
        if failure is not None:
            raise failure
        return reply.mapping(), reply

    def _try_read(self, where: str, query: Mapping[str, str] | None) -> tuple[Reply, IntegrationError | None]:
        token = self._open()
        reply = self._wire.send(Call("GET", where, False, {"Cookie": f"{_COOKIE}={token}"}, query or {}))
        failure = failure_of(reply, change=False)
        if failure is not None:
            self._forget(token, failure)
        return reply, failure

    def _forget(self, token: str, failure: IntegrationError) -> None:
        with self._lock:
            if isinstance(failure, SessionEnded) and self._token == token:
                self._token = ""

    def _open(self) -> str:
        with self._lock:
            if not self._token:
                with self._guard.attempt() as login:
                    self._token = self._log_in(login)
            return self._token

    def _log_in(self, login: Login) -> str:
        timeout = int(self._idle.total_seconds())
        body = {"login": {"username": login.user, "password": login.password, "timeout": timeout}}
        reply = self._wire.send(Call("POST", LOGIN, json=body))
        answer = reply.mapping()
        token = text(answer, "sessionid") or _cookie(reply)
        if reply.ok and token:
            return _clean(token)
        failure = failure_of(reply, change=False)
        if number(answer, "errorcode") == _BAD_LOGIN or reply.status in {401, 403}:
            reason = said(text(answer, "message"))
            raise LoginRefused(SYSTEM, f"the login was refused ({reason})")
        raise failure or WrongAnswer(SYSTEM, "the login was answered without a session")


def failure_of(reply: Reply, *, change: bool) -> IntegrationError | None:
    """What a NITRO answer means as an error, or None when it means success.

    NITRO: a change may be answered with an empty body; ``severity`` WARNING is no error; HTTP 207 is partial success;
    599 stands for the appliance's own errors.
    """
    answer = reply.mapping()
    code = number(answer, "errorcode")
    warned = text(answer, "severity").upper() == "WARNING"
    if reply.ok and reply.status != _PARTIAL and (code == 0 or warned or (code is None and change and not reply.body)):
        return None
    if code is None:
        return _not_nitro(reply, change=change)
    what = f"{said(text(answer, 'message'))} (NITRO {code}, HTTP {reply.status})"
    if reply.status == _PARTIAL and (code == 0 or change):
        return Refused(SYSTEM, f"only a part was done: {what}", code=str(code), may_have_happened=change)
    return _coded(code, reply.status, what)


def _coded(code: int, status: int, what: str) -> IntegrationError:
    if code == _BAD_LOGIN:
        return LoginRefused(SYSTEM, what)
    if code in _ENDED or status == 401:
        return SessionEnded(SYSTEM, f"the session has ended: {what}")
    if code in _NOT_PERMITTED or status == 403:
        return NotPermitted(SYSTEM, what)
    if code == _NO_SUCH:
        return NotFound(SYSTEM, what)
    return Refused(SYSTEM, what, code=str(code))


def _not_nitro(reply: Reply, *, change: bool) -> IntegrationError:
    if reply.status == 401:
        return SessionEnded(SYSTEM, "the session has ended (HTTP 401)")
    if reply.status == 403:
        return NotPermitted(SYSTEM, "the appliance refused (HTTP 403)")
    what = f"HTTP {reply.status} without a readable NITRO answer"
    if change and (reply.ok or reply.status >= 500):
        return OutcomeUnknown(SYSTEM, what)
    return WrongAnswer(SYSTEM, what)


def _cookie(reply: Reply) -> str:
    found = _SET_COOKIE.search(reply.headers.get("set-cookie", ""))
    return unquote(found[1]) if found else ""


def _clean(token: str) -> str:
    if not token.isascii() or not token.isprintable() or set(token) & set(' ;,"\\'):
        raise WrongAnswer(SYSTEM, "the login was answered with a session id that can't be sent back")
    return token
