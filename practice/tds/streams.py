"""BACKUP, RESTORE and VERIFYONLY as they run: percent by percent, until the end, an error, or the client's leaving."""

import ntpath
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from practice.tds import files, tokens
from practice.tds.commands import Backup, Restore
from practice.tds.refusal import BACKUP_ENDS, RESTORE_ENDS, VERIFY_ENDS, Refusal
from practice.tds.replies import Reply
from practice.tds.scene import Scene
from practice.tds.switches import BACKUP_DATABASE, DBCREATOR
from practice.tds.visitors import Request
from practice.tds.wire import Gone
from practice.world import BackupSet, World
from practice.world.layout import files_in, files_of, placed
from practice.world.physics import WorldError

_PAGES = 1026
_DEFAULT_STATS = 10


class Interrupted(Exception):
    """The client sent ATTENTION or is gone; what ran was broken off."""


def back_up(scene: Scene, command: Backup, reply: Reply) -> None:
    """Run a BACKUP DATABASE.

    Raises:
        Refusal: It was refused, or failed in mid-way.
        Interrupted, Gone: The connection ended it.
    """
    _may_back_up(scene, command)
    began = scene.world.now()
    path, name = command.files[0], command.options.get("NAME", "")
    try:
        _run(scene, "backup", "BACKUP DATABASE", command.options, reply)
    except (Refusal, Interrupted, Gone):
        scene.world.backup_abort(path, name, scene.me.user)
        raise
    made = _new_set(scene, command, began)
    late = scene.world.faults.strike("late_result", "sqlserver:backup")
    if late:
        scene.world.later(late.value, lambda: _finish(scene.world, made, scene.me.user))
    else:
        _finish(scene.world, made, scene.me.user)
    _last_words(scene, "backup", "BACKUP DATABASE", reply)


def _finish(world: World, made: BackupSet, by: str) -> None:
    world.backup_finish(made, by)


def _may_back_up(scene: Scene, command: Backup) -> None:
    if scene.me.in_transaction:
        raise Refusal(3021, "Cannot perform a backup or restore operation within a transaction.", BACKUP_ENDS)
    _known(scene, command.database, BACKUP_ENDS)
    if BACKUP_DATABASE not in scene.switches.rights:
        raise Refusal(262, f"BACKUP DATABASE permission denied in database '{command.database}'.", BACKUP_ENDS)
    if scene.world.database.state != "ONLINE":
        raise Refusal(927, f"Database '{command.database}' cannot be opened. It is in the middle of a restore.")
    if "COMPRESSION" in command.options and scene.switches.edition.startswith("Express"):
        raise Refusal(1844, "BACKUP DATABASE WITH COMPRESSION is not supported on Express Edition.", BACKUP_ENDS)
    for path in command.files:
        if ntpath.dirname(ntpath.normpath(path)).lower() not in files.folders(scene):
            raise _cannot_open(path, 3, "The system cannot find the path specified.", BACKUP_ENDS)


def _known(scene: Scene, database: str, *after: tuple[int, str]) -> None:
    if not scene.is_ours(database):
        raise Refusal(
            911, f"Database '{database}' does not exist. Make sure that the name is entered correctly.", *after
        )


def _cannot_open(path: str, code: int, why: str, end: tuple[int, str]) -> Refusal:
    return Refusal(3201, f"Cannot open backup device '{path}'. Operating system error {code}({why}).", end)


def _new_set(scene: Scene, command: Backup, began: datetime) -> BackupSet:
    world = scene.world
    path, name = command.files[0], command.options.get("NAME", "")
    position = max((made.position for made in files.sets_in(scene, path)), default=0) + 1
    number = max((made.set_id for made in world.backups), default=0) + 1
    return BackupSet(
        set_id=0,
        guid=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{path}/{position}/{began}")),
        database=world.database.name,
        database_guid=world.database.guid,
        name=name,
        path=path,
        position=position,
        start=began,
        finish=world.now(),
        version=world.database.version,
        content=world.database.content,
        copy_only="COPY_ONLY" in command.options,
        checksums="CHECKSUM" in command.options,
        family_count=len(command.files),
        first_lsn=1000 * number,
        last_lsn=1000 * number + 500,
        server_major=scene.switches.version[0],
    )


def source(scene: Scene, command: Restore, end: tuple[int, str]) -> BackupSet:
    """The backup set that a RESTORE command names.

    Raises:
        Refusal: The file isn't there, has no such set, or isn't the whole striped set.
    """
    source_files(scene, command, end)
    found = [made for made in files.sets_in(scene, command.files[0]) if made.position == command.position]
    if not found:
        raise Refusal(4038, f"Cannot find file ID {command.position} on device '{command.files[0]}'.", end)
    made = found[0]
    if len(command.files) < made.family_count:
        given = len(command.files)
        raise Refusal(3132, f"The media set has {made.family_count} media families but only {given} are provided.", end)
    if "CHECKSUM" in command.options and not made.checksums:
        raise Refusal(3187, "RESTORE WITH CHECKSUM cannot be specified because the backup set has no checksums.", end)
    return made


def source_files(scene: Scene, command: Restore, end: tuple[int, str]) -> None:
    """Open every file that a RESTORE command names.

    Raises:
        Refusal: One of them isn't there.
    """
    for path in command.files:
        if not files.sets_in(scene, path):
            raise _cannot_open(path, 2, "The system cannot find the file specified.", end)


def verify(scene: Scene, command: Restore, reply: Reply) -> None:
    """Run a RESTORE VERIFYONLY.

    Raises:
        Refusal: The set is damaged or can't be read.
    """
    made = source(scene, command, VERIFY_ENDS)
    if made.damaged:
        raise Refusal(3189, "Damage to the backup set was detected.", VERIFY_ENDS)
    reply.info(3262, f"The backup set on file {made.position} is valid.")
    reply.done()


def restore(scene: Scene, command: Restore, reply: Reply) -> None:
    """Run a RESTORE DATABASE.

    Raises:
        Refusal: It was refused, or failed in mid-way and left the database RESTORING.
        Interrupted, Gone: The connection ended it and left the database RESTORING.
    """
    made = _may_restore(scene, command)
    world, by = scene.world, scene.me.user
    try:
        world.restore_begin(made, by)
    except WorldError:
        raise Refusal(
            3101, "Exclusive access could not be obtained because the database is in use.", RESTORE_ENDS
        ) from None
    try:
        _run(scene, "restore", "RESTORE DATABASE", command.options, reply, damaged=made.damaged)
    except (Refusal, Interrupted, Gone):
        world.restore_abort(made, by)
        raise
    late = world.faults.strike("late_result", "sqlserver:restore")
    if late:
        world.later(late.value, lambda: world.restore_finish(made, by, command.moves))
    else:
        world.restore_finish(made, by, command.moves)
    _last_words(scene, "restore", "RESTORE DATABASE", reply)


def _may_restore(scene: Scene, command: Restore) -> BackupSet:
    if scene.me.in_transaction:
        raise Refusal(3021, "Cannot perform a backup or restore operation within a transaction.", RESTORE_ENDS)
    if DBCREATOR not in scene.switches.rights:
        raise Refusal(3110, f"User does not have permission to RESTORE database '{command.database}'.", RESTORE_ENDS)
    _known(scene, command.database, RESTORE_ENDS)
    made = source(scene, command, RESTORE_ENDS)
    if "REPLACE" not in command.options:
        raise Refusal(
            3159, f'The tail of the log for the database "{command.database}" has not been backed up.', RESTORE_ENDS
        )
    if made.server_major > scene.switches.version[0]:
        raise Refusal(3169, "The database was backed up on a server running a newer version.", RESTORE_ENDS)
    _must_find_places(scene, made, command)
    return made


def _must_find_places(scene: Scene, made: BackupSet, command: Restore) -> None:
    """Refuse moves of files that aren't in the set, folders that aren't there, and drives without room."""
    inside = {one.logical.casefold() for one in files_in(made)}
    for logical in command.moves:
        if logical.casefold() not in inside:
            text = f"Logical file '{logical}' is not part of database '{made.database}'. Use RESTORE FILELISTONLY."
            raise Refusal(3234, text, RESTORE_ENDS)
    there = files.data_folders(scene)
    present = {ntpath.normpath(one.path).lower(): one.size for one in files_of(scene.world.database)}
    wanted: Counter[str] = Counter()
    for one in placed(made, command.moves):
        if ntpath.dirname(ntpath.normpath(one.path)).lower() not in there:
            text = f'Directory lookup for the file "{one.path}" failed with the operating system error 3.'
            raise Refusal(5133, text, (3156, f"File '{one.logical}' cannot be restored to '{one.path}'."), RESTORE_ENDS)
        wanted[one.path[:1].upper()] += max(0, one.size - present.get(ntpath.normpath(one.path).lower(), 0))
    for letter, size in wanted.items():
        if size > files.drives(scene).get(letter, 0):
            text = f"Insufficient free space on disk volume '{letter}:\\' to create the database."
            raise Refusal(3257, text, RESTORE_ENDS)


@contextmanager
def _shown(scene: Scene, what: str) -> Iterator[Request]:
    request = scene.visitors.begin(scene.me, what, scene.world.now())
    try:
        yield request
    finally:
        scene.visitors.end(request)


def _run(scene: Scene, verb: str, what: str, options: dict[str, str], reply: Reply, *, damaged: bool = False) -> None:
    world = scene.world
    step = max(1, int(options.get("STATS", "") or _DEFAULT_STATS))
    whole = world.durations.backup if verb == "backup" else world.durations.restore
    fails = 50 if damaged or world.faults.strike("fail", f"sqlserver:{verb}") else 101
    dies = world.faults.strike("die_at", f"sqlserver:{verb}")
    with _shown(scene, what) as request:
        for percent in range(step, 101, step):
            world.time.pause(whole * step / 100, scene.me.interrupted)
            if scene.me.interrupted.is_set():
                raise Interrupted
            if dies and percent >= dies.value:
                raise Gone
            if percent >= fails:
                raise _failure(verb, damaged=damaged)
            request.percent = float(percent)
            _say(scene, reply, 3211, f"{percent} percent processed.")
            reply.flush()
        name = world.database.name
        _say(scene, reply, 4035, f"Processed {_PAGES} pages for database '{name}', file '{name}' on file 1.")
        reply.flush()


def _failure(verb: str, *, damaged: bool) -> Refusal:
    if damaged:
        return Refusal(3183, "RESTORE detected an error on page (1:100) as read from the backup set.", RESTORE_ENDS)
    if verb == "backup":
        return Refusal(3202, "Write failed: 112(There is not enough space on the disk.)", BACKUP_ENDS)
    return Refusal(3203, "Read failed: 1117(The request could not be performed because of an I/O error.)", RESTORE_ENDS)


def _say(scene: Scene, reply: Reply, number: int, text: str) -> None:
    reply.info(number, text)
    if scene.switches.ends_each_message:
        reply.done(tokens.MORE, tokens.BACKUP)


def _last_words(scene: Scene, verb: str, what: str, reply: Reply) -> None:
    if scene.world.faults.strike("lose_reply", f"sqlserver:{verb}"):
        raise Gone
    reply.info(3014, f"{what} successfully processed {_PAGES} pages in 0.115 seconds (69.637 MB/sec).")
    reply.done(0, tokens.BACKUP)
