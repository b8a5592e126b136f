"""How much memory and time a comparison of many devices takes, by how much is kept of each; printed, never asserted.

    python benchmarks/devices.py [--devices 100000] [--kept 1 8] [--folder FOLDER]

`--kept` is how many certificates and actions each device has in its details: the peak should hardly depend on it. Each
figure is taken in a process of its own, so that one's memory is not another's.
"""

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from rollback.devices.compared import comparison_of  # noqa: E402 - the path comes first
from rollback.devices.inventory import AFTER, CLOSED, InventoryStore, Wanted  # noqa: E402
from rollback.devices.values import Certificate, Details, Device, DeviceAction, Owner, SecurityAction  # noqa: E402
from rollback.untrusted import Untrusted  # noqa: E402
from storage.clock import SystemClock  # noqa: E402
from storage.database import Database, Unit  # noqa: E402
from storage.migrations import prepare  # noqa: E402
from storage.models import Rollback  # noqa: E402
from toy.house import KEY  # noqa: E402

BACKUP = datetime(2017, 11, 14, 21, 55, tzinfo=UTC)
HOUR = timedelta(hours=1)
CUTOFF = [BACKUP.isoformat(), (BACKUP + HOUR / 3).isoformat()]
MIB = 1024


def main() -> None:
    """Fill a database, then compare, for each amount of details; print time and peak of both."""
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--devices", type=int, default=100_000)
    wanted.add_argument("--kept", type=int, nargs="+", default=[1, 8])
    wanted.add_argument("--folder", type=Path, default=Path.cwd(), help="where the database files are made")
    told = wanted.parse_args()
    with tempfile.TemporaryDirectory(dir=told.folder, prefix="bench-") as made:
        for kept in told.kept:
            file = Path(made) / f"{kept}" / "bot.sqlite"
            for what, work in (("fill", fill), ("compare", compare)):
                print(f"{told.devices} devices, {kept} kept: {what} {alone(work, file, told.devices, kept)}")


def alone(work: Callable[[Path, int, int], None], file: Path, devices: int, kept: int) -> str:
    """Seconds and peak memory of some work in a process of its own."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measured, args=(sender, work, file, devices, kept))
    process.start()
    told: str = receiver.recv()
    process.join()
    return told


def _measured(sender: object, work: Callable[[Path, int, int], None], file: Path, devices: int, kept: int) -> None:
    base, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    work(file, devices, kept)
    seconds, peak = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sender.send(f"{seconds:.1f} s, peak {peak // MIB} MiB ({(peak - base) // MIB} above the start)")  # type: ignore[attr-defined]


def opened(file: Path) -> tuple[Database, InventoryStore]:
    """The database of one run."""
    clock = SystemClock()
    prepare(file, clock.now())
    database = Database(file, clock, KEY)
    database.start()
    return database, InventoryStore(database, clock)


def fill(file: Path, devices: int, kept: int) -> None:
    """Store both captures as they come from a node: rows first, details bit by bit."""
    database, store = opened(file)
    try:
        database.run(_rollback)
        for name, back in ((CLOSED, 0), (AFTER, devices // 50)):
            begun = store.begin(1, name, "stage 1")
            store.put_rows(begun.id, Wanted((), [replace(one, details=None) for one in made(devices - back, kept)]))
            for chunk in chunks(made(devices - back, kept), 100):
                store.put_details(begun.id, chunk)
            store.note(begun.id, cutoff=CUTOFF, invitations=[])
            store.finish(1, name, whole=True)
    finally:
        database.stop()


def compare(file: Path, devices: int, kept: int) -> None:  # noqa: ARG001 - the same shape as `fill`
    """Compare as the bot does when somebody asks."""
    database, store = opened(file)
    try:
        counts = comparison_of(store, 1).counts
        assert counts.devices == devices
        assert counts.must >= devices // 50
    finally:
        database.stop()


def made(devices: int, kept: int) -> Iterator[Device]:
    """Made-up devices; the later ones were enrolled since the backup."""
    for number in range(devices):
        enrolled = BACKUP + HOUR if number > devices * 0.985 else BACKUP - 2000 * HOUR
        certificates = tuple(
            Certificate("Apple MDM", f"{number}-{n}", enrolled - 24 * HOUR, enrolled + 9000 * HOUR) for n in range(kept)
        )
        actions = tuple(
            DeviceAction(SecurityAction.LOCK, enrolled, done=enrolled + HOUR * n / 100) for n in range(1, kept)
        )
        login = f"user{number // 2}@example.com"
        owner = Owner(Untrusted(login), Untrusted(f"Person {number // 2}"), mail=Untrusted(login), language="de")
        yield Device(
            id=str(number + 1), serial=f"SERIAL{number:07}", imei=f"35{number:012}", strong_id=f"STRONG{number:07}",
            owner=owner, model=Untrusted("iPhone 7"), platform="iOS", os_family="iOS", os_version="11.2",
            supervised=False, dep_registered=False, mdm_known=True, mam_known=True, managed=True,
            details=Details(enrolled, enrolled, certificates=certificates, actions=actions),
        )  # fmt: skip


def chunks(devices: Iterator[Device], size: int) -> Iterator[list[Device]]:
    """Devices, so many at a time."""
    chunk: list[Device] = []
    for device in devices:
        chunk.append(device)
        if len(chunk) == size:
            yield chunk
            chunk = []
    yield chunk


def _rollback(unit: Unit) -> None:
    unit.session.add(
        Rollback(
            number=1, state="running", drill=True, estate_name="x", runbook="x", reason="x", channel="C", lead="ic",
            started_by="ic", started_at=unit.now, plan=b"", plan_hash="", estate=b"", estate_hash="", roles=b"",
            roles_hash="",
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
