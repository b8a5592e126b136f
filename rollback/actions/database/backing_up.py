"""`database-back-up`: the safety backup of the upgraded database: the way back from all that follows."""

from collections.abc import Iterable
from dataclasses import replace

from integrations.sqlserver import BackupSet, SqlServer, statements
from rollback.actions.action import Change, Check, Fact, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.database import checked
from rollback.actions.database.reading import BACK_UP, VERIFY, met, reader, version_value, visitors
from rollback.actions.database.saved import Saved, Settings
from rollback.actions.parts import Reads, judged, unread, verdict
from rollback.systems import Systems
from storage.words import Severity, SystemName

SHUTTING_DOWN = "shut-down-nodes"
ROOM = 1.3  # times the last backup
PLAUSIBLE = 0.5  # of the last backup; a smaller safety backup isn't believed
GIB = 1024**3
UNREADABLE = (
    "VERIFYONLY found that the safety backup can't be relied on, and an attestation doesn't make it readable. Start no "
    'restore. Press "It did not happen" to make it again, into a new file.'
)
DIES = (
    "BACKUP ends with the bot's connection and leaves nothing behind. The bot then looks in msdb for set name and file "
    "together, and makes the backup again only when it was not seen twice, 90 s apart."
)


class BackUpTheDatabase(Reads):
    """One copy-only BACKUP into a new file, then read to its end."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read the database, the place of the file and the room there."""
        sql = reader(systems)
        changes = _changes(given)
        if sql is None:
            fact = Fact("SQL Server", "off: not read by the bot; paste the output of the statements as evidence")
            return Preview(changes=changes, facts=(fact,), dies="Nothing: people make these changes.")
        name, file = given.estate.sqlserver.database, safety_file(given)
        database = sql.database(name)
        last = _last(sql, name)
        return Preview(
            changes=changes,
            facts=(
                Fact("state", f"{database.state}, {database.access}", flutters=True),
                Fact("version value", version_value(sql, name) or "can't be read"),
                Fact("last full backup", f"{last.size // GIB} GiB" if last else "none is known", flutters=True),
            ),
            findings=(
                *_about_the_file(sql, given, file),
                *_about_the_database(sql, given, database.state),
                *_about_the_room(sql, given, last),
            ),
            identity={SystemName.SQLSERVER: str(sql.identity(name))},
            dies=DIES,
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Msdb's row of our backup; that it is readable to its end is a change of its own, made before."""
        sql = reader(systems)
        if sql is None:
            return verdict(given, unread("verified", SystemName.SQLSERVER))
        contradiction = UNREADABLE if checked.unreadable(given) else ""
        return replace(verdict(given, _verified(sql, given)), contradiction=contradiction)

    def result(self, systems: Systems, given: Given) -> Json:
        """The safety backup and what the database was like: a restore is compared with it."""
        sql = reader(systems)
        name = given.estate.sqlserver.database
        found = _found(sql, given) if sql is not None else None
        if sql is None or found is None:
            return {"by": "hand", "file": safety_file(given)}
        return Saved.of(found, safety_file(given), Settings.read(sql, sql.database(name))).as_result()


def safety_file(given: Given) -> str:
    """The file of this attempt: each attempt writes a new one, and nothing is ever overwritten."""
    place = given.estate.sqlserver
    return f"{place.safety_folder.rstrip(chr(92))}{chr(92)}{place.database}_{given.rollback}_{given.attempt}.bak"


def _changes(given: Given) -> tuple[Change, ...]:
    place = given.estate.sqlserver
    file, name = safety_file(given), given.marker(place.database)
    backup = statements.backup(place.database, file, name, compression=place.compression).text
    check = statements.verify((file,), 1, checksum=True).text
    return (
        Change(
            BACK_UP,
            1,
            SystemName.SQLSERVER,
            place.database,
            backup,
            {"file": file, "name": name, "compression": place.compression},
            how=f"The DBA runs {backup} on one connection and reads it to its last message (3014).",
        ),
        Change(
            VERIFY,
            2,
            SystemName.SQLSERVER,
            place.database,
            f"{check} (reads the backup to its end, changes nothing)",
            {"file": file, "position": 1},
            how=f'The DBA runs {check}; it must end with "The backup set on file 1 is valid".',
            reads=True,
        ),
    )


def _about_the_file(sql: SqlServer, given: Given, file: str) -> Iterable[Finding]:
    if not given.estate.sqlserver.safety_folder:
        text = "The settings name no folder for the safety backup: set safety_folder, then check again."
        yield Finding("target-unsafe", Severity.HARD, text)
        return
    state = sql.file_state(file)
    ours = any(change.kind == BACK_UP and change.detail["file"] == file for change in given.made)
    if state.exists and not ours:
        text = f"{file} exists already, and nothing is ever overwritten: move it away, then check again."
        yield Finding("file-exists", Severity.HARD, text)
    if not state.exists and not state.parent_exists:
        text = f"The folder of {file} is not there for SQL Server's service account: make it, then check again."
        yield Finding("target-unsafe", Severity.HARD, text)


def _about_the_database(sql: SqlServer, given: Given, state: str) -> Iterable[Finding]:
    name = given.estate.sqlserver.database
    if state != "ONLINE":
        yield Finding(
            "not-online", Severity.HARD, f"{name} is {state}: only a database that is ONLINE can be backed up."
        )
    inside = visitors(sql, name)
    early = not met(given, SHUTTING_DOWN)
    if inside or early:
        who = f" Now: {', '.join(inside)}." if inside else ""
        text = f"Nobody may be in {name} when the backup starts.{who}"
        yield Finding("foreign-session", Severity.HARD, text, at_start=early, holds=bool(inside))


def _about_the_room(sql: SqlServer, given: Given, last: BackupSet | None) -> Iterable[Finding]:
    place = given.estate.sqlserver
    if not place.safety_folder:
        return
    space = sql.free_space(safety_file(given), place.database)
    if space.free is None:
        yield Finding("space-unread", Severity.WARN, "SQL Server can't tell how much room the target has.")
    elif last is not None and space.free < ROOM * (last.compressed_size if place.compression else last.size):
        text = f"{space.volume} has less room than {ROOM} times the last backup."
        yield Finding("space-short", Severity.OVERRIDE, text)
    if space.holds_data:
        text = f"{space.volume} holds the database's own files too: one broken volume takes both."
        yield Finding("target-unsafe", Severity.OVERRIDE, text)
    folder = safety_file(given).rpartition("\\")[0].lower()
    if last is not None and any(path.rpartition("\\")[0].lower() == folder for path in last.paths):
        text = "The regular backups lie in the same folder: a clean-up of old backups there may take this one too."
        yield Finding("target-shared", Severity.WARN, text)


def _last(sql: SqlServer, database: str) -> BackupSet | None:
    return next((one for one in sql.backups(database, newest=10) if not one.snapshot and not one.damaged), None)


def _found(sql: SqlServer, given: Given) -> BackupSet | None:
    name = given.estate.sqlserver.database
    return sql.find_backup(name, given.marker(name), safety_file(given))


def _verified(sql: SqlServer, given: Given) -> Check:
    found, name = _found(sql, given), given.estate.sqlserver.database
    if found is None:
        return judged("verified", [f"msdb has no set {given.marker(name)} in {safety_file(given)}"], "")
    before = next((one for one in sql.backups(name) if one.set_id < found.set_id and not one.snapshot), None)
    wrong = [*found.faults()]
    wrong += [] if found.checksums else ["it has no checksums"]
    wrong += [] if sql.file_state(safety_file(given)).exists else ["its file is not there"]
    if before is not None and found.size < PLAUSIBLE * before.size:
        wrong.append(f"{found.size // GIB} GiB is implausible after {before.size // GIB} GiB")
    by_bot = any(change.kind == VERIFY and checked.read(change, checked.READABLE) for change in given.planned)
    read = "VERIFYONLY WITH CHECKSUM accepted it" if by_bot else "VERIFYONLY was run by hand"
    return judged("verified", wrong, f"Set {found.guid} in {safety_file(given)}, {found.size // GIB} GiB; {read}.")
