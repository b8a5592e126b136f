"""The readings behind the invariants: each is read from its systems by itself, so that what is away spoils no other.

A fault is a clause that reads the same as long as the same is wrong: no counts, times or states that flutter.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from integrations.errors import IntegrationError, LoginRefused, NotFound, Unreachable, WrongIdentity
from integrations.netscaler import NetScaler
from integrations.sqlserver import AgentJob, SqlServer
from integrations.veeam import Veeam
from integrations.vsphere import Power, Vm, VSphere
from integrations.xenmobile.health import PortState
from rollback.actions.action import Given, Json
from rollback.actions.database.guards import file_wrong, safety_wrong
from rollback.actions.database.reading import version_value, visitors
from rollback.actions.database.saved import saved
from rollback.actions.database.wanted import Wanted
from rollback.actions.inventory.choosing import BACKUP, POINT
from rollback.actions.nodes.machines import expected
from rollback.actions.nodes.versions import believed
from rollback.actions.traffic.closing import APPLIANCE
from rollback.actions.traffic.opening import CLOSING
from rollback.actions.traffic.reading import door
from rollback.cluster import Cluster
from rollback.invariants import Demand, Inv, Seen
from rollback.systems import Systems

T = TypeVar("T")
R = TypeVar("R")

NEWEST = 200
"""So many backup sets of msdb are looked through for the chosen one."""

RESTORED = ("back-restore-database", "restore-database")
"""Stages that restore the database, the later one first."""

OURS_TO_SAY = frozenset({"master", "msdb", "model", "tempdb"})
"""Databases that steps of maintenance jobs run in, whatever they work on."""


def read_invariants(systems: Systems, given: Given, demands: Sequence[Demand]) -> tuple[Seen, ...]:
    """Read each demand that is not suspended; what can't be read says why."""
    reading = _Reading(systems, given)
    return tuple(reading.seen(demand) for demand in demands if not demand.suspended)


class _Reading:
    """One round of readings; a system that doesn't answer is asked once and no more."""

    def __init__(self, systems: Systems, given: Given) -> None:
        self._systems = systems
        self._given = given
        self._away: dict[type[Any], IntegrationError] = {}
        self._how: Mapping[Inv, Callable[[Demand], Seen]] = {
            Inv.DOOR: self._door,
            Inv.POWER: self._power,
            Inv.VISITORS: self._visitors,
            Inv.SOURCES: self._sources,
            Inv.JOBS: self._jobs,
            Inv.PRIMARY: self._primary,
            Inv.SAFETY: self._safety,
            Inv.DATABASE: self._database,
        }

    def seen(self, demand: Demand) -> Seen:
        """The demand as it is read now."""
        try:
            return self._how[demand.name](demand)
        except IntegrationError as error:
            return Seen(demand.name, None, (_unread(error),))

    def _ask(self, kind: type[T], read: Callable[[T], R]) -> R:
        if kind in self._away:
            raise self._away[kind]
        try:
            return read(self._systems.get(kind))
        except (Unreachable, LoginRefused) as error:
            self._away[kind] = error
            raise

    def _parts(self, name: Inv, parts: Mapping[type[Any], Callable[[], Iterator[str]]]) -> Seen:
        """Several systems' shares of one demand: one fault breaks it, and it holds only if each could be read."""
        there = {kind: read for kind, read in parts.items() if self._systems.has(kind)}
        if not there:
            return _off(name)
        faults: list[str] = []
        unread: list[str] = []
        for read in there.values():
            try:
                faults += read()
            except IntegrationError as error:
                unread.append(_unread(error))
        return _judged(name, faults, unread)

    # Each reads one demand.

    def _door(self, demand: Demand) -> Seen:
        cluster, faults, unread = self._systems.get(Cluster), [], []
        for listed in self._given.estate.netscaler.vservers:
            state, where = cluster.vip_port(listed), f"{listed.vip}:{listed.port} ({listed.name})"
            if state is PortState.OPEN:
                faults.append(f"{where} lets connections in")
            elif state is not PortState.REFUSED:
                unread.append(f"{where} neither refuses nor answers")
        if self._systems.has(NetScaler):
            try:
                found = self._ask(NetScaler, lambda netscaler: door(netscaler, self._given).found)
                faults += [f"vServer {listed.name} is not out of service" for listed, now in found if not now.disabled]
            except IntegrationError as error:
                unread.append(_unread(error))
        return _judged(demand.name, faults, unread)

    def _power(self, demand: Demand) -> Seen:
        if not self._systems.has(VSphere):
            return _off(demand.name)
        faults: list[str] = []
        machines, missing = self._machines(demand.on | demand.off)
        for node, vm in machines.items():
            version = f"believed to be {believed(self._given, node)}"
            if node in demand.off and vm.power is not Power.OFF:
                faults.append(f"{node} ({version}) is {vm.power.value} and must be off")
            elif node in demand.on and vm.power is not Power.ON:
                faults.append(f"{node} ({version}) is {vm.power.value} and must be on")
        faults += [f"{node}: {why}" for node, why in missing.items() if node not in demand.moving]
        return _judged(demand.name, faults, [])

    def _visitors(self, demand: Demand) -> Seen:
        if not self._systems.has(SqlServer):
            return _off(demand.name)
        database = self._given.estate.sqlserver.database
        inside = self._ask(SqlServer, lambda sql: visitors(sql, database))
        return _judged(demand.name, [f"{who} is in {database}" for who in inside], [])

    def _sources(self, demand: Demand) -> Seen:
        chosen = self._chosen()
        parts: dict[type[Any], Callable[[], Iterator[str]]] = {}
        if backup := str(chosen.get(BACKUP) or ""):
            parts[SqlServer] = lambda: self._backup_gone(backup)
        points = {key.removeprefix(POINT): str(value) for key, value in chosen.items() if key.startswith(POINT)}
        if points:
            parts[Veeam] = lambda: self._points_gone(points)
        if not parts:
            return Seen(demand.name, None, ("the bot knows of no backup or point that was chosen",), watched=False)
        return self._parts(demand.name, parts)

    def _jobs(self, demand: Demand) -> Seen:
        parts: dict[type[Any], Callable[[], Iterator[str]]] = {SqlServer: self._agent_at_work}
        if self._systems.has(VSphere):
            parts[Veeam] = self._veeam_at_work
        return self._parts(demand.name, parts)

    def _primary(self, demand: Demand) -> Seen:
        if not self._systems.has(NetScaler):
            return _off(demand.name)
        pair = self._ask(NetScaler, lambda netscaler: netscaler.high_availability())
        faults = [] if pair.primary else ["the NetScaler that is addressed is not the primary any more"]
        before = (self._given.results.get(CLOSING) or {}).get(APPLIANCE, "")
        if before and self._ask(NetScaler, lambda netscaler: netscaler.identity()) != before:
            faults.append("another NetScaler answers than when the door was closed")
        return _judged(demand.name, faults, [])

    def _safety(self, demand: Demand) -> Seen:
        if not self._systems.has(SqlServer):
            return _off(demand.name)
        if saved(self._given) is None:
            text = "the safety backup was made by hand, and the bot doesn't know its set"
            return Seen(demand.name, None, (text,), watched=False)
        return _judged(demand.name, self._ask(SqlServer, lambda sql: safety_wrong(sql, self._given)), [])

    def _database(self, demand: Demand) -> Seen:
        if not self._systems.has(SqlServer):
            return _off(demand.name)
        name = self._given.estate.sqlserver.database
        now = self._ask(SqlServer, lambda sql: sql.database(name))
        if now.state != "ONLINE":
            return _judged(demand.name, [f"{name} is {now.state}"], [])
        faults = [] if now.access == "MULTI_USER" else [f"{name} is {now.access}"]
        restored = next((self._given.results[stage] for stage in RESTORED if stage in self._given.results), None) or {}
        meant = str(restored.get("version") or "")
        version = self._ask(SqlServer, lambda sql: version_value(sql, name)) if meant else ""
        if version and version != meant:
            faults.append(f"the version value of {name} is {version}, and {meant} was restored")
        unread = [f"the version value of {name} can't be read"] if meant and not version else []
        return _judged(demand.name, faults, unread)

    # What several of them need.

    def _machines(self, names: frozenset[str]) -> tuple[dict[str, Vm], dict[str, str]]:
        """The machines of these nodes, and why one is not there."""
        found: dict[str, Vm] = {}
        missing: dict[str, str] = {}
        for node in self._given.estate.nodes:
            if node.name in names:
                try:
                    found[node.name] = self._ask(
                        VSphere,
                        lambda vsphere, node=node: _machine(vsphere, node.inventory_path, expected(self._given, node)),  # type: ignore[misc]
                    )
                except (NotFound, WrongIdentity) as error:
                    missing[node.name] = error.what
        return found, missing

    def _chosen(self) -> dict[str, Json]:
        """Backup and points: what `prepare` took, and what people picked since."""
        taken = (self._given.results.get("prepare") or {}).get("taken") or {}
        return {key: value for key, value in {**taken, **self._given.choices}.items() if value}

    def _backup_gone(self, guid: str) -> Iterator[str]:
        database = self._given.estate.sqlserver.database
        sets = self._ask(SqlServer, lambda sql: sql.backups(database, newest=NEWEST))
        chosen = next((one for one in sets if one.guid == guid.lower()), None)
        if chosen is None:
            yield f"msdb does not know the chosen backup {guid} any more"
            return
        wanted = Wanted.picked(chosen)
        for fault in self._ask(SqlServer, lambda sql: file_wrong(sql, self._given, wanted, "the chosen backup")):
            yield f"{fault} ({', '.join(chosen.paths)})"

    def _points_gone(self, points: Mapping[str, str]) -> Iterator[str]:
        for node, point in sorted(points.items()):
            try:
                self._ask(Veeam, lambda veeam, point=point: veeam.restore_point(point))  # type: ignore[misc]
            except NotFound:
                yield f"the chosen restore point {point} of {node} is not there any more"

    def _agent_at_work(self) -> Iterator[str]:
        database = self._given.estate.sqlserver.database
        for job in self._ask(SqlServer, lambda sql: sql.agent_jobs()):
            if job.running and _works_on(job, database):
                yield f"the Agent's job {job.name} is at work on {database}"

    def _veeam_at_work(self) -> Iterator[str]:
        """Jobs that run and list a node; a job that lists folders, or can't be read, may work on one, so it counts."""
        if not any(job.running for job in self._ask(Veeam, lambda veeam: veeam.jobs())):
            return
        machines, _ = self._machines(frozenset(node.name for node in self._given.estate.nodes))
        refs = {str(vm.ref): node for node, vm in machines.items()}
        for one in self._ask(Veeam, lambda veeam: veeam.jobs_touching(refs)):
            if one.job.running:
                sure = (
                    f"is at work on {', '.join(sorted(one.machines))}" if one.machines else "may be at work on a node"
                )
                yield f"Veeam's job {one.job.name} {sure}"


def _machine(vsphere: VSphere, path: str, instance_uuid: str) -> Vm:
    ref = vsphere.find(path, instance_uuid)
    return vsphere.read(ref)[ref]


def _works_on(job: AgentJob, database: str) -> bool:
    others = set(job.databases) - OURS_TO_SAY
    return database in job.databases or (job.touches_backups and not others)


def _judged(name: Inv, faults: Sequence[str], unread: Sequence[str]) -> Seen:
    if faults:
        return Seen(name, good=False, faults=tuple(faults))
    return Seen(name, None, tuple(unread)) if unread else Seen(name, good=True)


def _off(name: Inv) -> Seen:
    return Seen(name, None, ("its system is off",), watched=False)


def _unread(error: IntegrationError) -> str:
    return f"{error.system}: {error.what}"
