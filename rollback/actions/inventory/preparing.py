"""`prepare`: everything that can be read, proven and picked while the service still runs."""

from collections.abc import Iterator

from integrations.errors import IntegrationError
from integrations.netscaler import NetScaler
from integrations.sqlserver import BackupSet, Database, SqlServer
from rollback.actions.action import Change, Check, Fact, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.database import checked
from rollback.actions.database.backups import findings_about, label
from rollback.actions.inventory import choosing, proofs
from rollback.actions.inventory.apns import apns_replaced
from rollback.actions.inventory.capturing import WARM_KIND, capture, nodes_to_read, told
from rollback.actions.inventory.carried import KEY, to_hand_on
from rollback.actions.inventory.choosing import Choices
from rollback.actions.inventory.listing import not_read
from rollback.actions.inventory.reading_backup import KIND as READ_KIND
from rollback.actions.inventory.reading_backup import read_backup
from rollback.actions.inventory.second_door import second_doors
from rollback.actions.inventory.since import cutoff, to_json
from rollback.actions.notices import not_sent_before
from rollback.actions.parts import Reads, passed, still_open, unread, verdict
from rollback.cluster import Cluster
from rollback.devices.inventory import WARM, InventoryStore
from rollback.systems import Systems
from storage.words import CheckState, Severity, SystemName

CAPTURED, READABLE, RIGHTS, CLOCKS = "captured", "backup-readable", "rights", "clocks"
ROOM = 1.3  # times the last backup: what the safety backup may need


class Prepare(Reads):
    """Captures the devices early, proves the backup, rights and clocks, and offers what has to be picked."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Everything that speaks for or against going back, and what there is to pick."""
        choices = choosing.read(systems, given)
        facts = [Fact(name, text) for name, text in choosing.described(choices, given)]
        return Preview(
            changes=tuple(_changes(systems, given, choices)),
            facts=(*facts, *_facts(systems, given)),
            findings=(*_findings(systems, given, choices), *not_sent_before(given)),
            uses=(choosing.BACKUP, *(choosing.POINT + node.name for node in given.estate.nodes)),
            offers=choosing.offers(choices, given),
            dies="What was read so far is kept; the bot reads on.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """The early capture, the backup, rights and clocks."""
        checks = (
            _captured(systems, given),
            _readable(systems, given),
            proofs.waits(
                RIGHTS, proofs.rights(systems, given), "Each login works and has the rights that it tells of."
            ),
            proofs.waits(CLOCKS, proofs.clocks(systems, given), "All clocks agree with the bot's."),
        )
        warned = (*apns_replaced(systems, given), *not_sent_before(given))
        return verdict(given, *checks, warnings=tuple(finding.text for finding in warned))

    def result(self, systems: Systems, given: Given) -> Json:
        """What holds if nobody picks anything else, when the backup ran, and the overrides for later gates."""
        choices = choosing.read(systems, given)
        return {
            "taken": choosing.taken(choices, given),
            "cutoff": to_json(cutoff(systems, given)),
            KEY: to_hand_on(_findings(systems, given, choices)),
        }


def _changes(systems: Systems, given: Given, choices: Choices) -> Iterator[Change]:
    if systems.get(Cluster).has_api:
        text = "read all devices while the service runs: every row, the details of each"
        since, nodes = to_json(cutoff(systems, given)), nodes_to_read(given, first=False)
        yield capture(WARM_KIND, 1, text, capture=WARM, base=WARM, cutoff=since, nodes=nodes)
    backup = choices.backup(given)
    if backup is not None:
        yield read_backup(backup, given)


def _facts(systems: Systems, given: Given) -> Iterator[Fact]:
    if systems.has(NetScaler):
        pair = systems.get(NetScaler).high_availability()
        healthy = "; ".join(pair.troubles) or "healthy"
        yield Fact("NetScaler", f"{'primary' if pair.primary else 'not the primary'}, pair {healthy}", flutters=True)
    if not systems.get(Cluster).has_api:
        yield Fact("XenMobile", "off: device lists are exports of the console, and estimates")
    if systems.has(SqlServer):
        where = systems.get(SqlServer).identity(given.estate.sqlserver.database)
        yield Fact("SQL Server", str(where))


def _findings(systems: Systems, given: Given, choices: Choices) -> Iterator[Finding]:
    yield from choosing.about_points(choices, given)
    yield from _machines(choices)
    yield from second_doors(systems, given)
    yield from apns_replaced(systems, given)
    if choices.backups is None:
        return
    sql, place = systems.get(SqlServer), given.estate.sqlserver
    yield from findings_about(choices.backups, given)
    yield from _database(sql.database(place.database), sql)
    backup = choices.backup(given)
    if backup is not None:
        yield from _header(sql, backup, given)
        yield from _space(sql, backup, given)


def _machines(choices: Choices) -> Iterator[Finding]:
    for name, machine in choices.machines.items():
        if machine.vm.question:
            yield Finding("vm-unusual", Severity.WARN, f"{name} waits for an answer in vCenter.")
        if machine.vm.snapshots:
            yield Finding("vm-unusual", Severity.WARN, f"{name} has {len(machine.vm.snapshots)} snapshots already.")


def _database(database: Database, sql: SqlServer) -> Iterator[Finding]:
    if database.availability_group or database.mirrored or database.replicated:
        text = f"{database.name} is in an availability group, mirrored or replicated: this runbook can't restore it."
        yield Finding("database-replicated", Severity.HARD, text)
    others = [one.name for one in sql.databases() if not one.system and one.name != database.name]
    unusual = {
        "it is encrypted (TDE): its certificate is needed for the restore": database.encrypted,
        "its instance is a failover cluster": sql.instance().clustered,
        f"{len(others)} other databases live on its instance": bool(others),
    }
    said = "; ".join(text for text, holds in unusual.items() if holds)
    if said:
        yield Finding("database-unusual", Severity.WARN, f"{database.name}: {said}.")


def _header(sql: SqlServer, backup: BackupSet, given: Given) -> Iterator[Finding]:
    try:
        wrong = proofs.wrong_header(sql, backup, given.estate.sqlserver.database)
    except IntegrationError as error:
        text = f"The picked backup can't be read: {error.what}. Pick another one, or let the DBA bring the file back."
        yield Finding("backup-unusable", Severity.HARD, text)
        return
    if wrong:
        text = f"The header of the backup is not what msdb tells: {'; '.join(wrong)}. Pick another one."
        yield Finding("backup-not-approved", Severity.HARD, text)


def _space(sql: SqlServer, backup: BackupSet, given: Given) -> Iterator[Finding]:
    folder = given.estate.sqlserver.safety_folder
    if not folder:
        return
    free = sql.free_space(folder, given.estate.sqlserver.database).free
    if free is not None and free < ROOM * backup.size:
        text = f"The safety backup may need {ROOM} times the last backup, and there is less free in its folder."
        yield Finding("no-space", Severity.OVERRIDE, text, gate="save")


def _captured(systems: Systems, given: Given) -> Check:
    if not systems.get(Cluster).has_api:
        return unread(CAPTURED, SystemName.XENMOBILE)
    found = systems.get(InventoryStore).summary(given.rollback_id, WARM)
    if found is None or not found.done:
        return not_read(CAPTURED)
    return passed(CAPTURED, f"{told(found)}.")


def _readable(systems: Systems, given: Given) -> Check:
    if not systems.has(SqlServer):
        return unread(READABLE, SystemName.SQLSERVER)
    sql = systems.get(SqlServer)
    backup = choosing.read(systems, given).backup(given)
    if backup is None:
        return still_open(READABLE, "No backup that may be restored is picked.")
    try:
        wrong = proofs.wrong_header(sql, backup, given.estate.sqlserver.database)
    except IntegrationError as error:
        return still_open(READABLE, f"The backup can't be read: {error.what}.")
    if wrong:
        return still_open(READABLE, f"The header of the backup differs: {'; '.join(wrong)}.")
    return _read_to_its_end(given, backup, label(backup, given))


def _read_to_its_end(given: Given, backup: BackupSet, name: str) -> Check:
    """What VERIFYONLY said of it, run by the bot in any attempt, else by people."""
    made = [change for change in given.made if change.kind == READ_KIND and change.target == backup.guid]
    told = [checked.read(change, checked.READABLE) for change in made]
    if True in told:
        return passed(READABLE, f"{name}: header, file list and VERIFYONLY are right.")
    if False in told:
        text = f"{name}: VERIFYONLY could not read it to its end, whatever was attested since. Pick another backup."
        return still_open(READABLE, text)
    if any(checked.by_people(change) for change in made):
        return passed(READABLE, f"{name}: header and file list are right; VERIFYONLY was run by people.")
    text = f"{name}: header and file list are right; nobody has read it to its end. Let the DBA run VERIFYONLY."
    return Check(READABLE, CheckState.NOT_CHECKED, text)
