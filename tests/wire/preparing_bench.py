"""The estate of the nodes' tests with our own database beside it, for stages that read everything and keep it."""

import ssl
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from inventory_bench import KEY, a_rollback
from nodes_bench import NodesBench

from practice.world import World
from practice.world.made import BACKUP_FOLDER
from rollback.actions.action import Given, Samples, Verdict
from rollback.devices.inventory import InventoryStore
from rollback.systems import Systems
from storage.database import Database
from storage.migrations import prepare


class WorldClock:
    """A clock that shows the practice world's time."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.now()

    def monotonic(self) -> float:
        return self._world.now().timestamp()

    def wait(self, seconds: float, wake: threading.Event | None = None) -> bool:
        return wake.is_set() if wake is not None else False


class PreparingBench(NodesBench):
    """Every client, the store, and one rollback's row."""

    def __init__(self, server_tls: ssl.SSLContext, client_tls: ssl.SSLContext, ca_file: Path, folder: Path) -> None:
        super().__init__(server_tls, client_tls, ca_file)
        clock = WorldClock(self.world)
        file = folder / "bot.sqlite"
        prepare(file, clock.now())
        self.database = Database(file, clock, KEY)
        self.database.start()
        self.rollback_id = self.database.run(lambda unit: a_rollback(unit.session, clock.now()))
        self.store = InventoryStore(self.database, clock)
        self.set_sql(backup_roots=(BACKUP_FOLDER,), safety_folder=BACKUP_FOLDER)

    def set_sql(self, **more: Any) -> None:
        self.estate = self.estate.model_copy(update={"sqlserver": self.estate.sqlserver.model_copy(update=more)})

    def systems(self, *off: type) -> Systems:
        made = super().systems(*off)
        made._makers = {**made._makers, InventoryStore: lambda: self.store}
        return made

    def given(self, stage: str, *nodes: str, **told: Any) -> Given:
        return super().given(stage, *nodes, **{"rollback_id": self.rollback_id, **told})

    def verify(self, word: str, given: Given, samples: Samples | None = None, *off: type) -> Verdict:
        return self.action(word).verify(self.systems(*off), given, samples or self.samples)

    def close(self) -> None:
        super().close()
        self.database.stop()
