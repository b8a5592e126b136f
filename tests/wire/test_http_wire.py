"""The HTTP plumbing against servers of every bad habit, on loopback sockets."""

import gc
import hashlib
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from integrations.errors import IntegrationError, OutcomeUnknown, Unreachable, WrongAnswer
from integrations.http import Call, Reply, Wire, tls_context
from practice.http import HttpServer, drop, never

Contexts = Callable[..., ssl.SSLContext]
SHORT = timedelta(seconds=0.3)
READ = Call("GET", "/x")
CHANGE = Call("POST", "/x", change=True, json={})


@contextmanager
def serving(handler: Callable[[web.Request], object], tls: ssl.SSLContext | None) -> Iterator[HttpServer]:
    def app() -> web.Application:
        made = web.Application()
        made.router.add_route("*", "/{rest:.*}", handler)  # type: ignore[arg-type]
        return made

    with HttpServer(app, tls) as server:
        yield server


def wire(server: HttpServer, tls: ssl.SSLContext | None, **more: object) -> Wire:
    return Wire("veeam", server.url, tls=tls, connect_timeout=timedelta(seconds=2), reply_timeout=SHORT, **more)  # type: ignore[arg-type]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_port_that_refuses_is_unreachable_even_for_a_change(client_tls: ssl.SSLContext) -> None:
    """Without a connection nothing was sent, so a change can't have happened."""
    with Wire("veeam", f"https://127.0.0.1:{free_port()}", tls=client_tls) as way, pytest.raises(Unreachable) as caught:
        way.send(CHANGE)
    assert not caught.value.may_have_happened


@pytest.mark.parametrize("habit", ["drop", "silent"])
def test_a_lost_reply_is_unknown_for_a_change_and_unreachable_for_a_read(
    habit: str, server_tls: Contexts, client_tls: ssl.SSLContext
) -> None:
    """After a change was sent, no reply means that it may have happened; a read changed nothing."""

    async def handler(request: web.Request) -> web.Response:
        await request.read()
        if habit == "silent":
            await never()
        return drop(request)

    with serving(handler, server_tls()) as server, wire(server, client_tls) as way:
        with pytest.raises(OutcomeUnknown) as lost:
            way.send(CHANGE)
        with pytest.raises(Unreachable) as read:
            way.send(READ)
    assert lost.value.may_have_happened
    assert not read.value.may_have_happened


def test_a_server_that_accepts_and_never_shakes_hands_is_unreachable(client_tls: ssl.SSLContext) -> None:
    """A silent port ends within the connect timeout, and the change counts as not sent."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"https://127.0.0.1:{silent.getsockname()[1]}"
        with Wire("veeam", base, tls=client_tls, connect_timeout=SHORT) as way, pytest.raises(Unreachable):
            way.send(CHANGE)


def test_a_foreign_certificate_ends_the_exchange_before_a_byte_is_sent(
    server_tls: Contexts, client_tls: ssl.SSLContext
) -> None:
    """A certificate of another CA, or of another name, ends the exchange, and the server gets no request."""
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.path)
        return web.Response()

    foreign = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(foreign)
    for context in (foreign, server_tls("xms.example.com")):
        with (
            serving(handler, context) as server,
            wire(server, client_tls) as way,
            pytest.raises(Unreachable, match="certificate"),
        ):
            way.send(CHANGE)
    assert seen == []


def test_a_node_is_spoken_to_by_address_under_the_name_in_its_certificate(
    server_tls: Contexts, client_tls: ssl.SSLContext
) -> None:
    """With `tls_name` that name is verified and sent as Host, while the connection goes to the address."""
    hosts: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        hosts.append(request.headers["Host"])
        return web.Response()

    with serving(handler, server_tls("xms.example.com")) as server:
        with wire(server, client_tls, tls_name="xms.example.com") as way:
            assert way.send(READ).ok
        with wire(server, client_tls, tls_name="other.example.com") as way, pytest.raises(Unreachable):
            way.send(READ)
    assert hosts == [f"xms.example.com:{server.port}"]


def test_no_redirect_is_followed(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """A redirect ends the exchange: its target gets no request and no credential; a change may have happened."""
    seen: list[str] = []

    async def target(request: web.Request) -> web.Response:
        seen.append(request.headers.get("auth_token", ""))
        return web.Response()

    with serving(target, None) as elsewhere:

        async def handler(_: web.Request) -> web.Response:
            raise web.HTTPFound(elsewhere.url + "/y")

        with serving(handler, server_tls()) as server, wire(server, client_tls) as way:
            for call in (READ, CHANGE):
                with pytest.raises(WrongAnswer, match="redirect") as caught:
                    way.send(call)
                assert caught.value.may_have_happened is call.change
    assert seen == []


def test_no_proxy_of_the_environment_is_asked(
    monkeypatch: pytest.MonkeyPatch, server_tls: Contexts, client_tls: ssl.SSLContext
) -> None:
    """Proxies named in the environment see no byte."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    with socket.create_server(("127.0.0.1", 0)) as proxy:
        for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        with serving(handler, server_tls()) as server, wire(server, client_tls) as way:
            assert way.send(READ).ok
        proxy.settimeout(0.05)
        with pytest.raises(TimeoutError):
            proxy.accept()


def test_an_answer_beyond_the_cap_is_not_read(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """An answer larger than the cap ends the exchange; one of exactly the cap passes."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 1000)

    with serving(handler, server_tls()) as server, wire(server, client_tls) as way:
        assert len(way.send(Call("GET", "/", cap=1000)).body) == 1000
        with pytest.raises(WrongAnswer, match="larger than 999 bytes"):
            way.send(Call("GET", "/", cap=999))


def test_no_error_carries_the_request(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """An exception holds our words alone: no token in its text, its cause or its context."""

    async def handler(request: web.Request) -> web.Response:
        return drop(request)

    call = Call("POST", "/", change=True, headers={"Cookie": "token-canary"}, json={"password": "word-canary"})
    with (
        serving(handler, server_tls()) as server,
        wire(server, client_tls) as way,
        pytest.raises(IntegrationError) as caught,
    ):
        way.send(call)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "canary" not in repr(call) + str(caught.value) + repr(caught.value)


@pytest.mark.parametrize("base", ["https://[", "ftp://192.0.2.1", "192.0.2.1:443", "https://", "https://u:p@192.0.2.1"])
def test_an_address_that_is_none_is_refused_when_it_is_given(base: str) -> None:
    """What is no address of an HTTP server, or carries a login, never becomes a way; a password in it isn't shown."""
    with pytest.raises(ValueError, match=r"not an address|Invalid IPv6") as caught:
        Wire("veeam", base)
    assert "u:p" not in str(caught.value)


def test_the_certificate_of_the_connection_is_known_by_its_key(practice_ca: trustme.CA) -> None:
    """The fingerprint is SHA-256 of the SubjectPublicKeyInfo, and the dates are the certificate's own."""
    issued = practice_ca.issue_cert("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    trusting = tls_context()
    practice_ca.configure_trust(trusting)

    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    with serving(handler, context) as server, wire(server, trusting) as way:
        shown = way.send(READ).certificate
    real = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())
    spki = real.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert shown is not None
    assert shown.key == "sha256:" + hashlib.sha256(spki).hexdigest()
    assert shown.not_after == real.not_valid_after_utc


def test_a_server_that_speaks_garbage_is_told_apart_by_what_was_sent(client_tls: ssl.SSLContext) -> None:
    """An answer that isn't HTTP leaves a change unknown and a read unanswered."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            for _ in range(2):
                other, _ = listener.accept()
                with other:
                    other.recv(65536)
                    other.sendall(b"SSH-2.0-nothing\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        with Wire("xenmobile", f"http://127.0.0.1:{listener.getsockname()[1]}", tls=client_tls) as way:
            with pytest.raises(OutcomeUnknown):
                way.send(CHANGE)
            with pytest.raises(Unreachable):
                way.send(READ)
        thread.join()


def test_json_that_is_none_reads_as_nothing() -> None:
    """Empty, broken and bottomless bodies read as no JSON instead of raising."""
    for body in (b"", b"<html>", b"[" * 200_000, b"\xff\xfe\x00"):
        assert Reply(200, {}, body).json() is None
        assert Reply(200, {}, body).mapping() == {}
    assert Reply(200, {}, b'{"a": 1}').mapping() == {"a": 1}


def test_the_servers_clock_is_its_date_header() -> None:
    """`Date` reads as aware UTC; a missing or broken one is unknown."""
    assert Reply(200, {"date": "Mon, 07 Jan 2030 09:00:00 GMT"}, b"").date() == datetime(2030, 1, 7, 9, tzinfo=UTC)
    assert Reply(200, {}, b"").date() is None
    assert Reply(200, {"date": "soon"}, b"").date() is None


def test_practice_servers_refuse_to_leave_loopback() -> None:
    """A practice server told to bind another address refuses to be made."""
    with pytest.raises(ValueError, match="loopback only"):
        HttpServer(web.Application, None, host="192.0.2.1")


def test_a_practice_server_that_cannot_bind_says_so() -> None:
    """A taken port is an error of `start`, in the caller's thread."""
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match=r"(?i)address already in use"):
        HttpServer(web.Application, None, port=taken.getsockname()[1]).start()


def test_a_practice_server_that_stops_forgets_no_connection(server_tls: Contexts) -> None:
    """Who connects right before a server stops is let in or turned away; no socket is left for the collector."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for _ in range(5):
            server = HttpServer(web.Application, server_tls()).start()
            for _ in range(3):
                socket.create_connection((server.host, server.port)).close()
            server.stop()
        gc.collect()
    assert [one for one in seen if one.category is ResourceWarning] == []


def test_nothing_is_kept_from_one_exchange_to_the_next(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """No cookie of an answer goes out again by itself, and no compressed answer is asked for: it could be a bomb."""
    seen: list[tuple[str, str]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.headers.get("Cookie", ""), request.headers.get("Accept-Encoding", "")))
        return web.json_response({}, headers={"Set-Cookie": "session=abc; Path=/"})

    with serving(handler, server_tls()) as server, wire(server, client_tls) as way:
        way.send(READ)
        way.send(READ)
    assert seen == [("", "identity"), ("", "identity")]
