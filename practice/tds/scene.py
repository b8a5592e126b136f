"""What a statement sees: the world, the server's switches, who is connected, and whose statement it is."""

from dataclasses import dataclass

from practice.tds.switches import Switches
from practice.tds.visitors import Visitor, Visitors
from practice.world import World


@dataclass(frozen=True)
class Scene:
    """The surroundings of one statement."""

    world: World
    switches: Switches
    visitors: Visitors
    me: Visitor

    def database_ids(self) -> dict[str, int]:
        """Ids of all databases by name: the system's four, ours, the others."""
        names = ["master", "tempdb", "model", "msdb", self.world.database.name, *self.world.database.other_databases]
        return {name: number for number, name in enumerate(names, start=1)}

    def database_id(self, name: str) -> int | None:
        """DB_ID(name), without regard to case."""
        return next((i for known, i in self.database_ids().items() if known.lower() == name.lower()), None)

    def is_ours(self, name: str) -> bool:
        """Whether the name is that of the XMS database."""
        return name.lower() == self.world.database.name.lower()
