"""What `prepare` offers and takes when nobody picks: backup, a restore point for each node, FIRST, restart, saving."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from integrations.sqlserver import BackupSet, SqlServer
from integrations.veeam import RestorePoint, Veeam
from rollback.actions.action import Finding, Given, Json
from rollback.actions.database.backups import Candidates, backup_candidates, label
from rollback.actions.nodes import machines, points
from rollback.actions.nodes.machines import Machine
from rollback.actions.nodes.points import Points
from rollback.actions.parts import site_time
from rollback.systems import Systems
from storage.words import Severity

BACKUP, FIRST, RESTART, SAVE, POINT = "backup", "first", "restart", "save", "point@"
GATE = "go-back"
WEEK = 7  # days after which a restore point is called old

Offers = Mapping[str, tuple[tuple[Json, str], ...]]


@dataclass(frozen=True)
class Choices:
    """What there is to choose from, as read now; a part is None or empty where its system is off.

    Attributes:
        backups: Full backups of the database.
        points: Restore points by node.
        machines: Virtual machines by node.
    """

    backups: Candidates | None
    points: Mapping[str, Points]
    machines: Mapping[str, Machine]

    def backup(self, given: Given) -> BackupSet | None:
        """What was picked, or the newest backup that may be restored."""
        return self.backups.picked(given) if self.backups is not None else None

    def point(self, given: Given, node: str) -> RestorePoint | None:
        """What was picked for the node, or its newest point that may be restored."""
        if node not in self.points:
            return None
        wanted, offered = given.choices.get(POINT + node), self.points[node].forward
        if wanted:
            return next((one for one in offered if one.point_id == wanted), None)
        return offered[0] if offered else None


def read(systems: Systems, given: Given) -> Choices:
    """Read msdb, vCenter and Veeam, as far as they may be read."""
    backups = backup_candidates(systems.get(SqlServer), given) if systems.has(SqlServer) else None
    vsphere = machines.reader(systems)
    seen = {m.node.name: m for m in machines.read(vsphere, given, given.estate.nodes)} if vsphere is not None else {}
    found: dict[str, Points] = {}
    if systems.has(Veeam):
        veeam = systems.get(Veeam)
        for node in given.estate.nodes:
            ref = str(seen[node.name].vm.ref) if node.name in seen else _by_name(veeam, node.name)
            found[node.name] = points.read(veeam, given, node.name, ref)
    return Choices(backups, found, seen)


def offers(choices: Choices, given: Given) -> Offers:
    """What people may pick, by choice key."""
    names = [node.name for node in given.estate.nodes]
    offered: dict[str, tuple[tuple[Json, str], ...]] = {
        FIRST: tuple((name, name) for name in names),
        RESTART: (("verify-only", "verify only: nothing is restarted"), ("restart", "restart SQL Server")),
        SAVE: (("yes", "save the NetScaler's configuration"), ("no", "don't save it")),
    }
    if choices.backups is not None:
        offered[BACKUP] = choices.backups.offers(given)
    for name, found in choices.points.items():
        offered[POINT + name] = tuple((one.point_id, _label(one, given)) for one in found.forward)
    return offered


def taken(choices: Choices, given: Given) -> dict[str, Json]:
    """What holds: what was picked, else what the bot takes, by choice key; what is not known is left out."""
    backup = choices.backup(given)
    restart = given.facts.get("restart") or given.estate.sqlserver.restart
    held: dict[str, Json] = {
        BACKUP: backup.guid if backup is not None else None,
        FIRST: given.choices.get(FIRST) or given.estate.nodes[0].name,
        RESTART: given.choices.get(RESTART) or ("restart" if restart == "restart" else "verify-only"),
        SAVE: given.choices.get(SAVE) or given.estate.netscaler.save,
    }
    for name in choices.points:
        point = choices.point(given, name)
        held[POINT + name] = point.point_id if point is not None else None
    return {key: value for key, value in held.items() if value is not None}


def described(choices: Choices, given: Given) -> Iterator[tuple[str, str]]:
    """What holds, in words: the backup, and the point of each node."""
    backup = choices.backup(given)
    if backup is not None:
        yield BACKUP, label(backup, given)
    for name in choices.points:
        point = choices.point(given, name)
        if point is not None:
            yield f"restore point of {name}", _label(point, given)


def about_points(choices: Choices, given: Given) -> Iterator[Finding]:
    """What speaks against the points of each node."""
    for name, found in choices.points.items():
        yield from _about(name, found, choices.point(given, name), given)


def _about(name: str, found: Points, point: RestorePoint | None, given: Given) -> Iterator[Finding]:
    if point is None and (found.all or given.choices.get(POINT + name)):
        text = f"{name} has no restore point that lies between the last change and the upgrade and can be restored."
        yield Finding("outside-pairing-window", Severity.HARD, text)
    elif point is None:
        why = "more than one backup object" if len(found.objects) > 1 else "no restore point"
        yield Finding("node-not-restorable", Severity.OVERRIDE, f"{name} has {why} in Veeam.", gate=GATE, about=(name,))
    elif point.flagged:
        text = f"Veeam calls the restore point of {name} {point.malware}."
        yield Finding("node-not-restorable", Severity.OVERRIDE, text, gate=GATE, about=(name,))
    if not found.back:
        text = f"{name} has no restore point of the upgraded state: no way back for this node."
        yield Finding("no-way-back", Severity.OVERRIDE, text, gate=GATE, about=(name,))
    if point is not None:
        yield from _age(name, point, given)


def _age(name: str, point: RestorePoint, given: Given) -> Iterator[Finding]:
    age = given.now - point.created.at
    if age > given.estate.max_point_age:
        text = f"The restore point of {name} is older than {given.estate.max_point_age.days} days."
        yield Finding("points-old", Severity.OVERRIDE, text, gate=GATE, about=(name,))
    elif age.days >= WEEK:
        yield Finding("points-week-old", Severity.WARN, f"The restore point of {name} is older than {WEEK} days.")


def _by_name(veeam: Veeam, name: str) -> str:
    """Without vCenter a machine is known by its name: the one backup object of that name that has points."""
    named = [one for one in veeam.backup_objects(name=name) if one.points != 0]
    return named[0].moref if len(named) == 1 else ""


def _label(point: RestorePoint, given: Given) -> str:
    assumed = " (read as the server's local time)" if point.created.assumed else ""
    flag = f", {point.malware}" if point.malware else ""
    return f"{site_time(given, point.created.at)}{assumed}{flag}"
