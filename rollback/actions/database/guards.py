"""What makes a restore safe now: every node off without a break, nobody in the database, the way back unharmed.

Each guard answers with what is wrong, in clauses; nothing wrong is an empty answer. They are read for the card, and
again right before the restore is sent.
"""

from collections.abc import Iterator
from datetime import datetime

from integrations.errors import NotFound, Refused, WrongIdentity
from integrations.sqlserver.reads import Reads as SqlReads
from integrations.vsphere import Power, PowerChange, VSphere
from integrations.xenmobile.health import PortState
from rollback.actions.action import Given
from rollback.actions.database.places import moved_wrong
from rollback.actions.database.reading import visitors
from rollback.actions.database.saved import Saved, saved
from rollback.actions.database.wanted import SAFETY, Wanted
from rollback.cluster import Cluster
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import StageState

PORTS = (80, 443, 4443, 8443)
BEING_RESTORED = frozenset({StageState.RUNNING, StageState.VERIFYING, StageState.SUCCEEDED})


def not_off(systems: Systems, given: Given, sql: SqlReads | None, since: datetime | None) -> tuple[str, ...]:
    """Which nodes are on, or were on at any time since.

    Args:
        systems: vSphere where it may be read, else the nodes' ports: they tell the present only.
        given: The nodes.
        sql: Whose clock `since` is by; None without one.
        since: Since when no node may have been on; None: only the present counts.
    """
    cluster = systems.get(Cluster)
    if not systems.has(VSphere):
        return tuple(_by_ports(cluster, given))
    vsphere = systems.get(VSphere)
    if since is not None and sql is not None:
        since += vsphere.clock() - sql.clock().now
    wrong = [_by_vsphere(vsphere, cluster, given, node, since) for node in given.estate.nodes]
    return tuple(clause for clause in wrong if clause)


def _by_ports(cluster: Cluster, given: Given) -> Iterator[str]:
    for node in given.estate.nodes:
        if clause := _answers(cluster, node):
            yield clause


def _answers(cluster: Cluster, node: Node) -> str:
    # A machine that is off is silent or has no route to it; only an open port proves that it is on. The other witness
    # is SQL Server: nobody is in the database.
    opened = [purpose for purpose in PORTS if cluster.port(node, purpose) is PortState.OPEN]
    return f"{node.name} is on: it answers on port {', '.join(map(str, opened))}" if opened else ""


def _by_vsphere(vsphere: VSphere, cluster: Cluster, given: Given, node: Node, since: datetime | None) -> str:
    try:
        ref = vsphere.find(node.inventory_path, node.instance_uuid)
        machine = vsphere.read(ref)[ref]
        events = vsphere.power_events(ref, since) if since is not None else ()
    except (NotFound, WrongIdentity) as gone:
        # While Veeam restores a node beside the database, its machine may leave the inventory and come back.
        if given.states.get(f"restore-node@{node.name}") in BEING_RESTORED:
            return _answers(cluster, node)
        return f"{node.name} can't be proven to be off: {gone.what}"
    if machine.power is not Power.OFF:
        return f"{node.name} is {machine.power.value}"
    began = [event.at for event in events if event.change in (PowerChange.ON, PowerChange.RESET)]
    if began:
        return f"{node.name} was switched on at {began[-1]:%d %b %H:%M:%S} UTC, after the safety backup began"
    return ""


def safety_wrong(sql: SqlReads, given: Given) -> tuple[str, ...]:
    """What is wrong with the way back: not made, not verified in this rollback, gone from msdb, changed on disk."""
    made = saved(given)
    if made is None:
        return ("the safety backup isn't made and verified yet",)
    row = sql.find_backup(given.estate.sqlserver.database, made.name, made.file)
    if row is None or row.guid != made.guid:
        return (f"msdb does not know the safety backup in {made.file} any more",)
    if row.faults():
        return tuple(f"of the safety backup msdb says: {fault}" for fault in row.faults())
    return file_wrong(sql, given, Wanted.safety(made), "the safety backup")


def file_wrong(sql: SqlReads, given: Given, wanted: Wanted, called: str) -> tuple[str, ...]:
    """In what a backup's file differs from what was noted of it (RESTORE HEADERONLY)."""
    try:
        found = wanted.changed(sql, given.estate.sqlserver.database)
    except (NotFound, Refused) as unreadable:
        return (f"{called} can't be read: {unreadable.what}",)
    return tuple(f"{called} was changed: {difference}" for difference in found)


def occupied(sql: SqlReads, given: Given) -> tuple[str, ...]:
    """Who is in the database."""
    inside = visitors(sql, given.estate.sqlserver.database)
    return (f"in the database: {', '.join(inside)}",) if inside else ()


def since_when(given: Given, wanted: Wanted) -> datetime | None:
    """Since when no node may have been on: since the safety backup, which would lose what a node wrote after it.

    On the way back the nodes have run on what was restored, so only the present counts.
    """
    made: Saved | None = saved(given)
    return None if wanted.source == SAFETY or made is None else made.began


def everything_wrong(systems: Systems, given: Given, sql: SqlReads, wanted: Wanted) -> tuple[str, ...]:
    """All guards of a restore, as they stand now."""
    return (
        *not_off(systems, given, sql, since_when(given, wanted)),
        *occupied(sql, given),
        *safety_wrong(sql, given),
        *(file_wrong(sql, given, wanted, "the backup") if wanted.source != SAFETY else ()),
        *_elsewhere(sql, given, wanted),
    )


def _elsewhere(sql: SqlReads, given: Given, wanted: Wanted) -> tuple[str, ...]:
    clause = moved_wrong(sql, given.estate.sqlserver.database, wanted.files, wanted.position, wanted.moves)
    return (clause,) if clause else ()
