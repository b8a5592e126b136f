"""In Slack: the lead goes to whoever says *I have the lead*, and a message goes onto the timeline by its shortcut."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from practice.workspace import people
from scene import Scene, buttons
from storage.models import NoteRow, Rollback


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One bot with a rollback that has begun, for all tests of this file."""
    made = Scene(tmp_path_factory.mktemp("scene"))
    made.begin()
    yield made
    made.stop()


def lead_of(scene: Scene) -> str:
    with scene.program.database.read() as session:
        return session.get_one(Rollback, 1).lead


def test_the_deputy_says_that_they_have_the_lead(scene: Scene) -> None:
    """The commander offers the lead; the card's button works for the deputy alone, and only then the lead moves."""
    told = scene.say(people.COMMANDER, f"handover <@{people.DEPUTY.id}>")
    assert "offered" in told
    card = scene.card("hand-over of the lead")
    assert "I have the lead" in str(card["blocks"])
    refused = scene.audited("access:refused")
    scene.slack.press(people.COMMANDER.id, people.INCIDENT, card["ts"], "rb:have-lead")
    scene.until(lambda: scene.audited("access:refused") > refused)
    assert lead_of(scene) == people.COMMANDER.key
    scene.slack.press(people.DEPUTY.id, people.INCIDENT, card["ts"], "rb:have-lead")
    scene.until(lambda: lead_of(scene) == people.DEPUTY.key)

    def drawn_over() -> bool:
        now = next(one for one in scene.slack.messages(people.INCIDENT) if one["ts"] == card["ts"])
        return "has the lead since" in str(now["blocks"]) and not buttons(now)

    assert scene.until(drawn_over)
    assert scene.audited("lead:handed_over") == 1


def test_a_message_goes_onto_the_timeline_by_its_shortcut(scene: Scene) -> None:
    """The shortcut of the manifest is answered; the note has its author and a link, and `timeline share` shows it."""
    written = scene.slack.write(people.DATABASE.id, people.INCIDENT, "The SQL Server's disk is nearly full.")
    scene.slack.shortcut(people.COMMUNICATIONS.id, "rb:add-to-timeline", people.INCIDENT, written["ts"])
    scene.until(lambda: scene.audited("note:added") == 1)
    with scene.program.database.read() as session:
        (note,) = session.scalars(select(NoteRow))
    assert (note.author, note.person) == (people.DATABASE.key, people.COMMUNICATIONS.key)
    assert note.link.endswith(f"/archives/{people.INCIDENT}/p{written['ts'].replace('.', '')}")
    scene.say(people.COMMUNICATIONS, "timeline share 5")
    shared = scene.until(
        lambda: next((m for m in scene.slack.messages(people.INCIDENT) if "shared by" in m["text"]), None)
    )
    assert "disk is nearly full" in str(shared["blocks"])
