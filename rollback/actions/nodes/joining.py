"""`nodes-join`: one node after the other joins those that are on; with the open door behind its disabled members."""

from integrations.netscaler import NetScaler
from integrations.vsphere import Vm
from rollback.actions.action import Change, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.nodes import changes
from rollback.actions.nodes.machines import facts, names_of, nodes_of, read, reader
from rollback.actions.nodes.proofs import clocks_right, nodes_proven, points_proven
from rollback.actions.nodes.shutting import door_open
from rollback.actions.nodes.watching import good_now, held, sessions, steady
from rollback.actions.parts import Reads, verdict
from rollback.estate import Node
from rollback.systems import Systems
from storage.words import SystemName

GROUPS = 3
"""Groups a node in the open form: members out, on, members in. The closed form has one."""


class JoinNodes(Reads):
    """Closed form: each node on. Open form: its members out, it on, and when it is proven its members in."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read the machines that join, their proofs and their clocks."""
        vsphere, nodes = reader(systems), nodes_of(given)
        machines = read(vsphere, given, nodes) if vsphere is not None else ()
        seen = {one.node.name: one.vm for one in machines}
        identity = {SystemName.VSPHERE.value: vsphere.identity()} if vsphere is not None else {}
        if _open_form(given) and systems.has(NetScaler):
            identity[SystemName.NETSCALER.value] = systems.get(NetScaler).identity()
        planned = [
            change
            for position, node in enumerate(nodes)
            for change in _changes(systems, given, node, seen.get(node.name), position)
        ]
        return Preview(
            changes=tuple(planned),
            facts=facts(machines),
            findings=_findings(systems, given, nodes),
            thens=_thens(given, nodes),
            identity=identity,
            dies="A node that was powered on goes on booting; the bot reads its power and goes on.",
        )

    def settled(self, systems: Systems, given: Given, group: int, samples: Samples) -> Verdict:
        """The node that joined last is proven before the next one begins."""
        nodes, timings = nodes_of(given), given.estate.timings
        position, step = divmod(group - 1, GROUPS if _open_form(given) else 1)
        if not 0 <= position < len(nodes):
            return Verdict()
        node = nodes[position]
        if not _open_form(given):
            on = (*_on(given), *(one.name for one in nodes[: position + 1]))
            return verdict(given, held(f"ports-good@{node.name}", given, samples, on, timings.joined))
        if step == 0:
            return Verdict()
        if step == 1 and given.params.get("proven"):
            return verdict(given, good_now(f"ports-good@{node.name}", systems, node))
        if step == 1:
            return verdict(given, held(f"held@{node.name}", given, samples, [node.name], timings.stable))
        return verdict(given, steady(f"steady@{node.name}", systems, given, samples, node))

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Only the nodes that are on have SQL sessions."""
        if given.params.get("version") == "from":
            return Verdict()
        return verdict(given, sessions(systems, given, [*_on(given), *names_of(given)]))

    def result(self, systems: Systems, given: Given) -> Json:
        """Which nodes are on now besides those before."""
        return {"on": list(names_of(given))}


def _open_form(given: Given) -> bool:
    return given.params.get("form") == "open-door"


def _on(given: Given) -> tuple[str, ...]:
    """The nodes that are on before the first one joins."""
    listed = given.params.get("on") or ()
    return (listed,) if isinstance(listed, str) else tuple(listed)


def _changes(systems: Systems, given: Given, node: Node, vm: Vm | None, position: int) -> tuple[Change, ...]:
    if not _open_form(given):
        return (changes.power_on(given, node, vm, position + 1, door="closed"),)
    return changes.behind_members(systems, given, changes.power_on(given, node, vm, position * GROUPS + 2))


def _thens(given: Given, nodes: tuple[Node, ...]) -> dict[int, str]:
    count = len(_on(given))
    if not _open_form(given):
        return {
            position: f"Ports of every node that is on were good for a while; {count + position} members on each."
            for position, _ in enumerate(nodes, start=1)
        }
    thens = {}
    for position, node in enumerate(nodes):
        proof = "is good" if given.params.get("proven") else "has held, its release is read and it was tried"
        thens[position * GROUPS + 2] = f"{node.name} {proof}; {count + position + 1} members on each node."
        thens[position * GROUPS + 3] = f"No member of {node.name} flaps for a while."
    return thens


def _findings(systems: Systems, given: Given, nodes: tuple[Node, ...]) -> tuple[Finding, ...]:
    if given.params.get("version") == "from":
        return door_open(systems, given)
    clocks = clocks_right(systems, given, nodes)
    if _open_form(given):
        return (*points_proven(given, nodes), *clocks)
    return (*door_open(systems, given), *(nodes_proven(given, nodes) if given.params.get("proven") else ()), *clocks)
