"""From Veeam's rows to our values. Pure."""

from datetime import datetime, tzinfo

from integrations.errors import WrongAnswer
from integrations.fields import Row, flag, inner, number, text, texts
from integrations.veeam.dialect import Dialect
from integrations.veeam.times import SYSTEM, moment
from integrations.veeam.values import ENTIRE_VM_RESTORE, BackupObject, Job, LogLine, RestorePoint, Session


def backup_object(row: Row) -> BackupObject:
    """One row of ``/backupObjects``."""
    return BackupObject(
        object_id=text(row, "id"),
        name=text(row, "name"),
        moref=text(row, "objectId"),
        kind=text(row, "viType"),
        path=text(row, "path"),
        points=number(row, "restorePointsCount"),
        last_run_failed=flag(row, "lastRunFailed"),
    )


def restore_point(row: Row, zone: tzinfo, spoken: Dialect) -> RestorePoint:
    """One restore point.

    Raises:
        WrongAnswer: It has no id, or no time that can be read: such a point can't be judged, nor left out in silence.
    """
    created = moment(text(row, "creationTime"), zone)
    if created is None or not text(row, "id"):
        raise WrongAnswer(SYSTEM, f"restore point {text(row, 'id')[:60]!r} has no readable id or time")
    operations = texts(row, "allowedOperations")
    return RestorePoint(
        point_id=text(row, "id"),
        name=text(row, "name"),
        created=created,
        kind=text(row, "type"),
        malware=text(row, "malwareStatus"),
        restorable=ENTIRE_VM_RESTORE in operations if spoken.tells_restorable else None,
        operations=operations,
        backup_id=text(row, "backupId"),
        size=number(row, "originalSize"),
    )


def session(row: Row, zone: tzinfo, spoken: Dialect) -> Session:
    """One session."""
    result = inner(row, "result")
    return Session(
        session_id=text(row, "id"),
        name=text(row, "name"),
        kind=text(row, "sessionType"),
        state=text(row, "state"),
        result=text(result, "result"),
        message=text(result, "message"),
        canceled=flag(result, "isCanceled") is True,
        created=moment(text(row, "creationTime"), zone),
        ended=moment(text(row, "endTime"), zone),
        progress=number(row, "progressPercent"),
        initiated_by=text(row, "initiatedBy"),
        resource=text(row, "resourceReference") or text(row, "resourceId"),
        job_id=text(row, spoken.job_field),
    )


def log_line(row: Row, zone: tzinfo) -> LogLine:
    """One record of a session's log."""
    return LogLine(
        number=number(row, "id") or 0,
        status=text(row, "status"),
        title=text(row, "title"),
        started=moment(text(row, "startTime"), zone),
    )


def job(row: Row, zone: tzinfo) -> Job:
    """One row of ``/jobs/states``."""
    return Job(
        job_id=text(row, "id"),
        name=text(row, "name"),
        kind=text(row, "type"),
        status=text(row, "status").casefold(),
        last_run=_instant(row, "lastRun", zone),
        next_run=_instant(row, "nextRun", zone),
        objects=number(row, "objectsCount"),
    )


def job_objects(row: Row, spoken: Dialect) -> tuple[Row, ...]:
    """The machines and containers that a job works on, from ``/jobs/{id}``."""
    listed = inner(row, "virtualMachines").get("includes")
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return tuple(inner(one, "inventoryObject") if spoken.nested_objects else one for one in found)


def _instant(row: Row, key: str, zone: tzinfo) -> datetime | None:
    found = moment(text(row, key), zone)
    return found.at if found else None
