"""The pretend Veeam server: which request gets which answer.

It accepts every API version up to its own, by the header ``x-api-version``; paths and fields are those of the version
spoken. A token that is not good is answered with an empty 401.
"""

import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any, Self

from aiohttp import web

from practice.http import HttpServer, drop, never
from practice.veeam.rows import Rows, object_id, uid
from practice.veeam.tokens import Granted, Tokens
from practice.veeam.versions import Version, up_to
from practice.world import RestoreSession, World
from practice.world.core import WorldError
from practice.world.state import Job, RestorePoint

DEFAULT_LIMIT = 200
USER = web.RequestKey("user", str)
Row = dict[str, Any]


class RestError(Exception):
    """An answer that says no: HTTP status, errorCode, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Keep the three."""
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class VeeamServer:
    """One server on loopback, over the world's restore points, restores and jobs."""

    def __init__(  # noqa: PLR0913 - the switches of a server that can be of any age
        self,
        world: World,
        logins: Mapping[str, str],
        tls: ssl.SSLContext,
        *,
        port: int = 0,
        newest: str = "1.3-rev2",
        discoverable: bool = True,
        naive_times: bool = False,
        lifetime: timedelta = timedelta(minutes=15),
    ) -> None:
        """Prepare a server.

        Args:
            world: Whose machines are backed up.
            logins: User to password, those that are accepted.
            tls: The server's context.
            port: TCP port; 0 takes a free one.
            newest: The newest API version that it speaks; it speaks all older ones too.
            discoverable: Whether it serves its API's documents, by which versions are found without a login.
            naive_times: Whether it forgets the offset of its times.
            lifetime: How long an access token lives.
        """
        self._world = world
        self._versions = up_to(newest)
        self._discoverable = discoverable
        self._naive = naive_times
        self._tokens = Tokens(world, logins, lifetime)
        self.administrator = False  # whether the logins are administrators', who alone may read what the server is
        self._http = HttpServer(self._app, tls, port=port)

    @property
    def url(self) -> str:
        """The base address."""
        return self._http.url

    @property
    def port(self) -> int:
        """The TCP port."""
        return self._http.port

    @property
    def tokens(self) -> Tokens:
        """Who is and was logged in."""
        return self._tokens

    def start(self) -> Self:
        """Serve; returns when the port answers."""
        self._http.start()
        return self

    def stop(self) -> None:
        """Close every connection and the port."""
        self._http.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._manners])
        app.router.add_get("/swagger/{version}/swagger.json", self._swagger)
        app.router.add_post("/api/oauth2/token", self._token)
        app.router.add_post("/api/oauth2/logout", self._logout)
        app.router.add_get("/api/v1/serverTime", self._server_time)
        app.router.add_get("/api/v1/serverInfo", self._server_info)
        app.router.add_get("/api/v1/backupObjects", self._backup_objects)
        app.router.add_get("/api/v1/backupObjects/{id}/restorePoints", self._points_of)
        for old, path in ((False, "restorePoints"), (True, "objectRestorePoints")):
            app.router.add_get(f"/api/v1/{path}", self._of(self._points, vmware=old))
            app.router.add_get(f"/api/v1/{path}/{{id}}", self._of(self._point, vmware=old))
        app.router.add_post("/api/v1/restore/vmRestore/vSphere", self._of(self._restore, vmware=False))
        app.router.add_post("/api/v1/restore/vmRestore/vmware/", self._of(self._restore, vmware=True))
        app.router.add_get("/api/v1/sessions", self._sessions)
        app.router.add_get("/api/v1/sessions/{id}", self._session)
        app.router.add_get("/api/v1/sessions/{id}/logs", self._log)
        app.router.add_get("/api/v1/jobs/states", self._job_states)
        app.router.add_get("/api/v1/jobs/{id}", self._job)
        return app

    def _of(
        self, handler: Callable[[web.Request], Awaitable[web.Response]], *, vmware: bool
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        """A path that exists in the versions before 1.2 only, or from then on only."""

        async def answer(request: web.Request) -> web.Response:
            if self._version(request).vmware is not vmware:
                raise RestError(404, "NotFound", f"No HTTP resource was found that matches {request.path}")
            return await handler(request)

        return answer

    # Manners

    @web.middleware
    async def _manners(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if self._world.faults.standing("silent", "veeam"):
            await never()
        try:
            answer = await self._answered(request, handler)
        except RestError as no:
            body = {"errorCode": no.code, "message": no.message, "resourceId": ""}
            answer = web.json_response(body, status=no.status)
        except WorldError as no:
            body = {"errorCode": "NotFound", "message": str(no), "resourceId": ""}
            answer = web.json_response(body, status=404)
        answer.headers["Date"] = format_datetime(self._world.now(), usegmt=True)
        return answer

    async def _answered(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path.startswith("/api/"):
            self._version(request)
            if request.path != "/api/oauth2/token":
                request[USER] = self._who(request)
                if not request[USER]:
                    return web.Response(status=401)
        return await handler(request)

    def _version(self, request: web.Request) -> Version:
        asked = request.headers.get("x-api-version", "")
        if not asked:
            raise RestError(400, "UnexpectedContent", "The x-api-version header is required.")
        if asked not in self._versions:
            known = ", ".join(f"v{name}" for name in self._versions)
            text = f"Unsupported RESTAPI version. The following versions are supported: {known}."
            raise RestError(400, "NotImplemented", text)
        return self._versions[asked]

    def _who(self, request: web.Request) -> str:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return self._tokens.user(token) if kind == "Bearer" else ""

    def _rows(self, request: web.Request) -> Rows:
        return Rows(self._version(request), naive=self._naive)

    # Logging in

    async def _swagger(self, request: web.Request) -> web.Response:
        served = request.match_info["version"].removeprefix("v")
        if not self._discoverable or served not in self._versions:
            return web.Response(status=404)
        return web.json_response({"openapi": "3.0.1", "info": {"version": served}, "paths": {}})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        kind = str(form.get("grant_type", "")).lower()  # the documents of 1.3-rev1 spell it with a capital
        if kind == "password":
            granted = self._tokens.log_in(str(form.get("username", "")), str(form.get("password", "")))
        elif kind == "refresh_token":
            granted = self._tokens.renew(str(form.get("refresh_token", "")))
        else:
            raise RestError(400, "UnexpectedContent", "The grant type is not supported.")
        if granted is None:
            raise RestError(401, "AccessDenied", "Invalid credentials were provided.")
        return web.json_response(self._granted(granted))

    def _granted(self, granted: Granted) -> Row:
        return {
            "access_token": granted.access,
            "token_type": "bearer",
            "refresh_token": granted.refresh,
            "expires_in": int((granted.expires - granted.issued).total_seconds()),
            ".issued": granted.issued.isoformat(),
            ".expires": granted.expires.isoformat(),
        }

    async def _logout(self, request: web.Request) -> web.Response:
        self._tokens.end(request.headers["Authorization"].partition(" ")[2])
        return web.json_response({})

    # Reads

    async def _server_time(self, request: web.Request) -> web.Response:
        return web.json_response(self._rows(request).server_time(self._world.now()))

    async def _server_info(self, _: web.Request) -> web.Response:
        if self.administrator:
            return web.json_response({"vbrId": "9b5d5b62-0000-4000-8000-000000000001", "name": "VBR01"})
        raise RestError(403, "AccessDenied", "The role of the account does not permit this.")

    async def _backup_objects(self, request: web.Request) -> web.Response:
        wanted = request.query.get("nameFilter", "").strip("*").casefold()
        world, rows = self._world, self._rows(request)
        with world.lock:
            found = [
                rows.backup_object(one, sum(1 for p in world.points if p.node == one.node))
                for one in world.backed_up
                if wanted in one.name.casefold()
            ]
        return _page(request, found)

    async def _points_of(self, request: web.Request) -> web.Response:
        world = self._world
        with world.lock:
            nodes = [one.node for one in world.backed_up if object_id(one) == request.match_info["id"]]
            if not nodes:
                raise RestError(404, "NotFound", "The backup object was not found.")
            points = [point for point in world.points if point.node and point.node == nodes[0]]
        return self._listed(request, points, paged=self._version(request).paged_points)

    async def _points(self, request: web.Request) -> web.Response:
        world, wanted = self._world, request.query.get("backupObjectIdFilter")
        with world.lock:
            nodes = {one.node for one in world.backed_up if wanted in {None, object_id(one)}}
            points = [point for point in world.points if point.node in nodes]
        return self._listed(request, points, paged=True)

    def _listed(self, request: web.Request, points: list[RestorePoint], *, paged: bool) -> web.Response:
        rows = self._rows(request)
        if paged:
            points = [point for point in points if _created_within(request, point.created)]
        found = [rows.restore_point(p) for p in sorted(points, key=lambda p: p.created, reverse=True)]
        return _page(request, found) if paged else _everything(found)

    async def _point(self, request: web.Request) -> web.Response:
        with self._world.lock:
            for point in self._world.points:
                if point.point_id == request.match_info["id"]:
                    return web.json_response(self._rows(request).restore_point(point))
        raise RestError(404, "NotFound", "The restore point was not found.")

    async def _sessions(self, request: web.Request) -> web.Response:
        kinds = request.query.getall("typeFilter", [])
        rows, now = self._rows(request), self._world.now()
        with self._world.lock:
            found = [
                rows.session(one)
                for one in self._world.veeam_sessions(now)
                if (not kinds or "RestoreVm" in kinds)
                and _created_within(request, one.created)
                and request.query.get("stateFilter", one.state) == one.state
            ]
        return _page(request, found if request.query.get("orderAsc") == "true" else found[::-1])

    async def _session(self, request: web.Request) -> web.Response:
        with self._world.lock:
            return web.json_response(self._rows(request).session(self._found(request)))

    async def _log(self, request: web.Request) -> web.Response:
        with self._world.lock:
            return web.json_response(self._rows(request).log(self._found(request)))

    def _found(self, request: web.Request) -> RestoreSession:
        for one in self._world.veeam_sessions(self._world.now()):
            if one.session_id == request.match_info["id"]:
                return one
        raise RestError(404, "NotFound", "The session was not found.")

    async def _job_states(self, request: web.Request) -> web.Response:
        rows = self._rows(request)
        with self._world.lock:
            found = [rows.job_state(job, len(self._world.job_nodes(job))) for job in self._jobs()]
        return _page(request, found)

    async def _job(self, request: web.Request) -> web.Response:
        with self._world.lock:
            for job in self._jobs():
                if uid("job", job.name) == request.match_info["id"]:
                    return web.json_response(self._rows(request).job(job, self._world.job_nodes(job)))
        raise RestError(404, "NotFound", "The job was not found.")

    def _jobs(self) -> list[Job]:
        return [job for job in self._world.jobs if job.system == "veeam"]

    # The change

    async def _restore(self, request: web.Request) -> web.Response:
        version = self._version(request)
        given = await _body(request)
        point = given.get("objectRestorePointId" if version.vmware else "restorePointId")
        if given.get("type") != "OriginalLocation" or not isinstance(point, str):
            raise RestError(400, "UnexpectedContent", "The request body holds no restore to the original location.")
        session = self._world.veeam_restore(
            point,
            str(given.get("reason", "")),
            request[USER],
            overwrite=not version.overwrite or given.get("overwrite") is True,
            power_up=given.get("powerUp") is True,
        )
        if self._world.faults.strike("lose_reply", "veeam:restore"):
            return drop(request)
        return web.json_response(self._rows(request).session(session), status=201)


def _created_within(request: web.Request, created: datetime) -> bool:
    after, before = request.query.get("createdAfterFilter"), request.query.get("createdBeforeFilter")
    return (not after or created > datetime.fromisoformat(after)) and (
        not before or created < datetime.fromisoformat(before)
    )


def _page(request: web.Request, found: list[Row]) -> web.Response:
    skip, limit = int(request.query.get("skip", 0)), int(request.query.get("limit", DEFAULT_LIMIT))
    page = found[skip : skip + limit]
    pagination = {"total": len(found), "count": len(page), "skip": skip, "limit": limit}
    return web.json_response({"data": page, "pagination": pagination})


def _everything(found: list[Row]) -> web.Response:
    return web.json_response({"data": found, "pagination": {"total": len(found), "count": len(found)}})


async def _body(request: web.Request) -> Row:
    try:
        given = await request.json()
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise RestError(400, "UnexpectedContent", "The request body is not JSON.")
    return given
