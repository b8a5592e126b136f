"""An event loop in a thread of its own, and the way into it from other threads."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import TimeoutError as Late
from typing import Any, Final, TypeVar

T = TypeVar("T")

PATIENCE: Final = 60.0
"""Seconds by the wall until a caller is told that nothing comes back: a guard against time that stands still."""


class Stuck(Exception):
    """Nothing came back from the practice workspace in a minute of real time.

    Nothing is known of what was asked for. Most likely the time source that the workspace was given stands still
    while an acknowledgement is awaited; move it on, or give the bot more time to acknowledge.
    """


class LoopThread:
    """Runs coroutines for callers in other threads."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        """Run the loop until it is stopped, then end what is left in it."""
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(self._end_tasks())
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()

    async def _end_tasks(self) -> None:
        """Cancel what is left, and wait until it has ended."""
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def run(self, work: Coroutine[Any, Any, T], patience: float = PATIENCE) -> T:
        """Run a coroutine in the loop and return its result.

        Raises:
            Stuck: It took longer than `patience` seconds by the wall.
        """
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(patience)
        except Late:
            if future.done():
                raise
            future.cancel()
            raise Stuck(Stuck.__doc__) from None

    def call(self, work: Callable[[], T]) -> T:
        """Run a plain function in the loop's thread and return its result."""

        async def wrapped() -> T:
            return work()

        return self.run(wrapped())

    def stop(self) -> None:
        """End the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
