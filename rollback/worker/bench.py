"""What the worker works with: the database, the clock, the way to the systems, the table of actions and effects."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from rollback.actions.action import Catalogue, Connect
from rollback.roles import Account
from storage.clock import Clock
from storage.database import Database

BLOCKED_AGAIN = timedelta(seconds=10)
PREVIEW_AGAIN = timedelta(minutes=30)
PEOPLE_AGAIN = timedelta(seconds=60)
AFTER_AN_ERROR = timedelta(seconds=10)


@dataclass(frozen=True)
class Bench:
    """Handed to every room of the worker.

    Attributes:
        database: Rows and units.
        clock: The time source.
        connect: Makes the clients for one piece of work.
        catalogue: Every action and every effect.
        name: Who claims, for the record.
        stopping: Set when nothing new may begin.
        side_by_side: How many changes of one group are made at the same time.
        gone: Asks Slack anew whether accounts are deactivated; those that it can't tell of are left out, and it
            never raises. Called before a claim at a gate beyond a line.
        crossing: Called around each call of an effect with a word: crash tests kill the process there.
    """

    database: Database
    clock: Clock
    connect: Connect
    catalogue: Catalogue
    name: str = "bot"
    stopping: threading.Event = field(default_factory=threading.Event)
    side_by_side: int = 4
    gone: Callable[[frozenset[Account]], Mapping[Account, bool]] = lambda _: {}
    crossing: Callable[[str], None] = lambda _: None
