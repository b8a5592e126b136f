"""What is done to the XMS database and its instance: backup, restore, who is let in, the restart of the service."""

from collections.abc import Mapping

from practice.world import layout
from practice.world.core import Core, WorldError
from practice.world.state import BackupSet, RestoreRow


class SqlServerVerbs(Core):
    """The changes that SQL Server makes to itself, asked for by a login."""

    def backup_finish(self, made: BackupSet, by: str) -> BackupSet:
        """A BACKUP has run to its end: its file and its row in msdb exist from now on."""
        with self.acting():
            made.set_id = max((b.set_id for b in self.backups), default=0) + 1
            made.files = layout.files_of(self.database)
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

    def restore_finish(self, backup: BackupSet, by: str, moves: Mapping[str, str] | None = None) -> None:
        """A RESTORE … WITH RECOVERY has ended: the database holds what the backup held, where its files were placed."""
        with self.acting():
            self.database.state = "ONLINE"
            self.database.access = "MULTI_USER"
            self.database.version = backup.version
            self.database.content = backup.content
            self.database.files = layout.placed(backup, moves or {})
            number = max((r.history_id for r in self.restores), default=0) + 1
            self.restores.append(RestoreRow(number, self.database.name, backup.set_id, self.now(), by))
            if self.database.new_guid_by_restore:
                self.database.guid = f"00000000-0000-4000-8001-{number:012d}"
            self._write("sqlserver", "restore_finished", self.database.name, by, set=backup.guid)

    def restore_abort(self, backup: BackupSet, by: str) -> None:
        """A RESTORE was broken off: the database stays RESTORING."""
        with self.acting():
            self._write("sqlserver", "restore_aborted", self.database.name, by, set=backup.guid)

    def sql_restart(self, by: str) -> None:
        """The SQL Server service restarts; it is away for a moment, and every connection to it is lost."""
        with self.acting():
            self._write("sqlserver", "restart", self.database.server_name, by)
            was = self.database.state
            self.database.state = "OFFLINE" if was == "ONLINE" else was
            self.database.instance_up = False
            self.later(self.durations.sql_restart, lambda: self._sql_started(was))

    def _sql_started(self, was: str) -> None:
        self.database.state = was
        self.database.instance_up = True
        self.database.started = self.now()

    def sql_sessions(self) -> list[tuple[str, str]]:
        """Who is in the XMS database: (host, program). Nodes that serve hold theirs."""
        mine = [(n.name, "XenMobile") for n in self.nodes.values() if n.up or n.recovery]
        return mine + list(self.database.foreign_sessions)
