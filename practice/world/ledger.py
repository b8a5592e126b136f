"""The ledger: every change that the world has undergone, in order. Tests believe it and nothing else."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    """One change of the world.

    Attributes:
        seq: Number, from 1, without gaps.
        at: When, aware UTC.
        system: ``netscaler``, ``vsphere``, ``sqlserver``, ``veeam``, ``xenmobile`` or ``world`` (nature).
        verb: What was done, in the vendor's field's word: ``disable``, ``power_on``, ``restore`` …
        target: What it was done to: a vServer's, node's or database's name.
        detail: What else tells this change from another (backup file, restore point, snapshot name).
        by: The login that asked for it; empty for a fault or for nature.
    """

    seq: int
    at: datetime
    system: str
    verb: str
    target: str
    detail: Mapping[str, str] = field(default_factory=dict)
    by: str = ""

    def key(self) -> tuple[str, str, str]:
        """What makes two entries the same change: system, verb, target."""
        return (self.system, self.verb, self.target)


class Ledger:
    """An append-only list of entries, safe for threads."""

    def __init__(self) -> None:
        """Begin empty."""
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def write(self, at: datetime, system: str, verb: str, target: str, *, by: str = "", **detail: str) -> Entry:
        """Append one change and return it."""
        with self._lock:
            entry = Entry(len(self._entries) + 1, at, system, verb, target, detail, by)
            self._entries.append(entry)
        return entry

    def entries(self, system: str = "", verb: str = "", target: str = "") -> tuple[Entry, ...]:
        """All entries, or those of one system, verb or target."""
        with self._lock:
            found = tuple(self._entries)
        return tuple(
            e
            for e in found
            if (not system or e.system == system)
            and (not verb or e.verb == verb)
            and (not target or e.target == target)
        )

    def __len__(self) -> int:
        return len(self._entries)
