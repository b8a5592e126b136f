"""Addresses come from the settings alone: no text of people or systems, such as where evidence lies, is fetched."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REACH_OUT = frozenset(
    {
        *(
            "socket",
            "http.client",
            "urllib.request",
            "urllib3",
            "httpx",
            "httpcore",
            "requests",
            "aiohttp",
            "websockets",
        ),
        *(
            "ftplib",
            "smtplib",
            "imaplib",
            "poplib",
            "telnetlib",
            "xmlrpc.client",
            "webbrowser",
            "subprocess",
            "asyncio",
        ),
        *("pyodbc", "pyVim", "pyVmomi", "slack_sdk", "slack_bolt"),
    }
)
"""What can open a connection, or start something that can."""


def imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def reaching(room: str) -> set[str]:
    """The files of a room that import something by which a connection can be opened."""
    return {
        str(file.relative_to(ROOT))
        for file in sorted((ROOT / room).rglob("*.py"))
        if any(name in REACH_OUT or name.split(".")[0] in REACH_OUT for name in imported(file))
    }


@pytest.mark.parametrize("room", ["rollback", "storage"])
def test_the_rollback_opens_no_connection_by_itself(room: str) -> None:
    """Evidence, places and reasons are kept there; whatever they name, nothing there could go and fetch it."""
    assert reaching(room) == set()


def test_what_people_press_talks_to_slack_alone() -> None:
    """Listeners know Slack's framework and no other way out."""
    ways = {name for file in (ROOT / "commands").rglob("*.py") for name in imported(file)}
    out = {name.split(".")[0] for name in ways if name in REACH_OUT or name.split(".")[0] in REACH_OUT}
    assert out <= {"slack_bolt", "slack_sdk"}


def test_clients_are_made_out_of_settings_in_one_place() -> None:
    """Only the room that connects an estate makes clients, and it takes every address from the settings."""
    makers = {"NetScaler", "Veeam", "VSphere", "SqlServer", "Cluster"}
    found = set()
    for room in ("bot", "commands", "rollback", "storage"):
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers:
                    found.add(str(file.relative_to(ROOT)))
    assert found == {"bot/connecting.py"}
