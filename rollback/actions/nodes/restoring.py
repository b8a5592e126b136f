"""`node-restore`: one node back to a restore point, in place, left off; its way back is computed from what is left."""

from collections.abc import Iterable
from datetime import timedelta

from integrations.veeam import RestorePoint, Session, Veeam
from integrations.vsphere import Vm, VSphere
from rollback.actions.action import NOTED, Change, Check, Fact, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.nodes import points as restore_points
from rollback.actions.nodes.changes import RESTORE
from rollback.actions.nodes.machines import Machine, expected, facts, nodes_of, others, placeholder, reader
from rollback.actions.nodes.points import NEWEST_BEFORE_ROLLBACK, Points
from rollback.actions.parts import Reads, failed, judged, passed, site_time, still_open, unread, verdict
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import By, Severity, SystemName

CLOCKS_APART = timedelta(minutes=5)  # how far Veeam's clock may be from ours when its sessions are listed


class RestoreNode(Reads):
    """Overwrite the node from the picked point, or on the way back from the newest one before the rollback."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read the machine in vCenter, its points and its restores in Veeam."""
        (node,) = nodes_of(given)
        vsphere, veeam = reader(systems), systems.get(Veeam) if systems.has(Veeam) else None
        machine = _machine(vsphere, node) if vsphere is not None else None
        vm = machine.vm if machine is not None else None
        findings = [*_about_machine(vsphere, given, machine)]
        identity = {SystemName.VSPHERE.value: vsphere.identity()} if vsphere is not None else {}
        shown = facts((machine,)) if machine is not None else ()
        if veeam is None or vm is None:
            return Preview(
                changes=(_by_hand(given, node, vm),),
                facts=shown,
                findings=tuple(findings),
                identity=identity,
                uses=(_key(node),),
                lost=_lost(node),
                dies="Nothing: a person makes this change.",
            )
        points = restore_points.read(veeam, given, node.name, vm.ref)
        picked, about = _pick(given, node, points)
        change = _change(given, node, vm, picked, points) if picked else None
        running = restore_points.busy(veeam, node.name, others(given, node.name))
        return Preview(
            changes=(change,) if change else (),
            facts=(*shown, *_request(veeam, change)),
            findings=(*findings, *about, *_running(node, running), *_way_back(given, node, points, picked)),
            identity={**identity, SystemName.VEEAM.value: veeam.identity()},
            uses=(_key(node),),
            lost=_lost(node),
            dies="The Veeam restore goes on without the bot, which looks for its session by machine and time.",
            offers={_key(node): tuple((one.point_id, _label(given, one)) for one in _admissible(given, points))},
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """The session's result, the machine's power, its name, its networks."""
        (node,) = nodes_of(given)
        vsphere = reader(systems)
        session, warnings = _session_check(systems, given, node)
        if vsphere is None:
            nobody = (unread(name, SystemName.VSPHERE) for name in ("off", "as-before"))
            return verdict(given, session, *nobody, warnings=warnings)
        machine = _machine(vsphere, node)
        lost = [name for name in _ours(given, node) if not machine.vm.named(name)]
        told = tuple(f"the snapshot {name} was lost in the restore" for name in lost)
        wrong = _not_as_planned(vsphere, given, machine)
        return verdict(
            given,
            session,
            judged("off", wrong, f"{node.name} is off, and there is one VM by that name."),
            _as_before(given, machine, told),
            warnings=(*warnings, *told),
        )

    def result(self, systems: Systems, given: Given) -> Json:
        """What the node holds now, and whether it is proven."""
        (node,) = nodes_of(given)
        vsphere = reader(systems)
        vm = _machine(vsphere, node).vm if vsphere is not None else None
        change = _planned(given, node)
        detail = change.detail if change else {}
        session = _newest(systems.get(Veeam), given, node) if systems.has(Veeam) else None
        return {
            "point": detail.get("point", ""),
            "point_at": detail.get("created", ""),
            "session": session.session_id if session else "",
            "proven": (session.ended_well if session else not systems.has(Veeam)) and bool(detail),
            "attested": not systems.has(Veeam),
            "machine": vm.ref if vm else "",
            "old_machine": detail.get(NOTED, {}).get("machine", ""),
            "instance_uuid": vm.instance_uuid if vm else "",
            "snapshots": [one.name for one in vm.snapshots] if vm else [],
        }


def _machine(vsphere: VSphere, node: Node) -> Machine:
    ref = vsphere.find(node.inventory_path)
    return Machine(node, vsphere.read(ref)[ref])


def _key(node: Node) -> str:
    return f"point@{node.name}"


def _way_is_back(given: Given) -> bool:
    return given.params.get("point") == NEWEST_BEFORE_ROLLBACK


def _admissible(given: Given, points: Points) -> tuple[RestorePoint, ...]:
    return points.back if _way_is_back(given) else points.forward


def _pick(given: Given, node: Node, points: Points) -> tuple[RestorePoint | None, tuple[Finding, ...]]:
    """The point to restore, and what speaks against it or against there being one."""
    if not points.all:
        text = f"Veeam has {len(points.objects)} backup objects for {node.name} by its managed object id, not one."
        return None, (Finding("name-ambiguous", Severity.HARD, text),)
    admissible = _admissible(given, points)
    wanted = None if _way_is_back(given) else given.choices.get(_key(node))
    if not wanted and admissible:
        return admissible[0], _flag(node, admissible[0])
    if _way_is_back(given):
        text = (
            f"{node.name} has no restore point that is known to be from after the upgrade and before the rollback; "
            "the snapshots of this rollback tell when it began."
        )
        return None, (Finding("no-way-back", Severity.HARD, text),)
    found = points.find(str(wanted)) if wanted else None
    if found in admissible and found is not None:
        return found, _flag(node, found)
    text = (
        f"The restore point picked for {node.name} is not one of its own from before the upgrade."
        if wanted
        else f"{node.name} has no restore point from before the upgrade that can be restored in place."
    )
    if restore_points.upgrade_began(given) is None:
        text = f"It isn't told when the upgrade began: no restore point of {node.name} is known to be from before it."
    return None, (Finding("point-wrong", Severity.HARD, text),)


def _flag(node: Node, point: RestorePoint) -> tuple[Finding, ...]:
    text = f"Veeam says {point.malware} of the restore point of {node.name}."
    return (Finding("malware-flag", Severity.OVERRIDE, text),) if point.flagged else ()


def _change(given: Given, node: Node, vm: Vm, point: RestorePoint, points: Points) -> Change:
    detail = {
        **placeholder(given, node, vm),
        "point": point.point_id,
        "created": point.created.at.isoformat(),
        "object": points.all[point],
        "others": list(others(given, node.name)),
        "reason": given.marker(node.name),
        NOTED: _noted(vm),
    }
    when = site_time(given, point.created.at)
    return Change(
        RESTORE,
        1,
        SystemName.VEEAM,
        node.name,
        f"{node.name} overwritten from restore point {point.point_id} of {when}, to its original location; no power "
        "on, no quick rollback",
        detail,
        destructive=True,
        already=any(made.kind == RESTORE and made.detail.get("point") == point.point_id for made in given.made),
        how=f"In the Veeam console restore the entire VM {node.name} to its original location from the point of "
        f"{when}; don't power it on.",
    )


def _noted(vm: Vm | None) -> dict[str, Json]:
    """What is compared with afterwards: a machine that was registered anew is the same by its instanceUuid."""
    return {"machine": vm.ref, "networks": sorted(vm.networks)} if vm is not None else {}


def _by_hand(given: Given, node: Node, vm: Vm | None) -> Change:
    picked = str(given.choices.get(_key(node)) or "")
    which = f"restore point {picked}" if picked else "its newest restore point from before the upgrade"
    if _way_is_back(given):
        which = "its newest restore point from before the rollback"
    return Change(
        RESTORE,
        1,
        SystemName.VEEAM,
        node.name,
        f"{node.name} overwritten from {which}, to its original location; no power on, no quick rollback",
        {**placeholder(given, node, vm), "point": picked, NOTED: _noted(vm)},
        destructive=True,
        by=By.PERSON,  # a point counts only by its machine's id, which vCenter alone tells
        already=any(made.kind == RESTORE for made in given.made),
        how=f"In the Veeam console restore the entire VM {node.name} from {which}; don't power it on.",
    )


def _request(veeam: Veeam, change: Change | None) -> tuple[Fact, ...]:
    if change is None:
        return ()
    asked = veeam.restore_request(change.detail["point"], change.detail["reason"])
    return (Fact("request", f"POST {asked.path} (API {asked.version}): {dict(asked.body)}"),)


def _label(given: Given, point: RestorePoint) -> str:
    parts = [site_time(given, point.created.at), point.kind, f"malware: {point.malware}" if point.flagged else ""]
    assumed = "read as the server's local time" if point.created.assumed else ""
    return ", ".join(part for part in (*parts, assumed) if part)


def _lost(node: Node) -> tuple[str, ...]:
    return (f"Everything on the disks of {node.name} since the restore point, its logs included.",
            f"Snapshots of {node.name} are expected to be lost.")  # fmt: skip


def _about_machine(vsphere: VSphere | None, given: Given, machine: Machine | None) -> Iterable[Finding]:
    if vsphere is None or machine is None:
        return
    node = machine.node
    text = f"{node.name} is {machine.vm.power.value}." if not machine.off else f"{node.name} must be off."
    yield Finding("vm-on", Severity.HARD, text, at_start=True, holds=not machine.off)
    count = len(vsphere.named(machine.vm.name))
    if count != 1:
        yield Finding("name-ambiguous", Severity.HARD, f"vCenter has {count} VMs called {machine.vm.name}.")
    wanted = expected(given, node)
    if wanted and wanted.lower() != machine.vm.instance_uuid.lower():
        text = f"{node.name} was recreated: its instanceUuid is {machine.vm.instance_uuid}, not {wanted}."
        yield Finding("vm-recreated", Severity.OVERRIDE, text)


def _running(node: Node, running: tuple[Session, ...]) -> tuple[Finding, ...]:
    text = f"Another restore runs on {node.name}, or may."
    return (Finding("restore-running", Severity.HARD, text),) if running else ()


def _way_back(given: Given, node: Node, points: Points, picked: RestorePoint | None) -> tuple[Finding, ...]:
    if _way_is_back(given) or points.back or picked is None:
        return ()
    text = f"{node.name} has no restore point from after the upgrade: there is no way back for this node."
    return (Finding("no-way-back", Severity.OVERRIDE, text),)


def _planned(given: Given, node: Node) -> Change | None:
    found = [one for one in (*given.planned, *given.made) if one.kind == RESTORE and one.target == node.name]
    return found[0] if found else None


def _newest(veeam: Veeam, given: Given, node: Node) -> Session | None:
    """The newest restore of the node since the stage began, or since long before it when an earlier attempt did it."""
    begun = given.stage_started or given.now
    since = begun - (restore_points.LONGEST if given.attempt > 1 else CLOCKS_APART)
    there = veeam.find_restores(node.name, since, others(given, node.name)).ours
    return there[-1] if there else None


def _session_check(systems: Systems, given: Given, node: Node) -> tuple[Check, tuple[str, ...]]:
    name = "session-succeeded"
    if not systems.has(Veeam):
        return unread(name, SystemName.VEEAM), ()
    session = _newest(systems.get(Veeam), given, node)
    if session is None:
        return still_open(name, f"Veeam shows no restore of {node.name} since the stage began"), ()
    told = f"session {session.session_id} is {session.state} with {session.result}"
    if session.outcome.value in {"running", "needs_person"}:
        return still_open(name, told), ()
    if not session.ended_well:
        return failed(name, f"{told}: {session.message}"), ()
    warned = (f"Veeam warned: {session.message}",) if session.message else ()
    return passed(name, ". ".join((told, *warned))), warned


def _not_as_planned(vsphere: VSphere, given: Given, machine: Machine) -> list[str]:
    wrong, change = [], _planned(given, machine.node)
    if not machine.off:
        wrong.append(f"{machine.node.name} is {machine.vm.power.value}")
    count = len(vsphere.named(machine.vm.name))
    if count != 1:
        wrong.append(f"vCenter has {count} VMs called {machine.vm.name}")
    approved = str(change.detail["reference"]) if change else ""
    if approved and approved.lower() != machine.vm.instance_uuid.lower():
        wrong.append(f"its instanceUuid is {machine.vm.instance_uuid}, not {approved}: it is another VM")
    return wrong


def _ours(given: Given, node: Node) -> tuple[str, ...]:
    made = (given.results.get("snapshot-nodes") or {}).get("snapshots", {}).get(node.name)
    return (str(made["name"]),) if made else ()


def _as_before(given: Given, machine: Machine, told: tuple[str, ...]) -> Check:
    change = _planned(given, machine.node)
    before = list(change.detail.get(NOTED, {}).get("networks", [])) if change else []
    now = sorted(machine.vm.networks)
    wrong = (
        [f"its networks are {', '.join(now) or 'none'}, before {', '.join(before)}"] if before and now != before else []
    )
    left = ", ".join(one.name for one in machine.vm.snapshots) or "none"
    return judged("as-before", wrong, "; ".join((f"Networks as before; snapshots: {left}", *told)))
