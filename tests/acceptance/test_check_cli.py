"""`rollback-bot check` as a program of its own: its table, its JSON, its exit status."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from bot.checking.libraries import missing_libraries
from bot.cli import app
from practice.estate import PracticeEstate
from practice.world.made import make_world
from practice.world.state import Snapshot
from scene import write_settings


@pytest.fixture(scope="module")
def estate() -> Iterator[PracticeEstate]:
    """A practice estate that is never changed by a check."""
    with PracticeEstate(make_world(2, devices=60)) as made:
        yield made
        assert len(made.world.ledger) == 0


@pytest.fixture
def settings(estate: PracticeEstate, tmp_path: Path) -> Path:
    return write_settings(tmp_path, estate)


def check(settings: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", "check", "--settings", str(settings), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own program


def rewrite(settings: Path, change: Callable[[Any], None]) -> None:
    yaml = YAML()
    data = yaml.load(settings.read_text(encoding="utf-8"))
    change(data)
    with settings.open("w", encoding="utf-8") as out:
        yaml.dump(data, out)


def test_a_healthy_estate_ends_with_zero(settings: Path) -> None:
    """Everything passes, also this machine and Slack; the table ends with one line that counts."""
    done = check(settings)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    *_, last = done.stdout.splitlines()
    assert last.startswith("practice: PASS (0 fail, 0 warn, ")
    for subject in ("host", "slack", "netscaler", "vsphere", "sqlserver", "veeam", "xenmobile", "xms01", "door"):
        assert f"  PASS   {subject}" in done.stdout
    assert "FreeTDS" in done.stdout


def test_a_warning_ends_with_one_and_json_has_the_same_rows(estate: PracticeEstate, settings: Path) -> None:
    """With `--json` standard output is one document: estates, their rows, and the exit status.

    Rows of ours that can't be read (here no database at all) are told beside it, and keep nothing from being checked.
    """
    file = settings.parent / "db" / "bot.sqlite"
    file.parent.mkdir()
    file.write_bytes(b"no database of ours, but long enough to be looked at" * 20)
    node = estate.world.nodes["xms02"]
    node.snapshots.append(Snapshot("snapshot-1", "old <&> snapshot", "", estate.world.now(), "10.7"))
    try:
        done = check(settings, "--json", "--estate", "practice")
    finally:
        node.snapshots.clear()
    told = json.loads(done.stdout)
    assert (done.returncode, told["exit"]) == (1, 1)
    (report,) = told["estates"]
    bad = [row for row in report["rows"] if row["outlook"] not in ("pass", "off")]
    assert [(row["subject"], row["code"], row["outlook"]) for row in bad] == [("vsphere", "vm-unusual", "warn")]
    assert bad[0]["todo"]
    assert "checked as if no rollback were open" in done.stderr


def broken(settings: Path) -> None:
    """Another workspace than the token's, and a driver that isn't there."""

    def change(data: Any) -> None:
        data["slack"]["team"] = "T0ANOTHER"
        data["check"] = {"every": "P1D", "channel": "C0NOWHERE"}
        for person in data["people"]:
            person["accounts"][0]["team"] = "T0ANOTHER"
        data["estates"][0]["estate"]["sqlserver"]["driver"] = "No Such Driver"

    rewrite(settings, change)


def test_a_failure_ends_with_two_and_says_what_to_do(estate: PracticeEstate, settings: Path) -> None:
    """What fails has what to do below it; a missing driver is named with its package, a foreign token with its team."""
    broken(settings)
    estate.world.ha_state = "Secondary"
    try:
        done = check(settings)
    finally:
        estate.world.ha_state = "Primary"
    assert done.returncode == 2
    lines = [line.strip() for line in done.stdout.splitlines()]
    (at,) = [number for number, line in enumerate(lines) if "not the primary" in line]
    assert lines[at].startswith("FAIL   netscaler")
    assert lines[at + 1].startswith("→ Put the address of the pair")
    assert "the settings name T0ANOTHER" in done.stdout
    assert "The channel C0NOWHERE can't be looked at: channel_not_found." in done.stdout
    assert sum("ODBC driver 'No Such Driver' is not installed" in line for line in lines) == 2
    assert "unixodbc, and tdsodbc (FreeTDS) or Microsoft's msodbcsql18" in done.stdout
    assert "  PASS   veeam" in done.stdout


@pytest.mark.parametrize(
    ("options", "words"), [(["--estate", "mobile"], "There is no estate mobile"), ([], "can't be used and nothing was")]
)
def test_what_can_not_be_checked_ends_with_two(settings: Path, options: list[str], words: str) -> None:
    """An unknown estate and settings that can't be used are one sentence, and nothing is asked."""
    if not options:
        settings.write_text(settings.read_text(encoding="utf-8").replace("netscaler: act", "netscaler: sometimes"))
    done = CliRunner().invoke(app(), ["check", "--settings", str(settings), *options])
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr


def test_a_library_that_is_missing_is_named_with_its_package() -> None:
    """What is not installed is told before anything needs it; what is there is not."""
    (told,) = missing_libraries({"json": "python", "no_such.library": "no-such-package"})
    assert "no_such.library is missing" in told
    assert "pip install no-such-package" in told
    assert missing_libraries() == ()
