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
    crossings = run_until_done(folder, [])["crossings"]
    assert crossings > 100
    for kill_at in range(1 + part, crossings + 1, SLICES):
        ended_well(run_until_done(fresh(folder), [kill_at]))


@pytest.mark.parametrize("first", [23, 61, 97, 140])
def test_killed_again_during_recovery_the_world_is_changed_once(folder: Path, first: int) -> None:
    """Killed a second time while finding out what the first kill left, nothing is done twice."""
    for second in range(1, 60, 7):
        ended_well(run_until_done(fresh(folder), [first, second]))


@pytest.mark.parametrize("verb", ["dim", "copy", "overwrite", "light"])
@pytest.mark.parametrize("visible_after", [0.0, 5.0, 60.0])
def test_a_lost_reply_is_looked_for_and_never_repeated(folder: Path, verb: str, visible_after: float) -> None:
    """A reply that is lost leads to looking, however late the result shows; nothing is ever done twice."""
    seen = run_until_done(folder, [], lose={verb}, visible_after=visible_after)
    ended_well(seen)
