"""The client of one SQL Server: reads on a few kept connections, changes on connections of their own."""

import threading
from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from integrations.errors import SessionEnded
from integrations.login import Login, LoginGuard
from integrations.sqlserver.acting import ActingConnection, Ended, OnRef, Progress, Source, unwatched
from integrations.sqlserver.address import Address
from integrations.sqlserver.connection import Connection, connect
from integrations.sqlserver.facts import CheckResult
from integrations.sqlserver.odbc import Driver, find_driver
from integrations.sqlserver.reads import Reads
from integrations.sqlserver.rows import Row
from integrations.sqlserver.statements import Statement, VersionQuery


class SqlServer(Reads):
    """One SQL Server instance.

    May be used from several threads: a connection serves one of them at a time. A read whose connection is gone is
    asked once more on a new one; a change never is. After a refused login nobody who shares the guard logs in any more,
    because each attempt could lock the account, until a person presses *Check again*.
    """

    def __init__(
        self,
        address: Address,
        login: Callable[[], Login] | LoginGuard,
        *,
        driver: str = "",
        login_timeout: timedelta = timedelta(seconds=5),
        query_timeout: timedelta = timedelta(seconds=60),
        version_query: VersionQuery | None = None,
    ) -> None:
        """Keep how to connect; nothing is connected yet.

        Args:
            address: Where the instance is.
            login: Gives user and password afresh at each login; a guard is shared with other clients of the system.
            driver: Name or library path of the ODBC driver; empty takes the best that is installed.
            login_timeout: How long connecting may take.
            query_timeout: How long a read may take; changes, HEADERONLY and VERIFYONLY have no limit.
            version_query: Where the XMS database says its version, if not where `VersionQuery` assumes it.
        """
        self.version_query = version_query or VersionQuery()
        self._address = address
        self._guard = LoginGuard.of(login)
        self._wanted = driver
        self._login_timeout = login_timeout
        self._query_timeout = query_timeout
        self._driver: Driver | None = None
        self._idle: list[Connection] = []
        self._lock = threading.Lock()

    def acting(self) -> ActingConnection:
        """A new connection for a change and its guards; use it with ``with``.

        Raises:
            Unreachable: No connection was made.
            LoginRefused: It is not repeated before a person asks for it.
            DriverMissing: This machine has no ODBC driver.
        """
        made = ActingConnection(self._open())
        made.version_query = self.version_query
        return made

    def backup(
        self,
        database: str,
        file: str,
        name: str,
        *,
        on_ref: OnRef,
        progress: Progress = unwatched,
        compression: bool = False,
    ) -> Ended:
        """`ActingConnection.backup` on a connection of its own."""
        with self.acting() as connection:
            return connection.backup(database, file, name, on_ref=on_ref, progress=progress, compression=compression)

    def restore(self, database: str, source: Source, *, on_ref: OnRef, progress: Progress = unwatched) -> Ended:
        """`ActingConnection.restore` inside `ActingConnection.alone`, on a connection of its own."""
        with self.acting() as connection, connection.alone(database, on_ref=on_ref):
            return connection.restore(database, source, on_ref=on_ref, progress=progress)

    def check_database(self, database: str, *, on_ref: OnRef) -> CheckResult:
        """`ActingConnection.check_database` on a connection of its own."""
        with self.acting() as connection:
            return connection.check_database(database, on_ref=on_ref)

    def _read(self, statement: Statement, *, patient: bool = False) -> list[Row]:
        try:
            return self._read_once(statement, patient=patient)
        except SessionEnded:
            self._close_idle()  # they are of the same age, and most likely gone as well
            return self._read_once(statement, patient=patient)

    def _read_once(self, statement: Statement, *, patient: bool) -> list[Row]:
        connection = self._take()
        kept = False
        try:
            found = connection.rows(statement, patient=patient)
            kept = True
        finally:
            if kept:
                self._put_back(connection)
            else:
                connection.close()
        return found

    def _take(self) -> Connection:
        with self._lock:
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _put_back(self, connection: Connection) -> None:
        with self._lock:
            self._idle.append(connection)

    def _open(self) -> Connection:
        with self._lock:
            if self._driver is None:
                self._driver = find_driver(self._wanted)
            driver = self._driver
        return connect(driver, self._address, self._guard, self._login_timeout, self._query_timeout)

    def _close_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def close(self) -> None:
        """Close the kept connections; acting ones belong to who opened them."""
        self._close_idle()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
