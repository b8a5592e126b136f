"""`verify-node`: one node alone, watched for a while; people read its release and try it at its own address."""

from integrations.sqlserver import SqlServer
from rollback.actions.action import Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.nodes.machines import facts, nodes_of, others, read, reader
from rollback.actions.nodes.watching import clock, held, powered, sessions, skew
from rollback.actions.parts import Reads, verdict
from rollback.systems import Systems
from storage.words import Severity, SystemName


class VerifyNode(Reads):
    """Nothing is changed; the node must be the only one that is on."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read every machine."""
        vsphere, (node,) = reader(systems), nodes_of(given)
        dies = "Nothing: readings of before count again when the bot is back, if there is no gap in them."
        if vsphere is None:
            return Preview(dies=dies)
        machines = read(vsphere, given, given.estate.nodes)
        on = [name for name in powered(machines) if name in others(given, node.name)]
        text = f"{', '.join(on)} is on beside {node.name}."
        return Preview(
            facts=facts(machines),
            findings=(Finding("other-node-on", Severity.HARD, text),) if on else (),
            identity={SystemName.VSPHERE: vsphere.identity()},
            dies=dies,
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Its ports have held, its date is right, it is alone in the database."""
        (node,) = nodes_of(given)
        return verdict(
            given,
            held("held", given, samples, [node.name], given.estate.timings.stable),
            clock(systems, given, node),
            sessions(systems, given, [node.name]),
        )

    def result(self, systems: Systems, given: Given) -> Json:
        """That it is proven, and how far its clock was off: it can't be read again while the node is off."""
        (node,) = nodes_of(given)
        apart = skew(systems, node) if systems.has(SqlServer) else None
        return {"proven": [node.name], "skew": apart.total_seconds() if apart is not None else None}
