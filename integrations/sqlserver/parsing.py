"""From the rows of an answer to frozen facts: one function for each kind that has more than a line to it."""

from collections.abc import Sequence

from integrations.errors import WrongAnswer
from integrations.sqlserver.errors import SYSTEM
from integrations.sqlserver.facts import (
    AgentJob,
    BackupSet,
    Database,
    FileInSet,
    Header,
    Instance,
    Member,
    Restored,
)
from integrations.sqlserver.rows import ZONE_UNKNOWN, Row, backup_times, schedule_time, to_utc


def instance(row: Row) -> Instance:
    """Version and edition."""
    try:
        version = tuple(int(part) for part in row.text("version").split("."))
    except ValueError:
        raise WrongAnswer(SYSTEM, "the version can't be read") from None
    return Instance(
        row.text("server_name"), version, row.text("edition"), row.flag("clustered"), row.flag("availability_groups")
    )


def database(row: Row) -> Database:
    """One row of sys.databases with what is joined to it."""
    replication = ("is_published", "is_subscribed", "is_merge_published", "is_distributor")
    group = row.text("group_name")
    return Database(
        name=row.text("name"),
        state=row.text("state_desc"),
        access=row.text("user_access_desc"),
        read_only=row.flag("is_read_only"),
        owner=row.text("owner_name"),
        recovery_model=row.text("recovery_model_desc"),
        compatibility=row.number("compatibility_level"),
        encrypted=row.flag("is_encrypted"),
        # A login without VIEW ANY DEFINITION sees the replica's id but not the group's name.
        availability_group=group or ("unnamed" if row.has("replica_id") else ""),
        mirrored=row.has("mirroring_guid"),
        replicated=any(row.flag(column) for column in replication),
        database_guid=row.guid("database_guid"),
        family_guid=row.guid("family_guid"),
    )


def backup_set(rows: Sequence[Row]) -> BackupSet:
    """One backup set of msdb from its rows, one a file."""
    row = rows[0]
    zone = row.number("time_zone") if row.has("time_zone") else ZONE_UNKNOWN
    start, finish, known = backup_times(
        row.local("backup_start_date"), row.local("backup_finish_date"), zone, row.clock().offset
    )
    return BackupSet(
        set_id=row.number("backup_set_id"),
        guid=row.guid("backup_set_uuid"),
        database=row.text("database_name"),
        database_guid=row.guid("database_guid"),
        family_guid=row.guid("family_guid"),
        name=row.text("name"),
        kind=row.text("type"),
        position=row.number("position"),
        start=start,
        finish=finish,
        finish_local=row.mark("backup_finish_date"),
        zone_known=known,
        copy_only=row.flag("is_copy_only"),
        checksums=row.flag("has_backup_checksums"),
        damaged=row.flag("is_damaged"),
        snapshot=row.flag("is_snapshot"),
        recovery_model=row.text("recovery_model"),
        size=row.number("backup_size"),
        compressed_size=row.number("compressed_backup_size"),
        first_lsn=row.number("first_lsn"),
        last_lsn=row.number("last_lsn"),
        software_major=row.number("software_major_version"),
        families=row.number("media_family_count"),
        members=tuple(
            Member(one.number("family_sequence_number"), one.text("physical_device_name"), one.number("device_type"))
            for one in rows
        ),
    )


def restored(row: Row) -> Restored:
    """One row of restorehistory."""
    return Restored(
        row.number("restore_history_id"),
        row.text("destination_database_name"),
        to_utc(row.local("restore_date"), row.clock().offset),
        row.number("backup_set_id"),
        row.guid("backup_set_uuid"),
        row.text("name"),
    )


def header(row: Row) -> Header:
    """One row of RESTORE HEADERONLY."""
    return Header(
        position=row.number("Position"),
        name=row.text("BackupName"),
        kind=row.number("BackupType"),
        database=row.text("DatabaseName"),
        server=row.text("ServerName"),
        set_guid=row.guid("BackupSetGUID"),
        binding_id=row.guid("BindingID"),
        family_guid=row.guid("FamilyGUID"),
        first_lsn=row.number("FirstLSN"),
        last_lsn=row.number("LastLSN"),
        start_local=row.mark("BackupStartDate"),
        finish_local=row.mark("BackupFinishDate"),
        size=row.number("BackupSize"),
        software_major=row.number("SoftwareVersionMajor"),
        compatibility=row.number("CompatibilityLevel"),
        recovery_model=row.text("RecoveryModel"),
        checksums=row.flag("HasBackupChecksums"),
        damaged=row.flag("IsDamaged"),
        snapshot=row.flag("IsSnapshot"),
        copy_only=row.flag("IsCopyOnly"),
        single_user=row.flag("IsSingleUser"),
    )


def file_in_set(row: Row) -> FileInSet:
    """One row of RESTORE FILELISTONLY."""
    return FileInSet(row.text("LogicalName"), row.text("PhysicalName"), row.text("Type"), row.number("Size"))


def agent_job(rows: Sequence[Row]) -> AgentJob:
    """One Agent job from its rows, one a schedule and step."""
    offset = rows[0].clock().offset
    planned = [schedule_time(row.number("next_run_date"), row.number("next_run_time"), offset) for row in rows]
    return AgentJob(
        name=rows[0].text("name"),
        enabled=rows[0].flag("enabled"),
        next_run=min((moment for moment in planned if moment is not None), default=None),
        running=any(row.number("running") > 0 for row in rows),
        databases=tuple(sorted({row.text("database_name") for row in rows} - {""})),
        touches_backups=any(row.flag("touches_backups") for row in rows),
    )
