"""The NetScaler client: reads and changes of vServers, members and the saved configuration, through NITRO.

A change is sent once and is fire and forget on the appliance's side: that it worked is read afterwards, from
`VServer.curstate` and `Member.state`. Blocking; safe for threads.
"""

import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import quote

from integrations.errors import NotFound, WrongAnswer
from integrations.fields import Row, flag, number, rows, text
from integrations.http import Wire
from integrations.login import Login, LoginGuard
from integrations.netscaler.session import SYSTEM, NitroSession, path
from integrations.netscaler.values import (
    Configuration,
    Counters,
    GlobalVServer,
    HaNode,
    Hardware,
    HighAvailability,
    InboundNat,
    Member,
    VServer,
    VServerKind,
)


class NetScaler:
    """One NetScaler, spoken to at its own address (NSIP) or at the pair's management address."""

    def __init__(
        self,
        url: str,
        login: Callable[[], Login] | LoginGuard,
        *,
        tls: ssl.SSLContext | None = None,
        connect_timeout: timedelta = timedelta(seconds=5),
        reply_timeout: timedelta = timedelta(seconds=30),
        idle: timedelta = timedelta(minutes=15),
    ) -> None:
        """Prepare a client; nothing is sent before the first call.

        Args:
            url: ``https://host[:port]`` of the management address.
            login: Gives user and password afresh at each login; a guard is shared with other clients of the system.
            tls: The context to trust the appliance by; None: the machine's own CAs.
            connect_timeout: How long a connection may take.
            reply_timeout: How long an answer may take.
            idle: After how much idling the appliance may end our session.

        Raises:
            ValueError: `url` is no address.
        """
        self._wire = Wire(SYSTEM, url, tls=tls, connect_timeout=connect_timeout, reply_timeout=reply_timeout)
        self._guard = LoginGuard.of(login)
        self._session = NitroSession(self._wire, self._guard, idle)

    def close(self) -> None:
        """Log out and close the connections."""
        self._session.close()
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def check_again(self) -> None:
        """Let a refused login be tried once more, because a person asked for it."""
        self._guard.check_again()

    # Reads. Each raises IntegrationError as the tree says.

    def version(self) -> str:
        """The release, in the appliance's own words (NITRO: ``nsversion.version``)."""
        return text(self._only("config", "nsversion"), "version")

    def hardware(self) -> Hardware:
        """Which appliance answers (NITRO: ``nshardware``)."""
        row = self._only("config", "nshardware")
        return Hardware(text(row, "host"), text(row, "serialno"), text(row, "hwdescription"))

    def identity(self) -> str:
        """What proves that it is this appliance, for digests: host id and serial number.

        Raises:
            WrongAnswer: The appliance tells neither.
        """
        found = self.hardware()
        if not found.host and not found.serial:
            raise WrongAnswer(SYSTEM, "the appliance tells neither its host id nor its serial number")
        return f"netscaler host {found.host} serial {found.serial}"

    def clock(self) -> datetime | None:
        """The appliance's clock, aware UTC, to the second (HTTP ``Date``); None if it doesn't tell."""
        return self._session.clock(path("config", "nsversion"))

    def high_availability(self) -> HighAvailability:
        """The pair as the addressed node sees it (NITRO: ``hanode``, id 0 is that node)."""
        found = rows(self._session.read(path("config", "hanode")), "hanode")
        return HighAvailability(tuple(_ha_node(row) for row in found))

    def vservers(self, kind: VServerKind) -> tuple[VServer, ...]:
        """All vServers of one kind."""
        found = rows(self._session.read(path("config", kind.resource)), kind.resource)
        return tuple(_vserver(kind, row) for row in found)

    def vserver(self, kind: VServerKind, name: str) -> VServer:
        """One vServer by its exact name.

        Raises:
            NotFound: The appliance has none of that kind and name.
            WrongAnswer: It answered with another one.
        """
        return _vserver(kind, self._named("config", kind.resource, "name", name))

    def counters(self, kind: VServerKind, name: str) -> Counters:
        """Traffic of one vServer now.

        Raises:
            NotFound: The appliance has none of that kind and name.
        """
        row = self._named("stat", kind.resource, "name", name)
        return Counters(
            number(row, "curclntconnections"),
            number(row, "establishedconn"),
            number(row, "tothits"),
            number(row, "actsvcs"),
        )

    def members(self, group: str) -> tuple[Member, ...]:
        """The members of a service group, with their states.

        Raises:
            NotFound: There is no such group.
        """
        resource = "servicegroup_servicegroupmember_binding"
        found = rows(self._session.read(path("config", resource, group)), resource)
        return tuple(_member(group, row) for row in found)

    def member_connections(self, group: str, server: str, port: int) -> int | None:
        """Connections to one member now (NITRO: ``stat/servicegroupmember``); None if the appliance doesn't tell."""
        # The vendor's clients encode the values alone, not the signs between them.
        where = f"?args=servicegroupname:{quote(group, safe='')},servername:{quote(server, safe='')},port:{port}"
        found = rows(self._session.read(path("stat", "servicegroupmember") + where), "servicegroupmember")
        return number(found[0], "cursrvrconnections") if found else None

    def gateways_behind(self, name: str) -> tuple[str, ...]:
        """Names of the Gateway vServers that a content-switching one leads to.

        NITRO: ``csvserver_vpnvserver_binding``.
        """
        resource = "csvserver_vpnvserver_binding"
        found = rows(self._session.read(path("config", resource, name)), resource)
        return tuple(gateway for row in found if (gateway := text(row, "vserver")))

    def global_vservers(self) -> tuple[GlobalVServer, ...]:
        """All vServers of global server load balancing, with the names that they answer (NITRO: ``gslbvserver``)."""
        found = rows(self._session.read(path("config", "gslbvserver")), "gslbvserver")
        return tuple(self._global_vserver(row) for row in found)

    def _global_vserver(self, row: Row) -> GlobalVServer:
        name, resource = text(row, "name"), "gslbvserver_domain_binding"
        bound = rows(self._session.read(path("config", resource, name)), resource)
        state = text(row, "curstate") or text(row, "state")
        return GlobalVServer(name, state, tuple(domain for one in bound if (domain := text(one, "domainname"))))

    def inbound_nat(self) -> tuple[InboundNat, ...]:
        """All rules of inbound NAT (NITRO: ``inat``)."""
        found = rows(self._session.read(path("config", "inat")), "inat")
        return tuple(InboundNat(text(row, "name"), text(row, "publicip"), text(row, "privateip")) for row in found)

    def configuration(self) -> Configuration:
        """Whether anything is unsaved, ours or somebody else's (NITRO: ``nsconfig.configchanged``)."""
        row = self._only("config", "nsconfig")
        return Configuration(
            flag(row, "configchanged"), text(row, "lastconfigchangedtime"), text(row, "lastconfigsavetime")
        )

    # Changes. Each is sent once.

    def disable_vserver(self, kind: VServerKind, name: str) -> None:
        """Ask for a vServer to be disabled; `vserver(…).disabled` proves it later. Safe to repeat by the caller."""
        self._session.change(path("config", kind.resource), "disable", {kind.resource: {"name": name}})

    def enable_vserver(self, kind: VServerKind, name: str) -> None:
        """Ask for a vServer to be enabled; `vserver(…).serving` proves it later. Safe to repeat by the caller."""
        self._session.change(path("config", kind.resource), "enable", {kind.resource: {"name": name}})

    def disable_member(
        self, group: str, server: str, port: int, *, graceful: bool = True, delay: timedelta = timedelta(0)
    ) -> None:
        """Ask for one member of a service group to be taken out.

        Args:
            group: The service group's name.
            server: The server's name on the NetScaler.
            port: The member's port.
            graceful: Whether existing connections may end by themselves first.
            delay: How long it goes on serving persistent sessions; whole seconds.
        """
        body: dict[str, object] = {**_member_key(group, server, port), "graceful": "YES" if graceful else "NO"}
        if delay:
            body["delay"] = int(delay.total_seconds())
        self._session.change(path("config", "servicegroup"), "disable", {"servicegroup": body})

    def enable_member(self, group: str, server: str, port: int) -> None:
        """Ask for one member of a service group to be taken in again."""
        body = {"servicegroup": _member_key(group, server, port)}
        self._session.change(path("config", "servicegroup"), "enable", body)

    def save_configuration(self) -> None:
        """Save the running configuration: everybody's unsaved changes with it, not only ours."""
        self._session.change(path("config", "nsconfig"), "save", {"nsconfig": {}})

    def _only(self, area: str, resource: str) -> Row:
        found = rows(self._session.read(path(area, resource)), resource)
        if not found:
            raise WrongAnswer(SYSTEM, f"the answer holds no {resource}")
        return found[0]

    def _named(self, area: str, resource: str, key: str, name: str) -> Row:
        found = rows(self._session.read(path(area, resource, name)), resource)
        for row in found:
            if text(row, key) == name:
                return row
        if not found:
            raise NotFound(SYSTEM, f"there is no {resource} {name!r}")
        raise WrongAnswer(SYSTEM, f"asked for {resource} {name!r}, the answer holds another")


def _member_key(group: str, server: str, port: int) -> dict[str, object]:
    return {"servicegroupname": group, "servername": server, "port": port}


def _ha_node(row: Row) -> HaNode:
    own = number(row, "id")
    return HaNode(
        number=-1 if own is None else own,
        address=text(row, "ipaddress"),
        state=text(row, "state"),
        status=text(row, "hastatus"),
        sync=text(row, "hasync"),
        propagation=text(row, "haprop"),
    )


def _vserver(kind: VServerKind, row: Row) -> VServer:
    return VServer(
        kind=kind,
        name=text(row, "name"),
        curstate=text(row, "curstate"),
        effectivestate=text(row, "effectivestate"),
        active_services=number(row, "activeservices"),
        total_services=number(row, "totalservices"),
        persistence=text(row, "persistencetype"),
        backup_vserver=text(row, "backupvserver"),
        redirect=text(row, "redirurl") or text(row, "redirecturl"),
        address=text(row, "ipv46"),
        port=number(row, "port"),
    )


def _member(group: str, row: Row) -> Member:
    return Member(
        group=group,
        server=text(row, "servername"),
        address=text(row, "ip"),
        port=number(row, "port") or 0,
        enabled=text(row, "state").upper() != "DISABLED",
        state=text(row, "svrstate"),
    )
