"""Hostile names in every place at once: nothing in any message acts, and Slack takes each of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from commands.blocks import dialogs
from commands.blocks.actions import Field
from commands.blocks.board import board
from commands.blocks.forms import Option
from commands.blocks.gate_card import gate_card
from commands.blocks.headline import headline
from commands.blocks.message import Buttons, Rendered
from commands.blocks.reading import pages, read_all
from commands.blocks.sayings import SAYINGS, saying
from commands.blocks.stage_card import stage_card
from helpers_blocks import HOSTILE, nothing_acts, slack_takes, slack_takes_view, with_every_name
from helpers_situation import Script, change, play_until, playing
from rollback.actions.action import Fact, Finding, Preview, Unknown
from rollback.operations import lead, stages
from rollback.situation import InvariantView, Situation
from rollback.untrusted import Untrusted, plain
from storage.words import Severity, StageState

BUTTONS = Buttons("inst", "n0nce", "QX7PLM")


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Situation:
    """A picture with something in every place: unknown outcome, open rounds of each purpose, hold, samples, debts."""
    preview = Preview(
        changes=(change("one", "xms01", how="by hand so"), change("two", "disk", destructive=True)),
        facts=(Fact("name", "value"), Fact("cannot be known", "this")),
        findings=tuple(
            Finding("x", severity, "found", at_start=at_start) for severity in Severity for at_start in (False, True)
            if severity is not Severity.HARD or at_start
        ),
        thens={1: "then"},
        identity={"vsphere": "uuid"},
        uses=("backup",),
        lost=("lost",),
        dies="dies",
    )  # fmt: skip
    script = Script(
        previews={"snapshot-nodes": replace(preview, findings=()), "restore-database": preview},
        outcomes={"disk": Unknown("not known")},
    )
    with playing(tmp_path_factory.mktemp("busy"), script) as house:
        house.begin(facts={"change_number": "C1", "drop_dead": "2030-01-07T15:00:00+00:00"})
        house.settle()
        house.pick("va", backup="b1")
        play_until(house, "snapshot-nodes", StageState.NEEDS_RECONCILE)
        house.operate(stages.it_happened, "snapshot-nodes", "va", "seen")
        house.do(lambda unit, book: lead.abort(unit, book, house.presser("ic"), "enough"))
        house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("dba"), "wait"))
        house.sample("port-80", "xms01", good=False, value="refused")
        picture = house.picture()
    broken = InvariantView("INV-1", good=False, read_at=picture.now, missed=0, text=Untrusted("open"))
    return replace(picture, invariants=(broken,), dead_letters=2)


def messages(s: Situation, text: str) -> Iterator[Rendered]:
    """Every message that can be drawn of a picture."""
    yield board(s, BUTTONS)
    yield headline(s)
    yield from (gate_card(s, gate.id, BUTTONS) for gate in s.gates)
    yield from (stage_card(s, stage.id, BUTTONS) for stage in s.stages)
    facts = {"by": text, "to": text, "why": text, "stage": "snapshot-nodes", "flags": [text, text], "step": 3}
    facts |= {"notice": "re-enrol", "version": 2, "mark": text, "what": text}
    facts |= {"which": text, "sha256": text, "count": 9}
    facts |= {"files": [{"place": text, "sha256": text, "count": 9}]}
    facts |= {"name": "INV-2", "added": [text], "changed": [], "removed": [text], "back": 5, "of": 9}
    wrong = {"what": "must", "before": "208", "after": "211"}
    facts |= {"wrong": [wrong], "text": text, "correction": True, "by_hand": False}
    line = plain(Untrusted(text))
    entry = {"seq": 1, "at": s.now.isoformat(), "event": "note:added", "text": line, "person": line, "link": ""}
    facts |= {"entries": [entry]}
    yield from (saying(kind, s, facts | {"gate": s.gates[-1].id}) for kind in SAYINGS)


def views(s: Situation) -> Iterator[dict[str, Any]]:
    """Every dialog of a rollback that is under way."""
    for gate in s.gates:
        yield dialogs.approve(s, gate.id, "D1")
        yield dialogs.deny(s, gate.id, "D1")
        yield from (read_all(s, gate.id, page, "D1") for page in range(1, min(pages(s, gate.id), 4) + 1))
    for stage in s.stages:
        for draw in (dialogs.attest, dialogs.skip, dialogs.happened, dialogs.not_happened):
            yield draw(s, stage.id, "D1")
        yield dialogs.answer(s, stage.id, "D1")
        yield from (dialogs.answer(s, stage.id, "D1", check.name) for check in stage.open_checks)
    yield dialogs.hold(s, "D1")
    yield dialogs.abort(s, "D1")
    yield dialogs.hand_over(s, s.people, "D1")
    options = [Option(str(n), s.reason) for n in range(120)]
    yield dialogs.pick(s, {Field.BACKUP: options, "point@xms01": options}, {Field.BACKUP: "3"}, "D1")


def test_the_busy_picture_has_something_in_every_place(busy: Situation) -> None:
    """The picture that the other tests spoil shows each kind of thing at least once."""
    assert busy.hold is not None
    assert {gate.purpose.value for gate in busy.gates if gate.open} == {"change", "happened", "abort"}
    assert busy.stage_named("snapshot-nodes").state is StageState.NEEDS_RECONCILE
    assert busy.debts
    assert busy.waiting
    assert busy.numbers
    assert busy.clocks.drop_dead is not None


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_name_acts_in_any_message(busy: Situation, text: str) -> None:
    """With a hostile string as every name and reason, no message has markup, a mention or a line of it."""
    spoilt = with_every_name(busy, text)
    for message in messages(spoilt, text):
        slack_takes(message)
        nothing_acts(message.blocks)
        nothing_acts({"text": message.text})
        assert message.text.startswith("REAL · RB-1")
    for view in views(spoilt):
        slack_takes_view(view)
        nothing_acts(view)


def test_every_message_of_a_harmless_picture_keeps_slacks_limits(busy: Situation) -> None:
    """What an ordinary rollback shows is taken by Slack, message and dialog."""
    for message in messages(busy, "a reason"):
        slack_takes(message)
    for view in views(busy):
        slack_takes_view(view)
