"""The tables of msdb: backup and restore history, suspect pages, Agent jobs."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from practice.tds.clock import local
from practice.tds.files import member_path
from practice.tds.scene import Scene
from practice.tds.tokens import Value
from practice.tds.views_server import family
from practice.world import BackupSet
from practice.world.state import Job

Rows = Sequence[Sequence[Value]]
_UNKNOWN_ZONE = 127


def media_sets(scene: Scene) -> dict[str, int]:
    """Numbers of the media sets by path: what is appended to a file belongs to its media set."""
    numbers: dict[str, int] = {}
    for made in scene.world.backups:
        numbers.setdefault(made.path, len(numbers) + 1)
    return numbers


def _backup_sets(scene: Scene) -> Rows:
    numbers = media_sets(scene)
    return [_backup_set(scene, made, numbers[made.path]) for made in scene.world.backups]


def _backup_set(scene: Scene, made: BackupSet, media: int) -> Sequence[Value]:
    offset = scene.world.database.utc_offset if made.utc_offset is None else made.utc_offset
    zone = round(offset / timedelta(minutes=15)) if made.zone_known else _UNKNOWN_ZONE
    times = (local(scene.world, made.start, offset), local(scene.world, made.finish, offset), zone)
    flags = (made.copy_only, made.checksums, made.damaged, made.is_snapshot)
    sizes = (made.size, made.size // 4, made.first_lsn, made.last_lsn, made.server_major)
    model = scene.world.database.recovery_model
    head = (made.set_id, made.guid, media, made.database, made.database_guid, family(scene), made.name)
    return (*head, made.kind, made.position, *times, *flags, model, *sizes)


def _media(scene: Scene) -> Rows:
    return [(number, _first(scene, path).family_count) for path, number in media_sets(scene).items()]


def _first(scene: Scene, path: str) -> BackupSet:
    return next(b for b in scene.world.backups if b.path == path)


def _families(scene: Scene) -> Rows:
    found: list[Sequence[Value]] = []
    for path, media in media_sets(scene).items():
        first = _first(scene, path)
        named = [n for n in range(1, first.family_count + 1) if n not in first.missing_members]
        found += [(media, number, member_path(path, number), first.device_type, 0) for number in named]
    return found


def _restores(scene: Scene) -> Rows:
    return [(r.history_id, r.database, local(scene.world, r.at), r.set_id, r.kind, 1) for r in scene.world.restores]


def _suspect_pages(scene: Scene) -> Rows:
    ours = scene.database_id(scene.world.database.name)
    return [(ours, 1, 100 + number, 1, 1) for number in range(scene.world.database.suspect_pages)]


def _jobs(scene: Scene) -> list[tuple[str, Job]]:
    mine = [job for job in scene.world.jobs if job.system == "sqlserver"]
    return [(f"d0b00000-0000-4000-8000-{number:012d}", job) for number, job in enumerate(mine, start=1)]


def _sysjobs(scene: Scene) -> Rows:
    return [(number, job.name, job.enabled) for number, job in _jobs(scene)]


def _schedules(scene: Scene) -> Rows:
    found: list[Sequence[Value]] = []
    for number, job in _jobs(scene):
        next_run = local(scene.world, job.next_run)
        found.append((number, *(_integers(next_run) if next_run else (0, 0))))
    return found


def _integers(moment: datetime) -> tuple[int, int]:
    return int(f"{moment:%Y%m%d}"), int(f"{moment:%H%M%S}")


def _steps(scene: Scene) -> Rows:
    return [
        (number, 1, job.target, "TSQL", f"BACKUP LOG [{job.target}] TO DISK = N'E:\\Backup\\log.trn'")
        for number, job in _jobs(scene)
    ]


def _activity(scene: Scene) -> Rows:
    began = local(scene.world, scene.world.now())
    return [(number, 1, began, None) for number, job in _jobs(scene) if job.running]


def _agent_sessions(_: Scene) -> Rows:
    return [(1,)]


VIEWS: dict[str, tuple[str, Callable[[Scene], Rows]]] = {
    "backupset": (
        (
            "backup_set_id int, backup_set_uuid guid, media_set_id int, database_name nvarchar, database_guid guid,"
            "family_guid guid, name nvarchar, type nvarchar, position int, backup_start_date datetime,"
            "backup_finish_date datetime, time_zone smallint, is_copy_only bit, has_backup_checksums bit,"
            "is_damaged bit, is_snapshot bit, recovery_model nvarchar, backup_size numeric,"
            "compressed_backup_size numeric, first_lsn numeric, last_lsn numeric, software_major_version tinyint"
        ),
        _backup_sets,
    ),
    "backupmediaset": ("media_set_id int, media_family_count tinyint", _media),
    "backupmediafamily": (
        (
            "media_set_id int, family_sequence_number tinyint, physical_device_name nvarchar, device_type tinyint,"
            "mirror tinyint"
        ),
        _families,
    ),
    "restorehistory": (
        (
            "restore_history_id int, destination_database_name nvarchar, restore_date datetime, backup_set_id int,"
            "restore_type nvarchar, replace bit"
        ),
        _restores,
    ),
    "suspect_pages": (
        "database_id int, file_id int, page_id bigint, event_type int, error_count int",
        _suspect_pages,
    ),
    "sysjobs": ("job_id guid, name nvarchar, enabled tinyint", _sysjobs),
    "sysjobschedules": ("job_id guid, next_run_date int, next_run_time int", _schedules),
    "sysjobsteps": (
        "job_id guid, step_id int, database_name nvarchar, subsystem nvarchar, command nvarchar",
        _steps,
    ),
    "sysjobactivity": (
        "job_id guid, session_id int, start_execution_date datetime, stop_execution_date datetime",
        _activity,
    ),
    "syssessions": ("session_id int", _agent_sessions),
}
