"""One connection to SQL Server through ODBC: rows of a read, the drained end of a change.

A connection is used by one thread at a time. Each statement gets a cursor of its own, because a query timeout holds
only for cursors that are made after it was set; leaving a cursor early would abort what runs, so every answer is
drained.
"""

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any, Protocol

from integrations.errors import Unreachable, WrongAnswer
from integrations.login import Login, LoginGuard
from integrations.sqlserver import errors, messages, statements
from integrations.sqlserver.address import Address, connection_string
from integrations.sqlserver.messages import ServerMessage
from integrations.sqlserver.odbc import Driver, load
from integrations.sqlserver.rows import Row
from integrations.sqlserver.statements import Statement

MOST_ROWS = 10_000
NO_LIMIT = timedelta(0)


class DriverCursor(Protocol):
    """What is used of a pyodbc cursor; pyodbc itself may not be importable here."""

    description: Sequence[Sequence[Any]] | None
    messages: Iterable[tuple[str, str]]

    def execute(self, text: str, *params: str | int) -> object:
        """Send a statement; returns at its first result."""
        ...

    def nextset(self) -> bool | None:
        """Go to the next result; False or None at the end."""
        ...

    def fetchmany(self, size: int) -> Sequence[Sequence[object]]:
        """At most `size` rows."""
        ...

    def close(self) -> None:
        """Give the cursor back."""
        ...


class DriverConnection(Protocol):
    """What is used of a pyodbc connection."""

    timeout: int

    def cursor(self) -> DriverCursor:
        """A new cursor."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class Connection:
    """An open connection to `master`, without transactions."""

    def __init__(self, raw: DriverConnection, query_timeout: timedelta) -> None:
        """Wrap an open driver connection; reads give up after `query_timeout`, changes never."""
        self._raw = raw
        self._timeout = query_timeout
        self._error: type[Exception] = vars(load())["Error"]

    def rows(self, statement: Statement, *, patient: bool = False) -> list[Row]:
        """All rows of a read; a patient one has no time limit.

        Raises:
            SessionEnded: The connection is lost; a new one may ask again.
            NotPermitted, NotFound, Refused: SQL Server said no.
            Unreachable: No answer within the time limit.
            WrongAnswer: More rows than anybody could want.
        """
        try:
            with self._cursor(NO_LIMIT if patient else self._timeout) as cursor:
                cursor.execute(statement.text, *statement.params)
                while cursor.description is None and cursor.nextset():
                    pass  # messages come before the rows
                found = self._fetch(cursor, statement)
                while cursor.nextset():
                    pass  # an error after the rows shows here
            self._still_there()
        except self._error as error:
            raise errors.read_failed(error, statement.doing) from None
        return found

    def _still_there(self) -> None:
        # Microsoft's driver can take a connection that dies between two results for the end of the answer, without an
        # error. A connection on which one more question is answered did not die before.
        with self._cursor(self._timeout) as cursor:
            cursor.execute(statements.clock().text)

    def _fetch(self, cursor: DriverCursor, statement: Statement) -> list[Row]:
        if cursor.description is None:
            return []
        columns = [column[0] for column in cursor.description]
        values = cursor.fetchmany(MOST_ROWS + 1)
        if len(values) > MOST_ROWS:
            raise WrongAnswer(errors.SYSTEM, f"{statement.doing}: more than {MOST_ROWS} rows")
        return [Row(columns, tuple(one)) for one in values]

    def run(
        self, statement: Statement, heard: Callable[[ServerMessage], None], *, last: int = 0
    ) -> tuple[ServerMessage, ...]:
        """Send one change, once, and read its messages to the very end; each is handed to `heard` as it comes.

        An error of `heard` doesn't stop the reading, which would abort the statement; it is raised after the end.

        Args:
            statement: The change.
            heard: Told each message.
            last: Number of the message without which the change counts as not ended; 0 if there is none.

        Raises:
            Refused, NotPermitted, NotFound: SQL Server said no, at once or in mid-way.
            OutcomeUnknown: The connection was lost after sending, or the last message never came.
        """
        said: list[ServerMessage] = []
        ear = _Ear(heard)
        try:
            with self._cursor(NO_LIMIT) as cursor:
                cursor.execute(statement.text)
                more = True
                while more:
                    for message in messages.read(cursor.messages):
                        said.append(message)
                        ear.hear(message)
                    more = bool(cursor.nextset())
            self._still_there()
        except self._error as error:
            raise errors.change_failed(error, statement.doing) from None
        if last and last not in {message.number for message in said}:
            raise errors.never_ended(statement.doing, last)
        ear.complain()
        return tuple(said)

    @contextmanager
    def _cursor(self, timeout: timedelta) -> Iterator[DriverCursor]:
        self._raw.timeout = int(timeout.total_seconds())
        cursor = self._raw.cursor()
        try:
            yield cursor
        finally:
            with suppress(self._error):  # on a lost connection closing fails as well; the first error says more
                cursor.close()

    def close(self) -> None:
        """Close it; a connection that is lost already is closed as well."""
        with suppress(self._error):  # the server or the network was faster: nothing is left to close
            self._raw.close()


class _Ear:
    """Hands messages on until that fails once, and keeps the failure for later."""

    def __init__(self, heard: Callable[[ServerMessage], None]) -> None:
        self._heard = heard
        self._failure: Exception | None = None

    def hear(self, message: ServerMessage) -> None:
        if self._failure is None:
            try:
                self._heard(message)
            except Exception as failure:  # noqa: BLE001 - raised by complain(), after the statement's end
                self._failure = failure

    def complain(self) -> None:
        if self._failure is not None:
            raise self._failure


def connect(
    driver: Driver, address: Address, guard: LoginGuard, login_timeout: timedelta, query_timeout: timedelta
) -> Connection:
    """Open a connection with one login, which is read once it is known that somebody listens.

    Raises:
        Unreachable: Nobody answers there, the certificate is not accepted, or the server is still starting.
        LoginRefused: Now, or before: then nothing is sent. The guard remembers it.
    """
    seconds = max(1, int(login_timeout.total_seconds()))
    _knock(address, seconds)
    with guard.attempt() as login:
        return Connection(_logged_in(driver, address, login, seconds), query_timeout)


def _logged_in(driver: Driver, address: Address, login: Login, seconds: int) -> DriverConnection:
    try:
        told = connection_string(driver, address, login)
    except ValueError as error:
        raise Unreachable(errors.SYSTEM, str(error)) from None
    pyodbc: Any = load()
    try:
        raw: DriverConnection = pyodbc.connect(told, autocommit=True, timeout=seconds)
    except pyodbc.Error as error:
        raise errors.login_failed(error, str(address)) from None
    return raw


def _knock(address: Address, seconds: int) -> None:
    # Microsoft's driver spends its whole login timeout on a port that refuses; a plain connection tells at once.
    try:
        socket.create_connection((address.host, address.port), timeout=seconds).close()
    except OSError as error:
        raise Unreachable(errors.SYSTEM, f"no connection to {address} ({type(error).__name__})") from None
