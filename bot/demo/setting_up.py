"""The settings of a bot for a practice estate: everything as ``estate.json`` tells it, with short timings.

Secrets become files that the bot's user alone can read, and the settings refer to them.
"""

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from commands.blocks.help import VERBS
from commands.router import COMMAND
from commands.timeline import ADD_TO_TIMELINE
from integrations.sqlserver.odbc import DriverMissing, find_driver
from practice.workspace.people import DEPUTY, STAFF, STAKEHOLDERS, TEAM
from storage.words import Mode, SystemName

NAME: Final = "practice"
AT_ONCE: Final = 3  # requests at once to a node: more threads only wait for one another
KEY_BYTES: Final = 48
IDS: Final = {
    "U0COMMANDER": "ic",
    "U0ADMIN": "xa",
    "U0DEPUTY": "xa2",
    "U0VIRTUAL": "va",
    "U0DATABASE": "dba",
    "U0OWNER": "so",
    "U0COMMS": "cl",
    "U0SECURITY": "sec",
}
"""What the practice team is called in votes and in the audit, by Slack account."""
ACCEPTED: Final = ("database-unusual", "target-shared")
"""Warnings of a check that every practice estate has: other databases beside ours, and one folder for all backups."""
TIMINGS: Final = {
    "stable": 1.0,
    "joined": 1.0,
    "go_live_held": 1.0,
    "cluster_held": 1.0,
    "no_sessions": 1.0,
    "drain": 5.0,
    "door_watched": 1.0,
    "sample_every": 1.0,
    "look_again": 0.3,
    "clock_skew": 5.0,
    "shown_within": 5.0,
}
"""Seconds in place of minutes: the practice world is in a hurry."""


@dataclass(frozen=True)
class Wanted:
    """What a demonstration is made of.

    Attributes:
        devices: Devices in the pretended inventory.
        nodes: Nodes of the pretended cluster.
        seed: Chooses among populations of devices.
        off: Systems that the bot doesn't use at all: people read and people act.
        watch: Systems that the bot reads while people act.
    """

    devices: int = 10_000
    nodes: int = 3
    seed: int = 7
    off: frozenset[SystemName] = frozenset()
    watch: frozenset[SystemName] = frozenset()

    def mode(self, system: SystemName) -> Mode:
        """How far the bot goes with a system."""
        return Mode.OFF if system in self.off else Mode.WATCH if system in self.watch else Mode.ACT


def missing_packages() -> str:
    """What to install so that SQL Server can be practised too; empty when this machine has it."""
    try:
        find_driver()
    except DriverMissing as missing:
        return f"{missing.what}. {missing.advice}"
    return ""


def write_settings(folder: Path, described: Mapping[str, Any], wanted: Wanted) -> Path:
    """Write settings and secrets into `folder`, which is the bot's alone; returns the settings file.

    Args:
        folder: Where to.
        described: The content of ``estate.json``.
        wanted: What the demonstration is made of.
    """
    kept = folder / "secrets"
    kept.mkdir(mode=0o700, exist_ok=True)
    slack = described["slack"]
    settings = {
        "database": str(folder / "bot" / "bot.sqlite"),
        "files": str(folder / "files"),
        "log": "info",
        "audit": {"id": "practice", "key": _secret(kept, "audit-key", secrets.token_urlsafe(KEY_BYTES))},
        "slack": {
            "bot_token": _secret(kept, "bot-token", slack["bot_token"]),
            "app_token": _secret(kept, "app-token", slack["app_token"]),
            "team": TEAM,
            "stakeholders": STAKEHOLDERS,
            "api_url": slack["api_url"],
        },
        "people": [
            {
                "id": IDS[person.id],
                "name": person.name,
                "accounts": [{"team": person.team, "user": person.id}],
                "roles": [person.role],
                "deputy_for": ["IC"] if person is DEPUTY else [],
            }
            for person in STAFF
        ],
        "estates": [
            {
                "upgrade_started_at": described["upgrade_started_at"],
                "accepted": list(ACCEPTED),
                "access": _access(described, _secret(kept, "password", described["login"]["password"]), wanted.off),
                "estate": _estate(described, wanted),
            }
        ],
    }
    file = folder / "rollback-bot.yml"
    with file.open("w", encoding="utf-8") as out:
        YAML(typ="safe").dump(settings, out)
    file.chmod(0o600)
    return file


def write_app(folder: Path) -> Path:
    """Write what the bot tells people of itself, for the page's completion and menus; returns the file."""
    typed = [{"command": COMMAND, "usage": usage, "does": does} for usage, does in VERBS.items()]
    file = folder / "app.json"
    shortcuts = [{"callback_id": ADD_TO_TIMELINE, "name": "Add to timeline"}]
    told = {"typed": typed, "shortcuts": shortcuts}
    file.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
    return file


def _secret(folder: Path, name: str, value: str) -> str:
    file = folder / name
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(value, encoding="utf-8")
    return f"file:{file}"


def _access(described: Mapping[str, Any], password: str, off: Collection[SystemName]) -> dict[str, dict[str, str]]:
    """How each system is logged in to; of one that is off only its authority, since ports are probed all the same."""
    trusted = {"authority": described["authority"]}
    login = {"user": described["login"]["user"], "password": password}
    return {system.value: trusted if system in off else trusted | login for system in SystemName}


def _estate(described: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    sql = described["sqlserver"]
    return {
        "name": NAME,
        "practice": True,
        "zone": "Europe/Zurich",
        "modes": {system.value: wanted.mode(system).value for system in SystemName},
        "nodes": described["nodes"],
        "netscaler": described["netscaler"],
        "xenmobile": described["xenmobile"] | {"requests_at_once": AT_ONCE},
        "vsphere": described["vsphere"] | {"guest_grace": 20.0},
        "veeam": described["veeam"],
        "sqlserver": {
            "host": sql["host"],
            "port": sql["port"] or 1433,
            "database": sql["database"],
            "backup_roots": [sql["backup_folder"]],
            "safety_folder": sql["backup_folder"],
            "restart": "verify-only",
        },
        "timings": TIMINGS,
        "devices": described["devices"],
        "devices_per_node": carried(described["devices"], len(described["nodes"])),
    }


def carried(devices: int, nodes: int) -> int:
    """What one node carries: as on a real estate a little less than all, so that small runs open on two nodes too."""
    return max(1, devices * 85 // 100) if nodes > 1 else max(1, devices)
