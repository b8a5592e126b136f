"""What people do about one stage: answer its checks, attest what they did by hand, try again, leave out, reconcile."""

import json
from collections.abc import Mapping

from sqlalchemy import select

from rollback import journal, rounds
from rollback.approvals import Policy
from rollback.book import BY_HAND, Book
from rollback.operations import asking, lead, notices, security
from rollback.operations.lead import require
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb, attesters, may
from rollback.runbook import PlannedCheck
from rollback.stages import move, redraw
from rollback.systems import LOGINS_BELL
from storage.database import Unit
from storage.models import Answer, ChangeRow, CheckRow, ChoiceRow, Gate, Stage
from storage.outbox import Say
from storage.words import By, ChangeState, CheckState, Event, Purpose, Role, StageState

SECURITY = security.CHECK
"""The check that ends security's list: it waits for the list of the last comparison and for each of its rows."""


def find(book: Book, name: str) -> Stage:
    """The stage that a person means.

    Raises:
        Refusal: There is none; the sentence names the ones there are.
    """
    if name not in book.stages:
        raise Refusal(f"{book.label} has no stage of that name. It has: {', '.join(book.stages)}.", book.id)
    return book.stages[name]


def open_checks(unit: Unit, book: Book, stage: Stage) -> None:
    """Put the people's checks of a stage before its people, when it begins to run."""
    assert stage.id is not None  # noqa: S101 - read from the database
    for check in book.planned(stage).checks:
        if check.by is By.PERSON:
            unit.session.add(
                CheckRow(
                    stage_id=stage.id,
                    attempt=stage.attempt,
                    name=check.name,
                    by=By.PERSON,
                    state=CheckState.OPEN,
                    text=check.text,
                    after=check.after,
                    at=unit.now,
                )
            )
    unit.session.flush()


def answer(
    unit: Unit, book: Book, stage: Stage, name: str, who: Presser, *, passed: bool, evidence: Mapping[str, str]
) -> str:
    """Answer one of the people's checks, with the evidence that it asks for.

    Raises:
        Refusal: It isn't this person's to answer, or something is missing; nothing was changed.
    """
    require(book, who, Verb.ANSWER, "answer a check")
    check = next((c for c in book.planned(stage).checks if c.name == name and c.by is By.PERSON), None)
    if check is None:
        asked = ", ".join(c.name for c in book.planned(stage).checks if c.by is By.PERSON) or "none"
        raise Refusal(f"{stage.name} asks people for: {asked}. Nothing was changed.", book.id)
    if stage.state not in (StageState.RUNNING, StageState.VERIFYING):
        raise Refusal(f"{stage.name} is {stage.state}: its checks can't be answered now.", book.id)
    row = _open_row(unit, book, stage, check)
    _must_be_theirs(unit, book, stage, check, who)
    if name == SECURITY and notices.lists_are_behind(unit.session, book):
        raise Refusal(
            "The security list of the last comparison is still being written; answer when it is there.", book.id
        )
    if passed and name == SECURITY and stage.name == notices.COMPARE:
        security.must_be_settled(unit, book)
    if passed:
        _must_be_complete(book, check, evidence)
    _keep_answer(unit, book, stage, row, who, passed=passed, evidence=evidence)
    count = len(_people(unit, stage, name, passed=True))
    if not passed:
        row.state, row.at = CheckState.FAILED, unit.now
        outcome = "failed"
    elif count >= check.people:
        row.state, row.at = CheckState.PASSED, unit.now
        outcome = "passed"
    else:
        outcome = f"open: {count} of {check.people} people"
    stage.due_at = None
    redraw(unit, stage)
    unit.ring("dispatcher")
    return f"{stage.name}:{name} is {outcome}."


def _open_row(unit: Unit, book: Book, stage: Stage, check: PlannedCheck) -> CheckRow:
    row = _row(unit, stage, check.name)
    if row.state != CheckState.OPEN:
        raise Refusal(f"{stage.name}:{check.name} is {row.state} already; nothing was changed.", book.id)
    if not journal.made_until(journal.changes_of(unit.session, stage), check.after):
        raise Refusal(
            f"{stage.name}:{check.name} is answered when its changes have been made; nothing was changed.", book.id
        )
    return row


def _must_be_theirs(unit: Unit, book: Book, stage: Stage, check: PlannedCheck, who: Presser) -> None:
    if not may(who.person, Verb.ANSWER, check.who):
        raise Refusal(f"{stage.name}:{check.name} is answered by {' or '.join(check.who)}.", book.id)
    for other in check.other_than:
        if who.person.id in _people(unit, stage, other, passed=None):
            raise Refusal(f"{stage.name}:{check.name} is answered by somebody else than {other}.", book.id)
    if who.person.id in _people(unit, stage, check.name, passed=None):
        raise Refusal(f"You have answered {stage.name}:{check.name}; a second person has to.", book.id)


def _must_be_complete(book: Book, check: PlannedCheck, evidence: Mapping[str, str]) -> None:
    missing = [field.name for field in check.fields if not field.optional and not evidence.get(field.name, "").strip()]
    if missing:
        raise Refusal(f"`{check.name}` also needs: {', '.join(missing)}. Nothing was changed.", book.id)


def _keep_answer(
    unit: Unit, book: Book, stage: Stage, row: CheckRow, who: Presser, *, passed: bool, evidence: Mapping[str, str]
) -> None:
    assert stage.id is not None  # noqa: S101 - read from the database
    unit.session.add(
        Answer(
            stage_id=stage.id,
            attempt=stage.attempt,
            check_name=row.name,
            person=who.person.id,
            passed=passed,
            evidence=json.dumps(dict(evidence), ensure_ascii=False),
            at=unit.now,
        )
    )
    unit.session.flush()
    unit.note(
        Event.CHECK_ANSWERED, book.id, who.person.id, stage=stage.name, check=row.name, passed=passed,
        attempt=stage.attempt,
    )  # fmt: skip


def attest(unit: Unit, book: Book, stage: Stage, who: Presser, evidence: str, targets: frozenset[str]) -> str:
    """Say that changes were made by hand: those that wait for a person now, or what a failed stage left undone.

    Approved before, attested after, by somebody whom the stage names and who did not approve it.

    Args:
        unit: The transaction.
        book: The rollback.
        stage: The stage.
        who: Who pressed.
        evidence: What proves it: task ids, output, a time; never fetched.
        targets: Which targets; empty: all that wait now.

    Raises:
        Refusal: Nothing waits, the evidence is missing or it isn't this person's to attest.
    """
    require(book, who, Verb.ATTEST, "attest a change")
    if not evidence.strip():
        raise Refusal(f"Attesting needs evidence: {book.planned(stage).evidence}. Nothing was changed.", book.id)
    waiting = _attestable(unit, stage)
    chosen = [change for change in waiting if not targets or change.target in targets]
    if not chosen:
        raise Refusal(f"{stage.name} is {stage.state} and waits for no attestation; nothing was changed.", book.id)
    _must_attest(unit, book, stage, who)
    for change in chosen:
        assert change.id is not None  # noqa: S101 - read from the database
        outcome = {"text": "made by hand, attested", "ours": True, "evidence": evidence}
        journal.end(unit, change.id, ChangeState.DONE, outcome, person=who.person.id)
    unit.note(
        Event.STAGE_ATTESTED,
        book.id,
        who.person.id,
        stage=stage.name,
        attempt=stage.attempt,
        targets=[c.target for c in chosen],
    )
    if stage.state == StageState.FAILED:
        left = [change.target for change in waiting if change not in chosen]
        if left:
            return f"Attested: {', '.join(c.target for c in chosen)}. Still undone: {', '.join(left)}."
        move(unit, stage, StageState.VERIFYING, actor=who.person.id, why="made by hand after it had failed")
    stage.due_at = None
    unit.ring("dispatcher")
    return f"Attested: {', '.join(c.target for c in chosen)}. The bot now verifies what it can read."


def _attestable(unit: Unit, stage: Stage) -> list[ChangeRow]:
    changes = journal.changes_of(unit.session, stage)
    if stage.state == StageState.RUNNING:
        waiting = journal.open_by_hand(changes)
        before = max((one.group for one in changes if waiting and one.group < waiting[0].group), default=0)
        return waiting if before <= stage.settled_group else []
    if stage.state == StageState.FAILED:
        return [c for c in changes if c.state in (ChangeState.FAILED, ChangeState.DROPPED)]
    return []


def _must_attest(unit: Unit, book: Book, stage: Stage, who: Presser) -> None:
    planned = book.planned(stage)
    if stage.state == StageState.FAILED and stage.gate and rounds.approved_round(unit.session, stage) is None:
        raise Refusal(
            f"{stage.name}: what is left nobody has approved any more. Try it again, so that its gate asks anew.",
            book.id,
        )
    voted = rounds.voters_on(unit.session, stage)
    if who.person.id in {person.id for person in attesters(book.roster, planned.attests, voted)}:
        return
    named = " or ".join(planned.attests)
    if any(person.id not in voted for person in book.roster.holders(*planned.attests)):
        by = f"{named} who did not approve it"
    else:
        by = "an incident commander or deputy who did not approve it" + (
            f": all of {named} have voted" if named else ""
        )
    raise Refusal(f"{stage.name} is attested by {by}; nothing was changed.", book.id)


def retry(unit: Unit, book: Book, stage: Stage, who: Presser) -> str:
    """Try a failed stage again: a new preview; votes stay only where all that is left is safe to repeat and equal."""
    require(book, who, Verb.RETRY, "try a stage again")
    if stage.state != StageState.FAILED:
        raise Refusal(f"{stage.name} is {stage.state}, not failed: there is nothing to try again.", book.id)
    journal.drop_the_rest(unit, stage, "tried again")
    unit.ring(LOGINS_BELL)
    move(unit, stage, StageState.PREVIEWING, actor=who.person.id, why="tried again", attempt=stage.attempt + 1)
    return f"{stage.name} is previewed again (attempt {stage.attempt})."


def check_again(unit: Unit, book: Book, stage: Stage, who: Presser) -> str:
    """Preview a stage again now."""
    require(book, who, Verb.PREVIEW, "preview a stage")
    unit.ring(LOGINS_BELL)
    if stage.state in (StageState.BLOCKED, StageState.AWAITING_APPROVAL, StageState.APPROVED):
        move(unit, stage, StageState.PREVIEWING, actor=who.person.id, why="checked again")
    elif stage.state in (StageState.VERIFYING, StageState.RUNNING, StageState.PREVIEWING):
        stage.due_at = None
        unit.ring("dispatcher")
    else:
        raise Refusal(f"{stage.name} is {stage.state}: there is nothing to check.", book.id)
    return f"{stage.name} is looked at again."


def by_hand(unit: Unit, book: Book, stage: Stage, who: Presser, *, on: bool) -> str:
    """Let people make the stage's changes instead of the bot, or the bot again: another method, so new votes."""
    require(book, who, Verb.RETRY, "choose who makes a change")
    if stage.state not in (StageState.WAITING, StageState.BLOCKED, StageState.AWAITING_APPROVAL, StageState.APPROVED):
        raise Refusal(f"{stage.name} is {stage.state}: its method can't be changed now.", book.id)
    unit.session.add(
        ChoiceRow(rollback_id=book.id, key=BY_HAND + stage.name, value=on, person=who.person.id, at=unit.now)
    )
    unit.note(Event.CHOICE_MADE, book.id, who.person.id, key=BY_HAND + stage.name)
    if stage.state != StageState.WAITING:
        move(unit, stage, StageState.PREVIEWING, actor=who.person.id, why="another method")
    return f"{stage.name} will be done {'by hand' if on else 'by the bot'}; it is previewed and asked anew."


def skip(unit: Unit, book: Book, stage: Stage, who: Presser, why: str) -> str:
    """Ask to leave a stage out: the commander's reason and the votes of its gate, or a second person."""
    require(book, who, Verb.SKIP, "skip a stage")
    if not why.strip():
        raise Refusal(f"Skipping {stage.name} needs a reason: `/rollback skip {stage.name} REASON`.", book.id)
    planned = book.planned(stage)
    if planned.unskippable:
        raise Refusal(f"{stage.name} can't be skipped: the runbook forbids it. Nothing was changed.", book.id)
    allowed = (StageState.WAITING, StageState.BLOCKED, StageState.AWAITING_APPROVAL, StageState.FAILED)
    started_without_gate = stage.state in (StageState.RUNNING, StageState.VERIFYING) and not stage.gate
    if stage.state not in allowed and not started_without_gate:
        raise Refusal(f"{stage.name} is {stage.state} and can't be skipped now.", book.id)
    policy = rounds.policy_of(book.plan.gate(stage.gate)) if stage.gate else Policy(groups=(frozenset(Role),))
    asked = asking.Round(
        f"skip:{stage.name}", Purpose.SKIP, policy, ((stage, f"attempt {stage.attempt}"),), who.person.id, why
    )
    asking.ask(unit, book, asked)
    unit.note(Event.STAGE_SKIP_ASKED, book.id, who.person.id, stage=stage.name, why=why)
    return f"Asked to skip {stage.name}. Nothing has changed yet; others have to agree on its card."


def it_happened(unit: Unit, book: Book, stage: Stage, who: Presser, evidence: str) -> str:
    """Say that a change of unknown outcome happened; a second person has to say so too, then it is verified."""
    require(book, who, Verb.RECONCILE, "reconcile a stage")
    _must_be_unknown(book, stage)
    if not evidence.strip():
        raise Refusal("Say what you saw, so that the second person can look at the same thing.", book.id)
    policy = Policy(groups=(frozenset(book.planned(stage).attests) | frozenset(_approving_roles(book, stage)),))
    asked = asking.Round(
        f"happened:{stage.name}", Purpose.HAPPENED, policy, ((stage, f"attempt {stage.attempt}"),), who.person.id,
        evidence,
    )  # fmt: skip
    asking.ask(unit, book, asked)
    return f"Noted. A second person has to look and agree before {stage.name} is verified."


def it_did_not_happen(unit: Unit, book: Book, stage: Stage, who: Presser, evidence: str) -> str:
    """Say that a change of unknown outcome did not happen: new preview, new votes, one more look before acting."""
    require(book, who, Verb.RECONCILE, "reconcile a stage")
    _must_be_unknown(book, stage)
    if not evidence.strip():
        raise Refusal("Say what you saw: the next ones to approve will want to know.", book.id)
    for change in _unknown(unit, stage):
        assert change.id is not None  # noqa: S101 - read from the database
        outcome = {"text": "a person saw that it did not happen", "evidence": evidence}
        journal.end(unit, change.id, ChangeState.FAILED, outcome, person=who.person.id)
    journal.drop_the_rest(unit, stage, "the stage is asked anew")
    unit.note(Event.STAGE_RECONCILED, book.id, who.person.id, stage=stage.name, happened=False)
    move(unit, stage, StageState.PREVIEWING, actor=who.person.id, why="it did not happen", attempt=stage.attempt + 1)
    return f"{stage.name} is previewed anew and asks for new votes."


def look_again(unit: Unit, book: Book, stage: Stage, who: Presser) -> str:
    """Have the bot look once more: for a change of unknown outcome, or at what was attested and not seen."""
    require(book, who, Verb.RECONCILE, "reconcile a stage")
    _must_be_unknown(book, stage)
    unit.ring(LOGINS_BELL)
    unknown = _unknown(unit, stage)
    for change in unknown:
        change.look_at = unit.now
    if unknown:
        stage.due_at = unit.now
        unit.ring("dispatcher")
    else:
        move(unit, stage, StageState.VERIFYING, actor=who.person.id, why="looked at again")
    return f"{stage.name} is looked at again."


def after_round(unit: Unit, book: Book, gate: Gate) -> None:
    """What an approved round about leaving out or having happened brings about."""
    if gate.purpose not in (Purpose.SKIP, Purpose.HAPPENED):
        return
    (found,) = rounds.stages_of(unit.session, gate)
    stage = book.stages[found[0].name]
    if gate.purpose == Purpose.SKIP:
        _skip_now(unit, book, stage, gate)
        return
    if stage.state != StageState.NEEDS_RECONCILE:
        raise Refusal(f"{stage.name} is {stage.state} by now; nothing was changed.", book.id)
    if stage.attempt != found[1].attempt:
        raise Refusal(f"This card is about an earlier attempt of {stage.name}; nothing was changed.", book.id)
    for change in _unknown(unit, stage):
        assert change.id is not None  # noqa: S101 - read from the database
        outcome = {"text": "two people saw that it happened", "ours": True, "evidence": gate.why}
        journal.end(unit, change.id, ChangeState.DONE, outcome, person=gate.asked_by)
    unit.note(Event.STAGE_RECONCILED, book.id, gate.asked_by, stage=stage.name, happened=True)
    left = any(c.state == ChangeState.PLANNED for c in journal.changes_of(unit.session, stage))
    move(unit, stage, StageState.RUNNING if left else StageState.VERIFYING, actor=gate.asked_by, why="it happened")


def _skip_now(unit: Unit, book: Book, stage: Stage, gate: Gate) -> None:
    if stage.state in (StageState.RUNNING, StageState.VERIFYING) and not stage.gate:
        journal.drop_the_rest(unit, stage, "skipped")
        move(unit, stage, StageState.FAILED, actor=gate.asked_by, why=f"left: {gate.why}")
    if stage.state not in (
        StageState.WAITING, StageState.BLOCKED, StageState.AWAITING_APPROVAL, StageState.FAILED
    ):  # fmt: skip
        raise Refusal(f"{stage.name} is {stage.state} by now and can't be skipped; nothing was changed.", book.id)
    move(unit, stage, StageState.SKIPPED, actor=gate.asked_by, why=gate.why)
    unit.put(Say("skipped", book.id, {"stage": stage.name, "why": gate.why}))
    if lead.complete_if_done(unit, book):
        return
    asking.open_rounds(unit, book)


def _must_be_unknown(book: Book, stage: Stage) -> None:
    if stage.state != StageState.NEEDS_RECONCILE:
        raise Refusal(f"{stage.name} is {stage.state}: there is nothing to reconcile.", book.id)


def _unknown(unit: Unit, stage: Stage) -> list[ChangeRow]:
    return [c for c in journal.changes_of(unit.session, stage) if c.state == ChangeState.UNKNOWN]


def _approving_roles(book: Book, stage: Stage) -> list[Role]:
    if not stage.gate:
        return [Role.INCIDENT_COMMANDER]
    return [role for group in book.plan.gate(stage.gate).groups for role in group]


def _row(unit: Unit, stage: Stage, name: str) -> CheckRow:
    wanted = select(CheckRow).where(
        CheckRow.stage_id == stage.id,  # type: ignore[arg-type]
        CheckRow.attempt == stage.attempt,  # type: ignore[arg-type]
        CheckRow.name == name,  # type: ignore[arg-type]
    )
    return unit.session.scalars(wanted).one()


def _people(unit: Unit, stage: Stage, name: str, *, passed: bool | None) -> set[str]:
    wanted = select(Answer).where(
        Answer.stage_id == stage.id,  # type: ignore[arg-type]
        Answer.attempt == stage.attempt,  # type: ignore[arg-type]
        Answer.check_name == name,  # type: ignore[arg-type]
    )
    return {row.person for row in unit.session.scalars(wanted) if passed is None or row.passed is passed}
