"""What handing out works with, and one round of everything that is due."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlmodel import col

from rollback.book import OPEN
from rollback.devices.comparison import IncompleteCaptureError
from rollback.devices.findings import Comparison
from rollback.devices.inventory import InventoryStore, NoCapture
from rollback.drafts.errors import DraftError
from rollback.drafts.wording import Wording, load
from rollback.estate import Estate
from rollback.handing_out.seen import Seen, look
from rollback.operations.notices import BELL
from storage.clock import Clock
from storage.database import Database, Lane, Unit
from storage.models import FileRow, Rollback
from storage.outbox import Say

log = logging.getLogger(__name__)
TICK = 5.0  # seconds between two looks without a bell
MOST = 50  # things done for one rollback before the others have their turn


@dataclass(frozen=True)
class Office:
    """Handed to every room of handing out.

    Attributes:
        database: Rows and units.
        clock: The time source.
        folder: Folder for files (`settings.files`); each rollback has one of its own in it, for the bot's user alone.
        comparison: The comparison of a rollback's captures, by the rollback's id; None, or `NoCapture` raised, where
            the bot has none.
        store: The captures, for exports of the console that are read from disk; None: none is read.
        overrides: Folder of the site's own templates, by the estate's name.
        stuck: What was said last of a rollback whose files can't be written.
        compiled: Templates by estate and zone; read anew each time, compiled only when they have changed.
    """

    database: Database
    clock: Clock
    folder: Path
    comparison: Callable[[int], Comparison | None]
    store: InventoryStore | None = None
    overrides: Mapping[str, Path] = field(default_factory=dict)
    stuck: dict[int, str] = field(default_factory=dict)
    compiled: dict[tuple[str, ZoneInfo], Wording] = field(default_factory=dict)

    def compared(self, rollback_id: int) -> Comparison | None:
        """The comparison, or None where there is no capture to compare: then people compare by hand."""
        try:
            return self.comparison(rollback_id)
        except NoCapture:
            return None

    def wording(self, estate: Estate) -> Wording:
        """The templates of an estate as they are on disk now, with times in its zone.

        Raises:
            rollback.drafts.errors.TemplateError: The site's folder of templates isn't as it must be.
        """
        key = (estate.name, estate.tz())
        fresh = load(estate.tz(), self.overrides.get(estate.name))
        if key not in self.compiled or self.compiled[key].sources != fresh.sources:
            self.compiled[key] = fresh
        return self.compiled[key]

    def folder_of(self, label: str) -> Path:
        """The folder of the rollback called ``RB-7``; its parent is made where it is missing."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder / label


Step = Callable[[Office, int, Seen | None], bool]
"""Does one thing for a rollback, if one is due by what is known of it; True if it did."""


def hand_out_due(office: Office, steps: tuple[Step, ...]) -> int:
    """Do everything that is due for every open rollback, and for those of which a report was asked for.

    Trouble with one holds up none of the others.

    Args:
        office: What to work with.
        steps: What to do, in order; the first that has something to do begins the round anew.

    Returns:
        How many things were done.
    """
    with office.database.read() as session:
        found = set(session.scalars(select(col(Rollback.id)).where(col(Rollback.state).in_(list(OPEN)))))
        found |= set(session.scalars(select(col(FileRow.rollback_id)).where(col(FileRow.sha256) == "")))
    return sum(_serve(office, rollback_id, steps) for rollback_id in sorted(one for one in found if one))


def _serve(office: Office, rollback_id: int, steps: tuple[Step, ...]) -> int:
    done = 0
    try:
        while done < MOST and _one(office, rollback_id, steps):
            done += 1
        office.stuck.pop(rollback_id, None)
    except (DraftError, IncompleteCaptureError, OSError) as trouble:
        _tell(office, rollback_id, trouble)
    return done


def _one(office: Office, rollback_id: int, steps: tuple[Step, ...]) -> bool:
    with office.database.read() as session:
        seen = look(session, rollback_id, office.clock.now())
    return any(step(office, rollback_id, seen) for step in steps)


def _tell(office: Office, rollback_id: int, trouble: Exception) -> None:
    """Say once what is wrong; it is tried again at each tick."""
    why = f"{trouble.strerror or 'the disk refused'}" if isinstance(trouble, OSError) else str(trouble)
    log.error("files of rollback %s can't be written: %s", rollback_id, why)
    if office.stuck.get(rollback_id) != why:
        office.stuck[rollback_id] = why

        def unit_of_work(unit: Unit) -> None:
            unit.put(Say("files-stuck", rollback_id, {"why": why}))

        office.database.run(unit_of_work, Lane.BULK)


class Handing:
    """The thread of handing out: looks when the bell rings, and every few seconds."""

    def __init__(
        self, office: Office, steps: tuple[Step, ...], afterwards: Callable[[Office], int] = lambda _: 0
    ) -> None:
        """Hand out for `office`, then do what is due of rollbacks that have ended; nothing runs before `start`."""
        self._office = office
        self._steps = steps
        self._afterwards = afterwards
        self._bell = office.database.bells.event(BELL)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="handing-out", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being written, then end."""
        self._stopping.set()
        self._bell.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                hand_out_due(self._office, self._steps)
                self._afterwards(self._office)
            except Exception:
                log.exception("a round of handing out broke off; it is tried again")
            self._office.clock.wait(TICK, self._bell)
            self._bell.clear()
