"""The demonstration from end to end: two processes, a whole team, and a world that is as it must be at the end."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """`rollback-bot demo --autopilot` with a small estate."""
    command = [
        sys.executable,
        "-m",
        "bot",
        "demo",
        "--autopilot",
        "--devices",
        "100",
        "--folder",
        str(folder),
        *options,
    ]
    return subprocess.run(  # noqa: S603 - our own program, no shell
        command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False, env=os.environ
    )


def asked_twice(folder: Path) -> list[tuple[str, str]]:
    """Who had to vote at which gate more than once, by the audit: where nothing goes wrong, votes given ahead hold."""
    lines = (folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line)["signed"] for line in lines]
    votes = Counter((one["actor"], one["facts"]["gate"]) for one in entries if one["event"] == "vote:cast")
    assert len(votes) >= 6, "close, save, open and live ask for one or two, go-back for two"
    return [who for who, count in votes.items() if count > 1]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="three-nodes"),
        pytest.param(("--nodes", "1"), id="one-node", marks=pytest.mark.sweep),
        pytest.param(("--off", "sqlserver"), id="without-sql-server", marks=pytest.mark.sweep),
        pytest.param(
            tuple(
                part for one in ("netscaler", "xenmobile", "vsphere", "sqlserver", "veeam") for part in ("--off", one)
            ),
            id="a-checklist",
            marks=pytest.mark.sweep,
        ),
        pytest.param(
            ("--watch", "vsphere", "--watch", "netscaler"), id="people-at-the-consoles", marks=pytest.mark.sweep
        ),
    ],
)
def test_a_whole_rollback_is_played_and_the_world_is_as_it_must_be(tmp_path: Path, options: tuple[str, ...]) -> None:
    """The autopilot plays it to its end with one vote a person and gate, nothing is off, what is left is private."""
    folder = tmp_path / "left"
    ended = run(folder, *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "OFF:" not in ended.stdout
    left = {file.name for file in folder.rglob("*") if file.is_file()}
    lists = set() if "xenmobile" in options else {"RB-1-security.csv", "RB-1-helpdesk.csv"}
    report = {f"RB-1-{end}" for end in ("report.md", "report.html", "report.json", "report.svg")}
    assert {"audit.jsonl", "channel.txt", *report, *lists} <= left
    assert asked_twice(folder) == []
    assert not (folder / "secrets").exists()
    assert all(file.stat().st_mode & 0o077 == 0 for file in (folder / "files").rglob("*") if file.is_file())
