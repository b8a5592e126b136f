"""`database-back-up`: one BACKUP into a new file, found again by set name and file name together."""

from datetime import datetime, timedelta

from integrations.errors import IntegrationError
from integrations.sqlserver import BackupSet, SqlServer
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
from rollback.actions.database.reading import visitors
from rollback.actions.database.requests import STEP, Teller, ours, stay
from rollback.systems import Systems
from storage.words import Repeat

SETTLE = timedelta(seconds=90)  # longer than the latest that a backup's row was ever seen after its end
ROUNDING = timedelta(seconds=1)  # msdb keeps whole seconds


class BackupEffect:
    """The safety backup. Looked for twice and not seen, it is made again: a broken one leaves nothing."""

    settle, repeat, dies_with_us = SETTLE, Repeat.AFTER_LOOKING, True

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Guards: ONLINE, nobody inside, nothing in the file's place. The server's clock tells ours from older ones."""
        sql = systems.get(SqlServer)
        name, file = change.detail["name"], change.detail["file"]
        now = sql.clock().now
        found = sql.find_backup(change.target, name, file)
        if found is not None and found.start >= now - _since_the_stage_began(given) - ROUNDING:
            raise AlreadySo(f"msdb knows set {found.guid} in {file}")
        if sql.file_state(file).exists:
            raise GuardFailed(f"{file} exists already, and this rollback has not written it")
        database = sql.database(change.target)
        if database.state != "ONLINE":
            raise GuardFailed(f"{change.target} is {database.state}")
        if inside := visitors(sql, change.target):
            raise GuardFailed(f"in {change.target}: {', '.join(inside)}")
        return {"server_clock": now.isoformat()}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """Send it once, read it to its last message, and believe it when msdb has its row."""
        name, file = change.detail["name"], change.detail["file"]

        tell = Teller(watch, {"name": name, "file": file})
        try:
            return self._send(change, systems, given, before, tell)
        except IntegrationError as error:
            if not tell.leaves_open(error):
                raise
            return Failed(str(error), may_have_happened=True)

    def _send(self, change: Change, systems: Systems, given: Given, before: Json, tell: Teller) -> Outcome:
        sql, watch = systems.get(SqlServer), tell.watch
        name, file = change.detail["name"], change.detail["file"]
        ended = sql.backup(
            change.target, file, name, on_ref=tell, progress=lambda percent: watch.progress(percent, "BACKUP"),
            compression=bool(change.detail["compression"]),
        )  # fmt: skip
        for _ in range(int(SETTLE.total_seconds() / STEP)):
            look = self.look(change, systems, given, before, None)
            if isinstance(look, Done):
                return Done(f"{ended.pages} pages in {ended.seconds:.0f} s; {look.text}", facts=look.facts)
            watch.wait(STEP)
        return Failed(f"{file}: SQL Server said that it ended, and msdb has no row of it", may_have_happened=True)

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """Msdb has a row of successful backups only; a running one is found by its connection."""
        sql = systems.get(SqlServer)
        found = ours_in_msdb(sql, change, before)
        if found is not None:
            return Done(f"set {found.guid} in {change.detail['file']}", ours=True, facts={"set": found.guid})
        if (request := ours(sql, ref)) is not None:
            return InFlight(ref, f"{request.command}, {request.percent:.0f} %")
        return NotDone(
            f"msdb has no row of {change.detail['name']} in {change.detail['file']}, and no BACKUP of ours runs."
        )

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Stay with a running one to its end; then it is looked for, because its messages are lost."""
        stay(systems.get(SqlServer), ref, watch)
        look = self.look(change, systems, given, {"server_clock": ref["server_clock"]}, ref)
        if isinstance(look, Done):
            return look
        return Unknown(look.text) if isinstance(look, Unknown) else Failed(look.text, may_have_happened=True)


def ours_in_msdb(sql: SqlReads, change: Change, before: Json) -> BackupSet | None:
    """The row of our backup: our set name, our file, begun after we had looked at the server's clock."""
    found = sql.find_backup(change.target, change.detail["name"], change.detail["file"])
    if found is None or found.start < datetime.fromisoformat(before["server_clock"]) - ROUNDING:
        return None
    return found


def _since_the_stage_began(given: Given) -> timedelta:
    return given.now - given.stage_started if given.stage_started is not None else timedelta(0)
