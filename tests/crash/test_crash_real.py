"""The real bot, killed in the midst of a real run: it goes on where the rows are, and nothing is done twice."""

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.demo.playing import Demo
from bot.demo.setting_up import Wanted
from helpers_killing import Asked, Played, begin, moments, mortal_demo, play_to_the_end, under_way
from practice.people import judging
from practice.people.cards import Card

pytestmark = pytest.mark.sweep

RUNS, DEATHS = 3, 9
CROSSINGS = 2_000  # a run on two nodes has about 2,300 when nobody kills it: every moment comes
WANTED = Wanted(devices=60, nodes=2)
BACKUP, RESTORE = "back-up-database", "restore-database"
LONG = 6.0  # seconds that BACKUP and RESTORE take where they are interrupted half-way


def restores(ledger: list[dict[str, Any]], verb: str) -> int:
    return sum(1 for entry in ledger if (entry["system"], entry["verb"]) == ("sqlserver", verb))


def assert_restored_only_after_votes(played: Played) -> None:
    """Each RESTORE but the first was preceded by one that was broken off, and by a new round of two approvers."""
    begun, aborted, finished = (
        restores(played.ledger, verb) for verb in ("restore", "restore_aborted", "restore_finished")
    )
    assert (begun, finished) == (aborted + 1, 1)
    rounds = restore_rounds(played.audit)
    assert all(len(voters) >= 2 for voters in rounds), rounds


def restore_rounds(audit: list[dict[str, Any]]) -> list[set[str]]:
    """Who voted on the gate of RESTORE before each time that it was intended, since the time before."""
    found: list[set[str]] = []
    voters: set[str] = set()
    for entry in audit:
        facts = entry["facts"]
        if entry["event"] == "vote:cast" and (facts["gate"], facts["choice"]) == ("go-back", "approve"):
            voters.add(entry["actor"])
        if entry["event"] == "change:intended" and facts.get("kind") == "database-restore":
            found.append(voters)
            voters = set()
    return found


def assert_true(question: Asked) -> None:
    """What the card says about the outside world is what the world is."""
    if "is RESTORING and no RESTORE runs" in question.why:
        assert question.world["database"]["state"] == "RESTORING"
    else:
        assert "not seen" in question.why or "may be ours" in question.why, question
        assert not any(question.so), question


@pytest.mark.parametrize("seed", range(RUNS))
def test_killed_at_seeded_moments_the_run_reaches_the_same_end(tmp_path: Path, seed: int) -> None:
    """Killed again and again at any moment, the run ends as if it never was, and asks nothing but true questions."""
    with mortal_demo(tmp_path, WANTED, moments(seed, CROSSINGS, DEATHS)) as (demo, mortal, played):
        play_to_the_end(demo, mortal, played)
    assert played.deaths == DEATHS
    assert played.troubles == []
    assert_restored_only_after_votes(played)
    for question in played.asked:
        assert_true(question)


def test_killed_half_way_through_the_restore_it_asks_and_never_restores_by_itself(tmp_path: Path) -> None:
    """A killed RESTORE leaves the outcome unknown, says what is so and what to do, and waits for new votes."""
    with mortal_demo(tmp_path, WANTED) as (demo, mortal, played):
        number = begin(demo)
        demo.console.do("lasts", what="restore", seconds=LONG)
        half_way(demo, "database-restore")
        mortal.signal(signal.SIGKILL)
        demo.pilot.play(until=lambda _: bool(played.asked))
        (question,) = played.asked
        assert question.stage == RESTORE
        assert "Interrupted restore of set" in question.why
        assert "It did not happen" in question.why
        assert "the gate asks anew for votes" in question.why
        assert_true(question)
        assert restores(demo.console.ledger(), "restore") == 1
        play_to_the_end(demo, mortal, played, number)
    assert played.troubles == []
    assert restores(played.ledger, "restore") == 2
    assert_restored_only_after_votes(played)


def test_asked_to_stop_in_the_midst_it_finishes_what_lives_on_its_connection(tmp_path: Path) -> None:
    """SIGTERM half-way through BACKUP and RESTORE waits for their end: each stands once in the ledger, none broken."""
    with mortal_demo(tmp_path, WANTED) as (demo, mortal, played):
        begin(demo)
        for what, kind, stage in (("backup", "database-back-up", BACKUP), ("restore", "database-restore", RESTORE)):
            demo.console.do("lasts", what=what, seconds=LONG)
            half_way(demo, kind)
            mortal.signal(signal.SIGTERM)
            demo.pilot.play(until=over(stage))
        ledger = demo.console.ledger()
    done = Counter(entry["verb"] for entry in ledger if entry["system"] == "sqlserver")
    assert [done[verb] for verb in ("backup", "restore", "restore_finished")] == [1, 1, 1]
    assert [done[verb] for verb in ("backup_aborted", "restore_aborted")] == [0, 0]
    assert (played.asked, mortal.wrong) == ([], [])


def half_way(demo: Demo, kind: str) -> None:
    """Play until a change of that kind is sent, and half of its time has passed."""
    demo.pilot.play(until=lambda _: under_way(demo, kind))
    demo.pause(LONG / 2)


def over(stage: str) -> Callable[[list[Card]], bool]:
    return lambda cards: judging.states(cards).get(stage) in judging.OVER
