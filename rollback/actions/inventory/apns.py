"""Whether the APNs certificate in use is another than the backup's: Apple devices know a server by its topic."""

from collections.abc import Iterator, Mapping
from typing import Any

from rollback.actions.action import Finding, Given
from rollback.actions.inventory.since import cutoff
from rollback.devices.inventory import WARM, InventoryStore
from rollback.devices.surroundings import Part
from rollback.systems import Systems
from storage.words import Severity

Certificate = Mapping[str, Any]


def apns_replaced(systems: Systems, given: Given) -> Iterator[Finding]:
    """A certificate in use that is newer than the backup, unless one of before has the same topic: that is a renewal.

    Told once the early capture is there; what the restored database holds, nobody can read before the restore.
    """
    held = _certificates(systems, given)
    since = cutoff(systems, given) if held else None
    if since is None:
        return
    day = since.backup_finished.date().isoformat()
    apns = [one for one in held if "apn" in (one.get("type") or "").lower()]
    before = {one.get("subject") for one in apns if (one.get("valid_from") or "") <= day}
    for one in apns:
        newer = one.get("active") is not False and (one.get("valid_from") or "") > day
        if newer and not (one.get("subject") and one["subject"] in before):
            what = "was replaced since the backup" if before else "is newer than the backup"
            text = f"The APNs certificate {what}: unless it has the same topic, all Apple devices must enrol again."
            yield Finding("apns-replaced", Severity.WARN, text)


def _certificates(systems: Systems, given: Given) -> list[Certificate]:
    if not systems.has(InventoryStore):
        return []
    found = systems.get(InventoryStore).summary(given.rollback_id, WARM)
    kept = (found.extras.get("surroundings") or {}).get(Part.CERTIFICATE.value) if found is not None else None
    return list(kept.values()) if isinstance(kept, dict) else []  # a text says why they could not be read
