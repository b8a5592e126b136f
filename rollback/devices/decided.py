"""What security has decided, row by row, as it is stored: what is left to do, and who may be written to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.devices.findings import SecurityRow as Listed
from storage.models import SecurityRow
from storage.words import SecurityDecision


def security_rows_of(session: Session, rollback_id: int) -> list[SecurityRow]:
    """The rows of security's list as it was written last, in its order."""
    wanted = select(SecurityRow).where(col(SecurityRow.rollback_id) == rollback_id)
    return list(session.scalars(wanted.order_by(col(SecurityRow.number))))


def settled(row: SecurityRow) -> bool:
    """Whether nothing is left to do about a row: it is left as it is, or what was decided is done."""
    return row.decision == SecurityDecision.LEAVE or (row.decision != "" and row.done_at is not None)


def cleared(rows: Iterable[SecurityRow]) -> frozenset[str]:
    """Keys of rows that are settled in such a way that the device's user may be written to.

    Where several rows have one key, because they are about records of one device, every one of them has to be.
    """
    by_key: dict[str, list[SecurityRow]] = defaultdict(list)
    for row in rows:
        by_key[row.key].append(row)
    return frozenset(key for key, found in by_key.items() if all(row.tell and settled(row) for row in found))


def named(rows: Sequence[Listed]) -> list[tuple[str, int]]:
    """What tells the rows of a list apart: the key, and which of several rows of that key it is."""
    seen: Counter[str] = Counter()
    names: list[tuple[str, int]] = []
    for row in rows:
        seen[row.key] += 1
        names.append((row.key, seen[row.key]))
    return names
