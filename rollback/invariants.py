"""What must be so for a while (INV-1 to INV-8): which invariants apply now, and what the plan says of each.

Pure: a demand follows from the rows of the stages alone. A stage that is at work on the very thing is allowed to change
it, so meanwhile the demand leaves that thing out, or isn't read at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.book import Book
from rollback.stages import AT_WORK, ENDED
from storage.models import AuditEntry, Invariant, Stage
from storage.words import Event, Role, StageKind, StageState

MISSED = 3
"""So many missed readings in a row, and no destructive stage starts."""

STALE = MISSED * timedelta(seconds=30)
"""A reading that is older counts as missed so often: readings are at most 30 s apart, so nobody is watching."""

PREPARE, LIVE, TIDY = "prepare", "go-live", "clean-up"
CLOSE, OPEN = "vservers-disable", "vservers-enable"
SWITCH_OFF = "node-switch-off"
OFF, START, SWAP, JOIN, RESTORE = "nodes-shut-down", "node-start", "node-swap", "nodes-join", "node-restore"
SAVE, RESTORE_DATABASE, RESTART = "database-back-up", "database-restore", "sql-restart"
ONLINE = "online"
"""The check of the restart's stage by which the instance is back."""

SWITCHING = frozenset({OFF, START, SWAP, JOIN})
WITH_NODES = SWITCHING | {RESTORE}


class Inv(StrEnum):
    """The invariants by the names that people know from the runbook."""

    DOOR = "INV-1"
    POWER = "INV-2"
    VISITORS = "INV-3"
    SOURCES = "INV-4"
    JOBS = "INV-5"
    PRIMARY = "INV-6"
    SAFETY = "INV-7"
    DATABASE = "INV-8"


@dataclass(frozen=True)
class Rule:
    """One invariant in words.

    Attributes:
        text: What must be so.
        owner: Whose it is to put right.
        advice: What to do when it is broken, one sentence.
    """

    text: str
    owner: Role
    advice: str


RULES: Mapping[Inv, Rule] = MappingProxyType(
    {
        Inv.DOOR: Rule(
            "The door is closed.",
            Role.XENMOBILE_ADMIN,
            "Press “Close the door” on the board: one of IC or XA is enough. Then find out who enabled the vServers.",
        ),
        Inv.POWER: Rule(
            "Exactly the nodes that the plan says are on.",
            Role.VIRTUALISATION_ADMIN,
            "For a node that must be off press “Power off…” on the board: one of IC, XA or VA is enough. Two versions "
            "on one database destroy it.",
        ),
        Inv.VISITORS: Rule(
            "Nobody but the bot is in the database.",
            Role.DATABASE_ADMIN,
            "End the foreign session, and find out what it has written.",
        ),
        Inv.SOURCES: Rule(
            "The chosen backup file and all restore points exist.",
            Role.DATABASE_ADMIN,
            "Bring it back, or pick another one that lies before the upgrade.",
        ),
        Inv.JOBS: Rule(
            "No job touches the nodes or the database.",
            Role.VIRTUALISATION_ADMIN,
            "Stop the job or wait for its end, and pause it.",
        ),
        Inv.PRIMARY: Rule(
            "The same NetScaler is primary.",
            Role.XENMOBILE_ADMIN,
            "Look at the states on the new primary; fail back, or address it, before anything goes on.",
        ),
        Inv.SAFETY: Rule(
            "The safety backup is there, unchanged.",
            Role.DATABASE_ADMIN,
            "Bring the file back from its second copy: without it there is no way back.",
        ),
        Inv.DATABASE: Rule(
            "The database is ONLINE and MULTI_USER, with the version value as restored.",
            Role.DATABASE_ADMIN,
            "Look at the error log of SQL Server and at who changed the database.",
        ),
    }
)


@dataclass(frozen=True)
class Demand:
    """One invariant that applies now. Two equal ones say that nothing was at work on it in between.

    Attributes:
        name: Which.
        on: Nodes that must be on; INV-2 only.
        off: Nodes that must be off; INV-2 only.
        moving: Nodes under restore, whose machine may leave the inventory for a while; INV-2 only.
        suspended: A stage at work changes this very thing: it isn't read now, and what was read last stands.
        stamp: The stages that may change it, each with its version.
    """

    name: Inv
    on: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()
    moving: frozenset[str] = frozenset()
    suspended: bool = False
    stamp: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True)
class Seen:
    """One invariant as it was read.

    Attributes:
        name: Which.
        good: Whether it holds; None: that could not be read.
        faults: What is wrong, in clauses that stay the same as long as the same is wrong; or why it was not read.
        watched: False: its system is off, so that nobody but people can read it; that is never a missed reading.
    """

    name: Inv
    good: bool | None
    faults: tuple[str, ...] = ()
    watched: bool = True


def demands(book: Book) -> tuple[Demand, ...]:
    """The invariants that apply to a rollback now, in order; those that don't apply yet or any more are left out."""
    away = _sql_is_away(book)
    found = (
        _door(book),
        _power(book),
        _plain(book, Inv.VISITORS, OFF, RESTART, applies=_closed_to_nodes(book), suspended=away),
        _plain(book, Inv.SOURCES, RESTART, applies=_until_live(book, PREPARE), suspended=away),
        _plain(book, Inv.JOBS, RESTART, applies=_until_decided(book, OFF), suspended=away),
        _plain(book, Inv.PRIMARY, CLOSE, applies=_until_live(book, CLOSE)),
        _plain(book, Inv.SAFETY, SAVE, RESTART, applies=_saved(book), suspended=away or bool(_at_work(book, SAVE))),
        _plain(
            book, Inv.DATABASE, RESTORE_DATABASE, RESTART, applies=_until_live(book, RESTORE_DATABASE),
            suspended=away or bool(_at_work(book, RESTORE_DATABASE)),
        ),
    )  # fmt: skip
    return tuple(one for one in found if one is not None)


def stops(session: Session, book: Book, stage: Stage, now: datetime) -> tuple[str, ...]:
    """Why a destructive stage may not start: invariants that apply and are broken, or were not read for long."""
    if not book.planned(stage).line:
        return ()
    applying = {one.name for one in demands(book) if not one.suspended}
    rows = session.scalars(select(Invariant).where(col(Invariant.rollback_id) == book.id).order_by(col(Invariant.name)))
    return tuple(said for row in rows if row.name in applying and (said := _stops(row, now)))


def broken_now(session: Session, book: Book) -> dict[str, str]:
    """The invariants that are known to be broken, by name, each with what is wrong and what to do."""
    wanted = select(Invariant).where(col(Invariant.rollback_id) == book.id, col(Invariant.good).is_(False))
    rows = session.scalars(wanted.order_by(col(Invariant.name)))
    return {row.name: f"{row.name} is broken: {row.text}. {RULES[Inv(row.name)].advice}" for row in rows}


def red_lately(session: Session, book: Book, now: datetime) -> bool:
    """Whether an invariant is broken, or was within the time for which the whole cluster has to hold."""
    since = now - book.estate.timings.cluster_held
    broken = select(col(Invariant.id)).where(col(Invariant.rollback_id) == book.id, col(Invariant.good).is_(False))
    seen = (Event.HEALTH_BROKEN, Event.HEALTH_RESTORED)
    noted = select(col(AuditEntry.seq)).where(
        col(AuditEntry.rollback_id) == book.id, col(AuditEntry.event).in_(seen), col(AuditEntry.wall) >= since
    )
    return any(session.execute(wanted.limit(1)).first() is not None for wanted in (broken, noted))


def _stops(row: Invariant, now: datetime) -> str:
    rule = RULES[Inv(row.name)]
    if row.good is False:
        return f"{row.name} is broken: {row.text}. {rule.advice}"
    if row.missed >= MISSED:
        return f"{row.name} can't be read ({row.text}), and nobody knows whether it holds: {rule.text}"
    if row.good is not None and row.read_at is not None and now - row.read_at > STALE:
        return f"{row.name} was not read for long, and nobody knows whether it holds: {rule.text}"
    return ""


def _plain(book: Book, name: Inv, *touch: str, applies: bool, suspended: bool = False) -> Demand | None:
    return Demand(name, suspended=suspended, stamp=_stamp(book, frozenset(touch))) if applies else None


def _door(book: Book) -> Demand | None:
    """Closed since a stage has closed it, until one begins to open it."""
    closed = _last_end(book, CLOSE)
    if closed is None or _live_ended(book) or any(_opens(stage, closed) for stage in _of(book, OPEN)):
        return None
    closing = any(stage.kind != StageKind.SAFETY for stage in _at_work(book, CLOSE))  # closing again opens nothing
    return Demand(Inv.DOOR, suspended=closing, stamp=_stamp(book, frozenset({CLOSE, OPEN})))


def _opens(stage: Stage, closed: datetime) -> bool:
    """Whether a stage has begun to open the door since it was closed.

    A stage keeps its first start through all attempts, so one whose door was closed behind it is judged by its state.
    """
    if stage.started_at is None:
        return False
    ended = stage.state == StageState.SUCCEEDED and stage.ended_at is not None and stage.ended_at > closed
    return stage.started_at >= closed or ended or stage.state in AT_WORK


def must_be_off(book: Book) -> frozenset[str]:
    """Names of the nodes that the plan says are off now; those in the hands of a stage at work are in nobody else's."""
    demand = _power(book)
    return demand.off if demand is not None else frozenset()


def _power(book: Book) -> Demand | None:
    """What the stages that have ended left on and off; nodes in the hands of a stage at work are left out."""
    if not _until_live(book, OFF):
        return None
    power: dict[str, bool | None] = dict.fromkeys(book.plan.nodes)
    for stage in _in_order(book):
        power |= _left(book, stage)
    return Demand(
        Inv.POWER,
        on=frozenset(node for node, on in power.items() if on),
        off=frozenset(node for node, on in power.items() if on is False),
        moving=frozenset(node for stage in _at_work(book, RESTORE) for node in book.planned(stage).nodes),
        stamp=_stamp(book, WITH_NODES),
    )


def _in_order(book: Book) -> list[Stage]:
    """Stages that have switched nodes or are about to, in the order of their ends; those at work last."""
    begun = [stage for stage in _of(book, *SWITCHING) if stage.started_at is not None or stage.state in ENDED]
    ended = sorted(
        (one for one in begun if one.state in ENDED and one.ended_at is not None),
        key=lambda one: (one.ended_at, one.position),
    )
    return [*ended, *(one for one in begun if one.state not in ENDED)]


def _left(book: Book, stage: Stage) -> dict[str, bool | None]:
    """How a stage leaves its nodes; None: not known, because it is at work, or began and was left out after all."""
    planned = book.planned(stage)
    if stage.state != StageState.SUCCEEDED:
        return dict.fromkeys(planned.nodes) if stage.started_at is not None else {}
    if stage.action == SWAP:
        return {node: node == planned.target for node in planned.nodes}
    return dict.fromkeys(planned.nodes, stage.action != OFF)


def _closed_to_nodes(book: Book) -> bool:
    """From the shutdown of the nodes until one is about to be started."""
    shut = _last_end(book, OFF)
    starts = [one.started_at for one in _of(book, START, SWAP, JOIN) if one.started_at is not None]
    return shut is not None and not _live_ended(book) and not any(at >= shut for at in starts)


def _until_live(book: Book, action: str) -> bool:
    return _last_end(book, action) is not None and not _live_ended(book)


def _until_decided(book: Book, action: str) -> bool:
    decided = any(f"{stage.name}:decided" in book.passed for stage in _of(book, LIVE))
    return _until_live(book, action) and not decided


def _saved(book: Book) -> bool:
    """From the safety backup on, as long as the rollback is open; it is kept for longer than that."""
    return _last_end(book, SAVE) is not None and not any(stage.state in ENDED for stage in _of(book, TIDY))


def _live_ended(book: Book) -> bool:
    """Whether `go-live` has held, or was left out."""
    return any(stage.state in ENDED for stage in _of(book, LIVE))


def _sql_is_away(book: Book) -> bool:
    """Whether the instance may be restarting: from the stage's start until it is seen to be back."""
    return any(f"{stage.name}:{ONLINE}" not in book.passed for stage in _at_work(book, RESTART))


def _of(book: Book, *actions: str) -> Iterator[Stage]:
    return (stage for stage in book.stages.values() if stage.action in actions)


def _at_work(book: Book, action: str) -> list[Stage]:
    """Stages that have begun and not ended; a failed one is among them: what it left behind is not known."""
    return [stage for stage in _of(book, action) if stage.started_at is not None and stage.state not in ENDED]


def _last_end(book: Book, action: str) -> datetime | None:
    """When a stage of that action has succeeded last; None: none has."""
    ends = [stage.ended_at for stage in _of(book, action) if stage.state == StageState.SUCCEEDED]
    return max((end for end in ends if end is not None), default=None)


def _stamp(book: Book, actions: frozenset[str]) -> frozenset[tuple[str, int]]:
    return frozenset((stage.name, stage.version) for stage in _of(book, *actions))
