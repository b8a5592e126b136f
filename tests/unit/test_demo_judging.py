"""The demonstration's verdict: a world that is as it must be passes, and each thing that is off is named."""

import copy
from pathlib import Path
from typing import Any

import pytest

from bot.demo.judging import expected, ledger_troubles, list_troubles, world_troubles

VSERVERS = ("vs_443", "vs_80")


def good() -> dict[str, Any]:
    """A world after a rollback in which nothing went wrong."""
    return {
        "harms": [],
        "database": {"name": "XMS", "version": "10.6", "state": "ONLINE", "access": "MULTI_USER"},
        "nodes": {f"xms0{n}": {"version": "10.6", "up": True, "member": f"xms0{n}"} for n in (1, 2, 3)},
        "vservers": dict.fromkeys(VSERVERS, "UP"),
        "members": {f"sg_443/xms0{n}:443": "UP" for n in (1, 2, 3)},
    }


def entries(world: dict[str, Any], open_on: int = 2) -> list[dict[str, Any]]:
    """A ledger in which each change stands as often as it must."""
    wanted = expected(world, VSERVERS, open_on)
    return [
        {"system": system, "verb": verb, "target": target}
        for (system, verb, target), times in wanted.items()
        for _ in range(times)
    ]


def test_a_good_world_has_no_troubles() -> None:
    """Nothing is off in a world that is as it must be, nor in its ledger."""
    world = good()
    assert list(world_troubles(world, VSERVERS)) == []
    assert list(ledger_troubles(world, entries(world), VSERVERS, 2)) == []


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("database", "version"), "10.7", "the database is 10.7"),
        (("database", "access"), "SINGLE_USER", "SINGLE_USER"),
        (("nodes", "xms02", "up"), False, "node xms02 is 10.6 and not up"),
        (("nodes", "xms03", "version"), "10.7", "node xms03 is 10.7"),
        (("vservers", "vs_80"), "OUT OF SERVICE", "vServer vs_80 is OUT OF SERVICE"),
        (("members", "sg_443/xms03:443"), "OUT OF SERVICE", "member sg_443/xms03:443"),
        (("harms",), ["a device was wiped"], "harm was done: a device was wiped"),
    ],
)
def test_each_thing_that_is_off_is_named(place: tuple[str, ...], value: object, said: str) -> None:
    """One thing that is not as it must be gives one sentence that names it."""
    world = copy.deepcopy(good())
    inner: Any = world
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    (trouble,) = world_troubles(world, VSERVERS)
    assert said in trouble


def test_a_vserver_that_was_disabled_before_stays_so() -> None:
    """Opening a vServer that had been disabled before the rollback is off too."""
    (trouble,) = world_troubles(good(), ("vs_443",))
    assert "vs_80 is UP" in trouble


def test_what_was_done_twice_or_never_is_named() -> None:
    """A change that stands once too often in the ledger is named, and one that is missing too."""
    world = good()
    twice = [*entries(world), {"system": "veeam", "verb": "restore", "target": "xms01"}]
    assert list(ledger_troubles(world, twice, VSERVERS, 2)) == [
        "veeam restore xms01 stands 2 times in the world's ledger, not 1 times"
    ]
    never = [entry for entry in entries(world) if entry["verb"] != "snapshot" or entry["target"] != "xms02"]
    (missing,) = ledger_troubles(world, never, VSERVERS, 2)
    assert "vsphere snapshot xms02 stands 0 times" in missing


def test_the_plan_swaps_nodes_only_where_the_door_opens_on_several() -> None:
    """With one node at the opening none is swapped and all others join behind disabled members."""
    one, two = expected(good(), VSERVERS, 1), expected(good(), VSERVERS, 2)
    assert one["vsphere", "power_on", "xms01"] == 1
    assert two["vsphere", "power_on", "xms01"] == 2
    assert one["netscaler", "member_disable", "sg_443/xms02:443"] == 1
    assert two["netscaler", "member_disable", "sg_443/xms02:443"] == 0


TRUTH: dict[str, Any] = {
    "devices": [
        {"verdict": "must", "strong_id": "A1", "serial": "SERIAL0001"},
        {"verdict": "check_first", "strong_id": "A2", "serial": ""},
        {"verdict": "decide", "strong_id": "A3", "serial": "SERIAL0003"},
        {"verdict": "came_back", "strong_id": "A4", "serial": "SERIAL0004"},
    ]
}


def lists(folder: Path, *, helpdesk: str = "", security: str = "") -> Path:
    """Lists as the bot leaves them; a line can be replaced."""
    told = helpdesk or "…0001,must enrol again"
    (folder / "RB-1-helpdesk.csv").write_text(f"number,certainty\n{told}\n…4711,check first\n", encoding="utf-8-sig")
    rows = security or "Serial SERIAL0003; Strong id A3"
    (folder / "RB-1-security.csv").write_text(f"number\n{rows}\nStrong id A4\n", encoding="utf-8-sig")
    return folder


def test_lists_equal_to_the_truth_have_no_troubles(tmp_path: Path) -> None:
    """Lists that name each device as the story has it pass."""
    assert list(list_troubles(lists(tmp_path), TRUTH)) == []


def test_a_wrong_row_is_named(tmp_path: Path) -> None:
    """Another certainty, a missing row and a row too many are each told."""
    wrong = list(list_troubles(lists(tmp_path, helpdesk="…0001,check first", security="Strong id A9"), TRUTH))
    assert any("ending in 0001 (must) is missing" in trouble for trouble in wrong)
    assert any("A3 is missing in security's list" in trouble for trouble in wrong)
    assert any("A9 is wrongly on security's list" in trouble for trouble in wrong)


def test_without_the_time_of_the_backup_only_the_certainty_may_differ(tmp_path: Path) -> None:
    """Where nobody could read when the backup ran, a lost device must be on the list, as whatever it stands there."""
    assert list(list_troubles(lists(tmp_path, helpdesk="…0001,check first"), TRUTH, dated=False)) == []
    (trouble, *_) = list_troubles(lists(tmp_path, helpdesk="…0009,check first"), TRUTH, dated=False)
    assert "0001 (lost) is missing" in trouble


def test_missing_lists_are_told(tmp_path: Path) -> None:
    """A demonstration that left no lists doesn't pass."""
    assert list(list_troubles(tmp_path, TRUTH)) == [f"there is no list for the help desk under {tmp_path}"]
