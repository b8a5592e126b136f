"""What was approved is handed out: files for those who send, made from exactly the texts and the list approved."""

from dataclasses import dataclass

from rollback.book import Book
from rollback.devices.findings import Comparison
from rollback.drafts.editing import PERSONAL
from rollback.drafts.errors import TemplateError
from rollback.drafts.files import Written
from rollback.drafts.handout import hand_out_letters, hand_out_notice
from rollback.drafts.letters import Terms
from rollback.drafts.notices import Content
from rollback.drafts.wording import Bundle
from rollback.handing_out.lists import recipients, write_lists_of
from rollback.handing_out.office import Office
from rollback.handing_out.seen import Seen
from rollback.handing_out.texts import OUT, sources
from rollback.operations.notices import intact, keep_files, move, newest, wake
from storage.database import Lane, Unit
from storage.models import Draft
from storage.words import DraftState, Notice

CHANGED = (
    "The templates of the letters are not those that were approved, so no letter was written. Put the approved "
    "templates back into their folder; it is tried again by itself."
)
APPROVED_LIST = frozenset({DraftState.APPROVED, DraftState.HANDED_OUT})


@dataclass(frozen=True)
class _Ready:
    notice: Notice
    row: Draft
    content: Content
    list_hash: str = ""
    exact: bool = True


def hand_out_approved(office: Office, _: int, seen: Seen | None) -> bool:
    """Hand out one notice that is approved and not on disk yet, or for another list; True if it did."""
    if seen is None or seen.known is None:
        return False
    for notice in seen.newest:
        ready = _ready(seen, notice)
        if ready is not None:
            return _hand_out(office, seen, ready)
    return False


def _ready(seen: Seen, notice: Notice) -> _Ready | None:
    row, content = seen.newest[notice], seen.content(notice)
    if notice in (Notice.RECIPIENTS, Notice.REMINDER) or content is None or not intact(row):
        return None
    if notice is not Notice.RE_ENROL:
        return _Ready(notice, row, content) if row.state == DraftState.APPROVED else None
    listed, holds = seen.newest.get(Notice.RECIPIENTS), seen.content(Notice.RECIPIENTS)
    return None if listed is None or holds is None else _with_list(row, content, listed, holds)


def _with_list(row: Draft, content: Content, listed: Draft, holds: Content) -> _Ready | None:
    """The request to enrol again goes out with an approved list, or as a text alone where the bot has no list."""
    approved = row.state == DraftState.APPROVED
    if holds.listed is None:
        return _Ready(Notice.RE_ENROL, row, content) if approved else None
    if listed.state not in APPROVED_LIST or not intact(listed):
        return None
    for_another_list = row.state in OUT and row.list_hash != listed.list_hash
    if not approved and not for_another_list:
        return None
    return _Ready(Notice.RE_ENROL, row, content, listed.list_hash, holds.listed.exact)


def _hand_out(office: Office, seen: Seen, ready: _Ready) -> bool:
    files: tuple[Written, ...] = ()
    if ready.list_hash:
        comparison = office.compared(seen.book.id)
        if comparison is None or comparison.exact is not ready.exact:
            return False
        if recipients(seen, comparison).digest != ready.list_hash:
            write_lists_of(office, seen)
            return True
        files = _letters(office, seen, ready, comparison)
    files += _texts(office, seen, ready, personal=not ready.list_hash)

    def unit_of_work(unit: Unit) -> None:
        row = newest(unit.session, seen.book.id)[ready.notice]
        if (row.id, row.state, row.text_hash) != (ready.row.id, ready.row.state, ready.row.text_hash):
            return
        if row.state != DraftState.APPROVED:
            move(unit, row, DraftState.APPROVED, "bot")
        move(unit, row, DraftState.HANDED_OUT, "bot", list_hash=ready.list_hash)
        if ready.list_hash:
            _list_is_out(unit, seen.book.id, ready.list_hash)
        keep_files(unit, seen.book.id, files, f"`{ready.notice}`, approved as {row.text_hash[:8]},")
        wake(unit, Book.open(unit.session, seen.book.id))

    office.database.run(unit_of_work, Lane.BULK)
    return True


def _list_is_out(unit: Unit, rollback_id: int, list_hash: str) -> None:
    row = newest(unit.session, rollback_id)[Notice.RECIPIENTS]
    if row.list_hash == list_hash and row.state == DraftState.APPROVED:
        move(unit, row, DraftState.HANDED_OUT, "bot")


def _letters(office: Office, seen: Seen, ready: _Ready, comparison: Comparison) -> tuple[Written, ...]:
    """One letter a person, from the templates that were approved with the specimen."""
    assert seen.known is not None  # noqa: S101 - `hand_out_approved` looked
    wording = office.wording(seen.book.estate)
    if sources(ready.notice, wording) != dict(ready.content.sources):
        raise TemplateError(CHANGED)
    terms = Terms(seen.known.common, *ready.content.days)
    folder = office.folder_of(seen.book.label)
    return hand_out_letters(folder, recipients(seen, comparison), terms, wording, at=office.clock.now())


def _texts(office: Office, seen: Seen, ready: _Ready, *, personal: bool) -> tuple[Written, ...]:
    """The texts that are the same for everybody, letter by letter as they were approved."""
    folder, label = office.folder_of(seen.book.label), seen.book.label
    written: list[Written] = []
    for template in dict.fromkeys(text.template for text in ready.content.texts):
        if template in PERSONAL and not personal:
            continue
        texts = tuple(text for text in ready.content.texts if text.template == template)
        written.extend(hand_out_notice(folder, Bundle(template, texts, ready.row.text_hash), reference=label))
    return tuple(written)
