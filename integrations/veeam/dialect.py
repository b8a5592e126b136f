"""What differs between the versions of Veeam's REST API: paths, field names, what a restore may say.

Source: the OpenAPI documents of 1.1-rev0, 1.2-rev1, 1.3-rev0, 1.3-rev1 and 1.3-rev2. A newer server accepts the header
of an older version, so 1.1-rev1 and 1.1-rev2, whose documents could not be read, are spoken to as 1.1-rev0.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """One version of the API.

    Attributes:
        version: The value of the header ``x-api-version``.
        restore: Path that starts an entire-VM restore.
        point_field: The body's field that names the restore point.
        points: Path of all restore points.
        points_paged: Whether a backup object's own list of restore points is paged.
        overwrite: Whether the body may say that the existing VM is overwritten; before, it always was.
        job_field: The session's field that names its job.
        tells_restorable: Whether a restore point's ``allowedOperations`` names the entire-VM restore at all; 1.1 knows
            one other operation only.
        nested_objects: Whether a job's VMs stand inside an ``inventoryObject``.
    """

    version: str
    restore: str = "/api/v1/restore/vmRestore/vSphere"
    point_field: str = "restorePointId"
    points: str = "/api/v1/restorePoints"
    points_paged: bool = False
    overwrite: bool = False
    job_field: str = "jobId"
    tells_restorable: bool = True
    nested_objects: bool = False

    def restore_body(self, point_id: str, reason: str, *, power_up: bool, quick_rollback: bool) -> Mapping[str, object]:
        """The body of an entire-VM restore to the original location."""
        body: dict[str, object] = {
            "type": "OriginalLocation",
            self.point_field: point_id,
            "powerUp": power_up,
            "quickRollback": quick_rollback,
            "reason": reason,
        }
        if self.overwrite:
            body["overwrite"] = True
        return body


DIALECTS: tuple[Dialect, ...] = (
    Dialect("1.3-rev2", points_paged=True, overwrite=True),
    Dialect("1.3-rev1", points_paged=True, overwrite=True),
    Dialect("1.3-rev0"),
    Dialect("1.2-rev1"),
    Dialect("1.2-rev0"),
    Dialect(
        "1.1-rev0",
        restore="/api/v1/restore/vmRestore/vmware/",
        point_field="objectRestorePointId",
        points="/api/v1/objectRestorePoints",
        job_field="activityId",
        tells_restorable=False,
        nested_objects=True,
    ),
)


def dialect(version: str) -> Dialect:
    """The dialect of a version that we know.

    Raises:
        ValueError: We don't know it.
    """
    for one in DIALECTS:
        if one.version == version:
            return one
    known = ", ".join(one.version for one in DIALECTS)
    raise ValueError(f"Veeam's API version {version!r} is not one of {known}")
