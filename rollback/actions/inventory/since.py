"""When the backup ran that is or will be restored: "since" counts from it, not from the upgrade."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.sqlserver import SqlServer
from rollback.actions.action import Given, Json
from rollback.actions.database.backups import backup_candidates, window
from rollback.actions.database.saved import saved
from rollback.devices.values import Cutoff
from rollback.systems import Systems


def cutoff(systems: Systems, given: Given) -> Cutoff | None:
    """The times of the backup: as restored, else by msdb, else by `prepare`, else between last change and upgrade.

    The last of the four is wide: more devices are to be checked first, none is forgotten. None: not even the upgrade's
    time is known.
    """
    if is_way_back(given):
        return _restored(given.results, "back-restore-database") or _safety(given)
    if (restored := _restored(given.results, "restore-database")) is not None:
        return restored
    if systems.has(SqlServer):
        backup = backup_candidates(systems.get(SqlServer), given).picked(given)
        if backup is not None:
            return Cutoff(backup.start, backup.finish)
    return from_json((given.results.get("prepare") or {}).get("cutoff")) or _between(given)


def is_way_back(given: Given) -> bool:
    """Whether the stage belongs to the way back, which restores the safety backup."""
    return given.params.get("capture") == "way-back"


def to_json(found: Cutoff | None) -> Json:
    """For a result."""
    return None if found is None else [found.backup_started.isoformat(), found.backup_finished.isoformat()]


def from_json(stored: Any) -> Cutoff | None:  # noqa: ANN401 - JSON
    """What `to_json` made."""
    return None if not stored else Cutoff(*(datetime.fromisoformat(time) for time in stored))


def told_by(results: Mapping[str, Json]) -> Cutoff | None:
    """The times of the backup as far as the results of ended stages tell them, by their names."""
    return _restored(results, "restore-database") or from_json((results.get("prepare") or {}).get("cutoff"))


def _restored(results: Mapping[str, Json], stage: str) -> Cutoff | None:
    result = results.get(stage) or {}
    times = (result.get("backup_started"), result.get("backup_finished"))
    return from_json(times) if all(times) else None


def _between(given: Given) -> Cutoff | None:
    between = window(given)
    if between is None:
        return None
    return Cutoff(between.opens or between.closes - given.estate.max_point_age, between.closes)


def _safety(given: Given) -> Cutoff | None:
    safety = saved(given)
    return None if safety is None else Cutoff(safety.began, safety.ended)
