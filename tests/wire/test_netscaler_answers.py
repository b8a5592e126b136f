"""The NetScaler client against odd answers from servers written here."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from integrations.errors import (
    IntegrationError,
    LoginRefused,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Refused,
    SessionEnded,
    Unreachable,
    WrongAnswer,
)
from integrations.login import Login
from integrations.netscaler import NetScaler, VServerKind
from practice.http import HttpServer, drop

LB = VServerKind.LB
Handler = Callable[[web.Request], web.Response]
GOOD_LOGIN = {"errorcode": 0, "message": "Done", "severity": "NONE", "sessionid": "##TOKEN"}


def nitro(code: int, message: str = "No", status: int = 400, **more: object) -> web.Response:
    return web.json_response(
        {"errorcode": code, "message": message, "severity": "ERROR" if code else "NONE", **more}, status=status
    )


@contextmanager
def speaking(handler: Handler, tls: ssl.SSLContext, trust: ssl.SSLContext) -> Iterator[tuple[NetScaler, list[str]]]:
    """A client of a server that logs everybody in and answers everything else by `handler`."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        seen.append(f"{request.method} {request.path_qs}")
        if request.path.endswith("/login"):
            return web.json_response(GOOD_LOGIN, status=201)
        return handler(request)

    def app() -> web.Application:
        made = web.Application()
        made.router.add_route("*", "/{rest:.*}", answer)
        return made

    with (
        HttpServer(app, tls) as server,
        NetScaler(server.url, lambda: Login("bot", "x"), tls=trust, reply_timeout=timedelta(seconds=2)) as client,
    ):
        yield client, seen


NO: list[tuple[str, Callable[[], web.Response], type[IntegrationError], type[IntegrationError], bool]] = [
    # name, answer, error of a read, error of a change, may have happened
    ("257", lambda: nitro(257, status=403), NotPermitted, NotPermitted, False),
    ("2138", lambda: nitro(2138, status=400), NotPermitted, NotPermitted, False),
    ("258", lambda: nitro(258, status=404), NotFound, NotFound, False),
    ("599", lambda: nitro(1335, status=599), Refused, Refused, False),
    ("no in 200", lambda: nitro(1095, status=200), Refused, Refused, False),
    ("part", lambda: nitro(258, status=207), NotFound, Refused, True),
    ("part of all", lambda: nitro(0, status=207), Refused, Refused, True),
    ("text code", lambda: web.json_response({"errorcode": "257"}, status=403), NotPermitted, NotPermitted, False),
    ("bare 403", lambda: web.Response(status=403, text="<html>"), NotPermitted, NotPermitted, False),
    ("bare 401", lambda: web.Response(status=401), SessionEnded, SessionEnded, False),
    ("444", lambda: nitro(444, status=401), SessionEnded, SessionEnded, False),
    ("1027", lambda: nitro(1027, status=401), SessionEnded, SessionEnded, False),
    ("bare 404", lambda: web.Response(status=404, text="nginx"), WrongAnswer, WrongAnswer, False),
    ("bare 502", lambda: web.Response(status=502, text="proxy"), WrongAnswer, OutcomeUnknown, True),
    ("page", lambda: web.Response(text="<html>Citrix</html>"), WrongAnswer, OutcomeUnknown, True),
]


@pytest.mark.parametrize(("answer", "of_read", "of_change", "may"), [n[1:] for n in NO], ids=[n[0] for n in NO])
def test_each_no_has_its_error(
    answer: Callable[[], web.Response],
    of_read: type[IntegrationError],
    of_change: type[IntegrationError],
    may: bool,  # noqa: FBT001 - a column of the table above
    server_tls: Callable[..., ssl.SSLContext],
    client_tls: ssl.SSLContext,
) -> None:
    """Every way of saying no becomes one error of the tree, and says whether a change may have happened."""
    with speaking(lambda _: answer(), server_tls(), client_tls) as (client, seen):
        with pytest.raises(IntegrationError) as read:
            client.vserver(LB, "vs")
        with pytest.raises(IntegrationError) as change:
            client.disable_vserver(LB, "vs")
    assert (type(read.value), type(change.value)) == (of_read, of_change)
    assert (read.value.may_have_happened, change.value.may_have_happened) == (False, may)
    assert len([line for line in seen if "action=disable" in line]) == 1


@pytest.mark.parametrize(
    "answer",
    [
        web.Response,
        lambda: web.Response(status=201),
        lambda: nitro(0, "Done", status=200),
        lambda: web.json_response({"errorcode": 1200, "message": "careful", "severity": "WARNING"}, status=209),
    ],
)
def test_each_yes_to_a_change_is_taken(
    answer: Callable[[], web.Response], server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """Empty bodies, errorcode 0 and warnings are success."""
    with speaking(lambda _: answer(), server_tls(), client_tls) as (client, seen):
        client.save_configuration()
    assert "POST /nitro/v1/config/nsconfig?action=save" in seen


def test_requests_are_those_of_the_vendors_clients(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """Bodies, actions and doubly encoded names are what the vendor's own clients send."""
    bodies: list[tuple[str, Any]] = []
    cookies: set[str] = set()

    def app() -> web.Application:
        async def answer(request: web.Request) -> web.Response:
            bodies.append(
                (f"{request.method} {request.raw_path}", await request.json() if request.can_read_body else 0)
            )
            cookies.add(request.headers.get("Cookie", ""))
            if request.path.endswith("/login"):
                return web.json_response(GOOD_LOGIN, status=201)
            if request.method == "GET":
                return nitro(0, "Done", 200, lbvserver=[{"name": "xms mdm/80", "curstate": "UP"}])
            return web.Response()

        made = web.Application()
        made.router.add_route("*", "/{rest:.*}", answer)
        return made

    with (
        HttpServer(app, server_tls()) as server,
        NetScaler(server.url, lambda: Login("bot", "x"), tls=client_tls) as client,
    ):
        client.vserver(LB, "xms mdm/80")
        client.disable_vserver(LB, "xms mdm/80")
        client.disable_member("sg", "xms1", 80, delay=timedelta(seconds=60))
        client.enable_member("sg", "xms1", 80)
    assert bodies == [
        ("POST /nitro/v1/config/login", {"login": {"username": "bot", "password": "x", "timeout": 900}}),
        ("GET /nitro/v1/config/lbvserver/xms%2520mdm%252F80", 0),
        ("POST /nitro/v1/config/lbvserver?action=disable", {"lbvserver": {"name": "xms mdm/80"}}),
        (
            "POST /nitro/v1/config/servicegroup?action=disable",
            {
                "servicegroup": {
                    "servicegroupname": "sg",
                    "servername": "xms1",
                    "port": 80,
                    "graceful": "YES",
                    "delay": 60,
                }
            },
        ),
        (
            "POST /nitro/v1/config/servicegroup?action=enable",
            {"servicegroup": {"servicegroupname": "sg", "servername": "xms1", "port": 80}},
        ),
        ("POST /nitro/v1/config/logout", {"logout": {}}),
    ]
    assert cookies == {"", "NITRO_AUTH_TOKEN=##TOKEN"}


LOGINS: list[tuple[str, Callable[[], web.Response], type[IntegrationError]]] = [
    ("354", lambda: nitro(354, "Invalid username or password", 401), LoginRefused),
    ("354 in 200", lambda: nitro(354, "Invalid username or password", 200), LoginRefused),
    ("bare 401", lambda: web.Response(status=401, text="no"), LoginRefused),
    ("no api access", lambda: nitro(2138, "Not authorized", 403), LoginRefused),
    ("no session", lambda: nitro(0, "Done", 201), WrongAnswer),
    ("hostile session", lambda: nitro(0, "Done", 201, sessionid="x\r\nX-Evil: 1"), WrongAnswer),
    ("limit", lambda: nitro(446, "Connection limit to CFE exceeded", 503), Refused),
    ("page", lambda: web.Response(text="<html>"), WrongAnswer),
]


@pytest.mark.parametrize(("answer", "error"), [one[1:] for one in LOGINS], ids=[one[0] for one in LOGINS])
def test_a_login_that_fails_is_told_apart(
    answer: Callable[[], web.Response],
    error: type[IntegrationError],
    server_tls: Callable[..., ssl.SSLContext],
    client_tls: ssl.SSLContext,
) -> None:
    """A refusal is a refusal in every dress and is tried once; other failures are no refusals."""
    attempts: list[str] = []

    def app() -> web.Application:
        async def handler(request: web.Request) -> web.Response:
            attempts.append(request.path)
            return answer()

        made = web.Application()
        made.router.add_route("*", "/{rest:.*}", handler)
        return made

    with (
        HttpServer(app, server_tls()) as server,
        NetScaler(server.url, lambda: Login("bot", "secret-canary"), tls=client_tls) as client,
    ):
        for _ in range(2):
            with pytest.raises(IntegrationError) as caught:
                client.version()
            assert type(caught.value) is error
            assert "canary" not in str(caught.value)
    assert len(attempts) == (1 if error is LoginRefused else 2)


def test_the_session_may_come_as_a_cookie_alone(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """A session id that comes only as an encoded cookie is sent back decoded; other cookies are not kept."""
    cookies: list[str] = []

    def app() -> web.Application:
        async def handler(request: web.Request) -> web.Response:
            if request.path.endswith("/login"):
                made = web.json_response({"errorcode": 0, "message": "Done"}, status=201)
                made.headers.add("Set-Cookie", "sessionid=old; path=/")
                made.headers.add("Set-Cookie", "NITRO_AUTH_TOKEN=%23%23ABC; path=/; HttpOnly")
                return made
            cookies.append(request.headers.get("Cookie", ""))
            return nitro(0, "Done", 200, nsversion={"version": "NS13"})

        made = web.Application()
        made.router.add_route("*", "/{rest:.*}", handler)
        return made

    with (
        HttpServer(app, server_tls()) as server,
        NetScaler(server.url, lambda: Login("bot", "x"), tls=client_tls) as client,
    ):
        assert client.version() == "NS13"
    assert set(cookies) == {"NITRO_AUTH_TOKEN=##ABC"}


def test_a_members_counters_are_asked_for_as_the_vendors_clients_do(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """In `args` the values are encoded and the signs between them are not."""
    asked: list[str] = []

    def answer(request: web.Request) -> web.Response:
        asked.append(request.raw_path)
        return nitro(0, "Done", 200, servicegroupmember=[{"cursrvrconnections": "7"}])

    with speaking(answer, server_tls(), client_tls) as (client, _):
        assert client.member_connections("sg, a:b", "xms 1", 80) == 7
    assert (
        asked[0] == "/nitro/v1/stat/servicegroupmember?args=servicegroupname:sg%2C%20a%3Ab,servername:xms%201,port:80"
    )


def test_strings_and_numbers_are_read_alike(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """Numbers may come as text; missing ones stay unknown, and a vServer with no member up isn't serving."""
    row: dict[str, object] = {"name": "vs", "curstate": "UP"}

    def answer(_: web.Request) -> web.Response:
        return nitro(0, "Done", 200, lbvserver=[row])

    with speaking(answer, server_tls(), client_tls) as (client, _):
        for sent, read in (("2", 2), (2, 2), (2.0, 2), ("", None), (None, None), (True, None), ("two", None)):
            row["activeservices"] = sent
            assert client.vserver(LB, "vs").active_services == read
        row["activeservices"] = "0"
        assert not client.vserver(LB, "vs").serving


def test_another_row_than_asked_for_is_no_answer(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """A row of another name is never taken for the one asked for; no row at all is not found."""
    found: list[dict[str, object]] = [{"name": "VS", "curstate": "UP"}]

    def answer(_: web.Request) -> web.Response:
        return nitro(0, "Done", 200, **({"lbvserver": found} if found else {}))

    with speaking(answer, server_tls(), client_tls) as (client, _):
        with pytest.raises(WrongAnswer):
            client.vserver(LB, "vs")
        found.clear()
        with pytest.raises(NotFound):
            client.vserver(LB, "vs")


def test_an_appliance_without_identity_is_no_answer(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """Without host id and serial nothing proves which appliance it is."""

    def answer(_: web.Request) -> web.Response:
        return nitro(0, "Done", 200, nshardware={"hwdescription": "NSVPX"})

    with speaking(answer, server_tls(), client_tls) as (client, _), pytest.raises(WrongAnswer):
        client.identity()


def test_an_older_release_does_not_tell_what_is_unsaved(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """Without `configchanged` it is unknown whether anything is unsaved."""

    def answer(_: web.Request) -> web.Response:
        return nitro(0, "Done", 200, nsconfig={"lastconfigchangedtime": "Mon Jan  7"})

    with speaking(answer, server_tls(), client_tls) as (client, _):
        seen = client.configuration()
    assert (seen.unsaved, seen.changed) == (None, "Mon Jan  7")


def test_a_pair_in_trouble_is_told(server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext) -> None:
    """Partners that are down, unsynchronised or not propagated to are each named; a lone appliance has none."""
    nodes = [
        {"id": "0", "ipaddress": "192.0.2.10", "state": "Primary", "hastatus": "UP", "hasync": "ENABLED"},
        {"id": 1, "ipaddress": "192.0.2.11", "state": "Secondary", "hastatus": "DOWN", "hasync": "FAILED"},
    ]

    def answer(_: web.Request) -> web.Response:
        return nitro(0, "Done", 200, hanode=nodes)

    with speaking(answer, server_tls(), client_tls) as (client, _):
        pair = client.high_availability()
        nodes.pop()
        lone = client.high_availability()
    assert pair.primary
    assert pair.troubles == (
        "node 1 (192.0.2.11) is DOWN",
        "synchronisation of node 1 (192.0.2.11) is FAILED",
    )
    assert lone.primary
    assert lone.troubles == ()


def test_the_vendors_words_are_shown_tame(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """The appliance's own message is shown on one line, without control signs, and short."""
    hostile = "No\r\nsuch\x1b[31m resource \u202e" + "x" * 5000

    with (
        speaking(lambda _: nitro(1095, hostile), server_tls(), client_tls) as (client, _),
        pytest.raises(Refused) as caught,
    ):
        client.version()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


def test_a_logout_that_fails_is_no_failure(
    server_tls: Callable[..., ssl.SSLContext], client_tls: ssl.SSLContext
) -> None:
    """A session that can't be logged out ends by idling: closing raises nothing, and later calls log in anew."""

    def answer(request: web.Request) -> web.Response:
        if request.path.endswith("/logout"):
            return drop(request)
        return nitro(0, "Done", 200, nsversion=[{"version": "NS13"}])

    with speaking(answer, server_tls(), client_tls) as (client, seen):
        assert client.version() == "NS13"
    assert seen[-1] == "POST /nitro/v1/config/logout"


def test_an_appliance_that_is_away_is_unreachable(client_tls: ssl.SSLContext) -> None:
    """A refused connection is Unreachable, also for a change, which then did not happen."""
    client = NetScaler("https://127.0.0.1:9", lambda: Login("bot", "x"), tls=client_tls)
    with client, pytest.raises(Unreachable) as caught:
        client.disable_vserver(LB, "vs")
    assert not caught.value.may_have_happened
