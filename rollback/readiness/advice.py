"""What to do about each finding that a check can show, by its code; the finding's own text says what is wrong."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WHAT_TO_DO: Final[Mapping[str, str]] = MappingProxyType(
    {
        # the NetScaler
        "not-primary": "Put the address of the pair, or of the primary, into the settings.",
        "ha-unhealthy": "Let the NetScaler's administrator look at `show ha node`.",
        "vserver-missing": "Compare the names of the vServers in the settings with the NetScaler.",
        "disabled-already": "Ask who disabled it and why: a rollback will leave it as it is.",
        "page-behind-door": "Take backup vServer and redirect away before the door is closed.",
        "gateway-shared": "Tell the owners of the other services that they go away with the door.",
        "foreign-unsaved": "Let its owner save or undo it.",
        "second-door": "Find out whether devices come in that way, and how it is closed; then accept it.",
        # the database and its backups
        "backup-unusable": "Let the DBA make a full backup WITH CHECKSUM to disk, under the folders in the settings.",
        "backup-not-approved": "Let the DBA find out what lies in the file, and make a new full backup.",
        "outside-pairing-window": "Bring back a backup, or points, from between the last change and the upgrade.",
        "database-replicated": "Let the DBA say how it would be taken out before a restore, and put it back after.",
        "database-unusual": "Let the DBA confirm that a restore in place is possible; then accept it in the settings.",
        "no-checksums": "Let the DBA make backups WITH CHECKSUM.",
        "points-old": "Make newer backups and restore points.",
        "points-week-old": "Make newer backups and restore points.",
        "no-space": "Make room in the folder of the safety backup.",
        "space-short": "Make room in the folder of the safety backup.",
        "space-unread": "Let the DBA look at the free space of the folder for the safety backup.",
        "target-unsafe": "Take another folder for the safety backup, on a volume of its own.",
        "target-shared": "Take a folder of its own for the safety backup.",
        "file-exists": "Move the file away; nothing is ever overwritten.",
        "not-online": "Let the DBA bring the database online.",
        # what the devices know the server by
        "apns-replaced": "Compare the topics: after a renewal devices stay; another topic costs each its enrolment.",
        # the nodes
        "vm-unusual": "Look at the machine in vCenter: answer its question, remove old snapshots.",
        "vm-recreated": "Put the machine's present instanceUuid into the settings, if it is the right one.",
        "name-ambiguous": "Rename the other machine, or remove its old backup object.",
        "machine-kept": "Correct the nodes in the settings: this machine is no node, and a rollback would stop itself.",
        "no-tools": "Start or repair VMware Tools in the guest; else its plug would be pulled.",
        "datastore-short": "Make room on the datastore; a snapshot grows while it stands.",
        "consolidation-needed": "Consolidate the machine's disks in vCenter.",
        "chain-long": "Remove old snapshots.",
        # restore points
        "node-not-restorable": "Let the backup administrator make a restore point, and test that it can be restored.",
        "no-way-back": "Make a restore point of the upgraded state before the rollback begins.",
        "veeam-busy": "Wait for the job, or stop it before the nodes are touched.",
        "restore-running": "Wait for the restore that runs.",
    }
)
ELSE: Final = "Look at the system itself, then check again."


def advice(code: str) -> str:
    """What to do about a finding; of a code that isn't known: look for yourself."""
    return WHAT_TO_DO.get(code, ELSE)
