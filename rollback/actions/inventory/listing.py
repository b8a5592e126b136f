"""`list-devices`: the whole inventory behind the closed door; from it come all lists of what happened "since"."""

from collections.abc import Iterator

from rollback.actions.action import Change, Check, Fact, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.inventory.capturing import CLOSED_KIND, capture, nodes_to_read, told
from rollback.actions.inventory.carried import KEY, to_hand_on
from rollback.actions.inventory.since import cutoff, is_way_back, to_json
from rollback.actions.parts import Reads, passed, unread, verdict
from rollback.cluster import Cluster
from rollback.devices import surroundings
from rollback.devices.inventory import CLOSED, WARM, WAY_BACK, InventoryStore, Summary
from rollback.systems import Systems
from storage.words import CheckState, Severity, SystemName

COMPLETE, SURROUNDINGS = "complete", "surroundings"
READ = "/rollback devices read {} FILE: from the folder exports of the rollback's files"
"""How an administrator has the bot read an export of the console."""


class ListDevices(Reads):
    """Rows of all devices, details of new, changed and flagged ones, and what surrounds them."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Nothing but our own rows is changed; what the early capture knows is not read again."""
        if not systems.get(Cluster).has_api:
            text = "off: an administrator exports the device list in the console, before the nodes are shut down"
            return Preview(facts=(Fact("XenMobile", text), Fact("the export is read by", READ.format("before"))))
        store = systems.get(InventoryStore)
        base = store.summary(given.rollback_id, WARM)
        early = "none" if base is None else told(base) if base.done else "not finished"
        return Preview(
            changes=(_capture(systems, given),),
            facts=(Fact("captured early", early, flutters=True),),
            dies="What was read so far is kept; the bot reads on.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """What the store holds."""
        if not systems.get(Cluster).has_api:
            return verdict(given, *(unread(name, SystemName.XENMOBILE) for name in _names(given)))
        found = systems.get(InventoryStore).summary(given.rollback_id, _name(given))
        if found is None or not found.done or found.exported:
            return verdict(given, *(not_read(name) for name in _names(given)))
        warnings = (f"details of {found.missing} devices are missing",) if found.missing else ()
        checks = [passed(COMPLETE, f"{told(found)}.")]
        if not is_way_back(given):
            checks.append(surrounded(found))
        return verdict(given, *checks, warnings=warnings)

    def result(self, systems: Systems, given: Given) -> Json:
        """Counts and hash, and the override for missing details."""
        found = systems.get(InventoryStore).summary(given.rollback_id, _name(given))
        if found is not None and found.done and found.exported:
            return {"rows": found.rows, "details_missing": found.rows, "hash": found.hash, "exact": False}
        if found is None or not found.done:
            return {"rows": 0, "details_missing": 0, "hash": "", "exact": False}
        return {
            "rows": found.rows,
            "details_missing": found.missing,
            "hash": found.hash,
            "exact": True,
            KEY: to_hand_on(_missing(found)),
        }


def surrounded(found: Summary) -> Check:
    """Whether invitations and settings are stored; a part that the login may not read is not checked by machine."""
    left = [*surroundings.unread(found.extras["surroundings"])]
    if found.extras.get("invitations") is None:
        left.append(f"invitations: {found.extras.get('invitations_unread', 'not read')}")
    if left:
        return Check(SURROUNDINGS, CheckState.NOT_CHECKED, f"Could not be read: {'; '.join(left)}.")
    count, hashed = len(found.extras["invitations"]), surroundings.digest(found.extras["surroundings"])
    return passed(SURROUNDINGS, f"{count} invitations and the settings are stored; hash {hashed[:12]}.")


def not_read(name: str) -> Check:
    """A check whose capture people made by hand: no machine has read it, so lists are estimates."""
    return Check(name, CheckState.NOT_CHECKED, "No machine has read the devices; what people attest is an estimate.")


def _capture(systems: Systems, given: Given) -> Change:
    since = to_json(cutoff(systems, given))
    if is_way_back(given):
        text = "read all devices of the restored server behind the closed door"
        nodes = nodes_to_read(given, first=True)
        return capture(CLOSED_KIND, 1, text, capture=WAY_BACK, cutoff=since, nodes=nodes)
    text = "read all devices behind the closed door: every row, the details of new, changed and flagged ones"
    nodes = nodes_to_read(given, first=False)
    return capture(CLOSED_KIND, 1, text, capture=CLOSED, base=WARM, cutoff=since, nodes=nodes)


def _name(given: Given) -> str:
    return WAY_BACK if is_way_back(given) else CLOSED


def _names(given: Given) -> tuple[str, ...]:
    return (COMPLETE,) if is_way_back(given) else (COMPLETE, SURROUNDINGS)


def _missing(found: Summary) -> Iterator[Finding]:
    if found.missing:
        text = f"Details of {found.missing} devices are missing; they are to be checked first."
        yield Finding("details-missing", Severity.OVERRIDE, text, gate="save")
