"""A check of the whole practice estate: healthy it passes, each planted trouble is its own row, and nothing changes."""

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from nodes_bench import NAME
from readiness_bench import ReadinessBench, bad, ends, rows
from sqlserver_bench import driver_named

from integrations.sqlserver import SqlServer, find_driver, trust
from practice.nitro import NitroServer
from practice.world.state import Snapshot
from rollback.readiness import EXIT, Outlook
from storage.words import Mode, SystemName

FAIL, WARN = Outlook.FAIL, Outlook.WARN


@pytest.fixture
def bench(
    practice_ca: trustme.CA,
    server_tls: Callable[..., ssl.SSLContext],
    client_tls: ssl.SSLContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ReadinessBench]:
    """The practice estate of three nodes, and what checks it."""
    ca_file = tmp_path / "ca.pem"
    practice_ca.cert_pem.write_to_path(ca_file)
    made = ReadinessBench(server_tls(NAME, "127.0.0.1", "localhost"), client_tls, ca_file, tmp_path)
    for name, value in trust(find_driver(driver_named("freetds")), made.sql_address, tmp_path).items():
        monkeypatch.setenv(name, value)
    yield made
    made.close()


def test_a_healthy_estate_passes(bench: ReadinessBench) -> None:
    """Every row of every subject passes, the exit status is 0, and the world's ledger stays empty."""
    report = bench.check()
    assert bad(report) == {}
    assert (report.outlook, EXIT[report.outlook]) == (Outlook.PASS, 0)
    asked = {"reachable", "identity", "version", "rights"}
    for system in SystemName:
        assert asked <= {row.name for row in rows(report, system.value)}
    for subject in ("netscaler", "vsphere", "sqlserver", "veeam", "xms01", "xms02", "xms03"):
        assert {"clock", "certificate"} <= {row.name for row in rows(report, subject)}
    assert {row.subject for row in report.rows} >= {"door", "restore points"}
    assert len(bench.world.ledger) == 0


def test_the_version_that_the_database_tells_is_shown(bench: ReadinessBench) -> None:
    """Whether the settings point at the right table is seen by the value that is read there."""
    (row,) = rows(bench.check(), "sqlserver", "xms version")
    assert row.text == "The database says that it belongs to XenMobile 10.7."
    with bench.connect(bench.estate) as systems, systems.get(SqlServer).acting() as acting:
        assert acting.version_query is systems.get(SqlServer).version_query


def test_what_was_asked_is_logged_out_of(bench: ReadinessBench) -> None:
    """A check leaves no session behind at any system."""
    bench.check()
    assert bench.nitro.open_sessions == 0
    assert bench.vcenter.house.sessions.open() == ()
    assert bench.veeam.tokens.open == 0


def backups(bench: ReadinessBench, **changed: object) -> None:
    for one in bench.world.backups:
        for key, value in changed.items():
            setattr(one, key, value)


def points(bench: ReadinessBench, **changed: object) -> None:
    for one in bench.world.points:
        for key, value in changed.items():
            setattr(one, key, value)


def snapshot(bench: ReadinessBench) -> None:
    bench.world.nodes["xms02"].snapshots.append(Snapshot("snapshot-1", "old", "", bench.world.now(), "10.7"))


Trouble = tuple[str, tuple[str, str], Outlook, str, Callable[[ReadinessBench], object]]
ROUNDS: list[list[Trouble]] = [
    [
        ("secondary", ("netscaler", "pair"), FAIL, "not the primary",
         lambda b: setattr(b.world, "ha_state", "Secondary")),
        ("vserver missing", ("netscaler", "door"), WARN, "vs_gone is listed", lambda b: b.list_another("vs_gone")),
        ("superuser", ("netscaler", "rights"), WARN, "may do everything",
         lambda b: b.users.update({SystemName.NETSCALER: "nsroot"})),
        ("member unknown", ("netscaler", "members"), FAIL, "xms09 is not in",
         lambda b: b.set_node("xms02", member="xms09")),
        ("right on machines", ("vsphere", "rights"), FAIL, "State.CreateSnapshot",
         lambda b: b.vcenter.house.rights.discard("VirtualMachine.State.CreateSnapshot")),
        ("vcenter's clock", ("vsphere", "clock"), FAIL, "vCenter is 60 s ahead of",
         lambda b: setattr(b.vcenter.house, "clock_offset", timedelta(seconds=60))),
        ("snapshot", ("vsphere", "machines"), WARN, "1 snapshots already", snapshot),
        ("question", ("vsphere", "machines"), WARN, "xms01 waits for an answer",
         lambda b: setattr(b.world.nodes["xms01"], "question", "Moved?")),
        ("no tools", ("vsphere", "machines"), WARN, "Tools",
         lambda b: setattr(b.world.nodes["xms03"], "tools_running", False)),
        ("datastore", ("vsphere", "snapshots"), WARN, "15 %",
         lambda b: setattr(b.world.datastores["vmfs-xms"], "free", 1024)),
        ("right on the database", ("sqlserver", "rights"), FAIL, "dbcreator",
         lambda b: b.tds.switches.rights.discard("DBCREATOR")),
        ("sysadmin", ("sqlserver", "rights"), WARN, "sysadmin", lambda b: b.tds.switches.rights.add("SYSADMIN")),
        ("sql's clock", ("sqlserver", "clock"), FAIL, "SQL Server is 90 s behind",
         lambda b: setattr(b.world.database, "clock_offset", timedelta(seconds=-90))),
        ("availability group", ("sqlserver", "database"), FAIL, "availability group",
         lambda b: setattr(b.world.database, "availability_group", "AG")),
        ("no checksums", ("sqlserver", "backup"), WARN, "no checksums", lambda b: backups(b, checksums=False)),
        ("version elsewhere", ("sqlserver", "xms version"), WARN, "can't be read",
         lambda b: b.set_version_table("no_such_table")),
        ("no room", ("sqlserver", "safety backup"), WARN, "less room",
         lambda b: setattr(b.world.database, "free_bytes", 1024)),
        ("veeam's administrator", ("veeam", "rights"), WARN, "administrator",
         lambda b: setattr(b.veeam, "administrator", True)),
        ("no point", ("restore points", "points"), WARN, "no restore point", lambda b: b.world.points.clear()),
        ("veeam at work", ("restore points", "jobs"), WARN, "at work on the nodes",
         lambda b: setattr(next(j for j in b.world.jobs if j.system == "veeam"), "running", True)),
        ("a node's clock", ("xms02", "clock"), FAIL, "xms02 is 90 s ahead of",
         lambda b: setattr(b.world.nodes["xms02"], "clock_offset", timedelta(seconds=90))),
        ("port 80 down", ("xms02", "ports"), FAIL, "port 80", lambda b: b.set_port_80("xms02", up=False)),
        ("too many devices", ("xenmobile", "devices"), WARN, "120 devices",
         lambda b: setattr(b, "estate", b.estate.model_copy(update={"devices_per_node": 30}))),
        ("api right", ("xenmobile", "rights"), FAIL, "may not read LDAP",
         lambda b: b.world.faults.arm("forbid", "xenmobile:ldap", times=-1)),
        ("door closed", ("door", "vs_xms_mdm_443"), FAIL, "does not serve",
         lambda b: b.world.vserver_set("vs_xms_mdm_443", enabled=False, by="xa")),
    ],
    [
        ("machine gone", ("vsphere", "machine xms02"), FAIL, "no VM at",
         lambda b: b.set_node("xms02", inventory_path="DC1/vm/gone")),
        ("a system's own host", ("vsphere", "kept machines"), FAIL, "xms03 must not be touched",
         lambda b: b.keep("SQL Server", b.world.nodes["xms03"].instance_uuid)),
        ("too many rights on machines", ("vsphere", "rights"), WARN, "Inventory.Delete",
         lambda b: b.vcenter.house.rights.add("VirtualMachine.Inventory.Delete")),
        ("backup missing", ("sqlserver", "backup"), FAIL, "not there any more",
         lambda b: backups(b, file_exists=False)),
        ("veeam shows nothing", ("veeam", "rights"), FAIL, "no machine", lambda b: b.world.backed_up.clear()),
    ],
    [
        ("stripe missing", ("sqlserver", "backup"), FAIL, "stripe",
         lambda b: backups(b, family_count=2, missing_members=(2,))),
        ("points too new", ("restore points", "points"), FAIL, "between the last change and the upgrade",
         lambda b: points(b, created=b.world.now() - timedelta(hours=2))),
    ],
    [("only VSS backups", ("sqlserver", "backup"), FAIL, "snapshot",
      lambda b: backups(b, is_snapshot=True, device_type=7))],
]  # fmt: skip
"""Troubles that can be there together, since each has a row of its own."""


@pytest.mark.parametrize("troubles", ROUNDS, ids=["many", "gone", "unpaired", "VSS"])
def test_each_trouble_is_its_own_row(bench: ReadinessBench, troubles: list[Trouble]) -> None:
    """What is wrong is told in the row that it belongs to, with what to do; what is not wrong passes."""
    for *_, plant in troubles:
        plant(bench)
    report = bench.check()
    for name, where, outlook, words, _ in troubles:
        found = [row for row in rows(report, *where) if words in row.text]
        assert {row.outlook for row in found} == {outlook}, name
        assert all(row.todo for row in found), name
    assert EXIT[report.outlook] == 2
    assert {"sqlserver", "veeam", "xms01"}.isdisjoint(where[0] for where in bad(report) if where[1] == "reachable")


@pytest.mark.parametrize(
    ("days", "outlook", "words"),
    [(-4000, FAIL, "has expired"), (9, WARN, "in 9 days"), (90, Outlook.PASS, "valid until")],
)
def test_a_certificate_is_judged_by_its_dates_even_where_nobody_trusts_it(
    bench: ReadinessBench, practice_ca: trustme.CA, days: int, outlook: Outlook, words: str
) -> None:
    """An expired certificate ends every call, and its date is told all the same."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    until = ends(bench.world.now(), days + 0.5)
    practice_ca.issue_cert("127.0.0.1", not_after=until).configure_cert(tls)
    with NitroServer(bench.world, {"rollback-bot": "made-up"}, tls) as server:
        bench.set_place("netscaler", url=server.url)
        report = bench.check()
    (row,) = rows(report, "netscaler", "certificate")
    assert row.outlook is outlook
    assert words in row.text
    (reached,) = rows(report, "netscaler", "reachable")
    assert (reached.outlook is FAIL) is (days < 0)


def test_a_wrong_password_is_one_attempt_at_each_system(bench: ReadinessBench) -> None:
    """A refused login is tried once, at one node of all, and not again by the next check."""
    bench.password = "wrong"
    for _ in range(2):
        report = bench.check()
        for system in SystemName:
            (row,) = rows(report, system.value, "reachable")
            assert (row.outlook, "refused" in row.text) == (FAIL, True), row
        assert bench.attempts() == dict.fromkeys((system.value for system in SystemName), 1)
    assert bench.password not in str(report)


@pytest.mark.parametrize(
    ("silent", "concerned"),
    [
        (("netscaler", "sqlserver", "xms02"), {"netscaler", "sqlserver", "xms02"}),
        (("vsphere", "veeam"), {"vsphere", "veeam", "restore points"}),
    ],
)
def test_silence_delays_nobody_else(bench: ReadinessBench, silent: tuple[str, ...], concerned: set[str]) -> None:
    """Ports that are open and say nothing are told within the limit, and every other row is as ever."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        for system in silent:
            bench.world.faults.arm("silent", system, times=-1)
        if "xms02" in silent:
            bench.set_node("xms02", ports=dict.fromkeys(("80", "443", "4443", "8443"), mute.getsockname()[1]))
        report = bench.check(limit=timedelta(seconds=4))
    for system in silent:
        assert any(row.outlook is FAIL for row in rows(report, system)), system
    assert {where for where, _ in bad(report)} <= concerned
    assert {row.subject for row in report.rows} >= {"netscaler", "vsphere", "sqlserver", "veeam", "door", "xms01"}


def test_systems_that_are_off_are_not_asked(bench: ReadinessBench) -> None:
    """Nothing is sent to a system that is off, and nothing of it passes or fails."""
    for system in SystemName:
        bench.set_mode(system, Mode.OFF)
    report = bench.check()
    assert bench.attempts() == dict.fromkeys((system.value for system in SystemName), 0)
    assert {row.subject for row in report.rows if row.outlook is Outlook.OFF} == {s.value for s in SystemName}
    assert bad(report) == {}


def test_without_a_told_upgrade_it_is_judged_as_if_one_began_now(bench: ReadinessBench) -> None:
    """In peace the newest backup and points count, and that none of an upgraded state exists is no trouble."""
    report = bench.check(facts={})
    assert bad(report) == {}
    (backup,) = rows(report, "sqlserver", "backup")
    assert "no. 5" in backup.text
    assert "as if an upgrade began now" in backup.text


def test_what_an_open_rollback_switched_off_does_not_fail(bench: ReadinessBench) -> None:
    """While a rollback is open a closed door and a node that is off are warnings, jobs that would fire too."""
    bench.close_the_door()
    bench.world.power_off("xms02", "va")
    report = bench.check(rollback="RB-7")
    assert report.rollback == "RB-7"
    assert FAIL not in set(bad(report).values())
    assert bad(report)["xms02", "ports"] is WARN
    assert bad(report)["door", "vs_xms_mdm_443"] is WARN
    assert bad(report)["sqlserver", "jobs"] is WARN
    assert len(bench.world.ledger) == 4


def test_nothing_is_read_inside_the_database_while_a_rollback_is_open(bench: ReadinessBench) -> None:
    """While one session alone may be inside, ours must not be it: views of the instance tell what they can."""
    bench.tds.switches.rights.discard("CONNECT ANY DATABASE")
    bench.set_version_table("no_such_table")
    report = bench.check(rollback="RB-7")
    asked = {row.name: row.outlook for row in rows(report, "sqlserver")}
    assert asked["inside"] is Outlook.OFF
    assert {"rights", "xms version", "safety backup"}.isdisjoint(asked)
    assert {"reachable", "identity", "clock", "backup", "jobs"} <= set(asked)
    assert set(bad(report)) == {("sqlserver", "jobs"), ("restore points", "jobs")}
