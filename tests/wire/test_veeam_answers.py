"""The Veeam client against odd answers from servers written here."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
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
from integrations.veeam import Outcome, Veeam
from practice.http import HttpServer

NOW = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
later = [NOW]  # the client's clock; each server begins at NOW
Contexts = Callable[..., ssl.SSLContext]
Answer = web.Response | dict[str, Any] | list[Any]
Routes = dict[str, Callable[[web.Request], Answer] | Answer]


def token(**more: object) -> dict[str, object]:
    return {"access_token": "good", "token_type": "bearer", "refresh_token": "once", "expires_in": 900, **more}


def no(status: int, code: str, message: str = "No.") -> web.Response:
    return web.json_response({"errorCode": code, "message": message, "resourceId": ""}, status=status)


def listed(*rows: dict[str, Any], total: int | None = None) -> dict[str, Any]:
    return {"data": list(rows), "pagination": {"total": len(rows) if total is None else total, "count": len(rows)}}


CLOCK = {"serverTime": "2030-01-07T10:00:00.1234567+01:00", "timeZone": "(UTC+01:00) Somewhere"}


@contextmanager
def speaking(
    routes: Routes, tls: ssl.SSLContext, trust: ssl.SSLContext, version: str = "1.3-rev2"
) -> Iterator[tuple[Veeam, list[web.Request]]]:
    """A client of a server that answers by path; what is not in `routes` is a login, the clock, or a 404."""
    seen: list[web.Request] = []
    later[0] = NOW
    plan: Routes = {"/api/oauth2/token": token(), "/api/oauth2/logout": {}, "/api/v1/serverTime": CLOCK, **routes}

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        seen.append(request)
        found = plan.get(request.path, no(404, "NotFound"))
        made = found(request) if callable(found) else found
        if isinstance(made, web.Response):
            return web.Response(
                status=made.status, body=made.body, headers={"Content-Type": made.headers.get("Content-Type", "")}
            )
        return web.json_response(made)

    def app() -> web.Application:
        made = web.Application()
        made.router.add_route("*", "/{rest:.*}", answer)
        return made

    with (
        HttpServer(app, tls) as server,
        Veeam(
            server.url,
            lambda: Login("restore", "word-canary"),
            now=lambda: later[0],
            tls=trust,
            api_version=version,
            reply_timeout=timedelta(seconds=2),
        ) as client,
    ):
        yield client, seen


RESTORE = "/api/v1/restore/vmRestore/vSphere"
JOBS = "/api/v1/jobs/states"
NO: list[tuple[str, Callable[[], web.Response], type[IntegrationError], type[IntegrationError], bool]] = [
    # name, answer, error of a read, error of a change, may have happened
    ("empty 401", lambda: web.Response(status=401), SessionEnded, SessionEnded, False),
    ("expired", lambda: no(401, "ExpiredToken"), SessionEnded, SessionEnded, False),
    ("403", lambda: no(403, "AccessDenied"), NotPermitted, NotPermitted, False),
    ("404", lambda: no(404, "NotFound"), NotFound, NotFound, False),
    ("bare 404", lambda: web.Response(status=404, text="IIS"), WrongAnswer, WrongAnswer, False),
    ("400", lambda: no(400, "UnexpectedContent"), Refused, Refused, False),
    ("version", lambda: no(400, "NotImplemented"), WrongAnswer, WrongAnswer, False),
    ("500", lambda: no(500, "UnknownError"), Refused, OutcomeUnknown, True),
    ("bare 502", lambda: web.Response(status=502, text="proxy"), WrongAnswer, OutcomeUnknown, True),
    ("page", lambda: web.Response(text="<html>"), WrongAnswer, OutcomeUnknown, True),
    ("empty 200", lambda: web.Response(status=200), WrongAnswer, OutcomeUnknown, True),
    ("no session", lambda: web.json_response({"data": []}, status=201), WrongAnswer, OutcomeUnknown, True),
]


@pytest.mark.parametrize(("answer", "of_read", "of_change", "may"), [n[1:] for n in NO], ids=[n[0] for n in NO])
def test_each_no_has_its_error(
    answer: Callable[[], web.Response],
    of_read: type[IntegrationError],
    of_change: type[IntegrationError],
    may: bool,  # noqa: FBT001 - a column of the table above
    server_tls: Contexts,
    client_tls: ssl.SSLContext,
) -> None:
    """Every way of saying no becomes one error of the tree; a restore is sent once and says if it may have begun."""
    routes: Routes = {RESTORE: lambda _: answer(), "/api/v1/sessions/s": lambda _: answer()}
    with speaking(routes, server_tls(), client_tls) as (client, seen):
        with pytest.raises(IntegrationError) as read:
            client.session("s")
        with pytest.raises(IntegrationError) as change:
            client.start_restore("p", "r")
    assert (type(read.value), type(change.value)) == (of_read, of_change)
    assert (read.value.may_have_happened, change.value.may_have_happened) == (False, may)
    assert len([one for one in seen if one.path == RESTORE]) == 1


LOGINS: list[tuple[str, Callable[[], web.Response], type[IntegrationError]]] = [
    ("401", lambda: no(401, "AccessDenied"), LoginRefused),
    ("empty 401", lambda: web.Response(status=401), LoginRefused),
    ("custom role", lambda: no(403, "AccessDenied", "Authentication with custom roles is not allowed"), LoginRefused),
    ("oauth", lambda: web.json_response({"error": "invalid_grant"}, status=400), LoginRefused),
    ("busy", lambda: no(500, "ServiceUnavailable"), Refused),
    ("page", lambda: web.Response(text="<html>"), WrongAnswer),
    ("no token", lambda: web.json_response({"expires_in": 900}), WrongAnswer),
    ("no lifetime", lambda: web.json_response({"access_token": "x"}), WrongAnswer),
    ("hostile", lambda: web.json_response(token(access_token="x\r\nX-Evil: 1")), WrongAnswer),
]


@pytest.mark.parametrize(("answer", "error"), [one[1:] for one in LOGINS], ids=[one[0] for one in LOGINS])
def test_a_login_that_fails_is_told_apart(
    answer: Callable[[], web.Response], error: type[IntegrationError], server_tls: Contexts, client_tls: ssl.SSLContext
) -> None:
    """A refusal is a refusal in every dress and is tried once; other failures are no refusals."""
    with speaking({"/api/oauth2/token": lambda _: answer()}, server_tls(), client_tls) as (client, seen):
        for _ in range(2):
            with pytest.raises(IntegrationError) as caught:
                client.server_time()
            assert type(caught.value) is error
            assert "canary" not in str(caught.value)
    assert len([one for one in seen if one.path == "/api/oauth2/token"]) == (1 if error is LoginRefused else 2)


def test_requests_are_those_of_the_documents(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """Each request carries the version; the login is a form of lower-case grant type, without a bearer."""
    forms: list[str] = []

    def grant(request: web.Request) -> Answer:
        forms.append((request._read_bytes or b"").decode())
        return token()

    with speaking({"/api/oauth2/token": grant}, server_tls(), client_tls) as (client, seen):
        client.server_time()
    assert forms == ["grant_type=password&username=restore&password=word-canary"]
    assert {one.headers["x-api-version"] for one in seen} == {"1.3-rev2"}
    assert seen[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert [one.headers.get("Authorization") for one in seen] == [None, "Bearer good", "Bearer good"]
    assert seen[-1].path == "/api/oauth2/logout"


def test_a_refresh_token_is_never_used_twice(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """A renewal whose answer is lost has spent its token: the next call logs in instead of trying it again."""
    grants: list[str] = []

    def grant(request: web.Request) -> Answer:
        grants.append((request._read_bytes or b"").decode().split("&")[0])
        if grants[-1] == "grant_type=refresh_token":
            assert request.transport is not None
            request.transport.abort()
        return token(expires_in=1)

    with speaking({"/api/oauth2/token": grant}, server_tls(), client_tls) as (client, _):
        client.server_time()
        later[0] = NOW + timedelta(seconds=2)
        with pytest.raises(Unreachable):
            client.server_time()
        assert client.server_time().words
    assert grants == ["grant_type=password", "grant_type=refresh_token", "grant_type=password"]


def test_a_server_that_ignores_its_filters_offers_no_later_point(
    server_tls: Contexts, client_tls: ssl.SSLContext
) -> None:
    """Points that the server should have left out are left out here, down to the same instant."""
    limit = NOW - timedelta(days=2)
    rows = [
        {"id": str(n), "name": "xms01", "creationTime": (limit + timedelta(microseconds=n)).isoformat()}
        for n in (-1, 0, 1)
    ]
    path = "/api/v1/backupObjects/o/restorePoints"
    with speaking({path: listed(*rows)}, server_tls(), client_tls) as (client, _):
        assert [p.point_id for p in client.restore_points("o", before=limit)] == ["-1"]
        assert [p.point_id for p in client.restore_points("o", after=limit)] == ["1"]


@pytest.mark.parametrize("row", [{"id": "p", "creationTime": "yesterday"}, {"creationTime": "2030-01-01T00:00:00Z"}])
def test_a_point_that_cannot_be_read_is_not_left_out_in_silence(
    row: dict[str, Any], server_tls: Contexts, client_tls: ssl.SSLContext
) -> None:
    """A restore point without an id or a readable time makes the list unusable."""
    with (
        speaking({"/api/v1/backupObjects/o/restorePoints": listed(row)}, server_tls(), client_tls) as (client, _),
        pytest.raises(WrongAnswer),
    ):
        client.restore_points("o")


def test_a_list_that_is_cut_short_is_no_list(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """Fewer rows than the server counts, or the same rows again, are an error instead of a shorter list."""
    rows = [{"id": "1", "objectId": "vm-1"}, {"id": "1", "objectId": "vm-1"}]
    paths: Routes = {"/api/v1/backupObjects": listed(*rows), JOBS: {"error": 1}}
    with speaking(paths, server_tls(), client_tls) as (client, _):
        with pytest.raises(WrongAnswer, match="incomplete: 1 of 2"):
            client.backup_objects()
        with pytest.raises(WrongAnswer, match="no list"):
            client.jobs()


def test_a_server_that_counts_for_ever_is_left(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """A server whose pages never end is given up after a fixed number of pages."""

    def page(request: web.Request) -> Answer:
        skip = int(request.query["skip"])
        return listed(*[{"id": str(skip + n)} for n in range(2)], total=10**9)

    with (
        speaking({"/api/v1/backupObjects": page}, server_tls(), client_tls) as (client, seen),
        pytest.raises(WrongAnswer, match="incomplete"),
    ):
        client.backup_objects()
    assert len(seen) < 300


def test_another_row_than_asked_for_is_no_answer(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """A point or session of another id is never taken for the one asked for."""
    other = {"id": "other", "creationTime": "2030-01-01T00:00:00Z"}
    paths: Routes = {"/api/v1/restorePoints/p": other, "/api/v1/sessions/s": other}
    with speaking(paths, server_tls(), client_tls) as (client, _):
        for one in (lambda: client.restore_point("p"), lambda: client.session("s")):
            with pytest.raises(WrongAnswer, match="another"):
                one()


def test_an_id_stays_inside_its_path(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """Ids are encoded: none of them leads to another path or adds a query."""
    with speaking({}, server_tls(), client_tls) as (client, seen), pytest.raises(IntegrationError):
        client.session("../jobs?x=1#y")
    asked = [one.raw_path for one in seen if one.method == "GET"]
    assert asked == ["/api/v1/sessions/..%2Fjobs%3Fx%3D1%23y"]


def session_row(number: int, name: str, at: str = "2030-01-07T10:00:01.5+01:00", **more: Any) -> dict[str, Any]:
    return {"id": f"s{number}", "name": name, "sessionType": "RestoreVm", "creationTime": at, "state": "Working"} | more


def test_restores_are_told_apart_by_name_log_and_time(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """Ours are those that name the machine, by name or log, since the instant; what names none is unclear."""
    rows = [
        session_row(1, "xms01"),
        session_row(2, "Restore of XMS01 (original location)"),
        session_row(3, "xms01-old"),
        session_row(4, "xms02"),
        session_row(5, "Restore VM"),
        session_row(6, "Restore VM"),
        session_row(7, "xms01", at="2030-01-07T09:59:59+01:00"),
        session_row(8, "xms01", sessionType="InstantRecovery"),
        session_row(9, "xms01", at="some day"),
    ]
    logs = {"s3": "Restoring xms01-old", "s5": "Restoring machine xms01.", "s6": "Preparing"}
    paths: Routes = {"/api/v1/sessions": listed(*rows)}
    for key, title in logs.items():
        paths[f"/api/v1/sessions/{key}/logs"] = {"totalRecords": 1, "records": [{"id": 1, "title": title}]}
    with speaking(paths, server_tls(), client_tls) as (client, _):
        found = client.find_restores("xms01", NOW, others=["xms02"])
    assert [one.session_id for one in found.ours] == ["s9", "s1", "s2", "s5"]
    assert [one.session_id for one in found.unclear] == ["s3", "s6"]


def test_a_session_of_a_newer_server_is_read(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """Unknown keys, nulls and absent parts leave a session readable, and no success is made up."""
    row = {"id": "s", "state": "Stopped", "result": None, "endTime": None, "progress": {"x": [1]}, "usn": "many"}
    with speaking({"/api/v1/sessions/s": row}, server_tls(), client_tls) as (client, _):
        read = client.session("s")
    assert (read.outcome, read.created, read.progress, read.name) == (Outcome.UNCLEAR, None, None, "")


def test_a_canceled_restore_has_not_worked(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """`isCanceled` is told apart from failure, whatever the result says."""
    row = {"id": "s", "state": "Stopped", "result": {"result": "Success", "isCanceled": True}}
    with speaking({"/api/v1/sessions/s": row}, server_tls(), client_tls) as (client, _):
        read = client.session("s")
    assert read.outcome is Outcome.CANCELED
    assert not read.ended_well


def test_jobs_with_containers_or_unreadable_ones_may_touch(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """A job that lists a folder, or can't be read, may work on the machine: both are told as what they are."""
    jobs = [{"id": key, "name": key, "status": "Inactive"} for key in ("vm", "folder", "secret", "files", "byname")]
    includes = {
        "vm": [{"type": "VirtualMachine", "name": "xms01", "objectId": "vm-101"}],
        "folder": [{"type": "Folder", "name": "XMS", "objectId": "group-v7"}],
        "byname": [{"type": "VirtualMachine", "name": "XMS01"}],
    }
    paths: Routes = {JOBS: listed(*jobs), "/api/v1/jobs/files": {"id": "files", "backupCopy": {}}}
    paths["/api/v1/jobs/secret"] = no(403, "AccessDenied")
    for key, rows in includes.items():
        paths[f"/api/v1/jobs/{key}"] = {"id": key, "virtualMachines": {"includes": rows}}
    with speaking(paths, server_tls(), client_tls) as (client, _):
        found = client.jobs_touching({"vm-101": "xms01"})
    assert [(one.job.name, one.machines, one.containers, one.unread) for one in found] == [
        ("vm", ("xms01",), (), False),
        ("folder", (), ("Folder XMS",), False),
        ("secret", (), (), True),
        ("byname", ("XMS01",), (), False),
    ]


def test_a_clock_without_offset_or_zone_is_no_clock(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """The server's time needs an offset, its own or its zone's, to be compared with anything."""
    clocks: list[dict[str, Any]] = [{"serverTime": "2030-01-07T10:00:00", "timeZone": "(UTC+01:00) Somewhere"}]
    with speaking({"/api/v1/serverTime": lambda _: clocks[0]}, server_tls(), client_tls) as (client, _):
        assert client.server_time().at == NOW
        for broken in ({"serverTime": "2030-01-07T10:00:00"}, {"serverTime": "soon"}, {"timeZone": "(UTC) Z"}):
            clocks[0] = broken
            with pytest.raises(WrongAnswer):
                client.server_time()


def test_without_tls_nothing_proves_which_server_it_is(server_tls: Contexts, client_tls: ssl.SSLContext) -> None:
    """An identity needs a certificate."""

    def app() -> web.Application:
        async def answer(request: web.Request) -> web.Response:
            return web.json_response(token() if request.path.endswith("token") else CLOCK)

        made = web.Application()
        made.router.add_route("*", "/{rest:.*}", answer)
        return made

    assert server_tls() is not client_tls
    with (
        HttpServer(app, None) as server,
        Veeam(server.url, lambda: Login("a", "b"), now=lambda: NOW, api_version="1.2-rev1") as client,
        pytest.raises(WrongAnswer, match="without TLS"),
    ):
        client.identity()
