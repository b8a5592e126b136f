"""What a check reads: one estate, how to reach it, what is known of an open rollback; and a page of rows to fill."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from integrations.certificates import PeerCertificate
from integrations.errors import IntegrationError
from rollback.actions.action import Connect, Finding, Given, Json, Preview
from rollback.actions.inventory import proofs
from rollback.cluster import Cluster
from rollback.estate import Estate, Node
from rollback.readiness import judging
from rollback.readiness.rows import IDENTITY, Outlook, Row
from rollback.systems import Systems
from storage.words import Mode, StageState, SystemName

NOT_BEGUN = ("shut-down-nodes", "back-up-database", "snapshot-nodes")
"""Stages that a check takes as not begun: what must hold at their start need not hold now."""

NO_ROLLBACK = "RB-0"  # stands where the number of a rollback goes into a name
FORGED = frozenset({"no-way-back"})
"""Findings that mean nothing where it isn't told when the upgrade began: the check takes it to begin right now."""


OF_PEOPLE = frozenset({"notices-waiting", "notices-not-sent", "evidence-missing"})
"""Findings about what people do during a rollback: a check asks systems."""


@dataclass(frozen=True)
class Known:
    """What is known of the rollback that is open on the estate; nothing of it where none is.

    Attributes:
        rollback: ``RB-7``, or empty.
        facts: Its facts; where none is open, those of the settings (``upgrade_started_at``, ``last_change_before``).
        choices: What was picked.
        results: Results of its stages.
    """

    rollback: str = ""
    facts: Mapping[str, Json] = field(default_factory=dict)
    choices: Mapping[str, Json] = field(default_factory=dict)
    results: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Place:
    """One estate as a check sees it.

    Attributes:
        estate: As in the settings, or as frozen into the open rollback.
        connect: Makes the clients; each lane has its own.
        now: The wall clock, aware UTC.
        known: What is known of an open rollback.
        users: The account of each system, where it is told; only compared with the vendors' own superusers.
    """

    estate: Estate
    connect: Connect
    now: Callable[[], datetime]
    known: Known = Known()
    users: Mapping[SystemName, str] = field(default_factory=dict)

    @property
    def open(self) -> str:
        """The open rollback, ``RB-7``; empty: none."""
        return self.known.rollback

    @property
    def upgrade_told(self) -> bool:
        """Whether it is told when the upgrade began; else backups are judged as if it began now."""
        return bool(self.known.facts.get("upgrade_started_at"))

    def broken(self) -> Outlook:
        """How bad it is when something does not serve: an open rollback may have switched it off itself."""
        return Outlook.WARN if self.open else Outlook.FAIL

    def acts(self, system: SystemName) -> bool:
        """Whether the bot changes this system itself."""
        return self.estate.mode(system) is Mode.ACT

    def given(self, nodes: tuple[Node, ...] | None = None) -> Given:
        """What the actions' previews may know, for these nodes or all."""
        estate = self.estate if nodes is None else self.estate.model_copy(update={"nodes": nodes})
        now = self.now()
        begun = self.known.facts.get("upgrade_started_at") or now.isoformat()
        return Given(
            rollback=self.known.rollback or NO_ROLLBACK,
            stage="prepare",
            target="",
            attempt=1,
            estate=estate,
            drill=estate.practice,
            params={"nodes": tuple(node.name for node in estate.nodes)},
            facts={**self.known.facts, "upgrade_started_at": begun},
            choices=self.known.choices,
            influencers={},
            results=self.known.results,
            states=dict.fromkeys(NOT_BEGUN, StageState.WAITING),
            runbook_hash="",
            claiming=False,
            now=now,
        )

    def meant(self, preview: Preview) -> tuple[Finding, ...]:
        """The findings of a preview that mean something now."""
        left_out = OF_PEOPLE if self.upgrade_told else OF_PEOPLE | FORGED
        return tuple(one for one in preview.findings if one.code not in left_out)


class Page:
    """The rows of one subject, filled by one lane and read by another thread at any time."""

    def __init__(self, subject: str) -> None:
        """An empty page."""
        self.subject = subject
        self._rows: list[Row] = []
        self._lock = threading.Lock()

    @property
    def rows(self) -> tuple[Row, ...]:
        """What stands on it now."""
        with self._lock:
            return tuple(self._rows)

    def add(self, *rows: Row) -> None:
        """Add rows."""
        with self._lock:
            self._rows += rows

    def passes(self, name: str, text: str) -> None:
        """Add a row that passes."""
        self.add(Row(self.subject, name, Outlook.PASS, text))

    def identity(self, read: Callable[[], str]) -> None:
        """Add the row that says which system answers."""

        def told() -> None:
            value = read()
            self.add(Row(self.subject, IDENTITY, Outlook.PASS, f"It is {value}.", value=value))

        self.reads(IDENTITY, told)

    def certificate(self, place: Place, read: Callable[[], PeerCertificate], name: str = "certificate") -> None:
        """Add the row of a certificate, read without trusting it."""
        self.reads(name, lambda: self.add(judging.certificate(self.subject, name, read(), place.now())))

    def clock(self, place: Place, whose: str, read: Callable[[], datetime | None]) -> None:
        """Add the row of a clock, against the bot's own."""

        def told() -> None:
            allowed = place.estate.timings.clock_skew
            self.add(judging.clock(self.subject, proofs.apart(whose, read(), place.now(), allowed), allowed))

        self.reads("clock", told)

    def reads(self, name: str, read: Callable[[], None], outlook: Outlook = Outlook.FAIL) -> bool:
        """Read something, which adds its rows; an error of the client is a row of that name, and False."""
        try:
            read()
        except IntegrationError as error:
            self.add(judging.trouble(self.subject, name, error, outlook))
            return False
        return True


class Reached:
    """Whether a system answers and lets us in; told once by its own lane, awaited by lanes that need it too."""

    def __init__(self) -> None:
        """Not known yet."""
        self.told = threading.Event()
        self.good = False

    def tell(self, *, good: bool) -> None:
        """Say it."""
        self.good = good
        self.told.set()


@dataclass(frozen=True)
class Round:
    """One check in its course.

    Attributes:
        place: What is checked.
        reached: By system.
        pause: Waits at most so many seconds, or until the event is set; True if it is.
        limit: How long the whole may take.
    """

    place: Place
    reached: Mapping[SystemName, Reached]
    pause: Callable[[float, threading.Event], bool]
    limit: timedelta

    def waited_for(self, system: SystemName) -> bool:
        """Whether a system answers, once its own lane knows; False when it does not know within half the time."""
        known = self.reached[system]
        return self.pause(self.limit.total_seconds() / 2, known.told) and known.good


def only(systems: Systems, *kinds: type[Any]) -> Systems:
    """A view on some of the clients, and on the cluster: an action that is handed it takes all others to be off.

    The clients stay those of `systems`, which closes them.
    """
    wanted: tuple[type[Any], ...] = (Cluster, *kinds)
    return Systems({kind: partial(systems.get, kind) for kind in wanted if systems.has(kind)})
