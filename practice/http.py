"""An aiohttp server in a thread and an event loop of its own: what the practice servers that speak HTTP stand on.

It binds loopback only. `start` returns when the port answers, `stop` when everything is closed.
"""

import asyncio
import ipaddress
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Self

from aiohttp import web

START_SECONDS = 10.0
HANG_UP_SECONDS = 0.2
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpServer:
    """One HTTP server on loopback.

    A handler runs in the server's loop: it may take the world's lock for a moment, never wait for long in it.
    """

    def __init__(
        self, app: Callable[[], web.Application], tls: ssl.SSLContext | None, *, port: int = 0, host: str = "127.0.0.1"
    ) -> None:
        """Prepare a server.

        Args:
            app: Makes the application; called in the server's thread, once.
            tls: The server's context; None speaks plain HTTP.
            port: TCP port; 0 takes a free one.
            host: A loopback address.

        Raises:
            ValueError: The address is not on loopback.
        """
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"practice servers bind loopback only, not {host}")
        self._app = app
        self._tls = tls
        self.host = host
        self.port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base address, without an ending slash."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    def start(self) -> Self:
        """Serve; returns when the port answers.

        Raises:
            OSError: The port can't be bound.
        """
        self._thread = threading.Thread(target=self._run, name="practice-http", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise TimeoutError("the practice server did not start in time")
        if self._failure is not None:
            self.stop()
        return self

    def stop(self) -> None:
        """Close every connection and the port; may be called twice.

        Raises:
            Exception: What ended the server by itself, if anything did.
        """
        loop, stopping = self._loop, self._stopping
        if loop is not None and stopping is not None:
            with suppress(RuntimeError):  # the loop is closed already
                loop.call_soon_threadsafe(stopping.set)
        if self._thread is not None:
            self._thread.join()
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def call_soon(self, what: Callable[[], object]) -> None:
        """Run `what` in the server's loop as soon as possible, from any thread; nothing when it is closed."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed already
                self._loop.call_soon_threadsafe(what)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as failure:  # noqa: BLE001 - whatever it was, `start` raises it in the caller's thread
            self._failure = failure
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        # A handler that is silent on purpose ends with its connection, not with the server's patience.
        runner = web.AppRunner(self._app(), handler_cancellation=True, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        try:
            listening = socket.create_server((self.host, self.port))
            await web.SockSite(runner, listening, ssl_context=self._tls).start()
            self.port = runner.addresses[0][1]
            self._ready.set()
            await self._stopping.wait()
            await turn_away(listening)
        finally:
            await runner.cleanup()
            await hung_up()


async def turn_away(listening: socket.socket) -> None:
    """Accept nobody any more, and let in who was just accepted: asyncio forgets those while it closes its server."""
    asyncio.get_running_loop().remove_reader(listening)
    for _ in range(2):
        await asyncio.sleep(0)


async def hung_up() -> None:
    """Let handshakes that are under way come to their end; else their sockets would be left to the collector."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=HANG_UP_SECONDS)
    await asyncio.sleep(0)  # what closes a socket is called one turn of the loop later


async def never() -> None:
    """Be silent: wait until the connection or the server is closed."""
    await asyncio.Event().wait()


def drop(request: web.Request) -> web.Response:
    """Cut the connection without an answer, as a lost reply looks from the other side."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@web.middleware
async def own_host_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what a web page elsewhere, or a name that points to loopback, could make a browser send."""
    end = request.transport.get_extra_info("sockname") if request.transport else ("", 0)
    names = frozenset({end[0], "localhost"})
    own = frozenset(f"{name}:{end[1]}" for name in names)
    origin = request.headers.get("Origin")
    # slack_sdk's WebSocket handshake names the host without its port; a browser never does that.
    if request.host not in own | names or (origin is not None and origin.removeprefix("http://") not in own):
        raise web.HTTPForbidden(text="only this machine may ask, under the server's own address")
    return await handler(request)
