"""The clients of an estate: how each is made, with its own trust and one guarded login a system.

A piece of work makes its clients afresh and logs in anew; the guards outlive them, so that a refused login is not
repeated by the next piece of work, but only when a person has asked for another look.
"""

import ssl
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bot.settings import Access, EstateSettings, Settings, login
from integrations.http import tls_context
from integrations.login import LoginGuard
from integrations.netscaler import NetScaler
from integrations.sqlserver import Address, SqlServer, VersionQuery
from integrations.veeam import Veeam
from integrations.vsphere import VSphere, pinned_context
from rollback.cluster import Cluster
from rollback.devices.inventory import InventoryStore
from rollback.estate import Estate
from rollback.systems import LOGINS_BELL, Closes, Systems
from storage.clock import Clock
from storage.database import Database
from storage.words import Mode, SystemName


class Connector:
    """Makes `Systems` for an estate; see `rollback.actions.action.Connect`."""

    def __init__(self, settings: Settings, clock: Clock, database: Database | None) -> None:
        """Nothing is connected before a client's first call; without a database nothing can be kept, only read."""
        self._settings = settings
        self._clock = clock
        self._store = InventoryStore(database, clock) if database is not None else None
        self._guards: dict[tuple[str, SystemName], LoginGuard] = {}
        self._making = threading.Lock()
        self._asked = database.bells.event(LOGINS_BELL) if database is not None else threading.Event()

    def __call__(self, estate: Estate) -> Systems:
        """The clients for one piece of work; modes are those that were frozen into the rollback."""
        if self._asked.is_set():
            self._asked.clear()
            self.check_again()
        settings = self._settings.estate(estate.name)
        makers: dict[type[Any], Callable[[], Closes]] = {Cluster: partial(self._cluster, estate, settings)}
        store = self._store
        if store is not None:
            makers[InventoryStore] = lambda: store
        each: dict[SystemName, tuple[type[Any], Callable[[Estate, EstateSettings], Closes]]] = {
            SystemName.NETSCALER: (NetScaler, self._netscaler),
            SystemName.VSPHERE: (VSphere, self._vsphere),
            SystemName.SQLSERVER: (SqlServer, self._sqlserver),
            SystemName.VEEAM: (Veeam, self._veeam),
        }
        for system, (kind, make) in each.items():
            if estate.mode(system) is not Mode.OFF:
                makers[kind] = partial(make, estate, settings)
        return Systems(makers)

    def check_again(self) -> None:
        """Let refused logins be tried once more, because a person asked for it."""
        with self._making:
            guards = tuple(self._guards.values())
        for guard in guards:
            guard.check_again()

    def _guard(self, settings: EstateSettings, system: SystemName) -> LoginGuard:
        key = (settings.estate.name, system)
        with self._making:
            if key not in self._guards:
                self._guards[key] = LoginGuard(partial(login, settings.access.get(system, Access())))
            return self._guards[key]

    def _cluster(self, estate: Estate, settings: EstateSettings) -> Cluster:
        read = estate.mode(SystemName.XENMOBILE) is not Mode.OFF
        guard = self._guard(settings, SystemName.XENMOBILE) if read else None
        return Cluster(estate, _tls(settings, SystemName.XENMOBILE), guard)

    def _netscaler(self, estate: Estate, settings: EstateSettings) -> NetScaler:
        guard = self._guard(settings, SystemName.NETSCALER)
        return NetScaler(estate.netscaler.url, guard, tls=_tls(settings, SystemName.NETSCALER))

    def _vsphere(self, estate: Estate, settings: EstateSettings) -> VSphere:
        pin = settings.access.get(SystemName.VSPHERE, Access()).thumbprint
        return VSphere(
            estate.vsphere.host,
            login=self._guard(settings, SystemName.VSPHERE),
            tls=pinned_context(pin) if pin else _tls(settings, SystemName.VSPHERE),
            monotonic=self._clock.monotonic,
            port=estate.vsphere.port,
        )

    def _veeam(self, estate: Estate, settings: EstateSettings) -> Veeam:
        return Veeam(
            estate.veeam.url,
            self._guard(settings, SystemName.VEEAM),
            now=self._clock.now,
            tls=_tls(settings, SystemName.VEEAM),
            api_version=estate.veeam.api_version,
        )

    def _sqlserver(self, estate: Estate, settings: EstateSettings) -> SqlServer:
        address, place = sql_address(settings), estate.sqlserver.version
        version = VersionQuery(place.table_schema, place.table, place.column, place.newest_by)
        guard = self._guard(settings, SystemName.SQLSERVER)
        return SqlServer(address, guard, driver=estate.sqlserver.driver, version_query=version)


def sql_address(settings: EstateSettings) -> Address:
    """Where the SQL Server of an estate is, and what its certificate is checked against."""
    access = settings.access.get(SystemName.SQLSERVER, Access())
    place = settings.estate.sqlserver
    authority = Path(access.authority) if access.authority else None
    name = place.certificate_name
    return Address(place.host, place.port, name, authority)


def _tls(settings: EstateSettings, system: SystemName) -> ssl.SSLContext:
    return tls_context(settings.access.get(system, Access()).authority)
