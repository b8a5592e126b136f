"""The practice SQL Server: a TDS server on loopback over the pretend world, a thread or two a connection."""

import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from typing import Self

from practice.tds.conversation import Conversation
from practice.tds.switches import Switches
from practice.tds.visitors import Visitors
from practice.tds.wire import Wire
from practice.world import World


class TdsServer:
    """SQL Server as far as the bot needs it.

    Attributes:
        host: Loopback address.
        port: TCP port; known once started.
        switches: What can be set of it, at any time.
        talks: What a connection is; tests with odd answers put their own in.
    """

    talks: type[Conversation] = Conversation

    def __init__(
        self,
        world: World,
        logins: Mapping[str, str],
        tls: ssl.SSLContext,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        switches: Switches | None = None,
    ) -> None:
        """Prepare a server.

        Args:
            world: The pretend world.
            logins: Accepted logins: user to password.
            tls: A context of its own: TLS 1.3 is switched off in it, because its tickets would come in the middle of
                the wrapped handshake.
            port: TCP port; 0 takes a free one.
            host: A loopback address.
            switches: How it behaves.

        Raises:
            ValueError: The address is not on loopback.
        """
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"practice servers bind loopback only, not {host}")
        tls.maximum_version = ssl.TLSVersion.TLSv1_2
        self.host = host
        self.port = port
        self.switches = switches or Switches()
        self._world = world
        self._logins = dict(logins)
        self._tls = tls
        self._visitors = Visitors()
        self._conversations: set[Conversation] = set()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._acceptor: threading.Thread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port

    def start(self) -> Self:
        """Listen; returns when the port answers.

        Raises:
            OSError: The port can't be bound.
        """
        self._socket = socket.create_server((self.host, self.port))
        self.port = self._socket.getsockname()[1]
        self._world.on_change.append(self._follow_instance)
        self._acceptor = threading.Thread(target=self._accept, args=(self._socket,), name="tds", daemon=True)
        self._acceptor.start()
        return self

    def stop(self) -> None:
        """Close every connection, breaking off what runs, and the port."""
        if self._socket is None or self._acceptor is None:
            return
        self._world.on_change.remove(self._follow_instance)
        self._socket.shutdown(socket.SHUT_RDWR)
        self._acceptor.join()
        self._socket.close()
        self._socket = None
        self.drop_all()
        with self._lock:
            threads = tuple(self._threads)
        for thread in threads:
            thread.join()

    def drop_all(self) -> None:
        """Break off every connection, as a crash or a network fault would."""
        with self._lock:
            here = tuple(self._conversations)
        for conversation in here:
            conversation.drop()

    @property
    def login_attempts(self) -> int:
        """How many logins were tried, refused ones included."""
        return self._visitors.logins()

    def connections(self) -> int:
        """How many logins are connected now."""
        return len(self._visitors.here())

    def programs(self) -> set[tuple[str, str]]:
        """Program and database of everybody who is connected."""
        return {(visitor.program, visitor.database) for visitor in self._visitors.here()}

    def wait_until_empty(self, seconds: float) -> bool:
        """Wait until nobody is connected, at most `seconds`; whether that is so."""
        return self._visitors.wait_until_empty(seconds)

    def _follow_instance(self) -> None:
        if not self._world.database.instance_up:
            self.drop_all()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                accepted, _ = listening.accept()
            except OSError:
                return  # the server is being stopped
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conversation = self.talks(
                Wire(accepted), self._world, self.switches, self._visitors, self._logins, lambda: self._tls
            )
            thread = threading.Thread(target=self._talk, args=(conversation,), name="tds-connection", daemon=True)
            with self._lock:
                self._conversations.add(conversation)
                self._threads.add(thread)
            thread.start()

    def _talk(self, conversation: Conversation) -> None:
        try:
            conversation.run()
        finally:
            with self._lock:
                self._conversations.discard(conversation)
                self._threads.discard(threading.current_thread())

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
