"""Statements that live on our own connection: how they are found again while they run, and stayed with to their end."""

from collections.abc import Mapping

from integrations.sqlserver import Ref, Running
from integrations.sqlserver.reads import Reads as SqlReads
from rollback.actions.action import Json, Watch

STEP = 1.0  # seconds between two looks at what runs


def told(ref: Ref, **more: Json) -> dict[str, Json]:
    """By what it is found again, as it is committed before the statement is sent."""
    return {"spid": ref.spid, "connection": ref.connection, "server_clock": ref.server_clock.isoformat(), **more}


def ours(sql: SqlReads, ref: Json) -> Running | None:
    """Our request, if it still runs; numbers of sessions are used again, so the connection is compared."""
    if not isinstance(ref, Mapping) or not ref.get("connection"):
        return None
    return next((one for one in sql.running() if one.connection == ref["connection"]), None)


def stay(sql: SqlReads, ref: Json, watch: Watch) -> None:
    """Return when our request runs no more."""
    while (request := ours(sql, ref)) is not None:
        watch.progress(int(request.percent), request.command)
        watch.wait(STEP)
