"""What names people is gone on the date that was set: searched for, byte by byte, in everything the bot has on disk."""

import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from devices_made import CUTOFF, HOUR, STARTED, details, device, invitation, owner
from notices_told import Told, begun, check, told
from sqlalchemy import update
from test_devices_export import ALL, ROW, written

from commands.devices import lines
from helpers_situation import KEY
from rollback.book import Book
from rollback.devices.compared import comparison_of
from rollback.devices.inventory import AFTER, CLOSED, InventoryStore, Wanted
from rollback.devices.returning import Returned, keep
from rollback.devices.values import Device, DeviceAction, SecurityAction
from rollback.handing_out.purging import purge_due
from rollback.operations import exports, purging
from rollback.untrusted import Untrusted
from storage.audit import verify
from storage.database import Unit
from storage.models import ExportRow, Rollback
from storage.words import CheckState, Notice, RollbackState

__all__ = ["begun", "told"]  # fixtures
CANARIES = (
    "CANARYSERIAL7", "CANARYIMEI77", "canary.person", "Cana Ryperson", "canary.invited", "canary-export", "CANARYMODEL",
    "CANARYEXPORT1",
)  # fmt: skip


def canary(number: int, **more: Any) -> Device:
    who = owner("canary.person@example.com", "Cana Ryperson", language="de")

    fields = {"serial": "CANARYSERIAL7", "imei": "CANARYIMEI77", "model": Untrusted("CANARYMODEL")}
    wiped = DeviceAction(SecurityAction.LOCK, STARTED + HOUR, done=STARTED + HOUR)
    return device(number, owner=who, **{**fields, "details": details(STARTED + HOUR, actions=(wiped,)), **more})


@pytest.fixture
def ended(told: Told) -> Told:
    """A rollback with captures, lists, letters and an export, that has just ended; every canary is on disk."""
    store = InventoryStore(told.house.database, told.house.clock)
    told.office = replace(told.office, store=store, comparison=lambda number: comparison_of(store, number))
    plain = canary(2, serial="CANARYSERIAL7B", details=details(STARTED + HOUR))
    capture_of(store, CLOSED, canary(1), plain)
    capture_of(store, AFTER)
    folder = told.office.folder / "RB-1" / exports.FOLDER
    folder.mkdir(parents=True)
    (folder / "canary-export.csv").write_bytes(written([ALL, [*ROW, "CANARYEXPORT1", "", "1", "", "", ""]]))

    def asked(unit: Unit, _book: Book) -> None:
        unit.session.add(
            ExportRow(rollback_id=1, capture="after", name="canary-export.csv", asked_by="xa", asked_at=unit.now)
        )
        keep(unit, 1, Returned(1, ("2",)))

    check(told, "compare-devices", "compared", CheckState.PASSED)
    told.serve()
    told.approve(Notice.RE_ENROL, "so")
    told.approve(Notice.RECIPIENTS, "so")
    told.serve()
    assert "RB-1-enrol-again-drafts.zip" in told.files()
    told.house.do(asked)
    (told.office.folder / "RB-1" / "RB-1-report.md").write_text("# Report: 1 person\n", encoding="utf-8")
    told.house.do(
        lambda unit, _book: unit.session.execute(
            update(Rollback).values(state=RollbackState.COMPLETED, ended_at=unit.now)
        )
    )
    return told


def capture_of(store: InventoryStore, name: str, *devices: Device) -> None:
    begun_capture = store.begin(1, name, "stage 1")
    store.put_rows(begun_capture.id, Wanted(devices, ()))
    store.put_invitations(begun_capture.id, [invitation("canary.invited@example.com", STARTED + HOUR)])
    times = [time.isoformat() for time in (CUTOFF.backup_started, CUTOFF.backup_finished)]
    store.note(begun_capture.id, cutoff=times)
    store.finish(1, name, whole=True)


def found(folder: Path) -> set[str]:
    """Canaries in any file under a folder: plain, as UTF-16, as base64, and in names of files."""
    hits: set[str] = set()
    for file in folder.rglob("*"):
        content = b"" if file.is_dir() else file.read_bytes()
        for name in CANARIES:
            forms = (name.encode(), name.encode("utf-16-le"), base64.b64encode(name.encode())[:-4])
            if name in file.name or any(form in content for form in forms):
                hits.add(name)
    return hits


def test_gone_on_the_date(ended: Told, tmp_path: Path) -> None:
    """Until the date all is there; on it no byte is left in database, log and files, and the chain verifies."""
    assert found(tmp_path) == set(CANARIES)
    ended.house.clock.advance(until(ended) - HOUR)
    assert purge_due(ended.office) == 0
    assert found(tmp_path) == set(CANARIES)
    ended.house.clock.advance(HOUR)
    assert purge_due(ended.office) == 1
    assert found(tmp_path) == set()
    assert purge_due(ended.office) == 0
    with ended.house.database.read() as session:
        assert verify(session, {KEY.id: KEY}) > 10
        said = "\n".join(lines(session, 1))
    assert "was deleted on" in said
    assert "2 people" not in said
    assert "1 people" in said
    assert [path.name for path in (ended.office.folder / "RB-1").iterdir()] == ["RB-1-report.md"]


def test_killed_in_between(ended: Told, tmp_path: Path) -> None:
    """Killed after the rows went and before the file was rewritten, the next round leaves nothing all the same."""
    ended.house.clock.advance(until(ended))
    ended.house.do(lambda unit, _book: purging.forget(unit, 1))
    assert "CANARYSERIAL7" in found(tmp_path)
    assert purge_due(ended.office) == 1
    assert found(tmp_path) == set()


def test_a_folder_that_is_a_link_is_left(ended: Told, tmp_path: Path) -> None:
    """A link in the place of the folder is not followed: nothing outside is deleted."""
    elsewhere = tmp_path / "elsewhere"
    (ended.office.folder / "RB-1").rename(elsewhere)
    (ended.office.folder / "RB-1").symlink_to(elsewhere)
    ended.house.clock.advance(until(ended))
    assert purge_due(ended.office) == 1
    assert (elsewhere / "RB-1-helpdesk.csv").exists()


def until(told: Told) -> timedelta:
    with told.house.database.read() as session:
        date = purging.date_of(session.get_one(Rollback, 1))
    assert date is not None
    return date - told.house.clock.now()
