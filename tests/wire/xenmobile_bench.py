"""A practice cluster of XenMobile nodes with clients for it, for the wire tests."""

import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from integrations.login import Login
from integrations.xenmobile import Health, PortState, XenMobile, port_state, read_health
from practice.world import HandTime, World
from practice.world.made import LAST_GOOD_SET
from practice.xenmobile import XenMobileServers

TLS_NAME = "mdm.example.com"
USER, PASSWORD = "svc-rollback", "made-up"
HOST = "127.0.0.1"
WAIT = timedelta(seconds=5)


@dataclass
class XenMobileBench:
    """One world with its nodes; clients that it made are closed with it."""

    world: World
    time: HandTime
    servers: XenMobileServers
    tls: ssl.SSLContext
    clients: list[XenMobile] = field(default_factory=list)

    def client(self, node: str = "xms01", password: str = PASSWORD, **more: Any) -> XenMobile:
        url = f"https://{HOST}:{self.servers.port(node, 4443)}"
        fields = {"tls_name": TLS_NAME, "tls": self.tls, **more}
        made = XenMobile(url, lambda: Login(USER, password), **fields)
        self.clients.append(made)
        return made

    def health(self, purpose: int, node: str = "xms01", wait: timedelta = WAIT) -> Health:
        tls = None if purpose == 80 else self.tls
        return read_health(HOST, self.servers.port(node, purpose), tls=tls, tls_name=TLS_NAME, wait=wait)

    def state(self, purpose: int, node: str = "xms01") -> PortState:
        return port_state(HOST, self.servers.port(node, purpose), WAIT)

    def attempts(self, node: str = "xms01") -> int:
        return self.servers.sessions[node].attempts

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.time.advance(0.1)
            self.world.settle()

    def restore(self) -> None:
        """The way back of database and first node, behind the closed door."""
        for name in self.world.vservers:
            self.world.vserver_set(name, enabled=False, by="xa")
        for name, node in self.world.nodes.items():
            if node.on:
                self.world.power_off(name, "va")
        chosen = next(b for b in self.world.backups if b.set_id == LAST_GOOD_SET)
        self.world.restore_begin(chosen, "dba")
        self.world.restore_finish(chosen, "dba")
        self.world.nodes["xms01"].version = "10.6"
        self.world.power_on("xms01", "va")
        self.pass_time(3)

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.servers.stop()
