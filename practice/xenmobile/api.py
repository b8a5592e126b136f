"""The REST API of one node, on port 4443: login, device list and details, invitations, configuration.

It answers as the vendor does, with the vendor's habits: a status that is a number here and a text there, a logout that
says `Status`, a 403 that is no JSON. It changes nothing: a rollback only reads.
"""

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from itertools import islice

from aiohttp import web

from practice.http import drop, never
from practice.world import Node, World
from practice.world.core import WorldError
from practice.world.devices import Content, Device
from practice.xenmobile import configuration_json as config
from practice.xenmobile.device_json import Json, detail_json, row_json
from practice.xenmobile.health import keep_time
from practice.xenmobile.sessions import Sessions

BASE = "/xenmobile/api/v1"
USUAL_LIMIT = 10
_ORDERS = frozenset({"ASC", "DESC", "DSC"})
_COLUMNS = frozenset({"ID", "SERIAL", "IMEI"})
_HTML = "<html><head><title>XenMobile</title></head><body>Access denied</body></html>"
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadRequestError(Exception):
    """The request is not what the API takes."""


class Api:
    """The handlers of one node."""

    def __init__(self, world: World, node: Node, sessions: Sessions, stop: threading.Event) -> None:
        """Speak for `node`; `stop` ends what is slow on purpose."""
        self._world = world
        self._node = node
        self._sessions = sessions
        self._stop = stop

    def app(self) -> web.Application:
        """The application that serves it."""
        app = web.Application(middlewares=[self._faulty])
        app.router.add_post(f"{BASE}/authentication/login", self._log_in)
        app.router.add_post(f"{BASE}/authentication/logout", self._log_out)
        reads: dict[str, tuple[str, Callable[[web.Request, Json], Json]]] = {
            "device/filter": ("POST", self._devices),
            "device/{number}": ("GET", self._device),
            "enrollment/filter": ("POST", self._invitations),
            "deliverygroups/filter": ("POST", self._groups),
            "serverproperties": ("GET", lambda _r, _b: config.properties_json(self._content.configuration)),
            "certificates": ("GET", lambda _r, _b: config.certificates_json(self._content.configuration)),
            "licenses": (
                "GET",
                lambda _r, _b: config.licences_json(self._content.configuration, self._world.now()),
            ),
            "ldap": ("GET", lambda _r, _b: config.ldap_json(self._content.configuration)),
            "pki/certauthority": ("GET", lambda _r, _b: config.authorities_json(self._content.configuration)),
        }
        for path, (method, read) in reads.items():
            app.router.add_route(method, f"{BASE}/{path}", self._reading(read))
        return keep_time(app, self._world, self._node)

    @property
    def _content(self) -> Content:
        return self._world.content

    # Sessions

    async def _log_in(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request)
        token = self._sessions.log_in(str(asked.get("login")), str(asked.get("password")))
        if not token:
            return self._answer({"status": 1001, "message": "Invalid user name or password"}, 401)
        return self._answer({"auth_token": token})

    async def _log_out(self, request: web.Request) -> web.StreamResponse:
        asked = await _body(request)
        self._sessions.log_out(request.headers.get("auth_token", ""))
        return self._answer({"Status": f"user {asked.get('login')} logged out successfully."})

    # Reads

    def _reading(self, read: Callable[[web.Request, Json], Json]) -> _Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            if not self._sessions.user(request.headers.get("auth_token", "")):
                return self._answer({"status": 401, "message": "Invalid or expired token"}, 401)
            asked = await _body(request)
            try:
                with self._world.lock:
                    payload = read(request, asked)
            except BadRequestError as error:
                return self._answer({"status": 1, "message": str(error)}, 400)
            except WorldError as error:
                return self._answer({"status": -1, "message": str(error)}, 404 if error.code == "not_found" else 500)
            return self._answer({"status": 0, "message": "Success", **payload})

        return handle

    def _devices(self, _: web.Request, asked: Json) -> Json:
        if not isinstance(asked.get("filterIds", ""), str):
            raise BadRequestError("filterIds is a text that holds a list")
        if str(asked.get("sortColumn", "ID")) not in _COLUMNS or str(asked.get("sortOrder", "ASC")) not in _ORDERS:
            raise BadRequestError("Unknown sort column or order")
        start, limit = _window(asked)
        self._move(start)
        found = self._found(str(asked.get("search") or ""))
        if asked.get("sortOrder") in {"DESC", "DSC"}:
            found.reverse()
        begin, end = self._shifted(start, limit)
        rows = [row_json(device, self._content.read_at) for device in islice(found, begin, end)]
        return {
            "currentFilter": {"detail": [], "selectedFilters": []},
            "filteredDevicesDataList": rows,
            "totalCount": len(self._content.devices),
            "matchedRecords": len(found),
        }

    def _found(self, search: str) -> list[Device]:
        devices = self._content.devices.values()
        if not search:
            return list(devices)
        return [d for d in devices if search in (d.serial, d.imei) or (d.owner and search in d.owner.login)]

    def _move(self, start: int) -> None:
        """Let the world move between two pages, if that fault is armed."""
        scope = "xenmobile:device/filter"
        if start and self._world.faults.strike("vanish", scope):
            self._world.device_remove(next(iter(self._content.devices)), "")
        if start and self._world.faults.strike("appear", scope):
            somebody = next(d.owner for d in self._content.devices.values() if d.owner)
            self._world.device_enrol(somebody.login, "")

    def _shifted(self, start: int, limit: int) -> tuple[int, int]:
        scope = "xenmobile:device/filter"
        cap = self._world.faults.standing("cap", scope)
        overlap, skip = (self._world.faults.strike(name, scope) if start else None for name in ("overlap", "skip"))
        begin = start - int(overlap.value if overlap else 0) + int(skip.value if skip else 0)
        return max(0, begin), max(0, begin) + min(limit, int(cap.value) if cap else limit)

    def _device(self, request: web.Request, _: Json) -> Json:
        text = request.match_info["number"]
        if not text.isdigit():
            raise BadRequestError("The id is a number")
        device = self._world.device(int(text))
        # The documents show a status that is a text beside ones that are numbers.
        return {"status": "0" if device.number % 2 else 0, "device": detail_json(device, self._content.read_at)}

    def _invitations(self, _: web.Request, asked: Json) -> Json:
        return config.invitations_json(self._content.invitations, *_window(asked))

    def _groups(self, _: web.Request, asked: Json) -> Json:
        return config.groups_json(self._content.configuration, *_window(asked))

    # Answers and faults

    def _answer(self, payload: Json, status: int = 200) -> web.Response:
        body = json.dumps(payload, separators=(",", ":")).encode()
        return web.Response(body=body, status=status, content_type="application/json")

    @web.middleware
    async def _faulty(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        verb = _verb(request.path)
        if self._strikes("silent"):
            await never()
        if slow := self._strikes("slow"):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, self._world.time.pause, slow, self._stop)
        if self._strikes("forbid", verb):
            return web.Response(text=_HTML, status=403, content_type="text/html")
        if self._strikes("not_json", verb):
            return web.Response(text=_HTML, content_type="text/html")
        if self._strikes("negative", verb):
            return self._answer({"status": -1, "message": "The operation could not be carried out."})
        if self._strikes("fail", verb):
            return self._answer({"status": 1000, "message": "Internal error"}, 500)
        answer = await handler(request)
        return drop(request) if self._strikes("lose_reply", verb) else answer

    def _strikes(self, name: str, verb: str = "") -> float:
        """The fault's number (1 if it has none) when it strikes, else 0; with a verb it must be that verb's."""
        scopes = (f"xenmobile:{verb}",) if verb else ("xenmobile", self._node.name)
        fault = next(filter(None, (self._world.faults.strike(name, scope) for scope in scopes)), None)
        return (fault.value or 1.0) if fault else 0.0


def _verb(path: str) -> str:
    """What faults call a request: ``login``, ``device/filter``, ``device`` and so on."""
    verb = path.removeprefix(f"{BASE}/").removeprefix("authentication/")
    name, _, number = verb.partition("/")
    return name if number.isdigit() else verb


async def _body(request: web.Request) -> Json:
    try:
        asked = json.loads(await request.read() or b"{}")
    except ValueError:
        return {}
    return asked if isinstance(asked, dict) else {}


def _window(asked: Json) -> tuple[int, int]:
    """`start` and `limit`, which the documents show as texts."""
    texts = (str(asked.get("start", 0)), str(asked.get("limit", USUAL_LIMIT)))
    if not all(text.isdigit() for text in texts):
        raise BadRequestError("start and limit are numbers")
    return int(texts[0]), int(texts[1])
