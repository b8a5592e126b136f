"""Memory of a comparison: it grows with the number of devices, and hardly with what is kept of each."""

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from devices_made import CUTOFF, FINISHED, HOUR, LONG_BEFORE, certificate, details, device, owner
from notices_told import Told, begun, told

from rollback.devices.compared import comparison_of
from rollback.devices.inventory import AFTER, CLOSED, InventoryStore, Wanted
from rollback.devices.values import Device, DeviceAction, SecurityAction

__all__ = ["begun", "told"]  # fixtures
TIMES = [time.isoformat() for time in (CUTOFF.backup_started, CUTOFF.backup_finished)]
FEW, MANY = 1_000, 2_000
SOME_HUNDREDS = 3_000_000  # bytes of the devices that are read at a time; twenty kept of a thousand are 25,000,000


def made(count: int, kept: int) -> Iterator[Device]:
    """Devices with so many certificates and actions each; the last one is lost."""
    for number in range(1, count + 1):
        certificates = tuple(certificate(LONG_BEFORE, f"{number}-{n}") for n in range(kept))
        locks = tuple(DeviceAction(SecurityAction.LOCK, LONG_BEFORE, done=LONG_BEFORE + n * HOUR) for n in range(kept))
        enrolled = FINISHED + HOUR if number == count else LONG_BEFORE
        who = owner(f"user{number // 2}@example.com")
        yield device(number, owner=who, details=details(enrolled, certificates=certificates, actions=locks))


def peak(work: Callable[[], object]) -> int:
    """Bytes that some work takes at most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.sweep
def test_memory_hardly_grows_with_details(told: Told, tmp_path: Path) -> None:
    """A device more costs about the same whether one or twenty certificates and actions are kept of it."""
    assert tmp_path.is_dir()
    growth: dict[int, int] = {}
    for kept in (1, 20):
        peaks = []
        for count in (FEW, MANY):
            store = InventoryStore(told.house.database, told.house.clock)
            for name, without in ((CLOSED, 0), (AFTER, 1)):
                begun_capture = store.begin(1, name, f"{kept} {count}")
                store.put_rows(begun_capture.id, Wanted(made(count - without, kept), ()))
                store.note(begun_capture.id, cutoff=TIMES, invitations=[])
                store.finish(1, name, whole=True)
            peaks.append(peak(lambda store=store: comparison_of(store, 1)))  # type: ignore[misc]
            assert comparison_of(store, 1).counts.must == 1
        growth[kept] = peaks[1] - peaks[0]
    assert growth[20] < growth[1] + SOME_HUNDREDS
