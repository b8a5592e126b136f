"""What the bot itself writes about notices: new versions, files that lie on disk; and where each notice stands."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from rollback import journal
from rollback.actions.notices import Standing
from rollback.book import Book
from rollback.devices.decided import cleared, security_rows_of
from rollback.drafts.files import Written
from rollback.drafts.notices import Content
from rollback.stages import ENDED, Overtaken
from storage.database import Unit
from storage.models import CaptureRow, CheckRow, Draft, FileRow
from storage.outbox import Redraw, Say
from storage.words import CheckState, DraftState, Event, Notice, StageState, SubjectKind

COMPARE = "compare-devices"
COMPARED = "compared"
BOT = "bot"
BELL = "handing-out"
"""Rung when there may be something to draft or to hand out."""
BEYOND_APPROVAL = frozenset({DraftState.APPROVED, DraftState.HANDED_OUT, DraftState.MARKED_SENT})
MOVES: Mapping[DraftState, frozenset[DraftState]] = {
    DraftState.DRAFT: frozenset({DraftState.REVIEWED}),
    DraftState.REVIEWED: frozenset({DraftState.APPROVED}),
    DraftState.APPROVED: frozenset({DraftState.HANDED_OUT}),
    DraftState.HANDED_OUT: frozenset({DraftState.MARKED_SENT, DraftState.APPROVED}),
    DraftState.MARKED_SENT: frozenset({DraftState.APPROVED}),
}
"""The table of a notice's states; back to approved means: its files are written anew, perhaps for another list."""
NEED_THE_LIST = (Notice.INTRANET_PAGE, Notice.RESTORED, Notice.MANAGEMENT_SUMMARY)
BLOCKED_BY_NOTICES = frozenset({"release-notices", "tell-users"})


def versions(session: Session, rollback_id: int) -> dict[Notice, list[Draft]]:
    """Every version of every notice, the newest last."""
    rows = session.scalars(
        select(Draft).where(col(Draft.rollback_id) == rollback_id).order_by(col(Draft.name), col(Draft.version))
    )
    found: dict[Notice, list[Draft]] = {}
    for row in rows:
        found.setdefault(Notice(row.name), []).append(row)
    return found


def newest(session: Session, rollback_id: int) -> dict[Notice, Draft]:
    """The newest version of each notice that was drafted, in the order of `Notice`."""
    found = versions(session, rollback_id)
    return {notice: found[notice][-1] for notice in Notice if notice in found}


def notices_standing(session: Session, rollback_id: int) -> dict[str, str]:
    """Where the newest version of each notice stands, as actions are given it: `rollback.actions.notices.Standing`."""
    found = versions(session, rollback_id)
    told = {notice: _standing(rows) for notice, rows in found.items()}
    if Notice.RECIPIENTS in found:
        listed = Content.from_json(found[Notice.RECIPIENTS][-1].texts).listed
        if listed is None:
            told[Notice.RECIPIENTS] = Standing.BY_HAND
            told |= {notice: Standing.BY_HAND for notice in NEED_THE_LIST if notice not in told}
        elif listed.exact and not listed.people:
            told |= dict.fromkeys((Notice.RE_ENROL, Notice.RECIPIENTS), Standing.NOBODY)
    return {notice.value: where.value for notice, where in told.items()}


def _standing(rows: Sequence[Draft]) -> Standing:
    last = rows[-1]
    state = DraftState(last.state)
    if not intact(last):
        return Standing.CHANGED
    if state not in BEYOND_APPROVAL and any(DraftState(row.state) in BEYOND_APPROVAL for row in rows[:-1]):
        return Standing.CHANGED
    return Standing(state.value)


def intact(row: Draft) -> bool:
    """Whether text and list are still those of the hashes that people approve."""
    content = Content.from_json(row.texts)
    own_list = content.listed.digest if content.listed is not None else row.list_hash
    return content.text_hash == row.text_hash and own_list == row.list_hash


def move(unit: Unit, row: Draft, to: DraftState, actor: str, **also: object) -> None:
    """Change a notice's state, by `MOVES` and only if the row is still as it was read.

    Args:
        unit: The transaction.
        row: The version as it was read.
        to: The new state.
        actor: Id of the person, or ``bot``.
        also: Other columns that change with it.

    Raises:
        Overtaken: Somebody else was faster; nothing was changed.
        ValueError: The table has no such move: a mistake in the program.
    """
    came_from = DraftState(row.state)
    if to not in MOVES[came_from]:
        raise ValueError(f"a notice can't go from {came_from} to {to}")
    changed = unit.session.execute(
        update(Draft)
        .where(col(Draft.id) == row.id, col(Draft.state) == came_from.value)
        .values(state=to.value, **also)
        .execution_options(synchronize_session=False)
    )
    if changed.rowcount != 1:  # type: ignore[attr-defined]
        raise Overtaken(Overtaken.__doc__)
    unit.session.refresh(row)
    unit.note(
        Event.DRAFT_MOVED, row.rollback_id, actor, notice=row.name, version=row.version, came_from=came_from.value,
        to=to.value, text_hash=row.text_hash, list_hash=row.list_hash, channel=row.sent_channel, count=row.sent_count,
    )  # fmt: skip
    unit.put(Redraw(SubjectKind.BOARD, row.rollback_id, row.rollback_id))
    unit.ring(BELL)


def drafted(unit: Unit, rollback_id: int, notice: Notice, content: Content, author: str = BOT) -> Draft:
    """Keep a new version of a notice; it begins as a draft, whatever became of the one before.

    Args:
        unit: The transaction.
        rollback_id: Which rollback.
        notice: Which notice.
        content: What it holds.
        author: Id of the person who wrote it, or ``bot``.
    """
    earlier = versions(unit.session, rollback_id).get(notice, [])
    lost_edit = author == BOT and bool(earlier) and earlier[-1].author != BOT
    row = Draft(
        rollback_id=rollback_id, name=notice, version=len(earlier) + 1, state=DraftState.DRAFT,
        text_hash=content.text_hash, list_hash=content.listed.digest if content.listed else "",
        texts=content.to_json(), author=author, created_at=unit.now,
    )  # fmt: skip
    unit.session.add(row)
    unit.session.flush()
    unit.note(
        Event.DRAFT_MOVED, rollback_id, author, notice=notice.value, version=row.version, came_from="",
        to=DraftState.DRAFT.value, text_hash=row.text_hash, list_hash=row.list_hash,
    )  # fmt: skip
    facts = {"notice": notice.value, "version": row.version, "by": author, "lost_edit": lost_edit}
    unit.put(Say("notice-drafted", rollback_id, facts))
    return row


def seen_again(unit: Unit, row: Draft, seen: str) -> None:
    """Note that a later comparison came to the same list, so that its approval holds."""
    row.texts = replace(Content.from_json(row.texts), seen=seen).to_json()
    unit.session.add(row)


def keep_files(unit: Unit, rollback_id: int, files: Iterable[Written], what: str) -> None:
    """Keep where files lie, their hashes and counts; the channel is told the same and never what is in them.

    Args:
        unit: The transaction.
        rollback_id: Which rollback.
        files: What was written.
        what: What they are, for the message; empty: the channel isn't told.
    """
    told: list[dict[str, object]] = []
    for file in files:
        place = str(file.place)
        unit.session.add(
            FileRow(
                rollback_id=rollback_id, name=file.place.name, place=place, sha256=file.sha256, count=file.count,
                at=unit.now,
            )
        )  # fmt: skip
        unit.note(
            Event.FILE_WRITTEN, rollback_id, "bot", name=file.place.name, sha256=file.sha256, size=file.size,
            count=file.count,
        )  # fmt: skip
        told.append({"place": place, "sha256": file.sha256, "count": file.count})
    if told and what:
        unit.put(Say("files-written", rollback_id, {"what": what, "files": told}))


def known_hashes(session: Session, rollback_id: int) -> dict[str, str]:
    """The hash of the newest file of each name, to tell what has changed."""
    return {row.name: row.sha256 for row in files_of(session, rollback_id)}


def files_of(session: Session, rollback_id: int) -> list[FileRow]:
    """The newest file of each name, by name."""
    written = select(FileRow).where(col(FileRow.rollback_id) == rollback_id, col(FileRow.sha256) != "")
    rows = session.scalars(written.order_by(col(FileRow.id)))
    by_name = {row.name: row for row in rows}
    return [by_name[name] for name in sorted(by_name)]


def wake(unit: Unit, book: Book) -> None:
    """Have stages that wait for notices looked at again at once."""
    for stage in book.in_state(StageState.BLOCKED):
        if stage.action in BLOCKED_BY_NOTICES:
            stage.due_at = None
    unit.ring("dispatcher")


def lists_are_behind(session: Session, book: Book) -> bool:
    """Whether the lists on disk are older than the comparison, or its devices are still being read."""
    stage = book.stages.get(COMPARE)
    if stage is None:
        return False
    if any(change.state not in journal.ENDED for change in journal.changes_of(session, stage)):
        return True
    mark = comparison_mark(session, book)
    row = newest(session, book.id).get(Notice.RECIPIENTS)
    return bool(mark) and (row is None or Content.from_json(row.texts).seen != mark)


def comparison_mark(session: Session, book: Book) -> str:
    """What tells one comparison, with what security has cleared of it, from another; nothing while there is none."""
    stage = book.stages.get(COMPARE)
    if stage is None:
        return ""
    wanted = select(CheckRow).where(
        col(CheckRow.stage_id) == stage.id, col(CheckRow.attempt) == stage.attempt, col(CheckRow.name) == COMPARED,
        col(CheckRow.state).in_([CheckState.PASSED, CheckState.NOT_CHECKED]),
    )  # fmt: skip
    check = session.scalars(wanted).first()
    if check is None and stage.state not in ENDED:
        return ""
    rows = session.scalars(
        select(CaptureRow).where(col(CaptureRow.rollback_id) == book.id).order_by(col(CaptureRow.name))
    )
    captures = [f"{row.name} {row.content_hash}" for row in rows if row.completed_at is not None]
    moment = check.at.isoformat() if check is not None else stage.state
    clear = sorted(cleared(security_rows_of(session, book.id)))
    return hashlib.sha256("\n".join([str(stage.attempt), moment, *captures, *clear]).encode()).hexdigest()
