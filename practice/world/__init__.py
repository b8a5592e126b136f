"""The one pretend world behind the practice servers: state, physics, faults, ledger, time.

`World` is what servers call: each verb that changes something writes one line to the ledger. `Time` is the world's
own time source, so that tests can move it.
"""

from practice.world.faults import Faults
from practice.world.ledger import Entry, Ledger
from practice.world.physics import World
from practice.world.state import (
    BackupSet,
    Database,
    Datastore,
    Durations,
    Node,
    RestorePoint,
    RestoreSession,
    Snapshot,
    VServer,
)
from practice.world.time import HandTime, RealTime, Time

__all__ = [
    "BackupSet",
    "Database",
    "Datastore",
    "Durations",
    "Entry",
    "Faults",
    "HandTime",
    "Ledger",
    "Node",
    "RealTime",
    "RestorePoint",
    "RestoreSession",
    "Snapshot",
    "Time",
    "VServer",
    "World",
]
