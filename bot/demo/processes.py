"""Processes that the demonstration starts, each ended by its own id and by nothing else."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

T = TypeVar("T")

STEP: Final = 0.05  # seconds between two looks
START: Final = 60.0  # seconds that a process gets until it answers
STOP: Final = 30.0  # seconds that a process gets to end by itself


class ProcessEnded(Exception):
    """A process that the demonstration needs has ended; the message has the last lines that it wrote."""


class NotReady(Exception):
    """A process did not answer in time; it was ended."""


class OwnProcess:
    """One process, with what it writes in a file."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        """Start `command` with this Python; it ends when we say so, or when our end of its input closes."""
        self.name, self._log = name, log
        with log.open("ab") as out:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [sys.executable, *command],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # a Ctrl-C is for the demonstration, which then ends its processes in order
            )

    @property
    def pid(self) -> int:
        """Its id."""
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def wait_for(self, seen: Callable[[], T | None], pause: Callable[[float], object], seconds: float = START) -> T:
        """What `seen` finds, looked for again and again while the process runs.

        Raises:
            ProcessEnded: It ended instead.
            NotReady: Nothing was seen in time.
        """
        for _ in range(int(seconds / STEP)):
            found = seen()
            if found:
                return found
            if not self.runs:
                raise ProcessEnded(f"{self.name} ended with {self._process.returncode}:\n{self.last_lines()}")
            pause(STEP)
        self.kill()
        raise NotReady(f"{self.name} did not answer in {seconds:.0f} s and was ended:\n{self.last_lines()}")

    def stop(self) -> int:
        """Ask it to end, by signal and by closing its input; kill it when it doesn't. Returns its exit code."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self.runs:
            self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End it at once, as a power cut would."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if self.runs:
            self._process.kill()
        return self._process.wait()

    def last_lines(self, most: int = 15) -> str:
        """The last lines that it wrote."""
        return "\n".join(self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-most:])
