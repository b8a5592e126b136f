"""The card of a stage: how far it is, what stands open, and the buttons that make sense."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.blocks.actions import ActionId
from commands.blocks.message import Buttons, Rendered
from commands.blocks.stage_card import stage_card
from helpers_blocks import actions_of, buttons_of, read, slack_takes
from helpers_situation import House, change, estate, play_until, playing
from rollback.actions.action import Failed, Finding, Preview, Unknown
from rollback.operations import stages
from storage.words import Mode, Severity, StageState

BUTTONS = Buttons("inst", "n0nce")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that is closed at the end."""
    with playing(tmp_path) as made:
        yield made


def drawn(house: House, name: str) -> Rendered:
    """The card of a stage, which keeps Slack's limits."""
    s = house.picture()
    message = stage_card(s, s.stage_named(name).id, BUTTONS)
    slack_takes(message)
    assert {button["value"] for button in buttons_of(message.blocks)} <= {"inst:n0nce"}
    return message


def test_open_checks_say_whose_they_are_and_how_to_answer(house: House) -> None:
    """Each check that waits for people names its roles, its evidence and the words that answer it."""
    house.begin()
    house.settle()
    card = drawn(house, "collect-evidence")
    shown = read(card)
    assert "*REAL · RB-1 · 3 collect-evidence* — Collect the evidence of the fault" in shown
    assert "• *error-log* for DBA: An excerpt of SQL Server's error log is kept." in shown
    assert "`/rollback attest collect-evidence:bundle@xms02 file=…; size=…; sha256=…; place=…; case=…`" in shown
    assert "✓ passed 10:00 *stored*" in shown
    assert actions_of(card) == [ActionId.ANSWER, ActionId.SKIP]
    assert ActionId.PICK in actions_of(drawn(house, "prepare"))


def test_a_check_for_two_people_counts_who_has_answered(house: House) -> None:
    """A check that two people must answer shows the first one's name and waits for the second."""
    house.begin()
    play_until(house, "start-first-node", StageState.VERIFYING)
    house.answer("start-first-node", "release", "xa")
    shown = read(drawn(house, "start-first-node"))
    assert "• *release* for XA or VA or DBA or IC, 1 of 2 people so far: Person xa" in shown


def test_changes_by_hand_say_what_to_do_and_who_attests(house: House) -> None:
    """With a system that people act on, the card asks for hands, evidence and the one who attests."""
    house.begin(estate(vsphere=Mode.WATCH))
    play_until(house, "shut-down-nodes", StageState.RUNNING)
    card = drawn(house, "shut-down-nodes")
    shown = read(card)
    assert "• *by hand now:* 1.1, 1.2, 1.3 below, then press *Attest…* (VA)" in shown
    assert "`1.2` `shut-down-nodes: change xms02` — ○ planned, by hand" in shown
    assert "*By hand instead:* VA shuts each guest down in vCenter" in shown
    assert actions_of(card) == [ActionId.ATTEST]


def test_an_unknown_outcome_offers_to_look_and_to_say_what_happened(house: House) -> None:
    """What can't be known is said with the next step, and only reconciling is offered."""
    house.script.outcomes["xms02"] = Unknown("vCenter lost the task; look at the power state of xms02.")
    house.begin()
    play_until(house, "shut-down-nodes", StageState.NEEDS_RECONCILE)
    card = drawn(house, "shut-down-nodes")
    assert "*OUTCOME UNKNOWN*" in read(card)
    assert "— ? OUTCOME UNKNOWN: vCenter lost the task; look at the power state of xms02." in read(card)
    assert actions_of(card) == [ActionId.LOOK_AGAIN, ActionId.HAPPENED, ActionId.NOT_HAPPENED]
    assert card.text.startswith("REAL · RB-1 · shut-down-nodes OUTCOME UNKNOWN")


def test_a_failed_stage_offers_to_try_again_or_to_attest(house: House) -> None:
    """A failure says which change failed and which never began."""
    house.script.previews["disable-vservers"] = Preview((change("lb1 disabled", "lb1"), change("save", "ns", 2)))
    house.script.outcomes["lb1"] = Failed("the NetScaler said no")
    house.begin()
    play_until(house, "disable-vservers", StageState.FAILED)
    card = drawn(house, "disable-vservers")
    assert "`1.1` `lb1 disabled` — ✗ FAILED: the NetScaler said no" in read(card)
    assert "`2.1` `save` — – not begun: another change of the stage failed" in read(card)
    assert actions_of(card) == [ActionId.ATTEST, ActionId.RETRY, ActionId.SKIP]


def test_an_unskippable_stage_offers_no_skip(house: House) -> None:
    """What the runbook forbids to leave out has no *Skip*."""
    house.script.outcomes["xms02"] = Failed("no")
    house.begin()
    play_until(house, "shut-down-nodes", StageState.FAILED)
    assert ActionId.SKIP not in actions_of(drawn(house, "shut-down-nodes"))


def test_a_blocked_stage_says_what_is_in_the_way(house: House) -> None:
    """Blockers stand on the card with what is proposed, and it can be checked again."""
    blocked = Finding("not-primary", Severity.HARD, "The NetScaler is the secondary.")
    house.script.previews["disable-vservers"] = Preview((change("lb1 disabled", "lb1"),), findings=(blocked,))
    house.begin()
    house.settle()
    card = drawn(house, "disable-vservers")
    assert "*BLOCKED*" in read(card)
    assert "• in the way: The NetScaler is the secondary." in read(card)
    assert "`1.1` `lb1 disabled` — proposed" in read(card)
    assert actions_of(card) == [ActionId.CHECK_AGAIN, ActionId.BY_HAND, ActionId.SKIP]


def test_another_method_is_offered_back(house: House) -> None:
    """A stage that people chose to do by hand says so and offers the bot again."""
    house.begin()
    house.settle()
    house.operate(stages.by_hand, "disable-vservers", "xa", on=True)
    house.settle()
    card = drawn(house, "disable-vservers")
    assert "People make its changes, as was chosen." in read(card)
    assert "— proposed, by hand" in read(card)
    assert ActionId.BY_BOT in actions_of(card)


def test_a_stage_that_is_over_is_one_line_with_its_flags(house: House) -> None:
    """Done, a card is one line without buttons; what was not seen to stands on it."""
    house.begin()
    play_until(house, "back-up-database", StageState.SUCCEEDED)
    card = drawn(house, "back-up-database")
    assert len(card.blocks) == 1
    assert actions_of(card) == []
    assert read(card) == (
        "*REAL · RB-1* · ✓ 6 back-up-database: succeeded 10:00, 0 s, flagged — flagged: second-copy: missing"
    )


def test_progress_of_a_running_change_is_shown(house: House) -> None:
    """Per cent and words of a change that is under way stand on its card."""
    seen: list[str] = []
    house.script.progress["disable-vservers"] = (55, "of 80 GB")
    house.script.meanwhile = lambda: seen.append(read(drawn(house, "disable-vservers")))
    house.begin()
    play_until(house, "disable-vservers", StageState.SUCCEEDED)
    assert "▶ under way 55 % of 80 GB" in seen[0]


def test_a_very_long_card_is_shortened_and_says_so(house: House) -> None:
    """With hundreds of changes a stage card counts what it leaves out; its buttons stay."""
    house.script.previews["disable-vservers"] = Preview(
        tuple(change(f"lb{n} " + "x" * 300, f"lb{n}") for n in range(200))
    )
    house.begin()
    house.settle()
    card = drawn(house, "disable-vservers")
    assert "and 188 more changes" in read(card)
    assert ActionId.CHECK_AGAIN in actions_of(card)
