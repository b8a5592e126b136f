"""The practice world's own time: real, or moved by hand in tests."""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Time(Protocol):
    """What the world reads its time from."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        ...

    def pause(self, seconds: float, stop: threading.Event) -> None:
        """Wait at most `seconds`, or until `stop` is set."""
        ...


class RealTime:
    """The machine's clock. The only place in practice that reads it."""

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return datetime.fromtimestamp(time.time(), tz=UTC)  # noqa: TID251 - the world's time source itself

    def pause(self, seconds: float, stop: threading.Event) -> None:
        """Wait at most `seconds`, or until `stop` is set."""
        stop.wait(seconds)


class HandTime:
    """A time that moves only when a test moves it."""

    def __init__(self, start: datetime = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)) -> None:
        """Begin at `start`, aware UTC."""
        self._now = start

    def now(self) -> datetime:
        """The present instant, aware UTC."""
        return self._now

    def advance(self, by: timedelta | float) -> None:
        """Move on by a timedelta or by seconds; `World.settle` then carries out what has come due."""
        self._now += by if isinstance(by, timedelta) else timedelta(seconds=by)

    def pause(self, seconds: float, stop: threading.Event) -> None:
        """Move on by `seconds` at once."""
        if not stop.is_set():
            self.advance(seconds)
