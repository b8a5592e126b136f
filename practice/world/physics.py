"""How the pretend world moves: the only place that changes its state, one verb a change, each with its ledger line.

The core holds state, schedule and time; the verbs of each vendor's system have rooms of their own.
"""

from practice.world.core import Core, WorldError
from practice.world.sqlserver_verbs import SqlServerVerbs
from practice.world.veeam_verbs import VeeamVerbs
from practice.world.xenmobile_verbs import XenMobileVerbs

__all__ = ["Core", "World", "WorldError"]


class World(XenMobileVerbs, VeeamVerbs, SqlServerVerbs):
    """One pretend estate.

    Servers hold `lock` while they read several things together, and call a verb for each change. `on_change` callbacks
    run after the lock is released, in the thread that made the change.
    """
