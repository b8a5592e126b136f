"""`database-restore`: SINGLE_USER, RESTORE and MULTI_USER on one connection. Never twice without people."""

from contextlib import suppress
from datetime import datetime, timedelta

from integrations.errors import IntegrationError
from integrations.sqlserver import Ended, SqlServer
from integrations.sqlserver.reads import Reads as SqlReads
from rollback.actions.action import (
    AlreadySo,
    Change,
    Done,
    Failed,
    Given,
    GuardFailed,
    InFlight,
    Json,
    Look,
    NotDone,
    Outcome,
    Unknown,
    Watch,
)
from rollback.actions.database.guards import everything_wrong
from rollback.actions.database.requests import STEP, Teller, ours, stay
from rollback.actions.database.saved import saved
from rollback.actions.database.wanted import SAFETY, Wanted
from rollback.systems import Systems
from storage.words import Repeat

SETTLE = timedelta(seconds=90)
LATEST = timedelta(seconds=60)  # how long after its end a restore is waited for until the server shows it


class RestoreEffect:
    """A restore over the database."""

    settle, repeat, dies_with_us = SETTLE, Repeat.ASK, True

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Every guard, and where the restore history stands: a restore of ours has a greater number."""
        sql, wanted = systems.get(SqlServer), Wanted.of(change.detail)
        if restored_already(sql, given, wanted):
            raise AlreadySo(f"the newest restore of {change.target} is of set {wanted.guid}, and nobody was in since")
        if wrong := everything_wrong(systems, given, sql, wanted):
            raise GuardFailed("; ".join(wrong))
        database = sql.database(change.target)
        return {
            "last_restore": newest_number(sql, change.target),
            "server_clock": sql.clock().now.isoformat(),
            "state": database.state,
            "access": database.access,
        }

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """Read the guards once more on the connection that acts, then send the three statements on it."""
        wanted = Wanted.of(change.detail)
        tell = Teller(watch, {"set": wanted.guid, "file": wanted.files[0]})
        ended: Ended | None = None
        with systems.get(SqlServer).acting() as connection:
            if wrong := everything_wrong(systems, given, connection, wanted):
                return Failed(f"Nothing was sent: {'; '.join(wrong)}")
            try:
                with connection.alone(change.target, on_ref=tell):
                    ended = connection.restore(
                        change.target, wanted.to_read(), on_ref=tell,
                        progress=lambda percent: watch.progress(percent, "RESTORE"),
                    )  # fmt: skip
            except IntegrationError as error:
                # A restore that has ended has happened, whatever becomes of MULTI_USER.
                if ended is None and not tell.leaves_open(error):
                    raise
                return Failed(str(error), may_have_happened=True)
        return self._seen(change, systems, given, before, watch)

    def _seen(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """SQL Server has said that it ended; it is believed when the server shows it."""
        for _ in range(int(LATEST.total_seconds() / STEP)):
            with suppress(IntegrationError):  # a read that fails now says nothing of the restore; it is read again
                look = self.look(change, systems, given, before, None)
                if isinstance(look, Done):
                    return look
            watch.wait(STEP)
        return Failed(
            f"{change.target}: SQL Server said that RESTORE ended, and does not show it", may_have_happened=True
        )

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """The newest row of the restore history, the state, and whether our request still runs."""
        sql, wanted = systems.get(SqlServer), Wanted.of(change.detail)
        if (request := ours(sql, ref)) is not None:
            return InFlight(ref, f"{request.command}, {request.percent:.0f} %")
        state = sql.database(change.target).state
        newest = next(iter(sql.restores(change.target, newest=1)), None)
        restored = newest is not None and newest.history_id > int((before or {}).get("last_restore", 0))
        if restored and newest is not None and newest.set_guid != wanted.guid:
            return Unknown(
                f"{change.target} was restored from set {newest.set_guid}, which is not the approved {wanted.guid}. "
                "Find out who did that before anything else."
            )
        if restored and state == "ONLINE":
            return Done(f"restored from set {wanted.guid}", ours=True, facts={"set": wanted.guid})
        if state == "RESTORING":
            return Unknown(interrupted(change.target, wanted))
        if state != "ONLINE":
            return Unknown(f"{change.target} is {state}, and no RESTORE of ours runs. Let the DBA look at it first.")
        return NotDone(f"{change.target} is ONLINE, and the restore history has no row of set {wanted.guid}.")

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Stay with a running one to its end. Its messages are lost, so what the server shows then counts."""
        stay(systems.get(SqlServer), ref, watch)
        wanted, sql = Wanted.of(change.detail), systems.get(SqlServer)
        since = datetime.fromisoformat(ref["server_clock"]) - timedelta(seconds=1)
        newest = next(iter(sql.restores(change.target, newest=1)), None)
        state = sql.database(change.target).state
        if newest is not None and newest.set_guid == wanted.guid and newest.at >= since and state == "ONLINE":
            return Done(f"restored from set {wanted.guid}", ours=True, facts={"set": wanted.guid})
        if state == "RESTORING":
            return Unknown(interrupted(change.target, wanted))
        return Failed(f"{change.target} is {state} after the RESTORE was lost sight of", may_have_happened=True)


def interrupted(database: str, wanted: Wanted) -> str:
    """What a broken-off restore leaves, and what to do."""
    return (
        f"Interrupted restore of set {wanted.guid}: {database} is RESTORING and no RESTORE runs, so nobody can use it. "
        'Leave all nodes off. To run it again press "It did not happen": the gate asks anew for votes. Or let the '
        f'DBA run the statements of the card from {wanted.files[0]}, and then press "Look again".'
    )


def newest_number(sql: SqlReads, database: str) -> int:
    """Where the restore history stands."""
    return max((one.history_id for one in sql.restores(database, newest=1)), default=0)


def restored_already(sql: SqlReads, given: Given, wanted: Wanted) -> bool:
    """Whether the newest restore is of this set and nothing was written since: it came after the safety backup.

    That is the look that comes before a repetition: between the safety backup and a restore no node was on. The
    safety backup itself belongs to this rollback alone, so its restore is the way back, taken already.
    """
    made = saved(given)
    newest = next(iter(sql.restores(given.estate.sqlserver.database, newest=1)), None)
    if made is None or newest is None or newest.set_guid != wanted.guid:
        return False
    later = wanted.source == SAFETY or newest.at >= made.ended
    return later and sql.database(given.estate.sqlserver.database).state == "ONLINE"
