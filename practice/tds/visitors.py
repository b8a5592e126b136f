"""Who is connected to the practice SQL Server and what runs for them: the material of its dm_exec views."""

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime

FIRST_SPID = 51
FIRST_FOREIGN_SPID = 1051


@dataclass
class Visitor:
    """One connection.

    Attributes:
        spid: Its session id.
        connection: Its connection id.
        interrupted: Set when the client sends ATTENTION, closes, or the server goes down.
        in_transaction: Whether it has begun a transaction.
    """

    spid: int
    user: str
    host: str
    program: str
    database: str
    connection: str = field(default_factory=lambda: str(uuid.uuid4()))
    interrupted: threading.Event = field(default_factory=threading.Event)
    in_transaction: bool = False


@dataclass
class Request:
    """A long statement that runs now."""

    visitor: Visitor
    command: str
    started: datetime
    percent: float = 0.0


class Visitors:
    """All connections and running requests; safe for threads."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._lock = threading.Condition()
        self._here: dict[int, Visitor] = {}
        self._requests: list[Request] = []
        self._logins = 0

    def log_in(self) -> None:
        """A login is tried, however it ends."""
        with self._lock:
            self._logins += 1

    def logins(self) -> int:
        """How many logins were tried, refused ones included."""
        with self._lock:
            return self._logins

    def enter(self, user: str, host: str, program: str, database: str) -> Visitor:
        """A login succeeded: take the lowest free session id, as SQL Server does."""
        with self._lock:
            spid = FIRST_SPID
            while spid in self._here:
                spid += 1
            visitor = Visitor(spid, user, host, program, database)
            self._here[spid] = visitor
            return visitor

    def leave(self, visitor: Visitor) -> None:
        """The connection is closed."""
        with self._lock:
            self._here.pop(visitor.spid, None)
            self._lock.notify_all()

    def wait_until_empty(self, seconds: float) -> bool:
        """Wait until nobody is here, at most `seconds`; whether that is so."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._here, seconds)

    def begin(self, visitor: Visitor, command: str, now: datetime) -> Request:
        """A long statement begins."""
        request = Request(visitor, command, now)
        with self._lock:
            self._requests.append(request)
        return request

    def end(self, request: Request) -> None:
        """A long statement has ended, however."""
        with self._lock:
            self._requests.remove(request)

    def here(self) -> tuple[Visitor, ...]:
        """Everybody who is connected."""
        with self._lock:
            return tuple(self._here.values())

    def requests(self) -> tuple[Request, ...]:
        """Everything that runs."""
        with self._lock:
            return tuple(self._requests)
