"""One sentence for each kind of news."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from commands.blocks.sayings import SAYINGS, UnknownSaying, saying
from helpers_blocks import read, slack_takes, texts
from helpers_situation import House, playing
from rollback.operations import gates, lead
from rollback.roles import Account, Person
from storage.words import Role

ROOT = Path(__file__).parents[2]
ROOMS = ("rollback", "bot", "commands", "storage")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house in which a rollback has begun."""
    with playing(tmp_path) as made:
        made.begin()
        made.settle()
        yield made


def said_in_code() -> Iterator[tuple[str, str | None]]:
    """Every `Say(…)` in the code: where, and its kind if it is written out."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Say":
                    kinds = [*node.args[:1], *(one.value for one in node.keywords if one.arg == "kind")]
                    kind = kinds[0].value if kinds and isinstance(kinds[0], ast.Constant) else None
                    yield f"{file.relative_to(ROOT)}:{node.lineno}", kind


def test_every_kind_that_is_said_has_a_sentence() -> None:
    """Whatever the code says to Slack is a kind, written out, for which there is a sentence."""
    said = list(said_in_code())
    assert len(said) > 10
    assert [(place, kind) for place, kind in said if kind not in SAYINGS] == []


def test_no_sentence_is_left_without_a_kind_that_is_said() -> None:
    """Each sentence belongs to a kind that the code says."""
    assert set(SAYINGS) - {kind for _, kind in said_in_code()} == set()


def test_an_unknown_kind_is_an_error(house: House) -> None:
    """A kind without a sentence is never posted as something else."""
    with pytest.raises(UnknownSaying, match="no sentence for 'shrug'"):
        saying("shrug", house.picture(), {})


def test_each_sentence_begins_with_drill_or_real_and_the_number(house: House) -> None:
    """The first words of message and push say whether it is real and which rollback it is."""
    facts = {"by": "ic", "to": "xa", "why": "because", "stage": "prepare", "flags": ["late"], "gate": 1, "step": 1}
    facts |= {"name": "INV-2", "added": ["cl"], "changed": [], "removed": ["nobody"]}
    facts |= {"notice": "re-enrol", "version": 2, "mark": "3f2a91c0", "what": "Lists", "entries": []}
    facts |= {"wrong": [{"what": "must", "before": "208", "after": "211"}], "text": "words", "correction": True}
    facts |= {"by_hand": False, "back": 5, "of": 9}
    facts |= {"which": "before", "sha256": "ab" * 32, "count": 9}
    facts |= {"files": [{"place": "/files/RB-1/RB-1-helpdesk.csv", "sha256": "ab" * 32, "count": 9}]}
    picture = house.picture()
    for kind in SAYINGS:
        message = saying(kind, picture, facts)
        slack_takes(message)
        assert message.text.startswith("REAL · RB-1 · ")
        assert next(texts(message.blocks)).startswith("*REAL · RB-1* · ")


def test_a_hold_says_by_whom_why_and_who_resumes(house: House) -> None:
    """A hold names its person and reason and what it means."""
    house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("dba"), "the log is full"))
    shown = read(saying("held", house.picture(), {"by": "dba", "why": "the log is full"}))
    assert "*ON HOLD* by <@UDBA1>: the log is full" in shown
    assert "Nothing new begins; what is running is followed to its end. <@UIC1> resumes it." in shown


def test_an_abort_lists_what_is_still_switched_off(house: House) -> None:
    """The news of an abort names each thing that stays off, with its owner."""
    house.do(lambda unit, book: lead.aborted(unit, book, "ic", "enough"))
    shown = read(saying("aborted", house.picture(), {"by": "ic", "why": "enough"}))
    assert "*Still switched off:*" in shown
    assert "paused by hand" in shown
    assert "(owner: VA)" in shown


def test_a_gate_that_can_be_voted_on_tells_those_who_are_asked(house: House) -> None:
    """Those who can fill a place are told by name; a card that can only be read yet says from when on."""
    shown = read(saying("gate-asked", house.picture(), {"gate": 1}))
    assert "gate `close` asks: Close the door." in shown
    assert "Waiting for (IC or XA): <@UIC1>, <@UXA1>." in shown
    house.vote("close", "ic")
    house.settle()
    house.vote("save", "va")
    house.settle()
    s = house.picture()
    ahead = next(gate for gate in s.gates if gate.name == "go-back")
    shown = read(saying("gate-asked", s, {"gate": ahead.id}))
    assert "*LINE 1: DESTRUCTIVE FROM HERE.*" in shown
    assert "Votes can be given when `back-up-database` and `snapshot-nodes` have ended." in shown


@pytest.mark.parametrize(
    ("minutes", "step", "told"),
    [
        (3, 1, ["UIC1", "UXA1"]),
        (8, 2, ["UIC1", "UXA1", "UDEPUTY1"]),
        (15, 3, ["UIC1", "UXA1", "UDEPUTY1", "USO1"]),
    ],
)
def test_reminders_widen_to_deputies_and_then_to_the_service_owner(
    tmp_path: Path, minutes: int, step: int, told: list[str]
) -> None:
    """First those asked are reminded, then their deputies and the commander, then the service owner as well."""
    with playing(tmp_path) as house:
        house.people["deputy"] = Person(
            id="deputy",
            name="Person deputy",
            accounts=(Account(team="T1", user="UDEPUTY1"),),
            deputy_for=(Role.XENMOBILE_ADMIN,),
        )
        house.begin()
        house.settle()
        house.later(minutes=minutes)
        house.database.run(gates.remind_due)
        s = house.picture()
        assert s.gates[0].reminded == step
        shown = read(saying("gate-reminder", s, {"gate": s.gates[0].id, "step": step}))
    assert shown.endswith("still waits for (IC or XA): " + ", ".join(f"<@{user}>" for user in told))


def test_a_failure_says_the_way_back_and_whom_it_concerns(house: House) -> None:
    """A failed stage names its reason, what a way back would cost, and tells its people and the commander."""
    facts = {"stage": "disable-vservers", "why": "lb1 is UP"}
    shown = read(saying("failed", house.picture(), facts))
    assert "`disable-vservers` *FAILED*: lb1 is UP" in shown
    assert "Way back: nothing has been changed yet" in shown
    assert shown.endswith("<@UIC1>, <@UXA1>")
