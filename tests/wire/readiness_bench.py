"""The whole practice estate under a check: one guarded login a system, and rows that are easily found."""

import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nodes_bench import PASSWORD, USER
from preparing_bench import PreparingBench

from integrations.login import Login, LoginGuard
from integrations.netscaler import NetScaler
from integrations.sqlserver import SqlServer, VersionQuery
from integrations.veeam import Veeam
from integrations.vsphere import VSphere
from rollback.cluster import Cluster
from rollback.estate import Estate, Kept
from rollback.readiness import Known, Outlook, Place, Report, Row, inspect
from rollback.systems import Systems
from storage.clock import SystemClock
from storage.words import Mode, SystemName

BRIEF = timedelta(seconds=1.5)
LIMIT = timedelta(seconds=6)
ACCEPTED = ("database-unusual", "target-shared")
"""What every practice estate has: other databases beside ours, and one folder for all backups."""


class ReadinessBench(PreparingBench):
    """Checks its estate."""

    def __init__(self, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext, ca_file: Path, folder: Path) -> None:
        super().__init__(server_tls, client_tls, ca_file, folder)
        self.tls = client_tls
        self.password = PASSWORD
        self.users: dict[SystemName, str] = {}
        self._guards = {system: LoginGuard(lambda: Login(USER, self.password)) for system in SystemName}

    def connect(self, estate: Estate) -> Systems:
        """Fresh clients over guards that outlive them, as the program makes them."""
        guard, tls = self._guards, self.tls
        api = guard[SystemName.XENMOBILE] if estate.mode(SystemName.XENMOBILE) is not Mode.OFF else None
        makers: dict[SystemName, tuple[type[Any], Callable[[], Any]]] = {
            SystemName.VSPHERE: (VSphere, lambda: VSphere(
                estate.vsphere.host, port=estate.vsphere.port, login=guard[SystemName.VSPHERE], tls=tls,
                monotonic=lambda: self.world.now().timestamp(), timeout=BRIEF)),
            SystemName.VEEAM: (Veeam, lambda: Veeam(
                estate.veeam.url, guard[SystemName.VEEAM], now=self.world.now, tls=tls, reply_timeout=BRIEF)),
            SystemName.NETSCALER: (NetScaler, lambda: NetScaler(
                estate.netscaler.url, guard[SystemName.NETSCALER], tls=tls, reply_timeout=BRIEF)),
            SystemName.SQLSERVER: (SqlServer, lambda: SqlServer(
                self.sql_address, guard[SystemName.SQLSERVER], driver="FreeTDS", login_timeout=BRIEF,
                version_query=VersionQuery(table=estate.sqlserver.version.table))),
        }  # fmt: skip
        there = dict(kind for system, kind in makers.items() if estate.mode(system) is not Mode.OFF)
        return Systems({**there, Cluster: lambda: Cluster(estate, tls, api)})

    def place(self, **known: Any) -> Place:
        told = {"facts": self.facts, "choices": {}, **known}
        return Place(self.estate, self.connect, self.world.now, Known(**told), self.users)

    def check(self, *, limit: timedelta = LIMIT, **known: Any) -> Report:
        return inspect(self.place(**known), SystemClock().wait, limit=limit, accepted=ACCEPTED)

    def set_mode(self, system: SystemName, mode: Mode) -> None:
        self.estate = self.estate.model_copy(update={"modes": {**self.estate.modes, system: mode}})

    def set_node(self, name: str, **more: Any) -> None:
        nodes = tuple(n.model_copy(update=more) if n.name == name else n for n in self.estate.nodes)
        self.estate = self.estate.model_copy(update={"nodes": nodes})

    def set_place(self, part: str, **more: Any) -> None:
        changed = getattr(self.estate, part).model_copy(update=more)
        self.estate = self.estate.model_copy(update={part: changed})

    def set_version_table(self, table: str) -> None:
        version = self.estate.sqlserver.version.model_copy(update={"table": table})
        self.set_place("sqlserver", version=version)

    def keep(self, name: str, instance_uuid: str) -> None:
        """The settings name a machine that is never a node."""
        kept = (Kept(name=name, instance_uuid=instance_uuid),)
        self.estate = self.estate.model_copy(update={"kept_machines": kept})

    def list_another(self, name: str) -> None:
        """The settings list one more vServer, which the NetScaler does not have."""
        listed = self.estate.netscaler.vservers
        self.set_place("netscaler", vservers=(*listed, listed[0].model_copy(update={"name": name})))

    def attempts(self) -> dict[str, int]:
        """How many logins each system has seen."""
        return {
            "netscaler": self.nitro.login_attempts,
            "veeam": self.veeam.tokens.attempts,
            "sqlserver": self.tds.login_attempts,
            "vsphere": self.vcenter.house.sessions.attempts,
            "xenmobile": sum(sessions.attempts for sessions in self.nodes.sessions.values()),
        }


def bad(report: Report) -> dict[tuple[str, str], Outlook]:
    """What does not pass, by subject and name."""
    return {(r.subject, r.name): r.outlook for r in report.rows if r.outlook not in (Outlook.PASS, Outlook.OFF)}


def rows(report: Report, subject: str, name: str = "") -> list[Row]:
    return [row for row in report.rows if row.subject == subject and name in ("", row.name)]


def ends(now: datetime, days: float) -> datetime:
    return (now + timedelta(days=days)).replace(microsecond=0)
