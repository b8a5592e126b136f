"""A notice edited in Slack: the dialog as the workspace shows it, what comes of it, and who is told no."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlmodel import col

from practice.workspace import people
from scene import Scene
from storage.models import Draft

EDIT = "drafts interruption edit en"
REFUSED = "access:refused"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One bot with a rollback that has begun, and its first notices drafted."""
    made = Scene(tmp_path_factory.mktemp("scene"))
    made.begin()
    made.until(lambda: versions(made))
    yield made
    made.stop()


def versions(scene: Scene) -> list[tuple[int, str, str]]:
    """Version, state and author of the interruption notice."""
    with scene.program.database.read() as session:
        wanted = select(Draft).where(col(Draft.name) == "interruption").order_by(col(Draft.version))
        return [(row.version, str(row.state), row.author) for row in session.scalars(wanted)]


def test_a_dialog_that_is_refused_can_be_mended(scene: Scene) -> None:
    """What the lint finds stands in the dialog; mended and sent again it is a version by whoever wrote it."""
    view = scene.dialog(EDIT, people.COMMUNICATIONS)
    refused = scene.slack.submit(people.COMMUNICATIONS.id, view["id"], {"subject:0": "Act now!"})
    assert "exclamation mark" in " ".join(refused.problems.values())
    kept = scene.slack.submit(people.COMMUNICATIONS.id, view["id"], {"subject:0": "The service is down today"})
    assert not kept.problems
    scene.until(lambda: len(versions(scene)) == 2)
    assert [(version, state) for version, state, _ in versions(scene)] == [(1, "draft"), (2, "draft")]
    assert versions(scene)[1][2] not in ("", "bot")
    scene.until(lambda: "interruption-2-en.txt" in scene.say(people.COMMUNICATIONS, "drafts interruption show en"))


@pytest.mark.parametrize(
    ("who", "text", "sentence"),
    [
        (people.COMMANDER, EDIT, "roles don't let you edit"),
        (people.COMMUNICATIONS, "drafts interruption edit it", "Notices are in en, fr, de"),
        (people.COMMUNICATIONS, "drafts nonsense edit", "There is no notice of that name"),
        (people.COMMUNICATIONS, "drafts restored edit", "isn't drafted yet"),
    ],
)
def test_no_dialog_for_what_can_t_be_edited(scene: Scene, who: people.Person, text: str, sentence: str) -> None:
    """Whoever may not edit, and what is not there, gets one sentence and no dialog; it is audited."""
    before = scene.audited(REFUSED)
    assert sentence in scene.say(who, text)
    scene.until(lambda: scene.audited(REFUSED) > before)
    assert scene.slack.screen(who.id) is None
