"""The pretend NetScaler's management address: NITRO over TLS, as its own clients speak it.

Names in paths are encoded twice; a change is answered with an empty body and shows its effect by itself; on the
secondary it would be lost at the next synchronisation, so there it changes nothing and counts as harm.
"""

import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from email.utils import format_datetime
from functools import partial
from http.cookies import SimpleCookie
from typing import Any, Self
from urllib.parse import quote, unquote

from aiohttp import web

from practice.http import HttpServer, drop, never
from practice.nitro import rows
from practice.nitro.sessions import Session, Sessions
from practice.world import World
from practice.world.core import WorldError

SINGLES: Mapping[str, Callable[[World], rows.Row | list[rows.Row]]] = {
    "nsversion": rows.version,
    "nshardware": rows.hardware,
    "nsconfig": rows.config,
    "hanode": rows.ha_nodes,
    "gslbvserver": rows.global_vservers,
    "inat": rows.inbound_nat,
}
MEMBERS = "servicegroup_servicegroupmember_binding"
LINGER = 0.5


class NitroError(Exception):
    """An answer that says no: HTTP status, NITRO's error code, message."""

    def __init__(self, status: int, code: int, message: str) -> None:
        """Keep the three."""
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class NitroServer:
    """One appliance on loopback, over the world's vServers and service groups."""

    def __init__(self, world: World, logins: Mapping[str, str], tls: ssl.SSLContext, *, port: int = 0) -> None:
        """Prepare a server.

        Args:
            world: What it is the NetScaler of.
            logins: User to password, those that are accepted.
            tls: The server's context.
            port: TCP port; 0 takes a free one.
        """
        self._world = world
        self._http = HttpServer(self._app, tls, port=port)
        self._sessions = Sessions(world, logins)

    @property
    def url(self) -> str:
        """The management address."""
        return self._http.url

    @property
    def port(self) -> int:
        """The TCP port."""
        return self._http.port

    @property
    def open_sessions(self) -> int:
        """How many sessions are open now."""
        return len(self._sessions)

    @property
    def login_attempts(self) -> int:
        """How many logins were tried."""
        return self._sessions.attempts

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
        app.router.add_post("/nitro/v1/config/login", self._login)
        app.router.add_post("/nitro/v1/config/logout", self._logout)
        app.router.add_get("/nitro/v1/{area}/{kind}", self._get)
        app.router.add_get("/nitro/v1/{area}/{kind}/{name}", self._get)
        app.router.add_post("/nitro/v1/config/{kind}", self._act)
        return app

    @web.middleware
    async def _manners(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if self._world.faults.standing("silent", "netscaler"):
            await never()
        try:
            answer = await handler(request)
        except NitroError as no:
            answer = _answer(no.status, no.code, no.message, severity="ERROR")
        except WorldError as no:
            answer = _answer(404, 258, f"No such resource [{no}]", severity="ERROR")
        answer.headers["Date"] = format_datetime(self._world.now(), usegmt=True)
        return answer

    async def _login(self, request: web.Request) -> web.Response:
        given = (await _body(request)).get("login", {})
        timeout = given.get("timeout")
        idle = timedelta(seconds=int(timeout)) if timeout else None
        try:
            token = self._sessions.open(str(given.get("username")), str(given.get("password")), idle)
        except OverflowError:
            raise NitroError(503, 446, "Connection limit to CFE exceeded") from None
        if token is None:
            raise NitroError(401, 354, "Invalid username or password")
        answer = _answer(201, 0, "Done", more={"sessionid": token})
        answer.headers["Set-Cookie"] = f"NITRO_AUTH_TOKEN={quote(token)}; path=/nitro/v1; HttpOnly; Secure"
        return answer

    async def _logout(self, request: web.Request) -> web.Response:
        self._sessions.close(_token(request))
        return _answer(201, 0, "Done")

    async def _get(self, request: web.Request) -> web.Response:
        self._who(request)
        area, kind = request.match_info["area"], request.match_info["kind"]
        name = unquote(request.match_info.get("name", ""))
        if self._world.faults.strike("forbid", f"netscaler:{kind}"):
            raise NitroError(403, 2138, "Not authorized to execute this command")
        with self._world.lock:
            found = self._find(area, kind, name, request.query.get("args", ""))
        return _answer(200, 0, "Done", more={kind: found} if found else {})

    def _find(self, area: str, kind: str, name: str, args: str) -> rows.Row | list[rows.Row]:
        world = self._world
        if area == "config" and kind in SINGLES and not name:
            return SINGLES[kind](world)
        if kind in {"lbvserver", "csvserver"}:
            told = rows.vserver if area == "config" else rows.vserver_stat
            found = [told(world, v) for v in world.vservers.values() if _is(v.kind, v.name, kind, name)]
            if name and not found:
                raise NitroError(404, 258, f"No such resource [name, {name}]")
            return found
        if area == "config" and kind == MEMBERS:
            inside = [rows.member(world, m) for m in world.members if m.group == name]
            if not inside:
                raise NitroError(404, 258, f"No such resource [serviceGroupName, {name}]")
            return inside
        if area == "config" and kind == "csvserver_vpnvserver_binding":
            return [row for v in world.vservers.values() if v.name == name for row in rows.gateways(v)]
        if area == "config" and kind == "gslbvserver_domain_binding":
            return rows.global_names(world, name)
        if area == "stat" and kind == "servicegroupmember":
            wanted = dict(part.split(":", 1) for part in args.split(",") if ":" in part)
            where = (wanted.get("servicegroupname", ""), wanted.get("servername", ""), int(wanted.get("port", "0")))
            return [rows.member_stat(world, world.member(*where))]
        raise NitroError(400, 1232, f"Invalid object name [{kind}]")

    async def _act(self, request: web.Request) -> web.Response:
        user = self._who(request)
        kind, action = request.match_info["kind"], request.query.get("action", "")
        given = (await _body(request)).get(kind)
        verb = {"nsconfig": "save"}.get(kind, action)
        change = self._change(kind, action, given if isinstance(given, dict) else {}, user)
        if self._world.faults.strike("fail", f"netscaler:{verb}"):
            raise NitroError(599, 1067, "Feature is busy, try again later")
        late = self._world.faults.strike("late_result", f"netscaler:{verb}")
        if self._world.ha_state != "Primary":
            self._world.harms.append(f"{action} {kind} was sent to the secondary NetScaler")
        elif late:
            self._world.later(late.value, change)
        else:
            change()
        if self._world.faults.strike("lose_reply", f"netscaler:{verb}"):
            return drop(request)
        return web.Response(content_type="application/json")

    def _change(self, kind: str, action: str, given: Mapping[str, Any], user: str) -> Callable[[], None]:
        """The change that is asked for, checked but not yet made."""
        world, enabled = self._world, action == "enable"
        if kind == "nsconfig" and action == "save":
            return partial(world.config_save, user)
        if action not in {"enable", "disable"} or kind not in {"lbvserver", "csvserver", "servicegroup"}:
            raise NitroError(400, 1232, f"Invalid object name [{kind}?action={action}]")
        if kind == "servicegroup":
            where = (str(given.get("servicegroupname")), str(given.get("servername")), int(given.get("port") or 0))
            world.member(*where)
            graceful = str(given.get("graceful", "NO")).upper() == "YES"
            linger = max(LINGER, float(given.get("delay") or 0)) if graceful else None
            return partial(world.member_set, *where, enabled=enabled, by=user, linger=linger)
        name = str(given.get("name", ""))
        if not any(_is(v.kind, v.name, kind, name) for v in world.vservers.values() if name):
            raise NitroError(404, 258, f"No such resource [name, {name}]")
        return partial(world.vserver_set, name, enabled=enabled, by=user)

    def _who(self, request: web.Request) -> str:
        user, password = request.headers.get("X-NITRO-USER", ""), request.headers.get("X-NITRO-PASS", "")
        if user and self._sessions.accepts(user, password):
            return user
        token = _token(request)
        session: Session | None = self._sessions.find(token) if token else None
        if session is None:
            code, message = (444, "Session expired or killed. Please login again") if token else (1027, "Not logged in")
            raise NitroError(401, code, message)
        return session.user


def _is(kind: str, name: str, resource: str, wanted: str) -> bool:
    return f"{kind}vserver" == resource and wanted in {"", name}


def _token(request: web.Request) -> str:
    jar = SimpleCookie()
    for header in ("Cookie", "Set-Cookie"):
        jar.load(request.headers.get(header, ""))
    return unquote(jar["NITRO_AUTH_TOKEN"].value) if "NITRO_AUTH_TOKEN" in jar else ""


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        given = await request.json()
    except ValueError:
        raise NitroError(400, 1092, "Invalid JSON input") from None
    if not isinstance(given, dict):
        raise NitroError(400, 1092, "Invalid JSON input")
    return given


def _answer(
    status: int, code: int, message: str, *, severity: str = "NONE", more: Mapping[str, object] | None = None
) -> web.Response:
    body = {"errorcode": code, "message": message, "severity": severity, **(more or {})}
    return web.json_response(body, status=status)
