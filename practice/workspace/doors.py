"""The two ports of a workspace: Slack's, which can be shut as if Slack were away, and the one for control."""

import asyncio
import ipaddress
from collections.abc import Callable
from typing import Final

from aiohttp import web

_LOOK: Final = 0.05
"""Seconds between two looks at the workspace's time while Slack is away for a while."""


def loopback(host: str) -> str:
    """Return the address if it is an IPv4 address on loopback.

    Raises:
        ValueError: It is not, or is a name; nothing was opened.
    """
    if not ipaddress.IPv4Address(host).is_loopback:
        raise ValueError(f"the practice workspace binds loopback only, not {host}")
    return host


class Doors:
    """Opens and shuts the ports on which one application listens.

    Attributes:
        port: Slack's port, once open.
        control_port: The port that stays open, once open.
    """

    def __init__(self, app: web.Application, now: Callable[[], float], host: str, port: int, control_port: int) -> None:
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        self._now, self._host = now, loopback(host)
        self.port, self.control_port = port, control_port
        self._slack: web.TCPSite | None = None
        self._return: asyncio.Task[None] | None = None

    @property
    def away(self) -> bool:
        """Whether Slack's port is shut."""
        return self._slack is None

    async def open(self) -> None:
        """Open both ports.

        Raises:
            OSError: One of them is taken.
        """
        await self._runner.setup()
        control = web.TCPSite(self._runner, self._host, self.control_port)
        await control.start()
        self.control_port = _port(control)
        await self.come_back()

    async def go_away(self, seconds: float | None = None) -> None:
        """Shut Slack's port and cut its connections; with `seconds` it opens again by the workspace's time."""
        await self._stay_away()
        if self._slack is not None:
            await self._slack.stop()
            self._slack = None
        server = self._runner.server
        for connection in server.connections if server else []:
            transport = connection.transport
            if transport is not None and transport.get_extra_info("sockname")[1] == self.port:
                transport.abort()
        if seconds is not None:
            self._return = asyncio.create_task(self._come_back_at(self._now() + seconds))

    async def come_back(self) -> None:
        """Open Slack's port, the same as before."""
        await self._stay_away()
        if self._slack is None:
            site = web.TCPSite(self._runner, self._host, self.port)
            await site.start()
            self._slack, self.port = site, _port(site)

    async def _stay_away(self) -> None:
        """Forget about coming back by itself."""
        if self._return is not None and self._return is not asyncio.current_task():
            self._return.cancel()
        self._return = None

    async def _come_back_at(self, moment: float) -> None:
        """Open Slack's port when the workspace's time has come."""
        while self._now() < moment:  # noqa: ASYNC110  a test may move that time, and no event tells of it
            await asyncio.sleep(_LOOK)
        await self.come_back()

    async def close(self) -> None:
        """Shut both ports for good."""
        await self._stay_away()
        await self._runner.cleanup()


def _port(site: web.TCPSite) -> int:
    """Return the port that a site really got."""
    server = site._server  # noqa: SLF001  aiohttp tells the port of a single site nowhere else
    if not isinstance(server, asyncio.Server):
        raise TypeError("the site is not listening")
    return int(server.sockets[0].getsockname()[1])
