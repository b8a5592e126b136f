"""The card of a round of asking: everything on it, or no *Approve*."""

import html
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.blocks.actions import ActionId
from commands.blocks.gate_card import gate_card
from commands.blocks.message import Buttons, Rendered, prose
from commands.blocks.reading import pages, read_all
from helpers_blocks import actions_of, buttons_of, read, slack_takes, slack_takes_view, texts
from helpers_situation import House, Script, change, play_until, playing
from rollback.actions.action import Change, Fact, Finding, Preview
from rollback.operations import lead, stages
from rollback.situation import GateView, Situation
from rollback.situation.previews import preview_view
from rollback.untrusted import Untrusted, plain
from rollback.worker.previews import as_json
from storage.models import PreviewRow
from storage.words import By, Choice, Severity, StageState, SystemName

BUTTONS = Buttons("inst", "n0nce", "QX7PLM")
RESTORE = r"RESTORE DATABASE [XMS] FROM DISK = N'E:\Backup\XMS_full.bak' WITH FILE = 4, REPLACE, RECOVERY, STATS = 5"


def worked_preview() -> Preview:
    """What the card of `go-back` in the runbook's text holds of `restore-database`."""
    return Preview(
        changes=(
            change("XMS to SINGLE_USER WITH ROLLBACK IMMEDIATE", "XMS", 1, system=SystemName.SQLSERVER),
            change(RESTORE, "XMS", 2, system=SystemName.SQLSERVER, destructive=True),
            change("XMS to MULTI_USER", "XMS", 3, system=SystemName.SQLSERVER),
        ),
        facts=(Fact("backup", "set 7c1e of 14 Nov 22:14 UTC"), Fact("cannot be known", "whether a snapshot survives")),
        findings=(
            Finding("node-on", Severity.HARD, "A node is on.", at_start=True, holds=False),
            Finding("no-way-back", Severity.OVERRIDE, "xms03 has no 10.7 restore point."),
            Finding("shared", Severity.WARN, "2 other databases live on SQL01."),
        ),
        thens={1: "nobody but us is in XMS"},
        identity={"sqlserver": "SQL01 3f6a"},
        uses=("backup",),
        lost=("208 devices must enrol again, 5 check first.",),
        dies="RESTORE aborts with its connection and leaves XMS in RESTORING.",
    )


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Situation]:
    """A picture in which `go-back` asks and can be approved; the VA has picked the backup."""
    script = Script(previews={"restore-database": worked_preview()})
    with playing(tmp_path_factory.mktemp("asked"), script) as house:
        house.begin()
        house.settle()
        house.pick("va", backup="b1")
        play_until(house, "snapshot-nodes", StageState.SUCCEEDED)
        house.later(minutes=4)
        yield house.picture()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that is closed at the end."""
    with playing(tmp_path) as made:
        yield made


def newest(s: Situation, name: str) -> GateView:
    """The newest round of a gate."""
    return [gate for gate in s.gates if gate.name == name][-1]


def drawn(s: Situation, name: str) -> Rendered:
    """The card of the newest round of a gate; it keeps Slack's limits."""
    card = gate_card(s, newest(s, name).id, BUTTONS)
    slack_takes(card)
    return card


def with_preview(s: Situation, preview: Preview) -> Situation:
    """The picture with another preview of the first stage of `go-back`, as it would be stored."""
    gate = newest(s, "go-back")
    row = PreviewRow(stage_id=1, attempt=1, digest="d" * 64, taken_at=s.now, content=as_json(preview))
    first = replace(gate.stages[0], preview=preview_view(row))
    other = replace(gate, stages=(first, *gate.stages[1:]))
    return replace(s, gates=tuple(other if one is gate else one for one in s.gates))


def test_the_worked_card_tells_everything_that_an_approver_has_to_know(asked: Situation) -> None:
    """Changes, what must hold, overrides, warnings, losses, the way back, who doesn't count: all stand on the card."""
    shown = read(drawn(asked, "go-back"))
    assert shown.startswith("*REAL · RB-1 · gate go-back*")
    for part in (
        "waiting for SO and DBA",
        "(0 of 3)",
        "LINE 1: DESTRUCTIVE FROM HERE",
        "DOOR CLOSED since 10:00, 4 min",
        "way back now: about 15 min",
        "after the first change below: about 1 h 15 min; it costs no device",
        f"`1.2` `{RESTORE}` (*destructive*)",
        "then, before it goes on: nobody but us is in XMS",
        "restore-node@xms01* — Restore xms01 to 10.6, beside restore-database",
        "only after start-first-node, beside restore-node@xms03",
        "On: sqlserver `SQL01 3f6a`",
        "*Must hold when it starts:* none of this may be so then (it is read again right before):\n• 1: A node is on.",
        "*You approve despite* (so the card asks for 3):\n• xms03 has no 10.7 restore point.",
        "*Warnings:*\n• 1: 2 other databases live on SQL01.",
        "208 devices must enrol again, 5 check first.",
        "Safety backup verified 10:00.",
        "whether a snapshot survives",
        "The console of xms01 shows release 10.6; no API tells it.",
        "RESTORE aborts with its connection and leaves XMS in RESTORING.",
        "DBA runs the statements of the card on one connection to master, one at a time.",
        "*Doesn't count as approver:* Person va (picked backup); a deny does.",
        "starts at once after the last vote",
        f"digest {newest(asked, 'go-back').digest[:6]}…",
        "`/rollback approve QX7PLM RB-1`, `/rollback deny QX7PLM REASON`",
    ):
        assert part in shown
    assert actions_of(drawn(asked, "go-back")) == [ActionId.APPROVE, ActionId.DENY, ActionId.HOLD]


def test_buttons_of_a_card_carry_installation_and_nonce_only(asked: Situation) -> None:
    """No button says which gate, stage or digest it is about, nor the code of the text twin."""
    assert {button["value"] for button in buttons_of(drawn(asked, "go-back").blocks)} == {"inst:n0nce"}


def test_nothing_overridden_is_said_as_such(asked: Situation) -> None:
    """A card without overridden blockers says that nothing is approved despite anything."""
    gate = newest(asked, "go-back")
    plain_round = replace(gate, overrides=(), needed=2)
    s = replace(asked, gates=tuple(plain_round if one is gate else one for one in asked.gates))
    assert "*You approve despite:* nothing." in read(drawn(s, "go-back"))


SENTENCES = st.text(min_size=1, max_size=400)


def changes(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Change]:
    """Any change, with a text of that kind."""
    return st.builds(
        Change,
        kind=st.just("scripted"),
        group=st.integers(1, 5),
        system=st.sampled_from(SystemName),
        target=st.text(max_size=20),
        text=texts,
        destructive=st.booleans(),
        by=st.sampled_from(By),
        already=st.booleans(),
        how=st.text(max_size=40),
    )


MANY = st.integers(0, 40).flatmap(lambda n: st.lists(changes(st.text(max_size=12)), min_size=n, max_size=n))
LONG = st.lists(changes(st.one_of(SENTENCES, st.text(min_size=2_500, max_size=4_000))), max_size=6)
CHANGES = st.one_of(MANY, LONG)
PREVIEWS = st.builds(
    Preview,
    changes=CHANGES.map(tuple),
    facts=st.lists(st.builds(Fact, name=SENTENCES, value=SENTENCES), max_size=4).map(tuple),
    findings=st.lists(
        st.builds(
            Finding, code=st.just("x"), severity=st.sampled_from(Severity), text=SENTENCES, at_start=st.booleans()
        ),
        max_size=8,
    ).map(tuple),
    thens=st.dictionaries(st.integers(1, 5), SENTENCES, max_size=5),
    lost=st.lists(SENTENCES, max_size=3).map(tuple),
    dies=st.text(max_size=200),
)


@settings(max_examples=80, deadline=timedelta(seconds=2))
@given(preview=PREVIEWS)
def test_every_change_stands_on_the_card_or_it_has_no_approve(asked: Situation, preview: Preview) -> None:
    """Each change of any preview occurs in the rendered blocks, or the card has no approve button and no code."""
    s = with_preview(asked, preview)
    card = drawn(s, "go-back")
    shown = read(card)
    if ActionId.APPROVE in actions_of(card):
        for one in preview.changes:
            assert plain(Untrusted(one.text)).replace("`", "ˋ") in shown
        for finding in preview.findings:
            if finding.severity is Severity.WARN:
                assert html.unescape(prose(Untrusted(finding.text))) in shown
        for text in preview.lost:
            assert html.unescape(prose(Untrusted(text))) in shown
    else:
        assert ActionId.READ_ALL in actions_of(card)
        assert BUTTONS.code not in shown


@settings(max_examples=40, deadline=timedelta(seconds=2))
@given(preview=PREVIEWS)
def test_read_to_its_end_every_change_was_shown(asked: Situation, preview: Preview) -> None:
    """The pages of *Read all* together hold each change; *Approve* and the number stand on the last page only."""
    s = with_preview(asked, preview)
    gate = newest(s, "go-back")
    views = [read_all(s, gate.id, page, "D1") for page in range(1, pages(s, gate.id) + 1)]
    for view in views:
        slack_takes_view(view)
        assert view["private_metadata"] == "D1"
    assert [("submit" in view) for view in views] == [False] * (len(views) - 1) + [True]
    assert [any(b.get("block_id") == "number" for b in view["blocks"]) for view in views] == [
        view is views[-1] for view in views
    ]
    sections = [b["text"]["text"] for view in views for b in view["blocks"] if b["type"] == "section"]
    shown = html.unescape("".join(sections)).replace("``", "")
    for one in preview.changes:
        assert plain(Untrusted(one.text)).replace("`", "ˋ").replace("``", "") in shown


def test_a_card_that_is_too_long_says_so_and_counts(asked: Situation) -> None:
    """A card that Slack would refuse shows counts, *Read all* in place of *Approve*, and the way to deny and hold."""
    many = Preview(tuple(change(f"change number {n} " + "x" * 200, group=n) for n in range(90)))
    card = drawn(with_preview(asked, many), "go-back")
    assert actions_of(card) == [ActionId.READ_ALL, ActionId.DENY, ActionId.HOLD]
    assert "Too long for one message: 95 changes in 6 stages." in read(card)
    assert "1 restore-database: 90 changes" in read(card)


def test_a_page_that_does_not_exist_is_the_nearest_one(asked: Situation) -> None:
    """Turning too far shows the last page, and before the first one the first."""
    gate = newest(asked, "go-back")
    last = pages(asked, gate.id)
    assert read_all(asked, gate.id, last + 7, "D1") == read_all(asked, gate.id, last, "D1")
    assert read_all(asked, gate.id, 0, "D1") == read_all(asked, gate.id, 1, "D1")


def test_a_card_that_is_asked_ahead_can_be_read_but_not_approved(house: House) -> None:
    """Before its needs are met a card of `go-back` has no *Approve* and no code, and says when it will."""
    house.begin()
    house.settle()
    house.vote("close", "ic")
    house.settle()
    house.vote("save", "va")
    house.settle()
    card = drawn(house.picture(), "go-back")
    assert actions_of(card) == [ActionId.DENY, ActionId.HOLD]
    assert "*Approve* appears when `back-up-database` and `snapshot-nodes` have ended" in read(card)
    assert BUTTONS.code not in read(card)


def test_an_approved_card_can_be_stopped_until_something_begins(house: House) -> None:
    """After the last vote *Deny* and *Hold* stay on the card; it shrinks to one line when its stages have begun."""
    house.begin()
    house.settle()
    house.vote("close", "ic")
    card = drawn(house.picture(), "close")
    assert actions_of(card) == [ActionId.DENY, ActionId.HOLD]
    assert "disable-vservers: change" in read(card)
    play_until(house, "disable-vservers", StageState.SUCCEEDED)
    done = drawn(house.picture(), "close")
    assert actions_of(done) == []
    assert read(done).splitlines()[0].endswith("*APPROVED* 10:00")
    assert "Person ic approved" in read(done)


def test_a_denied_card_says_who_denied_and_why(house: House) -> None:
    """A deny closes the card with name and reason, and the new round's card points to what is asked now."""
    house.begin()
    house.settle()
    house.vote("close", "xa", Choice.DENY, why="the secondary is addressed")
    card = drawn(house.picture(), "close")
    assert "*DENIED*" in read(card)
    assert "Person xa *DENIED* 10:00: the secondary is addressed" in read(card)
    assert actions_of(card) == []


def test_a_replaced_card_has_no_buttons(house: House) -> None:
    """A round whose changes differ is replaced: its card says so and can't be pressed."""
    house.begin()
    house.settle()
    house.script.previews["disable-vservers"] = Preview((change("another vServer", "lb2"),))
    house.operate(stages.check_again, "disable-vservers", "xa")
    house.settle()
    s = house.picture()
    first, second = (gate for gate in s.gates if gate.name == "close")
    old = gate_card(s, first.id, BUTTONS)
    assert "REPLACED by a newer card" in read(old)
    assert actions_of(old) == []
    assert "round 2" in read(gate_card(s, second.id, BUTTONS))


def test_the_card_of_a_skip_says_what_would_not_be_done(house: House) -> None:
    """Leaving a stage out shows who asked and why, which checks nobody answers, and what goes on."""
    house.begin()
    house.settle()
    house.operate(stages.skip, "collect-evidence", "ic", "the disks are gone anyway")
    card = drawn(house.picture(), "skip:collect-evidence")
    shown = read(card)
    assert "*Why:* Person ic: the disks are gone anyway" in shown
    assert "It is not done, and nothing checks it." in shown
    assert "What waits for it goes on: shut-down-nodes." in shown
    assert "bundle@xms01" in shown
    assert "Person ic (asked for it)" in shown
    assert actions_of(card) == [ActionId.APPROVE, ActionId.DENY, ActionId.HOLD]


def test_the_card_of_an_abort_names_what_stays_off_and_who_owns_it(house: House) -> None:
    """An abort shows everything that stays switched off with its owner, and the way back with its price."""
    house.begin()
    play_until(house, "list-devices", StageState.SUCCEEDED)
    house.do(lambda unit, book: lead.abort(unit, book, house.presser("ic"), "enough"))
    shown = read(drawn(house.picture(), "abort"))
    assert "• The vServers of the door are disabled: no device reaches the service. (owner: XA)" in shown
    assert "Way back: about 15 min" in shown


def test_votes_are_shown_with_what_they_are_worth(house: House) -> None:
    """Each vote stands on the card with its place; one that no longer counts says why."""
    script = house.script
    script.previews["restore-database"] = worked_preview()
    house.begin()
    play_until(house, "snapshot-nodes", StageState.SUCCEEDED)
    house.settle()
    house.vote("go-back", "dba")
    s = house.picture()
    assert "Person dba approved for DBA 10:00" in read(drawn(s, "go-back"))
    assert "waiting for SO and (IC or XA or DBA or VA or SO) (1 of 3)" in read(drawn(s, "go-back"))


@pytest.mark.parametrize("drill", [True, False])
def test_every_card_begins_with_drill_or_real(tmp_path: Path, *, drill: bool) -> None:
    """DRILL or REAL is the first word of the card and of its push text."""
    with playing(tmp_path) as house:
        house.begin(drill=drill)
        house.settle()
        card = drawn(house.picture(), "close")
    word = "DRILL" if drill else "REAL"
    assert card.text.startswith(f"{word} · RB-1")
    assert next(texts(card.blocks)).startswith(f"*{word} · RB-1")
