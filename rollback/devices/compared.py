"""The comparison of a rollback's captures, made from its rows when somebody asks; an estimate before the restore."""

from datetime import datetime

from rollback.devices.comparison import compare, estimate_before_restore
from rollback.devices.findings import Comparison
from rollback.devices.inventory import AFTER, CLOSED, WARM, WAY_BACK, WAY_BACK_AFTER, InventoryStore, NoCapture, Summary
from rollback.devices.values import Capture, CaptureSource, Cutoff


def comparison_of(store: InventoryStore, rollback_id: int, *, way_back: bool = False) -> Comparison:
    """What the restore did to every device, or will do as far as dates tell: the best that the captures allow.

    Args:
        store: Where the captures are.
        rollback_id: Whose.
        way_back: Compare what the way back does, in place of what the rollback did.

    Raises:
        NoCapture: Nothing was captured, or nobody knows when the backup ran, or there is one export of the console.
        IncompleteCaptureError: A capture misses rows.
    """
    name = before_name(store, rollback_id, way_back=way_back)
    after = WAY_BACK_AFTER if way_back else AFTER
    told = [one for one in (store.summary(rollback_id, after), store.summary(rollback_id, name)) if one is not None]
    cutoff = next(filter(None, map(cutoff_of, told)), None)
    if cutoff is None:
        raise NoCapture("It isn't known when the backup ran, so nothing can be said of the devices. Pick a backup.")
    restored = is_done(store.summary(rollback_id, after))

    def make() -> Comparison:
        before = store.capture(rollback_id, name)
        if restored:
            whole = (store.whole(rollback_id, name), store.whole(rollback_id, after))
            return compare(before, store.capture(rollback_id, after), cutoff, whole=whole)
        if before.source is CaptureSource.CONSOLE_EXPORT:
            raise NoCapture("An export of the console tells no dates: only a second one makes a comparison.")
        return estimate_before_restore(before, cutoff, whole=store.whole(rollback_id, name))

    version = f"{name} {restored} {cutoff} {[one.hash for one in told]}"
    return store.once(rollback_id, f"comparison {way_back}", version, make)


def before_name(store: InventoryStore, rollback_id: int, *, way_back: bool = False) -> str:
    """The capture from before the restore that counts: the one behind the closed door, else the early one.

    Raises:
        NoCapture: There is none.
    """
    names = (WAY_BACK,) if way_back else (CLOSED, WARM)
    found = next((name for name in names if is_done(store.summary(rollback_id, name))), None)
    if found is None:
        raise NoCapture(NoCapture.__doc__)
    return found


def is_done(summary: Summary | None) -> bool:
    """Whether there is a capture that may be used."""
    return summary is not None and summary.done


def cutoff_of(summary: Summary) -> Cutoff | None:
    """When the backup ran, as it was known when the capture was taken."""
    told = summary.extras.get("cutoff")
    return None if told is None else Cutoff(*(datetime.fromisoformat(time) for time in told))


def expected_total(before: Capture, cutoff: Cutoff) -> int:
    """How many devices the day of the backup lets expect: all that were not enrolled since.

    Devices that were removed since are not counted: the old server has forgotten them.
    """
    enrolled = (device.details.first_connection if device.details else None for device in before.devices)
    return sum(moment is None or moment < cutoff.backup_started for moment in enrolled)
