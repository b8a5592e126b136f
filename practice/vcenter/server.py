"""The pretend vCenter on its port: SOAP over HTTPS, cookies, waiting calls, and the faults of the wire."""

import asyncio
import ssl
import threading
from collections import deque
from collections.abc import Mapping
from typing import Self
from weakref import WeakSet

from aiohttp import web
from pyVmomi import vim, vmodl

from practice.http import HttpServer, drop, never
from practice.vcenter.calls import WAITING, answer
from practice.vcenter.house import Caller, House, furnish
from practice.vcenter.machine_calls import VERBS
from practice.vcenter.sessions import Session
from practice.vcenter.soap import NotSoap, SoapCall, fault, read_call, result, version_of
from practice.vcenter.untyped import VimObject
from practice.world import World
from practice.world.made import fixed_uuid

COOKIE = "vmware_soap_session"
STEP = 0.02  # seconds between two looks of a call that waits
LONGEST = 60.0
_VERSIONS = (
    '<?xml version="1.0" encoding="UTF-8"?><namespaces version="1.0"><namespace><name>urn:vim25</name>'
    "<version>8.0.3.0</version><priorVersions><version>7.0.3.0</version><version>6.7.3</version>"
    "<version>6.5</version><version>6.0</version></priorVersions></namespace></namespaces>"
)


class VCenter:
    """A vCenter over the pretend world.

    Attributes:
        house: What it has; `house.rights`, `house.clock_offset` and `house.reader.hidden` are there to be changed.
        calls: The names of the last methods that were called.
    """

    def __init__(
        self,
        world: World,
        logins: Mapping[str, str],
        tls: ssl.SSLContext | None,
        *,
        port: int = 0,
        identity: str = "",
        bystanders: int = 0,
    ) -> None:
        """Prepare a server.

        Args:
            world: The world whose nodes are its virtual machines.
            logins: Passwords by user.
            tls: The server's context; None speaks plain HTTP.
            port: TCP port; 0 takes a free one.
            identity: Its `about.instanceUuid`; empty: always the same one.
            bystanders: How many other virtual machines there are, at ``DC1/vm/Other/app0001`` and on.
        """
        self.world = world
        self.house: House = furnish(world, logins, identity or fixed_uuid("vcenter"), bystanders)
        self.calls: deque[str] = deque(maxlen=10_000)
        self._http = HttpServer(self._app, tls, port=port)
        self._stop = threading.Event()
        self._transports: WeakSet[asyncio.BaseTransport] = WeakSet()

    @property
    def host(self) -> str:
        """The address that it is bound to."""
        return self._http.host

    @property
    def port(self) -> int:
        """The port that it is bound to."""
        return self._http.port

    @property
    def url(self) -> str:
        """Where SOAP is spoken."""
        return f"{self._http.url}/sdk"

    def sessions(self) -> tuple[Session, ...]:
        """The sessions that are open now, with what each has not closed."""
        with self.world.lock:
            return self.house.sessions.open()

    def start(self) -> Self:
        """Serve; returns when the port answers."""
        self._http.start()
        return self

    def stop(self) -> None:
        """Close the port and every connection, at once: a client that is idle would not answer a farewell."""
        self._stop.set()
        self._http.call_soon(self._cut)
        self._http.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=2**20)
        app.router.add_get("/sdk/vimServiceVersions.xml", self._versions)
        app.router.add_post("/sdk", self._soap)
        return app

    def cut(self) -> None:
        """Cut every connection, as something between client and server may do; the server goes on."""
        done = threading.Event()
        self._http.call_soon(self._cut)
        self._http.call_soon(lambda: self._http.call_soon(done.set))
        done.wait(LONGEST)

    def _cut(self) -> None:
        for transport in tuple(self._transports):
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()

    async def _versions(self, _: web.Request) -> web.Response:
        return web.Response(text=_VERSIONS, content_type="text/xml")

    async def _soap(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            self._transports.add(request.transport)
        body = await request.read()
        if self.world.faults.standing("silent", "vsphere"):
            await never()
        if slow := self.world.faults.strike("slow", "vsphere"):
            await asyncio.to_thread(self.world.time.pause, slow.value, self._stop)
        version = version_of(request.headers.get("SOAPAction", ""))
        caller = self._caller(request.cookies.get(COOKIE, ""))
        known = caller.session
        status, content, scope = await self._answered(caller, body, version)
        if scope and self.world.faults.strike("lose_reply", f"vsphere:{scope}"):
            return drop(request)
        response = web.Response(status=status, body=content, content_type="text/xml", charset="utf-8")
        if caller.session is not None and caller.session is not known:
            # By hand, because the cookie is a quoted string on vCenter's wire.
            response.headers["Set-Cookie"] = f'{COOKIE}="{caller.session.cookie}"; Path=/; HttpOnly'
        return response

    def _caller(self, cookie: str) -> Caller:
        with self.world.lock:
            return Caller(self.house.sessions.of(cookie))

    async def _answered(self, caller: Caller, body: bytes, version: str) -> tuple[int, bytes, str]:
        """Status, body and the scope of ``lose_reply``: the ledger's verb of a change, else the method's name."""
        scope = ""
        try:
            call = read_call(body)
            self.calls.append(call.method)
            scope = VERBS.get(call.method, call.method)
            self._end_session(caller, scope)
            value = await (self._waited(caller, call) if call.method == WAITING else self._called(caller, call))
            with self.world.lock:
                return 200, result(call, value, version), scope
        except NotSoap as error:
            return 500, fault(vmodl.fault.InvalidRequest(msg=str(error)), version), scope
        except vmodl.MethodFault as error:
            return 500, fault(error, version), scope

    def _end_session(self, caller: Caller, scope: str) -> None:
        faults = self.world.faults
        if caller.session is None:
            return
        if faults.strike("end_session", "vsphere") or faults.strike("end_session", f"vsphere:{scope}"):
            with self.world.lock:
                self.house.sessions.end(caller.session)
            raise vim.fault.NotAuthenticated(msg="The session is not authenticated.", privilegeId="System.View")

    async def _called(self, caller: Caller, call: SoapCall) -> VimObject:
        with self.world.lock:
            return answer(self.house, caller, call)

    async def _waited(self, caller: Caller, call: SoapCall) -> VimObject:
        """Hold the call back until something changed or its wait is over, and let the world move on meanwhile."""
        asked = getattr(call.arguments.get("options"), "maxWaitSeconds", None)
        longest, waited = LONGEST if asked is None else min(float(asked), LONGEST), 0.0
        while True:
            self.world.settle()
            found = await self._called(caller, call)
            if found is not None or waited >= longest or self._stop.is_set():
                return found
            await asyncio.to_thread(self.world.time.pause, STEP, self._stop)
            waited += STEP
