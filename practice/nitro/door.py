"""The door: one TCP port for each vServer, which refuses while the vServer is out of service.

While it is closed the port stays ours by a socket that is bound and does not listen, so that a connection is refused
and no other program can take the port in between. While it is open, bytes are passed to a node that serves; TLS is the
node's own affair.
"""

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Self

from practice.world import VServer, World

HOST = "127.0.0.1"
CHUNK = 64 * 1024
START_SECONDS = 10.0
HANG_UP_SECONDS = 0.05
FOLLOW_SECONDS = 1.0


class Door:
    """The VIPs of one world on loopback."""

    def __init__(self, world: World, node_port: Callable[[str, int], int]) -> None:
        """Prepare the door; its ports are reserved at once.

        Args:
            world: Whose vServers they are; the door follows its changes.
            node_port: Gives the TCP port on loopback where a node (by name) serves what XMS has on 80, 443 or 8443;
                0 if it serves none.
        """
        self._world = world
        self._node_port = node_port
        self._held = {name: _bound() for name in world.vservers}
        self._listening: dict[str, socket.socket] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._lines: list[list[asyncio.StreamWriter]] = []
        self._turn = 0
        self._wanted: frozenset[str] = frozenset()
        self._done = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None

    def port(self, name: str) -> int:
        """The TCP port of a vServer's VIP.

        Raises:
            KeyError: There is no vServer of that name.
        """
        return int(self._held[name].getsockname()[1])

    def start(self) -> Self:
        """Open and close the ports as the world has it, from now on.

        Raises:
            TimeoutError: It did not come up.
        """
        self._thread = threading.Thread(target=self._run, name="practice-door", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise TimeoutError("the practice door did not start in time")
        self._world.on_change.append(self.follow)
        self.follow()
        return self

    def stop(self) -> None:
        """Close everything and let the ports go."""
        if self.follow in self._world.on_change:
            self._world.on_change.remove(self.follow)
        self._tell(self._stopping.set)
        if self._thread is not None:
            self._thread.join()
        for held in self._held.values():
            held.close()

    def follow(self) -> None:
        """Have the ports as the world has it, from any thread; returns when they are.

        What is wanted is read here and handed over: whoever rings may hold the world's lock, and the door's own thread
        would wait for it.
        """
        with self._world.lock:  # handed over in the order in which the world has changed
            enabled = self._enabled()
            if enabled != self._wanted:
                self._wanted, self._done = enabled, threading.Event()
                if not self._tell(partial(self._sync, enabled, self._done)):
                    self._done.set()
            done = self._done
        done.wait(FOLLOW_SECONDS)

    def _tell(self, what: Callable[[], None]) -> bool:
        """Have something done in the door's own thread; False if that has ended."""
        try:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(what)
        except RuntimeError:  # the loop is closed
            return False
        return self._loop is not None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._wanted = self._enabled()
        self._sync(self._wanted, self._done)
        self._ready.set()
        await self._stopping.wait()
        for name in tuple(self._listening):
            self._shut(name)
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for writer in [end for line in self._lines for end in line]:
                writer.transport.abort()
            await asyncio.wait(others, timeout=HANG_UP_SECONDS)

    def _enabled(self) -> frozenset[str]:
        with self._world.lock:
            return frozenset(name for name, vserver in self._world.vservers.items() if vserver.enabled)

    def _sync(self, enabled: frozenset[str], done: threading.Event) -> None:
        for name in self._held:
            if name in enabled and name not in self._listening:
                self._listen(name)
            elif name not in enabled and name in self._listening:
                self._shut(name)
        done.set()

    def _listen(self, name: str) -> None:
        listener = _bound(self.port(name))
        listener.setblocking(False)
        listener.listen()
        self._listening[name] = listener
        asyncio.get_running_loop().add_reader(listener, self._accept, name, listener)

    def _shut(self, name: str) -> None:
        listener = self._listening.pop(name)
        asyncio.get_running_loop().remove_reader(listener)
        listener.close()

    def _accept(self, name: str, listener: socket.socket) -> None:
        # By hand, not by asyncio's server: that one loses connections which arrive while it is being closed.
        with suppress(BlockingIOError, ConnectionError):
            client, _ = listener.accept()
            client.setblocking(False)
            task = asyncio.get_running_loop().create_task(self._pass(self._world.vservers[name], client))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, vserver: VServer, accepted: socket.socket) -> None:
        reader, client = await asyncio.open_connection(sock=accepted)
        line = [client]
        self._lines.append(line)
        try:
            answer, node = await asyncio.open_connection(HOST, self._choose(vserver))
            line.append(node)
            await asyncio.gather(_copy(reader, node), _copy(answer, client))
        except OSError:  # nobody serves behind it (port 0), or the node went away just now
            client.transport.abort()
        finally:
            await _close(line)
            self._lines.remove(line)

    def _choose(self, vserver: VServer) -> int:
        """The port of the next node that serves; 0 if none does (the vServer is DOWN: accepted, then cut)."""
        with self._world.lock:
            ports = [self._node_port(node.name, vserver.port) for node in self._world.serving(vserver)]
        ports = [port for port in ports if port]
        self._turn += 1
        return ports[self._turn % len(ports)] if ports else 0


def _bound(port: int = 0) -> socket.socket:
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Two sockets on one port: the one that reserves it, and beside it the one that listens while the door is open.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind((HOST, port))
    return held


async def _close(line: list[asyncio.StreamWriter]) -> None:
    for writer in line:
        writer.close()
        with suppress(OSError):  # how a connection ended is of no interest here
            await writer.wait_closed()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass on what comes until its end; a broken connection on either side ends both."""
    try:
        while chunk := await source.read(CHUNK):
            sink.write(chunk)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()
    except OSError:
        sink.transport.abort()
