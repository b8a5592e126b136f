"""One demonstration: the practice estate and the bot as processes of their own, the team played by the autopilot."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from bot.demo.judging import ledger_troubles, list_troubles, world_troubles
from bot.demo.leaving import export_audit, write_channel
from bot.demo.processes import OwnProcess
from bot.demo.setting_up import Wanted, carried, missing_packages, write_app, write_settings
from bot.settings import load
from practice.people.autopilot import Autopilot
from practice.people.console import Console
from practice.people.screens import COMMAND
from practice.workspace.client import WorkspaceClient
from practice.workspace.people import INCIDENT
from storage.words import SystemName

REPORT_SECONDS: Final = 15.0


@dataclass
class Demo:
    """A practice estate, a bot that can be killed and started again, and the team.

    Attributes:
        folder: Where everything is kept, for this user alone.
        wanted: What it is made of.
        pause: Waits so many seconds.
        tell: Called with a stage and its state at each change.
    """

    folder: Path
    wanted: Wanted
    pause: Callable[[float], object]
    tell: Callable[[str, str], None] = lambda _stage, _state: None
    described: dict[str, Any] = field(default_factory=dict)
    _estate: OwnProcess | None = None
    _bot: OwnProcess | None = None
    _workspace: WorkspaceClient | None = None
    _console: Console | None = None
    _pilot: Autopilot | None = None
    _before: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Start the practice estate and write the bot's settings; the bot itself is started by `start_bot`.

        Raises:
            ProcessEnded: The estate could not be started.
            NotReady: It did not answer in time.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "logs").mkdir(mode=0o700, exist_ok=True)
        if missing_packages():
            self.wanted = Wanted(
                self.wanted.devices,
                self.wanted.nodes,
                self.wanted.seed,
                self.wanted.off | {SystemName.SQLSERVER},
                self.wanted.watch - {SystemName.SQLSERVER},
            )
        try:
            self._start_estate()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def settings(self) -> Path:
        """The bot's settings file."""
        return self.folder / "rollback-bot.yml"

    @property
    def files(self) -> Path:
        """The folder in which the bot leaves lists, notices and the report."""
        return self.folder / "files"

    @property
    def page(self) -> str:
        """The address of the practice workspace's page, for a browser on this machine."""
        return f"{self.described['slack']['control_url']}/"

    @property
    def workspace(self) -> WorkspaceClient:
        """The practice workspace."""
        if self._workspace is None:
            raise RuntimeError("the demonstration has not begun: use it as a context")
        return self._workspace

    @property
    def console(self) -> Console:
        """The consoles of the practice world."""
        if self._console is None:
            raise RuntimeError("the demonstration has not begun: use it as a context")
        return self._console

    @property
    def pilot(self) -> Autopilot:
        """The team; it remembers what it has done, also while the bot is away."""
        if self._pilot is None:
            self._pilot = Autopilot(self.workspace, self.console, self.files, self.pause, tell=self.tell)
        return self._pilot

    @property
    def bot_pid(self) -> int:
        """Id of the bot's process; 0 while it is away."""
        return self._bot.pid if self._bot is not None and self._bot.runs else 0

    def start_bot(self) -> None:
        """Start the bot, and wait until it listens.

        Raises:
            ProcessEnded: It ended at once; the message has its last lines.
            NotReady: It did not connect in time.
        """
        command = ["-m", "bot", "run", "--settings", str(self.settings)]
        self._bot = OwnProcess("the bot", command, self.folder / "logs" / "bot.log")
        self._bot.wait_for(lambda: self.workspace.read("switches")["connections"] > 0, self.pause)

    def kill_bot(self) -> None:
        """End the bot as a power cut would; `start_bot` begins again where the rows are."""
        if self._bot is not None:
            self._bot.kill()
            self._bot = None

    def stop_bot(self) -> int:
        """Ask the bot to end in order; returns its exit code, 0 when it wasn't there."""
        if self._bot is None:
            return 0
        code = self._bot.stop()
        self._bot = None
        return code

    def play(self) -> str:
        """Start a rollback and play it to its end; returns its number. The channel is kept as text, come what may.

        Raises:
            Stuck: It doesn't go on.
        """
        try:
            number = self.pilot.start()
            self.pilot.play()
        finally:
            write_channel(self.pilot.cards(), self.folder)
        return number

    def write_report(self, number: str) -> Path | None:
        """Ask for the report and wait until it lies on disk; None when it doesn't come."""
        commander = self.pilot.cast.first("IC")
        self.workspace.slash(commander.id, INCIDENT, COMMAND, "report")
        for _ in range(int(REPORT_SECONDS / 0.2)):
            found = next(iter(self.files.rglob(f"{number}-report.md")), None)
            if found is not None:
                return found
            self.pause(0.2)
        return None

    def troubles(self) -> Iterator[str]:
        """What is off in the world, in its ledger and in the lists on disk, one sentence each."""
        world = self.console.world()
        enabled = [name for name, state in self._before["vservers"].items() if state != "OUT OF SERVICE"]
        yield from world_troubles(world, enabled)
        yield from ledger_troubles(world, self.console.ledger(), enabled, self._open_on())
        if self.wanted.mode(SystemName.XENMOBILE) != "off":
            dated = self.wanted.mode(SystemName.SQLSERVER) != "off"
            yield from list_troubles(self.files, self.console.truth(), dated=dated)

    def audit(self) -> tuple[int, str]:
        """Write the audit beside the lists and prove its chain: number of entries, and what is wrong."""
        return export_audit(load(self.settings), self.folder)

    def _open_on(self) -> int:
        carries = carried(self.wanted.devices, self.wanted.nodes)
        return min(self.wanted.nodes, -(-self.wanted.devices // carries))

    def _start_estate(self) -> None:
        place = self.folder / "estate.json"
        place.unlink(missing_ok=True)
        wanted = self.wanted
        command = ["-m", "practice", str(self.folder), "--devices", str(wanted.devices), "--nodes", str(wanted.nodes)]
        command += ["--app", str(write_app(self.folder))]
        command += ["--seed", str(wanted.seed), *(part for one in sorted(wanted.off) for part in ("--off", one.value))]
        self._estate = OwnProcess("the practice estate", command, self.folder / "logs" / "practice.log")
        self._estate.wait_for(place.is_file, self.pause)
        self.described = json.loads(place.read_text(encoding="utf-8"))
        write_settings(self.folder, self.described, wanted)
        self._workspace = WorkspaceClient(self.described["slack"]["control_url"])
        self._console = Console(self.described["control_url"])
        self._before = self._console.world()

    def _end(self) -> None:
        self.stop_bot()
        for client in (self._workspace, self._console):
            if client is not None:
                client.hang_up()
        if self._estate is not None:
            self._estate.stop()
            self._estate = None
