"""Two hundred presses at the same moment: one decision, one vote a person, and a chain that tells the same."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from rollback.operations.gates import Ballot
from rollback.operations.refusal import Refusal
from storage.audit import verify
from storage.models import Gate, Vote
from storage.words import Choice, Event, GateState, StageState
from toy.house import KEY, House, living, play
from toy.people import roster

THREADS = 10
PRESSES = 200


@pytest.fixture
def house() -> Iterator[House]:
    with living() as made:
        made.begin(people=roster(so=2, dba=2, xa=2))
        play(made, lambda: made.state("copy") is StageState.SUCCEEDED)
        made.settle()
        yield made


def at_once(presses: list[Callable[[], object]]) -> list[BaseException | None]:
    """Carries the presses out from ten threads that begin together; what each raised, in their order."""
    together = threading.Barrier(THREADS)
    results: list[BaseException | None] = [None] * len(presses)

    def thread(number: int) -> None:
        together.wait()
        for index in range(number, len(presses), THREADS):
            try:
                presses[index]()
            except Refusal as no:
                results[index] = no

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(thread, number) for number in range(THREADS)]:
            done.result(60)
    return results


def presses(house: House, round_: Gate, *, denies: bool, seed: int) -> list[Callable[[], object]]:
    """A shuffled heap: everybody, by each of their accounts, approving and perhaps denying, again and again."""
    voters = [("so", 0), ("so", 1), ("dba", 0), ("dba", 1), ("xa", 0), ("xa", 1), ("va", 0), ("ic", 0)]
    choices = [Choice.APPROVE] * 4 + [Choice.DENY] * int(denies)
    heap = list(product(voters, choices))
    picked = [heap[index % len(heap)] for index in range(PRESSES)]
    random.Random(seed).shuffle(picked)  # noqa: S311 - an order of presses, no secret
    return [
        lambda who=who, account=account, choice=choice: house.vote_in(
            round_, who, Ballot(choice, round_.digest, "RB-1", "no"), account
        )
        for (who, account), choice in picked
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("denies", [False, True], ids=["approving", "denying too"])
def test_racing_presses_come_to_one_decision(house: House, *, denies: bool, seed: int) -> None:
    """Of 200 racing presses each person has one vote, the round closes once, and rows and chain say the same."""
    round_ = house.gate("second")
    assert round_ is not None
    before = len(house.audited(Event.VOTE_CAST)), len(house.audited(Event.GATE_DECIDED))
    moved = len(house.audited(Event.STAGE_MOVED))
    refused = at_once(presses(house, round_, denies=denies, seed=seed))

    votes = [vote for vote in house.votes() if vote.gate_id == round_.id]
    assert len({vote.person for vote in votes}) == len(votes)
    cast = house.audited(Event.VOTE_CAST)[before[0] :]
    assert {(one["actor"], one["choice"]) for one in cast} >= {(vote.person, vote.choice) for vote in votes}
    assert {one["actor"]: one["choice"] for one in cast} == {vote.person: vote.choice for vote in votes}
    assert len(cast) == refused.count(None)

    decided = house.audited(Event.GATE_DECIDED)[before[1] :]
    moves = house.audited(Event.STAGE_MOVED)[moved:]
    (row,) = [gate for gate in house.rounds("second") if gate.id == round_.id]
    approvers = {vote.person for vote in votes if vote.choice == Choice.APPROVE}
    if denies:
        assert row.state == GateState.DENIED
        assert [one["outcome"] for one in decided] in (["denied"], ["approved", "denied"])
        assert [one["to"] for one in moves] in (["previewing"], ["approved", "previewing"])
    else:
        assert row.state == GateState.APPROVED
        assert [one["outcome"] for one in decided] == ["approved"]
        assert [one["to"] for one in moves] == ["approved"]
        assert approvers == {"so", "dba"}
    with house.database.read() as session:
        verify(session, {KEY.id: KEY})


def test_reading_first_and_writing_later_loses_the_same_race(house: House) -> None:
    """Looking in one step and writing in the next decides one round twice, by one person's two accounts."""
    round_ = house.gate("second")
    assert round_ is not None
    house.vote("second", "so")
    decided: list[int] = []
    both_have_looked = threading.Barrier(2, timeout=30)

    def naive(account: int) -> None:
        with house.database.read() as session:
            mine = session.scalars(
                select(Vote).where(col(Vote.gate_id) == round_.id, col(Vote.person) == "dba")
            ).first()
            still_open = session.get_one(Gate, round_.id).state == GateState.ASKING
        both_have_looked.wait()
        if mine is None and still_open:
            change = update(Gate).where(col(Gate.id) == round_.id).values(state=GateState.APPROVED)
            house.database.run(lambda unit: unit.session.execute(change))
            decided.append(account)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(naive, account) for account in (0, 1)]:
            done.result(60)
    assert sorted(decided) == [0, 1]
