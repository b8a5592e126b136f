"""What must not work in Slack: one clear sentence, nothing changed, and an entry in the audit."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlmodel import col

from practice.workspace import people
from practice.workspace.people import Person
from practice.world.made import upgrade_began
from scene import Scene, buttons
from storage.models import Message, Outgoing
from storage.words import SubjectKind

REFUSED = "access:refused"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One bot with a rollback that has begun, for all tests of this file."""
    made = Scene(tmp_path_factory.mktemp("scene"))
    made.begin()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def nothing_is_changed(scene: Scene) -> Iterator[None]:
    """Whatever these tests try, the bot changes nothing: the world's ledger says so."""
    yield
    assert [entry for entry in scene.estate.world.ledger.entries() if entry.by == "rollback-bot"] == []


def refused(scene: Scene, before: int) -> bool:
    return scene.until(lambda: scene.audited(REFUSED) > before)


def test_a_guest_gets_a_sentence(scene: Scene) -> None:
    """A guest's command is refused in one sentence and audited."""
    before = scene.audited(REFUSED)
    assert "Guests take no part" in scene.say(people.GUEST, "hold")
    assert refused(scene, before)


@pytest.mark.parametrize(("who", "sentence"), [(people.DEPARTED, "deactivated"), (people.STRANGER, "other workspaces")])
def test_whoever_is_not_ours_gets_a_sentence(scene: Scene, who: Person, sentence: str) -> None:
    """A deactivated person's and a stranger's command is refused in one sentence and audited."""
    before = scene.audited(REFUSED)
    seen = scene.slack.slash(people.COMMANDER.id, people.INCIDENT, "/rollback", "frobnicate")
    forged = scene.slack.payload(seen) | {"text": "hold", "team_id": who.team}
    forged.pop("kind", None)
    told = scene.slack.forge(who.id, "slash_commands", forged)
    assert sentence in (told.text or "")
    assert refused(scene, before + 1)


@pytest.mark.parametrize(
    "text", ["", "frobnicate", "approve", "skip", "attest nowhere proof", "approve NOCODE", "deny"]
)
def test_a_malformed_command_gets_one_helpful_sentence(scene: Scene, text: str) -> None:
    """A command that can't be understood is answered in words and audited."""
    before = scene.audited(REFUSED)
    assert len(scene.say(people.COMMANDER, text)) > 20
    assert refused(scene, before)


def test_a_second_rollback_of_the_same_estate_is_refused(scene: Scene) -> None:
    """One rollback is open for an estate; the second start says which."""
    before = scene.audited(REFUSED)
    view = scene.dialog("start")
    seen = scene.slack.submit(people.COMMANDER.id, view["id"], {"reason": "Once more."})
    assert "open already" in str(seen.problems)
    scene.slack.close(people.COMMANDER.id, view["id"])
    assert refused(scene, before)


def test_the_owner_can_t_vote_where_other_roles_are_asked(scene: Scene) -> None:
    """A vote that would not count is not recorded; the person is told which roles are asked for."""
    before, votes = scene.audited(REFUSED), scene.audited("vote:cast")
    card = scene.card("gate close")
    scene.slack.press(people.OWNER.id, people.INCIDENT, card["ts"], "rb:approve")
    told = scene.until(lambda: scene.slack.ephemerals(people.OWNER.id))
    assert "other roles" in told[-1]["text"]
    assert refused(scene, before)
    assert scene.audited("vote:cast") == votes


def test_a_destructive_stage_can_t_be_attested_without_its_gate(scene: Scene) -> None:
    """Attesting a stage whose gate has not been asked changes nothing."""
    before = scene.audited(REFUSED)
    assert "waits for no attestation" in scene.say(people.DATABASE, "attest restore-database it is done")
    assert refused(scene, before)


def test_a_card_s_button_on_another_message_is_no_card(scene: Scene) -> None:
    """The value of a real button, pressed at another message, is refused: the row for that message says so."""
    before = scene.audited(REFUSED)
    gate, other = scene.card("gate close"), scene.card("collect-evidence")
    value = buttons(gate)["rb:approve"]["value"]
    payload = scene.slack.payload(scene.slack.press(people.OWNER.id, people.INCIDENT, gate["ts"], "rb:approve"))
    payload["container"]["message_ts"] = other["ts"]
    payload["actions"][0]["value"] = value
    payload["actions"][0]["action_ts"] = "1.000001"
    payload.pop("kind", None)
    scene.slack.forge(people.ADMIN.id, "interactive", payload)
    assert refused(scene, before + 1)
    assert scene.audited("vote:cast") == 0


def test_a_card_pressed_while_it_is_being_posted_is_asked_for_once_more(scene: Scene) -> None:
    """Slack shows a card a moment before the bot has written down where it is: no vote, and no word of a copy."""
    before, votes = scene.audited(REFUSED), scene.audited("vote:cast")
    row = Message(rollback_id=1, subject=SubjectKind.GATE, subject_id=999, channel="", nonce="under-way", code="")
    scene.program.database.run(lambda unit: unit.session.add(row))
    gate = scene.card("gate close")
    payload = scene.slack.payload(scene.slack.press(people.OWNER.id, people.INCIDENT, gate["ts"], "rb:approve"))
    payload["container"]["message_ts"] = "9999999999.000001"
    payload["actions"][0] |= {"value": f"{scene.program.database.installation}:under-way", "action_ts": "1.000002"}
    payload.pop("kind", None)
    scene.slack.forge(people.ADMIN.id, "interactive", payload)
    assert refused(scene, before + 1)
    assert scene.entries(REFUSED)[-1]["why"].endswith("Press once more.")
    assert scene.audited("vote:cast") == votes


def test_a_restore_point_newer_than_the_upgrade_can_t_be_picked(scene: Scene) -> None:
    """A point from after the upgrade is not offered; sent all the same, it is refused in words and nothing is kept."""
    before, choices = scene.audited(REFUSED), scene.audited("choice:made")
    began = upgrade_began(scene.estate.world.now())
    late = next(point for point in scene.estate.world.points if point.created > began)
    view = scene.behind(people.ADMIN, "prepare", "rb:pick")
    assert late.point_id not in str(view)
    scene.slack.forge(people.ADMIN.id, "interactive", scene.submission(view, **{"point@xms01": late.point_id}))
    assert refused(scene, before)
    assert scene.entries(REFUSED)[-1]["why"].startswith("Not offered: point@xms01.")
    assert scene.audited("choice:made") == choices
    scene.slack.close(people.ADMIN.id, view["id"])


def test_a_netscaler_that_is_the_secondary_blocks_the_door(scene: Scene) -> None:
    """Writing to the secondary would be lost: the stage is blocked with a sentence, and goes on with the primary."""
    scene.estate.world.fail_over()
    scene.say(people.COMMANDER, "preview disable-vservers")
    scene.until(lambda: scene.stage("disable-vservers").state == "blocked")
    why = [e["why"] for e in scene.entries("stage:moved") if (e["stage"], e["to"]) == ("disable-vservers", "blocked")]
    assert "not the primary" in why[-1]
    scene.until(lambda: [m for m in scene.slack.messages(people.INCIDENT) if why[-1] in str(m)])
    scene.estate.world.fail_over()
    scene.say(people.COMMANDER, "preview disable-vservers")
    scene.until(lambda: scene.stage("disable-vservers").state == "awaiting_approval")


def test_one_s_own_choice_is_approved_by_others(scene: Scene) -> None:
    """Who has changed a value that a card uses is told so, and the approval is not recorded."""
    votes = scene.audited("vote:cast")
    view = scene.behind(people.DEPUTY, "prepare", "rb:pick")
    assert not scene.slack.submit(people.DEPUTY.id, view["id"], {"save": "no"}).problems
    assert [e["key"] for e in scene.entries("choice:made")] == ["save"]
    scene.until(lambda: scene.stage("disable-vservers").state == "awaiting_approval")
    before = scene.audited(REFUSED)

    def told() -> bool:
        scene.slack.press(people.DEPUTY.id, people.INCIDENT, scene.card("gate close")["ts"], "rb:approve")
        return "your own choice is approved by others" in str(scene.slack.ephemerals(people.DEPUTY.id))

    scene.until(told)
    assert refused(scene, before)
    assert scene.audited("vote:cast") == votes


def test_a_button_twice_and_a_second_delivery_change_nothing(scene: Scene) -> None:
    """The first press votes; the same press delivered again, and a second press, change no vote and no state."""
    card = scene.card("gate close")
    seen = scene.slack.press(people.ADMIN.id, people.INCIDENT, card["ts"], "rb:approve")
    scene.until(lambda: scene.audited("vote:cast") == 1)
    entries, refusals = scene.audited("gate:decided"), scene.audited(REFUSED)
    assert scene.slack.redeliver(seen)
    again = scene.slack.payload(seen)
    again.pop("kind", None)
    again["actions"][0]["action_ts"] = "2.000002"
    scene.slack.forge(people.ADMIN.id, "interactive", again)
    assert refused(scene, refusals)
    assert scene.audited("vote:cast") == 1
    assert scene.audited("gate:decided") == entries == 1


def test_the_button_of_a_round_that_is_over_records_nothing(scene: Scene) -> None:
    """Pressing a card whose round is decided is answered in words; the deputy's vote is not recorded."""
    scene.until(lambda: scene.audited("gate:decided"))
    before, votes = scene.audited(REFUSED), scene.audited("vote:cast")
    card = next(m for m in scene.slack.messages(people.INCIDENT) if "gate close" in m["text"] and m.get("blocks"))
    old = scene.slack.versions(people.INCIDENT, card["ts"])[0]
    value = buttons(old)["rb:approve"]["value"]
    payload = {
        "type": "block_actions",
        "team": {"id": people.TEAM},
        "container": {"type": "message", "message_ts": card["ts"], "channel_id": people.INCIDENT},
        "channel": {"id": people.INCIDENT},
        "trigger_id": "",
        "actions": [{"action_id": "rb:approve", "value": value, "type": "button", "action_ts": "3.000003"}],
    }
    scene.slack.forge(people.DEPUTY.id, "interactive", payload)
    assert refused(scene, before)
    assert scene.audited("vote:cast") == votes


def test_a_click_is_on_disk_before_it_is_acknowledged(scene: Scene) -> None:
    """The moment that Slack has the acknowledgement, what was pressed is in the database."""
    before = scene.audited("rollback:held")
    seen = scene.slack.slash(people.OWNER.id, people.INCIDENT, "/rollback", "hold the door may be wrong")
    assert seen.acked
    assert scene.audited("rollback:held") == before + 1


def test_every_message_so_far_keeps_slack_s_limits(scene: Scene) -> None:
    """The practice workspace refuses what Slack would refuse; nothing was refused, and nothing lies undelivered."""
    with scene.program.database.read() as session:
        dead = session.scalars(select(Outgoing).where(col(Outgoing.state) == "dead")).all()
    assert dead == []
