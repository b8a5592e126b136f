"""What is around stages and gates, as people see it: nodes, database, door, clocks, way back, who is waited for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rollback.situation.stage_values import PersonView
from rollback.untrusted import Untrusted
from storage.words import Role


class Power(StrEnum):
    """Whether a node is on."""

    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Believed:
    """Something that is believed, and how it is known.

    Attributes:
        value: What is believed.
        how: How it is known: ``read 09:41``, ``2 people read it in the console``, ``not watched``.
        at: When it was learnt; None for what was assumed at the start.
    """

    value: str
    how: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PortHistory:
    """The readings of one port in the last 15 minutes.

    Attributes:
        good: How many readings were good.
        all: How many there were.
        last_good: Whether the newest one was; None without a reading.
        changes: How often it went from good to bad or back.
    """

    good: int
    all: int
    last_good: bool | None
    changes: int


@dataclass(frozen=True, slots=True)
class NodeView:
    """One node.

    Attributes:
        name: As in the settings.
        first: Whether it is the node that is started first.
        power: On, off or unknown, and how that is known.
        version: The version that it is believed to run, and how that is known.
        member: State of its members on the NetScaler as read last, or None.
        port_80: Port 80 in the last 15 minutes; it carries the cluster's traffic.
    """

    name: str
    first: bool
    power: Believed
    version: Believed
    member: Untrusted | None
    port_80: PortHistory


@dataclass(frozen=True, slots=True)
class DatabaseView:
    """The database.

    Attributes:
        name: Its name.
        state: As read last, or what the stages let believe.
        version: The version that its content belongs to, and how that is known.
        restored_at: When the restore of this rollback ended, or None.
        saved_at: When the safety backup was verified, or None.
    """

    name: Untrusted
    state: Believed
    version: Believed
    restored_at: datetime | None
    saved_at: datetime | None


@dataclass(frozen=True, slots=True)
class VServerView:
    """One vServer as it was read last.

    Attributes:
        name: Its name.
        state: As the NetScaler says it.
        serving: Whether it serves.
        at: When it was read.
    """

    name: Untrusted
    state: Untrusted
    serving: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class DoorView:
    """The door: the vServers through which devices come in.

    Attributes:
        closed_at: When the first change that closes it was begun; None while it stands open as it was.
        opened_at: When it was proven open again.
        vservers: Its vServers, as far as they were read in the last 15 minutes.
    """

    closed_at: datetime | None = None
    opened_at: datetime | None = None
    vservers: tuple[VServerView, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether it is closed now."""
        return self.closed_at is not None and self.opened_at is None

    def closed_for(self, now: datetime) -> timedelta | None:
        """How long it is closed, or was."""
        return None if self.closed_at is None else (self.opened_at or now) - self.closed_at


@dataclass(frozen=True, slots=True)
class WayBack:
    """The way back from a point of the rollback.

    Attributes:
        line: The last line that was crossed there: 0, 1 or 2.
        needed: Whether anything was changed that had to be taken back.
        takes: How long it takes, or None where the runbook has no way back.
        steps: What is done, in order, as titles.
        costs: What it costs besides time, in one sentence.
    """

    line: int
    needed: bool
    takes: timedelta | None
    steps: tuple[Untrusted, ...]
    costs: str


@dataclass(frozen=True, slots=True)
class Clocks:
    """When what is expected.

    Attributes:
        opens_at: When the door opens, or opened; None for a plan without a door.
        live_at: When the service is declared healthy, or was; None likewise.
        opened, live: Whether that has happened.
        ends_at: When the last stage ends that isn't counted in days.
        drop_dead: By when it must be decided to be up in time, as given at the start, or None.
        next_update: When the stakeholders are told again at the latest, or None.
    """

    opens_at: datetime | None
    live_at: datetime | None
    opened: bool
    live: bool
    ends_at: datetime
    drop_dead: datetime | None = None
    next_update: datetime | None = None


class WaitKind(StrEnum):
    """What is waited for."""

    VOTE = "vote"
    CHECK = "check"
    HANDS = "hands"
    RECONCILE = "reconcile"
    FAILED = "failed"
    BLOCKED = "blocked"
    HOLD = "hold"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody is waited for.

    Attributes:
        kind: What for.
        subject: The stage, the check (``stage:check``) or the gate.
        roles: Whose it is.
        people: Those who can do it, deputies left out.
        since: Since when, or None where that isn't kept.
        next_reminder: When somebody is reminded next, or None.
        stage_id, gate_id: The row that it is about, or None.
    """

    kind: WaitKind
    subject: str
    roles: tuple[Role, ...]
    people: tuple[PersonView, ...]
    since: datetime | None
    next_reminder: datetime | None = None
    stage_id: int | None = None
    gate_id: int | None = None


@dataclass(frozen=True, slots=True)
class InvariantView:
    """What must be so for a while.

    Attributes:
        name: ``INV-1``.
        good: Whether it was so at the last reading; None: not watched.
        read_at: When it was read last.
        missed: Readings that failed in a row.
        text: What was seen.
    """

    name: str
    good: bool | None
    read_at: datetime | None
    missed: int
    text: Untrusted


@dataclass(frozen=True, slots=True)
class DebtView:
    """Something that is switched off or owed.

    Attributes:
        text: What.
        owner: A role, or the id of a person.
        due_at: By when, or None.
        settled_at: When it was settled, or None.
    """

    text: Untrusted
    owner: str
    due_at: datetime | None = None
    settled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold.

    Attributes:
        by: Who holds: a person, or None for the bot.
        why: Why.
        since: Since when.
    """

    by: PersonView | None
    why: Untrusted
    since: datetime


Counts = Mapping[str, int]
"""Numbers by name, as stages' results give them: ``must``, ``check_first``, ``people`` …"""
