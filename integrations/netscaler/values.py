"""What a NetScaler tells about itself and its vServers, as frozen values."""

from dataclasses import dataclass
from enum import StrEnum

OUT_OF_SERVICE = frozenset({"OUT OF SERVICE", "DISABLED"})
_SYNC_IS_WELL = frozenset({"ENABLED", "SUCCESS"})


class VServerKind(StrEnum):
    """The two kinds of vServer that a door may consist of."""

    LB = "lb"
    CS = "cs"

    @property
    def resource(self) -> str:
        """NITRO's resource: ``lbvserver`` or ``csvserver``."""
        return f"{self.value}vserver"


@dataclass(frozen=True)
class Hardware:
    """Which appliance answers.

    Attributes:
        host: NITRO: ``nshardware.host``, the host id.
        serial: NITRO: ``nshardware.serialno``.
        description: NITRO: ``nshardware.hwdescription``.
    """

    host: str
    serial: str
    description: str


@dataclass(frozen=True)
class HaNode:
    """One node of a high-availability pair.

    Attributes:
        number: NITRO: ``hanode.id``; 0 is the node that answers.
        address: Its NSIP.
        state: NITRO: ``state``: Primary, Secondary, UNKNOWN …
        status: NITRO: ``hastatus``: UP, DOWN …
        sync: NITRO: ``hasync``: ENABLED or SUCCESS when all is well.
        propagation: NITRO: ``haprop``: ENABLED when commands reach the partner.
    """

    number: int
    address: str
    state: str
    status: str
    sync: str
    propagation: str


@dataclass(frozen=True)
class HighAvailability:
    """The pair as the addressed node sees it; a lone appliance has one node."""

    nodes: tuple[HaNode, ...]

    @property
    def own(self) -> HaNode | None:
        """The node that answers (id 0); None if it did not list itself."""
        return next((node for node in self.nodes if node.number == 0), None)

    @property
    def primary(self) -> bool:
        """Whether the addressed node is the primary: only there a change stays and reaches the partner."""
        return self.own is not None and self.own.state.casefold() == "primary"

    @property
    def troubles(self) -> tuple[str, ...]:
        """Why synchronisation of the pair isn't healthy, one clause each; empty: it is, or there is no partner."""
        if len(self.nodes) < 2:
            return ()
        found = []
        for node in self.nodes:
            who = f"node {node.number} ({node.address})"
            if node.status.upper() != "UP":
                found.append(f"{who} is {node.status or 'of unknown status'}")
            if node.sync.upper() not in _SYNC_IS_WELL:
                found.append(f"synchronisation of {who} is {node.sync or 'unknown'}")
            if node.propagation.upper() not in {"ENABLED", ""}:
                found.append(f"propagation of {who} is {node.propagation}")
        return tuple(found)


@dataclass(frozen=True)
class VServer:
    """One vServer as it stands.

    Attributes:
        kind: ``lb`` or ``cs``.
        name: Its exact name.
        curstate: NITRO: ``curstate``: UP, DOWN, OUT OF SERVICE …; the proof of being disabled or not.
        effectivestate: NITRO: ``effectivestate``; counts a backup vServer in, so it is no proof. Empty for ``cs``.
        active_services: Members that are up; None where NITRO tells none (``cs``).
        total_services: Members in all; None where NITRO tells none.
        persistence: NITRO: ``persistencetype``; empty for ``cs`` on older releases.
        backup_vserver: The vServer that answers in its place when it is down or disabled; empty: none.
        redirect: The URL that clients are sent to when it is down; empty: none.
        address: Its VIP.
        port: Its port; None if not told.
    """

    kind: VServerKind
    name: str
    curstate: str
    effectivestate: str = ""
    active_services: int | None = None
    total_services: int | None = None
    persistence: str = ""
    backup_vserver: str = ""
    redirect: str = ""
    address: str = ""
    port: int | None = None

    @property
    def disabled(self) -> bool:
        """Whether it is proven to be switched off. DOWN is no proof: it means enabled, with no healthy member."""
        return self.curstate.upper() in OUT_OF_SERVICE

    @property
    def serving(self) -> bool:
        """Whether it is up, and, where members are told, with one at least."""
        return self.curstate.upper() == "UP" and self.active_services != 0


@dataclass(frozen=True)
class GlobalVServer:
    """One vServer of global server load balancing: it answers names with addresses, some of another site.

    Attributes:
        name: Its name.
        curstate: NITRO: ``gslbvserver.state``; OUT OF SERVICE or DISABLED: it answers nothing.
        domains: NITRO: ``gslbvserver_domain_binding.domainname``, the names that it answers.
    """

    name: str
    curstate: str
    domains: tuple[str, ...]

    @property
    def disabled(self) -> bool:
        """Whether it is proven to be switched off."""
        return self.curstate.upper() in OUT_OF_SERVICE


@dataclass(frozen=True)
class InboundNat:
    """One rule that lets connections to a public address through to a private one, past every vServer.

    Attributes:
        name: Its name.
        public: NITRO: ``inat.publicip``.
        private: NITRO: ``inat.privateip``.
    """

    name: str
    public: str
    private: str


@dataclass(frozen=True)
class Counters:
    """Traffic of one vServer now (NITRO ``stat``); None where the appliance doesn't tell.

    Attributes:
        connections: ``curclntconnections``, clients connected now; 0 means drained.
        established: ``establishedconn``.
        hits: ``tothits``, since the counters were cleared.
        active_services: ``actsvcs``, members that are up.
    """

    connections: int | None
    established: int | None
    hits: int | None
    active_services: int | None


@dataclass(frozen=True)
class Member:
    """One server in a service group.

    Attributes:
        group: The service group's name.
        server: The server's name on the NetScaler.
        address: Its IP address.
        port: Its port.
        enabled: The administrator's switch (NITRO: ``state``).
        state: NITRO: ``svrstate``: UP, DOWN, OUT OF SERVICE, GOING OUT OF SERVICE …
    """

    group: str
    server: str
    address: str
    port: int
    enabled: bool
    state: str

    @property
    def up(self) -> bool:
        """Whether it takes traffic now."""
        return self.state.upper() == "UP"

    @property
    def out_of_service(self) -> bool:
        """Whether it is proven to take no traffic, old connections included."""
        return self.state.upper() in OUT_OF_SERVICE


@dataclass(frozen=True)
class Configuration:
    """Whether the running configuration is saved.

    Attributes:
        unsaved: NITRO: ``nsconfig.configchanged``; None on releases that don't tell.
        changed: ``lastconfigchangedtime``, the appliance's own words.
        saved: ``lastconfigsavetime``, the appliance's own words.
    """

    unsaved: bool | None
    changed: str
    saved: str
