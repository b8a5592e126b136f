"""One process a database file: an operating system's lock that ends with the process, whatever ends it."""

import fcntl
import os
from pathlib import Path

from storage.database import StorageError


class AlreadyRunning(StorageError):
    """Another process works on this database; the message names it."""


class DatabaseLock:
    """Holds the lock beside a database file for as long as the process lives."""

    def __init__(self, database: Path) -> None:
        """The lock of `database`; nothing is locked yet."""
        self._path = database.with_name(database.name + ".lock")
        self._file: int | None = None

    def take(self) -> None:
        """Lock.

        Raises:
            AlreadyRunning: Another process has it.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.read(file, 32).decode(errors="replace").strip() or "unknown"
            os.close(file)
            raise AlreadyRunning(
                f"Process {owner} works on {self._path.name.removesuffix('.lock')} already. Nothing was started. "
                "End that one first, or use another database."
            ) from None
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        self._file = file

    def release(self) -> None:
        """Give it back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
