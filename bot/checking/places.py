"""One estate as a check sees it: out of the settings, and out of the rows of the rollback that is open on it."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from slack_sdk import WebClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.checking import host, slack
from bot.settings import EstateSettings, Settings
from rollback.actions.action import Connect
from rollback.book import OPEN, Book
from rollback.readiness import Fill, Known, Place
from storage.models import Rollback
from storage.words import StageState


def place_of(one: EstateSettings, connect: Connect, now: Callable[[], datetime], session: Session | None) -> Place:
    """What is checked: the estate as frozen into its open rollback, else as the settings have it.

    Args:
        one: The estate in the settings.
        connect: Makes its clients.
        now: The wall clock, aware UTC.
        session: Reads our rows; None: there are none yet.
    """
    users = {system: access.user for system, access in one.access.items() if access.user}
    book = _open_on(session, one.estate.name) if session is not None else None
    estate, known = (one.estate, Known(facts=_facts(one))) if book is None else (book.estate, _known(book))
    return Place(estate, connect, now, known, users)


def own_pages(
    settings: Settings, one: EstateSettings, client: WebClient, now: Callable[[], datetime]
) -> list[tuple[str, Fill]]:
    """The pages of this machine and of Slack."""
    return [
        (host.SUBJECT, partial(host.fill, settings, one, now)),
        (slack.SUBJECT, partial(slack.fill, settings, client)),
    ]


def chosen(settings: Settings, name: str) -> EstateSettings:
    """The estate of that name; without one the first real one, else the first.

    Raises:
        KeyError: There is no estate of that name.
    """
    if name:
        return settings.estate(name)
    return min(settings.estates, key=lambda one: one.estate.practice)


def _open_on(session: Session, estate: str) -> Book | None:
    wanted = select(col(Rollback.id)).where(col(Rollback.estate_name) == estate, col(Rollback.state).in_(list(OPEN)))
    found = session.scalars(wanted).first()
    return None if found is None else Book.open(session, found)


def _facts(one: EstateSettings) -> dict[str, str]:
    times = {"upgrade_started_at": one.upgrade_started_at, "last_change_before": one.last_change_before}
    return {name: at.astimezone(UTC).isoformat() for name, at in times.items() if at is not None}


def _known(book: Book) -> Known:
    results = {name: row.result for name, row in book.stages.items() if row.state == StageState.SUCCEEDED}
    return Known(book.label, book.row.facts, book.choices, results)
