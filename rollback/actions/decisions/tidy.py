"""`clean-up`: our snapshots removed one by one, and proof that backups run again; the rest is people's."""

from collections.abc import Iterator
from datetime import datetime

from integrations.sqlserver import SqlServer
from integrations.veeam import Veeam
from rollback.actions.action import Check, Fact, Finding, Given, Preview, Samples, Verdict
from rollback.actions.inventory.capturing import answering, nodes_to_read
from rollback.actions.nodes import machines
from rollback.actions.nodes.machines import Machine
from rollback.actions.parts import Reads, failed, passed, still_open, unread, verdict
from rollback.cluster import Cluster
from rollback.devices.compared import comparison_of
from rollback.devices.comparison import IncompleteCaptureError
from rollback.devices.inventory import InventoryStore, NoCapture
from rollback.devices.pairing import pair
from rollback.devices.projection import Projection, PropertyNames
from rollback.systems import Systems
from storage.words import CheckState, Severity, SystemName

CONSOLIDATION, BACKED_UP, LOGS, RE_ENROLLED = "no-consolidation", "backed-up", "log-backups", "re-enrolled"


class CleanUp(Reads):
    """Owners remove what was kept; the bot reads what it can of the proof."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """What is left of ours."""
        found = _machines(systems, given)
        ours = [f"{one.node.name}: {len(_ours(one, given))} snapshots" for one in found if _ours(one, given)]
        return Preview(
            facts=(Fact("kept for the way back", "; ".join(ours) or "no snapshot of this rollback is left"),),
            findings=tuple(_busy(systems, found)),
            dies="Nothing: people carry this stage.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Disks, Veeam, the log chain, and how many have enrolled again."""
        return verdict(
            given,
            _consolidated(systems, given),
            _backed_up(systems, given),
            _logs(systems, given),
            _re_enrolled(systems, given),
        )


def _machines(systems: Systems, given: Given) -> tuple[Machine, ...]:
    vsphere = machines.reader(systems)
    return () if vsphere is None else machines.read(vsphere, given, given.estate.nodes)


def _ours(machine: Machine, given: Given) -> list[str]:
    return [one.name for one in machine.vm.snapshots if one.name.startswith(f"{given.rollback}/")]


def _busy(systems: Systems, found: tuple[Machine, ...]) -> Iterator[Finding]:
    if not systems.has(Veeam) or not found:
        return
    refs = {str(one.vm.ref): one.node.name for one in found}
    running = [one.job.name for one in systems.get(Veeam).jobs_touching(refs) if one.job.running and one.machines]
    if running:
        yield Finding("veeam-busy", Severity.OVERRIDE, f"Veeam works on the nodes now: {', '.join(running)}.")


def _consolidated(systems: Systems, given: Given) -> Check:
    if machines.reader(systems) is None:
        return unread(CONSOLIDATION, SystemName.VSPHERE)
    found = _machines(systems, given)
    wrong = [f"the disks of {one.node.name} need consolidation" for one in found if one.vm.consolidation_needed]
    wrong += [f"{one.node.name} still has {', '.join(_ours(one, given))}" for one in found if _ours(one, given)]
    if wrong:
        return still_open(CONSOLIDATION, "; ".join(wrong))
    return passed(CONSOLIDATION, "No node needs consolidation, and no snapshot of this rollback is left.")


def _backed_up(systems: Systems, given: Given) -> Check:
    if not systems.has(Veeam) or machines.reader(systems) is None:
        return unread(BACKED_UP, SystemName.VEEAM if not systems.has(Veeam) else SystemName.VSPHERE)
    veeam, live = systems.get(Veeam), _live_at(given)
    wrong: list[str] = []
    for one in _machines(systems, given):
        objects = veeam.backup_objects(moref=str(one.vm.ref))
        points = [point for each in objects for point in veeam.restore_points(each.object_id, after=live)]
        if not points:
            wrong.append(f"{one.node.name} was not backed up since the rollback under its present id")
    if wrong:
        return still_open(BACKED_UP, "; ".join(wrong))
    return passed(BACKED_UP, "Each node was backed up since the rollback under its present id.")


def _logs(systems: Systems, given: Given) -> Check:
    if not systems.has(SqlServer):
        return unread(LOGS, SystemName.SQLSERVER)
    sql, database = systems.get(SqlServer), given.estate.sqlserver.database
    if sql.database(database).recovery_model == "SIMPLE":
        return passed(LOGS, "The database is in the SIMPLE recovery model: it has no backups of the log.")
    newest = next(iter(sql.backups(database, kind="L", newest=1)), None)
    live = _live_at(given)
    if newest is None or (live is not None and newest.finish < live):
        return still_open(LOGS, "msdb shows no backup of the log since the rollback")
    return passed(LOGS, f"The log was backed up {newest.finish:%d %b %H:%M} UTC.")


def _re_enrolled(systems: Systems, given: Given) -> Check:
    if not systems.get(Cluster).has_api:
        return unread(RE_ENROLLED, SystemName.XENMOBILE)
    store = systems.get(InventoryStore)
    try:
        lost = [finding.device for finding in comparison_of(store, given.rollback_id).lost]
    except (NoCapture, IncompleteCaptureError) as missing:
        return Check(RE_ENROLLED, CheckState.NOT_CHECKED, str(missing))
    projection = Projection(PropertyNames())
    listing = answering(systems, given, nodes_to_read(given, first=False)).devices(given.estate.xenmobile.page_size)
    there = [device for row in listing if (device := projection.device(row)).managed is not False]
    back = len(pair(lost, there).pairs)
    text = f"{back} of {len(lost)} devices that had to enrol again are there."
    return passed(RE_ENROLLED, text) if back >= len(lost) else failed(RE_ENROLLED, text)


def _live_at(given: Given) -> datetime | None:
    told = (given.results.get("go-live") or {}).get("at")
    return datetime.fromisoformat(told) if told else None
