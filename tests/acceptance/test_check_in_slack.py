"""`/rollback check`: an answer at once, the result edited into its message, and a post when an estate turns."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.checking.checker import Checking
from practice.workspace import people
from scene import Scene
from storage.models import Inspection
from storage.words import Event


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One bot on a practice estate of two nodes."""
    made = Scene(tmp_path_factory.mktemp("check"), nodes=2)
    made.until(lambda: made.say(people.ADMIN, "help"))
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def nothing_is_changed(scene: Scene) -> Iterator[None]:
    """A check changes nothing in the world."""
    before = len(scene.estate.world.ledger)
    yield
    assert len(scene.estate.world.ledger) == before


def messages(scene: Scene, channel: str = people.INCIDENT) -> list[dict[str, Any]]:
    return [one for one in scene.slack.messages(channel) if "check of" in one["text"]]


def shown(message: dict[str, Any]) -> str:
    return "\n".join(block["text"]["text"] for block in message["blocks"] if block["type"] == "section")


def asked(scene: Scene, words: str = "check", channel: str = people.INCIDENT) -> dict[str, Any]:
    """Ask for a check and wait for the message with its result."""
    before = len(messages(scene, channel))
    scene.say(people.ADMIN, words)
    scene.until(lambda: len(messages(scene, channel)) > before)
    return scene.until(  # type: ignore[no-any-return]
        lambda: next((m for m in messages(scene, channel)[before:] if "under way" not in m["text"]), None)
    )


def test_it_answers_at_once_and_edits_in_the_result(scene: Scene) -> None:
    """The person gets a sentence before anything was asked, and one message is posted that becomes the result."""
    before = len(messages(scene))
    with scene.estate.world.lock:  # no system answers as long as it is held
        told = scene.say(people.OWNER, "check")
        first = scene.until(lambda: next((m for m in messages(scene) if "under way" in m["text"]), None))
    assert told.startswith("practice is being checked; nothing is changed by it.")
    done = scene.until(lambda: next((m for m in messages(scene) if "PASS" in m["text"]), None))
    assert done["ts"] == first["ts"]
    assert len(messages(scene)) == before + 1
    assert done["text"].startswith("DRILL · check of practice · PASS · 0 fail, 0 warn")
    assert "passes: host" in shown(done)
    assert "vsphere" in shown(done)


def test_trouble_stands_first_with_what_to_do(scene: Scene) -> None:
    """What fails is named before what passes, and its line says what to do."""
    scene.estate.world.ha_state = "Secondary"
    try:
        done = asked(scene, "check practice")
    finally:
        scene.estate.world.ha_state = "Primary"
    text = shown(done)
    assert "FAIL" in done["text"]
    assert text.index("not the primary") < text.index("passes:")
    assert "→ Put the address of the pair, or of the primary, into the settings." in text


@pytest.mark.parametrize(
    ("who", "words", "sentence"),
    [
        (people.ADMIN, "check mobile", "There is no estate of that name; there are: practice."),
        (people.GUEST, "check", "Guests take no part"),
    ],
)
def test_who_may_not_ask_and_what_is_not_there(scene: Scene, who: Any, words: str, sentence: str) -> None:
    """An unknown estate and somebody without a role get one sentence, and nothing is asked."""
    with scene.program.database.read() as session:
        before = len(list(session.scalars(select(col(Inspection.id)))))
    refused = scene.audited(Event.ACCESS_REFUSED)
    assert sentence in scene.say(who, words)
    scene.until(lambda: scene.audited(Event.ACCESS_REFUSED) > refused)
    with scene.program.database.read() as session:
        assert len(list(session.scalars(select(col(Inspection.id))))) == before


def test_it_is_posted_once_when_it_turns_bad_and_once_when_it_is_good_again(scene: Scene) -> None:
    """Of six checks by itself, good, bad, bad, good, good, bad, three are posted; each turn is in the audit."""
    program = scene.program
    every = program.settings.check.model_copy(
        update={"every": timedelta(microseconds=1), "channel": people.STAKEHOLDERS}
    )
    settings = program.settings.model_copy(update={"check": every})
    checking = Checking(settings, program.database, program.clock, program.bench.connect, program.web)
    turned = scene.audited(Event.READINESS_TURNED)
    try:
        for number, state in enumerate(
            ("Primary", "Secondary", "Secondary", "Primary", "Primary", "Secondary"), start=1
        ):
            scene.estate.world.ha_state = state
            checking.ask_what_is_due()
            scene.until(lambda number=number: _ended(scene) == number)  # type: ignore[misc]
    finally:
        scene.estate.world.ha_state = "Primary"
    found = scene.until(lambda: len(messages(scene, people.STAKEHOLDERS)) == 3 and messages(scene, people.STAKEHOLDERS))
    assert [next(w for w in ("NOT READY", "ready again") if w in m["text"]) for m in found] == [
        "NOT READY",
        "ready again",
        "NOT READY",
    ]
    assert scene.audited(Event.READINESS_TURNED) == turned + 3


def _ended(scene: Scene) -> int:
    with scene.program.database.read() as session:
        wanted = select(col(Inspection.id)).where(
            col(Inspection.scheduled).is_(True), col(Inspection.ended_at).is_not(None)
        )
        return len(list(session.scalars(wanted)))


def test_it_works_while_a_rollback_is_open(scene: Scene) -> None:
    """The open rollback is named in the result, and is as it was before."""
    scene.begin()
    done = asked(scene)
    assert "RB-1 is open" in shown(done)
    assert "FAIL" not in shown(done)
