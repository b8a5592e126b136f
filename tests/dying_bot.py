"""The real bot in a process that ends itself as a power cut would: `dying_bot.py SETTINGS MOMENT DELAY COUNT`.

A crossing is a COMMIT, before and after, or the call of an effect, before and after. At crossing number MOMENT, and
DELAY seconds later, the process is gone; 0 lets it live. One that lives writes into the file COUNT how many it crossed.
"""

import os
import signal
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

from bot.logs import set_up
from bot.settings import load
from bot.trusting import trust_databases
from bot.wiring import build


@dataclass
class Crossings:
    """Counts crossings, and ends this very process at the chosen one."""

    moment: int
    delay: float
    count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, _: str) -> None:
        with self._lock:
            self.count += 1
            if self.count != self.moment:
                return
        if self.delay:
            dying = threading.Timer(self.delay, die)
            dying.daemon = True
            dying.start()
        else:
            die()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    settings, moment, delay, count = sys.argv[1:]
    loaded = load(Path(settings))
    set_up(loaded.log)
    trust_databases(loaded)
    crossings = Crossings(int(moment), float(delay))
    program = build(loaded, at_boundary=crossings)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    program.run(stop)
    Path(count).write_text(str(crossings.count), encoding="utf-8")


if __name__ == "__main__":
    main()
