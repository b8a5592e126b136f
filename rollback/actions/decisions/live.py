"""`go-live`: the commander's decision, held by health; the freeze is lifted and a new full backup is asked for."""

from collections.abc import Iterator
from dataclasses import replace

from integrations.netscaler import NetScaler, VServerKind
from integrations.sqlserver import SqlServer
from rollback.actions.action import Check, Fact, Finding, Given, Json, Preview, Samples, Verdict
from rollback.actions.database.checked import CHECKDB, PROVEN, Checked
from rollback.actions.decisions.service import serving
from rollback.actions.nodes.watching import held
from rollback.actions.parts import Reads, failed, passed, still_open, unread, verdict
from rollback.devices.inventory import InventoryStore
from rollback.systems import Systems
from storage.words import CheckState, Severity, StageState, SystemName

HELD, FULL_BACKUP, CHECK_INS = "held", "full-backup", "check-ins"
USUAL = 0.5  # of the connections before the door was closed: from here on devices check in near their usual rate
GATE = "live"


class GoLive(Reads):
    """Nothing is changed by machine; health decides whether the decision holds."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """What speaks against it."""
        return Preview(
            facts=(Fact("by people", "lift the freeze; the DBA makes a new full backup now"),),
            findings=(
                *_reconcile(given),
                *_database(systems, given),
                *_held(systems, given),
                *_number(given),
            ),
            dies="Nothing: what has held is in the samples.",
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Health, the new full backup, and how many devices are back."""
        health = held(HELD, given, samples, serving(given), given.estate.timings.go_live_held)
        return verdict(given, health, _full_backup(systems, given), _check_ins(systems, given))

    def result(self, systems: Systems, given: Given) -> Json:
        """When it was so."""
        return {"at": given.now.isoformat(), "nodes": list(serving(given))}


def _reconcile(given: Given) -> Iterator[Finding]:
    unclear = [name for name, state in given.states.items() if state == StageState.NEEDS_RECONCILE]
    if unclear:
        yield Finding("reconcile-open", Severity.HARD, f"It isn't known what happened in: {', '.join(unclear)}.")


def _database(systems: Systems, given: Given) -> Iterator[Finding]:
    found = (given.results.get("restore-database") or {}).get(CHECKDB, "")
    if found == Checked.ERRORS:
        yield Finding("database-damaged", Severity.HARD, "CHECKDB found errors in the restored database.")
    elif found not in PROVEN and given.states.get("restore-database") == StageState.SUCCEEDED:
        severity = Severity.HARD if systems.has(SqlServer) else Severity.OVERRIDE
        yield Finding("database-damaged", severity, "CHECKDB of the restored database hasn't run.")


def _held(systems: Systems, given: Given) -> Iterator[Finding]:
    span = given.estate.timings.cluster_held
    with systems.get(InventoryStore).samples(given.rollback_id, given.estate.timings.sample_every) as samples:
        names, since = serving(given), given.now - span
        if held(HELD, replace(given, stage_started=since), samples, names, span).state is not CheckState.PASSED:
            text = f"The whole cluster hasn't held for {span.total_seconds() / 60:.0f} min yet."
            yield Finding("cluster-not-held", Severity.OVERRIDE, text)


def _number(given: Given) -> Iterator[Finding]:
    if not given.facts.get("change_number"):
        yield Finding("change-number-missing", Severity.OVERRIDE, "The number of the change is missing.")


def _full_backup(systems: Systems, given: Given) -> Check:
    if not systems.has(SqlServer):
        return unread(FULL_BACKUP, SystemName.SQLSERVER)
    sql, database = systems.get(SqlServer), given.estate.sqlserver.database
    restored = max((one.at for one in sql.restores(database)), default=None)
    newest = next((one for one in sql.backups(database) if not one.faults() and not one.copy_only), None)
    if newest is None or (restored is not None and newest.start <= restored):
        return still_open(
            FULL_BACKUP, "msdb shows no full backup since the restore: the log chain is broken until then"
        )
    return passed(FULL_BACKUP, f"The newest full backup ended {newest.finish:%d %b %H:%M} UTC, after the restore.")


def _check_ins(systems: Systems, given: Given) -> Check:
    if not systems.has(NetScaler):
        return unread(CHECK_INS, SystemName.NETSCALER)
    before = (given.results.get("collect-evidence") or {}).get("connections") or {}
    usual = sum(count or 0 for count in before.values())
    if not usual:
        return Check(CHECK_INS, CheckState.NOT_CHECKED, "How many connections are usual was not read before.")
    netscaler = systems.get(NetScaler)
    listed = given.estate.netscaler.vservers
    now = sum(netscaler.counters(VServerKind(one.kind), one.name).connections or 0 for one in listed)
    text = f"{now} connections; before the door was closed there were {usual}."
    return passed(CHECK_INS, text) if now >= USUAL * usual else failed(CHECK_INS, text)
