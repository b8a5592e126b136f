"""The feed of changes: whoever waits is woken by the first one."""

import asyncio

from practice.workspace.parts import Bell
from practice.workspace.people import PERSONS, starting_channels
from practice.workspace.state import State


def test_workspace_wakes_whoever_waits_at_the_first_change() -> None:
    """A change ends the waiting of everybody at once; without one the waiting ends by itself."""

    async def waiting() -> int:
        bell = Bell()
        state = State(lambda: 0.0, persons=PERSONS, channels=starting_channels())
        state.on_change = bell.ring
        waiters = [asyncio.create_task(bell.wait(3600)) for _ in range(3)]
        await asyncio.sleep(0)
        state.changed("message", channel="C0INCIDENT", ts="1.000001")
        await asyncio.wait_for(asyncio.gather(*waiters), 5)
        await bell.wait(0)
        return state.last_change

    assert asyncio.run(waiting()) == 1


def test_workspace_counts_changes_without_gaps() -> None:
    """Each change has the number after the one before."""
    state = State(lambda: 0.0, persons=PERSONS, channels=starting_channels())
    for _ in range(5):
        state.changed("message")
    assert [change.number for change in state.feed] == [1, 2, 3, 4, 5]
