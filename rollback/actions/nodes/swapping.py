"""`node-swap`: another node in place of the one that is on; with the door open the new one serves first."""

from collections.abc import Iterable

from integrations.netscaler import NetScaler
from integrations.sqlserver import SqlServer
from rollback.actions.action import Change, Check, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.nodes import changes
from rollback.actions.nodes.guards import connections
from rollback.actions.nodes.machines import Machine, facts, others, read, reader
from rollback.actions.nodes.proofs import points_proven
from rollback.actions.nodes.shutting import door_open
from rollback.actions.nodes.watching import answers, clock, held, not_refused, sessions, sessions_of
from rollback.actions.parts import Reads, passed, patient, still_open, unread, verdict
from rollback.cluster import Cluster
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import Severity, SystemName

BECOMES_ON, MEMBERS_OUT = 2, 4
"""Groups of the open form behind which the new node must be proven, and the old one's connections gone."""


class SwapNode(Reads):
    """Closed door: old off, new on. Open door: new on behind disabled members, its members in, then the old one out."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read both machines, and what stands before them."""
        old, new = _pair(given)
        vsphere = reader(systems)
        machines = read(vsphere, given, (old, new)) if vsphere is not None else ()
        identity = {SystemName.VSPHERE.value: vsphere.identity()} if vsphere is not None else {}
        findings = [*points_proven(given, [new])]
        if _open_form(given):
            planned = _open_changes(systems, given, machines)
            findings += [*_down_first(systems, given, machines), _few_serve(given, new)]
            if systems.has(NetScaler):
                identity[SystemName.NETSCALER.value] = systems.get(NetScaler).identity()
        else:
            planned = _closed_changes(given, machines)
            findings += door_open(systems, given)
        return Preview(
            changes=planned,
            facts=facts(machines),
            findings=tuple(findings),
            thens=_thens(given, old, new),
            identity=identity,
            dies="What was begun goes on: a guest shuts down, a node boots. The bot reads both machines and goes on.",
        )

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        """What must pass between the groups."""
        old, new = _pair(given)
        if not _open_form(given):
            return verdict(given, _old_off(systems, given, old)) if group == 1 else Verdict()
        if group == BECOMES_ON:
            return verdict(given, held("ports-good", given, samples, [new.name], given.estate.timings.joined))
        if group == MEMBERS_OUT:
            return verdict(given, _drained(systems, given, old))
        return Verdict()

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """The new node answers, in time and alone in the database; in the open form the old one is off only now."""
        old, new = _pair(given)
        checks = [answers(systems, new), clock(systems, given, new), sessions(systems, given, [new.name])]
        if _open_form(given):
            checks.append(_old_off(systems, given, old))
        return verdict(given, *checks)

    def result(self, systems: Systems, given: Given) -> Json:
        """Which node is on now, and which is not any more."""
        old, new = _pair(given)
        return {"on": [new.name], "off": [old.name]}


def _pair(given: Given) -> tuple[Node, Node]:
    return given.estate.node(str(given.params["old"])), given.estate.node(given.target)


def _open_form(given: Given) -> bool:
    return given.params.get("form") == "open-door"


def _thens(given: Given, old: Node, new: Node) -> dict[int, str]:
    if not _open_form(given):
        return {1: f"{old.name} is off, its ports refuse and it has no SQL session."}
    return {
        BECOMES_ON: f"Ports of {new.name} have been good for a while, and two people have read its release.",
        MEMBERS_OUT: f"The connections of {old.name} are 0.",
    }


def _closed_changes(given: Given, machines: tuple[Machine, ...]) -> tuple[Change, ...]:
    old, new = _pair(given)
    was, becomes = (machines[0].vm, machines[1].vm) if machines else (None, None)
    hard = {"hard_off": True} if given.estate.vsphere.hard_off else {}
    return (
        changes.shut_down(given, old, was, 1, door="closed", **hard),
        changes.power_on(given, new, becomes, 2, others(given, new.name), door="closed"),
    )


def _open_changes(systems: Systems, given: Given, machines: tuple[Machine, ...]) -> tuple[Change, ...]:
    old, new = _pair(given)
    was, becomes = (machines[0].vm, machines[1].vm) if machines else (None, None)
    return (
        *changes.behind_members(systems, given, changes.power_on(given, new, becomes, BECOMES_ON)),
        *changes.members(systems, given, old, MEMBERS_OUT, enable=False),
        changes.shut_down(given, old, was, 5, serves=new.name, drained=old.name),
    )


def _down_first(systems: Systems, given: Given, machines: Iterable[Machine]) -> tuple[Finding, ...]:
    old, new = _pair(given)
    states = {one.node.name: one.off for one in machines}
    serving = systems.get(Cluster).health(new, 443).ok
    down = states.get(old.name, False) and not serving
    text = f"{old.name} is off before {new.name} serves." if down else f"{old.name} stays on until {new.name} serves."
    return (Finding("down-first", Severity.HARD, text, at_start=True, holds=down),)


def _few_serve(given: Given, new: Node) -> Finding:
    devices = int(given.facts.get("devices", given.estate.devices))
    needed = max(1, -(-devices // given.estate.devices_per_node))
    text = f"Only {new.name} serves after the swap; {needed} nodes carry all devices."
    return Finding("one-node-serves", Severity.OVERRIDE, text)


def _old_off(systems: Systems, given: Given, old: Node) -> Check:
    name, vsphere = "old-off", reader(systems)
    wrong = list(not_refused(systems, [old]))
    if systems.has(SqlServer) and sessions_of(systems, given, [old.name]):
        wrong.append(f"{old.name} still has a SQL session")
    if vsphere is not None:
        wrong += [f"{one.node.name} is {one.vm.power.value}" for one in read(vsphere, given, [old]) if not one.off]
    elif not wrong:
        return unread(name, SystemName.VSPHERE)
    good = f"{old.name} is off, its ports let nobody in, and it has no SQL session."
    return patient(name, wrong, good, given, given.estate.timings.drain)


def _drained(systems: Systems, given: Given, old: Node) -> Check:
    name = "drained"
    if not systems.has(NetScaler):
        return unread(name, SystemName.NETSCALER)
    left = connections(systems, given, old.name)
    return still_open(name, f"{old.name} still has {left} connections") if left else passed(name, "No connection left.")
