"""Exports of the console that administrators put into the rollback's folder: read, or refused in one sentence."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from rollback.actions.inventory.since import told_by
from rollback.book import Book
from rollback.devices.console_export import ExportUnusable, read_export
from rollback.handing_out.office import Office
from rollback.handing_out.seen import Seen
from rollback.operations.exports import CAPTURES, FOLDER, waiting, was_read, was_refused
from storage.database import Lane, Unit
from storage.models import ExportRow
from storage.words import StageState


def read_exports(office: Office, rollback_id: int, seen: Seen | None) -> bool:
    """Read the export that was asked for, or say why it can't be used; True if one was asked for."""
    if seen is None or office.store is None:
        return False
    with office.database.read() as session:
        asked = waiting(session, rollback_id)
    if asked is None or asked.id is None:
        return False
    number = asked.id
    try:
        sha256, count = _read(office, seen.book, asked)
    except ExportUnusable as unusable:
        why = str(unusable)
        office.database.run(lambda unit: was_refused(unit, _book(unit, rollback_id), number, why), Lane.BULK)
        return True
    office.database.run(lambda unit: was_read(unit, _book(unit, rollback_id), number, sha256, count), Lane.BULK)
    return True


def _read(office: Office, book: Book, asked: ExportRow) -> tuple[str, int]:
    assert office.store is not None  # noqa: S101 - `read_exports` looked
    folder = office.folder_of(book.label) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _opened(folder / asked.name) as file:
        export = read_export(file, android_property=book.estate.xenmobile.android_property)
    count = len(export.devices)
    if asked.count and asked.count != count:
        raise ExportUnusable(
            f"The file has {count} devices where {asked.count} were said: a filter was on, or the file is cut."
        )
    results = {name: row.result for name, row in book.stages.items() if row.state == StageState.SUCCEEDED}
    office.store.put_export(book.id, CAPTURES[asked.capture], export, told_by(results))
    return export.sha256, count


@contextmanager
def _opened(place: Path) -> Iterator[BinaryIO]:
    """A regular file, opened without following a link and without waiting for a pipe.

    Raises:
        ExportUnusable: There is none, it is something else, or it can't be read.
    """
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise ExportUnusable(f"There is no such file in {place.parent}.") from None
    except OSError as error:
        raise ExportUnusable(f"The file can't be opened: {error.strerror}; a link is not followed.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ExportUnusable("That is no file but a folder, a pipe or a device.")
    with os.fdopen(descriptor, "rb") as file:
        try:
            yield file
        except OSError as error:
            raise ExportUnusable(f"The file can't be read to its end: {error.strerror}.") from None


def _book(unit: Unit, rollback_id: int) -> Book:
    return Book.open(unit.session, rollback_id)
