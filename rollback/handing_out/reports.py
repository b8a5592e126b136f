"""Reports that were asked for: written when somebody has asked, from the rows as they stand then."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from rollback.book import Book
from rollback.drafts.files import write_bytes
from rollback.handing_out.office import Office, Step
from rollback.handing_out.seen import Seen
from rollback.operations import reports
from storage.database import Lane

Tell = Callable[[Session, int, datetime], str]
"""Makes the report of a rollback as Markdown."""


def report_step(tell: Tell) -> Step:
    """The step that writes the reports which `tell` makes."""

    def write_report(office: Office, rollback_id: int, _: Seen | None) -> bool:
        with office.database.read() as session:
            if reports.asked_for(session, rollback_id) is None:
                return False
            book = Book.open(session, rollback_id)
            text = tell(session, rollback_id, office.clock.now())
        file = write_bytes(office.folder_of(book.label), reports.report_name(book), text.encode(), 1)
        office.database.run(lambda unit: reports.written(unit, rollback_id, file), Lane.BULK)
        return True

    return write_report
