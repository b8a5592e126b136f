"""How the pretend world moves: the only place that changes its state, one verb a change, each with its ledger line.

What nature does by itself (a booting node, a finished restore) is put on a schedule and carried out by `settle`, which
a real estate's thread calls all the time and a test calls after moving the time.
"""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from practice.world.faults import Faults
from practice.world.ledger import Ledger
from practice.world.state import (
    BackupSet,
    Database,
    Durations,
    Job,
    Member,
    Node,
    RestorePoint,
    RestoreRow,
    RestoreSession,
    Snapshot,
    VServer,
)
from practice.world.time import RealTime, Time


class WorldError(Exception):
    """The world refuses: `code` names the reason in the vendor's field (``not_found``, ``in_use``, ``wrong_state``)."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the code for the servers, which translate it into their vendor's own error."""
        super().__init__(message)
        self.code = code


class World:
    """One pretend estate.

    Servers hold `lock` while they read several things together, and call a verb for each change. `on_change` callbacks
    run after the lock is released, in the thread that made the change.
    """

    def __init__(self, time: Time | None = None, durations: Durations | None = None) -> None:
        """Make an empty world; `practice.world.made` fills it."""
        self.time: Time = time or RealTime()
        self.durations = durations or Durations()
        self.lock = threading.RLock()
        self.ledger = Ledger()
        self.faults = Faults()
        self.nodes: dict[str, Node] = {}
        self.vservers: dict[str, VServer] = {}
        self.members: list[Member] = []
        self.database: Database = Database("XMS", "", "")
        self.backups: list[BackupSet] = []
        self.restores: list[RestoreRow] = []
        self.points: list[RestorePoint] = []
        self.sessions: list[RestoreSession] = []
        self.jobs: list[Job] = []
        self.ha_state = "Primary"
        self.ha_serial = "NS-PRACTICE-1"
        self.saved: dict[str, bool] = {}
        self.foreign_unsaved = False
        self.harms: list[str] = []
        self.on_change: list[Callable[[], None]] = []
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count(1)
        self._depth = 0
        self._dirty = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Hold the lock during a change and ring the callbacks after it is released."""
        with self.lock:
            self._depth += 1
            try:
                yield
                self._dirty = True
            finally:
                self._depth -= 1
                ring = self._dirty and not self._depth
                if ring:
                    self._dirty = False
        if ring:
            for call in tuple(self.on_change):
                call()

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Let `what` happen by itself after `seconds`."""
        with self.lock:
            heapq.heappush(self._due, (self.time.now() + timedelta(seconds=seconds), next(self._numbers), what))

    def settle(self) -> None:
        """Carry out everything that has come due."""
        while True:
            with self.lock:
                if not self._due or self._due[0][0] > self.time.now():
                    return
                _, _, what = heapq.heappop(self._due)
            with self.acting():
                what()

    def start(self) -> None:
        """Let nature run in a thread of its own, until `stop`."""
        self._thread = threading.Thread(target=self._run, name="world", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End nature's thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.settle()
            self.time.pause(0.02, self._stop)

    def now(self) -> datetime:
        """The world's present instant."""
        return self.time.now()

    def node(self, name: str) -> Node:
        """The node called `name`; WorldError ``not_found`` if there is none."""
        if name not in self.nodes:
            raise WorldError("not_found", f"there is no node {name}")
        return self.nodes[name]

    def _write(self, system: str, verb: str, target: str, by: str = "", **detail: str) -> None:
        self.ledger.write(self.now(), system, verb, target, by=by, **detail)

    # NetScaler

    def vserver_set(self, name: str, *, enabled: bool, by: str) -> None:
        """Enable or disable a vServer; idempotent, and only a real change is written."""
        with self.acting():
            if name not in self.vservers:
                raise WorldError("not_found", f"no such vserver {name}")
            vserver = self.vservers[name]
            if vserver.enabled == enabled:
                return
            vserver.enabled = enabled
            vserver.changed = self.now()
            self._write("netscaler", "enable" if enabled else "disable", name, by)
            if not enabled:
                self.later(self.durations.drain, lambda: setattr(vserver, "connections", 0))

    def member_set(self, group: str, server: str, port: int, *, enabled: bool, by: str) -> None:
        """Enable or disable one member of a service group."""
        with self.acting():
            found = [m for m in self.members if m.group == group and m.server == server and m.port == port]
            if not found:
                raise WorldError("not_found", f"no member {server} in {group}")
            if found[0].enabled == enabled:
                return
            found[0].enabled = enabled
            self._write("netscaler", "member_enable" if enabled else "member_disable", f"{group}/{server}:{port}", by)

    def config_save(self, by: str) -> None:
        """Persist the running configuration, everybody's unsaved edits with it."""
        with self.acting():
            self.saved = {v.name: v.enabled for v in self.vservers.values()}
            swept = "foreign edits too" if self.foreign_unsaved else "ours"
            self.foreign_unsaved = False
            self._write("netscaler", "save", "config", by, what=swept)

    def netscaler_reboot(self) -> None:
        """The NetScaler restarts: what was not saved is gone."""
        with self.acting():
            for vserver in self.vservers.values():
                vserver.enabled = self.saved.get(vserver.name, vserver.enabled)
            self._write("world", "netscaler_reboot", self.ha_serial)

    def fail_over(self) -> None:
        """The addressed NetScaler stops being the primary (or becomes it again)."""
        with self.acting():
            self.ha_state = "Secondary" if self.ha_state == "Primary" else "Primary"
            self._write("world", "fail_over", self.ha_serial, state=self.ha_state)

    def serving(self, vserver: VServer) -> list[Node]:
        """The nodes that serve behind a vServer now: up, their member enabled, their port good."""
        off = {(m.server, m.port) for m in self.members if not m.enabled}
        return [
            n
            for n in self.nodes.values()
            if n.up and (n.member, vserver.port) not in off and (vserver.port != 80 or n.port80_up)
        ]

    def curstate(self, vserver: VServer) -> str:
        """NITRO's `curstate`: OUT OF SERVICE when disabled, else UP or DOWN by its members."""
        if not vserver.enabled:
            return "OUT OF SERVICE"
        return "UP" if self.serving(vserver) else "DOWN"

    # vSphere

    def power_on(self, name: str, by: str) -> None:
        """Power a node on; it boots, and serves if the database is there and of its own version."""
        with self.acting():
            node = self.node(name)
            if node.on:
                raise WorldError("wrong_state", f"{name} is on already")
            self._write("vsphere" if by else "world", "power_on", name, by)
            node.on, node.up, node.recovery = True, False, False
            node.booted_at = self.now()
            node.power_events.append((self.now(), "on"))
            started = node.booted_at
            self.later(self.durations.boot, lambda: self._booted(node, started))

    def _booted(self, node: Node, started: datetime) -> None:
        if not node.on or node.booted_at != started:
            return
        if self.database.state != "ONLINE" or self.database.access != "MULTI_USER":
            node.recovery = True
            return
        others = {n.version for n in self.nodes.values() if n.up and n is not node}
        if others - {node.version}:
            self.harms.append(f"two versions on one database: {node.name} is {node.version}")
        if node.version != self.database.version:
            node.recovery = True
            self.harms.append(f"{node.name} is {node.version}, the database {self.database.version}")
            return
        node.up = True

    def guest_shutdown(self, name: str, by: str) -> None:
        """Ask the guest to shut down; it is off a little later."""
        with self.acting():
            node = self.node(name)
            if not node.on:
                raise WorldError("wrong_state", f"{name} is off already")
            if not node.tools_running:
                raise WorldError("tools", f"VMware Tools do not run on {name}")
            self._write("vsphere", "guest_shutdown", name, by)
            started = node.booted_at
            self.later(self.durations.shutdown, lambda: self._shut(node, started))

    def _shut(self, node: Node, started: datetime | None) -> None:
        if node.on and node.booted_at == started:
            self._off(node)

    def _off(self, node: Node) -> None:
        node.on = node.up = node.recovery = False
        node.power_events.append((self.now(), "off"))

    def power_off(self, name: str, by: str) -> None:
        """Pull the plug."""
        with self.acting():
            node = self.node(name)
            if not node.on:
                raise WorldError("wrong_state", f"{name} is off already")
            self._write("vsphere" if by else "world", "power_off", name, by)
            self._off(node)

    def snapshot_create(self, name: str, snapshot: str, description: str, by: str) -> Snapshot:
        """Take a snapshot; vSphere allows two of one name, and so does the world."""
        with self.acting():
            node = self.node(name)
            made = Snapshot(
                f"snapshot-{next(self._numbers)}",
                snapshot,
                description,
                self.now(),
                node.version,
                node.current_snapshot,
                node.on,
            )
            node.snapshots.append(made)
            node.current_snapshot = made.moref
            self._write("vsphere", "snapshot", name, by, snapshot=snapshot)
            return made

    def snapshot_remove(self, name: str, moref: str, by: str) -> None:
        """Remove one snapshot, keeping its children."""
        with self.acting():
            node = self.node(name)
            gone = next((s for s in node.snapshots if s.moref == moref), None)
            if gone is None:
                raise WorldError("not_found", f"no snapshot {moref} on {name}")
            node.snapshots.remove(gone)
            for child in node.snapshots:
                if child.parent == moref:
                    child.parent = gone.parent
            if node.current_snapshot == moref:
                node.current_snapshot = gone.parent
            self._write("vsphere", "snapshot_remove", name, by, snapshot=gone.name)

    # SQL Server

    def backup_finish(self, made: BackupSet, by: str) -> BackupSet:
        """A BACKUP has run to its end: its file and its row in msdb exist from now on."""
        with self.acting():
            made.set_id = max((b.set_id for b in self.backups), default=0) + 1
            self.backups.append(made)
            self._write("sqlserver", "backup", made.database, by, file=made.path, name=made.name)
            return made

    def backup_abort(self, path: str, name: str, by: str) -> None:
        """A BACKUP was broken off: nothing of it remains."""
        with self.acting():
            self._write("sqlserver", "backup_aborted", self.database.name, by, file=path, name=name)

    def access_set(self, mode: str, by: str) -> None:
        """SINGLE_USER, RESTRICTED_USER or MULTI_USER."""
        with self.acting():
            if self.database.state != "ONLINE":
                raise WorldError("wrong_state", f"{self.database.name} is {self.database.state}")
            if self.database.access == mode:
                return
            self.database.access = mode
            if mode == "SINGLE_USER":
                for node in self.nodes.values():
                    if node.up:
                        node.up, node.recovery = False, True
                self.database.foreign_sessions.clear()
            self._write("sqlserver", mode.lower(), self.database.name, by)

    def restore_begin(self, backup: BackupSet, by: str) -> None:
        """A RESTORE has begun: the database is RESTORING and nobody's until it ends."""
        with self.acting():
            if self.sql_sessions() and self.database.access == "MULTI_USER":
                raise WorldError("in_use", "the database is in use")
            running = [n.name for n in self.nodes.values() if n.on]
            if running:
                self.harms.append(f"restore while {', '.join(running)} is on")
            self.database.state = "RESTORING"
            self._write("sqlserver", "restore", self.database.name, by, set=backup.guid, file=backup.path)

    def restore_finish(self, backup: BackupSet, by: str) -> None:
        """A RESTORE … WITH RECOVERY has ended: the database holds what the backup held."""
        with self.acting():
            self.database.state = "ONLINE"
            self.database.access = "MULTI_USER"
            self.database.version = backup.version
            self.database.content = backup.content
            number = max((r.history_id for r in self.restores), default=0) + 1
            self.restores.append(RestoreRow(number, self.database.name, backup.set_id, self.now(), by))
            self._write("sqlserver", "restore_finished", self.database.name, by, set=backup.guid)

    def restore_abort(self, backup: BackupSet, by: str) -> None:
        """A RESTORE was broken off: the database stays RESTORING."""
        with self.acting():
            self._write("sqlserver", "restore_aborted", self.database.name, by, set=backup.guid)

    def sql_restart(self, by: str) -> None:
        """The SQL Server service restarts; it is away for a moment."""
        with self.acting():
            self._write("sqlserver", "restart", self.database.server_name, by)
            was = self.database.state
            self.database.state = "OFFLINE" if was == "ONLINE" else was
            self.later(self.durations.sql_restart, lambda: self._sql_started(was))

    def _sql_started(self, was: str) -> None:
        self.database.state = was
        self.database.started = self.now()

    def sql_sessions(self) -> list[tuple[str, str]]:
        """Who is in the XMS database: (host, program). Nodes that serve hold theirs."""
        mine = [(n.name, "XenMobile") for n in self.nodes.values() if n.up or n.recovery]
        return mine + list(self.database.foreign_sessions)

    # Veeam

    def veeam_restore(self, point_id: str, reason: str, by: str) -> RestoreSession:
        """Start an entire-VM restore to the original location; it goes on by itself."""
        with self.acting():
            point = next((p for p in self.points if p.point_id == point_id), None)
            if point is None:
                raise WorldError("not_found", f"no restore point {point_id}")
            node = self.node(point.node)
            if node.on:
                self.harms.append(f"Veeam restore of {node.name} while it was on")
                self._off(node)
            session = RestoreSession(
                f"00000000-0000-4000-8000-{next(self._numbers):012d}", node.name, point_id, self.now(), reason, by
            )
            self.sessions.append(session)
            self._write("veeam", "restore", node.name, by, point=point_id, session=session.session_id)
            for percent in (25, 50, 75):
                self.later(self.durations.veeam * percent / 100, partial(self._veeam_at, session, percent))
            self.later(self.durations.veeam, lambda: self._veeam_done(session, point))
            return session

    def _veeam_at(self, session: RestoreSession, percent: int) -> None:
        if session.state == "Working":
            session.progress = percent

    def _veeam_done(self, session: RestoreSession, point: RestorePoint) -> None:
        session.state, session.progress, session.ended = "Stopped", 100, self.now()
        failed = self.faults.strike("fail", "veeam:restore")
        session.result = "Failed" if failed else "Success"
        session.message = "The disk could not be written." if failed else ""
        if failed:
            return
        node = self.nodes[point.node]
        node.version = point.version
        node.snapshots.clear()
        node.current_snapshot = ""
        self._write("veeam", "restored", node.name, point=point.point_id, version=point.version)
