"""Restore points of a node: which are its own, which lie where they must, which one is taken."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.veeam import BackupObject, Outcome, RestorePoint, Session, Veeam
from rollback.actions.action import Given
from rollback.actions.nodes.versions import RESTORES

LONGEST = timedelta(hours=24)  # how long ago a restore that still runs may have begun
NEWEST_BEFORE_ROLLBACK = "newest-before-rollback"


@dataclass(frozen=True)
class Points:
    """The restore points of one node.

    Attributes:
        objects: Its backup objects, by managed object id.
        all: Every point, with the id of its backup object; empty where that is ambiguous.
        forward: Points from before the upgrade and after the last change ahead of it, newest first.
        back: Points of the upgraded state, from before the rollback touched the node, newest first.
    """

    objects: tuple[BackupObject, ...]
    all: Mapping[RestorePoint, str]
    forward: tuple[RestorePoint, ...]
    back: tuple[RestorePoint, ...]

    def find(self, point_id: str) -> RestorePoint | None:
        """The point of that id, if it is one of the node's."""
        return next((one for one in self.all if one.point_id == point_id), None)


def read(veeam: Veeam, given: Given, node: str, ref: str) -> Points:
    """Every point of the machine, sorted by what it may be used for.

    A point counts only through its backup object, whose managed object id is the node's machine's: names prove
    nothing. A restore may have given the machine a new id; then the one that it had before counts as well.
    """
    by_id = {known: veeam.backup_objects(moref=known) for known in (ref, *_earlier(given, node, ref))}
    objects = tuple(one for found in by_id.values() for one in found)
    if not objects or any(len(found) > 1 for found in by_id.values()):
        return Points(objects, {}, (), ())
    of = {point: one.object_id for one in objects for point in veeam.restore_points(one.object_id)}
    points = sorted(of, key=lambda point: point.created.at, reverse=True)
    usable = [one for one in points if one.restorable is not False]
    began, last, touched = upgrade_began(given), last_change(given), rollback_touched(given)
    forward = [one for one in usable if began is not None and one.created.at < began
               and (last is None or one.created.at > last)]  # fmt: skip
    back = [one for one in usable if began is not None and one.created.at > began
            and (touched is None or one.created.at < touched)]  # fmt: skip
    return Points(objects, of, tuple(forward), tuple(back))


def upgrade_began(given: Given) -> datetime | None:
    """When the upgrade began, as the start dialog has it; None: not told."""
    return _instant(given.facts.get("upgrade_started_at"))


def last_change(given: Given) -> datetime | None:
    """The last change of version or patch before the upgrade; None: not told."""
    return _instant(given.facts.get("last_change_before"))


def rollback_touched(given: Given) -> datetime | None:
    """When the nodes were snapshotted, by vCenter's clock: what is newer is no state of before the rollback."""
    return _instant((given.results.get("snapshot-nodes") or {}).get("at"))


def busy(veeam: Veeam, machine: str, others: Collection[str]) -> tuple[Session, ...]:
    """Restores that run on the machine now, or may: those that name no machine count too."""
    there = veeam.find_restores(machine, veeam.server_time().at - LONGEST, others)
    return tuple(one for one in (*there.ours, *there.unclear) if one.outcome in {Outcome.RUNNING, Outcome.NEEDS_PERSON})


def _earlier(given: Given, node: str, ref: str) -> tuple[str, ...]:
    found = [(given.results.get(f"{stage}@{node}") or {}) for stage in RESTORES]
    refs = [one.get(key) for one in found for key in ("old_machine", "machine")]
    return tuple(dict.fromkeys(str(one) for one in refs if one and one != ref))


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
