"""Nodes of the other version that are on: vSphere says so, or where it can't be read, a port of theirs that is open."""

from integrations.errors import IntegrationError
from integrations.xenmobile.health import PortState
from rollback.actions.action import Given
from rollback.actions.nodes.machines import read, reader
from rollback.actions.nodes.versions import of_the_other_version
from rollback.cluster import Cluster
from rollback.systems import Systems

PORTS = (80, 443, 4443, 8443)


def on_beside(systems: Systems, given: Given) -> tuple[str, ...]:
    """Names of the nodes that must not run beside the stage's, and do.

    What vSphere doesn't tell of a node, its ports do: they let nobody in when it is off.
    """
    return tuple(name for name in of_the_other_version(given) if _is_on(systems, given, name))


def _is_on(systems: Systems, given: Given, name: str) -> bool:
    node, vsphere = given.estate.node(name), reader(systems)
    if vsphere is not None:
        try:
            (machine,) = read(vsphere, given, [node])
        except IntegrationError:  # vCenter is down, or the machine is another: the ports are the second witness
            machine = None
        if machine is not None:
            return not machine.off
    cluster = systems.get(Cluster)
    return any(cluster.port(node, purpose) is PortState.OPEN for purpose in PORTS)
