"""`sql-restart`: SQL Server and its Agent restarted by a person, if that was picked; else only looked at."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from integrations.sqlserver import SqlServer
from rollback.actions.action import (
    AlreadySo,
    Change,
    Done,
    Fact,
    Failed,
    Finding,
    Given,
    GuardFailed,
    Json,
    Look,
    NotDone,
    Outcome,
    Preview,
    Samples,
    Verdict,
    Watch,
)
from rollback.actions.database.reading import RESTART, RESTORING, reader, version_value, visitors
from rollback.actions.parts import Reads, patient, unread, verdict
from rollback.systems import Systems
from storage.words import By, Repeat, Severity, SystemName

CHOICE, RESTARTED, VERIFY_ONLY = "restart", "restart", "verify-only"
PATIENCE = timedelta(minutes=5)  # recovery of all databases after a restart
BY_A_PERSON = "SQL Server is restarted by a person; the bot sends nothing"


class RestartTheInstance(Reads):
    """Nothing is changed, or one restart by the DBA; either way every database has to come up."""

    def preview(self, systems: Systems, given: Given) -> Preview:
        """Read what kind of instance it is and who else lives there."""
        place, picked = given.estate.sqlserver, picked_restart(given)
        sql = reader(systems)
        offers = {
            CHOICE: ((VERIFY_ONLY, "verify only, nothing is restarted"), (RESTARTED, "restart service and Agent"))
        }
        changes = (_restart(place.host),) if picked else ()
        if sql is None:
            return Preview(changes=changes, uses=(CHOICE,), offers=offers, dies="Nothing: people make this change.")
        others = tuple(one.name for one in sql.databases() if not one.system and one.name != place.database)
        return Preview(
            changes=changes,
            facts=(
                Fact("restart", "picked: by the DBA" if picked else "verify only, nothing is restarted"),
                Fact("other databases", ", ".join(others) or "none"),
            ),
            findings=(*_impossible(sql), *_disturbed(sql, others)) if picked else (),
            identity={SystemName.SQLSERVER: sql.instance().server},
            uses=(CHOICE,),
            dies="Nothing: the bot restarts nothing.",
            offers=offers,
        )

    def verify(self, systems: Systems, given: Given, samples: Samples) -> Verdict:
        """Start time, databases and services against what the restore noted when it had ended."""
        sql = reader(systems)
        if sql is None:
            return verdict(given, unread("online", SystemName.SQLSERVER))
        before = given.results.get(RESTORING) or {}
        text = "Every database that was ONLINE is ONLINE, and the services run as before."
        restarted = any(change.kind == RESTART for change in given.planned)
        return verdict(given, patient("online", _wrong(sql, given, before, restarted=restarted), text, given, PATIENCE))

    def result(self, systems: Systems, given: Given) -> Json:
        """Whether it was restarted, and since when it runs."""
        sql = reader(systems)
        restarted = any(change.kind == RESTART for change in given.planned)
        return {"restarted": restarted, "started": sql.started().mark if sql is not None else ""}


class RestartEffect:
    """The restart as the journal knows it: a person makes it, and the start time tells whether it happened."""

    settle, repeat, dies_with_us = timedelta(seconds=90), Repeat.ASK, False

    def before(self, change: Change, systems: Systems, given: Given) -> Json:
        """The bot never begins it.

        Raises:
            AlreadySo: It has been restarted since the restore.
            GuardFailed: It has not; a person does it.
        """
        before = given.results.get(RESTORING) or {}
        started = systems.get(SqlServer).started()
        if before.get("started") and started.mark != before["started"]:
            raise AlreadySo(f"SQL Server runs since {started.mark}, after the restore")
        raise GuardFailed(BY_A_PERSON)

    def act(self, change: Change, systems: Systems, given: Given, before: Json, watch: Watch) -> Outcome:
        """Nothing is sent."""
        return Failed(BY_A_PERSON)

    def look(self, change: Change, systems: Systems, given: Given, before: Json, ref: Json) -> Look:
        """Compare the start time with the one that the restore noted."""
        noted = (given.results.get(RESTORING) or {}).get("started", "")
        started = systems.get(SqlServer).started()
        if noted and started.mark != noted:
            return Done(f"SQL Server runs since {started.mark}", ours=False)
        return NotDone(f"SQL Server runs since {started.mark}, as before.")

    def follow(self, change: Change, systems: Systems, given: Given, ref: Json, watch: Watch) -> Outcome:
        """Nothing of ours is ever under way."""
        look = self.look(change, systems, given, None, ref)
        return look if isinstance(look, Done) else Failed(BY_A_PERSON)


def picked_restart(given: Given) -> bool:
    """Whether a restart was picked; as long as nobody has answered `ask`, nothing is restarted."""
    return bool(given.choices.get(CHOICE, given.estate.sqlserver.restart) == RESTARTED)


def _restart(host: str) -> Change:
    return Change(
        RESTART,
        1,
        SystemName.SQLSERVER,
        host or "SQL Server",
        f"SQL Server's service and its Agent restarted on {host or 'its host'}",
        by=By.PERSON,
        how="The DBA restarts the service SQL Server and then SQL Server Agent, in the Configuration Manager or by "
        "Restart-Service -Force, and keeps an excerpt of the error log.",
    )


def _impossible(sql: SqlServer) -> Iterable[Finding]:
    instance = sql.instance()
    if instance.clustered or instance.availability_groups:
        kind = "a failover cluster" if instance.clustered else "an instance with availability groups"
        text = f"{instance.server} is {kind}, where a restart is a failover: pick verify only."
        yield Finding("cannot-restart", Severity.HARD, text)


def _disturbed(sql: SqlServer, others: tuple[str, ...]) -> Iterable[Finding]:
    if not others:
        return
    users = {name: visitors(sql, name) for name in others}
    told = [f"{name} ({', '.join(inside)})" if inside else name for name, inside in users.items()]
    text = f"The restart takes other databases away for a moment: {'; '.join(told)}."
    yield Finding("others-on-instance", Severity.OVERRIDE, text, about=others)


def _wrong(sql: SqlServer, given: Given, before: Mapping[str, Json], *, restarted: bool) -> list[str]:
    states = {one.name: one for one in sql.databases()}
    wrong = [
        f"{name} is {states[name].state if name in states else 'gone'}"
        for name in before.get("online", [given.estate.sqlserver.database])
        if name not in states or states[name].state != "ONLINE"
    ]
    ours = given.estate.sqlserver.database
    if ours in states and states[ours].access != "MULTI_USER":
        wrong.append(f"{ours} is {states[ours].access}")
    running = {one.name for one in sql.services() if one.running}
    wrong += [f"{name} does not run" for name in before.get("services", []) if name not in running]
    if restarted and before.get("started") and sql.started().mark == before["started"]:
        wrong.append("SQL Server has not been restarted: its start time is the same")
    if not wrong and before.get("version") and version_value(sql, ours) != before["version"]:
        wrong.append(f"the version value of {ours} is another than after the restore")
    return wrong
