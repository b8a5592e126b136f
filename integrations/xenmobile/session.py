"""One session of a node's REST API: a token, opened when it is needed and once more when it has ended.

Everything here is a read for XenMobile: this client changes nothing there.
"""

import threading
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote

from integrations.errors import IntegrationError, LoginRefused, NotPermitted, SessionEnded, WrongAnswer
from integrations.fields import Row, number, text
from integrations.http import Call, Reply, Wire
from integrations.login import Login, LoginGuard
from integrations.xenmobile.envelope import DONE, SYSTEM, payload, words

BASE = "/xenmobile/api/v1"
_ENDED = frozenset({401, 403})


def path(*parts: str) -> str:
    """The path of a resource, each part encoded by itself."""
    return "/".join([BASE, *(quote(part, safe="") for part in parts)])


class Session:
    """A session that reads. Safe for threads: all share one token, and one of them opens it again for all."""

    def __init__(self, wire: Wire, logins: LoginGuard) -> None:
        """Prepare a session; nothing is sent yet."""
        self._wire = wire
        self._logins = logins
        self._lock = threading.Lock()
        self._token = ""
        self._user = ""

    def open(self) -> None:
        """Log in, if there is no session yet.

        Raises:
            LoginRefused: Now or before; it is not tried again by itself.
            Unreachable, WrongAnswer: The node does not answer, or not as XenMobile does.
        """
        self._other_than("")

    def read(self, what: str, key: str, *parts: str, asked: Mapping[str, object] | None = None) -> Row:
        """One read.

        A session that has ended is opened again once. Which status tells so is documented nowhere, so both 401 and 403
        count; after a fresh login the one means the same again and the other a missing right.

        Args:
            what: What is read, for errors.
            key: The field that the answer must hold.
            parts: The parts of the resource's path.
            asked: A filter, sent by POST; None: a GET.

        Raises:
            IntegrationError: As the tree says; nothing was changed.
        """
        call = Call("GET" if asked is None else "POST", path(*parts), json=asked)
        token, is_fresh = self._other_than("")
        reply = self._send(call, token)
        if reply.status in _ENDED and not is_fresh:
            token, _ = self._other_than(token)
            reply = self._send(call, token)
        if reply.status == 401:
            raise SessionEnded(SYSTEM, f"the session ended again while {what} was read, right after a new login")
        if reply.status == 403:
            step = "Give the API's account PUBLIC_API_ACCESS and the right to read this, then check again."
            raise NotPermitted(SYSTEM, f"the server forbids {what} to our account", next_step=step)
        return payload(reply, what, key)

    def close(self) -> None:
        """Log out, as far as that goes: a session that can't be ended ends by itself."""
        with self._lock:
            token, self._token = self._token, ""
        if not token:
            return
        with suppress(IntegrationError):
            self._send(Call("POST", path("authentication", "logout"), json={"login": self._user}), token)

    def _other_than(self, ended: str) -> tuple[str, bool]:
        """A token that is not `ended`, and whether this very call logged in for it."""
        with self._lock:
            if self._token and self._token != ended:
                return self._token, False
            self._token = ""
            with self._logins.attempt() as login:
                self._token, self._user = self._logged_in(login), login.user
            return self._token, True

    def _logged_in(self, login: Login) -> str:
        body = {"login": login.user, "password": login.password}
        reply = self._wire.send(Call("POST", path("authentication", "login"), json=body))
        answer = reply.mapping()
        token = text(answer, "auth_token")
        if reply.ok and token:
            return token
        said_no = reply.status in _ENDED or (not reply.ok and answer) or number(answer, "status") not in {None, DONE}
        if said_no:
            raise LoginRefused(SYSTEM, f"the login was refused (HTTP {reply.status}): {words(answer)}")
        raise WrongAnswer(SYSTEM, f"the answer to the login (HTTP {reply.status}) holds no token")

    def _send(self, call: Call, token: str) -> Reply:
        headers = {**call.headers, "auth_token": token}
        return self._wire.send(Call(call.method, call.path, headers=headers, json=call.json))
