"""The picked backup is read to its end (VERIFYONLY): long on a large one, harmless, and no proof unless it was done."""

from integrations.errors import NotFound, Refused
from integrations.sqlserver import ActingConnection, BackupSet
from integrations.sqlserver.statements import verify
from rollback.actions.action import Change, Done, Failed, Given, Outcome, Watch
from rollback.actions.database.backups import label
from rollback.actions.database.checked import READABLE
from rollback.actions.database.checks import LongReading
from rollback.actions.database.requests import told
from storage.words import Repeat, SystemName

KIND = "backup-verify"


def read_backup(backup: BackupSet, given: Given) -> Change:
    """The reading as a change; its target is the set's GUID."""
    files, checksum = list(backup.paths), backup.checksums
    statement = verify(backup.paths, backup.position, checksum=checksum)
    return Change(
        KIND,
        1,
        SystemName.SQLSERVER,
        backup.guid,
        f"read the backup to its end, changing nothing: {label(backup, given)}",
        {"files": files, "position": backup.position, "checksum": checksum},
        how=f"The DBA runs {statement.text}",
        reads=True,
    )


class ReadBackup(LongReading):
    """RESTORE VERIFYONLY; it writes nothing, so it may be run again at any time."""

    repeat = Repeat.SAFE

    def read(self, change: Change, connection: ActingConnection, watch: Watch) -> Outcome:
        """SQL Server: an error (3189, 3187, 3201 …) means that the set can't be relied on."""
        detail = change.detail
        watch.ref(told(connection.ref(), file=detail["files"][0]))
        watch.progress(None, "RESTORE VERIFYONLY")
        try:
            connection.verify(detail["files"], detail["position"], checksum=detail["checksum"])
        except (NotFound, Refused) as error:
            text = f"The backup can't be read to its end: {error.what}. Pick another one, then try again."
            return Failed(text, facts={READABLE: False})
        return Done("VERIFYONLY has read the backup to its end", facts={READABLE: True})
