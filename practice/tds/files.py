"""The disk of the pretend SQL Server's host: backup files, folders, striped members."""

import ntpath

from practice.tds.scene import Scene
from practice.world import BackupSet
from practice.world.layout import files_of


def member_path(path: str, number: int) -> str:
    r"""The file of a striped set's member: ``XMS.bak``, ``XMS_2.bak``, ``XMS_3.bak`` and so on."""
    if number == 1:
        return path
    stem, ending = ntpath.splitext(path)
    return f"{stem}_{number}{ending}"


def _same(one: str, other: str) -> bool:
    return ntpath.normpath(one).lower() == ntpath.normpath(other).lower()


def sets_in(scene: Scene, path: str) -> list[BackupSet]:
    """The backup sets that lie in a file, by position; a file can be any member of a striped set."""
    found = [
        made
        for made in scene.world.backups
        if made.file_exists
        and made.device_type == 2
        and any(_same(member_path(made.path, n), path) for n in range(1, made.family_count + 1))
    ]
    return sorted(found, key=lambda made: made.position)


def folders(scene: Scene) -> set[str]:
    """Folders that exist: those of the switches and those of known backups, in lower case."""
    known = {ntpath.dirname(b.path) for b in scene.world.backups if b.device_type == 2}
    return {ntpath.normpath(folder).lower() for folder in known | scene.switches.folders}


def drives(scene: Scene) -> dict[str, int]:
    """Free bytes by drive letter."""
    ours = scene.world.database
    return dict(sorted({**ours.other_drives, "E": ours.free_bytes}.items()))


def data_folders(scene: Scene) -> set[str]:
    """Folders in which database files can lie, in lower case: those of the present files and of the switches."""
    here = {ntpath.dirname(one.path) for one in files_of(scene.world.database)}
    return {ntpath.normpath(folder).lower() for folder in here | scene.switches.data_folders}


def state(scene: Scene, path: str) -> tuple[int, int, int]:
    """Whether a file is there, whether it is a folder, whether its folder is there: 1 or 0 each."""
    there = folders(scene) | data_folders(scene)
    is_folder = ntpath.normpath(path).lower() in there
    parent = ntpath.dirname(ntpath.normpath(path)).lower() in there
    return int(bool(sets_in(scene, path))), int(is_folder), int(parent)
