"""How the pretend world moves: the only place that changes its state, one verb a change, each with its ledger line.

The core holds state, schedule and time; vSphere's verbs have a room of their own.
"""

from functools import partial

from practice.world.core import Core, WorldError
from practice.world.state import BackupSet, Node, RestorePoint, RestoreRow, RestoreSession, VServer
from practice.world.vsphere_verbs import VSphereVerbs

__all__ = ["Core", "World", "WorldError"]


class World(VSphereVerbs):
    """One pretend estate.

    Servers hold `lock` while they read several things together, and call a verb for each change. `on_change` callbacks
    run after the lock is released, in the thread that made the change.
    """

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
