"""What people do about a notice: review, approve, have it handed out, mark it sent. Nobody approves what is theirs.

Each press names the first characters of the hash that it means, so that nobody approves a text that changed meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback.book import Book
from rollback.drafts.notices import NOTICE_KINDS, Content
from rollback.operations import stages
from rollback.operations.lead import require
from rollback.operations.notices import BELL, intact, move, newest, versions, wake
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb, may
from storage.database import Unit
from storage.models import CheckRow, Draft
from storage.outbox import Say
from storage.words import CheckState, DraftState, Notice, StageState

MARK = 8
"""How many characters of a hash are shown and typed."""
HELP_DESK_FIRST = "The help desk is told first: mark `help-desk-brief` sent. Nothing was changed."
CHECKS = {
    Notice.HELP_DESK_BRIEF: ("release-notices", "help-desk-sent"),
    Notice.RE_ENROL: ("release-notices", "affected-sent"),
    Notice.RESTORED: ("tell-users", "users-sent"),
    Notice.MANAGEMENT_SUMMARY: ("tell-users", "management-sent"),
}
"""The check of a stage that marking a notice sent answers too, where it is open: nobody says a thing twice."""


@dataclass(frozen=True)
class Sent:
    """What is said of a notice that was sent.

    Attributes:
        channel: By what: mail, intranet, text message.
        at: When, aware UTC.
        count: To how many people.
    """

    channel: str
    at: datetime
    count: int


def mark_of(row: Draft) -> str:
    """What people type to mean this version: the beginning of the hash that they approve."""
    return (row.list_hash if row.name == Notice.RECIPIENTS else row.text_hash)[:MARK]


def find(session: Session, book: Book, name: str) -> Draft:
    """The newest version of the notice that a person means.

    Raises:
        Refusal: There is no such notice, or it isn't drafted yet.
    """
    if name not in set(Notice):
        raise Refusal(f"There is no notice of that name; there are: {', '.join(Notice)}. Nothing was changed.", book.id)
    row = newest(session, book.id).get(Notice(name))
    if row is None:
        raise Refusal(f"`{name}` isn't drafted yet: the bot drafts it as soon as it knows enough.", book.id)
    return row


def review(unit: Unit, book: Book, who: Presser, name: str, mark: str) -> str:
    """Say that a notice is right as it stands; communications does.

    Raises:
        Refusal: Not this person's to review, another version, or the lint found something.
    """
    require(book, who, Verb.DRAFT_REVIEW, "review a notice")
    row = find(unit.session, book, name)
    _must_be(book, row, DraftState.DRAFT, "review")
    _must_be_meant(book, row, mark)
    _must_be_clean(book, row)
    if row.author == who.person.id and _others(book, who):
        raise Refusal(f"You wrote `{name}`; somebody else reviews it. Nothing was changed.", book.id)
    move(unit, row, DraftState.REVIEWED, who.person.id, reviewer=who.person.id)
    wake(unit, book)
    approvers = NOTICE_KINDS[Notice(row.name)].approvers
    unit.put(Say("notice-reviewed", book.id, {"notice": row.name, "version": row.version, "mark": mark_of(row)}))
    return f"`{name}` version {row.version} is reviewed; it waits for the approval of {' or '.join(approvers)}."


def approve(unit: Unit, book: Book, who: Presser, name: str, mark: str) -> str:
    """Approve a notice, or the list of recipients: bound to its hash, by a second person.

    Raises:
        Refusal: Not this person's to approve, their own text or review, another version, or not reviewed yet.
    """
    require(book, who, Verb.DRAFT_APPROVE, "approve a notice")
    row = find(unit.session, book, name)
    approvers = NOTICE_KINDS[Notice(row.name)].approvers
    if not may(who.person, Verb.DRAFT_APPROVE, approvers):
        raise Refusal(f"`{name}` is approved by {' or '.join(approvers)}; nothing was changed.", book.id)
    _must_be(book, row, DraftState.REVIEWED, "approve")
    _must_be_meant(book, row, mark)
    if who.person.id in (row.author, row.reviewer):
        raise Refusal(f"You wrote or reviewed `{name}`; somebody else approves it. Nothing was changed.", book.id)
    if not intact(row):
        raise Refusal(f"`{name}` doesn't fit its hash any more: it was changed behind the bot's back.", book.id)
    move(unit, row, DraftState.APPROVED, who.person.id, approver=who.person.id)
    wake(unit, book)
    return f"`{name}` version {row.version} is approved as {mark_of(row)}; {_what_follows(unit.session, book, row)}"


def hand_out(unit: Unit, book: Book, who: Presser, name: str) -> str:
    """Have the files of an approved notice written, or written anew.

    Raises:
        Refusal: Not this person's to ask, or not approved.
    """
    require(book, who, Verb.DRAFT_MARK_SENT, "have a notice handed out")
    row = find(unit.session, book, name)
    if row.state not in (DraftState.APPROVED, DraftState.HANDED_OUT):
        raise Refusal(f"`{name}` is {_state(row)}: only what is approved is handed out. Nothing was changed.", book.id)
    if row.name == Notice.RECIPIENTS:
        raise Refusal("The list is handed out with `re-enrol`; nothing was changed.", book.id)
    if row.state == DraftState.HANDED_OUT:
        move(unit, row, DraftState.APPROVED, who.person.id)
    unit.ring(BELL)
    return f"`{name}`: {_what_follows(unit.session, book, row)}"


def mark_sent(unit: Unit, book: Book, who: Presser, name: str, sent: Sent) -> str:
    """Say that a notice was sent; the help desk's comes first.

    Raises:
        Refusal: Not this person's to say, not handed out, or a count below the list's.
    """
    require(book, who, Verb.DRAFT_MARK_SENT, "mark a notice sent")
    row = find(unit.session, book, name)
    if row.name == Notice.RECIPIENTS:
        raise Refusal("The list isn't sent; mark `re-enrol` sent. Nothing was changed.", book.id)
    _must_be(book, row, DraftState.HANDED_OUT, "mark sent")
    _must_be_plausible(unit, book, row, sent)
    also = {"sent_by": who.person.id, "sent_channel": sent.channel.strip(), "sent_at": sent.at}
    move(unit, row, DraftState.MARKED_SENT, who.person.id, sent_count=sent.count, **also)
    wake(unit, book)
    answered = _answer_check(unit, book, who, Notice(row.name), sent)
    return f"`{name}` is marked sent to {sent.count}.{answered}"


def _others(book: Book, who: Presser) -> bool:
    """Whether somebody else may review; where nobody is, the writer says it is ready and the approver is the second."""
    return any(one.id != who.person.id and may(one, Verb.DRAFT_REVIEW) for one in book.roster.people)


def _must_be_plausible(unit: Unit, book: Book, row: Draft, sent: Sent) -> None:
    if not sent.channel.strip() or sent.count < 1:
        raise Refusal("Say by which channel and to how many people it was sent; nothing was changed.", book.id)
    if sent.at > unit.now or sent.at < book.row.started_at:
        raise Refusal("The time lies in the future, or before this rollback; nothing was changed.", book.id)
    found = versions(unit.session, book.id)
    notice = Notice(row.name)
    briefs = found.get(Notice.HELP_DESK_BRIEF, [])
    if notice is Notice.RE_ENROL:
        briefs = briefs[-1:]
    if NOTICE_KINDS[notice].to_users and not any(b.state == DraftState.MARKED_SENT for b in briefs):
        raise Refusal(HELP_DESK_FIRST, book.id)
    if notice is Notice.RE_ENROL:
        listed = Content.from_json(found[Notice.RECIPIENTS][-1].texts).listed
        if row.list_hash != found[Notice.RECIPIENTS][-1].list_hash:
            raise Refusal("The list has changed since it was handed out: approve `recipients` first.", book.id)
        if listed is not None and sent.count < listed.people:
            raise Refusal(f"The list has {listed.people} people, {sent.count} are fewer. Nothing was changed.", book.id)


def _answer_check(unit: Unit, book: Book, who: Presser, notice: Notice, sent: Sent) -> str:
    """Answer the stage's own check as well, if it is open and this person's."""
    name, check_name = CHECKS.get(notice, ("", ""))
    stage = book.stages.get(name)
    if stage is None or stage.state not in (StageState.RUNNING, StageState.VERIFYING):
        return ""
    check = next((c for c in book.planned(stage).checks if c.name == check_name), None)
    wanted = select(CheckRow.id).where(  # type: ignore[call-overload]
        col(CheckRow.stage_id) == stage.id, col(CheckRow.attempt) == stage.attempt, col(CheckRow.name) == check_name,
        col(CheckRow.state) == CheckState.OPEN,
    )  # fmt: skip
    is_open = unit.session.execute(wanted).first() is not None
    if check is None or not is_open or not may(who.person, Verb.ANSWER, check.who):
        return ""
    evidence = {
        "by": who.person.id, "at": sent.at.isoformat(), "channel": sent.channel.strip(), "count": str(sent.count),
    }  # fmt: skip
    return " " + stages.answer(unit, book, stage, check_name, who, passed=True, evidence=evidence)


def _must_be(book: Book, row: Draft, state: DraftState, what: str) -> None:
    if row.state != state:
        raise Refusal(f"`{row.name}` is {_state(row)}: there is nothing to {what}. Nothing was changed.", book.id)


def _must_be_meant(book: Book, row: Draft, mark: str) -> None:
    """Six characters at least, so that a typing error never means another text."""
    typed, whole = mark.strip().lower(), row.list_hash if row.name == Notice.RECIPIENTS else row.text_hash
    if len(typed) < MARK - 2 or not whole.startswith(typed):
        raise Refusal(
            f"Name what you have read: version {row.version} of `{row.name}` is {mark_of(row)}. Nothing was changed; "
            f"`/rollback drafts {row.name} show` shows it.",
            book.id,
        )


def _must_be_clean(book: Book, row: Draft) -> None:
    problems = Content.from_json(row.texts).problems
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise Refusal(f"`{row.name}` can't go out as it is: {problems[0]}{more}. Correct its template.", book.id)


def _what_follows(session: Session, book: Book, row: Draft) -> str:
    found = newest(session, book.id)
    if row.name == Notice.RECIPIENTS:
        text = found.get(Notice.RE_ENROL)
        ready = text is not None and text.state in (DraftState.APPROVED, DraftState.HANDED_OUT)
        return "the letters are being written." if ready else "the letters follow when `re-enrol` is approved."
    if row.name == Notice.RE_ENROL:
        listed = found.get(Notice.RECIPIENTS)
        if listed is None:
            return "its letters follow when the devices are compared and `recipients` is approved."
        if listed.state not in (DraftState.APPROVED, DraftState.HANDED_OUT):
            return "its letters follow when `recipients` is approved."
    return "its files are being written; their place follows in the channel."


def _state(row: Draft) -> str:
    return str(row.state).replace("_", " ")
