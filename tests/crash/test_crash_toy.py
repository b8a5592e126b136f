"""`kill -9` at every commit and around every call: the world is changed once, and what can't be known is asked."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from toy.crashing import run_until_done

ONCE = Counter(
    {
        ("dim", "a", ""): 1,
        ("dim", "b", ""): 1,
        ("copy", "store", "RB-1/copy/store"): 1,
        ("overwrite", "store", "RB-1/overwrite/store"): 1,
        ("light", "a", ""): 1,
        ("light", "b", ""): 1,
    }
)
SLICES = 8


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory where there is one: process death is tested, not power loss."""
    memory = Path("/dev/shm")  # noqa: S108 - a file system in memory, folder name is made by mkdtemp
    made = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
    yield made
    shutil.rmtree(made)


def ended_well(seen: dict) -> None:
    assert set(seen["states"].values()) == {"succeeded"}, seen
    assert Counter(tuple(line) for line in seen["ledger"]) == ONCE, seen


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder)
    folder.mkdir()
    return folder


@pytest.mark.parametrize("part", range(SLICES))
def test_killed_at_every_crossing_the_world_is_changed_once(folder: Path, part: int) -> None:
    """Killed once at any crossing and started again, the run reaches the same end or asks a true question."""
    crossings = len(run_until_done(folder, [])["crossings"])
    assert crossings > 150
    for kill_at in range(1 + part, crossings + 1, SLICES):
        ended_well(run_until_done(fresh(folder), [kill_at]))


@pytest.mark.parametrize(
    ("where", "step"),
    [("before copy store", 13), ("after copy store", 13), ("before overwrite store", 7), ("after overwrite store", 13)],
)
def test_killed_again_during_recovery_the_world_is_changed_once(folder: Path, where: str, step: int) -> None:
    """Killed around a call, and a second time anywhere while finding out about it, nothing is done twice."""
    first = run_until_done(folder, [])["crossings"].index(where) + 1
    recovered = run_until_done(fresh(folder), [first])
    ended_well(recovered)
    for second in range(1 + step // 2, len(recovered["crossings"]) + 1, step):
        ended_well(run_until_done(fresh(folder), [first, second]))


@pytest.mark.parametrize("every", [11, 17, 29])
def test_killed_over_and_over_the_world_is_changed_once(folder: Path, every: int) -> None:
    """Killed in each of its first ten lives after a few crossings, the run comes to its end all the same."""
    ended_well(run_until_done(folder, [every + life for life in range(10)]))
