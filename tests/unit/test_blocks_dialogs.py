"""Dialogs: what they ask for, and what comes back out of them as Slack sends it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from commands.blocks import dialogs
from commands.blocks.actions import ActionId, DialogId, Field, evidence_of, point_of
from commands.blocks.entered import entered, evidence
from commands.blocks.forms import Option
from commands.blocks.message import Rendered
from commands.blocks.start_dialog import StartOffer, start
from helpers_blocks import read, slack_takes_view, texts
from helpers_situation import House, Script, change, play_until, playing
from practice.workspace.inputs import collect, complaints, named
from rollback.actions.action import Failed, Finding, Preview, Unknown
from rollback.situation import Situation
from rollback.untrusted import Untrusted
from storage.words import Severity, StageState


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house in which a rollback has begun."""
    with playing(tmp_path) as made:
        made.begin()
        made.settle()
        yield made


def said(view: dict[str, Any]) -> str:
    """What people read in a dialog."""
    return read(Rendered("x", tuple(view["blocks"])))


def inputs(view: dict[str, Any]) -> list[str]:
    """The ids of a dialog's inputs."""
    return [str(block["block_id"]) for block in view["blocks"] if block["type"] == "input"]


def submitted(view: dict[str, Any], **values: object) -> dict[str, str]:
    """What the bot gets when a person fills the dialog in and Slack's screen lets it through."""
    slack_takes_view(view)
    blocks = named(view["blocks"])
    state = collect(blocks, {key.replace("_", "-"): value for key, value in values.items()})
    assert not complaints(blocks, state)
    return entered({"state": {"values": state}})


def refused(view: dict[str, Any], **values: object) -> dict[str, str]:
    """What Slack's own screen complains about."""
    blocks = named(view["blocks"])
    return complaints(blocks, collect(blocks, values))


def test_every_dialog_carries_the_id_of_its_stored_row_and_nothing_else(house: House) -> None:
    """What a dialog is for is in our own row: the view holds its id, its kind and no digest, stage or person."""
    s = house.picture()
    for view in (
        dialogs.approve(s, 1, "D1"),
        dialogs.deny(s, 1, "D1"),
        dialogs.hold(s, "D1"),
        dialogs.abort(s, "D1"),
        dialogs.skip(s, 1, "D1"),
        dialogs.attest(s, 2, "D1"),
        dialogs.happened(s, 2, "D1"),
        dialogs.not_happened(s, 2, "D1"),
        dialogs.answer(s, 1, "D1"),
        dialogs.hand_over(s, s.people, "D1"),
    ):
        slack_takes_view(view)
        assert view["private_metadata"] == "D1"
        assert view["callback_id"] in set(DialogId)
        assert s.gates[0].digest not in str(view)


def test_the_number_is_typed_by_hand(tmp_path: Path) -> None:
    """At a typed gate the dialog asks for the number, shows it not beside the field, and says what is overridden."""
    override = Finding("x", Severity.OVERRIDE, "xms03 has no way back.")
    script = Script(previews={"restore-database": Preview((change("restore"),), findings=(override,))})
    with playing(tmp_path, script) as house:
        house.begin()
        play_until(house, "snapshot-nodes", StageState.SUCCEEDED)
        house.settle()
        s = house.picture()
    gate = next(one for one in s.gates if one.name == "go-back")
    view = dialogs.approve(s, gate.id, "D1")
    assert inputs(view) == [Field.NUMBER]
    field = next(block for block in view["blocks"] if block["type"] == "input")
    assert "RB-1" not in str(field)
    assert "• xms03 has no way back." in said(view)
    assert "LINE 1: DESTRUCTIVE FROM HERE" in said(view)
    assert submitted(view, number=" RB-1 ") == {Field.NUMBER: "RB-1"}
    assert refused(view) == {Field.NUMBER: "Please complete this required field."}


def test_a_deny_needs_a_reason_and_a_hold_does_not(house: House) -> None:
    """Slack's screen sends no deny without a reason; a hold may go without."""
    s = house.picture()
    assert Field.REASON in refused(dialogs.deny(s, 1, "D1"))
    assert submitted(dialogs.deny(s, 1, "D1"), reason="the secondary is addressed") == {
        Field.REASON: "the secondary is addressed"
    }
    assert submitted(dialogs.hold(s, "D1")) == {}


def test_several_open_checks_are_picked_from_first(house: House) -> None:
    """With several open checks the dialog asks which one; picking one tells the bot at once and shows its fields."""
    s = house.picture()
    stage = s.stage_named("collect-evidence")
    first = dialogs.answer(s, stage.id, "D1")
    slack_takes_view(first)
    assert inputs(first) == [Field.CHECK]
    menu = next(block for block in first["blocks"] if block["type"] == "input")
    assert menu["dispatch_action"] is True
    assert menu["element"]["action_id"] == ActionId.ANSWER_CHECK
    second = dialogs.answer(s, stage.id, "D1", "bundle@xms02")
    assert inputs(second)[:2] == [Field.CHECK, Field.PASSED]
    assert evidence_of("sha256") in inputs(second)
    assert "The support bundle of the node is kept" in said(second)


def test_evidence_comes_back_by_field(house: House) -> None:
    """What was filled in is read back by the names that the operation wants; empty optional fields are left out."""
    s = house.picture()
    view = dialogs.answer(s, s.stage_named("collect-evidence").id, "D1", "bundle@xms02")
    blocks = named(view["blocks"])
    values = {
        Field.PASSED: "yes",
        evidence_of("file"): "b.zip",
        evidence_of("size"): "4711",
        evidence_of("sha256"): "a" * 64,
        evidence_of("place"): "share",
    }
    state = collect(blocks, values)
    assert not complaints(blocks, state)
    filled = entered({"state": {"values": state}})
    assert filled[Field.CHECK] == "bundle@xms02"
    assert filled[Field.PASSED] == "yes"
    assert evidence(filled) == {"file": "b.zip", "size": "4711", "sha256": "a" * 64, "place": "share"}


def test_a_hash_of_another_length_is_refused_by_the_screen(house: House) -> None:
    """A sha256 has 64 characters: Slack's screen refuses another length before anything is sent."""
    s = house.picture()
    view = dialogs.answer(s, s.stage_named("collect-evidence").id, "D1", "bundle@xms02")
    found = refused(view, **{evidence_of("sha256"): "abc"})
    assert found[evidence_of("sha256")] == "Please enter 64 to 64 characters."


def test_a_check_that_was_answered_meanwhile_is_said_and_not_asked(house: House) -> None:
    """With nothing left to answer the dialog says so and can't be submitted."""
    s = house.picture()
    view = dialogs.answer(s, s.stage_named("disable-vservers").id, "D1")
    slack_takes_view(view)
    assert "submit" not in view
    assert "no check waits for people any more" in said(view)


def test_attesting_shows_each_change_and_what_counts_as_evidence(house: House) -> None:
    """Before a person says that it was done, the dialog shows what, and what proves it."""
    house.script.outcomes["disable-vservers"] = Failed("no")
    play_until(house, "disable-vservers", StageState.FAILED)
    s = house.picture()
    view = dialogs.attest(s, s.stage_named("disable-vservers").id, "D1")
    assert "`1.1` `disable-vservers: change disable-vservers`" in said(view)
    assert "Evidence: The text of `show lb vserver` for all of them." in said(view)
    assert submitted(view, evidence="task-7") == {Field.EVIDENCE: "task-7"}


def test_reconciling_shows_what_is_known_and_asks_what_was_seen(house: House) -> None:
    """Both ways to reconcile show the unknown change with what is known of it."""
    house.script.outcomes["disable-vservers"] = Unknown("the reply was lost")
    play_until(house, "disable-vservers", StageState.NEEDS_RECONCILE)
    s = house.picture()
    stage = s.stage_named("disable-vservers").id
    for view in (dialogs.happened(s, stage, "D1"), dialogs.not_happened(s, stage, "D1")):
        slack_takes_view(view)
        assert "Known: the reply was lost" in said(view)
        assert inputs(view) == [Field.EVIDENCE]


def test_the_lead_goes_only_to_those_who_are_offered(house: House) -> None:
    """Hand over offers the successors by name and brings back the id; without any it can't be submitted."""
    s = house.picture()
    offered = [person for person in s.people if person.id in ("so", "va")]
    assert submitted(dialogs.hand_over(s, offered, "D1"), person="va") == {Field.PERSON: "va"}
    assert "submit" not in dialogs.hand_over(s, [], "D1")


def test_picking_offers_what_there_is_and_keeps_what_is_set(house: House) -> None:
    """Each choice is a menu with what is set beforehand; its key comes back with the picked value."""
    s = house.picture()
    points = [Option("p1", Untrusted("14 Nov 22:40 UTC")), Option("p2", Untrusted("13 Nov 22:40 UTC"))]
    offered = {Field.BACKUP: [Option("b1", Untrusted("full, 14 Nov"))], point_of("xms01"): points, Field.SAVE: []}
    view = dialogs.pick(s, offered, {Field.BACKUP: "b1", point_of("xms01"): "p2"}, "D1")
    assert submitted(view) == {Field.BACKUP: "b1", "point@xms01": "p2"}
    assert "Restore point of xms01" in list(texts(view))
    assert "whoever changes a value can't approve what uses it" in said(view)


def test_what_nobody_has_picked_can_be_left_empty(house: House) -> None:
    """One value can be picked alone: a menu in which nothing is set need not be filled in, and makes no influencer."""
    offered = {Field.SAVE: [Option("yes", Untrusted("save"))], Field.BACKUP: [Option("b1", Untrusted("full"))]}
    view = dialogs.pick(house.picture(), offered, {Field.BACKUP: "b1"}, "D1")
    optional = {block["block_id"]: block.get("optional", False) for block in view["blocks"] if block["type"] == "input"}
    assert optional == {Field.SAVE: True, Field.BACKUP: False}


@pytest.mark.parametrize("practice", [True, False])
def test_the_start_dialog_asks_for_a_reason_only(*, practice: bool) -> None:
    """Everything else is set beforehand, and the first line says whether it is a drill or real."""
    view = start(offer(practice=practice), "D1")
    filled = submitted(view, reason="Port 80 flaps.")
    assert filled[Field.REASON] == "Port 80 flaps."
    assert filled[Field.ESTATE] == "xms"
    assert filled[Field.ORDER] == "prepare-first"
    assert filled[Field.OPENING] == "enough-nodes"
    assert filled[Field.FIRST] == "xms01"
    assert filled[Field.DEVICES] == "9876"
    assert filled[Field.UPGRADED_AT] == "1893484800"
    assert Field.DROP_DEAD not in filled
    assert refused(view) == {Field.REASON: "Please complete this required field."}
    assert said(view).startswith("This estate is for practice" if practice else "*This is the real estate.*")


def test_another_estate_redraws_the_start_dialog_at_once() -> None:
    """The estate is told to the bot as soon as it is picked, because everything else depends on it."""
    view = start(offer(practice=False), "D1")
    menu = next(block for block in view["blocks"] if block.get("block_id") == Field.ESTATE)
    assert menu["dispatch_action"] is True
    assert menu["element"]["action_id"] == ActionId.PICK_ESTATE


def offer(*, practice: bool) -> StartOffer:
    """An offer of two estates."""
    return StartOffer(
        estates=(Option("xms", Untrusted("xms")), Option("other", Untrusted("other"))),
        estate="xms",
        practice=practice,
        runbooks=(Option("xenmobile", Untrusted("XenMobile Server 10.7 back to 10.6")),),
        runbook="xenmobile",
        nodes=("xms01", "xms02"),
        opening="enough-nodes",
        restart="ask",
        from_version="10.7",
        to_version="10.6",
        devices=9876,
        upgraded_at=datetime(2030, 1, 1, 8, 0, tzinfo=UTC),
        stakeholders="C0STAKE",
    )


def test_a_title_is_cut_to_what_slack_takes(house: House) -> None:
    """A long number makes the title shorter, never the dialog refused."""
    s: Situation = replace(house.picture(), label="RB-1234567890", drill=True)
    for view in (dialogs.not_happened(s, 1, "D1"), dialogs.hand_over(s, s.people, "D1")):
        slack_takes_view(view)
        assert view["title"]["text"].startswith("DRILL RB-1234567890")
