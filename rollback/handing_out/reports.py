"""Reports that were asked for: written when somebody has asked, from the rows as they stand then."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from rollback.book import Book
from rollback.drafts.files import write_bytes
from rollback.handing_out.office import Office, Step
from rollback.handing_out.seen import Seen
from rollback.operations import reports
from rollback.report import Document
from storage.database import Lane

Tell = Callable[[Session, int, datetime], Sequence[Document]]
"""Makes the report of a rollback in every way of showing it; what people look for first comes last."""


def report_step(tell: Tell) -> Step:
    """The step that writes the reports which `tell` makes."""

    def write_report(office: Office, rollback_id: int, _: Seen | None) -> bool:
        with office.database.read() as session:
            if reports.asked_for(session, rollback_id) is None:
                return False
            label = Book.open(session, rollback_id).label
            made = tell(session, rollback_id, office.clock.now())
        folder = office.folder_of(label)
        files = [write_bytes(folder, f"{label}-{one.ending}", one.content, 1) for one in made]
        office.database.run(lambda unit: reports.written(unit, rollback_id, files), Lane.BULK)
        return True

    return write_report
