"""Who is waited for: votes, answers, hands, decisions about what is stuck; the longest first."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from rollback.book import Book
from rollback.roles import MAY, Verb
from rollback.situation.gate_values import GateView
from rollback.situation.people import by_id, holders
from rollback.situation.stage_values import CheckView, StageView
from rollback.situation.values import Hold, Waiting, WaitKind
from storage.models import HandoverRow
from storage.words import ChangeState, Role, StageState


def waiting(
    book: Book,
    stages: Sequence[StageView],
    gates: Sequence[GateView],
    hold: Hold | None,
    offered: HandoverRow | None = None,
) -> tuple[Waiting, ...]:
    """Everybody who is waited for now; nobody once the rollback has ended."""
    if book.row.ended_at is not None:
        return ()
    of_stages = (one for stage in stages for one in _of_stage(book, stage))
    found = [*_hold(book, hold), *_lead(book, offered), *_votes(gates), *of_stages]
    return tuple(sorted(found, key=lambda one: (one.since is None, one.since or book.row.started_at)))


def _hold(book: Book, hold: Hold | None) -> Iterator[Waiting]:
    if hold is not None:
        roles = _in_order(MAY[Verb.RESUME])
        yield Waiting(WaitKind.HOLD, book.label, roles, holders(book, roles), hold.since)


def _lead(book: Book, offered: HandoverRow | None) -> Iterator[Waiting]:
    if offered is not None:
        roles = _in_order(MAY[Verb.HANDOVER])
        yield Waiting(WaitKind.LEAD, book.label, roles, (by_id(book, offered.incoming),), offered.asked_at)


def _votes(gates: Sequence[GateView]) -> Iterator[Waiting]:
    for gate in gates:
        if gate.open and gate.approvable:
            roles = _in_order({role for place in gate.missing for role in place})
            yield Waiting(
                WaitKind.VOTE, gate.name, roles, gate.asked, gate.asked_at, gate.next_reminder, gate_id=gate.id
            )


def _of_stage(book: Book, stage: StageView) -> Iterator[Waiting]:
    for check in stage.open_checks:
        if not check.optional:
            yield _check(book, stage, check)
    if stage.open_changes:
        people = holders(book, stage.attests)
        yield Waiting(WaitKind.HANDS, stage.name, stage.attests, people, stage.started_at, stage_id=stage.id)
    stuck = {
        StageState.NEEDS_RECONCILE: (WaitKind.RECONCILE, Verb.RECONCILE),
        StageState.FAILED: (WaitKind.FAILED, Verb.RETRY),
        StageState.BLOCKED: (WaitKind.BLOCKED, Verb.RETRY),
    }.get(stage.state)
    if stuck is not None:
        kind, verb = stuck
        roles = stage.attests or _in_order(MAY[verb])
        yield Waiting(kind, stage.name, roles, holders(book, roles), _stuck_since(stage), stage_id=stage.id)


def _check(book: Book, stage: StageView, check: CheckView) -> Waiting:
    answered = {answer.person.id for answer in check.answers if answer.attempt == stage.attempt}
    people = holders(book, check.who, but=answered)
    since = max((c.ended_at for c in stage.changes if c.ended_at is not None), default=stage.started_at)
    return Waiting(WaitKind.CHECK, f"{stage.name}:{check.name}", check.who, people, since, stage_id=stage.id)


def _stuck_since(stage: StageView) -> datetime | None:
    if stage.state is StageState.FAILED:
        return stage.ended_at
    unknown = [c.ended_at for c in stage.changes if c.state is ChangeState.UNKNOWN and c.ended_at is not None]
    return min(unknown, default=None)


def _in_order(roles: Collection[Role]) -> tuple[Role, ...]:
    return tuple(role for role in Role if role in roles)
