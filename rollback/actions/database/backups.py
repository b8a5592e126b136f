"""Which full backup may be restored: from before the upgrade, after the last change before it, and readable from disk.

`prepare` offers them and people pick one; nothing picked means the newest.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.sqlserver import BackupSet, Unquotable, lies_under, statements
from integrations.sqlserver.reads import Reads as SqlReads
from rollback.actions.action import Finding, Given, Json
from rollback.actions.parts import site_time
from storage.words import Severity

CHOICE = "backup"
"""The choice's key: the GUID of a backup set."""

GATE = "go-back"
DOUBT = timedelta(hours=1)  # a time without a zone can be off by the hour of summer time
OLD = timedelta(days=7)
SHOWN = 3  # backups whose faults are named when none can be used


@dataclass(frozen=True)
class Window:
    """Between the last change of version or patch and the upgrade; a backup must lie inside, whole.

    Attributes:
        opens: The last change before the upgrade, aware UTC; None: none is known.
        closes: When the upgrade began, aware UTC.
    """

    opens: datetime | None
    closes: datetime

    def holds(self, backup: BackupSet) -> bool:
        """Whether the backup lies inside, by the server's clock; where its zone is unknown, with an hour's room."""
        doubt = timedelta(0) if backup.zone_known else DOUBT
        return backup.finish + doubt < self.closes and (self.opens is None or backup.start - doubt > self.opens)


@dataclass(frozen=True)
class NotUsable:
    """A backup that may not be restored.

    Attributes:
        backup: The set.
        why: What speaks against it, in clauses.
        outside: Whether it lies outside the window.
    """

    backup: BackupSet
    why: tuple[str, ...]
    outside: bool


@dataclass(frozen=True)
class Candidates:
    """Every full backup that msdb knows, sorted out.

    Attributes:
        admissible: Those that may be restored, newest first.
        refused: The others, newest first.
    """

    admissible: tuple[BackupSet, ...]
    refused: tuple[NotUsable, ...]

    def picked(self, given: Given) -> BackupSet | None:
        """What was picked, or the newest if nothing was; None if that can't be restored."""
        wanted = str(given.choices.get(CHOICE) or "").lower()
        if not wanted:
            return self.admissible[0] if self.admissible else None
        return next((one for one in self.admissible if one.guid == wanted), None)

    def offers(self, given: Given) -> tuple[tuple[Json, str], ...]:
        """What people may pick: set GUID and label."""
        return tuple((one.guid, label(one, given)) for one in self.admissible)


def window(given: Given) -> Window | None:
    """The pairing window; None as long as nobody has said when the upgrade began."""
    closes = str(given.facts.get("upgrade_started_at") or "")
    opens = str(given.facts.get("last_change_before") or "")
    if not closes:
        return None
    return Window(datetime.fromisoformat(opens) if opens else None, datetime.fromisoformat(closes))


def label(backup: BackupSet, given: Given) -> str:
    """One backup, for a list: when it ended, where it lies, how it was made."""
    traits = ["copy-only"] if backup.copy_only else []
    traits += [] if backup.checksums else ["no checksums"]
    return ", ".join((site_time(given, backup.finish), f"{backup.paths[0]} no. {backup.position}", *traits))


def backup_candidates(sql: SqlReads, given: Given) -> Candidates:
    """Sort every full backup of the database into what may be restored and what may not."""
    place = given.estate.sqlserver
    family = sql.database(place.database).family_guid
    major = sql.instance().version[0]
    between = window(given)
    admissible: list[BackupSet] = []
    refused: list[NotUsable] = []
    for backup in sql.backups(place.database):
        why = [*backup.faults(), *_elsewhere(backup, place.backup_roots)]
        if family and backup.family_guid != family:
            why.append("it is of another database of this name")
        if backup.software_major > major:
            why.append("it comes from a newer SQL Server")
        outside = between is None or not between.holds(backup)
        if not why and not outside:
            why += [f"{path} is not there any more" for path in backup.paths if not sql.file_state(path).exists]
        if why or outside:
            why += ["it does not lie between the last change and the upgrade"] if outside else []
            refused.append(NotUsable(backup, tuple(why), outside))
        else:
            admissible.append(backup)
    return Candidates(tuple(admissible), tuple(refused))


def _elsewhere(backup: BackupSet, roots: tuple[str, ...]) -> list[str]:
    if not backup.paths or not all(lies_under(path, roots) for path in backup.paths):
        return ["it lies outside the folders that the settings allow"]
    try:
        statements.headers(backup.paths)
    except Unquotable as impossible:
        return [str(impossible)]
    return []


def findings_about(candidates: Candidates, given: Given) -> tuple[Finding, ...]:
    """What `prepare` has to say of the picked backup, or of there being none."""
    backup = candidates.picked(given)
    if backup is None:
        return (none_usable(candidates, given),)
    age = given.now - backup.finish
    found = []
    if not backup.checksums:
        text = "The backup has no checksums: what is damaged in it is noticed late, or not at all."
        found.append(Finding("no-checksums", Severity.OVERRIDE, text, gate=GATE))
    if age > given.estate.max_point_age:
        text = f"The backup is older than {given.estate.max_point_age.days} days."
        found.append(Finding("points-old", Severity.OVERRIDE, text, gate=GATE, about=("backup",)))
    elif age > OLD:
        found.append(Finding("points-week-old", Severity.WARN, f"The backup is older than {OLD.days} days."))
    return tuple(found)


def none_usable(candidates: Candidates, given: Given) -> Finding:
    """Why there is nothing to restore, with what speaks against the picked backup, or against the newest ones."""
    if window(given) is None:
        text = "Nobody has said when the upgrade began, so no backup can be told to be from before it: set it first."
        return Finding("outside-pairing-window", Severity.HARD, text)
    wanted = str(given.choices.get(CHOICE) or "").lower()
    named = [one for one in candidates.refused if one.backup.guid == wanted] if wanted else candidates.refused[:SHOWN]
    reasons = "; ".join(f"{label(one.backup, given)}: {', '.join(one.why)}" for one in named if one.backup.paths)
    outside = bool(named) and all(one.outside and len(one.why) == 1 for one in named)
    what = "The picked backup can't be restored" if wanted else "There is no full backup that can be restored"
    text = f"{what}: {reasons or 'msdb does not know it'}. Pick another one, or let the DBA bring one back."
    return Finding("outside-pairing-window" if outside else "backup-unusable", Severity.HARD, text)
