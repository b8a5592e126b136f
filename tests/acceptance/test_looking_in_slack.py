"""What anybody named may ask for in Slack without changing anything: help, where it stands, the board again."""

from collections.abc import Iterator

import pytest

from bot.verbs import VERBS
from practice.workspace import people
from practice.workspace.people import INCIDENT
from scene import Scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One bot with a rollback that has begun."""
    made = Scene(tmp_path_factory.mktemp("scene"), nodes=1)
    made.begin()
    yield made
    made.stop()


def test_help_names_every_verb(scene: Scene) -> None:
    """`help` tells whoever asks, and nobody else, what can be typed."""
    told = scene.say(people.ADMIN, "help")
    assert all(f"/rollback {verb}" in told for verb in VERBS)


def test_status_says_where_it_stands(scene: Scene) -> None:
    """`status` answers with the rollback, its lead and who is waited for."""
    told = scene.say(people.OWNER, "status")
    assert "RB-1" in told
    assert "Waiting for:" in told


def test_a_board_that_was_asked_for_comes_last_in_the_channel(scene: Scene) -> None:
    """`board` posts the board anew; what stood there before is no card any more."""
    first = scene.card("stages done")
    assert "drawn anew" in scene.say(people.COMMANDER, "board")
    again = scene.until(lambda: (found := scene.card("stages done"))["ts"] != first["ts"] and found)
    assert again["ts"] > first["ts"]
    assert "out of date" in str(scene.slack.press(people.COMMANDER.id, INCIDENT, first["ts"], "rb:hold")) or (
        scene.until(lambda: "out of date" in str(scene.slack.ephemerals(people.COMMANDER.id)))
    )
