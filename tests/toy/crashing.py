"""Real processes that are killed at a chosen crossing and started again until they come to an end."""

import itertools
import json
import os
import signal
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rollback.operations import stages
from storage.audit import verify
from storage.clock import HandClock
from toy.house import KEY, House, play
from toy.world import ToyWorld

BEGIN = datetime(2030, 1, 7, 9, 0, tzinfo=UTC)
MOST_STARTS = 12


def run_until_done(folder: Path, kills: Iterable[int], **world: object) -> dict[str, object]:
    """Start the bot in a process of its own again and again; the n-th start dies at the n-th of `kills` crossings.

    Returns:
        What the last process saw: states, ledger, crossings, questions that a person was asked.
    """
    kills = list(kills)
    for number in range(MOST_STARTS):
        kill_at = kills[number] if number < len(kills) else 0
        pid = os.fork()
        if pid == 0:
            os._exit(_child(folder, number, kill_at, world))
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status):
            if os.WEXITSTATUS(status):
                raise AssertionError((folder / "error.txt").read_text())
            return json.loads((folder / "seen.json").read_text())  # type: ignore[no-any-return]
        assert os.WTERMSIG(status) == signal.SIGKILL
    raise AssertionError("it was killed every time")


def _child(folder: Path, number: int, kill_at: int, world: dict[str, object]) -> int:
    try:
        seen = _live(folder, number, crossing_that_kills(kill_at), world)
        (folder / "seen.json").write_text(json.dumps(seen))
    except BaseException:  # noqa: BLE001 - the child reports whatever happened to its parent
        import traceback  # noqa: PLC0415

        (folder / "error.txt").write_text(traceback.format_exc())
        return 1
    return 0


def crossing_that_kills(kill_at: int) -> Callable[[str], None]:
    """Counts crossings and ends this very process at the chosen one; 0 lets it live."""
    counter = itertools.count(1)

    def crossing(_: str) -> None:
        crossing.count = next(counter)  # type: ignore[attr-defined]
        if crossing.count == kill_at:  # type: ignore[attr-defined]
            os.kill(os.getpid(), signal.SIGKILL)

    crossing.count = 0  # type: ignore[attr-defined]
    return crossing


def _live(folder: Path, number: int, crossing: Callable[[str], None], world: dict[str, object]) -> dict[str, object]:
    outside = ToyWorld(folder / "world.sqlite", crossing)
    for name, value in world.items():
        setattr(outside, name, set(value) if isinstance(value, set | frozenset) and not number else value)  # type: ignore[call-overload]
    if number:
        outside.lose = set()
    clock = HandClock(BEGIN + timedelta(hours=number))
    house = House(folder, clock=clock, crossing=crossing, wire=crossing, world=outside)
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
        with house.database.read() as session:
            entries = verify(session, {"k1": KEY})
        return {
            "states": states,
            "ledger": house.world.ledger(),
            "crossings": crossing.count,  # type: ignore[attr-defined]
            "questions": questions,
            "audit": entries,
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
