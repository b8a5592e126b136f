"""The backup set that a restore reads: what people approve of it, and how its file is compared with that."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from integrations.sqlserver import BackupSet, Header, Source
from integrations.sqlserver.reads import Reads as SqlReads
from rollback.actions.action import Json
from rollback.actions.database.saved import Saved

PICKED, SAFETY = "picked-backup", "safety-backup"
"""Values of the stage's parameter `source`."""
FULL = 1  # HEADERONLY: BackupType of a full backup


@dataclass(frozen=True)
class Wanted:
    """What is restored; part of the digest.

    Attributes:
        source: Picked or safety backup.
        guid: Backup-set GUID.
        files: All files of the set, on the SQL Server's host.
        position: Its place in them.
        checksums: Whether it has checksums.
        first_lsn: First log sequence number.
        last_lsn: Last log sequence number.
        start: When it began, ISO, UTC.
        finish: When it ended, ISO, UTC.
        finish_local: The end as msdb and the file's header write it.
        moves: New places of database files by logical name; empty leaves them where they were at backup time.
    """

    source: str
    guid: str
    files: tuple[str, ...]
    position: int
    checksums: bool
    first_lsn: int
    last_lsn: int
    start: str
    finish: str
    finish_local: str
    moves: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def picked(cls, backup: BackupSet) -> "Wanted":
        """From msdb's row of the picked backup."""
        return cls(
            PICKED, backup.guid, backup.paths, backup.position, backup.checksums, backup.first_lsn, backup.last_lsn,
            backup.start.isoformat(), backup.finish.isoformat(), backup.finish_local,
        )  # fmt: skip

    @classmethod
    def safety(cls, saved: Saved) -> "Wanted":
        """The safety backup of this rollback."""
        return cls(
            SAFETY, saved.guid, (saved.file,), saved.position, saved.checksums, saved.first_lsn, saved.last_lsn,
            saved.start, saved.finish, saved.finish_local,
        )  # fmt: skip

    @classmethod
    def of(cls, detail: Mapping[str, Json]) -> "Wanted":
        """From a stored change."""
        return cls(**{**detail, "files": tuple(detail["files"])})

    def detail(self) -> dict[str, Json]:
        """For the change."""
        return {**asdict(self), "files": list(self.files)}

    def to_read(self) -> Source:
        """For the client."""
        return Source(self.files, self.position, checksum=self.checksums, moves=self.moves)

    def changed(self, sql: SqlReads, database: str) -> tuple[str, ...]:
        """Read the file's header now: in what it differs from what was approved; empty if in nothing."""
        return self._differences(sql.header(self.files, self.position), database)

    def _differences(self, header: Header, database: str) -> tuple[str, ...]:
        compared: dict[str, tuple[object, object]] = {
            "database": (database, header.database),
            "set GUID": (self.guid, header.set_guid),
            "kind of backup": (FULL, header.kind),
            "first LSN": (self.first_lsn, header.first_lsn),
            "last LSN": (self.last_lsn, header.last_lsn),
            "finish time": (self.finish_local, header.finish_local),
        }
        return tuple(f"its {name} is {seen}, not {meant}" for name, (meant, seen) in compared.items() if meant != seen)
