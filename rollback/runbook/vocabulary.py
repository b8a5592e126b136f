"""The verbs of the field that a runbook can use; `rollback.actions` carries each of them out."""

from collections.abc import Mapping
from types import MappingProxyType

ACTIONS: Mapping[str, str] = MappingProxyType(
    {
        "prepare": "captures the devices early, proves backup, points, rights and clocks, and gathers the people",
        "vservers-disable": "disables the listed vServers and proves that nothing comes in; `save: false`: never saves",
        "collect-evidence": "stores what can be read of the fault and waits for people's bundles",
        "list-devices": "captures the whole inventory behind the closed door",
        "nodes-shut-down": "shuts down `nodes`",
        "database-back-up": "takes and verifies the safety backup",
        "nodes-snapshot": "takes one snapshot of each of `nodes`",
        "database-restore": "restores `source`: `picked-backup` or `safety-backup`",
        "sql-restart": "restarts SQL Server, or only verifies it, as picked",
        "node-restore": "restores the target from `point`: `picked-point` or `newest-before-rollback`",
        "node-start": "powers the target on and proves it; `alone`: no other node may be on",
        "compare-devices": "compares two captures and has the security list decided",
        "validate-configuration": "compares the configuration of two captures",
        "release-notices": "has the people told who must enrol again",
        "node-swap": "puts the target in the place of `old`, behind the `closed-door` or with the `open-door` (`form`)",
        "verify-node": "proves the target alone",
        "nodes-join": "adds `nodes` to those that are `on`, in that `form`; `proven`: each was verified alone before",
        "vservers-enable": "enables exactly what was enabled before",
        "verify-service": "has the service tried with real devices",
        "go-live": "has the service declared healthy, and watches it",
        "tell-users": "has everybody told",
        "node-switch-off": "powers the target off at once, by its plug",
        "clean-up": "removes what was kept and switches everything on again",
    }
)
"""What each action does, and the parameters that it takes from the runbook, in a few words."""
