"""A rollback with an office that writes into a folder, for the tests of notices, lists and what security decides."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from devices_made import CUTOFF, capture, device, owner

from helpers_situation import House, Script, estate
from rollback.actions.notices import Standing
from rollback.book import Book
from rollback.devices.comparison import compare
from rollback.devices.findings import Comparison
from rollback.devices.inventory import NoCapture
from rollback.devices.values import Device
from rollback.drafts.wording import Wording
from rollback.handing_out.office import Office, hand_out_due
from rollback.handing_out.steps import steps
from rollback.operations import drafts
from rollback.operations.notices import newest, notices_standing
from rollback.report import Document
from rollback.site import made_up
from storage.clock import HandClock
from storage.database import Unit
from storage.models import CheckRow, Draft
from storage.words import By, CheckState, Notice

COMPILED: dict[tuple[str, ZoneInfo], Wording] = {}
"""Templates compiled once for all tests; the office reads them anew each time and sees when they differ."""
NAMES = ("Grace Hopperexample", "Alan Turingexample")


def lost(*devices: Device) -> Comparison:
    return compare(capture(devices), capture([]), CUTOFF)


def two_people() -> Comparison:
    return lost(
        *(device(n, owner=owner(f"user{n}@example.com", name, language="de")) for n, name in enumerate(NAMES, start=1))
    )


@dataclass
class Told:
    """A rollback with an office that writes into a folder; the comparison is what the test says."""

    house: House
    office: Office
    comparison: Comparison | None = None
    reports: list[int] = field(default_factory=list)

    def serve(self) -> int:
        return hand_out_due(
            self.office, steps(lambda _session, number, _now: (Document("report.md", f"# Report {number}\n".encode()),))
        )

    def row(self, notice: Notice) -> Draft:
        with self.house.database.read() as session:
            return newest(session, 1)[notice]

    def standing(self, notice: Notice) -> str:
        with self.house.database.read() as session:
            return notices_standing(session, 1).get(notice, Standing.MISSING)

    def press(self, what: object, who: str, notice: str, *given: object) -> str:
        return self.house.do(  # type: ignore[no-any-return]
            lambda unit, book: what(unit, book, self.house.presser(who), notice, *given)  # type: ignore[operator]
        )

    def mark(self, notice: Notice) -> str:
        return drafts.mark_of(self.row(notice))

    def approve(self, notice: Notice, who: str) -> None:
        self.press(drafts.review, "cl", notice, self.mark(notice))
        self.press(drafts.approve, who, notice, self.mark(notice))

    def sent(self, notice: Notice, count: int = 9, **more: object) -> str:
        given = drafts.Sent("mail", self.house.clock.now(), count)
        return self.press(drafts.mark_sent, "cl", notice, replace(given, **more))  # type: ignore[arg-type]

    def files(self) -> dict[str, Path]:
        return {path.name: path for path in (self.office.folder / "RB-1").iterdir()}


def opened(folder: Path, stored: tuple[bytes, datetime] | None = None) -> Told:
    house = House(folder, Script(), stored)
    made: Told

    def compared(_: int) -> Comparison:
        if made.comparison is None:
            raise NoCapture(NoCapture.__doc__)
        return made.comparison

    office = Office(house.database, house.clock, folder / "files", compared, compiled=COMPILED)
    made = Told(house, office)
    return made


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rollback that has begun, with its first drafts: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("begun")
    made = opened(folder)
    made.house.begin(estate().model_copy(update={"notices": made_up()}))
    made.serve()
    made.house.stop()
    return folder


@pytest.fixture
def told(tmp_path: Path, begun: Path) -> Iterator[Told]:
    shutil.copytree(begun / "files", tmp_path / "files")
    made = opened(tmp_path, ((begun / "bot.sqlite").read_bytes(), HandClock().now()))
    yield made
    made.house.stop()


def check(told: Told, stage: str, name: str, state: CheckState) -> None:
    """A check as it would stand if the rollback had come so far: the way there is played in a test of its own."""

    def put(unit: Unit, book: Book) -> None:
        found = book.stage(stage)
        assert found.id is not None
        by = By.BOT if name == "compared" else By.PERSON
        unit.session.add(CheckRow(stage_id=found.id, attempt=1, name=name, by=by, state=state, at=unit.now))

    told.house.do(put)


def compared(told: Told, comparison: Comparison | None) -> None:
    """The devices are compared, by that comparison."""
    told.comparison = comparison
    check(told, "compare-devices", "compared", CheckState.PASSED)
    told.serve()
