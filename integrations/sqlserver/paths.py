r"""Windows paths on the SQL Server's host, compared as Windows does, without touching a disk.

They name files of another machine, so nothing here asks this machine's file system. A path that could mean another
place than it shows (``..``, device paths, alternate streams, a name that Windows would trim) counts as nowhere.
"""

import ntpath
from collections.abc import Iterable

_DEVICE_PREFIXES = ("\\\\?\\", "\\\\.\\", "\\??\\")


def normal(path: str) -> str:
    r"""The path with backslashes only and no empty or ``.`` parts, e.g. ``E:\Backup\XMS.bak``.

    Raises:
        ValueError: It isn't absolute (drive or UNC), or holds something that hides where it points.
    """
    plain = path.replace("/", "\\")
    drive, rest = ntpath.splitdrive(plain)
    parts = [p for p in rest.split("\\") if p not in {"", "."}]
    whole_share = drive.startswith("\\\\") and not rest
    if plain.startswith(_DEVICE_PREFIXES) or not drive or not (rest.startswith("\\") or whole_share):
        raise ValueError("the path isn't an absolute path of a drive or a share")
    if not _ordinary_drive(drive) or any(_hides(part) for part in parts):
        raise ValueError("the path holds a part that hides where it points")
    return drive + "\\" + "\\".join(parts)


def _ordinary_drive(drive: str) -> bool:
    if drive.startswith("\\\\"):
        host_and_share = drive[2:].split("\\")
        return len(host_and_share) == 2 and not any(_hides(part) for part in host_and_share)
    return len(drive) == 2 and drive[0].isascii() and drive[0].isalpha()


def _hides(part: str) -> bool:
    return (
        not part or part.endswith((" ", ".")) or any(c in part for c in ':*?"<>|') or any(ord(c) < 0x20 for c in part)
    )


def _folded(path: str) -> str:
    # Only ASCII letters: whether Windows takes other letters for the same depends on the volume, and a doubt means no.
    return "".join(c.lower() if c.isascii() else c for c in path)


def lies_under(path: str, roots: Iterable[str]) -> bool:
    """Whether the path lies inside one of the folders; a path that can't be understood lies nowhere."""
    try:
        inside = _folded(normal(path))
        folders = [_folded(normal(root)).rstrip("\\") + "\\" for root in roots]
    except ValueError:
        return False
    return any(inside.startswith(folder) for folder in folders)


def same_file(one: str, other: str) -> bool:
    """Whether two paths name the same file as Windows compares them; unreadable paths are the same only if equal."""
    try:
        return _folded(normal(one)) == _folded(normal(other))
    except ValueError:
        return one == other


def drive_of(path: str) -> str:
    r"""The drive of a path in upper case, e.g. ``E:``; empty for a share or an unreadable path."""
    try:
        drive = ntpath.splitdrive(normal(path))[0]
    except ValueError:
        return ""
    return "" if drive.startswith("\\\\") else drive.upper()
