"""The whole practice estate: one world, its five kinds of server, the door, the workspace, and a control port.

Everything listens on loopback; certificates come from an authority made for this run alone.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import trustme

from practice.control import Control
from practice.nitro import Door, NitroServer
from practice.page import App, Page
from practice.tds import TdsServer
from practice.vcenter import VCenter
from practice.veeam import VeeamServer
from practice.workspace.server import Workspace
from practice.world import World
from practice.world.made import BACKUP_FOLDER, DATABASE, SERVICE_GROUPS, SQL_SERVER, VSERVERS, upgrade_began
from practice.xenmobile import XenMobileServers

ENROLMENT_NAME: Final = "mdm.example.com"
USER: Final = "rollback-bot"
PASSWORD: Final = "practice"  # noqa: S105 - the pretend world's only password, on loopback
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True)
class Trust:
    """The run's own certificate authority, and the servers' certificate."""

    authority: trustme.CA
    certificate: trustme.LeafCert

    @classmethod
    def made(cls) -> "Trust":
        """A new authority, and one certificate for every name that the servers go by."""
        authority = trustme.CA()
        return cls(authority, authority.issue_cert(ENROLMENT_NAME, LOOPBACK, "localhost"))

    def server(self) -> ssl.SSLContext:
        """A context for one server; each gets its own, because one may narrow what it accepts."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificate.configure_cert(context)
        return context


class PracticeEstate:
    """Started, it is a world that answers on the wire; `described` tells where."""

    def __init__(self, world: World, *, sql: bool = True, app: App = App()) -> None:  # noqa: B008 - frozen and empty
        """Prepare every server over `world`.

        Args:
            world: The pretend world.
            sql: Whether SQL Server is served.
            app: What the bot's app tells people of itself, for the page.
        """
        self.world = world
        self.trust = Trust.made()
        logins = {USER: PASSWORD}
        self.control = Control(world)
        self.workspace = Workspace(furnish=Page(self.control, app))
        self.nodes = XenMobileServers(world, logins, self.trust.server())
        self.nitro = NitroServer(world, logins, self.trust.server())
        self.door = Door(world, self.nodes.port)
        self.vcenter = VCenter(world, logins, self.trust.server())
        self.veeam = VeeamServer(world, logins, self.trust.server())
        self.tds = TdsServer(world, logins, self.trust.server()) if sql else None

    def start(self) -> Self:
        """Start the world and every server."""
        self.world.start()
        for server in self._servers():
            server.start()
        return self

    def stop(self) -> None:
        """Stop everything, the world last."""
        for server in reversed(self._servers()):
            server.stop()
        self.world.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def described(self, folder: Path) -> dict[str, Any]:
        """Where everything is, as plain values; the authority's certificate is written into `folder`."""
        authority = folder / "practice-ca.pem"
        self.trust.authority.cert_pem.write_to_path(str(authority))
        return {
            "authority": str(authority),
            "login": {"user": USER, "password": PASSWORD},
            "slack": {
                "api_url": self.workspace.base_url,
                "control_url": self.workspace.control_url,
                "bot_token": self.workspace.bot_token,
                "app_token": self.workspace.app_token,
            },
            "control_url": self.control.url,
            "nodes": [self._node(name) for name in self.world.nodes],
            "netscaler": {"url": self.nitro.url, "vservers": self._vservers(), "service_groups": list(SERVICE_GROUPS)},
            "vsphere": {"host": LOOPBACK, "port": self.vcenter.port},
            "veeam": {"url": self.veeam.url},
            "sqlserver": self._sqlserver(),
            "xenmobile": {"tls_name": ENROLMENT_NAME},
            "upgrade_started_at": upgrade_began(self.world.now()).isoformat(),
            "devices": self.world.population.devices if self.world.population is not None else 0,
        }

    def _servers(self) -> list[Any]:
        servers = [self.workspace, self.nodes, self.nitro, self.door, self.vcenter, self.veeam, self.tds, self.control]
        return [server for server in servers if server is not None]

    def _node(self, name: str) -> dict[str, Any]:
        node = self.world.nodes[name]
        return {
            "name": name,
            "address": LOOPBACK,
            "inventory_path": node.inventory_path,
            "instance_uuid": node.instance_uuid,
            "member": node.member,
            "ports": {str(purpose): self.nodes.port(name, purpose) for purpose in (80, 443, 4443, 8443)},
        }

    def _vservers(self) -> list[dict[str, Any]]:
        return [
            {"kind": "lb", "name": name, "vip": LOOPBACK, "port": self.door.port(name), "purpose": purpose}
            for name, purpose in VSERVERS.items()
        ]

    def _sqlserver(self) -> dict[str, Any]:
        return {
            "host": LOOPBACK,
            "port": self.tds.port if self.tds is not None else 0,
            "server_name": SQL_SERVER,
            "database": DATABASE,
            "backup_folder": BACKUP_FOLDER,
        }
