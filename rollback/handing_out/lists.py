"""Who must enrol again: lists onto disk as soon as the devices are compared, and a version of the list to approve."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace

from rollback.book import Book
from rollback.devices.findings import Comparison, SecurityRow
from rollback.drafts.audience import Audience, audience
from rollback.drafts.files import Written
from rollback.drafts.handout import hand_out_lists
from rollback.drafts.notices import Content, Listed
from rollback.drafts.wording import Wording
from rollback.handing_out.office import Office
from rollback.handing_out.seen import Seen
from rollback.operations.notices import drafted, keep_files, known_hashes, newest, seen_again
from rollback.operations.security import keep_list
from storage.database import Lane, Unit
from storage.words import DeviceKind, Notice

WITHOUT_LIST = "without a list"


def write_lists(office: Office, _: int, seen: Seen | None) -> bool:
    """Write the lists of a comparison that has none yet; True if it did."""
    if seen is None or not seen.comparison:
        return False
    content = seen.content(Notice.RECIPIENTS)
    if content is not None and content.seen == seen.comparison:
        return False
    write_lists_of(office, seen)
    return True


def write_lists_of(office: Office, seen: Seen) -> None:
    """Write the lists of the comparison as it is now; an estimate never takes the place of what was compared."""
    comparison = office.compared(seen.book.id)
    before = seen.content(Notice.RECIPIENTS)
    was_exact = before is not None and before.listed is not None and before.listed.exact
    if before is not None and was_exact and (comparison is None or not comparison.exact):
        _keep(office, seen, replace(before, seen=seen.comparison), ())
        return
    if comparison is None:
        _keep(office, seen, Content(WITHOUT_LIST, seen=seen.comparison), ())
        return
    told = recipients(seen, comparison)
    wording = office.wording(seen.book.estate)
    files = _files(office, seen, comparison, told, wording)
    made = listed(comparison, told, str(files[0].place))
    content = Content(f"list {made.digest}", listed=made, seen=seen.comparison)
    what = "Lists of devices" if comparison.exact else "Lists of devices (estimate)"
    _keep(office, seen, content, files, comparison.security, what=what)


def recipients(seen: Seen, comparison: Comparison) -> Audience:
    """Who is told what after a comparison, in the estate's zone and first language; what security cleared is in it."""
    estate = seen.book.estate
    return audience(comparison, zone=estate.tz(), default_language=estate.languages[0], cleared=seen.cleared)


def _files(office: Office, seen: Seen, comparison: Comparison, told: Audience, wording: Wording) -> tuple[Written, ...]:
    label = seen.book.label
    language = seen.book.estate.languages[0]
    return hand_out_lists(office.folder_of(label), comparison, told, wording, reference=label, language=language)


def listed(comparison: Comparison, told: Audience, place: str) -> Listed:
    """A list in numbers, with the hash that its approval is bound to."""
    counts, kinds = told.counts, Counter(finding.kind for finding in comparison.lost)
    return Listed(
        digest=told.digest,
        people=counts.people,
        by_mail=counts.by_mail,
        otherwise=counts.otherwise,
        devices=counts.devices,
        shared=counts.shared,
        without_user=counts.without_user,
        held=counts.held,
        exact=told.exact,
        backup_started=comparison.cutoff.backup_started.isoformat(),
        backup_finished=comparison.cutoff.backup_finished.isoformat(),
        place=place,
        classes=asdict(comparison.counts),
        kinds={kind: count for kind in DeviceKind if (count := kinds[kind])},
    )


def _keep(
    office: Office,
    seen: Seen,
    content: Content,
    files: tuple[Written, ...],
    security: Sequence[SecurityRow] = (),
    *,
    what: str = "",
) -> None:
    """One unit: what has changed on disk is told, and the list gets a version of its own if it is another list."""

    def unit_of_work(unit: Unit) -> None:
        rollback_id = seen.book.id
        known = known_hashes(unit.session, rollback_id)
        changed = [file for file in files if known.get(file.place.name) != file.sha256]
        keep_files(unit, rollback_id, changed, what)
        keep_list(unit, Book.open(unit.session, rollback_id), security)
        present = newest(unit.session, rollback_id).get(Notice.RECIPIENTS)
        if present is not None and Content.from_json(present.texts).edition == content.edition:
            seen_again(unit, present, content.seen)
        else:
            drafted(unit, rollback_id, Notice.RECIPIENTS, content)

    office.database.run(unit_of_work, Lane.BULK)
