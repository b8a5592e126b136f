"""Readings of health into rows: one round for each open rollback that has anything to watch."""

from sqlalchemy import select
from sqlmodel import col

from rollback import health
from rollback.book import OPEN, Book
from rollback.worker.bench import Bench
from storage.models import Rollback, Stage
from storage.words import StageState

QUIET = frozenset({StageState.WAITING, StageState.PREVIEWING, StageState.BLOCKED, StageState.AWAITING_APPROVAL})


def sample_all(bench: Bench) -> int:
    """Read ports, vServers and clocks of every open rollback that has begun; returns how many readings."""
    with bench.database.read() as session:
        wanted = select(col(Rollback.id)).where(col(Rollback.state).in_(list(OPEN)))
        books = [Book.open(session, found) for found in session.scalars(wanted) if found is not None]
    return sum(sample(bench, book) for book in books if _watched(book))


def sample(bench: Bench, book: Book) -> int:
    """One round of readings of one rollback."""
    with bench.connect(book.estate) as systems:
        readings = bench.catalogue.probes(systems, book.estate)
    bench.database.run(lambda unit: health.record(unit, book.id, readings))
    return len(readings)


def _watched(book: Book) -> bool:
    return any(_begun(stage) for stage in book.stages.values())


def _begun(stage: Stage) -> bool:
    return stage.started_at is not None or stage.state not in QUIET
