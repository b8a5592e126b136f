"""Counting devices back: reads the restored server after go-live, from time to time, and keeps what came of it."""

import logging

from sqlalchemy import select
from sqlmodel import col

from integrations.errors import IntegrationError
from integrations.xenmobile import DeviceDetail
from rollback.actions.action import Given
from rollback.actions.inventory.capturing import answering, nodes_to_read
from rollback.book import OPEN, Book
from rollback.cluster import Cluster
from rollback.devices.compared import comparison_of
from rollback.devices.comparison import IncompleteCaptureError
from rollback.devices.decided import cleared, security_rows_of
from rollback.devices.inventory import AFTER, InventoryStore, NoCapture
from rollback.devices.projection import Projection, PropertyNames, completed
from rollback.devices.returning import Returned, count, expected, to_look_at
from rollback.operations.returning import GO_LIVE, counted, is_due
from rollback.systems import Systems
from rollback.worker.bench import Bench
from rollback.worker.given import given_of
from storage.database import Lane
from storage.models import Rollback

log = logging.getLogger(__name__)


def count_due(bench: Bench) -> int:
    """Count the devices of every rollback in which it is due; returns of how many. Trouble with one stops no other."""
    with bench.database.read() as session:
        wanted = select(col(Rollback.id)).where(col(Rollback.state).in_(list(OPEN)))
        books = [Book.open(session, found) for found in session.scalars(wanted) if found is not None]
        due = [
            (book, given_of(session, book, book.stage(GO_LIVE), bench.clock.now(), claiming=False))
            for book in books
            if is_due(session, book, bench.clock.now())
        ]
    return sum(_count(bench, book, given) for book, given in due)


def _count(bench: Bench, book: Book, given: Given) -> bool:
    try:
        with bench.connect(book.estate) as systems:
            returned = read(bench, systems, given)
    except (IntegrationError, NoCapture, IncompleteCaptureError) as why:
        log.warning("devices of %s could not be counted: %s", book.label, type(why).__name__)
        return False
    if returned is None:
        return False
    bench.database.run(lambda unit: counted(unit, Book.open(unit.session, book.id), returned), Lane.BULK)
    return True


def read(bench: Bench, systems: Systems, given: Given) -> Returned | None:
    """Count now; None where no machine reads the devices.

    Raises:
        IntegrationError: The server can't be read.
        NoCapture: There is no comparison to count by.
    """
    if not systems.get(Cluster).has_api:
        return None
    store = systems.get(InventoryStore)
    with bench.database.read() as session:
        clear = cleared(security_rows_of(session, given.rollback_id))
    lost = expected(comparison_of(store, given.rollback_id), clear)
    restored = store.summary(given.rollback_id, AFTER)
    if restored is None or restored.completed_at is None:
        raise NoCapture(NoCapture.__doc__)
    place = given.estate.xenmobile
    names = PropertyNames(android_mode=place.android_property)
    projection = Projection(names)
    api = answering(systems, given, nodes_to_read(given, first=False))
    listing = api.devices(page_size=place.page_size)
    there = {device.id: device for device in map(projection.device, listing)}
    listing.require_complete()
    suspects = {int(number): device for number, device in to_look_at(lost, list(there.values())).items()}
    for found in api.device_details(suspects, at_once=place.requests_at_once):
        if isinstance(found, DeviceDetail):
            there[str(found.id)] = completed(suspects[found.id], found, names)
    return count(lost, list(there.values()), restored.completed_at)
