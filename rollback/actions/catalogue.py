"""Every action by its word and every effect by its kind: what the runbooks may name, and what the journal may hold."""

from rollback.actions.action import Catalogue
from rollback.actions.database.backing_up import BackUpTheDatabase
from rollback.actions.database.backup_effect import BackupEffect
from rollback.actions.database.checks import CheckEffect, VerifyEffect
from rollback.actions.database.restarting import RestartEffect, RestartTheInstance
from rollback.actions.database.restore_effect import RestoreEffect
from rollback.actions.database.restoring import RestoreTheDatabase
from rollback.actions.decisions.live import GoLive
from rollback.actions.decisions.service import VerifyService
from rollback.actions.decisions.tidy import CleanUp
from rollback.actions.invariants import read_invariants
from rollback.actions.inventory.capturing import KINDS, CaptureEffect
from rollback.actions.inventory.comparing import CompareDevices
from rollback.actions.inventory.evidence import CollectEvidence, StoreEvidence
from rollback.actions.inventory.listing import ListDevices
from rollback.actions.inventory.preparing import Prepare
from rollback.actions.inventory.reading_backup import ReadBackup
from rollback.actions.inventory.validating import ValidateConfiguration
from rollback.actions.nodes.joining import JoinNodes
from rollback.actions.nodes.power import PowerEffect, ShutDownEffect
from rollback.actions.nodes.readings import read_nodes
from rollback.actions.nodes.removal import SnapshotRemoveEffect
from rollback.actions.nodes.restore import NodeRestoreEffect
from rollback.actions.nodes.restoring import RestoreNode
from rollback.actions.nodes.shutting import ShutDownNodes
from rollback.actions.nodes.snapshot import SnapshotEffect
from rollback.actions.nodes.snapshotting import SnapshotNodes
from rollback.actions.nodes.starting import StartNode
from rollback.actions.nodes.swapping import SwapNode
from rollback.actions.nodes.switching_off import SwitchOff
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
            "node-switch-off": SwitchOff(),
            "database-back-up": BackUpTheDatabase(),
            "database-restore": RestoreTheDatabase(),
            "sql-restart": RestartTheInstance(),
            "prepare": Prepare(),
            "collect-evidence": CollectEvidence(),
            "list-devices": ListDevices(),
            "compare-devices": CompareDevices(),
            "validate-configuration": ValidateConfiguration(),
            "release-notices": release_notices(),
            "verify-service": VerifyService(),
            "go-live": GoLive(),
            "tell-users": tell_users(),
            "clean-up": CleanUp(),
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
            "snapshot-remove": SnapshotRemoveEffect(),
            "node-restore": NodeRestoreEffect(),
            "database-back-up": BackupEffect(),
            "database-verify": VerifyEffect(),
            "database-restore": RestoreEffect(),
            "database-checkdb": CheckEffect(),
            "sql-restart": RestartEffect(),
            "evidence-store": StoreEvidence(),
            "backup-verify": ReadBackup(),
            **dict.fromkeys(KINDS, CaptureEffect()),
        },
        probes=_read_all,
        invariants=read_invariants,
    )


def _read_all(systems: Systems, estate: Estate) -> tuple[Reading, ...]:
    return read_round(systems, estate) + read_nodes(systems, estate)
