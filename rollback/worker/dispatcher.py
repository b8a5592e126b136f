"""The threads of the worker: one that sees what is due, and a slot for each stage that is at work."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from rollback.worker.worker import Worker

log = logging.getLogger(__name__)
SLOTS = 8
TICK = 1.0  # seconds between two looks without a bell


class Dispatcher:
    """Gives due stages to slots; a stage has one slot at a time."""

    def __init__(self, worker: Worker, *, slots: int = SLOTS) -> None:
        """Dispatch for `worker`; nothing runs before `start`."""
        self._worker = worker
        self._slots = ThreadPoolExecutor(slots, thread_name_prefix="stage")
        self._bell = worker.bench.database.bells.event("dispatcher")
        self._busy: set[int] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin to dispatch."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing new; wait for what lives on our connections, leave the rest to the next start."""
        self._worker.bench.stopping.set()
        self._bell.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._slots.shutdown(wait=True)

    def _run(self) -> None:
        while not self._worker.bench.stopping.is_set():
            self._worker.bench.clock.wait(TICK, self._bell)
            self._bell.clear()
            if not self._worker.bench.stopping.is_set():
                self.dispatch()

    def dispatch(self) -> int:
        """Give every due stage that has no slot one; returns how many were given. One thread calls it."""
        given = 0
        with self._lock:
            at_work = set(self._busy)  # what ends while it is read who is due was due as it stood before
        for stage_id in self._worker.due():
            if stage_id in at_work:
                continue
            with self._lock:
                self._busy.add(stage_id)
            future = self._slots.submit(self._worker.advance, stage_id)
            future.add_done_callback(lambda done, stage_id=stage_id: self._done(stage_id, done))  # type: ignore[misc]
            given += 1
        return given

    def _done(self, stage_id: int, future: "Future[None]") -> None:
        try:
            if (error := future.exception()) is not None:
                log.error("stage %s could not be advanced", stage_id, exc_info=error)
                self._worker.broken(stage_id, error)
        finally:  # only now: given out again before it is put off, it would fail again at once
            with self._lock:
                self._busy.discard(stage_id)
            self._bell.set()
