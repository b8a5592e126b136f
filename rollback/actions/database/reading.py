"""What the verbs of the database read and how they say it: who is in it, what it is entangled in, its version."""

from integrations.errors import NotFound, NotPermitted, Refused
from integrations.sqlserver import Database, SqlServer
from integrations.sqlserver.reads import Reads as SqlReads
from rollback.actions.action import Finding, Given
from rollback.systems import Systems
from storage.words import Severity, StageState

BACK_UP, VERIFY = "database-back-up", "database-verify"
RESTORE, CHECK = "database-restore", "database-checkdb"
RESTART = "sql-restart"
SAVING, RESTORING = "back-up-database", "restore-database"
"""Stages whose results the others read: the safety backup, and what was restored."""


def reader(systems: Systems) -> SqlServer | None:
    """The SQL Server, where it may be read."""
    return systems.get(SqlServer) if systems.has(SqlServer) else None


def visitors(sql: SqlReads, database: str) -> tuple[str, ...]:
    """Whose sessions are in the database, as ``program on host``; ours work from `master` and are not among them."""
    found = {f"{one.program or 'a program without a name'} on {one.host}" for one in sql.sessions(database)}
    return tuple(sorted(found))


def entangled(database: Database) -> tuple[Finding, ...]:
    """What forbids a restore in place: an availability group, mirroring, replication."""
    found = [
        name
        for name, holds in {
            f"in the availability group {database.availability_group}": bool(database.availability_group),
            "mirrored": database.mirrored,
            "replicated": database.replicated,
        }.items()
        if holds
    ]
    if not found:
        return ()
    text = f"{database.name} is {' and '.join(found)}: it can't be restored in place. Let the DBA dissolve that first."
    return (Finding("database-replicated", Severity.HARD, text),)


def version_value(sql: SqlReads, database: str) -> str:
    """What the XMS database says of its version; empty where it can't be read, because no vendor documents it."""
    try:
        return sql.xms_version(database)
    except (NotFound, NotPermitted, Refused):
        return ""


def met(given: Given, *stages: str) -> bool:
    """Whether these stages have succeeded, as far as the runbook has them."""
    return all(given.states.get(stage) in (None, StageState.SUCCEEDED) for stage in stages)
