"""How the pretend Veeam server tells its state: one JSON object for each thing, as the version spoken spells it."""

import uuid
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from practice.veeam.versions import Version
from practice.world.state import BackedUp, Job, Node, RestorePoint, RestoreSession

Row = dict[str, Any]
ZONE = ZoneInfo("Europe/Prague")
WORDS = "(UTC+01:00) Belgrade, Bratislava, Budapest, Ljubljana, Prague"
NOBODY = "00000000-0000-0000-0000-000000000000"


def told(row: Row) -> Row:
    """A row without what is not there: the documents know no null for it."""
    return {name: value for name, value in row.items() if value is not None}


def uid(*parts: str) -> str:
    """An id that depends on `parts` alone."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, ".".join((*parts, "veeam.practice.example.com"))))


class Rows:
    """The rows in one version's spelling."""

    def __init__(self, version: Version, *, naive: bool) -> None:
        """Spell as `version` does; `naive`: tell times of things without an offset, as some servers do."""
        self._version = version
        self._naive = naive

    def time(self, at: datetime | None) -> str | None:
        """A time as Veeam writes it: local, seven digits, with its offset unless it forgets it."""
        if at is None:
            return None
        local = at.astimezone(ZONE)
        digits = f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond:06d}7"
        return digits if self._naive else f"{digits}{local.isoformat()[-6:]}"

    def server_time(self, at: datetime) -> Row:
        """``/serverTime``."""
        local = at.astimezone(ZONE)
        row = {"serverTime": f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond:06d}3{local.isoformat()[-6:]}"}
        return row | {"timeZone": WORDS} | ({"ianaTimeZoneId": ZONE.key} if self._version.iana else {})

    def backup_object(self, one: BackedUp, points: int) -> Row:
        """``/backupObjects``."""
        return {
            "viType": "VirtualMachine",
            "objectId": one.moref,
            "path": f"vcenter.example.com\\DC1\\{one.name}",
            "platformName": "VMware",
            "id": object_id(one),
            "name": one.name,
            "type": "VM",
            "platformId": NOBODY,
            "restorePointsCount": points,
        }

    def restore_point(self, one: RestorePoint) -> Row:
        """``/restorePoints``."""
        row: Row = {
            "platformName": "VMware",
            "id": one.point_id,
            "name": one.node,
            "platformId": NOBODY,
            "creationTime": self.time(one.created),
            "backupId": uid("backup", one.node),
            "allowedOperations": list(one.operations) if self._version.types else ["VmwareInstantRecoveryFcd"],
        }
        if self._version.types:
            row |= {"type": "Increment", "malwareStatus": one.malware, "backupFileId": NOBODY}
        return row

    def session(self, one: RestoreSession) -> Row:
        """``/sessions``."""
        row: Row = {
            "sessionType": "RestoreVm",
            "state": one.state,
            "id": one.session_id,
            "name": one.node,
            "activityId" if self._version.vmware else "jobId": uid("activity", one.session_id),
            "creationTime": self.time(one.created),
            "endTime": self.time(one.ended),
            "progressPercent": one.progress,
            "result": {"result": one.result, "message": one.message, "isCanceled": False},
            "usn": 1,
        }
        return told(row | ({"initiatedBy": f"EXAMPLE\\{one.by}"} if self._version.initiator else {}))

    def log(self, one: RestoreSession) -> Row:
        """``/sessions/{id}/logs``: newest first."""
        said = [("Succeeded", f"Restoring {one.node} to its original location"), ("Succeeded", f"{one.progress} %")]
        if one.ended:
            said.append(({"Success": "Succeeded"}.get(one.result, one.result), one.message or "Restore completed"))
        records = [
            {
                "status": status,
                "id": number,
                "startTime": self.time(one.created),
                "updateTime": self.time(one.ended or one.created),
                "title": title,
                "description": "",
            }
            for number, (status, title) in enumerate(said, start=1)
        ]
        return {"totalRecords": len(records), "records": records[::-1]}

    def job_state(self, one: Job, objects: int) -> Row:
        """``/jobs/states``."""
        status = "running" if one.running else "inactive" if one.enabled else "disabled"
        row: Row = {
            "type": self._job_type(),
            "status": status.capitalize() if self._version.capitals else status,
            "lastResult": "Success",
            "workload": "Vm" if self._version.capitals else "vm",
            "id": uid("job", one.name),
            "name": one.name,
            "description": "Created by EXAMPLE\\backup",
            "nextRun": self.time(one.next_run) if one.enabled else None,
            "objectsCount": objects,
        }
        return told(row | ({"highPriority": False, "progressPercent": 0} if self._version.thirteen else {}))

    def _job_type(self) -> str:
        return "VSphereBackup" if self._version.thirteen else "Backup"

    def job(self, one: Job, nodes: list[Node]) -> Row:
        """``/jobs/{id}``."""
        found = [
            {
                "platform": "VSphere" if self._version.thirteen else "VMware",
                "hostName": "vcenter.example.com",
                "name": node.name,
                "type": "VirtualMachine",
                "objectId": node.moref,
            }
            for node in nodes
        ]
        listed = [{"inventoryObject": row, "size": "50 GB"} for row in found] if self._version.vmware else found
        return {
            "id": uid("job", one.name),
            "name": one.name,
            "type": self._job_type(),
            "isDisabled": not one.enabled,
            "virtualMachines": {"includes": listed},
        }


def object_id(one: BackedUp) -> str:
    """Veeam's id of a machine in its backups."""
    return uid("object", one.name, one.moref)
