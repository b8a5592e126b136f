"""Is the world as it must be after the rollback? Read from the world itself and from the lists on disk."""

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

Json = Mapping[str, Any]
Key = tuple[str, str, str]

WANTED: Final = ("10.6", "ONLINE", "MULTI_USER")
COUNTED: Final = frozenset(
    {
        ("netscaler", "disable"),
        ("netscaler", "enable"),
        ("netscaler", "member_disable"),
        ("netscaler", "member_enable"),
        ("vsphere", "guest_shutdown"),
        ("vsphere", "power_on"),
        ("vsphere", "power_off"),
        ("vsphere", "snapshot"),
        ("vsphere", "revert"),
        ("sqlserver", "backup"),
        ("sqlserver", "restore"),
        ("sqlserver", "restart"),
        ("veeam", "restore"),
    }
)
"""What is counted in the world's ledger; who is let into the database and what is saved may be said again."""
LOST: Final = ("must", "check_first")
CERTAINTY: Final = {"must enrol again": "must", "check first": "check_first"}
_STRONG: Final = re.compile(r"Strong id (\S+)")
TAIL: Final = 4


def world_troubles(world: Json, enabled_before: Collection[str]) -> Iterator[str]:
    """What is off in the world, one sentence each; `enabled_before`: the vServers that were enabled at the start."""
    yield from (f"harm was done: {harm}" for harm in world["harms"])
    database = world["database"]
    if (database["version"], database["state"], database["access"]) != WANTED:
        yield f"the database is {database['version']}, {database['state']}, {database['access']}"
    for name, node in world["nodes"].items():
        if node["version"] != WANTED[0] or not node["up"]:
            yield f"node {name} is {node['version']} and {'up' if node['up'] else 'not up'}"
    for name, state in world["vservers"].items():
        if (state == "UP") is not (name in enabled_before):
            yield f"vServer {name} is {state}, and was {'UP' if name in enabled_before else 'not UP'} before"
    for name, state in world["members"].items():
        if state != "UP":
            yield f"member {name} is {state}"


def ledger_troubles(
    world: Json, ledger: Sequence[Json], enabled_before: Collection[str], open_on: int
) -> Iterator[str]:
    """What was done more often or less often than the plan wants, whoever did it.

    Args:
        world: The world at the end.
        ledger: All its changes.
        enabled_before: The vServers that were enabled at the start.
        open_on: How many nodes are on when the door opens.
    """
    done = Counter(_key(entry) for entry in ledger if (entry["system"], entry["verb"]) in COUNTED)
    wanted = expected(world, enabled_before, open_on)
    for key in sorted(done.keys() | wanted.keys()):
        if done[key] != wanted[key]:
            yield f"{' '.join(key)} stands {done[key]} times in the world's ledger, not {wanted[key]} times"


def expected(world: Json, enabled_before: Collection[str], open_on: int) -> Counter[Key]:
    """How often each change is made in a rollback in which nothing goes wrong."""
    nodes, database = list(world["nodes"]), world["database"]["name"]
    wanted: Counter[Key] = Counter()
    for name in enabled_before:
        wanted.update([("netscaler", "disable", name), ("netscaler", "enable", name)])
    for place, node in enumerate(nodes, start=1):
        wanted.update([("vsphere", "guest_shutdown", node), ("vsphere", "snapshot", node), ("veeam", "restore", node)])
        swapped_out = place < open_on  # proven alone, shut down for the next one, and joined again
        wanted["vsphere", "guest_shutdown", node] += int(swapped_out)
        wanted["vsphere", "power_on", node] += 1 + int(swapped_out)
        if place > open_on:
            member = world["nodes"][node]["member"]
            joined = [key for key in world["members"] if f"/{member}:" in key]
            wanted.update(("netscaler", verb, key) for key in joined for verb in ("member_disable", "member_enable"))
    wanted["sqlserver", "backup", database] = 2  # the safety backup, and the full one that starts a new log chain
    wanted["sqlserver", "restore", database] = 1
    return wanted


def list_troubles(files: Path, truth: Json, *, dated: bool = True) -> Iterator[str]:
    """Where the lists on disk differ from what a perfect comparison says.

    Args:
        files: Where the lists lie.
        truth: What a perfect comparison says.
        dated: Whether the bot could read when the backup ran; else it can't tell *must* from *check first*.
    """
    helpdesk, security = (next(iter(sorted(files.rglob(f"*{name}.csv"))), None) for name in ("helpdesk", "security"))
    if helpdesk is None or security is None:
        yield f"there is no list for {'the help desk' if helpdesk is None else 'security'} under {files}"
        return
    yield from _lost(helpdesk, [one for one in truth["devices"] if one["verdict"] in LOST], dated=dated)
    named = {found.group(1) for row in _rows(security) if (found := _STRONG.search(row["number"]))}
    concerned = {one["strong_id"] for one in truth["devices"] if one["verdict"] not in LOST}
    for strong_id in sorted(concerned ^ named):
        yield f"{strong_id} is {'missing in' if strong_id in concerned else 'wrongly on'} security's list"


def _lost(file: Path, wanted: Sequence[Json], *, dated: bool) -> Iterator[str]:
    def sure(certainty: str) -> str:
        return certainty if dated else "lost"

    told = Counter((sure(CERTAINTY.get(row["certainty"], "?")), row["number"].lstrip("…")) for row in _rows(file))
    by_serial = Counter((sure(one["verdict"]), one["serial"].upper()[-TAIL:]) for one in wanted if one["serial"])
    missing, beside = by_serial - told, told - by_serial
    for certainty, tail in sorted(missing.elements()):
        yield f"a device ending in {tail} ({certainty}) is missing in the help desk's list"
    without = Counter(sure(one["verdict"]) for one in wanted if not one["serial"])
    left = Counter(certainty for certainty, _ in beside.elements())
    if left != without:
        yield f"the help desk's list has {dict(left)} devices beside those with a serial number, not {dict(without)}"


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _key(entry: Json) -> Key:
    return (entry["system"], entry["verb"], entry["target"])
