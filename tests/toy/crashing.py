"""Real processes that are killed at a chosen crossing and started again until they come to an end."""

import gc
import json
import os
import signal
import threading
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rollback.operations import stages
from storage.clock import HandClock
from toy.house import House, empty_database, play

BEGIN = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
MOST_STARTS = 12


def run_until_done(folder: Path, kills: Iterable[int]) -> dict[str, Any]:
    """Start the bot in a process of its own again and again; the n-th start dies at the n-th of `kills` crossings.

    Returns:
        What the last process saw: states, ledger, crossings, questions that a person was asked.
    """
    kills = list(kills)
    empty_database()  # made here, so that each process copies it
    for number in range(MOST_STARTS):
        kill_at = kills[number] if number < len(kills) else 0
        pid = os.fork()
        if pid == 0:
            os._exit(_child(folder, number, kill_at))
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status):
            if os.WEXITSTATUS(status):
                raise AssertionError((folder / "error.txt").read_text())
            return json.loads((folder / "seen.json").read_text())  # type: ignore[no-any-return]
        assert os.WTERMSIG(status) == signal.SIGKILL
    raise AssertionError("it was killed every time")


def _child(folder: Path, number: int, kill_at: int) -> int:
    gc.disable()  # it lives for half a second
    try:
        seen = _live(folder, number, Crossings(kill_at))
        (folder / "seen.json").write_text(json.dumps(seen))
    except BaseException:  # noqa: BLE001 - the child reports whatever happened to its parent
        import traceback  # noqa: PLC0415

        (folder / "error.txt").write_text(traceback.format_exc())
        return 1
    return 0


class Crossings:
    """Counts crossings and ends this very process at the chosen one; 0 lets it live.

    Attributes:
        words: What was crossed, in order.
    """

    def __init__(self, kill_at: int) -> None:
        self.words: list[str] = []
        self._kill_at = kill_at
        self._lock = threading.Lock()

    def __call__(self, word: str) -> None:
        with self._lock:
            self.words.append(word)
            if len(self.words) == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)


def _live(folder: Path, number: int, crossing: Crossings) -> dict[str, Any]:
    clock = HandClock(BEGIN + timedelta(hours=number))
    house = House(folder, clock=clock, crossing=crossing, wire=crossing)
    questions = []
    try:
        if not house.states():
            house.begin()
        while True:
            states = play(house)
            asked = [name for name, state in states.items() if state == "needs_reconcile"]
            if not asked:
                break
            questions += asked
            _answer_truly(house, asked[0])
        return {
            "states": states,
            "ledger": house.world.ledger(),
            "crossings": crossing.words,
            "questions": questions,
            "audit": house.verified(),
        }
    finally:
        house.stop()


def _answer_truly(house: House, stage: str) -> None:
    """People look at the world itself and say what they saw; two of them where the bot asks for two."""
    if any(verb == stage for verb, _, _ in house.world.ledger()):
        if house.gate(f"happened:{stage}") is None:
            house.operate(stages.it_happened, stage, "xa", "seen in the store")
        house.vote(f"happened:{stage}", "dba")
    else:
        house.operate(stages.it_did_not_happen, stage, "xa", "the store is as it was")
