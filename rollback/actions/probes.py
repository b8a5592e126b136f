"""One round of readings of health: ports 80, 443 and 8443 of each node, each vServer of the door, each node's clock.

The original fault was port 80 alone going down and up, so each port is read for itself and every reading is kept.
"""

from integrations.errors import IntegrationError
from integrations.netscaler import NetScaler, VServerKind
from rollback.cluster import Cluster
from rollback.estate import Estate, Node
from rollback.health import Reading
from rollback.systems import Systems

PORTS = (80, 443, 8443)
VSERVER = "vserver"
CLOCK = "clock"


def port(purpose: int) -> str:
    """What readings of a port are called: ``port-80``."""
    return f"port-{purpose}"


def read_round(systems: Systems, estate: Estate) -> tuple[Reading, ...]:
    """Read everything once; what can't be read is a bad reading that says why."""
    readings = [reading for node in estate.nodes for reading in _node(systems.get(Cluster), node)]
    if systems.has(NetScaler):
        readings += _vservers(systems.get(NetScaler), estate)
    return tuple(readings)


def _node(cluster: Cluster, node: Node) -> list[Reading]:
    readings = []
    for purpose in PORTS:
        health = cluster.health(node, purpose)
        readings.append(Reading(port(purpose), node.name, health.ok, health.why or "OK"))
        if purpose == PORTS[1] and health.clock is not None:
            readings.append(Reading(CLOCK, node.name, good=True, value=health.clock.isoformat()))
    return readings


def _vservers(netscaler: NetScaler, estate: Estate) -> list[Reading]:
    readings = []
    for listed in estate.netscaler.vservers:
        try:
            now = netscaler.vserver(VServerKind(listed.kind), listed.name)
        except IntegrationError as error:
            readings.append(Reading(VSERVER, listed.name, good=False, value=error.what))
        else:
            members = "" if now.active_services is None else f", {now.active_services} members"
            readings.append(Reading(VSERVER, listed.name, now.serving, f"{now.curstate}{members}"))
    return readings
