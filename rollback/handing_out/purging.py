"""On the date that was set, lists, letters, exports and captures of a rollback are deleted without a trace.

Reports stay: they count and name no device's user. What lies in backups of the bot's host, or where people copied a
list to, is theirs to delete.
"""

import logging
import shutil
from pathlib import Path

from rollback.book import label
from rollback.handing_out.office import Office
from rollback.operations.purging import done, due, forget
from storage.database import Lane, StorageError

log = logging.getLogger(__name__)
REPORT = "-report."


def purge_due(office: Office) -> int:
    """Purge every rollback whose date has come; returns how many. What could not be deleted is tried again."""
    with office.database.read() as session:
        wanted = [(row.id, label(row.number)) for row in due(session, office.clock.now())]
    return sum(_purge(office, number, name) for number, name in wanted if number is not None)


def _purge(office: Office, rollback_id: int, name: str) -> bool:
    try:
        files = _delete_files(office.folder / name)
        devices = office.database.run(lambda unit: forget(unit, rollback_id), Lane.BULK)
        office.database.compact()
    except (OSError, StorageError):
        log.exception("what names people in %s could not be deleted; it is tried again", name)
        return False
    if office.store is not None:
        office.store.forget(rollback_id)
    office.database.run(lambda unit: done(unit, rollback_id, devices, files), Lane.BULK)
    return True


def _delete_files(folder: Path) -> int:
    """Delete everything in a rollback's folder but its reports; links are deleted, never followed."""
    if folder.is_symlink() or not folder.is_dir():
        return 0
    deleted = 0
    for found in folder.iterdir():
        if found.is_dir() and not found.is_symlink():
            deleted += sum(1 for one in found.rglob("*") if not one.is_dir())
            shutil.rmtree(found)
        elif REPORT not in found.name:
            found.unlink()
            deleted += 1
    return deleted
