"""Between vote and claim an approver may be gone, lose the role or become an influencer: then nothing begins."""

from collections.abc import Iterator
from typing import Any

import pytest

from practice.workspace import people
from practice.workspace.people import Person
from scene import Scene, buttons
from storage.words import Role

STAGE = "disable-vservers"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One bot whose door is closed first; it is held while people vote, so that nothing begins in between."""
    made = Scene(tmp_path_factory.mktemp("scene"), nodes=1)
    try:
        made.begin(order="close-first")
        made.until(lambda: made.stage("prepare").state == "verifying")  # held before, it would have no card to pick on
        yield made
    finally:
        made.stop()


@pytest.fixture(autouse=True)
def nothing_is_changed(scene: Scene) -> Iterator[None]:
    """Whatever the votes were worth, the world's ledger has no change of the bot's, and the gate asks."""
    scene.say(people.COMMANDER, "hold until the vote is given")
    yield
    scene.until(lambda: scene.stage(STAGE).state == "awaiting_approval")
    assert [entry for entry in scene.estate.world.ledger.entries() if entry.by == "rollback-bot"] == []


def approve(scene: Scene, who: Person) -> None:
    """Press *Approve* on the gate's newest card until the stage is approved."""

    def approved() -> bool:
        card = scene.card("gate close")
        if "rb:approve" in buttons(card):
            scene.slack.press(who.id, people.INCIDENT, card["ts"], "rb:approve")
        return scene.stage(STAGE).state == "approved"

    scene.until(approved)


def reopened(scene: Scene, why: str) -> None:
    """The channel was told that the gate opens again, and why."""
    scene.until(lambda: [m for m in scene.slack.messages(people.INCIDENT) if why in str(m)])


def test_an_approver_who_is_deactivated(scene: Scene) -> None:
    """Slack says that the account is gone: the vote carries nothing any more, and the gate asks anew."""
    approve(scene, people.ADMIN)
    scene.slack.switch("change_person", user=people.ADMIN.id, deactivated=True)
    scene.until(lambda: scene.audited("account:gone"))
    scene.say(people.COMMANDER, "resume")
    reopened(scene, "no longer carry it (deactivated)")
    scene.slack.switch("change_person", user=people.ADMIN.id, deactivated=False)
    scene.until(lambda: scene.audited("account:back"))


def test_an_approver_who_becomes_an_influencer(scene: Scene) -> None:
    """Whoever voted and then changes a value that the card uses has approved nothing: others have to."""
    approve(scene, people.DEPUTY)
    view = scene.behind(people.DEPUTY, "prepare", "rb:pick")
    assert not scene.slack.submit(people.DEPUTY.id, view["id"], {"save": "no"}).problems
    scene.say(people.COMMANDER, "resume")
    scene.until(lambda: scene.stage(STAGE).state == "awaiting_approval")
    scene.say(people.COMMANDER, "hold")
    told = [e for e in scene.entries("stage:moved") if e["stage"] == STAGE and e["why"] == "another value was picked"]
    assert told


def test_an_approver_who_loses_the_role(scene: Scene) -> None:
    """A bot that starts with other roles in its settings says so in the channel, and counts votes by them."""
    approve(scene, people.ADMIN)

    def without_the_role(data: Any) -> None:
        for person in data["people"]:
            if person["id"] == people.ADMIN.key:
                person["roles"] = [Role.SECURITY.value]

    scene.restart(without_the_role)
    scene.until(
        lambda: [m for m in scene.slack.messages(people.INCIDENT) if "The people in the settings differ" in str(m)]
    )
    assert [e["changed"] for e in scene.entries("people:changed")] == [[people.ADMIN.key]]
    scene.say(people.COMMANDER, "resume")
    reopened(scene, "no longer carry it (other_role)")
