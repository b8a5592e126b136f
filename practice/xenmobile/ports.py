"""One TCP port on loopback that stays ours: it refuses while closed, and serves an application while open."""

import socket
import ssl
from collections.abc import Callable

from aiohttp import web

from practice.http import turn_away

HOST = "127.0.0.1"
_BACKLOG = 128


class Port:
    """A reserved port. `open` and `close` belong to one event loop; they may be called in any order."""

    def __init__(self, app: Callable[[], web.Application], tls: ssl.SSLContext | None, number: int = 0) -> None:
        """Reserve a port; it refuses connections, because the socket that holds it does not listen.

        Args:
            app: Makes the application, anew each time the port is opened.
            tls: The server's context; None speaks plain HTTP.
            number: TCP port; 0 takes a free one.

        Raises:
            OSError: The port is taken.
        """
        self._app = app
        self._tls = tls
        self._held = _bound(number)
        self.number = int(self._held.getsockname()[1])
        self._runner: web.AppRunner | None = None
        self._listening: socket.socket | None = None

    @property
    def is_open(self) -> bool:
        """Whether it serves."""
        return self._runner is not None

    async def open(self) -> None:
        """Begin to serve."""
        if self._runner is not None:
            return
        runner = web.AppRunner(self._app(), handler_cancellation=True, shutdown_timeout=0.05, access_log=None)
        await runner.setup()
        self._listening = _bound(self.number)
        await web.SockSite(runner, self._listening, ssl_context=self._tls, backlog=_BACKLOG).start()
        self._runner = runner

    async def close(self) -> None:
        """Refuse from now on, and cut what is connected."""
        runner, self._runner = self._runner, None
        if runner is not None and self._listening is not None:
            await turn_away(self._listening)
            await runner.cleanup()

    def release(self) -> None:
        """Give the port back."""
        self._held.close()


def _bound(number: int) -> socket.socket:
    """A socket on the port; several may be bound to it as long as one of them at most listens."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, number))
    except OSError:
        bound.close()
        raise
    return bound
