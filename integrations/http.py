"""Plumbing under the clients that speak HTTPS: one exchange, told apart by what it proves.

What every such client needs and none may get wrong: no proxy from the environment, no redirect followed, answers
capped in size, our own CA, a node spoken to by its address under the name in its certificate, and above all the
difference between "nothing was sent" and "sent, and the reply was lost".
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import urlsplit

import httpx

from integrations.certificates import PeerCertificate, peer_certificate
from integrations.errors import IntegrationError, OutcomeUnknown, Unreachable, WrongAnswer

MAX_JSON_BYTES = 64 * 1024 * 1024
MAX_PAGE_BYTES = 64 * 1024
# Shorter than any server's own: else a change could meet a connection that is being closed, and look lost.
_IDLE_SECONDS = 2.0
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """A client's TLS context: certificates and names are checked, TLS 1.2 at least, no keys logged.

    Args:
        ca_file: Path of the CA bundle (PEM) that signed the system's certificate; empty: the machine's own CAs.

    Raises:
        OSError: The file can't be read or holds no certificate (`ssl.SSLError` is one).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
    else:
        context.load_default_certs()
    return context


@dataclass(frozen=True)
class Call:
    """One request.

    Attributes:
        method: HTTP method.
        path: Path below the base address, already encoded, beginning with a slash. It may carry a query of its own,
            for systems that want one encoded in their own way; `query` is empty then.
        change: Whether it changes something: a lost reply then is `OutcomeUnknown`, never repeated.
        headers: Headers beside the usual ones; may hold a session's token.
        query: Query parameters, encoded here.
        json: Body to be sent as JSON; None: no body.
        form: Body to be sent as a form.
        cap: Largest answer that is read, in bytes.
        status_only: Whether the status is all that is wanted; the body is then not read, however large it is.
    """

    method: str
    path: str
    change: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    json: object = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    cap: int = MAX_JSON_BYTES
    status_only: bool = False


@dataclass(frozen=True)
class Reply:
    """One answer, read to its end.

    Attributes:
        status: HTTP status.
        headers: Its headers; names in lower case.
        body: Its body, at most the call's cap.
        certificate: The certificate of the connection that carried it; None on plain HTTP.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    certificate: PeerCertificate | None = None

    @property
    def ok(self) -> bool:
        """Whether the status says success (2xx)."""
        return httpx.codes.is_success(self.status)

    def date(self) -> datetime | None:
        """The server's clock by its ``Date`` header, aware UTC, to the second; None if it sent none."""
        try:
            return parsedate_to_datetime(self.headers.get("date", "")).astimezone(UTC)
        except ValueError:
            return None

    def json(self) -> object:
        """The body as JSON, or None if it is empty or isn't JSON (which error answers often aren't)."""
        try:
            parsed: object = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return parsed

    def mapping(self) -> Mapping[str, object]:
        """The body as a JSON object; empty if it is anything else."""
        parsed = self.json()
        return parsed if isinstance(parsed, dict) else {}


class Wire:
    """A way to one HTTP system. Safe for threads; holds connections until `close`."""

    def __init__(
        self,
        system: str,
        base: str,
        *,
        tls: ssl.SSLContext | None = None,
        tls_name: str = "",
        connect_timeout: timedelta = timedelta(seconds=5),
        reply_timeout: timedelta = timedelta(seconds=30),
    ) -> None:
        """Prepare a way; nothing is connected yet.

        Args:
            system: The system's name, for errors.
            base: Scheme, host and port, e.g. ``https://192.0.2.10:4443``; an ending slash is dropped.
            tls: Our context (`tls_context`); None trusts the machine's own CAs.
            tls_name: The name that the certificate must carry and that is sent as ``Host``, when `base` is an address.
            connect_timeout: How long a connection may take to stand, TLS included.
            reply_timeout: How long the other side may stay silent in the middle of an exchange.

        Raises:
            ValueError: `base` is no address, or not one of HTTP.
        """
        parts = urlsplit(base)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
            raise ValueError(f"not an address of an HTTP server: {parts.hostname or base!r}")
        self.system = system
        self.base = base.rstrip("/")
        self.place = parts.netloc
        self._tls_name = tls_name
        self._reply_timeout = reply_timeout
        reply = reply_timeout.total_seconds()
        connect = connect_timeout.total_seconds()
        timeouts = {"connect": connect, "read": reply, "write": reply, "pool": reply + connect}
        self._extensions: dict[str, object] = {"timeout": timeouts}
        if tls_name:
            self._extensions["sni_hostname"] = tls_name
        self._headers = {"User-Agent": "rollback-bot", "Accept": "*/*", "Accept-Encoding": "identity", **self._host()}
        # The transport alone: what httpx's client would add (redirects, cookies, proxies, netrc) is what must not be,
        # and it more than doubles the cost of an exchange, of which a capture makes ten thousand.
        self._http = httpx.HTTPTransport(
            verify=tls or tls_context(), trust_env=False, limits=httpx.Limits(keepalive_expiry=_IDLE_SECONDS)
        )

    def send(self, call: Call) -> Reply:
        """Carry out one exchange, once.

        Returns:
            The answer, whatever its status is; a redirect is an error.

        Raises:
            Unreachable: No connection stood, or a read was not answered; nothing was changed.
            OutcomeUnknown: A change was sent and its reply was lost.
            WrongAnswer: The answer is a redirect or too large (for a change: it may have happened).
        """
        try:
            return self._exchange(call)
        except httpx.HTTPError as error:
            failure = self._told(call, error)
        except httpx.InvalidURL:
            failure = Unreachable(self.system, f"{self.place} can't be asked for {call.path[:80]!r}")
        # Raised outside the handler: httpx's errors carry the request, and with it tokens and passwords.
        raise failure

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _host(self) -> dict[str, str]:
        if not self._tls_name:
            return {}
        port = urlsplit(self.base).port
        return {"Host": f"{self._tls_name}:{port}" if port else self._tls_name}

    def _exchange(self, call: Call) -> Reply:
        request = httpx.Request(
            call.method,
            self.base + call.path,
            params=call.query or None,
            headers={**self._headers, **call.headers},
            json=call.json,
            data=call.form,
            extensions=self._extensions,
        )
        response = self._http.handle_request(request)
        try:
            if response.is_redirect:
                what = f"{self.place} answered with a redirect ({response.status_code}), which is not followed"
                raise WrongAnswer(self.system, what, may_have_happened=call.change)
            certificate = peer_certificate(response.extensions.get("network_stream"))
            body = b"" if call.status_only else self._read(call, response)
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, body, certificate)

    def _read(self, call: Call, response: httpx.Response) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > call.cap:
                what = f"the answer of {self.place} is larger than {call.cap} bytes"
                raise WrongAnswer(self.system, what, may_have_happened=call.change)
        return bytes(body)

    def _told(self, call: Call, error: httpx.HTTPError) -> IntegrationError:
        if isinstance(error, _NEVER_SENT):
            return self._not_connected(error)
        waited = isinstance(error, httpx.TimeoutException)
        seconds = self._reply_timeout.total_seconds()
        how = f"stayed silent for {seconds:g} s" if waited else "broke the connection off before it had answered"
        if call.change:
            return OutcomeUnknown(self.system, f"{self.place} {how}")
        return Unreachable(self.system, f"{self.place} {how}")

    def _not_connected(self, error: httpx.HTTPError) -> Unreachable:
        cause = _certificate_error(error)
        if cause:
            return Unreachable(
                self.system,
                f"the certificate of {self.place} is not accepted ({cause})",
                next_step="Check the CA and the name in the settings, and what answers at this address.",
            )
        if isinstance(error, httpx.TimeoutException):
            return Unreachable(self.system, f"no connection to {self.place} in time")
        return Unreachable(self.system, f"no connection to {self.place} ({error})")


def _certificate_error(error: BaseException) -> str:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen.verify_message
        seen = seen.__cause__ or seen.__context__
    return ""
