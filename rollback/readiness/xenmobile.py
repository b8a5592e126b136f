"""Pages of the nodes, of the door in front of them, and of their API.

Ports, health pages and certificates need no login. The login is tried at one node first, the first that answers: only
if it is let in do the others try it too, so that a wrong password is one attempt, not one a node.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from integrations.certificates import PeerCertificate, shown_by
from integrations.errors import NotPermitted
from integrations.xenmobile import XenMobile
from integrations.xenmobile.health import PortState
from rollback.cluster import Cluster
from rollback.estate import Node, VServer
from rollback.readiness import judging
from rollback.readiness.licences import certificates, licences
from rollback.readiness.place import Page, Place, Round
from rollback.readiness.rows import DEVICES, Outlook, Row
from storage.words import Mode, SystemName

API = 4443
PAGES = (80, 443, 8443)  # ports with a health page
PLAIN, HTTPS = 80, 443
SUPERUSER = "administrator"  # Citrix: the built-in account of the console
Fill = Callable[[Page], None]


@dataclass
class Turn:
    """Which node the login is tried at first: the first one that answers without a login.

    Attributes:
        left: How many nodes may still answer.
        first: That node; None: none yet.
        known: Set when it is known, or known that there is none.
    """

    left: int
    first: Node | None = None
    known: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def told(self, node: Node, *, answers: bool) -> None:
        """A node answers, or does not."""
        with self._lock:
            self.left -= 1
            if answers and self.first is None:
                self.first = node
            if self.first is not None or not self.left:
                self.known.set()


def lanes(taken: Round) -> list[tuple[str, Fill]]:
    """A lane for each node, one for the door, one for the API."""
    place = taken.place
    turn = Turn(len(place.estate.nodes))
    off = place.estate.mode(SystemName.XENMOBILE) is Mode.OFF
    made: list[tuple[str, Fill]] = [(SystemName.XENMOBILE.value, partial(_service, taken, turn))]
    made += [(node.name, partial(_node, taken, turn, node)) for node in place.estate.nodes]
    made.append(("door", partial(_door, place)))
    if off:
        taken.reached[SystemName.XENMOBILE].tell(good=False)
    return made


# One node


def _node(taken: Round, turn: Turn, node: Node, page: Page) -> None:
    place, answers = taken.place, False
    with place.connect(place.estate) as systems:
        cluster = systems.get(Cluster)
        try:
            answers = _ports(place, page, cluster, node)
            if answers and cluster.has_api:
                answers = page.reads("api", lambda: _asked(cluster.api(node)))
        finally:
            turn.told(node, answers=answers)
        if not (answers and cluster.has_api and taken.waited_for(SystemName.XENMOBILE)):
            return
        if turn.first is not node:
            page.reads("login", lambda: _log_in(page, cluster.api(node)))


def _ports(place: Place, page: Page, cluster: Cluster, node: Node) -> bool:
    """The node's four ports; whether that of the API is open."""
    state = cluster.port(node, API)
    pages = {purpose: cluster.health(node, purpose) for purpose in PAGES}
    bad = [] if state is PortState.OPEN else [f"port {API} is {state.value.replace('_', ' ')}"]
    bad += [f"port {purpose}: {health.why}" for purpose, health in pages.items() if not health.ok]
    if bad:
        todo = "Look at the node's console and at its machine in vCenter."
        if place.open:
            todo = f"{place.open} is open and may have switched it off; its board says which nodes must be on."
        page.add(Row(page.subject, "ports", place.broken(), f"Not well: {'; '.join(bad)}.", todo))
    else:
        page.passes("ports", "Ports 80, 443, 4443 and 8443 serve.")
    if pages[HTTPS].clock is not None:  # asked for again: what was read before a silent port is old by now
        page.clock(place, node.name, lambda: cluster.health(node, HTTPS).clock)
    if state is PortState.OPEN:
        page.certificate(place, lambda: _shown(place, node.address, node.port(API)))
    return state is PortState.OPEN


def _shown(place: Place, host: str, port: int) -> PeerCertificate:
    return shown_by(SystemName.XENMOBILE, host, port, name=place.estate.xenmobile.tls_name)


def _asked(api: XenMobile) -> None:
    api.clock()


def _log_in(page: Page, api: XenMobile) -> None:
    api.log_in()
    page.passes("login", "Its API lets us in.")


# The door


def _door(place: Place, page: Page) -> None:
    with place.connect(place.estate) as systems:
        cluster = systems.get(Cluster)
        for listed in place.estate.netscaler.vservers:
            _vip(place, page, cluster, listed)


def _vip(place: Place, page: Page, cluster: Cluster, listed: VServer) -> None:
    where, health = f"{listed.vip}:{listed.port} ({listed.name})", cluster.vip_health(listed)
    if health.ok:
        page.passes(listed.name, f"{where} serves.")
    else:
        todo = "Look at the vServer and its members on the NetScaler."
        if place.open:
            todo = f"{place.open} is open and may have closed it; its board says whether it must be closed."
        page.add(Row(page.subject, listed.name, place.broken(), f"{where} does not serve: {health.why}.", todo))
    if listed.purpose != PLAIN and health.port is PortState.OPEN:
        page.certificate(place, lambda: _shown(place, listed.vip, listed.port), f"certificate of {listed.name}")


# The service behind all nodes


def _service(taken: Round, turn: Turn, page: Page) -> None:
    place, known = taken.place, taken.reached[SystemName.XENMOBILE]
    if place.estate.mode(SystemName.XENMOBILE) is Mode.OFF:
        text = "Off in the settings: device lists are exports of the console; ports are probed all the same."
        page.add(Row(page.subject, "mode", Outlook.OFF, text))
        return
    try:
        taken.pause(taken.limit.total_seconds() / 2, turn.known)
        if turn.first is None:
            text = f"No node answers on port {API} in time."
            page.add(Row(page.subject, "reachable", place.broken(), text, "See the nodes' own rows."))
            return
        with place.connect(place.estate) as systems:
            _asked_for(place, page, systems.get(Cluster).api(turn.first), turn.first, known.tell)
    finally:
        if not known.told.is_set():
            known.tell(good=False)


def _asked_for(place: Place, page: Page, api: XenMobile, node: Node, tell: Callable[..., None]) -> None:
    good = page.reads("reachable", api.log_in)
    tell(good=good)
    if not good:
        return
    page.passes("reachable", f"{node.name} answers and lets us in.")
    page.identity(api.identity)
    page.passes("version", "No API tells it: two people read it in the console of each node.")
    page.reads("rights", lambda: _rights(place, page, api))
    page.reads(DEVICES, lambda: _devices(place, page, api))
    page.reads("certificates", lambda: page.add(*certificates(page.subject, api.certificates(), place.now())))
    page.reads("licences", lambda: page.add(*licences(page.subject, api.licences(), place.now())))


def _rights(place: Place, page: Page, api: XenMobile) -> None:
    """Each kind of thing that the stages read is read once; a right that only changes something can't be seen."""
    kinds: dict[str, Callable[[], object]] = {
        "devices": api.count_devices,
        "invitations": api.invitations,
        "server properties": api.server_properties,
        "certificates": api.certificates,
        "delivery groups": api.delivery_groups,
        "licences": api.licences,
        "LDAP": api.directories,
        "certificate authorities": api.authorities,
    }
    missing = [f"The login may not read {name}" for name, read in kinds.items() if not _may(read)]
    superuser = place.users.get(SystemName.XENMOBILE) == SUPERUSER
    beyond = [f"The login is {SUPERUSER}, who may do everything"] if superuser else []
    proven = "The login may read all that is needed; what it may change can't be seen, so look at its role."
    page.add(*judging.rights(page.subject, missing, beyond, proven))


def _may(read: Callable[[], object]) -> bool:
    try:
        read()
    except NotPermitted:
        return False
    return True


def _devices(place: Place, page: Page, api: XenMobile) -> None:
    count, estate = api.count_devices(), place.estate
    carried = len(estate.nodes) * estate.devices_per_node
    if count > carried:
        text = f"There are {count} devices, and {len(estate.nodes)} nodes carry {carried}."
        todo = "Add a node, or expect the capacity override when the door opens."
        page.add(Row(page.subject, DEVICES, Outlook.WARN, text, todo, "capacity", str(count)))
    else:
        text = f"There are {count} devices; the nodes carry {carried}."
        page.add(Row(page.subject, DEVICES, Outlook.PASS, text, value=str(count)))
