"""What people write as evidence: read off the practice world where there is something to read, made up where not.

No names of users. Whether a check may be answered with yes is looked up in the world first.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from practice.people.cards import OpenCheck
from practice.people.forms import CLOCK, HEX_DIGITS, NUMBER, hash_of

World = dict[str, Any]
NO_CONSOLE: Final = "no console answers"
_SHOWS: Final = re.compile(r"shows release (\d+\.\d+)")


@dataclass(frozen=True)
class Pen:
    """Writes for one check.

    Attributes:
        world: The world as it is now.
        about: What it is about: the check and what it wants.
        number: The rollback's number.
        count: How many people a notice went to.
        made: Evidence of changes that were made by hand.
    """

    world: World
    about: str = ""
    number: str = ""
    count: int = 1
    made: Sequence[str] = ()

    def __call__(self, label: str) -> str:
        """What to write under a label."""
        if NUMBER in label:
            return self.number
        if HEX_DIGITS in label:
            return hash_of(self.about)
        if CLOCK in label:
            return str(self.world["now"])[11:16]
        said = next((say(self) for words, say in SAID if words in label), None)
        return said if said is not None else f"seen in practice at {self.world['now'][11:19]} UTC"


def release_of(world: World, text: str) -> str:
    """The release that the console of the node shows which a text names; without a name, of the node that is up."""
    up = [name for name, node in world["nodes"].items() if node["up"]]
    wanted = [name for name in world["nodes"] if name in text]
    named = [name for name in up if not wanted or name in wanted]
    return str(world["nodes"][named[0]]["version"]) if named else NO_CONSOLE


def views(world: World) -> str:
    """The cluster view of every node that is on."""
    up = [name for name, node in world["nodes"].items() if node["up"]]
    return "; ".join(f"{name}: members {len(up)} of {len(up)}" for name in up) or "no node answers"


def can_be_seen(world: World, check: OpenCheck, stage: str) -> bool:
    """Whether there is anything to look at yet: a console answers, every node that is on serves or has given up."""
    if _SHOWS.search(check.wants) is not None:
        return release_of(world, _about(check, stage)) != NO_CONSOLE
    if check.name.startswith(("members", "view")):
        on = [node for node in world["nodes"].values() if node["on"]]
        return bool(on) and all(node["up"] or node["recovery"] for node in on)
    return True


def is_true(world: World, check: OpenCheck, stage: str) -> bool:
    """Whether a person who looks would answer a check with yes."""
    shown = _SHOWS.search(check.wants)
    if shown is not None:
        return release_of(world, _about(check, stage)) == shown.group(1)
    if check.name.startswith(("members", "view")):
        return not any(node["recovery"] for node in world["nodes"].values() if node["on"])
    return True


def _about(check: OpenCheck, stage: str) -> str:
    return f"{stage} {check.name} {check.wants}"


SAID: Final[tuple[tuple[str, Callable[[Pen], str]], ...]] = (
    ("Reason", lambda _: "The cluster loses port 80 since the upgrade; practised with the whole team."),
    ("release as the console shows it", lambda pen: release_of(pen.world, pen.about)),
    ("view of each node", lambda pen: views(pen.world)),
    ("cluster status", lambda pen: views(pen.world)),
    ("system date", lambda pen: str(pen.world["now"])),
    ("how many people", lambda pen: str(pen.count)),
    ("size in bytes", lambda _: "734003200"),
    ("file name", lambda pen: f"support-bundle-{pen.about.split()[0].replace('@', '-')}.zip"),
    ("What proves it", lambda pen: "; ".join(pen.made) or "seen in the console"),
    ("last 4 characters", lambda _: "7Q2K and 4F81"),
    ("who ", lambda _: "a member of the practice team"),
    ("by which channel", lambda _: "mail, and the help desk's telephone"),
    ("paused or silenced", lambda pen: "; ".join(pen.made) or "nothing of mine runs"),
    ("where ", lambda _: "the evidence share, folder of this rollback"),
)
"""What is written under a label that holds certain words; the first that fits."""
