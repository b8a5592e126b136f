"""The lead goes to the next commander when that one says so, and takes nothing else along."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.drawing import Drawing
from commands.blocks.board import board
from commands.blocks.handover_card import handover_card
from commands.blocks.message import Buttons
from helpers_blocks import HOSTILE, actions_of, nothing_acts, read, slack_takes, with_every_name
from helpers_situation import House, play_until, playing
from rollback.book import Book
from rollback.operations import handover, lead
from rollback.operations.refusal import Refusal
from rollback.report.gathering.record import read_record
from rollback.situation import WaitKind
from rollback.situation.handover import handover_view
from storage.models import Outgoing
from storage.words import Event, Role, StageState, SubjectKind

BUTTONS = Buttons("inst", "nonce")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A rollback that has begun, with a deputy of the commander."""
    with playing(tmp_path) as made:
        deputy = made.people["va"].model_copy(update={"deputy_for": (Role.INCIDENT_COMMANDER,)})
        made.people["va"] = deputy
        made.begin()
        made.settle()
        yield made


def press(house: House, what: Callable[..., str], who: str, *given: object) -> str:
    """One press; the sentence that answers it, refused or not."""
    try:
        return house.do(lambda unit, book: what(unit, book, house.presser(who), *given))
    except Refusal as no:
        return no.sentence


def card(house: House, offer_id: int = 1) -> str:
    """What stands on the card now."""
    with house.database.read() as session:
        seen = house.picture()
        shown = handover_card(seen, handover_view(session, seen, offer_id), BUTTONS)
    slack_takes(shown)
    return read(shown)


def noted(house: House, event: Event) -> list[str]:
    """Who is in the audit for an event."""
    with house.database.read() as session:
        return [entry.actor for entry in read_record(session, 1, ended=False).entries if entry.event is event]


def test_an_offer_changes_nothing_until_the_next_one_says_so(house: House) -> None:
    """The lead stays while the card waits; *I have the lead* moves it; both are in the audit."""
    assert "offered" in press(house, handover.offer, "ic", "va")
    assert house.picture().lead.id == "ic"
    (waiting,) = [one for one in house.picture().waiting if one.kind is WaitKind.LEAD]
    assert [person.id for person in waiting.people] == ["va"]
    assert "word that they have the lead of `RB-1`" in read(board(house.picture()))
    assert press(house, handover.take, "va") == "You have the lead of RB-1."
    assert house.picture().lead.id == "va"
    assert not [one for one in house.picture().waiting if one.kind is WaitKind.LEAD]
    assert (noted(house, Event.LEAD_OFFERED), noted(house, Event.LEAD_HANDED_OVER)) == (["ic"], ["va"])


@pytest.mark.parametrize("who", ["ic", "so", "xa"])
def test_nobody_else_can_take_it(house: House, who: str) -> None:
    """Neither the one who offers nor anybody else takes the lead in the place of the one who was named."""
    press(house, handover.offer, "ic", "va")
    assert "nothing was changed" in press(house, handover.take, who).lower()
    assert house.picture().lead.id == "ic"
    assert noted(house, Event.LEAD_HANDED_OVER) == []


def test_an_offer_is_over_when_it_is_declined_superseded_or_taken(house: House) -> None:
    """A card that is over moves no lead, whoever presses it."""
    press(house, handover.offer, "ic", "va")
    assert "stays where it is" in press(house, handover.keep, "va", 1)
    assert "over" in press(house, handover.take, "va", 1)
    press(house, handover.offer, "ic", "va")
    press(house, handover.offer, "ic", "va")
    assert "over" in press(house, handover.take, "va", 2)
    press(house, handover.take, "va", 3)
    assert "over" in press(house, handover.take, "va", 3)
    assert "has the lead already" in press(house, handover.offer, "ic", "va")
    assert house.picture().lead.id == "va"


def test_only_a_commander_offers_and_only_a_commander_is_offered_it(house: House) -> None:
    """Roles are asked at the press, and again of whoever takes it."""
    assert "roles" in press(house, handover.offer, "dba", "va")
    assert "incident commander" in press(house, handover.offer, "ic", "dba")
    assert "over" in press(house, handover.take, "ic")


def test_a_hand_over_takes_no_name_off_what_somebody_chose(house: House) -> None:
    """Whoever picked a value still can't approve what uses it, with the lead or without it."""
    assert "Picked" in house.pick("ic", restart="restart")
    press(house, handover.offer, "ic", "va")
    press(house, handover.take, "va")
    with house.database.read() as session:
        book = Book.open(session, 1)
        assert book.influencers["restart"] == "ic"
        assert book.row.started_by == "ic"


def test_the_card_says_what_the_next_commander_must_know(house: House) -> None:
    """State, the last step without return, the way back, what is proven, tried, running, off, and the updates."""
    play_until(house, "disable-vservers", StageState.SUCCEEDED)
    house.settle()
    house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("dba"), "the log is full"))
    house.clock.advance(timedelta(minutes=3))
    press(house, handover.offer, "ic", "va")
    text = card(house)
    for part in (
        "State: on hold; step",
        "Last step that cannot be undone: none yet; the first will be restore-database",
        "Way back from here: about",
        "Facts that are proven:",
        "Close the door",
        "Tried and dropped:\n• nothing",
        "Running now, and who is waited for:",
        "The vServers of the door are disabled: no device reaches the service. (XA)",
        "on hold since 10:00, 3 min: the log is full",
        "Last update sent: none yet",
        "There within the last hour: Person ic",
        "I have the lead",
    ):
        assert part in text.replace("*", "").replace("`", ""), part
    press(house, handover.take, "va")
    assert "has the lead since" in card(house)
    assert "Way back" not in card(house)


def test_the_card_is_drawn_where_the_outbox_asks_for_it(house: House) -> None:
    """The offer's redraw becomes the card in the rollback's channel, with its two buttons."""
    press(house, handover.offer, "ic", "va")
    row = Outgoing(rollback_id=1, kind="redraw", subject=SubjectKind.HANDOVER, subject_id=1, nonce="n", state="waiting",
                   created_at=house.clock.now())  # fmt: skip
    with house.database.read() as session:
        place = Drawing().subject(session, row, BUTTONS, house.clock.now())
    assert place is not None
    assert place.channel == "C1"
    assert actions_of(place.message) == ["rb:have-lead", "rb:keep-lead"]


def test_hostile_names_act_as_no_markup_on_the_card(house: House) -> None:
    """With each hostile text as every name and reason the card is one that Slack takes, and nothing in it acts."""
    house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("dba"), "wait"))
    press(house, handover.offer, "ic", "va")
    with house.database.read() as session:
        seen = house.picture()
        offer = handover_view(session, seen, 1)
    for text in HOSTILE:
        shown = handover_card(with_every_name(seen, text), with_every_name(offer, text), BUTTONS)
        slack_takes(shown)
        nothing_acts(shown.blocks)
