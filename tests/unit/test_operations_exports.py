"""Exports of the console on their way from the rollback's folder to the lists: who asks, what is read, what is said."""

import csv
import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from devices_made import CUTOFF, capture, device
from notices_told import Told, begun, check, told
from sqlalchemy import select, update
from test_devices_export import ALL, ONE, written

from rollback.book import Book
from rollback.devices.compared import comparison_of
from rollback.devices.inventory import AFTER, CLOSED, InventoryStore, NoCapture, Wanted
from rollback.drafts.notices import Content
from rollback.operations import exports
from rollback.operations.refusal import Refusal
from storage.database import Unit
from storage.models import AuditEntry, Outgoing, Stage
from storage.words import CheckState, Notice, StageState

__all__ = ["begun", "told"]  # fixtures
TIMES = [time.isoformat() for time in (CUTOFF.backup_started, CUTOFF.backup_finished)]
OTHER = [*ONE[:7], "serial 2", "", "18", "0", "0", ""]


@pytest.fixture
def waiting(told: Told) -> Told:
    """XenMobile is off: no machine has compared the devices, and the first node of the restored state answers."""
    store = InventoryStore(told.house.database, told.house.clock)
    told.office = replace(told.office, store=store, comparison=lambda number: comparison_of(store, number))

    def come_so_far(unit: Unit, book: Book) -> None:
        for name in ("prepare", "list-devices", "restart-sql-server", "start-first-node"):
            values: dict[str, Any] = {"state": StageState.SUCCEEDED, "result": {"cutoff": TIMES}}
            unit.session.execute(update(Stage).where(Stage.id == book.stage(name).id).values(**values))  # type: ignore[arg-type]
        unit.session.execute(
            update(Stage).where(Stage.name == "compare-devices").values(state=StageState.VERIFYING)  # type: ignore[arg-type]
        )

    told.house.do(come_so_far)
    check(told, "compare-devices", "compared", CheckState.NOT_CHECKED)
    return told


def ask(told: Told, which: str, name: str, count: int | None = None, who: str = "xa") -> str:
    return told.house.do(  # type: ignore[no-any-return]
        lambda unit, book: exports.ask(unit, book, told.house.presser(who), which, name, count)
    )


def put(told: Told, name: str, rows: list[list[str]]) -> Path:
    folder = told.office.folder / "RB-1" / exports.FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(written(rows))
    return folder / name


def said(told: Told, kind: str) -> list[dict[str, Any]]:
    with told.house.database.read() as session:
        return [row.facts for row in session.scalars(select(Outgoing)) if row.subject == kind]


def test_two_exports_become_lists(waiting: Told) -> None:
    """Two exports are compared; the lists on disk call themselves an estimate, and the files' hashes are kept."""
    put(waiting, "before restore.csv", [ALL, ONE, OTHER])
    put(waiting, "after.csv", [ALL, OTHER])
    ask(waiting, "before", "before restore.csv", 2)
    waiting.serve()
    content = Content.from_json(waiting.row(Notice.RECIPIENTS).texts)
    assert content.listed is None
    ask(waiting, "after", "after.csv")
    waiting.serve()
    listed = Content.from_json(waiting.row(Notice.RECIPIENTS).texts).listed
    assert listed is not None
    assert (listed.people, listed.devices, listed.exact) == (1, 1, False)
    file = waiting.files()["RB-1-helpdesk.csv"].read_text(encoding="utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(file))
    assert (row["login"], row["basis"]) == ("ada@example.com", "estimate")
    assert [(one["which"], one["count"]) for one in said(waiting, "export-read")] == [("before", 2), ("after", 1)]
    assert "estimate" in " ".join(str(one["what"]) for one in said(waiting, "files-written"))
    with waiting.house.database.read() as session:
        noted = [e for e in session.scalars(select(AuditEntry)) if e.event == "export:read"]
    assert [b'"xa"' in e.content for e in noted] == [True, True]


def test_one_export_says_nothing(waiting: Told) -> None:
    """A single export has no dates, so nothing is made of it."""
    put(waiting, "before.csv", [ALL, ONE])
    ask(waiting, "before", "before.csv")
    waiting.serve()
    assert waiting.office.store is not None
    with pytest.raises(NoCapture, match="only a second one"):
        comparison_of(waiting.office.store, 1)


@pytest.mark.parametrize(
    ("name", "count", "sentence"),
    [
        ("missing.csv", None, "There is no such file"),
        ("short.csv", 7, "The file has 2 devices where 7 were said"),
        ("headless.csv", None, "No column is called Serial Number"),
        ("pipe", None, "no file but a folder, a pipe or a device"),
        ("folder", None, "no file but a folder"),
        ("link.csv", None, "can't be opened"),
    ],
)
def test_a_file_that_is_none(waiting: Told, name: str, count: int | None, sentence: str) -> None:
    """A file that can't be used is refused in one sentence, nothing is kept, and another may follow."""
    place = put(waiting, "short.csv", [ALL, ONE, OTHER])
    put(waiting, "headless.csv", [["a"], ["b"]])
    os.mkfifo(place.with_name("pipe"))
    place.with_name("folder").mkdir()
    place.with_name("link.csv").symlink_to(place)
    ask(waiting, "before", name, count)
    waiting.serve()
    (facts,) = said(waiting, "export-refused")
    assert sentence in facts["why"]
    assert waiting.office.store is not None
    assert waiting.office.store.summary(1, CLOSED) is None
    ask(waiting, "before", "short.csv", 2)
    waiting.serve()
    assert len(said(waiting, "export-read")) == 1


@pytest.mark.parametrize("name", ["../x.csv", "/etc/passwd", "a/b", ".hidden", "", "a\x00b", "a\\b", "x" * 300])
def test_no_path_is_followed(waiting: Told, name: str) -> None:
    """A file is named, never a path: nothing outside the rollback's folder is read."""
    with pytest.raises(Refusal, match="without a path"):
        ask(waiting, "before", name)


def test_who_may_and_what(waiting: Told) -> None:
    """Only an XenMobile administrator has an export read, before or after, and one at a time."""
    with pytest.raises(Refusal, match="roles don't let you"):
        ask(waiting, "before", "x.csv", who="cl")
    with pytest.raises(Refusal, match="Say `before` or `after`"):
        ask(waiting, "during", "x.csv")
    ask(waiting, "before", "x.csv")
    with pytest.raises(Refusal, match="Another export is being read"):
        ask(waiting, "before", "y.csv")


def test_what_the_bot_has_read_stays(waiting: Told) -> None:
    """An export never takes the place of a capture that the bot has read itself."""
    store = waiting.office.store
    assert store is not None
    begun_capture = store.begin(1, AFTER, "compare-devices 1")
    store.put_rows(begun_capture.id, Wanted(capture([device(1)]).devices, ()))
    store.finish(1, AFTER, whole=True)
    with pytest.raises(Refusal, match="The bot itself has read the devices after"):
        ask(waiting, "after", "x.csv")


def test_an_export_of_the_wrong_time(told: Told) -> None:
    """Before the restored node answers there is no export of the restored server."""
    with pytest.raises(Refusal, match="would be the old server's"):
        ask(told, "after", "x.csv")


def test_not_after_the_lists_are_signed(waiting: Told) -> None:
    """When the comparison has ended its lists stay as they are."""
    waiting.house.do(
        lambda unit, _book: unit.session.execute(
            update(Stage).where(Stage.name == "compare-devices").values(state=StageState.SUCCEEDED)  # type: ignore[arg-type]
        )
    )
    with pytest.raises(Refusal, match="its lists are signed"):
        ask(waiting, "before", "x.csv")
