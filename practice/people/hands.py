"""What people do at the pretended consoles when a card says "by hand": each change as it is worded, looked at first.

A person who finds that it is so already does nothing, and one who doesn't understand a line says so.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from practice.people.console import Console

World = dict[str, Any]
Match = re.Match[str]

STEP: Final = 0.1  # seconds between two looks at something that lasts
LONGEST: Final = 60.0  # seconds that anything lasts in the practice world


class NotUnderstood(Exception):
    """A change is worded in a way that nobody in the practice team can carry out; nothing was done for it."""


class NotSeen(Exception):
    """Something was done by hand and did not become so in a minute; look at the practice world."""


@dataclass(frozen=True)
class Hand:
    """How one kind of change is made by hand.

    Attributes:
        wording: What the line on the card looks like.
        so: Whether the world is as the line wants it.
        make: Do it.
    """

    wording: re.Pattern[str]
    so: Callable[[World, Match], bool]
    make: Callable[[Console, World, Match, str], object]


@dataclass(frozen=True)
class Hands:
    """The hands of all people.

    Attributes:
        console: The consoles.
        pause: Waits so many seconds.
    """

    console: Console
    pause: Callable[[float], object]

    def is_so(self, change: str) -> bool:
        """Whether the world is as the change wants it.

        Raises:
            NotUnderstood: Nobody knows what the line means.
        """
        hand, match = understood(change)
        return hand.so(self.console.world(), match)

    def make(self, change: str, by: str) -> str:
        """Make a change, as the login `by`, unless it is so already; returns the evidence.

        Raises:
            NotUnderstood: Nobody knows what the line means.
            NotSeen: It did not become so.
        """
        hand, match = understood(change)
        world = self.console.world()
        if hand.so(world, match):
            return f"found so already at {world['now'][11:19]} UTC"
        hand.make(self.console, world, match, by)
        for _ in range(int(LONGEST / STEP)):
            world = self.console.world()
            if hand.so(world, match):
                return f"made in the console and seen at {world['now'][11:19]} UTC"
            self.pause(STEP)
        raise NotSeen(f"{change}: {NotSeen.__doc__}")


def understood(change: str) -> tuple[Hand, Match]:
    """How a change is made, and what its words say.

    Raises:
        NotUnderstood: No hand fits the words.
    """
    for hand in HANDS:
        match = hand.wording.search(change)
        if match is not None:
            return hand, match
    raise NotUnderstood(f"nobody knows how to make this change by hand: {change}")


def _vserver(world: World, m: Match) -> bool:
    out = world["vservers"][m["name"]] == "OUT OF SERVICE"
    return out is (m["word"] == "disabled")


def _member(world: World, m: Match) -> bool:
    out = m["word"].startswith("out")
    return all((world["members"][key] in ("OUT OF SERVICE", "GOING OUT OF SERVICE")) is out for key in _keys(world, m))


def _keys(world: World, m: Match) -> list[str]:
    wanted = f"{m['group']}/{m['server']}:{m['port'] or ''}"
    return [key for key in world["members"] if key.startswith(wanted)]


def _set_members(console: Console, world: World, m: Match, by: str) -> None:
    for key in _keys(world, m):
        port = int(key.rpartition(":")[2])
        enabled = not m["word"].startswith("out")
        console.do("member", group=m["group"], server=m["server"], port=port, enabled=enabled, by=by)


def _off(world: World, m: Match) -> bool:
    return not world["nodes"][m["node"]]["on"]


def _snapshotted(world: World, m: Match) -> bool:
    return m["name"] in world["nodes"][m["node"]]["snapshots"]


def _saved(world: World, m: Match) -> bool:
    return any(backup["path"] == m["path"] for backup in world["backups"])


def _back_up(console: Console, _: World, m: Match, by: str) -> None:
    name = re.search(r"NAME = N'([^']+)'", m.string)
    copy_only = "COPY_ONLY" in m.string
    console.do("backup", path=m["path"], name=name.group(1) if name else "by hand", copy_only=copy_only, by=by)


def _access(world: World, m: Match) -> bool:
    return bool(world["database"]["access"] == m["mode"])


def _restored(world: World, m: Match) -> bool:
    return bool(world["restores"]) and world["restores"][-1]["set_id"] == set_of(world, m.string)["set_id"]


def set_of(world: World, text: str) -> dict[str, Any]:
    """The backup that a line names by file and position or by its set, else the newest good one of 10.6."""
    sets: list[dict[str, Any]] = world["backups"]
    named = [one for one in sets if one["guid"] in text]
    file, position = re.search(r"DISK = N'([^']+)'", text), re.search(r"FILE = (\d+)", text)
    if not named and file is not None:
        place = int(position.group(1)) if position else 1
        named = [one for one in sets if (one["path"], one["position"]) == (file.group(1), place)]
    good = [one for one in sets if one["content"] == "at_backup" and not one["damaged"] and not one["is_snapshot"]]
    candidates = named or sorted(good, key=lambda one: str(one["finish"]))
    return candidates[-1]


def point_of(world: World, node: str, text: str) -> dict[str, Any]:
    """The restore point of a node that a line names, else its newest one of 10.6."""
    own: list[dict[str, Any]] = [point for point in world["points"] if point["node"] == node]
    named = [point for point in own if point["point_id"] in text]
    candidates = named or sorted((p for p in own if p["version"] == "10.6"), key=lambda p: str(p["created"]))
    return candidates[-1]


def _overwritten(world: World, m: Match) -> bool:
    wanted = point_of(world, m["node"], m.string)["point_id"]
    ended = [s for s in world["sessions"] if s["node"] == m["node"] and s["state"] == "Stopped"]
    return any(session["point_id"] == wanted and session["result"] != "Failed" for session in ended)


HANDS: Final[tuple[Hand, ...]] = (
    Hand(re.compile(r"changes nothing\)$"), lambda _, __: True, lambda *_: None),
    Hand(
        re.compile(r"^vServer (?P<name>\S+) .*?\b(?P<word>disabled|enabled)"),
        _vserver,
        lambda console, _, m, by: console.do("vserver", name=m["name"], enabled=m["word"] == "enabled", by=by),
    ),
    Hand(
        re.compile(r"^save the running configuration"),
        lambda world, _: not world["unsaved"],
        lambda console, _, __, by: console.do("save", by=by),
    ),
    Hand(
        re.compile(r"^member (?P<server>\S+)(?: \(port (?P<port>\d+)\))? of (?P<group>\S+) (?P<word>in|out)"),
        _member,
        _set_members,
    ),
    Hand(
        re.compile(r"^(?P<node>[\w-]+) off, powered off hard"),
        _off,
        lambda console, _, m, by: console.do("power-off", node=m["node"], by=by),
    ),
    Hand(
        re.compile(r"^(?P<node>[\w-]+) off\b"),
        _off,
        lambda console, _, m, by: console.do("shut-down", node=m["node"], by=by),
    ),
    Hand(
        re.compile(r"^(?P<node>[\w-]+) on\b"),
        lambda world, m: bool(world["nodes"][m["node"]]["on"]),
        lambda console, _, m, by: console.do("power-on", node=m["node"], by=by),
    ),
    Hand(
        re.compile(r"^(?P<node>[\w-]+) snapshotted as (?P<name>[^\s,]+)"),
        _snapshotted,
        lambda console, _, m, by: console.do("snapshot", node=m["node"], name=m["name"], by=by),
    ),
    Hand(
        re.compile(r"^(?P<node>[\w-]+) overwritten from "),
        _overwritten,
        lambda console, world, m, by: console.do(
            "veeam", point=point_of(world, m["node"], m.string)["point_id"], by=by
        ),
    ),
    Hand(re.compile(r"BACKUP DATABASE .*? TO DISK = N'(?P<path>[^']+)'"), _saved, _back_up),
    Hand(
        re.compile(r"\bRESTORE (?!VERIFYONLY|HEADERONLY)"),
        _restored,
        lambda console, world, m, by: console.do("restore", set_id=set_of(world, m.string)["set_id"], by=by),
    ),
    Hand(
        re.compile(r"(?P<mode>SINGLE_USER|MULTI_USER)"),
        _access,
        lambda console, _, m, by: console.do("access", mode=m["mode"], by=by),
    ),
    Hand(
        re.compile(r"restart", re.IGNORECASE),
        lambda world, _: bool(world["restores"] and (world["database"]["started"] or "") > world["restores"][-1]["at"]),
        lambda console, _, __, by: console.do("restart", by=by),
    ),
)
"""Every kind of change that the practice team can make, the more exact wording first."""
