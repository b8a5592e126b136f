"""What the vSphere wire tests stand on: two servers of one protocol, and a relay that sees and can lose every call.

`Practice` is our pretend vCenter; `Vcsim` is govmomi's simulator, made by others, where it can be found.
"""

import itertools
import re
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.client import HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol

from pyVim.connect import Connect, Disconnect
from pyVmomi import vim

from integrations.login import Login, LoginGuard
from integrations.vsphere import VSphere
from practice.vcenter import VCenter
from practice.world import HandTime, World
from practice.world.made import make_world

USER, PASSWORD = "rollback@vsphere.local", "made-up"
PATIENCE = timedelta(seconds=5)
_METHOD = re.compile(rb"Body><(\w+)")


class Relay:
    """Stands between a client and a server, with the server's certificate.

    Attributes:
        calls: The methods that were called, in order.
        peers: The client's port of each call: which of its connections carried it.
        lose: Methods of which the next reply is lost after the server has carried them out.
        instead: Answers (status, headers, body) to methods that the server then never sees.
        once: The same for the next call only.
    """

    def __init__(self, port: int, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext) -> None:
        self.calls: list[str] = []
        self.peers: list[int] = []
        self.lose: set[str] = set()
        self.instead: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.once: dict[str, tuple[int, dict[str, str], bytes]] = {}
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                method = relay.saw(body, self.client_address[1])
                told = relay.once.pop(method, None) or relay.instead.get(method)
                if told is not None:
                    self.answer(*told)
                    return
                ahead = HTTPSConnection("127.0.0.1", port, context=client_tls, timeout=10)
                ahead.request("POST", self.path, body, dict(self.headers))
                reply = ahead.getresponse()
                content = reply.read()
                ahead.close()
                if method in relay.lose:
                    relay.lose.discard(method)
                    self.close_connection = True
                    return
                kept = {name: reply.headers[name] for name in ("Content-Type", "Set-Cookie") if reply.headers[name]}
                self.answer(reply.status, kept, content)

            def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(content))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.socket = server_tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.port = self._server.server_address[1]

    def saw(self, body: bytes, peer: int) -> str:
        found = _METHOD.search(body)
        method = found[1].decode() if found else "?"
        self.calls.append(method)
        self.peers.append(peer)
        return method

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Backend(Protocol):
    """A vCenter of one make."""

    port: int
    paths: tuple[str, ...]
    monotonic: Callable[[], float]

    def reregister(self, path: str) -> None:
        """Take a VM out of the inventory and put it back, under a new reference."""
        ...

    def end_sessions(self) -> None:
        """End every session but one's own."""
        ...


class Practice:
    """Our pretend vCenter, in a time that moves by itself only while somebody waits."""

    def __init__(self, tls: ssl.SSLContext, bystanders: int = 0) -> None:
        self.time = HandTime()
        self.world: World = make_world(time=self.time)
        self.server = VCenter(self.world, {USER: PASSWORD}, tls, bystanders=bystanders)
        self.server.start()
        self.port = self.server.port
        self.paths = tuple(node.inventory_path for node in self.world.nodes.values())
        self.monotonic = lambda: self.world.now().timestamp()

    def client(self, client_tls: ssl.SSLContext, timeout: timedelta = PATIENCE) -> VSphere:
        """A client that speaks to it without anything between."""
        return VSphere(
            self.server.host,
            login=lambda: Login(USER, PASSWORD),
            tls=client_tls,
            monotonic=self.monotonic,
            port=self.port,
            timeout=timeout,
        )

    def reregister(self, path: str) -> None:
        self.world.reregister(path.rpartition("/")[2])

    def end_sessions(self) -> None:
        for session in self.server.sessions():
            self.server.house.sessions.end(session)

    def close(self) -> None:
        self.server.stop()


class Vcsim:
    """govmomi's simulator, in a process of its own."""

    def __init__(self, binary: str, cert: Path, key: Path, client_tls: ssl.SSLContext, machines: int = 3) -> None:
        command = [binary, "-l", "127.0.0.1:0", "-username", USER, "-password", PASSWORD]
        command += ["-tlscert", str(cert), "-tlskey", str(key)]
        command += ["-vm", str(machines), "-cluster", "0", "-standalone-host", "1"]
        self._process = subprocess.Popen(  # noqa: S603 - the binary that the person who runs the tests named
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        address = re.search(r"127\.0\.0\.1:(\d+)", self._process.stdout.readline()) if self._process.stdout else None
        if address is None:
            self.close()
            raise RuntimeError(f"{binary} told no address")
        self.port = int(address[1])
        self.paths = tuple(f"DC0/vm/DC0_H0_VM{n}" for n in range(3))
        # Its tasks end at once, so a clock that moves on with each look at it does.
        self.monotonic = map(float, itertools.count()).__next__
        self._client_tls = client_tls

    def reregister(self, path: str) -> None:
        with self._connected() as content:
            machine = content.searchIndex.FindByInventoryPath(path)
            folder, pool, host = machine.parent, machine.resourcePool, machine.runtime.host
            file, name = machine.config.files.vmPathName, machine.name
            if machine.runtime.powerState != "poweredOff":
                machine.PowerOffVM_Task()
            machine.UnregisterVM()
            folder.RegisterVM_Task(path=file, name=name, asTemplate=False, pool=pool, host=host)

    def end_sessions(self) -> None:
        with self._connected() as content:
            mine = content.sessionManager.currentSession.key
            others = [each.key for each in content.sessionManager.sessionList if each.key != mine]
            content.sessionManager.TerminateSession(others)

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        service = Connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            pwd=PASSWORD,
            version="vim.version.version11",
            sslContext=self._client_tls,
        )
        try:
            yield service.RetrieveContent()
        finally:
            Disconnect(service)
            service._stub.DropConnections()  # pyVim keeps them open

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


class Bench:
    """A backend with a relay before it, and clients that speak through the relay."""

    def __init__(self, backend: Backend, relay: Relay, client_tls: ssl.SSLContext) -> None:
        self.backend = backend
        self.relay = relay
        self.client_tls = client_tls
        self.paths = backend.paths
        self.guard = LoginGuard(lambda: Login(USER, PASSWORD))

    def client(
        self, *, tls: ssl.SSLContext | None = None, guard: LoginGuard | None = None, timeout: timedelta = PATIENCE
    ) -> VSphere:
        return VSphere(
            "127.0.0.1",
            port=self.relay.port,
            login=guard or self.guard,
            tls=tls or self.client_tls,
            monotonic=self.backend.monotonic,
            timeout=timeout,
        )

    def off(self, client: VSphere) -> list[Any]:
        """The three nodes, found and powered off."""
        refs = [client.find(path) for path in self.paths]
        on = [ref for ref, vm in client.read(*refs).items() if vm.power == "poweredOn"]
        ended = client.wait([client.power_off(ref) for ref in on], PATIENCE)
        assert all(task.phase == "success" for task in ended.values())
        return refs


__all__ = ["PASSWORD", "PATIENCE", "USER", "Bench", "Practice", "Relay", "Vcsim", "vim"]
