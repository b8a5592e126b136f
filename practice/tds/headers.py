"""What RESTORE HEADERONLY and FILELISTONLY show of a backup file."""

from practice.tds.clock import local
from practice.tds.scene import Scene
from practice.tds.select import Result
from practice.tds.tokens import Value, described
from practice.tds.views_server import family
from practice.world import BackupSet
from practice.world.layout import files_in
from practice.world.state import DataFile

_HEADER = (
    "BackupName nvarchar, BackupDescription nvarchar, BackupType smallint, ExpirationDate datetime, Compressed bit,"
    "Position smallint, DeviceType tinyint, UserName nvarchar, ServerName nvarchar, DatabaseName nvarchar,"
    "DatabaseVersion int, DatabaseCreationDate datetime, BackupSize numeric, FirstLSN numeric, LastLSN numeric,"
    "CheckpointLSN numeric, DatabaseBackupLSN numeric, BackupStartDate datetime, BackupFinishDate datetime,"
    "SortOrder smallint, CodePage smallint, UnicodeLocaleId int, UnicodeComparisonStyle int,"
    "CompatibilityLevel tinyint, SoftwareVendorId int, SoftwareVersionMajor int, SoftwareVersionMinor int,"
    "SoftwareVersionBuild int,"
    "MachineName nvarchar, Flags int, BindingID guid, RecoveryForkID guid, Collation nvarchar, FamilyGUID guid,"
    "HasBulkLoggedData bit, IsSnapshot bit, IsReadOnly bit, IsSingleUser bit, HasBackupChecksums bit, IsDamaged bit,"
    "BeginsLogChain bit, HasIncompleteMetaData bit, IsForceOffline bit, IsCopyOnly bit, FirstRecoveryForkID guid,"
    "ForkPointLSN numeric, RecoveryModel nvarchar, DifferentialBaseLSN numeric, DifferentialBaseGUID guid,"
    "BackupTypeDescription nvarchar, BackupSetGUID guid, CompressedBackupSize bigint"
)
_FILES = (
    "LogicalName nvarchar, PhysicalName nvarchar, Type nvarchar, FileGroupName nvarchar, Size numeric, MaxSize numeric,"
    "FileId bigint, CreateLSN numeric, BackupSizeInBytes bigint, IsReadOnly bit, IsPresent bit"
)
_KINDS = {"D": (1, "Database"), "L": (2, "Transaction Log"), "I": (5, "Database Differential")}


def _result(text: str, rows: list[dict[str, Value]]) -> Result:
    columns = described(text)
    return Result(columns, tuple(tuple(row.get(column.name) for column in columns) for row in rows))


def header_only(scene: Scene, sets: list[BackupSet]) -> Result:
    """One row a backup set in the file."""
    return _result(_HEADER, [_header(scene, made) for made in sets])


def _header(scene: Scene, made: BackupSet) -> dict[str, Value]:
    offset = scene.world.database.utc_offset if made.utc_offset is None else made.utc_offset
    kind, in_words = _KINDS[made.kind]
    ours = scene.world.database
    return {
        "BackupName": made.name,
        "BackupType": kind,
        "Compressed": 0,
        "Position": made.position,
        "DeviceType": made.device_type,
        "UserName": "sa",
        "ServerName": ours.server_name,
        "DatabaseName": made.database,
        "DatabaseVersion": 852,
        "BackupSize": made.size,
        "FirstLSN": made.first_lsn,
        "LastLSN": made.last_lsn,
        "CheckpointLSN": made.first_lsn,
        "DatabaseBackupLSN": made.first_lsn,
        "BackupStartDate": local(scene.world, made.start, offset),
        "BackupFinishDate": local(scene.world, made.finish, offset),
        "CompatibilityLevel": ours.compatibility,
        "SoftwareVersionMajor": made.server_major,
        "MachineName": ours.server_name,
        "BindingID": made.database_guid,
        "FamilyGUID": family(scene),
        "IsSnapshot": made.is_snapshot,
        "IsSingleUser": 0,
        "HasBackupChecksums": made.checksums,
        "IsDamaged": made.damaged,
        "IsCopyOnly": made.copy_only,
        "RecoveryModel": ours.recovery_model,
        "BackupTypeDescription": in_words,
        "BackupSetGUID": made.guid,
        "CompressedBackupSize": made.size // 4,
    }


def file_list(made: BackupSet) -> Result:
    """One row a database file in the set."""
    return _result(_FILES, [_file(number, one) for number, one in enumerate(files_in(made), start=1)])


def _file(number: int, one: DataFile) -> dict[str, Value]:
    is_data = one.kind == "ROWS"
    return {
        "LogicalName": one.logical,
        "PhysicalName": one.path,
        "Type": "D" if is_data else "L",
        "FileGroupName": "PRIMARY" if is_data else None,
        "Size": one.size,
        "MaxSize": 35 * 1024**4,
        "FileId": number,
        "IsReadOnly": 0,
        "IsPresent": 1,
    }
