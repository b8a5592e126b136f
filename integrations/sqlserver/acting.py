"""The connection that acts: guards, SINGLE_USER, BACKUP, RESTORE and MULTI_USER on one and the same connection.

BACKUP and RESTORE live on their connection: if it goes, the server breaks them off. So each is told by what it can be
found again (`on_ref`) before it is sent, is sent once, and is read to its last message.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from integrations.errors import IntegrationError, NotFound, OutcomeUnknown, Refused
from integrations.sqlserver import messages, statements
from integrations.sqlserver.connection import Connection
from integrations.sqlserver.errors import SYSTEM
from integrations.sqlserver.facts import CheckResult, Ref
from integrations.sqlserver.messages import ServerMessage
from integrations.sqlserver.reads import Reads
from integrations.sqlserver.rows import Row
from integrations.sqlserver.statements import Statement

OnRef = Callable[[Ref], None]
Progress = Callable[[int], None]

_CONSISTENCY = (range(2500, 2600), range(5200, 5300), range(7900, 8000), range(8900, 9000))


def unwatched(_: int) -> None:
    """Progress that nobody looks at."""


@dataclass(frozen=True)
class Source:
    """The backup set that a restore reads.

    Attributes:
        files: All files of the set, as paths on the SQL Server's host.
        position: Its place in them: ``WITH FILE = n``.
        checksum: Whether RESTORE demands checksums; only where the set has them (else 3187).
        moves: New places of database files by logical name; empty leaves them where they are.
    """

    files: Sequence[str]
    position: int
    checksum: bool = True
    moves: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ended:
    """A BACKUP or RESTORE that ran to its end (message 3014).

    Attributes:
        pages: Pages of 8 kB that it went through.
        seconds: How long it took by the server's measure.
        messages: Everything that the server said, in order.
    """

    pages: int
    seconds: float
    messages: tuple[ServerMessage, ...]


class DatabaseLeftOpen(Refused):
    """A restore was refused or broke off, and the database is not as it was."""

    advice = "Do not start anything on this database. Decide between running the restore again and another backup."


class ActingConnection(Reads):
    """One connection, used by one thread, on which a change and its guards are made; close it when done.

    Nothing is reopened here: once the connection is lost, every further call raises.
    """

    def __init__(self, connection: Connection) -> None:
        """Take over an open connection."""
        self._connection = connection

    def _read(self, statement: Statement, *, patient: bool = False) -> list[Row]:
        return self._connection.rows(statement, patient=patient)

    def ref(self) -> Ref:
        """By what a statement on this connection is found again (sys.dm_exec_connections)."""
        row = self._one(statements.ref(), "row of our own connection")
        return Ref(row.number("session_id"), row.guid("connection_id"), row.clock().now)

    def single_user(self, database: str, *, on_ref: OnRef) -> None:
        """Throw everybody out of the database, rolling back what they were doing.

        Raises:
            Refused: The database isn't open (5052) or the server says no.
            OutcomeUnknown: The connection was lost after sending.
        """
        self._change(statements.single_user(database), on_ref)

    def multi_user(self, database: str, *, on_ref: OnRef) -> None:
        """Let everybody in again.

        Raises:
            Refused: The database isn't open (5052) or the server says no.
            OutcomeUnknown: The connection was lost after sending.
        """
        self._change(statements.multi_user(database), on_ref)

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
        """Write a copy-only full backup into a new file.

        Args:
            database: The database.
            file: A path on the SQL Server's host where nothing lies yet.
            name: The set name by which it is found again.
            on_ref: Told by what it can be found, right before it is sent; if it raises, nothing is sent.
            progress: Told percentages as they come; with some servers all of them come at the end.
            compression: Whether to use COMPRESSION (not in Express, 1844).

        Raises:
            Refused: Something lies there already (nothing was sent), or the server said no or broke off; a backup that
                is broken off leaves nothing.
            NotFound: The folder isn't there.
            OutcomeUnknown: The connection was lost, or the end was never confirmed.
        """
        self.refuse_existing(file)
        statement = statements.backup(database, file, name, compression=compression)
        return self._stream(statement, on_ref, progress)

    def restore(self, database: str, source: Source, *, on_ref: OnRef, progress: Progress = unwatched) -> Ended:
        """Restore over the database, with recovery; use it inside `alone`.

        Args:
            database: The database that is replaced.
            source: The backup set.
            on_ref: Told by what it can be found, right before it is sent; if it raises, nothing is sent.
            progress: Told percentages as they come; with some servers all of them come at the end.

        Raises:
            DatabaseLeftOpen: It was refused or broke off, and the database isn't ONLINE any more.
            Refused: It was refused, and the database is ONLINE as before.
            OutcomeUnknown: The connection was lost, or the end was never confirmed.
        """
        statement = statements.restore(
            database, source.files, source.position, checksum=source.checksum, moves=source.moves
        )
        try:
            return self._stream(statement, on_ref, progress)
        except (Refused, NotFound) as error:
            raise self._with_state(database, error) from error

    def _with_state(self, database: str, error: IntegrationError) -> IntegrationError:
        state = self.database(database).state
        if state == "ONLINE":
            return error
        return DatabaseLeftOpen(
            SYSTEM,
            f"{error.what}; {database} is {state} now",
            code=error.code if isinstance(error, Refused) else "",
            may_have_happened=True,
        )

    @contextmanager
    def alone(self, database: str, *, on_ref: OnRef) -> Iterator[None]:
        """Have the database to oneself while restoring: SINGLE_USER before, MULTI_USER after.

        A database that is RESTORING lets nobody in, so nothing is set before. Afterwards it is given back to everybody
        if it is ONLINE, also when the restore was refused; in any other state it is left alone, for a person.

        Raises:
            IntegrationError: What the inner block or the two statements raise; the inner error wins.
        """
        if self.database(database).state != "RESTORING":
            self.single_user(database, on_ref=on_ref)
        try:
            yield
        except OutcomeUnknown:
            raise  # the connection is gone, and with it every way to give the database back
        except BaseException:
            self._give_back(database, on_ref)
            raise
        self._give_back(database, on_ref)

    def _give_back(self, database: str, on_ref: OnRef) -> None:
        if self.database(database).state == "ONLINE":
            self.multi_user(database, on_ref=on_ref)

    def check_database(self, database: str, *, on_ref: OnRef) -> CheckResult:
        """DBCC CHECKDB, physical structures only; may take long.

        Raises:
            NotPermitted: It needs db_owner inside the database.
            OutcomeUnknown: The connection was lost; run it again.
        """
        try:
            self._change(statements.check_database(database), on_ref)
        except Refused as error:
            if any(error.code.isdigit() and int(error.code) in numbers for numbers in _CONSISTENCY):
                return CheckResult(clean=False, first_error=error.what)
            raise
        return CheckResult(clean=True, first_error="")

    def _change(self, statement: Statement, on_ref: OnRef) -> None:
        on_ref(self.ref())
        self._connection.run(statement, lambda _: None)

    def _stream(self, statement: Statement, on_ref: OnRef, progress: Progress) -> Ended:
        def heard(message: ServerMessage) -> None:
            percent = message.percent()
            if percent is not None:
                progress(percent)

        on_ref(self.ref())
        said = self._connection.run(statement, heard, last=messages.PROCESSED)
        end = messages.processed(said)
        return Ended(end.pages, end.seconds, said)

    def close(self) -> None:
        """Close the connection; what still runs on it is broken off by the server."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
