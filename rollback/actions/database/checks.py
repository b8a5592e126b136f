"""`database-verify` and `database-checkdb`: long readings, lines of their own on the card. They change nothing."""

from datetime import timedelta

from integrations.errors import NotFound, NotPermitted, Refused, SessionEnded
from integrations.sqlserver import ActingConnection, Ref, SqlServer
from rollback.actions.action import Change, Done, Failed, Given, InFlight, Json, Look, NotDone, Outcome, Unknown, Watch
from rollback.actions.database.checked import CHECKDB, READABLE, Checked
from rollback.actions.database.requests import ours, stay, told
from rollback.systems import Systems
from storage.words import Repeat

SETTLE = timedelta(seconds=90)


class LongReading:
    """What both have in common: a result that is lost can't be found again, so the reading is made once more."""

    settle, repeat, dies_with_us = SETTLE, Repeat.AFTER_LOOKING, True

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """Nothing has to be so, and nothing needs to be noted."""
        return {}

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """Read, on a connection that is told before anything is sent on it."""
        try:
            with systems.get(SqlServer).acting() as connection:
                return self.read(change, connection, watch)
        except SessionEnded as lost:
            return Failed(str(lost), may_have_happened=True)

    def read(self, change: Change, connection: ActingConnection, watch: Watch) -> Outcome:
        """The reading itself."""
        raise NotImplementedError

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """Only whether it still runs can be seen."""
        request = ours(systems.get(SqlServer), ref)
        if request is not None:
            return InFlight(ref, f"{request.command}, {request.percent:.0f} %")
        return NotDone("It does not run any more, and its answer is lost.")

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Wait until it has ended; its answer went to a connection that is gone."""
        stay(systems.get(SqlServer), ref, watch)
        return Failed("Its answer is lost.", may_have_happened=True)


class VerifyEffect(LongReading):
    """RESTORE VERIFYONLY WITH CHECKSUM of the safety backup."""

    def read(self, change: Change, connection: ActingConnection, watch: Watch) -> Outcome:
        """SQL Server: an error (3189, 3187 …) means that the set can't be relied on."""
        watch.ref(told(connection.ref(), file=change.detail["file"]))
        watch.progress(None, "RESTORE VERIFYONLY")
        try:
            connection.verify((change.detail["file"],), int(change.detail["position"]))
        except (NotFound, Refused) as bad:
            text = f"The safety backup can't be relied on: {bad.what}. Try again: that writes a new file."
            return Failed(text, facts={READABLE: False})
        return Done(f"{change.detail['file']} is readable to its end, with checksums", facts={READABLE: True})


class CheckEffect(LongReading):
    """DBCC CHECKDB of the restored database, physical structures only."""

    def read(self, change: Change, connection: ActingConnection, watch: Watch) -> Outcome:
        """Errors fail the stage: a damaged database must not go on to the nodes."""

        def tell(ref: Ref) -> None:
            watch.ref(told(ref, database=change.target))

        watch.progress(None, "DBCC CHECKDB")
        try:
            found = connection.check_database(change.target, on_ref=tell)
        except NotPermitted:
            return Unknown(
                f"The bot's login may not check {change.target} any more: its right lay in the database that was "
                f"replaced. Let the DBA run {change.detail['statement']}. If it ends without errors, press "
                '"It happened", with its output as evidence. If it finds errors, start no node, and decide about the '
                "way back."
            )
        if not found.clean:
            return Failed(
                f"CHECKDB found errors in {change.target}: {found.first_error}. Start no node on it. Let the DBA look "
                "at it, and decide between another backup and the way back.",
                facts={CHECKDB: Checked.ERRORS.value},
            )
        return Done(f"CHECKDB found no errors in {change.target}", facts={CHECKDB: Checked.CLEAN.value})
