"""The checks that stages on nodes share: off, answering, in time, alone in the database, held."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from integrations.errors import IntegrationError, LoginRefused
from integrations.netscaler import NetScaler
from integrations.sqlserver import SqlServer
from integrations.xenmobile.health import PortState
from rollback.actions.action import Check, Given, Samples
from rollback.actions.nodes.machines import Machine, read, reader
from rollback.actions.nodes.readings import MEMBERS, NO_SESSION, owner
from rollback.actions.parts import failed, passed, patient, still_open, unread
from rollback.actions.probes import PORTS, port
from rollback.actions.traffic.reading import door, not_refusing
from rollback.cluster import Cluster
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import CheckState, SystemName

ALL_PORTS = (80, 443, 4443, 8443)
_DATE_STEP = timedelta(seconds=1)  # HTTP: `Date` tells whole seconds


def not_closed(systems: Systems, given: Given) -> tuple[str, ...]:
    """Why the door isn't proven closed, each in words; empty: each vServer is out of service and each VIP refuses.

    A vServer that is listed and missing lets nobody in: there the refusing VIP is the proof.
    """
    wrong = list(not_refusing(systems, given))
    if systems.has(NetScaler):
        found = door(systems.get(NetScaler), given).found
        wrong += [f"{listed.name} is {now.curstate}" for listed, now in found if not now.disabled]
    return tuple(wrong)


def off(name: str, systems: Systems, given: Given, nodes: Iterable[Node]) -> Check:
    """VSphere says poweredOff for each of them."""
    vsphere = reader(systems)
    if vsphere is None:
        return unread(name, SystemName.VSPHERE)
    on = [f"{one.node.name} is {one.vm.power.value}" for one in read(vsphere, given, nodes) if not one.off]
    return patient(name, on, "vSphere says poweredOff for each node.", given, given.estate.timings.drain)


def refusing(name: str, systems: Systems, given: Given, nodes: Iterable[Node]) -> Check:
    """Every port of each of them refuses connections: read without vSphere, so a second witness that they are off."""
    return patient(name, not_refused(systems, nodes), "Ports 80, 443, 4443 and 8443 of each node refuse.", given,
                   given.estate.timings.drain)  # fmt: skip


def not_refused(systems: Systems, nodes: Iterable[Node]) -> tuple[str, ...]:
    """The ports that let a connection in, each in words.

    A machine that is off may refuse, stay silent or have no route, as its network has it; only an open port denies it.
    """
    cluster, found = systems.get(Cluster), []
    for node in nodes:
        states = {purpose: cluster.port(node, purpose) for purpose in ALL_PORTS}
        found += [f"port {p} of {node.name} is {s.value}" for p, s in states.items() if s is PortState.OPEN]
    return tuple(found)


def no_sessions(systems: Systems, given: Given, samples: Samples, nodes: Iterable[Node]) -> Check:
    """SQL Server has had no session of theirs for a while."""
    name, span = "no-sessions", given.estate.timings.no_sessions
    if not systems.has(SqlServer):
        return unread(name, SystemName.SQLSERVER)
    since = given.stage_started or given.now
    busy = [node.name for node in nodes if not samples.held(NO_SESSION, node.name, since, span)]
    if busy:
        return still_open(name, f"not yet without a SQL session for {seconds(span)}: {', '.join(busy)}")
    return passed(name, f"SQL Server has had no session from a node for {seconds(span)}.")


def sessions_of(systems: Systems, given: Given, names: Collection[str]) -> tuple[str, ...]:
    """Names of those of these nodes that have a session in the database now."""
    there = systems.get(SqlServer).sessions(given.estate.sqlserver.database)
    return tuple(sorted({owner(given.estate, one) for one in there} & set(names)))


def answers(systems: Systems, node: Node) -> Check:
    """A login on port 4443 works and the server says that it is well. It stays open: a boot takes what it takes."""
    name, cluster = "answers", systems.get(Cluster)
    health = cluster.health(node, 443)
    if not health.ok:
        return still_open(name, f"{node.name}: {health.why}")
    if not cluster.has_api:
        return Check(name, CheckState.NOT_CHECKED, f"{node.name} says that it is well; xenmobile is off: no login made")
    try:
        cluster.api(node).log_in()
    except LoginRefused as refused:
        return failed(name, str(refused))
    except IntegrationError as error:
        return still_open(name, f"{node.name}: {error.what}")
    return passed(name, f"{node.name} lets us in on port 4443 and says that it is well.")


def skew(systems: Systems, node: Node) -> timedelta | None:
    """How far the node's date is from SQL Server's at least; None: the node tells none now."""
    shown = systems.get(Cluster).health(node, 443).clock
    if shown is None:
        return None
    middle = shown + _DATE_STEP / 2
    return max(abs(systems.get(SqlServer).clock().now - middle) - _DATE_STEP / 2, timedelta(0))


def clock(systems: Systems, given: Given, node: Node) -> Check:
    """The node's date is near SQL Server's."""
    name, most = "clock", given.estate.timings.clock_skew
    if not systems.has(SqlServer):
        return unread(name, SystemName.SQLSERVER)
    apart = skew(systems, node)
    if apart is None:
        return still_open(name, f"{node.name} tells no date yet")
    wrong = [f"the date of {node.name} is {seconds(apart)} away from SQL Server's"] if apart > most else []
    return patient(name, wrong, f"The date of {node.name} is within {seconds(most)} of SQL Server's.", given,
                   given.estate.timings.stable)  # fmt: skip


def sessions(systems: Systems, given: Given, names: Collection[str], *, pages: bool = False) -> Check:
    """SQL sessions come only from these nodes; with `pages` also no suspect page that wasn't there at the restore."""
    name = "sessions"
    if not systems.has(SqlServer):
        return unread(name, SystemName.SQLSERVER)
    sql, database = systems.get(SqlServer), given.estate.sqlserver.database
    there = sql.sessions(database)
    strangers = {f"{one.host or 'an unnamed host'} ({one.program or 'no program told'})"
                 for one in there if owner(given.estate, one) not in names}  # fmt: skip
    wrong = [f"a session comes from {stranger}" for stranger in sorted(strangers)]
    if pages:
        known = int((given.results.get("restore-database") or {}).get("suspect_pages", 0))
        count = len(sql.suspect_pages(database))
        wrong += [f"{count - known} suspect pages are new"] if count > known else []
    if not wrong and not any(owner(given.estate, one) in names for one in there):
        return still_open(name, f"no SQL session comes from {', '.join(names)} yet")
    return patient(name, wrong, f"SQL sessions come only from {', '.join(names)}.", given,
                   given.estate.timings.stable)  # fmt: skip


def held(name: str, given: Given, samples: Samples, names: Iterable[str], span: timedelta) -> Check:
    """Ports 80, 443 and 8443 of these nodes have each been good for `span`, without one miss."""
    since, missed = given.stage_started or given.now, []
    for node in names:
        missed += [_miss(samples, node, p) for p in PORTS if not samples.held(port(p), node, since, span)]
    if missed:
        return still_open(name, f"not yet held for {seconds(span)}: {', '.join(missed)}")
    return passed(name, f"Ports 80, 443 and 8443 have each been good for {seconds(span)} without one miss.")


def good_now(name: str, systems: Systems, node: Node) -> Check:
    """Ports 80, 443 and 8443 of the node are good at this moment."""
    cluster = systems.get(Cluster)
    bad = [f"port {p} of {node.name}: {h.why}" for p in PORTS if not (h := cluster.health(node, p)).ok]
    return still_open(name, "; ".join(bad)) if bad else passed(name, f"Ports 80, 443 and 8443 of {node.name} are good.")


def steady(name: str, systems: Systems, given: Given, samples: Samples, node: Node) -> Check:
    """The node's members take traffic and have not flapped for a while."""
    span = given.estate.timings.joined
    if not systems.has(NetScaler) or not given.estate.netscaler.service_groups:
        return unread(name, SystemName.NETSCALER)
    since: datetime = given.stage_started or given.now
    if samples.held(MEMBERS, node.name, since, span):
        return passed(name, f"No member of {node.name} has flapped for {seconds(span)}.")
    last = samples.last(MEMBERS, node.name)
    return still_open(name, f"not yet steady for {seconds(span)}: {last[2] if last else 'not read yet'}")


def powered(machines: Iterable[Machine]) -> tuple[str, ...]:
    """Names of those that aren't off."""
    return tuple(one.node.name for one in machines if not one.off)


def seconds(span: timedelta) -> str:
    """A span in words: ``15 min``, ``5 s``."""
    whole = span.total_seconds()
    return f"{whole / 60:.0f} min" if whole >= 120 and whole % 60 == 0 else f"{whole:.0f} s"


def _miss(samples: Samples, node: str, purpose: int) -> str:
    last = samples.last(port(purpose), node)
    return f"port {purpose} of {node}" + (f" ({last[2]})" if last and not last[1] else "")
