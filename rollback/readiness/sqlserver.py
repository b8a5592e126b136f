"""SQL Server's page: driver, instance, login, the database and its backups, the Agent's jobs that would fire."""

from integrations.errors import NotFound, NotPermitted, Refused
from integrations.sqlserver import Address, AgentJob, SqlServer, shown_certificate
from rollback.actions.database.backing_up import BackUpTheDatabase
from rollback.actions.inventory import proofs
from rollback.actions.inventory.preparing import Prepare
from rollback.readiness import judging
from rollback.readiness.place import Page, Place, Round, only
from rollback.readiness.rows import Outlook, Row
from rollback.systems import Systems
from storage.words import SystemName

ABOUT_THE_DATABASE = frozenset({"database-replicated", "database-unusual"})
TWICE = frozenset({"no-space"})  # the preview of the safety backup tells it better


def fill(taken: Round, page: Page) -> None:
    """Ask SQL Server for everything that a rollback needs of it."""
    place, where = taken.place, taken.place.estate.sqlserver
    address = Address(where.host, where.port, where.certificate_name)
    page.certificate(place, lambda: shown_certificate(address))
    with place.connect(place.estate) as systems:
        sql = systems.get(SqlServer)
        good = page.reads("reachable", lambda: _reachable(page, sql))
        taken.reached[SystemName.SQLSERVER].tell(good=good)
        if not good:
            return
        page.identity(lambda: str(sql.identity(where.database)))
        page.clock(place, "SQL Server", lambda: sql.clock().now)
        page.reads("backup", lambda: _backup(place, page, only(systems, SqlServer)))
        page.reads("jobs", lambda: _jobs(place, page, sql), Outlook.WARN)
        if place.open:
            text = f"Not looked into while {place.open} is open: a read in there could stand in the way of its restore."
            page.add(Row(page.subject, "inside", Outlook.OFF, text))
            return
        page.reads("rights", lambda: _rights(place, page, systems))
        page.reads("xms version", lambda: _version(place, page, sql))
        page.reads("safety backup", lambda: _safety(place, page, only(systems, SqlServer)))


def _reachable(page: Page, sql: SqlServer) -> None:
    instance = sql.instance()
    version = ".".join(str(part) for part in instance.version)
    page.passes("reachable", f"{instance.server} answers and lets us in.")
    page.passes("version", f"SQL Server {version}, {instance.edition}.")


def _rights(place: Place, page: Page, systems: Systems) -> None:
    beyond = sorted(systems.get(SqlServer).rights(place.estate.sqlserver.database).excess)
    extra = [f"The login is in {', '.join(beyond)}"] if beyond else []
    proven = "The login has every right that it needs, and is no administrator."
    page.add(*judging.rights(page.subject, proofs.sql_rights(systems, place.given()), extra, proven))


def _version(place: Place, page: Page, sql: SqlServer) -> None:
    """No vendor documents where it stands: whether the settings point at it is seen by reading it."""
    try:
        value = sql.xms_version(place.estate.sqlserver.database)
    except (NotFound, NotPermitted, Refused) as error:
        text = f"What the database says of its XenMobile version can't be read: {error.what}."
        todo = "Ask the DBA where it stands, and set `sqlserver.version`; else nothing but people tells 10.6 from 10.7."
        page.add(Row(page.subject, "xms version", Outlook.WARN, text, todo, "version-unread"))
    else:
        page.passes("xms version", f"The database says that it belongs to XenMobile {value}.")


def _backup(place: Place, page: Page, systems: Systems) -> None:
    preview = Prepare().preview(systems, place.given())
    findings = [one for one in place.meant(preview) if one.code not in TWICE]
    about = [one for one in findings if one.code in ABOUT_THE_DATABASE]
    good = "It can be restored in place, and no other database would be disturbed."
    page.add(*judging.found(page.subject, "database", about, good))
    chosen = next((fact.value for fact in preview.facts if fact.name == "backup"), "")
    when = "" if place.upgrade_told else "; judged as if an upgrade began now"
    rest = [one for one in findings if one.code not in ABOUT_THE_DATABASE]
    page.add(*judging.found(page.subject, "backup", rest, f"It could be restored: {chosen}{when}."))


def _safety(place: Place, page: Page, systems: Systems) -> None:
    findings = place.meant(BackUpTheDatabase().preview(systems, place.given()))
    good = "The folder of the safety backup is there, with room for it."
    page.add(*judging.found(page.subject, "safety backup", findings, good))


def _jobs(place: Place, page: Page, sql: SqlServer) -> None:
    """Jobs of the Agent that name the database or its backups; silent before a rollback, paused during one."""
    database = place.estate.sqlserver.database
    would = [job for job in sql.agent_jobs() if job.enabled and (database in job.databases or job.touches_backups)]
    told = "; ".join(_told(job) for job in would)
    if not would:
        page.passes("jobs", "No enabled job of the Agent touches the database or its backups.")
    elif place.open:
        todo = "Let the DBA pause them while the rollback is open."
        page.add(Row(page.subject, "jobs", Outlook.WARN, f"These jobs would fire: {told}.", todo, "jobs-would-fire"))
    else:
        page.passes("jobs", f"To be paused in `prepare`: {told}.")


def _told(job: AgentJob) -> str:
    if job.running:
        return f"{job.name}, running now"
    return f"{job.name}, next {job.next_run:%d %b %H:%M} UTC" if job.next_run else f"{job.name}, not scheduled"
