"""Where a restore writes: MOVE for files that lie elsewhere now than when the backup was made, and the room there.

RESTORE without MOVE writes every file where it lay at the time of the backup. A file of the database that was moved
since goes to its present place instead, so that a restore stays "in place" as people see it.
"""

import ntpath
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from integrations.errors import NotFound, Refused
from integrations.sqlserver import FileInSet, same_file
from integrations.sqlserver.facts import DataFile
from integrations.sqlserver.reads import Reads as SqlReads
from rollback.actions.action import Fact, Finding
from storage.words import Severity

_KINDS = {"D": "ROWS", "L": "LOG"}  # FILELISTONLY and sys.master_files have words of their own
_GIB = 1024**3


@dataclass(frozen=True)
class Placed:
    """One file of the backup and where it will be written.

    Attributes:
        logical_name: What MOVE calls it.
        before: Where it lay at the time of the backup.
        place: Where it will be written.
        grows: Bytes that it needs beyond what the file that it replaces has now.
    """

    logical_name: str
    before: str
    place: str
    grows: int

    @property
    def moved(self) -> bool:
        """Whether RESTORE has to be told, because it would write elsewhere by itself."""
        return not same_file(self.before, self.place)


@dataclass(frozen=True)
class Places:
    """All files of a backup set with their places.

    Attributes:
        files: In the backup's order; empty if the set can't be read.
        unread: Why it can't be read; empty if it can.
    """

    files: tuple[Placed, ...] = ()
    unread: str = ""

    @property
    def moves(self) -> dict[str, str]:
        """For ``WITH MOVE``: new places by logical name."""
        return {one.logical_name: one.place for one in self.files if one.moved}

    def fact(self) -> Fact:
        """For the card."""
        if self.unread:
            return Fact("files in the backup", f"can't be read: {self.unread}")
        told = (f"{one.place} (at backup time: {one.before})" if one.moved else one.place for one in self.files)
        return Fact("files that are written", ", ".join(told))


def places(sql: SqlReads, database: str, files: Iterable[str], position: int) -> Places:
    """Read what is in the set and where the database's files lie now."""
    try:
        inside = sql.file_list(tuple(files), position)
    except (NotFound, Refused) as unreadable:
        return Places(unread=unreadable.what)
    here = sql.data_files(database)
    return Places(tuple(_placed(sql, one, here) for one in inside))


def _placed(sql: SqlReads, one: FileInSet, here: tuple[DataFile, ...]) -> Placed:
    kind = _KINDS.get(one.kind, "")
    of_kind = [file for file in here if file.kind == kind]
    same = next((f for f in of_kind if f.logical_name.casefold() == one.logical_name.casefold()), None)
    if same is not None:
        return Placed(one.logical_name, one.physical_name, same.path, max(0, one.size - same.size))
    # The database has no such file any more, so only its folder decides: the old one, or that of its kind.
    if not of_kind or sql.file_state(one.physical_name).parent_exists:
        return Placed(one.logical_name, one.physical_name, one.physical_name, one.size)
    beside = ntpath.join(ntpath.dirname(of_kind[0].path), ntpath.basename(one.physical_name))
    return Placed(one.logical_name, one.physical_name, beside, one.size)


def about_the_room(sql: SqlReads, database: str, found: Places) -> Iterable[Finding]:
    """Whether each volume has the room that the files need beyond what they replace."""
    wanted: Counter[str] = Counter()
    free: dict[str, int | None] = {}
    for one in found.files:
        if one.grows:
            room = sql.free_space(one.place, database)
            wanted[room.volume] += one.grows
            free[room.volume] = room.free
    for volume, size in sorted(wanted.items()):
        left = free[volume]
        if left is None:
            text = f"SQL Server can't tell how much room {volume or 'the share of the database files'} has."
            yield Finding("space-unread", Severity.WARN, text)
        elif size > left:
            text = (
                f"{volume} is short of room: the restored files need {size / _GIB:.1f} GiB more than they have now, "
                "and less is free. Make room there; where it is true, RESTORE refuses to begin (3257)."
            )
            yield Finding("target-short", Severity.OVERRIDE, text, about=(volume,))


def moved_wrong(sql: SqlReads, database: str, files: Iterable[str], position: int, moves: Mapping[str, str]) -> str:
    """What is wrong with approved places now, as a clause; empty if nothing: the files lie as they did then."""
    found = places(sql, database, files, position)
    if found.unread:
        return f"the files in the backup can't be read: {found.unread}"
    if found.moves == dict(moves):
        return ""
    now = ", ".join(f"{name} to {place}" for name, place in found.moves.items()) or "nothing is moved"
    return f"the files of {database} lie elsewhere than approved, so RESTORE would need other places now ({now})"
