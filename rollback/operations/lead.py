"""The lead's verbs: hold, resume, abort. Toward safety one person is enough; else nobody is alone."""

from rollback import invariants, journal, rounds, standing
from rollback.approvals import Policy
from rollback.book import Book
from rollback.operations import asking, reports, stakeholders
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb, may
from rollback.stages import ENDED
from storage.database import Unit
from storage.models import Debt, Gate, Rollback
from storage.outbox import Redraw, Say
from storage.words import ChangeState, Event, GateState, Purpose, Role, RollbackState, StageState, SubjectKind

CLEAN_UP = "clean-up"
WORDS = {StageState.FAILED: "has failed", StageState.NEEDS_RECONCILE: "is of unknown outcome"}
"""States of stages that wait for people to put something right, in words."""


def hold(unit: Unit, rollback: Rollback, by: str, why: str) -> bool:
    """Pause: nothing new begins until somebody resumes; what runs is followed to its end. True if it was running."""
    if rollback.state != RollbackState.RUNNING:
        return False
    rollback.state, rollback.held_by, rollback.held_why = RollbackState.PAUSED, by, why
    rollback.version += 1
    unit.note(Event.ROLLBACK_HELD, rollback.id, by, why=why)
    assert rollback.id is not None  # noqa: S101 - read from the database
    unit.put(Say("held", rollback.id, {"by": by, "why": why}))
    unit.put(Redraw(SubjectKind.BOARD, rollback.id, rollback.id))
    return True


def press_hold(unit: Unit, book: Book, who: Presser, why: str) -> str:
    """*Hold*, by any named person."""
    require(book, who, Verb.HOLD, "hold the rollback")
    if not hold(unit, book.row, who.person.id, why):
        raise Refusal(f"{book.label} is {book.row.state}: there is nothing to hold.", book.id)
    return f"{book.label} is on hold: nothing new begins. What is running is followed to its end."


def resume(unit: Unit, book: Book, who: Presser) -> str:
    """Go on after a hold; the incident commander says so, and is told what is broken all the same."""
    require(book, who, Verb.RESUME, "resume the rollback")
    if book.row.state != RollbackState.PAUSED:
        raise Refusal(f"{book.label} is {book.row.state}: there is nothing to resume.", book.id)
    book.row.state, book.row.held_by, book.row.held_why = RollbackState.RUNNING, "", ""
    book.row.version += 1
    for stage in book.in_state(StageState.PREVIEWING, StageState.RUNNING, StageState.APPROVED):
        stage.due_at = None
    unit.note(Event.ROLLBACK_RESUMED, book.id, who.person.id)
    left = still_broken(unit, book)
    unit.put(Say("resumed", book.id, {"by": who.person.id, "broken": list(left.values())}))
    unit.put(Redraw(SubjectKind.BOARD, book.id, book.id))
    unit.ring("dispatcher")
    names = f" Still to be put right: {', '.join(left)}; the channel says how." if left else ""
    return f"{book.label} goes on.{names}"


def still_broken(unit: Unit, book: Book) -> dict[str, str]:
    """What a resumed rollback goes on with, by name: broken invariants, stages that wait for people to mend them."""
    stages = {
        stage.name: f"{stage.name} {WORDS[StageState(stage.state)]}: {stage.why or 'look at its card.'}"
        for stage in book.in_state(*WORDS)
    }
    return {**invariants.broken_now(unit.session, book), **stages}


def abort(unit: Unit, book: Book, who: Presser, why: str) -> str:
    """Ask to end the rollback where it stands; before the first change one person is enough.

    The round's card names what stays switched off and who owns it; `aborted` does it when the round is approved.
    """
    require(book, who, Verb.ABORT, "abort the rollback")
    if not why.strip():
        raise Refusal("An abort needs a reason: `/rollback abort REASON`.", book.id)
    line = standing.crossed_line(book)
    if not standing.any_change_made(book):
        aborted(unit, book, who.person.id, why)
        return f"{book.label} is aborted; nothing had been changed."
    gate = book.plan.abort_gate(line)
    policy = rounds.policy_of(gate) if gate is not None else Policy(groups=(frozenset({Role.SERVICE_OWNER}),))
    asking.ask(unit, book, asking.Round("abort", Purpose.ABORT, policy, (), asked_by=who.person.id, why=why))
    return f"Asked for the abort of {book.label}. Nothing has changed yet; others have to agree on its card."


def aborted(unit: Unit, book: Book, by: str, why: str) -> None:
    """End the rollback: cards are over, nothing planned begins; what is off or not known becomes a debt with an owner.

    Raises:
        Refusal: The outcome of a change is being looked for: it would be forgotten.
    """
    _must_be_known(unit, book)
    for row in asking.open_ones(unit.session, book.id):
        asking.close(unit, row, GateState.SUPERSEDED)
    for stage in book.in_state(StageState.RUNNING, StageState.NEEDS_RECONCILE):
        journal.drop_the_rest(unit, stage, "the rollback was aborted")
    for stage in book.in_state(StageState.NEEDS_RECONCILE):
        _owe(unit, book, f"{stage.name}: its outcome was not known when the rollback was aborted. Look at it yourself.")
    for text, owner in standing.still_off(book):
        unit.session.add(Debt(rollback_id=book.id, text=text, owner=owner, due_at=unit.now))
        unit.note(Event.DEBT_NOTED, book.id, by, text=text, owner=owner)
    book.row.state, book.row.ended_at, book.row.held_why = RollbackState.ABORTED, unit.now, why
    book.row.version += 1
    unit.note(Event.ROLLBACK_ABORTED, book.id, by, why=why)
    unit.put(Say("aborted", book.id, {"by": by, "why": why}))
    unit.put(Redraw(SubjectKind.BOARD, book.id, book.id))
    stakeholders.tell_end(unit, book)
    reports.note_asked(unit, book, "bot")


def _must_be_known(unit: Unit, book: Book) -> None:
    for stage in book.in_state(StageState.RUNNING):
        if any(change.state == ChangeState.INTENDED for change in journal.changes_of(unit.session, stage)):
            raise Refusal(
                f"{stage.name} is still under way; nothing was changed. Hold the rollback, and end it after that.",
                book.id,
            )


def require(book: Book, who: Presser, verb: Verb, what: str) -> None:
    """Refuse unless the person may use the verb on an open rollback."""
    if book.row.ended_at is not None:
        raise Refusal(f"{book.label} has ended ({book.row.state}); nothing was changed.", book.id)
    if not may(who.person, verb):
        raise Refusal(f"Your roles don't let you {what}; nothing was changed.", book.id)


def after_round(unit: Unit, book: Book, gate: Gate) -> None:
    """What an approved round of another purpose than *change* brings about."""
    if gate.purpose == Purpose.ABORT:
        aborted(unit, book, gate.asked_by, gate.why)


def complete_if_done(unit: Unit, book: Book) -> bool:
    """End a rollback whose every stage has ended; what a skipped clean-up leaves open becomes debts. True if it did."""
    if book.row.ended_at is not None or any(stage.state not in ENDED for stage in book.stages.values()):
        return False
    for stage in book.in_state(StageState.SKIPPED):
        if stage.action == CLEAN_UP:
            _owe(unit, book, f"{stage.name} was left out: snapshots, paused jobs and alarms are still to be seen to.")
    book.row.state, book.row.ended_at = RollbackState.COMPLETED, unit.now
    book.row.version += 1
    unit.note(Event.ROLLBACK_COMPLETED, book.id, "bot")
    unit.put(Say("completed", book.id, {}))
    unit.put(Redraw(SubjectKind.BOARD, book.id, book.id))
    stakeholders.tell_end(unit, book)
    reports.note_asked(unit, book, "bot")
    return True


def _owe(unit: Unit, book: Book, text: str) -> None:
    owner = Role.INCIDENT_COMMANDER.value
    unit.session.add(Debt(rollback_id=book.id, text=text, owner=owner, due_at=unit.now))
    unit.note(Event.DEBT_NOTED, book.id, "bot", text=text, owner=owner)
