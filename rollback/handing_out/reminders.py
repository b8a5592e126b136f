"""Reminders for people whose devices are still missing, and at the end the list of those that never returned."""

from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from rollback.book import Book
from rollback.devices.findings import Comparison
from rollback.devices.returning import only, returned_of
from rollback.drafts.audience import Audience
from rollback.drafts.contexts import ReenrolReminder
from rollback.drafts.errors import TemplateError
from rollback.drafts.files import write_bytes
from rollback.drafts.handout import hand_out_reminders, never_returned_name
from rollback.drafts.lint import lint_text
from rollback.drafts.lists import helpdesk_csv
from rollback.drafts.notices import Content
from rollback.drafts.specimens import NAME, specimen_devices
from rollback.handing_out.letters import CHANGED as CHANGED_TEMPLATES
from rollback.handing_out.lists import listed, recipients
from rollback.handing_out.office import Office
from rollback.handing_out.seen import Seen
from rollback.handing_out.texts import sources, write_for_review
from rollback.operations.notices import drafted, intact, keep_files, known_hashes, move, newest, wake
from rollback.operations.returning import first_sent, reminder_due
from storage.database import Lane, Unit
from storage.words import DraftState, Notice

CHANGED = "The list of the approved reminder is not the one that is there now; no letter was written. Draft it anew."


def draft_reminder(office: Office, rollback_id: int, seen: Seen | None) -> bool:
    """Draft the reminder whose day has come, with the people whose devices are missing; True if it did."""
    if seen is None or seen.known is None:
        return False
    with office.database.read() as session:
        after, returned = reminder_due(session, seen.book, office.clock.now()), returned_of(session, rollback_id)
        sent = first_sent(session, seen.book)
    before = seen.content(Notice.REMINDER)
    if after is None or returned is None or sent is None or (before and before.edition == f"day {after.days}"):
        return False
    comparison = office.compared(rollback_id)
    if comparison is None:
        return False
    missing = _only(comparison, returned.missing)
    told = recipients(seen, missing)
    wording = office.wording(seen.book.estate)
    day = sent.astimezone(_zone(seen)).date()
    texts = wording.bundle(ReenrolReminder(seen.known.common, day, NAME, specimen_devices())).texts
    content = Content(
        edition=f"day {after.days}",
        texts=texts,
        sources=sources(Notice.REMINDER, wording),
        problems=tuple(str(problem) for text in texts for problem in lint_text(text)),
        listed=listed(missing, told, ""),
        event_date=day.isoformat(),
        devices=returned.missing,
    )
    _draft(office, seen, content)
    return True


def hand_out_reminder(office: Office, rollback_id: int, seen: Seen | None) -> bool:
    """Write an approved reminder's letters, to those on its list who are still missing; True if it did."""
    row, content = (seen.newest.get(Notice.REMINDER), seen.content(Notice.REMINDER)) if seen else (None, None)
    if seen is None or seen.known is None or row is None or content is None:
        return False
    if row.state != DraftState.APPROVED or not intact(row):
        return False
    comparison = office.compared(rollback_id)
    with office.database.read() as session:
        returned = returned_of(session, rollback_id)
    if comparison is None or returned is None:
        return False
    if recipients(seen, _only(comparison, content.devices)).digest != row.list_hash:
        raise TemplateError(CHANGED)
    wording = office.wording(seen.book.estate)
    if sources(Notice.REMINDER, wording) != dict(content.sources):
        raise TemplateError(CHANGED_TEMPLATES)
    told: Audience = recipients(seen, _only(comparison, set(content.devices) & set(returned.missing)))
    stem = content.edition.replace(" ", "-")
    files = hand_out_reminders(
        office.folder_of(seen.book.label), told, seen.known.terms, wording, stem=stem,
        first_sent_on=content.first_sent_on, at=office.clock.now(),
    )  # fmt: skip

    def unit_of_work(unit: Unit) -> None:
        now = newest(unit.session, rollback_id)[Notice.REMINDER]
        if (now.id, now.state) != (row.id, DraftState.APPROVED):
            return
        move(unit, now, DraftState.HANDED_OUT, "bot")
        keep_files(unit, rollback_id, files, f"`{Notice.REMINDER}`, approved as {row.text_hash[:8]},")

    office.database.run(unit_of_work, Lane.BULK)
    return True


def write_never_returned(office: Office, rollback_id: int, seen: Seen | None) -> bool:
    """Write the list of devices that never returned, once nobody waits for more; True if it did."""
    if seen is None:
        return False
    name = never_returned_name(seen.book.label)
    with office.database.read() as session:
        returned = returned_of(session, rollback_id)
        if returned is None or returned.closed_at is None or name in known_hashes(session, rollback_id):
            return False
    comparison = office.compared(rollback_id)
    if comparison is None:
        return False
    told = recipients(seen, _only(comparison, returned.missing))
    content = helpdesk_csv(told, seen.book.estate.languages[0])
    file = write_bytes(office.folder_of(seen.book.label), name, content, len(returned.missing))
    office.database.run(lambda unit: keep_files(unit, rollback_id, (file,), "Devices that never returned"), Lane.BULK)
    return True


def _only(comparison: Comparison, devices: Iterable[str]) -> Comparison:
    return replace(comparison, findings=only(comparison, devices))


def _zone(seen: Seen) -> ZoneInfo:
    return seen.book.estate.tz()


def _draft(office: Office, seen: Seen, content: Content) -> None:
    before = seen.newest.get(Notice.REMINDER)
    version = 1 if before is None else before.version + 1
    files = write_for_review(office, seen.book.label, Notice.REMINDER, version, content)

    def unit_of_work(unit: Unit) -> None:
        last = newest(unit.session, seen.book.id).get(Notice.REMINDER)
        if (0 if last is None else last.version) != version - 1:
            return
        drafted(unit, seen.book.id, Notice.REMINDER, content)
        keep_files(unit, seen.book.id, files, "")
        wake(unit, Book.open(unit.session, seen.book.id))

    office.database.run(unit_of_work, Lane.BULK)
