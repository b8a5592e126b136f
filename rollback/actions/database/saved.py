"""The safety backup of this rollback, as its stage noted it: the way back, and what a restore must leave as it was."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from integrations.sqlserver import BackupSet, Database
from integrations.sqlserver.reads import Reads as SqlReads
from rollback.actions.action import Given, Json
from rollback.actions.database.reading import SAVING, version_value


@dataclass(frozen=True)
class Settings:
    """What a restore must leave as it was, and where history stood before it.

    Attributes:
        owner: Login that owns the database.
        recovery_model: FULL, BULK_LOGGED or SIMPLE.
        compatibility: Compatibility level.
        version: The version value before the restore; empty where it could not be read.
        suspect: Suspect pages that were known already, as ``file:page``.
        last_restore: The newest number in the restore history then; later restores have greater ones.
    """

    owner: str
    recovery_model: str
    compatibility: int
    version: str
    suspect: tuple[str, ...]
    last_restore: int

    @classmethod
    def read(cls, sql: SqlReads, database: Database) -> "Settings":
        """As they are now."""
        return cls(
            database.owner,
            database.recovery_model,
            database.compatibility,
            version_value(sql, database.name),
            suspect_pages(sql, database.name),
            max((one.history_id for one in sql.restores(database.name, newest=1)), default=0),
        )


def suspect_pages(sql: SqlReads, database: str) -> tuple[str, ...]:
    """Pages that SQL Server could not read, as ``file:page``."""
    return tuple(sorted(f"{page.file_id}:{page.page_id}" for page in sql.suspect_pages(database)))


@dataclass(frozen=True)
class Saved:
    """The safety backup.

    Attributes:
        guid: Backup-set GUID.
        name: Its set name, our marker.
        file: Its file on the SQL Server's host.
        position: Its place in the file.
        first_lsn: First log sequence number.
        last_lsn: Last log sequence number.
        start: When it began, ISO, UTC by the server's clock.
        finish: When it ended, the same.
        finish_local: The end as msdb writes it.
        size: Bytes.
        checksums: Whether it has checksums.
        settings: What the database was like.
    """

    guid: str
    name: str
    file: str
    position: int
    first_lsn: int
    last_lsn: int
    start: str
    finish: str
    finish_local: str
    size: int
    checksums: bool
    settings: Settings

    @classmethod
    def of(cls, found: BackupSet, file: str, settings: Settings) -> "Saved":
        """From msdb's row."""
        return cls(
            found.guid, found.name, file, found.position, found.first_lsn, found.last_lsn, found.start.isoformat(),
            found.finish.isoformat(), found.finish_local, found.size, found.checksums, settings,
        )  # fmt: skip

    @property
    def began(self) -> datetime:
        """When it began, aware UTC."""
        return datetime.fromisoformat(self.start)

    @property
    def ended(self) -> datetime:
        """When it ended, aware UTC."""
        return datetime.fromisoformat(self.finish)

    def as_result(self) -> dict[str, Json]:
        """As the stage hands it on."""
        return asdict(self)


def saved(given: Given) -> Saved | None:
    """The safety backup that this rollback has made and verified; None as long as there is none."""
    result = given.results.get(SAVING)
    if not isinstance(result, Mapping) or not result.get("guid"):
        return None
    noted = dict(result)
    settings = dict(noted.pop("settings"))
    settings["suspect"] = tuple(settings["suspect"])
    return Saved(**noted, settings=Settings(**settings))
