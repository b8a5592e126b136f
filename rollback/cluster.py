"""The XenMobile cluster as stages reach it: ports and health pages without a login, the API of one node with one."""

import ssl
from collections.abc import Callable

from integrations.login import Login, LoginGuard
from integrations.xenmobile import XenMobile
from integrations.xenmobile.health import Health, PortState, port_state, read_health
from rollback.devices.projection import PropertyNames
from rollback.estate import Estate, Node, VServer
from rollback.systems import SystemOff

PLAIN = 80  # the one port that speaks HTTP without TLS, behind SSL offload


class Cluster:
    """All nodes of one estate, and the virtual addresses in front of them.

    Ports and health pages can always be asked; the API only where the estate doesn't have XenMobile switched off.
    """

    def __init__(
        self, estate: Estate, tls: ssl.SSLContext | None, login: Callable[[], Login] | LoginGuard | None
    ) -> None:
        """Nothing is sent before the first call.

        Args:
            estate: Addresses, ports and the name in the nodes' certificate.
            tls: The context to trust the nodes by; None: the machine's own CAs.
            login: Gives user and password at each login; None: the API is off.
        """
        self._estate = estate
        self._tls = tls
        self._login = login
        self._apis: dict[str, XenMobile] = {}

    @property
    def has_api(self) -> bool:
        """Whether the nodes' API may be read."""
        return self._login is not None

    def api(self, node: Node) -> XenMobile:
        """The API of one node, spoken to at the node itself, so that it answers while the door is closed.

        Raises:
            SystemOff: XenMobile is switched off in this estate.
        """
        if self._login is None:
            raise SystemOff("xenmobile is switched off in this estate")
        if node.name not in self._apis:
            self._apis[node.name] = XenMobile(
                f"https://{node.address}:{node.port(4443)}",
                self._login,
                tls_name=self._estate.xenmobile.tls_name,
                tls=self._tls,
                properties=PropertyNames(android_mode=self._estate.xenmobile.android_property).all(),
            )
        return self._apis[node.name]

    def port(self, node: Node, purpose: int) -> PortState:
        """What the node's port for `purpose` (80, 443, 4443, 8443) does."""
        return port_state(node.address, node.port(purpose))

    def health(self, node: Node, purpose: int) -> Health:
        """The node's health page on its port for `purpose` (80, 443 or 8443)."""
        return self._page(node.address, node.port(purpose), purpose)

    def vip_port(self, listed: VServer) -> PortState:
        """What a virtual address does."""
        return port_state(listed.vip, listed.port)

    def vip_health(self, listed: VServer) -> Health:
        """The health page through a virtual address, as a device sees it."""
        return self._page(listed.vip, listed.port, listed.purpose)

    def close(self) -> None:
        """Log out everywhere."""
        for api in self._apis.values():
            api.close()
        self._apis.clear()

    def _page(self, address: str, port: int, purpose: int) -> Health:
        tls = None if purpose == PLAIN else self._tls or ssl.create_default_context()
        return read_health(address, port, tls=tls, tls_name=self._estate.xenmobile.tls_name)
