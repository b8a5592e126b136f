"""What `prepare` proves while there is time: the backup can be read, each login has its rights, the clocks agree."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from integrations.errors import IntegrationError
from integrations.netscaler import NetScaler
from integrations.sqlserver import BackupSet, SqlServer
from integrations.veeam import Veeam
from integrations.vsphere import Privilege, VSphere
from rollback.actions.action import Check, Given
from rollback.actions.database.wanted import Wanted
from rollback.actions.inventory.capturing import answering, nodes_to_read
from rollback.actions.nodes import machines
from rollback.actions.parts import passed, still_open
from rollback.cluster import Cluster
from rollback.devices.inventory import InventoryStore
from rollback.systems import Systems
from storage.words import Mode, SystemName

_Clock = Callable[[], datetime | None]
_Wrong = Callable[[], list[str]]

HTTPS = 443
BY_THE_DBA = frozenset({"check database"})
"""CHECKDB needs db_owner; where our login isn't, the DBA runs it."""

TO_ACT = frozenset({"dbcreator", "backup database"})
"""Rights of SQL Server that only changes need."""

READING = (Privilege.VIEW, Privilege.READ)
ACTING = tuple(one for one in Privilege if one is not Privilege.SNAPSHOT_REVERT)
"""What stages need of vSphere; none of them reverts to a snapshot."""


def waits(name: str, wrong: Iterator[str], text: str) -> Check:
    """Passed if nothing is wrong; else open, with what is: it is read again until somebody has put it right."""
    found = "; ".join(wrong)
    return still_open(name, f"{found}. It is looked at again by itself.") if found else passed(name, text)


def wrong_header(sql: SqlServer, backup: BackupSet, database: str) -> tuple[str, ...]:
    """In what the backup's own header and file list differ from what msdb tells; empty if in nothing.

    Raises:
        IntegrationError: The file can't be read.
    """
    wanted = Wanted.picked(backup)
    wrong = wanted.changed(sql, database)
    if not sql.file_list(wanted.files, wanted.position):
        return (*wrong, "its file list is empty")
    return wrong


def rights(systems: Systems, given: Given) -> Iterator[str]:
    """Which rights are missing, or which login doesn't work, each in words."""
    if systems.has(SqlServer):
        yield from _of("SQL Server", lambda: sql_rights(systems, given))
    if systems.has(VSphere):
        yield from _of("vCenter", lambda: vsphere_rights(systems, given))
    if systems.has(Veeam):
        yield from _of("Veeam", lambda: [] if systems.get(Veeam).backup_objects() else ["Veeam shows no machine to us"])
    if systems.has(NetScaler):
        yield from _of("NetScaler", lambda: [] if systems.get(NetScaler).identity() else ["NetScaler tells nothing"])
    if systems.get(Cluster).has_api:
        yield from _of("XenMobile", lambda: _log_in(systems, given))


def clocks(systems: Systems, given: Given) -> Iterator[str]:
    """Which clocks are further apart than the estate allows, against the bot's own, each in words."""
    store, allowed = systems.get(InventoryStore), given.estate.timings.clock_skew
    for name, read in _clocks(systems, given).items():
        try:
            told = read()
        except IntegrationError as error:
            yield f"the clock of {name} can't be read: {error.what}"
            continue
        if text := apart(name, told, store.now(), allowed):
            yield text


def apart(name: str, told: datetime | None, now: datetime, allowed: timedelta) -> str:
    """How far a clock is off, in words; empty: it is near enough, or tells no time."""
    if told is None or abs(told - now) <= allowed:
        return ""
    ahead = (told - now).total_seconds()
    return f"the clock of {name} is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the bot's"


def _clocks(systems: Systems, given: Given) -> dict[str, _Clock]:
    found: dict[str, _Clock] = {}
    if systems.has(SqlServer):
        found["SQL Server"] = lambda: systems.get(SqlServer).clock().now
    if systems.has(VSphere):
        found["vCenter"] = lambda: systems.get(VSphere).clock()
    if systems.has(Veeam):
        found["Veeam"] = lambda: systems.get(Veeam).server_time().at
    if systems.has(NetScaler):
        found["the NetScaler"] = lambda: systems.get(NetScaler).clock()
    for node in given.estate.nodes:
        found[node.name] = lambda node=node: systems.get(Cluster).health(node, HTTPS).clock  # type: ignore[misc]
    return found


def _of(system: str, read: _Wrong) -> list[str]:
    try:
        return read()
    except IntegrationError as error:
        return [f"{system}: {error.what}"]


def sql_rights(systems: Systems, given: Given) -> list[str]:
    """What the login of SQL Server lacks for what the bot does there, in words."""
    missing = systems.get(SqlServer).rights(given.estate.sqlserver.database).missing - BY_THE_DBA
    if given.estate.mode(SystemName.SQLSERVER) is not Mode.ACT:
        missing -= TO_ACT
    return [f"SQL Server: the login lacks {', '.join(sorted(missing))}"] if missing else []


def vsphere_rights(systems: Systems, given: Given) -> list[str]:
    """What the login of vCenter lacks on each node for what the bot does there, in words."""
    vsphere, acts = systems.get(VSphere), given.estate.mode(SystemName.VSPHERE) is Mode.ACT
    found = machines.read(vsphere, given, given.estate.nodes)
    wanted = ACTING if acts else READING
    missing = vsphere.missing_privileges([one.vm.ref for one in found], wanted)
    names = {one.vm.ref: one.node.name for one in found}
    return [
        f"vCenter: the login lacks {', '.join(sorted(lacks))} on {names[ref]}"
        for ref, lacks in missing.items()
        if lacks
    ]


def _log_in(systems: Systems, given: Given) -> list[str]:
    answering(systems, given, nodes_to_read(given, first=False)).log_in()
    return []
