"""Every action by its word and every effect by its kind: what the runbooks may name, and what the journal may hold."""

from rollback.actions.action import Catalogue
from rollback.actions.nodes.joining import JoinNodes
from rollback.actions.nodes.power import PowerEffect, ShutDownEffect
from rollback.actions.nodes.readings import read_nodes
from rollback.actions.nodes.restore import NodeRestoreEffect
from rollback.actions.nodes.restoring import RestoreNode
from rollback.actions.nodes.shutting import ShutDownNodes
from rollback.actions.nodes.snapshot import SnapshotEffect
from rollback.actions.nodes.snapshotting import SnapshotNodes
from rollback.actions.nodes.starting import StartNode
from rollback.actions.nodes.swapping import SwapNode
from rollback.actions.nodes.verifying import VerifyNode
from rollback.actions.notices import release_notices, tell_users
from rollback.actions.probes import read_round
from rollback.actions.traffic.closing import CloseTheDoor
from rollback.actions.traffic.effects import MemberEffect, SaveEffect, VServerEffect
from rollback.actions.traffic.opening import OpenTheDoor
from rollback.estate import Estate
from rollback.health import Reading
from rollback.systems import Systems


def catalogue() -> Catalogue:
    """The table, made anew at each call; nothing in it holds a connection."""
    return Catalogue(
        actions={
            "vservers-disable": CloseTheDoor(),
            "vservers-enable": OpenTheDoor(),
            "nodes-shut-down": ShutDownNodes(),
            "nodes-snapshot": SnapshotNodes(),
            "node-restore": RestoreNode(),
            "node-start": StartNode(),
            "node-swap": SwapNode(),
            "verify-node": VerifyNode(),
            "nodes-join": JoinNodes(),
            "release-notices": release_notices(),
            "tell-users": tell_users(),
        },
        effects={
            "vserver-disable": VServerEffect(enable=False),
            "vserver-enable": VServerEffect(enable=True),
            "member-disable": MemberEffect(enable=False),
            "member-enable": MemberEffect(enable=True),
            "netscaler-save": SaveEffect(),
            "node-shut-down": ShutDownEffect(),
            "node-power-off": PowerEffect(on=False),
            "node-power-on": PowerEffect(on=True),
            "node-snapshot": SnapshotEffect(),
            "node-restore": NodeRestoreEffect(),
        },
        probes=_read_all,
    )


def _read_all(systems: Systems, estate: Estate) -> tuple[Reading, ...]:
    return read_round(systems, estate) + read_nodes(systems, estate)
