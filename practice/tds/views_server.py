"""Views of the instance and of the XMS database itself."""

from collections.abc import Callable, Sequence

from practice.tds import files
from practice.tds.clock import local
from practice.tds.scene import Scene
from practice.tds.tokens import Value
from practice.tds.visitors import FIRST_FOREIGN_SPID
from practice.world.layout import files_of

Rows = Sequence[Sequence[Value]]
_GROUP = "b1a6c3de-0000-4000-8000-000000000001"
_REPLICA = "b1a6c3de-0000-4000-8000-000000000002"
_MIRROR = "b1a6c3de-0000-4000-8000-000000000003"
_VERSIONS = ("10.4", "10.5", "10.6", "10.7")
_COMPATIBILITY = 150
PAGE = 8192  # bytes: sys.master_files counts in pages


def _databases(scene: Scene) -> Rows:
    ours = scene.world.database
    found: list[Sequence[Value]] = []
    for name, number in scene.database_ids().items():
        if scene.is_ours(name):
            replica = _REPLICA if ours.availability_group else None
            settings = (ours.recovery_model, ours.compatibility, ours.encrypted, replica)
            found.append((number, name, ours.state, ours.access, 0, ours.owner, *settings, ours.replicated, 0, 0, 0))
        else:
            simple = ("SIMPLE", _COMPATIBILITY, 0, None)
            found.append((number, name, "ONLINE", "MULTI_USER", 0, "sa", *simple, 0, 0, 0, 0))
    return found


def _recovery(scene: Scene) -> Rows:
    ours = scene.world.database
    is_open = ours.state == "ONLINE"
    return [(scene.database_id(ours.name), ours.guid if is_open else None, family(scene) if is_open else None)]


def family(scene: Scene) -> str:
    """The backup family of the XMS database; it stays the same through every restore."""
    return scene.world.backups[0].database_guid if scene.world.backups else scene.world.database.guid


def _mirroring(scene: Scene) -> Rows:
    ours = scene.world.database
    return [(scene.database_id(ours.name), _MIRROR if ours.mirrored else None)]


def _replicas(scene: Scene) -> Rows:
    return [(_REPLICA, _GROUP)] if scene.world.database.availability_group else []


def _groups(scene: Scene) -> Rows:
    name = scene.world.database.availability_group
    return [(_GROUP, name)] if name else []


def _system_info(scene: Scene) -> Rows:
    return [(local(scene.world, scene.world.database.started or scene.world.now()),)]


def _services(scene: Scene) -> Rows:
    agent = "Running" if scene.world.database.agent_running else "Stopped"
    return [("SQL Server (MSSQLSERVER)", "Running"), ("SQL Server Agent (MSSQLSERVER)", agent)]


def _sessions(scene: Scene) -> Rows:
    ids = scene.database_ids()
    visitors = [(v.spid, v.host, v.program, 1, ids.get(v.database, 1), v.user) for v in scene.visitors.here()]
    ours = scene.database_id(scene.world.database.name)
    inside = enumerate(scene.world.sql_sessions(), start=FIRST_FOREIGN_SPID)
    return visitors + [(spid, host, program, 1, ours, "xms") for spid, (host, program) in inside]


def _connections(scene: Scene) -> Rows:
    return [(v.spid, v.connection) for v in scene.visitors.here()]


def _requests(scene: Scene) -> Rows:
    return [
        (r.visitor.spid, r.visitor.connection, r.command, r.percent, local(scene.world, r.started))
        for r in scene.visitors.requests()
    ]


def _files(scene: Scene) -> Rows:
    ours = scene.world.database
    number = scene.database_id(ours.name)
    return [
        (number, position, one.kind, one.logical, one.path, one.size // PAGE)
        for position, one in enumerate(files_of(ours), start=1)
    ]


def _drives(scene: Scene) -> Rows:
    return [(f"{letter}:\\", free) for letter, free in files.drives(scene).items()]


def _principals(scene: Scene) -> Rows:
    ours = scene.world.database
    fixed = [("dbo", "S", 1, 1, ours.owner), ("guest", "S", 0, 2, None), ("xmsapp", "S", 1, 5, "xmsapp")]
    lost = [(name, "S", 1, number, f"lost {name}") for number, name in enumerate(ours.orphaned_users, start=6)]
    return [*fixed, *lost]


def _logins(scene: Scene) -> Rows:
    return [(login, login) for login in ("sa", scene.world.database.owner, "xmsapp")]


def _schema_version(scene: Scene) -> Rows:
    now = scene.world.database.version
    known = [v for v in _VERSIONS if _number(v) <= _number(now)]
    return [(rank, version) for rank, version in enumerate(known, start=1)]


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


VIEWS: dict[str, tuple[str, Callable[[Scene], Rows]]] = {
    "sys.databases": (
        (
            "database_id int, name nvarchar, state_desc nvarchar, user_access_desc nvarchar, is_read_only bit,"
            "owner_sid nvarchar, recovery_model_desc nvarchar, compatibility_level tinyint, is_encrypted bit,"
            "replica_id guid, is_published bit, is_subscribed bit, is_merge_published bit, is_distributor bit"
        ),
        _databases,
    ),
    "sys.database_recovery_status": ("database_id int, database_guid guid, family_guid guid", _recovery),
    "sys.database_mirroring": ("database_id int, mirroring_guid guid", _mirroring),
    "sys.availability_replicas": ("replica_id guid, group_id guid", _replicas),
    "sys.availability_groups": ("group_id guid, name nvarchar", _groups),
    "sys.dm_os_sys_info": ("sqlserver_start_time datetime", _system_info),
    "sys.dm_server_services": ("servicename nvarchar, status_desc nvarchar", _services),
    "sys.dm_exec_sessions": (
        (
            "session_id smallint, host_name nvarchar, program_name nvarchar, is_user_process bit, database_id smallint,"
            "login_name nvarchar"
        ),
        _sessions,
    ),
    "sys.dm_exec_connections": ("session_id int, connection_id guid", _connections),
    "sys.dm_exec_requests": (
        "session_id smallint, connection_id guid, command nvarchar, percent_complete real, start_time datetime",
        _requests,
    ),
    "sys.master_files": (
        "database_id int, file_id int, type_desc nvarchar, name nvarchar, physical_name nvarchar, size int",
        _files,
    ),
    "sys.dm_os_enumerate_fixed_drives": ("fixed_drive_path nvarchar, free_space_in_bytes bigint", _drives),
    "*.sys.database_principals": (
        "name nvarchar, type nvarchar, authentication_type int, principal_id int, sid nvarchar",
        _principals,
    ),
    "sys.server_principals": ("name nvarchar, sid nvarchar", _logins),
    "*.dbo.schema_version": ("installed_rank int, version nvarchar", _schema_version),
}
