"""One session with one vCenter: opened on first use, opened again once for reads, logged out at the end.

A read may be repeated: once when its connection broke off, once when its session had ended; not after silence.
A change is sent once, on a connection that has just carried a read.
"""

import ssl
import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from pyVmomi import vim

from integrations.errors import WrongIdentity
from integrations.login import LoginGuard
from integrations.vsphere.faults import SYSTEM, TROUBLE, login_refused, told
from integrations.vsphere.untyped import VimObject
from integrations.vsphere.wire import ReplyLost, Silent, Wire

T = TypeVar("T")


@dataclass(frozen=True)
class Opened:
    """A session that is open.

    Attributes:
        wire: The way that it runs on; holds its cookie.
        instance: pyVmomi's ServiceInstance.
        content: pyVmomi's ServiceContent: managers and `about`, read before the login.
        key: The session's key, which questions about rights need.
    """

    wire: Wire
    instance: VimObject
    content: VimObject
    key: str

    def reference(self, kind: VimObject, ref: str) -> VimObject:
        """The managed object of that kind behind a reference; nothing is asked."""
        return kind(ref, self.wire)


class Session:
    """Opens, keeps and ends the session. Safe for threads."""

    def __init__(self, host: str, port: int, login: LoginGuard, tls: ssl.SSLContext, timeout: timedelta) -> None:
        """Prepare a session; nothing is connected yet."""
        self._host = host
        self._port = port
        self._login = login
        self._tls = tls
        self._timeout = timeout
        self._lock = threading.Lock()
        self._opened: Opened | None = None
        self._identity = ""

    def opened(self) -> Opened:
        """The open session, opened now if there is none.

        Raises:
            Unreachable: vCenter can't be reached, or did not answer.
            LoginRefused: It refused the login.
            WrongIdentity: Another vCenter answers than the one this object began with.
        """
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def read(self, what: str, ask: Callable[[Opened], T]) -> T:
        """Ask something; once more if the connection broke off, and once more if the session had ended.

        Both can come together: a connection that was idle for long is dead, and so is its session.

        Raises:
            IntegrationError: `ask` failed (see `faults.told`).
        """
        met: set[bool] = set()
        while True:
            try:
                return self._ask(what, ask)
            except _Again as again:
                if again.ended in met:
                    raise told(again.error, what) from None
                met.add(again.ended)
                if again.ended:
                    self._forget(again.opened)

    def change(self, what: str, send: Callable[[Opened], T]) -> T:
        """Send a change, once; a read goes before it, so that session and connection are known to live.

        Raises:
            IntegrationError: `send` failed (see `faults.told`); `may_have_happened` says whether it may have worked.
        """
        self.opened().wire.drop_idle()
        self.read(f"looking before {what}", lambda opened: opened.instance.CurrentTime())
        try:
            return send(self.opened())
        except TROUBLE as error:
            raise told(error, what, change=True) from None

    def close(self) -> None:
        """Log out and close the connections; a session that can't be logged out ends by itself when idle."""
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None:
            with suppress(*TROUBLE):
                opened.content.sessionManager.Logout()
            opened.wire.close()

    def _open(self) -> Opened:
        wire = Wire(self._host, self._port, self._tls, self._timeout)
        with ExitStack() as undo:
            undo.callback(wire.close)
            try:
                opened = self._log_in(wire)
            except TROUBLE as error:
                raise told(error, f"logging in at {self._host}:{self._port}") from None
            undo.pop_all()
        return opened

    def _log_in(self, wire: Wire) -> Opened:
        instance: VimObject = vim.ServiceInstance("ServiceInstance", wire)
        content = instance.RetrieveContent()
        self._same(content.about.instanceUuid or "")
        with self._login.attempt() as login:
            try:
                session = content.sessionManager.Login(login.user, login.password)
            except (vim.fault.InvalidLogin, vim.fault.NoPermission) as fault:
                raise login_refused(fault) from None
        return Opened(wire, instance, content, session.key)

    def _same(self, identity: str) -> None:
        if self._identity and identity != self._identity:
            raise WrongIdentity(SYSTEM, f"another vCenter answers at {self._host}:{self._port} than before")
        self._identity = identity

    def _ask(self, what: str, ask: Callable[[Opened], T]) -> T:
        opened = self.opened()
        try:
            return ask(opened)
        except TROUBLE as error:
            ended = isinstance(error, vim.fault.NotAuthenticated)
            if ended or (isinstance(error, ReplyLost) and not isinstance(error, Silent)):
                raise _Again(opened, error, ended=ended) from None
            raise told(error, what) from None

    def _forget(self, opened: Opened) -> None:
        with self._lock:
            if self._opened is opened:
                self._opened = None
        opened.wire.close()


class _Again(Exception):
    """A read that may be tried once more: on a new session if this one `ended`, else on a new connection."""

    def __init__(self, opened: Opened, error: Exception, *, ended: bool) -> None:
        """Keep the session that failed, and how."""
        super().__init__(str(error))
        self.opened = opened
        self.error = error
        self.ended = ended
