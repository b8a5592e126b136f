"""Statements that live on our own connection: how they are found again while they run, and stayed with to their end."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from integrations.errors import IntegrationError, NotFound, NotPermitted, Refused
from integrations.sqlserver import Ref, Running
from integrations.sqlserver.reads import Reads as SqlReads
from rollback.actions.action import Json, Watch

STEP = 1.0  # seconds between two looks at what runs


def told(ref: Ref, **more: Json) -> dict[str, Json]:
    """By what it is found again, as it is committed before the statement is sent."""
    return {"spid": ref.spid, "connection": ref.connection, "server_clock": ref.server_clock.isoformat(), **more}


@dataclass
class Teller:
    """Commits the ref, and remembers that from then on a statement may have been sent.

    Attributes:
        watch: Where it is committed.
        more: What is committed beside it.
        told: Whether it was.
    """

    watch: Watch
    more: Mapping[str, Json] = field(default_factory=dict)
    told: bool = False

    def __call__(self, ref: Ref) -> None:
        """Called right before each statement that changes something."""
        self.watch.ref(told(ref, **self.more))
        self.told = True

    def leaves_open(self, error: IntegrationError) -> bool:
        """Whether the outcome is open after this error: something may have been sent, and SQL Server did not say no."""
        said_no = isinstance(error, Refused | NotPermitted | NotFound)
        return error.may_have_happened or (self.told and not said_no)


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
