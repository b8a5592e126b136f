"""The autopilot reads the bot's own cards: what it finds on them is what the bot means by them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commands.blocks.gate_card import gate_card
from commands.blocks.message import Buttons, Rendered
from commands.blocks.stage_card import stage_card
from helpers_situation import House, change, estate, play_until, playing
from practice.people import judging
from practice.people.cards import Card, places
from practice.people.cast import Cast
from practice.people.judging import Kind
from practice.workspace.people import ADMIN, COMMANDER, OWNER, Person
from rollback.actions.action import Preview, Unknown
from storage.words import Mode, StageState

BUTTONS = Buttons("inst", "n0nce", "ABCDEF")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that is closed at the end."""
    with playing(tmp_path) as made:
        yield made


def seen(message: Rendered, ts: str = "1.000001") -> Card:
    """The message as the practice workspace shows it."""
    return Card.of({"ts": ts, "channel": "C1", "text": message.text, "blocks": list(message.blocks), "versions": 1})


def stage(house: House, name: str) -> Card:
    """The card of a stage."""
    picture = house.picture()
    return seen(stage_card(picture, picture.stage_named(name).id, BUTTONS))


def gate(house: House, name: str) -> Card:
    """The card of an open round."""
    row = house.gate(name)
    assert row is not None
    assert row.id is not None
    return seen(gate_card(house.picture(), row.id, BUTTONS))


def cast_of(*roles: str) -> Cast:
    """People called as the house calls its own, one a role."""
    return Cast([Person(f"U{role}", role.lower(), f"Person {role.lower()}", role) for role in roles])


def test_a_stage_card_tells_stage_state_and_open_checks(house: House) -> None:
    """Stage, state, number and each open check with its roles are read off the card."""
    house.begin()
    house.settle()
    card = stage(house, "collect-evidence")
    open_now = house.picture().stage_named("collect-evidence").open_checks
    assert (card.stage, card.gate, card.number, card.state) == ("collect-evidence", "", "RB-1", "being verified")
    assert [(c.name, c.who) for c in card.open_checks] == [(c.name, tuple(r.value for r in c.who)) for c in open_now]
    assert card.button("Answer") is not None


def test_a_gate_card_tells_who_is_waited_for(house: House) -> None:
    """The places that are still empty, and whose vote there would count, are read off the card."""
    house.begin()
    house.settle()
    card = gate(house, "close")
    assert (card.gate, card.stage) == ("close", "")
    assert card.missing == (("IC", "XA"),)
    found = list(judging.tasks([card], cast_of("XA", "IC")))
    assert [(task.kind, task.who[0].role) for task in found] == [(Kind.VOTE, "IC")]


def test_nobody_votes_before_approve_is_on_the_card(house: House) -> None:
    """A card that can only be read yet asks nobody for a vote."""
    house.script.open.add("shut-down-nodes:off")
    house.begin()
    play_until(house, "shut-down-nodes", StageState.VERIFYING)
    card = gate(house, "go-back")
    assert card.button("Approve") is None
    assert list(judging.tasks([card], Cast())) == []


def test_who_has_voted_is_not_asked_again(house: House) -> None:
    """After one of two votes only the other place is looked for, and the voter is barred."""
    house.begin()
    play_until(house, "snapshot-nodes", StageState.SUCCEEDED)
    play_until(house, "back-up-database", StageState.SUCCEEDED)
    house.settle()
    house.vote("go-back", "so")
    card = gate(house, "go-back")
    assert "Person so" in card.barred
    assert card.missing == (("DBA",),)
    found = list(judging.tasks([card], cast_of("SO", "DBA")))
    assert [task.who[0].role for task in found] == ["DBA"]


def test_an_influencer_is_not_asked() -> None:
    """Whoever chose a value that the card uses isn't asked for an approve."""
    lines = (
        "*DRILL · RB-1 · gate save* · x · waiting for (XA or VA) (0 of 1)",
        f"*Doesn't count as approver:* {ADMIN.name} (picked save); a deny does.",
    )
    card = Card("C1", "1.1", lines, ())
    assert card.barred == {ADMIN.name}
    (asked,) = Cast().voters(card.missing, card.barred)
    assert (asked.role, asked is ADMIN) == ("XA", False)


def test_changes_that_wait_for_hands_are_found_with_their_words(house: House) -> None:
    """What people are to make now stands on the card with its number and its exact words."""
    text = "xms01 off: its guest is asked to shut down"
    house.script.previews["shut-down-nodes"] = Preview((change(text),))
    house.begin(estate(vsphere=Mode.WATCH))
    play_until(house, "shut-down-nodes", StageState.RUNNING)
    house.settle()
    card = stage(house, "shut-down-nodes")
    assert card.attesters == ("VA",)
    assert [c.text for c in card.changes if c.number in card.by_hand_now] == [text]
    assert [task.kind for task in judging.tasks([card], Cast())] == [Kind.ATTEST]


def test_an_unknown_outcome_is_to_be_reconciled(house: House) -> None:
    """A change of unknown outcome shows as such, and asks for somebody who looks."""
    house.script.outcomes["xms01"] = Unknown("the connection was lost")
    house.begin()
    play_until(house, "shut-down-nodes", StageState.NEEDS_RECONCILE)
    card = stage(house, "shut-down-nodes")
    assert card.state == judging.UNKNOWN
    assert any(c.state.endswith(judging.UNKNOWN) for c in card.changes)
    assert [task.kind for task in judging.tasks([card], Cast())] == [Kind.RECONCILE]


def test_a_stage_that_is_over_asks_for_nothing(house: House) -> None:
    """The one line of a finished stage tells its state and has nothing to press."""
    house.begin()
    play_until(house, "prepare", StageState.SUCCEEDED)
    card = stage(house, "prepare")
    assert card.state == "succeeded"
    assert list(judging.tasks([card], Cast())) == []


def test_a_task_stays_the_same_however_often_its_card_is_drawn() -> None:
    """A vote is keyed by card and person, so that a redraw doesn't make it another one."""
    message: dict[str, Any] = {
        "ts": "1.1",
        "versions": 1,
        "blocks": [
            {"type": "section", "text": {"text": "*DRILL · RB-1 · gate live* · x · waiting for SO (0 of 1)"}},
            {"type": "actions", "elements": [{"type": "button", "action_id": "a", "text": {"text": "Approve"}}]},
        ],
    }
    first, again = Card.of(message), Card.of({**message, "versions": 5})
    (one,), (two,) = judging.tasks([first], Cast()), judging.tasks([again], Cast())
    assert one.key == two.key
    assert one.who == (OWNER,)
    assert one.key != replace(one, card=replace(first, ts="1.2")).key


def test_places_are_read_with_and_without_brackets() -> None:
    """Each place is a set of roles; brackets stand around a choice among several places."""
    assert places("SO and (CL or SEC)") == (("SO",), ("CL", "SEC"))
    assert places("IC or XA") == (("IC", "XA"),)
    assert places("") == ()


def test_every_role_of_the_practice_team_can_be_cast() -> None:
    """There is somebody for each role, and asking for nobody's role says so."""
    assert Cast().first("IC") is COMMANDER
    assert {person.role for person in Cast().staff} == {"IC", "XA", "VA", "DBA", "SO", "CL", "SEC"}
    with pytest.raises(LookupError, match="nobody"):
        Cast().first("XX")
