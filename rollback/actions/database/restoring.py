"""`database-restore`: the database goes back to a backup; on the way back, to this rollback's safety backup."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from integrations.errors import NotFound, NotPermitted, Refused
from integrations.sqlserver import SqlServer, statements
from rollback.actions.action import Change, Check, Fact, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.database import guards
from rollback.actions.database.backups import CHOICE, Candidates, backup_candidates, none_usable
from rollback.actions.database.checked import CHECKDB, Checked, checked
from rollback.actions.database.places import Places, about_the_room, places
from rollback.actions.database.reading import CHECK, RESTORE, SAVING, entangled, met, reader, version_value
from rollback.actions.database.restore_effect import restored_already
from rollback.actions.database.restored import not_restored
from rollback.actions.database.saved import saved
from rollback.actions.database.wanted import PICKED, SAFETY, Wanted
from rollback.actions.parts import Reads, patient, site_time, unread, verdict
from rollback.systems import Systems
from storage.words import By, Severity, SystemName

NEEDS = {PICKED: ("shut-down-nodes", SAVING, "snapshot-nodes"), SAFETY: ("back-shut-down-nodes",)}
"""Stages that make true what must hold when the restore starts."""

PATIENCE = timedelta(minutes=2)  # recovery after the last message
BY_PEOPLE = "CHECKDB was run by people; its output is the evidence"
DAMAGED = (
    "CHECKDB found errors in the restored database, and an attestation doesn't take them away. Start no node on it. "
    'Let the DBA look at it. When it is repaired, press "It did not happen": CHECKDB is run again after new votes. '
    "Else decide about another backup or the way back."
)
MAY_CHECK = "check database"


class RestoreTheDatabase(Reads):
    """SINGLE_USER, RESTORE and MULTI_USER on one connection; then CHECKDB of what came back."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read the backup that was picked, the way back, the nodes and who is in the database."""
        sql = reader(systems)
        if sql is None:
            return _by_hand(systems, given)
        database = given.estate.sqlserver.database
        candidates = backup_candidates(sql, given) if _source(given) == PICKED else None
        wanted, placed = _with_places(sql, database, _wanted(candidates, given))
        now = sql.database(database)
        findings = [*entangled(now), *_unusable(candidates, wanted, given), *_guarded(systems, given, sql, wanted)]
        findings += [*about_the_room(sql, database, placed), *_log_backups(sql, database)]
        changes: tuple[Change, ...] = ()
        if wanted is not None:
            changes = (_restore(given, wanted, already=restored_already(sql, given, wanted)),)
            by = By.BOT if MAY_CHECK in sql.rights(database).held else By.PERSON
            changes += (replace(_check(given), by=by),) if wanted.source == PICKED else ()
        return Preview(
            changes=changes,
            facts=(
                Fact("state", f"{now.state}, {now.access}", flutters=True),
                *((placed.fact(),) if wanted is not None else ()),
                *_way_back(given),
            ),
            findings=tuple(findings),
            thens={1: f"{database} is ONLINE and the restore history names the set"},
            identity={SystemName.SQLSERVER: str(sql.identity(database))},
            uses=(CHOICE,) if candidates is not None else (),
            lost=_lost(given, wanted),
            dies=f"RESTORE aborts with the bot's connection and leaves {database} in RESTORING. The stage then needs "
            "reconciling and says so; running it again asks this gate anew.",
            offers={CHOICE: candidates.offers(given)} if candidates is not None else {},
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """The restore history, the state, what must be as before, and the version value."""
        sql = reader(systems)
        planned = next((change for change in given.planned if change.kind == RESTORE), None)
        if sql is None or planned is None:
            return verdict(given, unread("restored", SystemName.SQLSERVER))
        wanted = Wanted.of(planned.detail)
        wrong, warnings = not_restored(sql, given, wanted)
        found = checked(given)
        by_people = (BY_PEOPLE,) if found is Checked.ATTESTED else ()
        return replace(
            verdict(given, _restored(given, wanted, wrong), warnings=(*warnings, *by_people)),
            contradiction=DAMAGED if found is Checked.ERRORS else "",
        )

    def result(self, systems: Systems, given: Given) -> Json:
        """What was restored, whether it was checked, and how the instance stands before a restart."""
        sql = reader(systems)
        planned = next((change for change in given.planned if change.kind == RESTORE), None)
        common: dict[str, Json] = {CHECKDB: checked(given).value}
        if sql is None or planned is None:
            return {**common, "by": "hand"}
        wanted, database = Wanted.of(planned.detail), given.estate.sqlserver.database
        newest = sql.restores(database, newest=1)[0]
        return {
            **common,
            "set": wanted.guid,
            "backup_started": wanted.start,
            "backup_finished": wanted.finish,
            "restore": newest.history_id,
            "version": version_value(sql, database),
            "suspect_pages": len(sql.suspect_pages(database)),
            "started": sql.started().mark,
            "online": sorted(one.name for one in sql.databases() if one.state == "ONLINE"),
            "services": sorted(one.name for one in sql.services() if one.running),
        }


def _source(given: Given) -> str:
    return str(given.params.get("source", PICKED))


def _wanted(candidates: Candidates | None, given: Given) -> Wanted | None:
    if candidates is not None:
        backup = candidates.picked(given)
        return Wanted.picked(backup) if backup is not None else None
    made = saved(given)
    return Wanted.safety(made) if made is not None else None


def _with_places(sql: SqlServer, database: str, wanted: Wanted | None) -> tuple[Wanted | None, Places]:
    """The set together with where its files go; people approve both."""
    if wanted is None:
        return None, Places()
    found = places(sql, database, wanted.files, wanted.position)
    return replace(wanted, moves=found.moves), found


def _restore(given: Given, wanted: Wanted, *, already: bool) -> Change:
    database = given.estate.sqlserver.database
    restore = statements.restore(
        database, wanted.files, wanted.position, checksum=wanted.checksums, moves=wanted.moves
    ).text
    lines = (statements.single_user(database).text, restore, statements.multi_user(database).text)
    finished = site_time(given, datetime.fromisoformat(wanted.finish))
    called = f"set {wanted.guid}, finished {finished}"
    text = f"On one connection to master, one after the other: 1) {lines[0]}; 2) {lines[1]} ({called}); 3) {lines[2]}"
    return Change(
        RESTORE,
        1,
        SystemName.SQLSERVER,
        database,
        text,
        wanted.detail(),
        destructive=True,
        already=already,
        how="The DBA runs the three statements on one connection to master, one at a time, and reads RESTORE to its "
        f"last message (3014): {'; '.join(lines)}",
    )


def _check(given: Given) -> Change:
    database = given.estate.sqlserver.database
    statement = statements.check_database(database).text
    return Change(
        CHECK,
        2,
        SystemName.SQLSERVER,
        database,
        f"{statement} (reads the restored database, changes nothing)",
        {"statement": statement},
        how=f"The DBA runs {statement}; it must end without any error.",
    )


def _unusable(candidates: Candidates | None, wanted: Wanted | None, given: Given) -> Iterable[Finding]:
    if candidates is not None and wanted is None:
        yield none_usable(candidates, given)
    if candidates is not None and wanted is not None and not wanted.checksums:
        yield Finding("no-checksums", Severity.WARN, "The backup has no checksums; RESTORE runs without CHECKSUM.")


def _guarded(systems: Systems, given: Given, sql: SqlServer, wanted: Wanted | None) -> Iterable[Finding]:
    early = not met(given, *NEEDS[_source(given)])
    since = guards.since_when(given, wanted) if wanted is not None else None
    database = given.estate.sqlserver.database
    on = [*guards.not_off(systems, given, sql, since), *guards.occupied(sql, given)]
    if on or early:
        now = f" Now: {'; '.join(on)}." if on else ""
        text = f"All nodes must be off, without a break since the safety backup, and nobody but us in {database}.{now}"
        yield Finding("node-on", Severity.HARD, text, at_start=early, holds=bool(on))
    unsafe = guards.safety_wrong(sql, given)
    if unsafe:
        text = f"The way back must be proven: {'; '.join(unsafe)}."
        at_start = early and _source(given) == PICKED
        yield Finding("safety-backup-missing", Severity.HARD, text, at_start=at_start)
    if wanted is not None and wanted.source == PICKED:
        changed = guards.file_wrong(sql, given, wanted, "the backup")
        if changed:
            yield Finding("backup-changed", Severity.HARD, f"{'; '.join(changed)}. Pick the backup again.")


def _log_backups(sql: SqlServer, database: str) -> Iterable[Finding]:
    try:
        jobs = sql.agent_jobs()
    except (NotFound, NotPermitted, Refused) as unread_jobs:
        text = f"Whether Agent jobs back up {database} can't be read: {unread_jobs.what}"
        return (Finding("jobs-unread", Severity.WARN, text),)
    active = sorted(job.name for job in jobs if job.enabled and job.touches_backups and database in job.databases)
    if not active:
        return ()
    text = (
        f"Jobs that touch backups of {database} are active: {', '.join(active)}. Pause them, or approve despite them."
    )
    return (Finding("log-backups-active", Severity.OVERRIDE, text, about=tuple(active)),)


def _way_back(given: Given) -> tuple[Fact, ...]:
    made = saved(given)
    return (Fact("safety backup", f"{made.file}, set {made.guid}"),) if made is not None else ()


def _lost(given: Given, wanted: Wanted | None) -> tuple[str, ...]:
    if wanted is None:
        return ()
    began, ended = (site_time(given, datetime.fromisoformat(each)) for each in (wanted.start, wanted.finish))
    since = f"Everything that XenMobile has stored since the backup is lost; it ran from {began} to {ended}."
    return (
        since,
        "The chain of log backups is broken from here; a new full backup is due after go-live.",
    )


def _restored(given: Given, wanted: Wanted, wrong: tuple[str, ...]) -> Check:
    database = given.estate.sqlserver.database
    text = f"{database} is ONLINE and MULTI_USER, restored from set {wanted.guid}, with its settings as before."
    return patient("restored", wrong, text, given, PATIENCE)


def _by_hand(systems: Systems, given: Given) -> Preview:
    """Without a connection the bot knows the rule, not the set: the DBA names it in the evidence."""
    database = given.estate.sqlserver.database
    began = str(given.facts.get("upgrade_started_at") or "the upgrade")
    which = {
        PICKED: f"the last full backup that ended before {began}, on disk, not damaged",
        SAFETY: "the safety backup of this rollback",
    }[_source(given)]
    early = not met(given, *NEEDS[_source(given)])
    on = guards.not_off(systems, given, None, None)
    findings = []
    if on or early:
        now = f" Now: {'; '.join(on)}." if on else ""
        text = f"All nodes must be off.{now}"
        findings.append(Finding("node-on", Severity.HARD, text, at_start=early, holds=bool(on)))
    change = Change(
        RESTORE,
        1,
        SystemName.SQLSERVER,
        database,
        f"{database} to SINGLE_USER; RESTORE from {which}, with REPLACE, RECOVERY, CHECKSUM; {database} to MULTI_USER",
        {"target": database, "reference": which, "allowed": "a full backup of this database under backup_roots"},
        destructive=True,
        by=By.PERSON,
        how="The DBA reads HEADERONLY first, then runs the statements on one connection to master, one at a time, and "
        "pastes their output with the set's GUID.",
    )
    changes = (change, replace(_check(given), by=By.PERSON)) if _source(given) == PICKED else (change,)
    fact = Fact("SQL Server", "off: not read by the bot; its administrator pastes what it would read")
    return Preview(
        changes=changes,
        facts=(fact,),
        findings=tuple(findings),
        dies="Nothing: people make this change.",
    )
