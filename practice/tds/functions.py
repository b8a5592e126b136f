"""T-SQL's functions and ``@@`` variables, as the practice SQL Server answers them to one connection."""

import sqlite3
from collections.abc import Callable

from practice.tds import files
from practice.tds.clock import local, with_offset
from practice.tds.scene import Scene
from practice.tds.switches import READ_MSDB

_SYSTEM_DATABASES = 4


def register(connection: sqlite3.Connection, scene: Scene) -> None:
    """Make the functions known to the connection that evaluates the statement."""
    known: dict[str, tuple[int, Callable[..., str | int | None]]] = {
        "spid": (0, lambda: scene.me.spid),
        "servername": (0, lambda: scene.world.database.server_name),
        "version": (0, lambda: _banner(scene)),
        "trancount": (0, lambda: int(scene.me.in_transaction)),
        "sysdatetimeoffset": (0, lambda: with_offset(scene.world)),
        "getdate": (0, lambda: str(local(scene.world, scene.world.now()))),
        "serverproperty": (1, lambda name: _server_property(scene, name)),
        "db_id": (1, scene.database_id),
        "db_name": (-1, lambda *number: _database_name(scene, *number)),
        "suser_sname": (-1, lambda *sid: sid[0] if sid else scene.me.user),
        "host_name": (0, lambda: scene.me.host),
        "app_name": (0, lambda: scene.me.program),
        "isnull": (2, lambda value, other: other if value is None else value),
        "has_perms_by_name": (3, lambda *asked: _permission(scene, *asked)),
        "is_srvrolemember": (1, lambda role: int(str(role).upper() in scene.switches.rights)),
        "file_state": (2, lambda path, which: files.state(scene, path)[which]),
    }
    for name, (count, function) in known.items():
        connection.create_function(name, count, function)


def _banner(scene: Scene) -> str:
    number = ".".join(str(part) for part in scene.switches.version)
    return f"Microsoft SQL Server (practice) - {number} (X64) {scene.switches.edition}"


def _server_property(scene: Scene, name: str) -> str | int | None:
    ours = scene.world.database
    known: dict[str, str | int] = {
        "PRODUCTVERSION": ".".join(str(part) for part in scene.switches.version),
        "PRODUCTLEVEL": "RTM",
        "EDITION": scene.switches.edition,
        "ENGINEEDITION": 2,
        "SERVERNAME": ours.server_name,
        "MACHINENAME": ours.server_name,
        "ISCLUSTERED": int(ours.clustered),
        "ISHADRENABLED": int(bool(ours.availability_group)),
    }
    return known.get(name.upper())


def _database_name(scene: Scene, *number: int) -> str | None:
    if not number:
        return scene.me.database
    return next((name for name, known in scene.database_ids().items() if known == number[0]), None)


def _permission(scene: Scene, securable: str | None, kind: str | None, right: str) -> int | None:
    held = scene.switches.rights
    if kind is None:
        return int(right.upper() in held)
    if kind.upper() == "OBJECT":
        return int(READ_MSDB in held)
    number = scene.database_id(securable or "")
    if number is None:
        return None
    return int(right.upper() in held and (number > _SYSTEM_DATABASES or right.upper() == "CONNECT"))
