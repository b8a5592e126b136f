"""A whole bot in this process on a small practice estate: real Slack wire, real clients, people who press."""

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import select
from sqlmodel import col

from bot.settings import load
from bot.trusting import trust_databases
from bot.wiring import Program, build
from practice.estate import PracticeEstate
from practice.people.autopilot import Autopilot
from practice.people.console import Console
from practice.workspace import people
from practice.workspace.client import WorkspaceClient
from practice.workspace.people import Person
from practice.world.devices import ANDROID_MODE
from practice.world.made import make_world
from storage.models import AuditEntry, Stage
from storage.words import SystemName

CAST = (
    people.COMMANDER,
    people.ADMIN,
    people.DEPUTY,
    people.VIRTUALISATION,
    people.DATABASE,
    people.OWNER,
    people.COMMUNICATIONS,
    people.SECURITY,
)
PATIENCE = 20.0  # seconds that a scene waits for what must come; never part of an assertion
QUICK = ("stable", "joined", "go_live_held", "cluster_held", "no_sessions", "drain", "door_watched")


class Scene:
    """The practice estate and the bot, started together and stopped together."""

    def __init__(self, folder: Path, *, devices: int = 60, nodes: int = 3, off: tuple[str, ...] = ()) -> None:
        """Prepare in `folder`."""
        self.folder = folder
        self.estate = PracticeEstate(make_world(nodes, devices=devices)).start()
        self.slack = self.estate.workspace
        self._file = write_settings(folder, self.estate, off)
        self._start()

    def _start(self) -> None:
        before = len(self.slack.calls("apps.connections.open"))
        self.settings = load(self._file)
        trust_databases(self.settings)
        self.stopping = threading.Event()
        self.program: Program = build(self.settings)
        self.thread = threading.Thread(target=self.program.run, args=(self.stopping,))
        self.thread.start()
        self.until(lambda: len(self.slack.calls("apps.connections.open")) > before)

    def _stop(self) -> None:
        self.stopping.set()
        self.thread.join()

    def stop(self) -> None:
        """Stop the bot, then the estate."""
        self._stop()
        self.estate.stop()

    def restart(self, change: Callable[[Any], None]) -> None:
        """Stop the bot, change its settings file, and start it again."""
        self._stop()
        yaml = YAML()
        data = yaml.load(self._file.read_text(encoding="utf-8"))
        change(data)
        with self._file.open("w", encoding="utf-8") as out:
            yaml.dump(data, out)
        self._start()

    def until(self, true: Callable[[], Any]) -> Any:
        """Wait until something is so, and return it."""
        ends = time.monotonic() + PATIENCE  # noqa: TID251 - waits for another thread, asserts nothing
        while time.monotonic() < ends:  # noqa: TID251
            found = true()
            if found:
                return found
            threading.Event().wait(0.05)
        raise AssertionError("what was waited for did not come")

    def say(self, who: Person, text: str) -> str:
        """Type `/rollback text` in the incident channel; returns what the person is told."""
        seen = self.slack.slash(who.id, people.INCIDENT, "/rollback", text)
        return seen.text or ""

    def begin(self, **answers: str) -> None:
        """Start a rollback through its dialog; `answers` differ from what is filled in beforehand."""
        view = self.dialog("start")
        seen = self.slack.submit(people.COMMANDER.id, view["id"], {"reason": "Port 80 flaps.", **answers})
        assert not seen.problems, seen.problems
        self.card("gate close")

    def dialog(self, verb: str, who: Person = people.COMMANDER) -> dict[str, Any]:
        """Type a verb that opens a dialog until it is on the screen: a trigger is good for three seconds only."""

        def opened() -> dict[str, Any] | None:
            shown = self.slack.screen(who.id)
            if shown is None:
                self.say(who, verb)
                threading.Event().wait(0.5)
            return shown or self.slack.screen(who.id)

        return self.until(opened)  # type: ignore[no-any-return]

    def card(self, words: str) -> dict[str, Any]:
        """The newest message in the incident channel with these words in its push text, once it is there."""
        return self.until(lambda: self._card(words))  # type: ignore[no-any-return]

    def behind(self, who: Person, words: str, action: str) -> dict[str, Any]:
        """The dialog behind a button of the newest card with these words: pressed until it is on the screen."""

        def opened() -> dict[str, Any] | None:
            if self.slack.screen(who.id) is None:
                found = [m for m in self.slack.messages(people.INCIDENT) if words in m["text"] and action in buttons(m)]
                if found:
                    self.slack.press(who.id, people.INCIDENT, found[-1]["ts"], action)
                    threading.Event().wait(0.3)
            return self.slack.screen(who.id)

        return self.until(opened)  # type: ignore[no-any-return]

    def _card(self, words: str) -> dict[str, Any] | None:
        found = [m for m in self.slack.messages(people.INCIDENT) if words in m["text"] and buttons(m)]
        return found[-1] if found else None

    def audited(self, event: str) -> int:
        """How many audit entries of that name there are."""
        return len(self.entries(event))

    def entries(self, event: str) -> list[dict[str, Any]]:
        """The facts of the audit entries of that name, in order."""
        with self.program.database.read() as session:
            wanted = select(col(AuditEntry.content)).where(col(AuditEntry.event) == event).order_by(col(AuditEntry.seq))
            return [json.loads(content)["facts"] for content in session.scalars(wanted)]

    def stage(self, name: str) -> Stage:
        """A stage of the rollback as its row stands."""
        with self.program.database.read() as session:
            return session.scalars(select(Stage).where(col(Stage.name) == name)).one()

    def waits_for_votes(self, gate: str) -> dict[str, Any]:
        """The gate's newest card once it takes votes; the team does everything else that waits for people till then."""
        told = self.estate.described(self.folder)

        def asked(_: object = None) -> dict[str, Any] | None:
            card = self._card(f"gate {gate}")
            return card if card is not None and "rb:approve" in buttons(card) else None

        with WorkspaceClient(told["slack"]["control_url"]) as slack, Console(told["control_url"]) as console:
            team = Autopilot(slack, console, self.folder / "files", threading.Event().wait)
            team.play(lambda _: asked() is not None)
        return self.until(asked)  # type: ignore[no-any-return]

    def submission(self, view: dict[str, Any], **typed: str) -> dict[str, Any]:
        """What Slack delivers when the dialog `view` is sent off with these values, for `forge`."""
        values = {block: {block: {"type": "plain_text_input", "value": value}} for block, value in typed.items()}
        sent = {**view, "state": {"values": values}}
        return {"type": "view_submission", "team": {"id": people.TEAM}, "view": sent, "trigger_id": ""}


def buttons(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The buttons of a message by action id."""
    return {
        element["action_id"]: element
        for block in message.get("blocks", [])
        if block["type"] == "actions"
        for element in block["elements"]
    }


def write_settings(folder: Path, estate: PracticeEstate, off: tuple[str, ...] = ()) -> Path:
    """A settings file for the practice estate, with secrets beside it."""
    told = estate.described(folder)

    def kept(name: str, value: str) -> str:
        file = folder / name
        file.write_text(value, encoding="utf-8")
        file.chmod(0o600)
        return f"file:{file}"

    password = kept("password", told["login"]["password"])
    sql = told["sqlserver"]
    modes = {system.value: "off" if system.value in off else "act" for system in SystemName}
    place = {
        "name": "practice",
        "practice": True,
        "zone": "Europe/Zurich",
        "modes": modes,
        "nodes": told["nodes"],
        "netscaler": told["netscaler"],
        "xenmobile": {**told["xenmobile"], "android_property": ANDROID_MODE},
        "vsphere": told["vsphere"],
        "sqlserver": {
            "host": sql["host"],
            "port": sql["port"],
            "certificate_name": "localhost",
            "backup_roots": [sql["backup_folder"]],
            "safety_folder": sql["backup_folder"],
            "restart": "verify-only",
        },
        "veeam": told["veeam"],
        "devices": told["devices"],
        "devices_per_node": max(1, told["devices"] // 2),
        "timings": {**dict.fromkeys(QUICK, 1), "sample_every": 0.3, "look_again": 0.3, "clock_skew": 5},
    }
    access = {s: {"user": told["login"]["user"], "password": password, "authority": told["authority"]} for s in modes}
    cast = [
        {
            "id": p.key,
            "name": p.name,
            "accounts": [{"team": people.TEAM, "user": p.id}],
            "roles": [p.role],
            "deputy_for": ["IC"] if p is people.DEPUTY else [],
        }
        for p in CAST
    ]
    data = {
        "database": str(folder / "db" / "bot.sqlite"),
        "files": str(folder / "files"),
        "log": "warning",
        "audit": {"key": kept("audit", "0123456789abcdef0123456789abcdef")},
        "slack": {
            "bot_token": kept("bot", told["slack"]["bot_token"]),
            "app_token": kept("app", told["slack"]["app_token"]),
            "team": people.TEAM,
            "stakeholders": people.STAKEHOLDERS,
            "api_url": told["slack"]["api_url"],
        },
        "people": cast,
        "estates": [
            {
                "estate": place,
                "upgrade_started_at": told["upgrade_started_at"],
                "access": access,
                "accepted": ["database-unusual", "target-shared"],
            }
        ],
    }
    file = folder / "settings.yml"
    with file.open("w", encoding="utf-8") as out:
        YAML().dump(data, out)
    return file
