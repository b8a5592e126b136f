"""Toward safety one person is enough, at once: close the door, power off a node that must be off.

A press holds the rollback and makes a stage of its own out of the runbook's `toward_safety`. The worker carries that
stage out like every other (intended before it acts, looked for after a lost reply, verified), though the rollback is
on hold; where the bot may not act, its card says what a person does.
"""

from rollback import invariants, journal, rounds
from rollback.book import Book, toward_safety
from rollback.operations import asking, lead, stages
from rollback.operations.lead import require
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb
from rollback.stages import ENDED, move
from storage.database import Unit
from storage.models import Stage
from storage.outbox import Say
from storage.words import Event, GateState, StageKind, StageState

CLOSE = "close-the-door"
POWER_OFF = "power-off@"


def close_the_door(unit: Unit, book: Book, who: Presser) -> str:
    """Close the door, whatever stands open; what opens it asks for new votes before it does so again.

    Raises:
        Refusal: Not this person's to do, or it is under way already.
    """
    require(book, who, Verb.CLOSE_DOOR, "close the door")
    stage = _press(unit, book, who, CLOSE, "the door is closed toward safety")
    for other in list(book.stages.values()):
        if other.action == invariants.OPEN and other.kind != StageKind.SAFETY:
            _take_back(unit, other, who)
    return (
        f"{stage.name} has begun and {book.label} is on hold. What devices have lost or enrolled meanwhile stays so; "
        "opening the door again asks for new votes."
    )


def power_off(unit: Unit, book: Book, who: Presser, node: str) -> str:
    """Power off a node that must not be on, by its plug.

    Raises:
        Refusal: Not this person's to do, the plan doesn't say that the node must be off, or it is under way already.
    """
    require(book, who, Verb.POWER_OFF_WRONG_NODE, "power off a node")
    wrong = sorted(invariants.must_be_off(book))
    if node not in wrong:
        known = f"The plan says off for: {', '.join(wrong)}." if wrong else "The plan says off for none."
        raise Refusal(f"That is no node that must be off now. {known} Nothing was changed.", book.id)
    stage = _press(unit, book, who, f"{POWER_OFF}{node}", f"{node} must not be on and is powered off")
    return f"{stage.name} has begun and {book.label} is on hold: {node} is powered off by its plug."


def under_way(book: Book, name: str) -> Stage | None:
    """The newest stage of that name which was started toward safety and has not ended."""
    mine = [stage for stage in _all(book, name) if stage.state not in ENDED]
    return mine[-1] if mine else None


def _press(unit: Unit, book: Book, who: Presser, name: str, why: str) -> Stage:
    stage = under_way(book, name)
    if stage is not None and stage.state != StageState.FAILED:
        raise Refusal(f"{stage.name} is {stage.state} already: look at its card. Nothing was changed.", book.id)
    lead.hold(unit, book.row, who.person.id, why)
    if stage is None:
        stage = _make(unit, book, name)
        move(unit, stage, StageState.PREVIEWING, actor=who.person.id, why=why)
    else:
        stages.retry(unit, book, stage, who)
    unit.note(Event.SAFETY_STARTED, book.id, who.person.id, stage=stage.name, attempt=stage.attempt)
    unit.put(Say("safety-started", book.id, {"stage": stage.name, "by": who.person.id}))
    return stage


def _make(unit: Unit, book: Book, name: str) -> Stage:
    try:
        planned = toward_safety(book.plan, name)
    except KeyError:
        raise Refusal(f"This runbook has no `{name}`; nothing was changed.", book.id) from None
    number = len(_all(book, name)) + 1
    stage = Stage(
        rollback_id=book.id,
        position=max(one.position for one in book.stages.values()) + 1,
        name=name if number == 1 else f"{name}.{number}",
        action=planned.action,
        target=planned.target,
        kind=planned.kind,
        state=StageState.WAITING,
    )
    unit.session.add(stage)
    unit.session.flush()
    book.stages[stage.name] = stage
    return stage


def _all(book: Book, name: str) -> list[Stage]:
    """Every stage of that name, however often it was pressed."""
    return [s for s in book.stages.values() if s.kind == StageKind.SAFETY and s.name.partition(".")[0] == name]


def _take_back(unit: Unit, stage: Stage, who: Presser) -> None:
    """Void the approvals of a stage that opens the door, and stop it where it is: it opens nothing without new votes.

    A change of it that was begun is followed to its end; if it was lost, it is not made again (see `journal.obstacle`).
    """
    why, by = "the door was closed toward safety", who.person.id
    while (found := rounds.approved_round(unit.session, stage)) is not None:
        asking.close(unit, found[0], GateState.SUPERSEDED)
    match stage.state:
        case StageState.APPROVED:
            move(unit, stage, StageState.PREVIEWING, actor=by, why=why)
        case StageState.RUNNING:
            begun = journal.begun(unit.session, stage)
            journal.drop_the_rest(unit, stage, why)
            if not begun:
                move(unit, stage, StageState.PREVIEWING, actor=by, why=why, attempt=stage.attempt + 1)
        case StageState.VERIFYING:
            move(unit, stage, StageState.FAILED, actor=by, why=why)
        case StageState.SUCCEEDED:
            move(unit, stage, StageState.PREVIEWING, actor=by, why=why, attempt=stage.attempt + 1)
