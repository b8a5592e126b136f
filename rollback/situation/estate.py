"""Nodes, database and door: what is believed of them and how it is known, from samples, stages and attested checks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.book import Book
from rollback.situation.stage_values import StageView
from rollback.situation.values import Believed, DatabaseView, DoorView, NodeView, PortHistory, Power, VServerView
from rollback.untrusted import Untrusted, one_line
from storage.models import Sample
from storage.words import By, ChangeState, CheckState, StageKind, StageState

HISTORY = timedelta(minutes=15)
POWER, PORT_80, MEMBER, DATABASE, VSERVER = "power", "port-80", "member", "database", "vserver"
"""What samples are called; see `rollback.health.Reading`."""

SWITCHED_ON = frozenset({"node-start", "nodes-join"})
SWITCHED_OFF = frozenset({"nodes-shut-down", "node-restore", "node-switch-off"})
MADE = frozenset({StageState.VERIFYING, StageState.SUCCEEDED})
AS_BEFORE = "as before the rollback"


@dataclass(frozen=True)
class Readings:
    """Samples of the last 15 minutes, by what and target, in order of time; of all but ports only the newest."""

    by: Mapping[tuple[str, str], Sequence[tuple[datetime, bool, str]]]

    def of(self, what: str, target: str) -> Sequence[tuple[datetime, bool, str]]:
        """The readings of one thing."""
        return self.by.get((what, target), ())

    def last(self, what: str, target: str) -> tuple[datetime, bool, str] | None:
        """The newest reading of one thing."""
        found = self.of(what, target)
        return found[-1] if found else None


def read_samples(session: Session, rollback_id: int, now: datetime) -> Readings:
    """What was read in the last 15 minutes: of ports everything, of the rest the newest reading."""
    recent = (col(Sample.rollback_id) == rollback_id, col(Sample.at) >= now - HISTORY)
    newest = (
        select(func.max(col(Sample.id)))
        .where(*recent, col(Sample.what).in_((POWER, MEMBER, DATABASE, VSERVER)))
        .group_by(col(Sample.what), col(Sample.target))
    )
    rows = session.execute(
        select(col(Sample.what), col(Sample.target), col(Sample.at), col(Sample.good), col(Sample.value))
        .where(or_(and_(*recent, col(Sample.what) == PORT_80), col(Sample.id).in_(newest)))
        .order_by(col(Sample.id))
    )
    by: dict[tuple[str, str], list[tuple[datetime, bool, str]]] = defaultdict(list)
    for what, target, at, good, value in rows:
        by[what, target].append((at, good, value))
    return Readings(by)


def node_views(book: Book, stages: Sequence[StageView], readings: Readings) -> tuple[NodeView, ...]:
    """Every node, FIRST first."""
    return tuple(
        NodeView(
            name=name,
            first=name == book.plan.first,
            power=_power(book, name, stages, readings),
            version=_version(book, name, stages),
            member=_member(name, readings),
            port_80=_port(readings.of(PORT_80, name)),
        )
        for name in book.plan.nodes
    )


def _power(book: Book, node: str, stages: Sequence[StageView], readings: Readings) -> Believed:
    read = readings.last(POWER, node)
    if read is not None:
        at, good, value = read
        return Believed(_as_power(value, on=good), "read", at)
    believed = Believed(Power.ON, AS_BEFORE)
    for at, stage in _by_time(stages):
        on = stage.action in SWITCHED_ON or (stage.action == "node-swap" and stage.target == node)
        off = stage.action in SWITCHED_OFF or stage.action == "node-swap"
        if node not in book.planned(book.stages[stage.name]).nodes or not (on or off):
            continue
        if stage.state in MADE:
            believed = Believed(Power.ON if on else Power.OFF, f"as {stage.name} left it", at)
        else:
            believed = Believed(Power.UNKNOWN, f"{stage.name} is {stage.state}", at)
    return believed


def _as_power(value: str, *, on: bool) -> Power:
    """vSphere: `runtime.powerState` is ``poweredOn``, ``poweredOff`` or ``suspended``."""
    said = value.casefold()
    if "off" in said or "suspended" in said:
        return Power.OFF
    return Power.ON if on or "on" in said else Power.UNKNOWN


def _version(book: Book, node: str, stages: Sequence[StageView]) -> Believed:
    before, after = book.estate.from_version, book.estate.to_version
    believed = Believed(before, AS_BEFORE)
    for stage in stages:
        if stage.action == "node-restore" and stage.target == node and stage.started_at is not None:
            if stage.state is StageState.SUCCEEDED:
                believed = Believed(after, "its restore point says so, nobody has seen it", stage.ended_at)
            else:
                believed = Believed("unknown", f"{stage.name} is {stage.state}", stage.started_at)
    for at, people in sorted(_releases(book, node, stages)):
        believed = Believed(after, f"{people} people read it in its console", at)
    return believed


def _releases(book: Book, node: str, stages: Sequence[StageView]) -> Iterator[tuple[datetime, int]]:
    """When people have read the release of a node in its console: no API tells it."""
    for stage in stages:
        about = {check.name: check.node for check in book.planned(book.stages[stage.name]).checks}
        for check in stage.checks:
            word = check.name.partition("@")[0]
            if word == "release" and about.get(check.name) == node and check.state is CheckState.PASSED and check.at:
                yield check.at, check.people


def _member(node: str, readings: Readings) -> Untrusted | None:
    read = readings.last(MEMBER, node)
    return None if read is None else Untrusted(read[2])


def _port(read: Sequence[tuple[datetime, bool, str]]) -> PortHistory:
    good = [was_good for _, was_good, _ in read]
    return PortHistory(
        good=sum(good),
        all=len(good),
        last_good=good[-1] if good else None,
        changes=sum(1 for before, after in pairwise(good) if before != after),
    )


def database_view(book: Book, stages: Sequence[StageView], readings: Readings) -> DatabaseView:
    """The database."""
    name = book.estate.sqlserver.database
    restores = [stage for stage in stages if stage.action == "database-restore" and stage.started_at is not None]
    version = Believed(book.estate.from_version, AS_BEFORE)
    state = Believed("not read", AS_BEFORE)
    restored_at = None
    for stage in restores:
        if stage.state is StageState.SUCCEEDED:
            restored_at = stage.ended_at
            version = Believed(book.estate.to_version, f"{stage.name} was verified", stage.ended_at)
            state = Believed("restored", f"as {stage.name} left it", stage.ended_at)
        else:
            version = Believed("unknown", f"{stage.name} is {stage.state}", stage.started_at)
            state = Believed("unknown", f"{stage.name} is {stage.state}", stage.started_at)
    read = readings.last(DATABASE, name)
    if read is not None:
        state = Believed(one_line(Untrusted(read[2]), 40), "read", read[0])
    return DatabaseView(Untrusted(name), state, version, restored_at, _saved_at(stages))


def _saved_at(stages: Sequence[StageView]) -> datetime | None:
    ends = [s.ended_at for s in stages if s.action == "database-back-up" and s.state is StageState.SUCCEEDED]
    return max((end for end in ends if end is not None), default=None)


def door_view(book: Book, stages: Sequence[StageView], readings: Readings) -> DoorView:
    """The door, from the plan's milestones: it closes with the first change and is open again when that is proven.

    Closed once more toward safety, it is closed since then.
    """
    vservers = tuple(_vservers(book, readings))
    if book.plan.milestones is None:
        return DoorView(vservers=vservers)
    closing = next(stage for stage in stages if stage.name == book.plan.milestones.door_closes)
    opens = book.plan.milestones.door_opens
    closed, opened = _first_change(closing), passed_at(stages, opens.stage, opens.check)
    again = [at for stage in stages if stage.kind is StageKind.SAFETY and stage.action == closing.action
             and (at := _first_change(stage)) is not None]  # fmt: skip
    if again:
        closed = max(again) if closed is None or opened is None else max(closed, *again)
    return DoorView(closed, None if opened is not None and again and max(again) > opened else opened, vservers)


def _vservers(book: Book, readings: Readings) -> Iterator[VServerView]:
    for listed in book.estate.netscaler.vservers:
        read = readings.last(VSERVER, listed.name)
        if read is not None:
            at, serving, state = read
            yield VServerView(Untrusted(listed.name), Untrusted(state), serving, at)


def _first_change(stage: StageView) -> datetime | None:
    begun = [change.begun_at for change in stage.changes if change.begun_at is not None]
    by_hand = [c.ended_at for c in stage.changes if c.state is ChangeState.DONE and c.by is By.PERSON]
    made = begun + [at for at in by_hand if at is not None]
    if made:
        return min(made)
    return stage.started_at if stage.state is StageState.SUCCEEDED else None


def passed_at(stages: Sequence[StageView], name: str, check: str) -> datetime | None:
    """When a stage succeeded, or when one check of it passed; None before."""
    stage = next(one for one in stages if one.name == name)
    for one in stage.checks:
        if check and one.name == check and one.state is CheckState.PASSED:
            return one.at
    return stage.ended_at if stage.state is StageState.SUCCEEDED else None


def _by_time(stages: Sequence[StageView]) -> list[tuple[datetime, StageView]]:
    """The stages that have begun, in the order in which they came to what they are."""
    begun = []
    for stage in stages:
        if stage.started_at is not None and stage.state is not StageState.SKIPPED:
            changed = [change.ended_at for change in stage.changes if change.ended_at is not None]
            begun.append((stage.ended_at or max(changed, default=stage.started_at), stage))
    return sorted(begun, key=lambda one: (one[0], one[1].position))
