"""Where the files of the XMS database lie on the pretend SQL Server's host, now and inside a backup set."""

from collections.abc import Mapping
from dataclasses import replace

from practice.world.state import BackupSet, Database, DataFile

FOLDER = "D:\\Data"
_LOG_SHARE = 8  # a log file is that much smaller than the data
_FIRST_SIZE = 60 * 1024**3


def files_of(database: Database) -> tuple[DataFile, ...]:
    """The database's files as they lie now."""
    return database.files or _first(database.name, _FIRST_SIZE)


def files_in(made: BackupSet) -> tuple[DataFile, ...]:
    """The files inside a backup set, with their places at the time of the backup."""
    return made.files or _first(made.database, made.size)


def placed(made: BackupSet, moves: Mapping[str, str]) -> tuple[DataFile, ...]:
    """Where a restore of this set writes; `moves` are new places by logical name."""
    wanted = {logical.casefold(): place for logical, place in moves.items()}
    return tuple(replace(one, path=wanted.get(one.logical.casefold(), one.path)) for one in files_in(made))


def _first(name: str, size: int) -> tuple[DataFile, ...]:
    return (
        DataFile(name, f"{FOLDER}\\{name}.mdf", "ROWS", size),
        DataFile(f"{name}_log", f"{FOLDER}\\{name}_log.ldf", "LOG", size // _LOG_SHARE),
    )
