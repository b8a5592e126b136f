"""The pretend estate as it stands on the morning of the rollback: upgraded two days ago, port 80 flapping.

Names and times are made up; the same arguments make the same world.
"""

import uuid
from datetime import datetime, timedelta

from practice.world.devices import Population, Times
from practice.world.physics import World
from practice.world.state import BackedUp, BackupSet, Database, Durations, Job, Member, Node, RestorePoint, VServer
from practice.world.time import RealTime, Time

GIB = 1024**3
DATABASE = "XMS"
SQL_SERVER = "SQL01"
BACKUP_FOLDER = "E:\\Backup"
LAST_GOOD_SET = 4
SERVICE_GROUPS = {"sg_xms_443": 443, "sg_xms_8443": 8443, "sg_xms_80": 80}
VSERVERS = {"vs_xms_mdm_443": 443, "vs_xms_mam_8443": 8443, "vs_xms_offload_80": 80}


def fixed_uuid(text: str) -> str:
    """A UUID that depends on `text` alone, so that the same world has the same identities."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{text}.practice.example.com"))


def make_world(
    nodes: int = 3,
    time: Time | None = None,
    durations: Durations | None = None,
    *,
    devices: int = 10_000,
    seed: int = 7,
) -> World:
    """The estate of `nodes` nodes, 10.7 everywhere, with backups and restore points from before the upgrade.

    The upgrade began two days ago; the last good full backup ended some two hours before it and the restore points
    lie between the two. Beside them stand the traps that a real estate has: a VSS backup, a damaged one, a set that
    is newer than the upgrade, and a restore point of 10.7 for each node. The devices are made when they are first asked
    for.
    """
    world = World(time or RealTime(), durations)
    now = world.now()
    for number in range(1, nodes + 1):
        _add_node(world, number, now)
    for name, port in VSERVERS.items():
        world.vservers[name] = VServer(name, "lb", port, connections=1200, hits=50_000)
    world.saved = dict.fromkeys(VSERVERS, True)
    _add_database(world, now)
    _add_points(world, now)
    chosen = next(b for b in world.backups if b.set_id == LAST_GOOD_SET)
    world.population = Population(devices, seed, Times(chosen.start, chosen.finish, upgrade_began(now), now))
    return world


def upgrade_began(now: datetime) -> datetime:
    """When the upgrade of the practice estate began, seen from `now`."""
    return (now - timedelta(days=2)).replace(microsecond=0)


def _add_node(world: World, number: int, now: datetime) -> None:
    name = f"xms{number:02d}"
    world.nodes[name] = Node(
        name=name,
        moref=f"vm-{100 + number}",
        instance_uuid=fixed_uuid(f"instance.{name}"),
        bios_uuid=fixed_uuid(f"bios.{name}"),
        inventory_path=f"DC1/vm/XMS/{name}",
        member=name,
        booted_at=now - timedelta(days=1),
    )
    world.members += [Member(group, name, port) for group, port in SERVICE_GROUPS.items()]


def _add_database(world: World, now: datetime) -> None:
    guid = fixed_uuid("database.xms")
    world.database = Database(DATABASE, guid, SQL_SERVER, started=now - timedelta(days=30))
    began = upgrade_began(now)

    def full(number: int, name: str, ended: datetime, **more: object) -> BackupSet:
        fields: dict[str, object] = {
            "set_id": number,
            "guid": fixed_uuid(f"set.{number}"),
            "database": DATABASE,
            "database_guid": guid,
            "name": name,
            "path": f"{BACKUP_FOLDER}\\XMS_full.bak",
            "position": number,
            "start": ended - timedelta(minutes=19),
            "finish": ended,
            "version": "10.6",
            "content": "at_backup",
            "first_lsn": 1000 * number,
            "last_lsn": 1000 * number + 500,
        }
        return BackupSet(**{**fields, **more})  # type: ignore[arg-type]

    world.backups = [
        full(1, "XMS full", began - timedelta(days=9)),
        full(2, "XMS full", began - timedelta(days=2), damaged=True),
        full(
            3,
            "VSS",
            began - timedelta(hours=3),
            is_snapshot=True,
            device_type=7,
            path="{6c1f0d0e-0000-4000-8000-000000000001}3",
        ),
        full(4, "XMS full", began - timedelta(hours=2)),
        full(5, "XMS full", began + timedelta(hours=20), version="10.7", content="now"),
    ]
    world.jobs.append(Job("XMS log backup", "sqlserver", DATABASE, next_run=now + timedelta(hours=1)))


def _add_points(world: World, now: datetime) -> None:
    began = upgrade_began(now)
    world.backed_up = [BackedUp(node.name, node.moref, node.name) for node in world.nodes.values()]
    # The trap: a machine of the same name that was deleted long ago.
    world.backed_up.append(BackedUp(next(iter(world.nodes)), "vm-17"))
    for number, name in enumerate(world.nodes, start=1):
        for label, created, version in (
            ("old", began - timedelta(days=8), "10.6"),
            ("before", began - timedelta(hours=1, minutes=40 - number), "10.6"),
            ("after", began + timedelta(hours=22, minutes=number), "10.7"),
        ):
            world.points.append(RestorePoint(fixed_uuid(f"point.{name}.{label}"), name, created, version))
    world.jobs.append(Job("XMS nodes nightly", "veeam", "xms", next_run=now + timedelta(hours=12)))
