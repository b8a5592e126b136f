"""`clean-up`: our snapshots removed one by one, and proof that backups run again; the rest is people's.

The bot proposes what it made itself: each snapshot of this rollback, then the saving of what it changed on the
NetScaler. The safety backup stays; jobs and alarms are switched on by whoever switched them off.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from integrations.netscaler import NetScaler
from integrations.sqlserver import SqlServer
from integrations.veeam import Veeam
from rollback.actions.action import Change, Check, Fact, Finding, Given, Preview, Samples, Verdict
from rollback.actions.database.saved import saved
from rollback.actions.nodes import machines
from rollback.actions.nodes.machines import Machine
from rollback.actions.nodes.removal import REMOVE, remove_snapshot, way_back_wanted
from rollback.actions.nodes.snapshotting import LEAST_FREE
from rollback.actions.parts import Reads, passed, still_open, unread, verdict
from rollback.actions.traffic import reading as traffic
from rollback.cluster import Cluster
from rollback.devices.inventory import InventoryStore
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import CheckState, Severity, StageState, SystemName

CONSOLIDATION, BACKED_UP, LOGS, RE_ENROLLED = "no-consolidation", "backed-up", "log-backups", "re-enrolled"


class CleanUp(Reads):
    """The bot removes what it made, owners the rest; the bot reads what it can of the proof."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """What is left of ours, one change after the other."""
        found, netscaler = _machines(systems, given), traffic.reader(systems)
        removals = _removals(given, found)
        saving = () if netscaler is None else _saving(given, netscaler, len(removals) + 1)
        vsphere = machines.reader(systems)
        identity = {SystemName.VSPHERE.value: vsphere.identity()} if vsphere is not None and removals else {}
        if netscaler is not None and saving:
            identity[SystemName.NETSCALER.value] = netscaler.identity()
        ours = [f"{one.node.name}: {len(_ours(one, given))} snapshots" for one in found if _ours(one, given)]
        return Preview(
            changes=(*removals, *saving),
            facts=(
                Fact("kept for the way back", "; ".join(ours) or "no snapshot of this rollback is left", flutters=True),
                *_safety(given),
                Fact("by people", "jobs un-paused when a point from after the rollback exists, alarms switched on"),
            ),
            findings=(*_wanted(given, removals), *_busy(systems, found), *_short(found, removals), *_unsaved(saving)),
            identity=identity,
            uses=("save",) if saving else (),
            lost=_lost(removals),
            dies="vCenter goes on with a removal that was begun; the bot looks for the snapshot by its name.",
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


def _removals(given: Given, found: tuple[Machine, ...]) -> tuple[Change, ...]:
    """One group a snapshot: one at a time, on each node the newest first."""
    vms = {one.node.name: one for one in found}
    named = [(node, vms.get(node.name), name) for node in given.estate.nodes
             for name in _names(given, node, vms.get(node.name))]  # fmt: skip
    return tuple(
        remove_snapshot(given, node, machine.vm if machine is not None else None, group, name)
        for group, (node, machine, name) in enumerate(named, start=1)
    )


def _names(given: Given, node: Node, machine: Machine | None) -> Iterator[str]:
    """The snapshots of this rollback that are there, and those that were taken: one that is gone is a goal reached."""
    there = _ours(machine, given)[::-1] if machine is not None else []
    made = [change.detail["name"] for change in given.made if change.kind == REMOVE and change.target == node.name]
    taken = (given.results.get("snapshot-nodes") or {}).get("snapshots", {}).get(node.name, {}).get("name")
    if taken is None and machine is None and given.states.get("snapshot-nodes") == StageState.SUCCEEDED:
        taken = f"{given.rollback}/snapshot-nodes/{node.name}"  # by people, by the name on their card
    yield from dict.fromkeys((*there, *made, *([taken] if taken else [])))


def _saving(given: Given, netscaler: NetScaler, group: int) -> tuple[Change, ...]:
    """The line that saves, unless it was picked that nothing is saved."""
    if given.choices.get("save", given.estate.netscaler.save) == "no":
        return ()
    return (replace(traffic.save(group), already=netscaler.configuration().unsaved is False),)


def _unsaved(saving: tuple[Change, ...]) -> Iterator[Finding]:
    if not all(change.already for change in saving):
        text = "The configuration is unsaved: by this rollback, perhaps by others too; saving keeps all of it."
        yield Finding("foreign-unsaved", Severity.WARN, text)


def _wanted(given: Given, removals: tuple[Change, ...]) -> Iterator[Finding]:
    if not all(change.already for change in removals) and (why := way_back_wanted(given)):
        text = f"The snapshots stay: {why}. Take the way back to its end, or leave this stage out: it becomes a debt."
        yield Finding("way-back-wanted", Severity.HARD, text)


def _short(found: tuple[Machine, ...], removals: tuple[Change, ...]) -> Iterator[Finding]:
    if all(change.already for change in removals):
        return
    stores = {store.name: store for one in found for store in one.vm.datastores}
    short = sorted(
        name
        for name, store in stores.items()
        if store.free_bytes is not None
        and store.capacity_bytes is not None
        and store.free_bytes < LEAST_FREE * store.capacity_bytes
    )
    if short:
        text = f"{', '.join(short)}: less than 15 % is free, and merging disks needs room."
        yield Finding("datastore-short", Severity.OVERRIDE, text, about=tuple(short))


def _safety(given: Given) -> Iterator[Fact]:
    safety = saved(given)
    if safety is not None:
        yield Fact("safety backup", f"{safety.file} stays; its owner removes it after its keep time")


def _lost(removals: tuple[Change, ...]) -> tuple[str, ...]:
    if all(change.already for change in removals):
        return ()
    return ("The disks of the upgraded nodes as the snapshots hold them; no way back leads over them any more.",)


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
        text = f"Veeam works on the nodes now: {', '.join(running)}."
        yield Finding("veeam-busy", Severity.OVERRIDE, text, about=tuple(sorted(running)))


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
    last = systems.get(InventoryStore).returned(given.rollback_id)
    if last is None:
        text = "No device was counted yet: counting begins after go-live, where both captures could be compared."
        return Check(RE_ENROLLED, CheckState.NOT_CHECKED, text)
    text = f"{last.back} of {last.of} devices that had to enrol again are back"
    if last.closed_at is not None:
        return passed(RE_ENROLLED, f"{text}; no more are waited for.")
    return still_open(RE_ENROLLED, f"{text}.") if last.missing else passed(RE_ENROLLED, f"{text}.")


def _live_at(given: Given) -> datetime | None:
    told = (given.results.get("go-live") or {}).get("at")
    return datetime.fromisoformat(told) if told else None
