"""Writes lists and drafts for named people: whole or not at all, readable by the bot's user alone.

What goes to Slack of a file is its place, its hash and how many people or devices it names; never its content.
"""

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rollback.drafts.errors import FolderError

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


@dataclass(frozen=True, slots=True)
class Written:
    """A file on disk.

    Attributes:
        place: Where it is.
        sha256: The hash of its bytes, in hex.
        size: Its size in bytes.
        count: How many people, devices or texts it holds.
    """

    place: Path
    sha256: str
    size: int
    count: int


def write_private(folder: Path, name: str, fill: Callable[[BinaryIO], int]) -> Written:
    """Write the file `name` in `folder`, which is made where it is missing; an older one of that name is replaced.

    Args:
        folder: A folder for nobody but the bot's user (0700).
        name: One part of a path, made of letters, digits, dot, underscore and hyphen.
        fill: Writes the content and returns how many people, devices or texts it holds.

    Raises:
        FolderError: The folder can't be kept to the bot's user, or the name is none. Nothing was written.
        OSError: The disk refused; the older file, if there was one, is as it was.
    """
    if not name or name.startswith(".") or not set(name) <= _NAME_CHARACTERS:
        msg = f"{name!r} can't be the name of a file for people: letters, digits, dot, underscore and hyphen only."
        raise FolderError(msg)
    _make_private(folder)
    place, half = folder / name, folder / f".{name}.part"
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _FILE_MODE)
    try:
        with os.fdopen(descriptor, "w+b") as out:
            os.fchmod(out.fileno(), _FILE_MODE)
            count = fill(out)
            out.flush()
            os.fsync(out.fileno())
            size = out.seek(0, os.SEEK_END)
            out.seek(0)
            digest = hashlib.file_digest(out, "sha256").hexdigest()
        half.replace(place)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
    _sync(folder)
    return Written(place, digest, size, count)


def write_bytes(folder: Path, name: str, content: bytes, count: int) -> Written:
    """Write `content` as `write_private` does; `count` is how many people, devices or texts it holds."""

    def fill(out: BinaryIO) -> int:
        out.write(content)
        return count

    return write_private(folder, name, fill)


_NAME_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        msg = f"{folder} is not a folder of the bot's own user, so no list was written into it. Choose another folder."
        raise FolderError(msg)
    if stat.S_IMODE(found.st_mode) != _FOLDER_MODE:
        folder.chmod(_FOLDER_MODE)


def _sync(folder: Path) -> None:
    """Make the new name durable, not only the bytes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
