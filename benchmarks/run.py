"""A few honest numbers, printed and never asserted: how fast it commits, what a click waits for, what a pass costs.

    python benchmarks/run.py [--folder FOLDER]

The database lies in FOLDER (by default a new one in the working directory), so that the numbers are those of that disk:
`synchronous=FULL` waits for it at each COMMIT. Say on which disk they were taken when you repeat them.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from storage.audit import verify  # noqa: E402 - the path comes first
from storage.clock import SystemClock  # noqa: E402
from storage.database import Database, Lane, Unit  # noqa: E402
from storage.migrations import prepare  # noqa: E402
from storage.models import Inbound  # noqa: E402
from storage.words import Event  # noqa: E402
from toy.house import KEY, House, play  # noqa: E402

COMMITS = 1_000
CLICKS = 200
THREADS = 10
PASSES = 50


def main() -> None:
    """Take every number once and print it."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--folder", type=Path, default=Path.cwd(), help="where the database files are made")
    with tempfile.TemporaryDirectory(dir=wanted.parse_args().folder, prefix="bench-") as made:
        folder = Path(made)
        for number in (commits(folder), clicks(folder), verifying(folder), *passes(folder)):
            print(number)


@contextmanager
def database(folder: Path, name: str) -> Iterator[Database]:
    """A database of its own on the disk in question."""
    file, clock = folder / name / "bot.sqlite", SystemClock()
    prepare(file, clock.now())
    made = Database(file, clock, KEY)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def writing(key: str) -> Callable[[Unit], None]:
    """A small unit: one row, one audit entry."""

    def unit_of_work(unit: Unit) -> None:
        unit.session.add(Inbound(key=key, at=unit.now))
        unit.note(Event.FACT_NOTED, None, "bench", key=key)

    return unit_of_work


def commits(folder: Path) -> str:
    """How many units a second, one after the other, each with its own COMMIT."""
    with database(folder, "commits") as made:
        begun = now()
        for number in range(COMMITS):
            made.run(writing(f"u{number}"))
        took = now() - begun
    return f"commits, one after the other     {COMMITS / took:8.0f} a second ({COMMITS} units, an audit entry each)"


def clicks(folder: Path) -> str:
    """How long a click waits for its COMMIT when ten people press at once, and bulk work waits behind them."""
    waits: list[float] = []
    with database(folder, "clicks") as made:
        together = threading.Barrier(THREADS)
        bulk = [made.submit(writing(f"b{number}"), Lane.BULK) for number in range(CLICKS)]

        def press(thread: int) -> None:
            together.wait()
            for number in range(CLICKS // THREADS):
                begun = now()
                made.click(writing(f"c{thread}-{number}"))
                waits.append(now() - begun)

        with ThreadPoolExecutor(THREADS) as people:
            list(people.map(press, range(THREADS)))
        for future in bulk:
            future.result()
    cut = statistics.quantiles(waits, n=100)
    median, late = cut[49] * 1_000, cut[98] * 1_000
    return f"clicks from {THREADS} threads            {median:8.1f} ms median, {late:.1f} ms p99 ({len(waits)} clicks)"


def verifying(folder: Path) -> str:
    """How long the proof of a chain takes."""
    with database(folder, "verifying") as made:

        def many(unit: Unit) -> None:
            for number in range(COMMITS):
                unit.note(Event.FACT_NOTED, None, "bench", number=number)

        for _ in range(5):
            made.run(many)
        with made.read() as session:
            begun = now()
            entries = verify(session, {KEY.id: KEY})
            took = now() - begun
    return f"audit verify                      {entries / took:8.0f} entries a second ({entries} entries)"


def passes(folder: Path) -> Iterator[str]:
    """What the worker's look for due stages costs when nothing is due, and a whole run of the toy runbook."""
    (folder / "worker").mkdir()
    house = House(folder / "worker")
    try:
        house.begin()
        house.settle()
        begun = now()
        for _ in range(PASSES):
            house.worker.run_due()
        idle = (now() - begun) / PASSES
        begun = now()
        play(house)
        whole = now() - begun
        entries = house.verified()
    finally:
        house.stop()
    yield f"a pass of the worker, nothing due {idle * 1_000:8.1f} ms (one open rollback)"
    yield f"a whole run of the toy runbook    {whole:8.2f} s ({entries} audit entries)"


def now() -> float:
    """Wall time for measuring; the program itself reads the clock that it is handed."""
    return time.perf_counter()


if __name__ == "__main__":
    main()
