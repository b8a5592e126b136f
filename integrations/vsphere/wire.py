"""The way to one vCenter: SOAP over HTTPS, one exchange a call, told apart by what a failure proves.

pyVmomi makes the requests and reads the answers; the connection is ours. Its own stubs repeat calls after a lost
connection, probe without a timeout, switch verification off for loopback and read properties one by one behind one's
back; this one does none of it.
"""

import http.client
import io
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from typing import NoReturn
from xml.parsers.expat import ExpatError

from pyVmomi import SoapAdapter

API = "vim.version.version11"  # vSphere 6.5: enough for every call here, and needs no probe of versions
MAX_BYTES = 64 * 1024 * 1024
_COOKIE = "vmware_soap_session"
_READABLE = (200, 500)  # SOAP 1.1: 500 carries a fault
# What pyVmomi's tables raise on a type, enum or property that they don't know.
_UNKNOWN = (ExpatError, LookupError, TypeError, ValueError, AttributeError)


class Unsent(Exception):
    """No connection stood, so nothing was sent. Its text says why."""


class ReplyLost(Exception):
    """The request was sent and no whole reply came back. Its text says how."""


class Unreadable(Exception):
    """A reply came that can't be understood. Its text says what is wrong with it."""


class Silent(ReplyLost):
    """The other side stayed silent for the whole timeout."""


class Wire(SoapAdapter.SoapStubAdapterBase):  # type: ignore[misc] # pyVmomi is untyped
    """A stub of pyVmomi over our own connections. Safe for threads; holds connections until `close`."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext, timeout: timedelta, *, most: int = MAX_BYTES) -> None:
        """Prepare a way; nothing is connected yet.

        Args:
            host: Host name or address.
            port: TCP port.
            tls: What the server's certificate is checked with.
            timeout: How long the other side may stay silent.
            most: The largest answer that is read, in bytes.
        """
        super().__init__(version=API)
        self.requestContext = None  # read by pyVmomi when it makes a request
        self.host = host
        self.port = port
        self._tls = tls
        self._timeout = timeout
        self._most = most
        self._cookie = ""
        self._idle: list[http.client.HTTPSConnection] = []
        self._lock = threading.Lock()

    def InvokeMethod(self, mo: object, info: object, args: Sequence[object]) -> object:  # noqa: N802 - pyVmomi's name
        """Carry out one call, once; what pyVmomi calls for each method of a managed object.

        Raises:
            Unsent: No connection stood.
            ReplyLost: The request was sent; no whole reply came.
            Unreadable: The reply can't be understood.
            vmodl.MethodFault: The fault that vCenter answered.
        """
        status, content = self._exchange(self._request(mo, info, args))
        answer = self._understood(status, content, info.result)  # type: ignore[attr-defined] # pyVmomi is untyped
        if status == http.client.OK:
            return answer
        if not isinstance(answer, Exception):
            raise Unreadable("it answered with an error that names no fault")
        raise answer

    def InvokeAccessor(self, mo: object, info: object) -> NoReturn:  # noqa: N802 - pyVmomi's name
        """Refuse to read a property behind the dot: a round trip each, and every error an AttributeError.

        Raises:
            TypeError: Always.
        """
        raise TypeError(f"lazy reading of {getattr(info, 'name', info)} of {mo}: use the property collector")

    def drop_idle(self) -> None:
        """Close the connections that nobody uses now, so that the next call makes a fresh one."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def close(self) -> None:
        """Close all connections that are not in the middle of a call."""
        self.drop_idle()

    def _request(self, mo: object, info: object, args: Sequence[object]) -> bytes:
        with suppress(UnicodeEncodeError):
            request: bytes = self.SerializeRequest(mo, info, args)
            return request
        # Raised out here: that error carries the whole request, and with it the password that may be in it.
        raise Unsent("the request holds characters that can't be sent")

    def _exchange(self, body: bytes) -> tuple[int, bytes]:
        connection = self._connection()
        try:
            connection.request("POST", "/sdk", body, self._headers())
            response = connection.getresponse()
            content = response.read(self._most + 1)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            self.drop_idle()  # what ended this one has most likely ended them all
            if isinstance(error, TimeoutError):
                raise Silent(f"it stayed silent for {self._timeout.total_seconds():g} s") from None
            raise ReplyLost(f"the connection broke off ({type(error).__name__})") from None
        self._remember(response)
        if response.will_close or len(content) > self._most:
            connection.close()
        else:
            with self._lock:
                self._idle.append(connection)
        if len(content) > self._most:
            raise Unreadable(f"its answer is larger than {self._most} bytes")
        return response.status, content

    def _connection(self) -> http.client.HTTPSConnection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        seconds = self._timeout.total_seconds()
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=seconds, context=self._tls)
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Unsent(_why(error)) from None
        return connection

    def _headers(self) -> dict[str, str]:
        headers = {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": self.versionId,
            "User-Agent": "rollback-bot",
            "Accept-Encoding": "identity",
        }
        return {**headers, "Cookie": f'{_COOKIE}="{self._cookie}"'} if self._cookie else headers

    def _remember(self, response: http.client.HTTPResponse) -> None:
        try:
            cookies = SimpleCookie(response.getheader("Set-Cookie", ""))
        except CookieError:
            raise Unreadable("its session cookie can't be read") from None
        if _COOKIE in cookies:
            self._cookie = cookies[_COOKIE].value

    def _understood(self, status: int, content: bytes, kind: type) -> object:
        if status not in _READABLE:
            raise Unreadable(f"it answered HTTP {status}")
        try:
            if "<!DOCTYPE" in content.decode():
                raise Unreadable("its answer defines entities of its own, which no vCenter does")
            answer: object = SoapAdapter.SoapResponseDeserializer(self).Deserialize(io.BytesIO(content), kind)
        except _UNKNOWN as error:
            raise Unreadable(f"its answer can't be read ({type(error).__name__})") from None
        return answer


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return "no connection in time"
    return f"no connection ({error.strerror or error})" if isinstance(error, OSError) else "no connection"
