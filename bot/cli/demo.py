"""`rollback-bot demo`: a whole rollback on the practice estate, played by the autopilot or by people in the page."""

import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from storage.clock import Clock, SystemClock
from storage.words import SystemName

if TYPE_CHECKING:
    from bot.demo.playing import Demo


def add_demo(app: typer.Typer) -> None:
    """Add the subcommand."""
    app.command()(demo)


def demo(  # noqa: PLR0913 - one parameter an option
    *,
    autopilot: Annotated[
        bool | None,
        typer.Option("--autopilot/--people", help="Who plays; people where there is a terminal, else the autopilot."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser, if there is one.")] = True,
    devices: Annotated[int, typer.Option(min=60, help="Devices in the pretended inventory.")] = 10_000,
    nodes: Annotated[int, typer.Option(min=1, max=9, help="Nodes of the pretended cluster.")] = 3,
    seed: Annotated[int, typer.Option(help="Chooses among populations of devices.")] = 7,
    off: Annotated[list[SystemName] | None, typer.Option(help="A system that the bot doesn't use; repeatable.")] = None,
    watch: Annotated[
        list[SystemName] | None, typer.Option(help="A system that the bot only reads; repeatable.")
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Keep database, settings and logs too.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where to leave lists, notices, report and audit.")] = None,
) -> None:
    """Practise a rollback: a pretended estate and workspace on this machine, nothing else is touched."""
    from bot.demo.playing import Demo  # noqa: PLC0415 - a subcommand's imports are its own
    from bot.demo.processes import NotReady, ProcessEnded  # noqa: PLC0415
    from bot.demo.setting_up import Wanted, missing_packages  # noqa: PLC0415
    from practice.page.hearing import PageGone  # noqa: PLC0415
    from practice.people.autopilot import Stuck  # noqa: PLC0415

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended too
    clock = SystemClock()
    screen = Screen(clock)
    place = (folder or Path(tempfile.mkdtemp(prefix="rollback-bot-demo-"))).absolute()
    if missing := missing_packages():
        screen.say(f"SQL Server is practised by hand: {missing}")
    wanted = Wanted(devices, nodes, seed, frozenset(off or ()), frozenset(watch or ()))
    try:
        with Demo(place, wanted, clock.wait, screen.stage) as demonstration:
            screen.say(f"a practice estate of {nodes} nodes and {devices:,} devices answers")
            demonstration.start_bot()
            plays = not (sys.stdin.isatty() and sys.stdout.isatty()) if autopilot is None else autopilot
            troubles = _played(demonstration, screen) if plays else _opened(demonstration, screen, browser=browser)
    except (Stuck, ProcessEnded, NotReady, PageGone) as error:
        screen.say(f"{error}\nWhat there is lies in {place}; the logs are in {place / 'logs'}.")
        raise typer.Exit(1) from None
    _leave(place, screen, keep=keep or bool(troubles))
    for trouble in troubles:
        screen.say(f"OFF: {trouble}")
    if troubles:
        raise typer.Exit(1)


def _played(demonstration: "Demo", screen: "Screen") -> list[str]:
    """Play it to its end; returns what is off."""
    number = demonstration.play()
    screen.say(f"{number} is played: {demonstration.pilot.presses} presses; now the world is looked at")
    troubles = [*demonstration.troubles()]
    if demonstration.write_report(number) is None:
        troubles.append("no report was written")
    code = demonstration.stop_bot()
    if code:
        troubles.append(f"the bot ended with {code} when it was asked to stop")
    entries, broken = demonstration.audit()
    if broken:
        troubles.append(broken)
    if not troubles:
        screen.say(f"the world is as it must be; the audit chain has {entries} entries and verifies")
    return troubles


def _opened(demonstration: "Demo", screen: "Screen", *, browser: bool) -> list[str]:
    """Leave it to people in the page until they end it."""
    from bot.demo.attending import Attending  # noqa: PLC0415 - as above

    screen.say(f"open {demonstration.page}")
    screen.say("it answers browsers on this machine alone; Ctrl-C ends the practice")
    if browser and _has_screen():
        webbrowser.open(demonstration.page)
    try:
        Attending(demonstration, screen.say).attend()
    except KeyboardInterrupt:
        screen.say("ended")
    return []


def _has_screen() -> bool:
    """Whether a browser would come up in a window, and not in this very terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _leave(place: Path, screen: "Screen", *, keep: bool) -> None:
    from bot.demo.leaving import left, tidy  # noqa: PLC0415 - as above

    if not keep:
        tidy(place)
    screen.say(f"{len(left(place))} files lie in {place}, readable by you alone")


@dataclass
class Screen:
    """What whoever runs the demonstration sees: one line a stage, with the seconds since the start.

    Attributes:
        clock: The time source.
    """

    clock: Clock
    _write: Callable[[str], None] = field(init=False)
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        """Colours where there is a terminal, plain lines where there is none."""
        self._began = self.clock.monotonic()
        self._write = _coloured() if sys.stdout.isatty() else _plain

    def say(self, sentence: str) -> None:
        """One sentence."""
        self._write(f"{self.clock.monotonic() - self._began:6.1f} s  {sentence}")

    def stage(self, name: str, state: str) -> None:
        """A stage has come to a state."""
        self.say(f"{name:<26} {state}")


def _plain(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _coloured() -> Callable[[str], None]:
    from rich.console import Console  # noqa: PLC0415 - only where there is a terminal

    console = Console(highlight=False)

    def write(line: str) -> None:
        style = "green" if "succeeded" in line else "bold red" if "FAILED" in line or "OFF:" in line else ""
        console.print(line, style=style, markup=False)

    return write
