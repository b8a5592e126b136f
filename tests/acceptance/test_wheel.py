"""The wheel: everything that runs is in it, data files included, and nothing of the tests."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What is in a wheel built from a copy of what git tracks, as a fresh clone would have it."""
    folder, source = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("source")
    for name in tracked(""):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation",
               "--disable-pip-version-check", "--wheel-dir", str(folder), str(source)]  # fmt: skip
    subprocess.run(command, check=True, cwd=folder)  # noqa: S603 - our own interpreter
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def tracked(pattern: str) -> set[str]:
    command = ["git", "ls-files", *([pattern] if pattern else [])]
    git = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True)  # noqa: S603 - git itself
    return set(git.stdout.split())


def test_every_data_file_that_runs_is_in_the_wheel(names: set[str]) -> None:
    """Runbooks, templates of notices and report, migrations and the example of the settings come with the wheel."""
    wanted = (
        tracked("rollback/runbooks/*.yml")
        | tracked("rollback/drafts/templates/*/*")
        | tracked("rollback/report/showing/templates/*")
        | tracked("storage/migrations/*")
        | tracked("bot/*.example.yml")
        | tracked("practice/page/static/*")
    )
    assert len(wanted) > 40
    assert sorted(wanted - names) == []


def test_every_module_that_runs_is_in_the_wheel(names: set[str]) -> None:
    """Each module of the six packages is in the wheel."""
    wanted = {
        name for package in ("bot", "commands", "rollback", "integrations", "storage", "practice")
        for name in tracked(f"{package}/*.py")
    }  # fmt: skip
    assert sorted(wanted - names) == []


def test_nothing_of_the_tests_is_in_the_wheel(names: set[str]) -> None:
    """Tests and benchmarks stay at home."""
    assert [name for name in names if name.startswith(("tests/", "benchmarks/"))] == []
