"""Builds everything, once, out of the settings; starts and stops it in the right order.

Start: lock, schema, writer, what was left open before (the worker finds it in the rows), then Slack.
Stop: no new clicks, no new claims, what lives on our connections is waited for, the outbox is drained, the writer ends.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from slack_sdk import WebClient

from bot import slack_app
from bot.checking.checker import Checker, Checking
from bot.connecting import Connector
from bot.drawing import Drawing
from bot.identity import SlackIdentity
from bot.lock import DatabaseLock
from bot.people import People, listen
from bot.publisher import Publisher
from bot.settings import Settings, secret
from bot.socket import StampingHandler, quiet
from bot.starts import SettingsStarts
from bot.ticks import Ticks, scheduler
from bot.verbs import REGISTERS, VERBS
from bot.views import SlackViews
from commands import router
from commands.desk import Desk
from rollback.actions.action import Connect
from rollback.actions.catalogue import catalogue
from rollback.devices.compared import comparison_of
from rollback.devices.inventory import InventoryStore
from rollback.handing_out.office import Handing, Office
from rollback.handing_out.purging import purge_due
from rollback.handing_out.steps import steps
from rollback.operations.inspections import devices_counted
from rollback.report import report
from rollback.worker import invariants, returning, sampling
from rollback.worker.bench import Bench
from rollback.worker.dispatcher import Dispatcher
from rollback.worker.worker import Worker
from storage.clock import Clock, SystemClock
from storage.database import Database
from storage.migrations import prepare

log = logging.getLogger(__name__)
PUBLISH_EVERY = 1.0  # seconds between two looks at the outbox without a bell
CALM = timedelta(seconds=2)  # between two drawings of the same board
TICK = timedelta(seconds=5)
HANG_UP = 5.0  # seconds for the library to close its connection
IDENTITY_PATIENCE = 2  # seconds; the whole number above the limit of 1.5 s that people wait for


@dataclass
class Program:
    """Everything that runs; made by `build`."""

    settings: Settings
    clock: Clock
    database: Database
    bench: Bench
    worker: Worker
    desk: Desk
    web: WebClient
    publisher: Publisher
    ticks: Ticks
    views: SlackViews
    identity: SlackIdentity
    people: People
    handing: Handing
    checker: Checker
    lock: DatabaseLock

    def run(self, stop: threading.Event) -> None:
        """Run until `stop` is set; a second process on the same database never gets this far."""
        dispatcher = Dispatcher(self.worker)
        app = slack_app.build(self.web, self.desk, REGISTERS)
        router.register(app, self.desk, VERBS)
        listen(app, self.people, self.identity)
        handler = StampingHandler(app, secret(self.settings.slack.app_token), self.clock)
        every = min(one.estate.timings.sample_every for one in self.settings.estates)
        ticking = scheduler(self.ticks, min(TICK, every * 5), every)
        publishing = threading.Thread(target=self._publish, args=(stop,), name="publisher")
        self.people.announce()
        dispatcher.start()
        ticking.start()
        publishing.start()
        self.handing.start()
        self.checker.start()
        handler.connect()  # type: ignore[no-untyped-call]
        try:
            stop.wait()
        finally:
            _hang_up(handler)
            ticking.pause()
            ticking.shutdown(wait=True)
            dispatcher.stop()
            self.handing.stop()
            self.checker.stop()
            publishing.join()
            self.publisher.publish_due(last=True)
            self.views.stop()
            self.close()

    def close(self) -> None:
        """End the writer and give the lock back."""
        self.database.stop()
        self.lock.release()

    def _publish(self, stop: threading.Event) -> None:
        bell = self.database.bells.event("publisher")
        while not stop.is_set():
            self.clock.wait(PUBLISH_EVERY, bell)
            bell.clear()
            try:
                self.publisher.publish_due()
            except Exception:
                log.exception("the outbox could not be published; it is tried again")


def build(
    settings: Settings,
    *,
    clock: Clock | None = None,
    slack: WebClient | None = None,
    systems: Connect | None = None,
    at_boundary: Callable[[str], None] = lambda _: None,
) -> Program:
    """Build the program; nothing is connected yet, but the database is open and checked.

    Args:
        settings: As loaded.
        clock: The time source; the machine's own if left out.
        slack: The Web API client; made from the settings if left out.
        systems: Makes the clients of an estate; made from the settings if left out.
        at_boundary: Called at each COMMIT and around each call of an effect; crash tests kill the process there.

    Raises:
        StorageError: Another process has the database, or its schema is another release's.
        AuditBroken: The audit table's guards were tampered with.
    """
    quiet()
    clock = clock or SystemClock()
    lock = DatabaseLock(settings.database)
    lock.take()
    prepare(settings.database, clock.now())
    database = Database(settings.database, clock, settings.audit_key(), at_boundary=at_boundary)
    database.start()
    token = secret(settings.slack.bot_token)
    address, proxy = settings.slack.api_url, settings.slack.proxy
    web = slack or slack_app.client(token, address, proxy=proxy)
    asking = slack_app.client(token, address, proxy=proxy, timeout=IDENTITY_PATIENCE)
    people = People(database, clock, settings.slack.team, settings.roster())
    identity = SlackIdentity(
        asking,
        clock,
        settings.slack.team,
        settings.roster,
        lambda account, gone, asked_at: people.seen(account, gone=gone, asked_at=asked_at),
    )
    bench = Bench(
        database,
        clock,
        systems or Connector(settings, clock, database),
        catalogue(),
        gone=identity.gone,
        crossing=at_boundary,
    )
    views = SlackViews(web)
    desk = Desk(
        database,
        clock,
        identity,
        views,
        SettingsStarts(settings, lambda estate: _counted(database, estate)),
    )
    checking = Checking(settings, database, clock, bench.connect, asking)
    return Program(
        settings=settings,
        clock=clock,
        database=database,
        bench=bench,
        worker=Worker(bench),
        desk=desk,
        web=web,
        publisher=Publisher(database, clock, web, Drawing(), calm=CALM),
        ticks=Ticks(
            database,
            clock.now,
            lambda: _sample(bench),
            lambda: _watch(bench),
            checking.ask_what_is_due,
            lambda: _count(bench),
        ),
        views=views,
        identity=identity,
        people=people,
        handing=_handing(settings, database, clock),
        checker=Checker(checking),
        lock=lock,
    )


def _handing(settings: Settings, database: Database, clock: Clock) -> Handing:
    store = InventoryStore(database, clock)
    overrides = {one.estate.name: one.templates for one in settings.estates if one.templates is not None}
    office = Office(
        database, clock, settings.files, lambda rollback_id: comparison_of(store, rollback_id), store, overrides
    )
    return Handing(office, steps(report), purge_due)


def _counted(database: Database, estate: str) -> int | None:
    with database.read() as session:
        return devices_counted(session, estate)


def _hang_up(handler: StampingHandler) -> None:
    """Take no more clicks. The library's own close can wait for ever on a connection that says nothing."""
    closing = threading.Thread(target=handler.close, name="hang-up", daemon=True)
    closing.start()
    closing.join(HANG_UP)


def _sample(bench: Bench) -> None:
    sampling.sample_all(bench)


def _count(bench: Bench) -> None:
    returning.count_due(bench)


def _watch(bench: Bench) -> None:
    invariants.watch_all(bench)
