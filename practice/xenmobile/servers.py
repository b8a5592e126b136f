"""The XenMobile nodes of a world on loopback: each with its four ports, open exactly while the node is up."""

import asyncio
import concurrent.futures
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Self

from practice.http import hung_up
from practice.world import Node, World
from practice.xenmobile.api import Api
from practice.xenmobile.health import health_app
from practice.xenmobile.ports import Port
from practice.xenmobile.sessions import Sessions

PURPOSES = (80, 443, 4443, 8443)
START_SECONDS = 10.0
FOLLOW_SECONDS = 5.0


class XenMobileServers:
    """All nodes of one world, in one thread and one event loop.

    Ports follow the world: when a change of the world has been made, the ports are as it wants them.
    """

    def __init__(
        self,
        world: World,
        logins: Mapping[str, str],
        tls: ssl.SSLContext,
        *,
        ports: Mapping[tuple[str, int], int] | None = None,
    ) -> None:
        """Reserve the ports of every node; they refuse until `start`.

        Args:
            world: Whose nodes they are.
            logins: Users of the API with their passwords.
            tls: The server's context for all ports but 80; its certificate carries the enrolment name.
            ports: TCP ports by node and purpose (80, 443, 4443, 8443); what is left out is chosen freely.

        Raises:
            OSError: A port is taken.
        """
        self._world = world
        self._stop = threading.Event()
        self.sessions = {name: Sessions(world, dict(logins)) for name in world.nodes}
        self._ports = {
            (name, purpose): self._port(node, purpose, tls, (ports or {}).get((name, purpose), 0))
            for name, node in world.nodes.items()
            for purpose in PURPOSES
        }
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn: asyncio.Lock | None = None
        self._stopping: asyncio.Event | None = None
        self._told: dict[Port, bool] = {}
        self._turned: concurrent.futures.Future[None] | None = None
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None

    def port(self, node: str, purpose: int) -> int:
        """The TCP port on loopback where `node` serves what XenMobile has on `purpose`.

        Raises:
            KeyError: There is no such node or purpose.
        """
        return self._ports[node, purpose].number

    def start(self) -> Self:
        """Serve; returns when the ports are as the world wants them.

        Raises:
            TimeoutError: It did not come up.
        """
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="practice-xms", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise TimeoutError("the practice nodes did not start in time")
        self._world.on_change.append(self.follow)
        self.follow()
        return self

    def stop(self) -> None:
        """Close everything and give the ports back; may be called twice."""
        if self.follow in self._world.on_change:
            self._world.on_change.remove(self.follow)
        self._stop.set()
        if self._loop is not None and self._stopping is not None:
            with suppress(RuntimeError):  # the loop is closed already
                self._loop.call_soon_threadsafe(self._stopping.set)
        if self._thread is not None:
            self._thread.join()
        for port in self._ports.values():
            port.release()

    def follow(self) -> None:
        """Open and close ports as the world wants it; returns when that is done.

        What is wanted is read here and handed over: whoever rings may hold the world's lock, and the servers' own
        thread would wait for it.
        """
        loop = self._loop
        if loop is None or self._stop.is_set():
            return
        with self._world.lock:  # handed over in the order in which the world has changed
            wanted = {self._ports[key]: self._wanted(*key) for key in self._ports}
            if wanted != self._told or self._turned is None:
                self._told = wanted
                self._turned = asyncio.run_coroutine_threadsafe(self._turn_ports(wanted), loop)
            turned = self._turned
        if threading.current_thread() is not self._thread:
            # Whoever holds the world's lock while it rings would wait for a handler that waits for the lock.
            with suppress(concurrent.futures.TimeoutError):
                turned.result(FOLLOW_SECONDS)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _port(self, node: Node, purpose: int, tls: ssl.SSLContext, number: int) -> Port:
        if purpose == 4443:
            return Port(Api(self._world, node, self.sessions[node.name], self._stop).app, tls, number)
        return Port(partial(health_app, self._world, node), None if purpose == 80 else tls, number)

    def _wanted(self, name: str, purpose: int) -> bool:
        node = self._world.nodes[name]
        return node.up and (purpose != 80 or node.port80_up)

    async def _turn_ports(self, wanted: Mapping[Port, bool]) -> None:
        turn = self._turn
        if turn is None:
            return
        async with turn:
            to_turn = [(port, want) for port, want in wanted.items() if port.is_open is not want]
            await asyncio.gather(*(port.open() if want else port.close() for port, want in to_turn))

    async def _serve(self) -> None:
        self._loop, self._turn, self._stopping = asyncio.get_running_loop(), asyncio.Lock(), asyncio.Event()
        self._ready.set()
        await self._stopping.wait()
        await asyncio.gather(*(port.close() for port in self._ports.values()))
        await hung_up()
