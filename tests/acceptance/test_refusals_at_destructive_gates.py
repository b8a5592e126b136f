"""Beyond line 1: what must not bring a restore about gets one clear sentence, changes nothing, and is in the audit."""

from collections.abc import Iterator
from typing import Any

import pytest

from practice.workspace import people
from practice.workspace.people import Person
from rollback.roles import Account
from scene import Scene, buttons

pytestmark = pytest.mark.sweep

REFUSED = "access:refused"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One bot whose gate `go-back` waits for its votes; the tests of this file go on from one to the next."""
    made = Scene(tmp_path_factory.mktemp("scene"), devices=60, nodes=1)
    try:
        made.begin()
        made.waits_for_votes("go-back")
        yield made
    finally:
        made.stop()


@pytest.fixture(autouse=True)
def nothing_is_restored(scene: Scene) -> Iterator[None]:
    """Whatever these tests try, no restore stands in the world's ledger."""
    yield
    assert not [entry for entry in scene.estate.world.ledger.entries() if entry.verb.startswith("restore")]


def dialog(scene: Scene, who: Person) -> dict[str, Any]:
    """The dialog behind *Approve*, open on somebody's screen."""
    return scene.behind(who, "gate go-back", "rb:approve")


def votes(scene: Scene) -> int:
    return scene.audited("vote:cast")


def why(scene: Scene, refusals: int) -> str:
    """The sentence of the newest refusal, once there is one more than before."""
    scene.until(lambda: scene.audited(REFUSED) > refusals)
    return str(scene.entries(REFUSED)[-1]["why"])


def approve(scene: Scene, who: Person) -> Any:
    view = dialog(scene, who)
    return scene.slack.submit(who.id, view["id"], {"number": "RB-1"})


def test_the_wrong_number_typed_is_no_vote(scene: Scene) -> None:
    """At a destructive gate another number than the rollback's is told to the person, and no vote is recorded."""
    refusals, before = scene.audited(REFUSED), votes(scene)
    view = dialog(scene, people.OWNER)
    seen = scene.slack.submit(people.OWNER.id, view["id"], {"number": "RB-2"})
    assert "is not this rollback's" in str(seen.problems)
    assert "is not this rollback's" in why(scene, refusals)
    assert votes(scene) == before
    scene.slack.close(people.OWNER.id, view["id"])


def test_a_dialog_that_another_person_submits_is_no_vote(scene: Scene) -> None:
    """The service owner's dialog, sent off by the database administrator, is nobody's vote."""
    refusals, before = scene.audited(REFUSED), votes(scene)
    view = dialog(scene, people.OWNER)
    scene.slack.forge(people.DATABASE.id, "interactive", scene.submission(view, number="RB-1"))
    assert "This dialog is over" in why(scene, refusals)
    assert votes(scene) == before
    scene.slack.close(people.OWNER.id, view["id"])


def test_a_dialog_that_is_submitted_twice_is_one_vote(scene: Scene) -> None:
    """The first submit votes; delivered again it gets the same answer, and sent off once more it is over."""
    scene.say(people.COMMANDER, "hold the tests go on later")
    before = votes(scene)
    view = dialog(scene, people.OWNER)
    seen = scene.slack.submit(people.OWNER.id, view["id"], {"number": "RB-1"})
    assert votes(scene) == before + 1
    refusals = scene.audited(REFUSED)
    assert scene.slack.redeliver(seen)
    scene.slack.forge(people.OWNER.id, "interactive", scene.submission({**view, "hash": "another"}, number="RB-1"))
    assert "This dialog is over" in why(scene, refusals)
    assert votes(scene) == before + 1


def test_an_approver_who_is_deactivated_before_the_claim_carries_nothing(scene: Scene) -> None:
    """Slack is asked anew right before what was approved begins: without that account the gate asks once more."""
    approve(scene, people.DATABASE)
    scene.until(lambda: scene.stage("restore-database").state == "approved")
    scene.slack.switch("change_person", user=people.DATABASE.id, deactivated=True)
    scene.until(lambda: scene.audited("account:gone"))
    scene.say(people.COMMANDER, "resume")
    scene.until(
        lambda: [m for m in scene.slack.messages(people.INCIDENT) if "no longer carry it (deactivated)" in str(m)]
    )
    scene.until(lambda: len([e for e in scene.entries("gate:reopened") if e["gate"] == "go-back"]) >= 1)
    gone = Account(team=people.TEAM, user=people.DATABASE.id)
    assert scene.program.bench.gone(frozenset({gone})) == {gone: True}
    scene.slack.switch("change_person", user=people.DATABASE.id, deactivated=False)
    scene.until(lambda: scene.audited("account:back"))


def test_a_node_that_is_still_on_before_the_restore_blocks_it(scene: Scene) -> None:
    """With every vote given, a node that somebody switched on keeps the restore from beginning; its card says which."""
    scene.until(lambda: scene.stage("restore-database").state == "awaiting_approval")
    scene.say(people.COMMANDER, "hold until all have voted")
    scene.estate.world.durations.boot = 3600
    scene.estate.world.power_on("xms01", by="")
    for who in (people.OWNER, people.DATABASE):
        assert not approve(scene, who).problems
    scene.until(lambda: scene.stage("restore-database").state == "approved")
    scene.say(people.COMMANDER, "resume")
    moved = scene.until(
        lambda: [
            e
            for e in scene.entries("stage:moved")
            if (e["stage"], e["to"]) == ("restore-database", "blocked") and "xms01" in e["why"]
        ]
    )
    assert moved


def test_one_person_powers_the_wrong_node_off_from_the_board(scene: Scene) -> None:
    """The board offers *Power off…* while a node is on that must be off; one person submits it, and it is off."""
    board = scene.until(lambda: next((m for m in _boards(scene) if "rb:power-off" in buttons(m)), None))
    scene.slack.press(people.VIRTUALISATION.id, people.INCIDENT, board["ts"], "rb:power-off")
    view = scene.slack.wait_for_screen(people.VIRTUALISATION.id)
    assert not scene.slack.submit(people.VIRTUALISATION.id, view["id"], {"node": "xms01"}).problems
    scene.until(lambda: not scene.estate.world.nodes["xms01"].on)
    scene.until(lambda: scene.stage("power-off@xms01").state == "succeeded")
    entries = scene.estate.world.ledger.entries("vsphere", "power_off", "xms01")
    assert [entry.by for entry in entries] == ["rollback-bot"]
    assert [entry["stage"] for entry in scene.entries("safety:started")] == ["power-off@xms01"]


def test_one_person_closes_a_door_that_somebody_opened(scene: Scene) -> None:
    """The board offers *Close the door* while it stands open and must be closed; one press of one person closes it."""
    name = next(iter(scene.estate.world.vservers))
    scene.estate.world.vserver_set(name, enabled=True, by="xa")
    board = scene.until(lambda: next((m for m in _boards(scene) if "rb:close-door" in buttons(m)), None))
    scene.slack.press(people.ADMIN.id, people.INCIDENT, board["ts"], "rb:close-door")
    scene.until(lambda: not scene.estate.world.vservers[name].enabled)
    scene.until(lambda: scene.stage("close-the-door").state == "succeeded")
    assert [e["stage"] for e in scene.entries("safety:started")][-1] == "close-the-door"


def _boards(scene: Scene) -> list[dict[str, Any]]:
    return [m for m in scene.slack.messages(people.INCIDENT) if "rb:hand-over" in buttons(m)]
