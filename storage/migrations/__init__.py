"""Bringing a database file up to date, with Alembic; the audit table is never batch-altered.

`batch_alter_table` on SQLite silently drops a table's triggers, so no migration may use it on `audit`, and the start
compares the triggers with the list.
"""

import secrets
from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.database import StorageError, open_engine
from storage.models import Instant


class SchemaUnknown(StorageError):
    """The database was made by another release; the message says which way round, and what to run."""


def prepare(path: Path, now: datetime) -> None:
    """Make a new database file at `path` (0600 in a 0700 folder), or check that an existing one is up to date.

    Raises:
        SchemaUnknown: The file's schema is older or newer than this release; nothing was changed.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        migrate(path, now)
        return
    engine = open_engine(path)
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    wanted = ScriptDirectory.from_config(_config()).get_current_head()
    if found != wanted:
        raise SchemaUnknown(
            f"The database {path.name} has schema {found or 'none'}, this release needs {wanted}. Nothing was changed. "
            "If the release is newer, run `rollback-bot migrate`; if it is older, start the newer release."
        )


def migrate(path: Path, now: datetime) -> None:
    """Bring the schema of `path` to this release's, in one transaction, and name the installation if it is new."""
    engine = open_engine(path)
    try:
        with engine.connect() as connection, connection.begin():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _name_the_installation(connection, now)
    finally:
        engine.dispose()


def _name_the_installation(connection: Connection, now: datetime) -> None:
    if connection.execute(text("SELECT COUNT(*) FROM installation")).scalar_one():
        return
    connection.execute(
        text("INSERT INTO installation (id, created_at) VALUES (:id, :at)").bindparams(
            id=secrets.token_hex(8), at=Instant().process_bind_param(now, connection.dialect)
        )
    )


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config
