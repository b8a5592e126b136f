"""A demonstration whose bot is killed at chosen moments and always started again; what people are asked is noted."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.demo.playing import Demo
from bot.demo.setting_up import Wanted
from practice.people.autopilot import AGAIN
from practice.people.cards import Card
from practice.people.hands import Hands
from practice.people.judging import UNKNOWN
from practice.people.screens import NotServed
from storage.clock import SystemClock

PROGRAM = Path(__file__).with_name("dying_bot.py")
PATIENCE = 120.0  # seconds that the team waits without anything happening; never part of an assertion
LATER = (0.0, 0.0, 0.02, 0.1, 0.4)  # seconds after a crossing: at it, or in the midst of what it began


@dataclass(frozen=True)
class Moment:
    """When a bot dies: at which crossing since its own start, and how many seconds after it."""

    crossing: int
    delay: float = 0.0


def moments(seed: int, crossings: int, number: int) -> list[Moment]:
    """So many moments of a run of so many crossings, each counted from the restart before it."""
    chooser = random.Random(seed)  # noqa: S311 - the same moments for the same seed are the point
    at = sorted(chooser.sample(range(1, crossings), number))
    since = [now - before for before, now in zip([0, *at], at, strict=False)]
    return [Moment(crossing, chooser.choice(LATER)) for crossing in since]


@dataclass
class Asked:
    """A question that people were asked, with the world as it was then."""

    stage: str
    why: str
    unknown: list[str]
    world: dict[str, Any]
    so: list[bool]


@dataclass
class Mortal:
    """The bot of a demonstration: killed at each moment in turn, started again at once, at last left alone.

    Attributes:
        demo: The demonstration.
        moments: When it dies.
        deaths: How often it died of them.
        wrong: What went wrong with its processes.
    """

    demo: Demo
    moments: Sequence[Moment]
    deaths: int = 0
    wrong: list[str] = field(default_factory=list)
    _process: subprocess.Popen[bytes] | None = None
    _ending: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    @property
    def count_file(self) -> Path:
        return self.demo.folder / "crossings"

    def start(self) -> None:
        """Start it and keep it alive."""
        self._thread = threading.Thread(target=self._keep_alive, name="keeps the bot alive")
        self._thread.start()

    def signal(self, number: signal.Signals) -> None:
        """Send the bot a signal; it is started again whatever that does."""
        with self._lock:
            assert self._process is not None
            self._process.send_signal(number)

    def stop(self) -> int:
        """Ask it to end in order; returns its exit code."""
        with self._lock:
            self._ending = True
            process = self._process
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
        assert self._thread is not None
        self._thread.join()
        return process.returncode if process is not None else 0

    def _keep_alive(self) -> None:
        left = list(self.moments)
        while (process := self._begin(left[0] if left else Moment(0))) is not None:
            code = process.wait()
            if self._ending:
                return
            if code == -signal.SIGKILL:
                self.deaths += 1
                left = left[1:]
            elif code:
                self.wrong.append(f"the bot ended with {code} by itself")
                return

    def _begin(self, moment: Moment) -> subprocess.Popen[bytes] | None:
        told = [str(self.demo.settings), str(moment.crossing), str(moment.delay), str(self.count_file)]
        with self._lock, (self.demo.folder / "logs" / "bot.log").open("ab") as log:
            if self._ending:
                return None
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, str(PROGRAM), *told], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            return self._process


@dataclass
class Played:
    """A run that has come to its end.

    Attributes:
        demo: The demonstration; its estate is still there.
        asked: What people were asked because an outcome wasn't known.
        deaths: How often the bot was killed at a moment.
        troubles: What is off, one sentence each.
        ledger: Every change of the world.
        audit: Every entry of the audit, as it was signed.
        crossings: How many crossings the last process had.
    """

    demo: Demo
    asked: list[Asked]
    deaths: int = 0
    troubles: list[str] = field(default_factory=list)
    ledger: list[dict[str, Any]] = field(default_factory=list)
    audit: list[dict[str, Any]] = field(default_factory=list)
    crossings: int = 0


@contextmanager
def mortal_demo(folder: Path, wanted: Wanted, moments: Sequence[Moment] = ()) -> Iterator[tuple[Demo, Mortal, Played]]:
    """A demonstration with a bot that dies at `moments`; what people are asked is noted."""
    asked: list[Asked] = []

    def note(stage: str, state: str) -> None:
        if state == UNKNOWN:
            asked.append(_asked(demo, stage))

    with Demo(folder, wanted, SystemClock().wait, note) as demo:
        demo.pilot.patience = PATIENCE
        mortal = Mortal(demo, moments)
        mortal.start()
        try:
            yield demo, mortal, Played(demo, asked)
        finally:
            mortal.stop()


def play_to_the_end(demo: Demo, mortal: Mortal, played: Played, number: str = "") -> Played:
    """Play a whole rollback, or go on with the one of that number; stop the bot in order, and look at what it left."""
    number = number or begin(demo)
    demo.pilot.play()
    played.troubles = [one for one in demo.troubles() if " sqlserver restore " not in f" {one} "]
    if demo.write_report(number) is None:
        played.troubles.append("no report was written")
    if code := mortal.stop():
        played.troubles.append(f"the bot ended with {code} when it was asked to stop")
    _, broken = demo.audit()
    played.troubles += [*mortal.wrong, *([broken] if broken else [])]
    played.ledger, played.deaths = demo.console.ledger(), mortal.deaths
    played.audit = [json.loads(line)["signed"] for line in (demo.folder / "audit.jsonl").read_text().splitlines()]
    played.crossings = int(mortal.count_file.read_text(encoding="utf-8"))
    return played


def begin(demo: Demo) -> str:
    """Have the commander start a rollback, again where the bot died of it."""
    for _ in range(5):
        try:
            return demo.pilot.start()
        except (TimeoutError, NotServed):
            if found := next((card.number for card in demo.pilot.cards() if card.number), ""):
                return found
            demo.pause(AGAIN)
    raise AssertionError("the rollback can't be started")


def _asked(demo: Demo, stage: str) -> Asked:
    card = next(one for one in reversed(demo.pilot.cards()) if one.stage == stage)
    unknown = [change.text for change in card.changes if change.state.endswith(UNKNOWN)]
    hands = Hands(demo.console, demo.pause)
    return Asked(stage, why_of(card), unknown, demo.console.world(), [hands.is_so(text) for text in unknown])


def why_of(card: Card) -> str:
    """What a card gives as its reason."""
    return next((line for line in card.lines if line.startswith("*Why:*")), "")


def under_way(demo: Demo, kind: str) -> bool:
    """Whether a change of that kind was sent and has not ended, by the rows of the bot."""
    file = demo.folder / "bot" / "bot.sqlite"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as rows:
        wanted = "SELECT count(*) FROM change WHERE kind = ? AND state = 'intended' AND ref IS NOT NULL"
        (count,) = rows.execute(wanted, (kind,)).fetchone()
    return bool(count)
