"""The one time source that is handed in: the machine's, or one that a test moves by hand."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What everything reads time from; nothing else in the program may."""

    def now(self) -> datetime:
        """The wall clock, aware UTC. It may be set back; order is kept by sequence numbers, never by this."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for deadlines and durations within one process."""
        ...

    def wait(self, seconds: float, wake: threading.Event | None = None) -> bool:
        """Wait at most `seconds`, or until `wake` is set; True if it was."""
        ...


class SystemClock:
    """The machine's clock. The only place in the program that reads it."""

    def now(self) -> datetime:
        """The wall clock, aware UTC."""
        return datetime.now(tz=UTC)  # noqa: TID251 - the time source itself

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()  # noqa: TID251 - the time source itself

    def wait(self, seconds: float, wake: threading.Event | None = None) -> bool:
        """Wait at most `seconds`, or until `wake` is set."""
        return (wake or threading.Event()).wait(seconds)


class HandClock:
    """A clock that moves only when it is moved: a shipped product, for tests and for drills on fast-forward."""

    def __init__(self, start: datetime = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)) -> None:
        """Begin at `start` (aware UTC), monotonic 1,000 s."""
        self._now = start
        self._monotonic = 1_000.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The wall clock, aware UTC."""
        with self._lock:
            return self._now

    def monotonic(self) -> float:
        """Seconds that never go back."""
        with self._lock:
            return self._monotonic

    def advance(self, by: timedelta) -> None:
        """Let `by` pass on both hands."""
        with self._lock:
            self._now += by
            self._monotonic += by.total_seconds()

    def set_back(self, by: timedelta) -> None:
        """Step the wall clock back, as an administrator or a time server may; the monotonic hand stays."""
        with self._lock:
            self._now -= by

    def wait(self, seconds: float, wake: threading.Event | None = None) -> bool:
        """Let `seconds` pass at once; True if `wake` is set already."""
        self.advance(timedelta(seconds=seconds))
        return wake.is_set() if wake is not None else False
