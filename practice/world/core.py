"""What every pretend world stands on: its state, its lock, its schedule, its ledger and its time; no verbs yet.

What nature does by itself (a booting node, a finished restore) is put on the schedule and carried out by `settle`,
which a real estate's thread calls all the time and a test calls after moving the time.
"""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from practice.world.faults import Faults
from practice.world.ledger import Ledger
from practice.world.state import (
    BackedUp,
    BackupSet,
    Database,
    Datastore,
    Durations,
    Job,
    Member,
    Node,
    RestorePoint,
    RestoreRow,
    RestoreSession,
    VServer,
)
from practice.world.time import RealTime, Time


class WorldError(Exception):
    """The world refuses: `code` names the reason in the vendor's field (``not_found``, ``in_use``, ``wrong_state``)."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the code for the servers, which translate it into their vendor's own error."""
        super().__init__(message)
        self.code = code


class Core:
    """The state of one pretend estate and the way time passes in it.

    Servers hold `lock` while they read several things together, and call a verb for each change. `on_change` callbacks
    run after the lock is released, in the thread that made the change.
    """

    def __init__(self, time: Time | None = None, durations: Durations | None = None) -> None:
        """Make an empty world; `practice.world.made` fills it."""
        self.time: Time = time or RealTime()
        self.durations = durations or Durations()
        self.lock = threading.RLock()
        self.ledger = Ledger()
        self.faults = Faults()
        self.nodes: dict[str, Node] = {}
        self.vservers: dict[str, VServer] = {}
        self.members: list[Member] = []
        self.database: Database = Database("XMS", "", "")
        self.backups: list[BackupSet] = []
        self.restores: list[RestoreRow] = []
        self.backed_up: list[BackedUp] = []
        self.points: list[RestorePoint] = []
        self.sessions: list[RestoreSession] = []
        self.jobs: list[Job] = []
        self.ha_state = "Primary"
        self.ha_serial = "NS-PRACTICE-1"
        self.saved: dict[str, bool] = {}
        self.foreign_unsaved = False
        self.global_names: dict[str, str] = {}  # GSLB vServers, each with the one name that it answers
        self.inbound_nat: dict[str, str] = {}  # public address: private one behind it
        self.datastores: dict[str, Datastore] = {"vmfs-xms": Datastore("vmfs-xms")}
        self.harms: list[str] = []
        self.on_change: list[Callable[[], None]] = []
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count(1)
        self._depth = 0
        self._dirty = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def acting(self) -> Iterator[None]:
        """Hold the lock during a change and ring the callbacks after it is released."""
        with self.lock:
            self._depth += 1
            try:
                yield
                self._dirty = True
            finally:
                self._depth -= 1
                ring = self._dirty and not self._depth
                if ring:
                    self._dirty = False
        if ring:
            for call in tuple(self.on_change):
                call()

    def later(self, seconds: float, what: Callable[[], None]) -> None:
        """Let `what` happen by itself after `seconds`."""
        with self.lock:
            heapq.heappush(self._due, (self.time.now() + timedelta(seconds=seconds), next(self._numbers), what))

    def settle(self) -> None:
        """Carry out everything that has come due."""
        while True:
            with self.lock:
                if not self._due or self._due[0][0] > self.time.now():
                    return
                _, _, what = heapq.heappop(self._due)
            with self.acting():
                what()

    def start(self) -> None:
        """Let nature run in a thread of its own, until `stop`."""
        self._thread = threading.Thread(target=self._run, name="world", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End nature's thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self.settle()
            self.time.pause(0.02, self._stop)

    def now(self) -> datetime:
        """The world's present instant."""
        return self.time.now()

    def node(self, name: str) -> Node:
        """The node called `name`; WorldError ``not_found`` if there is none."""
        if name not in self.nodes:
            raise WorldError("not_found", f"there is no node {name}")
        return self.nodes[name]

    def _write(self, system: str, verb: str, target: str, by: str = "", **detail: str) -> None:
        self.ledger.write(self.now(), system, verb, target, by=by, **detail)
