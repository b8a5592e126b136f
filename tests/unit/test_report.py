"""The report: what happened, who agreed to what they were shown, and no name of a device's user."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from helpers_blocks import HOSTILE
from helpers_situation import KEY, House, Script, change, estate, play_until, playing
from rollback.actions.action import Failed, Finding, Preview
from rollback.book import NoSuchRollback
from rollback.handing_out.office import hand_out_due
from rollback.handing_out.reports import report_step
from rollback.operations import lead, stages
from rollback.report import Report, gather, report
from rollback.report.showing.as_json import as_json, json_schema
from rollback.report.showing.as_markdown import markdown
from rollback.report.showing.markup import code, said
from rollback.report.values import Doing
from rollback.untrusted import Untrusted, plain
from storage.audit import verify
from storage.models import CaptureRow, DeviceRow, Draft, FileRow, Outgoing, Rollback
from storage.words import Choice, DraftState, Event, Mode, Severity, StageState

ROOT = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that is closed at the end."""
    with playing(tmp_path) as made:
        yield made


def told(house: House) -> str:
    """The report now."""
    with house.database.read() as session:
        return markdown(gather(session, 1, house.clock.now()))


def part(text: str, title: str) -> str:
    """One part of a report."""
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The report of a run with a retry, a skip, a hold, an override, hands and a refused press."""
    finding = Finding("no-tools", Severity.OVERRIDE, "VMware Tools don't run on xms02.")
    script = Script(
        previews={"shut-down-nodes": Preview((change("xms01 off", "xms01"),), findings=(finding,), lost=("nothing",))},
        outcomes={"disable-vservers": Failed("ns1 said no")},
    )
    with playing(tmp_path_factory.mktemp("eventful"), script) as house:
        house.begin(facts={"change_number": "CHG-1"})
        house.settle()
        house.do(lambda unit, _: unit.note(Event.ACCESS_REFUSED, None, "T1/USTRANGER", why="Strangers can't vote."))
        house.clock.advance(timedelta(minutes=5))
        play_until(house, "disable-vservers", StageState.FAILED)
        script.outcomes.clear()
        house.operate(stages.retry, "disable-vservers", "xa")
        house.do(lambda unit, book: lead.press_hold(unit, book, house.presser("dba"), "the log is full"))
        house.clock.advance(timedelta(minutes=7))
        house.do(lambda unit, book: lead.resume(unit, book, house.presser("ic")))
        play_until(house, "list-devices", StageState.SUCCEEDED)
        play_until(house, "back-up-database", StageState.SUCCEEDED)
        with house.database.read() as session:
            return gather(session, 1, house.clock.now())


@pytest.fixture(scope="module")
def eventful(whole: Report) -> str:
    """The same in Markdown."""
    return markdown(whole)


def test_the_head_says_what_it_was_about(eventful: str) -> None:
    """Mode, number, state, reason, numbers and the clock of the door stand at the top."""
    assert eventful.startswith("# REAL · RB-1: XenMobile Server 10.7 back to 10.6\n")
    head = eventful.split("\n## ", maxsplit=1)[0]
    for line in (
        "- Reason: Port 80 flaps.",
        "- Number of the change: CHG-1",
        "- Started 2030-01-07 10:00:00 by Person ic; lead at last: Person ic",
        "- The door is closed since 2030-01-07 10:",
        "- Times are Europe/Zurich.",
    ):
        assert line in head


def test_the_run_is_compared_with_the_run_by_hand(eventful: str) -> None:
    """Each step of the run by hand stands beside the same stage of this run, with both totals."""
    compared = part(eventful, "Compared with the run by hand")
    assert "| 0 s | Disabled the NetScaler vServer | disable-vservers | 5 min | 7 min |" in compared
    assert "| 2 h 00 min | Enabled the NetScaler vServer | enable-vservers | – | – |" in compared
    aimed = part(eventful, "Aimed at, and what came of it")
    assert "| in all | 5 h 37 min | – | 7 h 15 min |" in aimed
    assert "| door closed for | 2 h 17 min | – | 2 h 00 min |" in aimed
    assert "Stages that the run by hand did not have: prepare, compare-devices" in compared


def test_deviations_are_all_said(eventful: str) -> None:
    """Attempts, failures, overrides, flags and holds are each one line."""
    deviated = part(eventful, "Deviations")
    for line in (
        "disable-vservers took 2 attempts",
        "disable-vservers: a change failed in attempt 1: ns1 said no",
        "save was approved despite: VMware Tools don't run on xms02.",
        "back-up-database was flagged: second-copy: missing",
        "- 2030-01-07 10:05:00 held by Person dba: the log is full",
    ):
        assert line in deviated


def test_each_vote_stands_beside_what_was_shown(eventful: str) -> None:
    """A round tells its changes, losses and overrides as they were shown, its digest, and who voted when."""
    asked = part(eventful, "What was asked, and who agreed")
    save = asked.split("### save, round 1")[1].split("### ")[0]
    assert "- shown: shut-down-nodes 1.1 `xms01 off` by bot" in save
    assert "- to be lost: nothing" in save
    assert "- **approved despite**: VMware Tools don't run on xms02." in save
    assert re.search(r"digest `[0-9a-f]{64}`", save)
    assert re.search(r"\| Person \w+ \| approve \| .* \| 2030-01-07 10:\d\d:\d\d \| yes \| – \|", save)
    assert "### close, round 2" in asked


def test_every_attempt_is_told(eventful: str) -> None:
    """A failed attempt stays in the report beside the one that followed."""
    happened = part(eventful, "What happened in each stage")
    assert "(attempt 1, group 1) by bot: failed (2030-01-07 10:05:00 to 2030-01-07 10:05:00): ns1 said no" in happened
    assert "(attempt 2, group 1) by bot: done" in happened
    assert "- answer to bundle@xms01 (attempt 1) by Person xa" in happened
    assert "file: seen; size: seen; sha256: seen; place: seen; case: seen" in happened


def test_refused_attempts_are_told_with_their_answer(eventful: str) -> None:
    """Whoever was refused, also a stranger who named no rollback, stands with the sentence they got."""
    refused = part(eventful, "Attempts that were refused")
    assert "| 2030-01-07 10:00:00 | T1/USTRANGER | Strangers can't vote. |" in refused


def test_the_timeline_follows_the_chain(eventful: str) -> None:
    """The entries come in the order of the chain, in words, with the people behind them."""
    lines = [line for line in part(eventful, "Timeline").splitlines() if line]
    wanted = [
        "the rollback was started — Person ic",
        "disable-vservers: failed",
        "held: the log is full — Person dba",
        "resumed — Person ic",
        "gate close: asked anew, round 2",
        "list-devices: succeeded",
    ]
    places = [next(n for n, line in enumerate(lines) if one in line) for one in wanted]
    assert places == sorted(places)
    assert not [line for line in lines if "check captured" in line]
    assert [line for line in lines if "check roll-call@DBA, passed: yes — Person dba" in line]


def test_debts_are_listed_with_their_owners(eventful: str) -> None:
    """What stays switched off if it ended now has its owner."""
    assert "| The vServers of the door are disabled: no device reaches the service. | XA | – | – |" in part(
        eventful, "Switched off or owed"
    )


def test_the_head_of_the_chain_is_the_one_that_verifies(house: House) -> None:
    """The report names the newest entry of the chain and what was frozen at the start."""
    house.begin()
    house.settle()
    text = told(house)
    with house.database.read() as session:
        count = verify(session, {"k1": KEY})
        row = session.get_one(Rollback, 1)
    assert f"- Head of the whole chain: entry {count}, mac `" in text
    assert f"plan `{row.plan_hash}`, estate `{row.estate_hash}`, people `{row.roles_hash}`" in text


def test_what_was_done_by_hand_names_the_person_and_the_proof(house: House) -> None:
    """A change by hand is told with who made it and the evidence; the deviation is said."""
    house.begin(estate(vsphere=Mode.WATCH))
    play_until(house, "disable-vservers", StageState.SUCCEEDED)
    text = told(house)
    assert re.search(r"by Person \w+: done .*made by hand, attested — evidence: seen by hand", text)
    assert "disable-vservers was done by hand, in part or whole" in part(text, "Deviations")


def test_hands_and_the_bot_are_told_apart_in_time(house: House) -> None:
    """The time until a change was attested is people's; what the bot then proves is its own."""
    house.begin(estate(vsphere=Mode.WATCH))
    play_until(house, "disable-vservers", StageState.RUNNING)
    house.clock.advance(timedelta(minutes=6))
    play_until(house, "disable-vservers", StageState.SUCCEEDED)
    with house.database.read() as session:
        made = gather(session, 1, house.clock.now())
    closing = next(stage for stage in made.stages if stage.name == "disable-vservers")
    lengths = {one.doing: one.end - one.start for one in closing.stretches}
    assert lengths[Doing.HANDS] == timedelta(minutes=6)
    assert Doing.WORK not in lengths
    assert (closing.by_hand, made.spent.working >= timedelta(minutes=6)) == (True, True)


def test_a_skip_and_a_deny_are_told_with_their_reasons(house: House) -> None:
    """What was left out and what was denied stand with the reasons that people gave."""
    house.begin()
    house.settle()
    house.operate(stages.skip, "collect-evidence", "ic", "the disks are gone")
    house.vote("skip:collect-evidence", "so")
    house.vote("close", "xa", Choice.DENY, why="the secondary is addressed")
    deviated = part(told(house), "Deviations")
    assert "collect-evidence was left out: the disks are gone" in deviated
    assert "close, round 1, was denied: the secondary is addressed" in deviated


def test_no_name_of_a_device_user_reaches_the_report(house: House) -> None:
    """Captures hold owners; the report holds counts, hashes and places of files only."""
    house.begin()
    house.settle()

    def capture(unit: Any, book: Any) -> None:
        row = CaptureRow(rollback_id=book.id, name="warm", started_at=unit.now, expected=1, read=1)
        unit.session.add(row)
        unit.session.flush()
        unit.session.add(DeviceRow(capture_id=row.id, vendor_id="1", row={"owner": "Canary Person"}))
        unit.session.add(
            FileRow(rollback_id=1, name="list", place="/files/list.csv", sha256="ab" * 32, count=208, at=unit.now)
        )
        unit.session.add(
            Draft(
                rollback_id=1, name="helpdesk-brief", version=1, state=DraftState.MARKED_SENT, text_hash="x",
                texts={"to": "Canary Person"}, author="cl", reviewer="cl", approver="ic", sent_by="cl",
                sent_channel="mail", sent_count=12, sent_at=unit.now, created_at=unit.now,
            )
        )  # fmt: skip

    house.do(capture)
    text = told(house)
    with house.database.read() as session:
        written = b"".join(one.content for one in report(session, 1, house.clock.now()))
    assert "Canary" not in text
    assert b"Canary" not in written
    assert b"/files/list.csv" in written
    assert f"| /files/list.csv | 208 | `{'ab' * 32}` | 2030-01-07 10:00:00 |" in text
    assert "| helpdesk-brief | 1 | marked\\_sent | Person cl | Person cl | Person ic |" in text
    assert "by Person cl, mail, to 12 |" in text


def test_a_report_can_be_made_at_once_and_after_the_end(house: House) -> None:
    """The report of a rollback that has just begun, and of one that was aborted, are whole."""
    house.begin()
    assert "**Still running**, 0 of 25 stages done" in told(house)
    house.do(lambda unit, book: lead.abort(unit, book, house.presser("ic"), "enough"))
    house.clock.advance(timedelta(hours=1))
    text = told(house)
    assert "**Aborted**" in text
    assert "- Ended 2030-01-07 10:00:00, after 0 s" in text
    assert "aborted: enough — Person ic" in part(text, "Timeline")


def test_there_is_no_report_of_nothing(house: House) -> None:
    """A rollback that doesn't exist has no report."""
    with house.database.read() as session, pytest.raises(NoSuchRollback):
        gather(session, 99, house.clock.now())


@pytest.mark.parametrize("text", HOSTILE[:44], ids=range(44))
def test_hostile_text_stays_on_its_line_and_is_no_markup(text: str) -> None:
    """Whatever people or systems wrote, it is one line of words: no heading, table cell, link or HTML of its own."""
    shown = said(Untrusted(text))
    assert "\n" not in shown
    left = re.sub(r"\\.", "", shown)
    assert not set(left) & set("<>|`*_[]#")


@given(st.text())
def test_a_change_is_told_letter_by_letter(text: str) -> None:
    """A change stands between fences that are longer than any row of backticks in it."""
    shown = code(Untrusted(text))
    fence = re.match("`+", shown)
    assert fence is not None
    inner = shown[len(fence[0]) : -len(fence[0])]
    assert inner.strip(" ") == plain(Untrusted(text)).strip(" ")
    assert fence[0] not in re.findall("`+", inner)


def test_hostile_names_break_no_table_of_a_report(house: House) -> None:
    """With hostile names and reasons everywhere, each row of a table has as many cells as its head."""
    for key, person in list(house.people.items()):
        house.people[key] = person.model_copy(update={"name": "| <b>x</b> |\n# Head `"})
    house.script.previews["disable-vservers"] = Preview((change("a | b\n# c `d`", "t|x"),), lost=("<img>|",))
    house.begin(reason="# gone | <!here>\n## x")
    play_until(house, "disable-vservers", StageState.SUCCEEDED)
    text = told(house)
    width = 0
    for line in text.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line))
        if line.startswith("|---"):
            continue
        if line.startswith("|"):
            width = width or cells
            assert cells == width, line
        else:
            width = 0
        assert not line.startswith("# ") or line.startswith("# REAL")


def test_the_json_keeps_its_schema_and_the_schema_is_the_one_that_is_documented(whole: Report) -> None:
    """What is written is valid by the schema in docs, which is the model's own, and nothing else is."""
    documented = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    assert documented == json_schema()
    judge = jsonschema.Draft202012Validator(documented, format_checker=jsonschema.FormatChecker())
    judge.check_schema(documented)
    written = json.loads(as_json(whole))
    judge.validate(written)
    assert not judge.is_valid(written | {"format": 2})
    assert not judge.is_valid(written | {"stages": [{"name": "prepare"}]})


def test_every_field_of_the_json_is_described(whole: Report) -> None:
    """A reader of the schema finds words for each object, and for each field whose name does not say it all."""
    definitions = json_schema()["$defs"]
    assert [name for name, one in definitions.items() if not one.get("description")] == []
    assert {one["stage"] for one in json.loads(as_json(whole))["not_executed"]} <= {s.name for s in whole.stages}


def test_time_is_parted_into_work_and_waiting(whole: Report) -> None:
    """Work, waiting for people and the rest add up to the whole; a failed stage waits for a decision."""
    spent = whole.spent
    assert spent.working + spent.held_up + spent.between == whole.head.acute_until - whole.head.started_at
    assert spent.held_up >= timedelta(minutes=7), "seven minutes on hold"
    (hold,) = whole.holds
    assert (hold.by, hold.why, hold.end - hold.start) == ("Person dba", "the log is full", timedelta(minutes=7))
    close = next(stage for stage in whole.stages if stage.name == "disable-vservers")
    assert Doing.VOTES in {one.doing for one in close.stretches}
    assert {one.attempt for one in close.stretches} == {1, 2}


def test_a_clock_that_was_set_back_gives_no_negative_length(house: House) -> None:
    """After the wall clock went back by two hours every length of the report is nothing or more, and it is said."""
    house.begin()
    house.settle()
    house.clock.set_back(timedelta(hours=2))
    house.settle()
    play_until(house, "list-devices", StageState.SUCCEEDED)
    with house.database.read() as session:
        made = gather(session, 1, house.clock.now())
    text = json.dumps(json.loads(as_json(made)))
    assert "-" not in re.sub(r'"[^"]*"', "", text), "no negative number"
    assert all(one.end >= one.start for stage in made.stages for one in stage.stretches)
    assert "the wall clock went back by 7200.0 s" in [one.text for one in made.deviations]


def test_at_its_end_a_rollback_writes_its_report_by_itself(house: House) -> None:
    """After an abort every file of the report lies on disk for the bot's user alone; the channel gets each hash."""
    house.begin()
    house.do(lambda unit, book: lead.abort(unit, book, house.presser("ic"), "enough"))
    hand_out_due(house.office, (report_step(report),))
    folder = house.office.folder / "RB-1"
    names = {f"RB-1-{end}" for end in ("report.md", "report.html", "report.json", "report.svg")}
    assert {file.name for file in folder.iterdir()} == names
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
    with house.database.read() as session:
        rows = {row.name: row for row in session.scalars(select(FileRow))}
        said_of = [row.facts for row in session.scalars(select(Outgoing)) if row.subject == "files-written"]
    assert rows.keys() == names
    for name, row in rows.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == row.sha256
    assert {file["sha256"] for file in said_of[0]["files"]} == {row.sha256 for row in rows.values()}
    assert not hand_out_due(house.office, (report_step(report),))
