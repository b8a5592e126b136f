"""Every file of a report: what its name ends with, and its bytes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from rollback.report.gathering.whole import gather
from rollback.report.showing.as_json import as_json
from rollback.report.showing.as_markdown import markdown
from rollback.report.showing.as_page import page
from rollback.report.showing.as_svg import svg


@dataclass(frozen=True, slots=True)
class Document:
    """One file of a report.

    Attributes:
        ending: How its name ends: ``report.md``.
        content: Its bytes.
    """

    ending: str
    content: bytes


def report(session: Session, rollback_id: int, now: datetime) -> tuple[Document, ...]:
    """The report of a rollback as it stands, in every way of showing it; they all tell of the same moment.

    Raises:
        rollback.book.NoSuchRollback: There is none.
    """
    told = gather(session, rollback_id, now)
    shown = (
        ("report.html", page(told)),
        ("report.json", as_json(told)),
        ("report.svg", str(svg(told))),
        ("report.md", markdown(told)),
    )
    return tuple(Document(ending, text.encode()) for ending, text in shown)
