"""Samples that stages on nodes ask for: whether a node's members take traffic, and whether it has no SQL session."""

from integrations.errors import IntegrationError
from integrations.netscaler import Member, NetScaler
from integrations.sqlserver import Session, SqlServer
from rollback.estate import Estate, Node
from rollback.health import Reading
from rollback.systems import Systems

MEMBERS = "members"
NO_SESSION = "no-sql-session"


def read_nodes(systems: Systems, estate: Estate) -> tuple[Reading, ...]:
    """One round; what can't be read is a bad reading that says why."""
    readings: list[Reading] = []
    if systems.has(SqlServer):
        readings += _sessions(systems.get(SqlServer), estate)
    if systems.has(NetScaler) and estate.netscaler.service_groups:
        readings += _members(systems.get(NetScaler), estate)
    return tuple(readings)


def owner(estate: Estate, session: Session) -> str:
    """Name of the node whose session it is; empty: no node's."""
    host = session.host.strip().casefold()
    for node in estate.nodes:
        known = {word.casefold() for word in (node.name, node.member, node.address) if word}
        if host in known or host.partition(".")[0] in known:
            return node.name
    return ""


def server_of(node: Node) -> str:
    """What the node is called in the NetScaler's service groups."""
    return node.member or node.name


def members_of(netscaler: NetScaler, estate: Estate, node: Node) -> tuple[Member, ...]:
    """The node's members of the service groups in the settings."""
    listed = [one for group in estate.netscaler.service_groups for one in netscaler.members(group)]
    return tuple(one for one in listed if one.server == server_of(node))


def _sessions(sql: SqlServer, estate: Estate) -> list[Reading]:
    try:
        there = [owner(estate, one) for one in sql.sessions(estate.sqlserver.database)]
    except IntegrationError as error:
        return [Reading(NO_SESSION, node.name, good=False, value=error.what) for node in estate.nodes]
    counts = {node.name: there.count(node.name) for node in estate.nodes}
    return [Reading(NO_SESSION, name, count == 0, f"{count} sessions") for name, count in counts.items()]


def _members(netscaler: NetScaler, estate: Estate) -> list[Reading]:
    readings = []
    try:
        for node in estate.nodes:
            states = [f"{one.group} {one.state}" for one in members_of(netscaler, estate, node) if not one.up]
            readings.append(Reading(MEMBERS, node.name, not states, ", ".join(states) or "UP"))
    except IntegrationError as error:
        return [Reading(MEMBERS, node.name, good=False, value=error.what) for node in estate.nodes]
    return readings
