"""Which files are handed out: lists and letters for named people, notices for everybody; all on disk, none is sent.

Every mail-merge list has its text beside it, and every letter is there as a draft too: whoever sends has the choice.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path

from rollback.devices.findings import Comparison
from rollback.drafts.audience import Audience
from rollback.drafts.files import Written, write_bytes, write_private
from rollback.drafts.letters import Terms
from rollback.drafts.lists import helpdesk_csv, invitations_csv, merge_csv, security_csv
from rollback.drafts.mails import draft, drafts_zip
from rollback.drafts.wording import Bundle, Rendered, Wording
from rollback.site import LANGUAGES, Language
from rollback.untrusted import Untrusted, for_file_name
from storage.words import DeviceKind


def hand_out_letters(
    folder: Path, audience: Audience, terms: Terms, wording: Wording, *, at: datetime
) -> tuple[Written, ...]:
    """Write the requests to enrol again: for each language a merge list with its text, and a zip with a draft a person.

    Only those whom a mail reaches are in it; the others stand in the help desk's list.

    Args:
        folder: Where to; nobody but the bot's user can read it.
        audience: Who is told.
        terms: What is the same for everybody.
        wording: The templates.
        at: Now; the files in the zip carry it.

    Raises:
        rollback.drafts.errors.DraftError: A template or the folder is not as it must be.
    """
    stem = f"{_base(terms.common.reference)}-enrol-again"

    def document(language: Language, kinds: tuple[DeviceKind, ...]) -> Rendered:
        return wording.render(terms.merge(kinds), language)

    lists = _merge_lists(folder, stem, audience, terms, document)
    letters = ((wording.render(terms.request(one), one.language), one.mail) for one in audience.by_mail)
    return *lists, _zip(folder, stem, letters, at.astimezone(wording.zone))


def hand_out_reminders(
    folder: Path, audience: Audience, terms: Terms, wording: Wording, *, stem: str, first_sent_on: date, at: datetime
) -> tuple[Written, ...]:
    """Write the reminders as the requests were written, for those whose devices are missing.

    Args:
        folder: Where to; nobody but the bot's user can read it.
        audience: Who is told.
        terms: What is the same for everybody.
        wording: The templates.
        stem: Which reminder it is, for the files' names.
        first_sent_on: Day on which people were asked first.
        at: Now; the files in the zip carry it.

    Raises:
        rollback.drafts.errors.DraftError: A template or the folder is not as it must be.
    """
    whole = f"{_base(terms.common.reference)}-reminder-{stem}"

    def document(language: Language, _: tuple[DeviceKind, ...]) -> Rendered:
        return wording.render(terms.merge_reminder(first_sent_on), language)

    lists = _merge_lists(folder, whole, audience, terms, document)
    letters = ((wording.render(terms.reminder(p, first_sent_on), p.language), p.mail) for p in audience.by_mail)
    return *lists, _zip(folder, whole, letters, at.astimezone(wording.zone))


def _merge_lists(
    folder: Path,
    stem: str,
    audience: Audience,
    terms: Terms,
    document: Callable[[Language, tuple[DeviceKind, ...]], Rendered],
) -> tuple[Written, ...]:
    """For each language a merge list and the text that it is merged into."""
    written: list[Written] = []
    for language in LANGUAGES:
        people = [person for person in audience.by_mail if person.language == language]
        if not people:
            continue
        written.append(write_bytes(folder, f"{stem}-{language}.csv", merge_csv(people, terms, language), len(people)))
        kinds = {kind for person in people for kind in person.kinds}
        text = plain_file(document(language, tuple(kind for kind in DeviceKind if kind in kinds)))
        written.append(write_bytes(folder, f"{stem}-{language}.txt", text, len(people)))
    return tuple(written)


def _zip(folder: Path, stem: str, letters: Iterable[tuple[Rendered, str]], at: datetime) -> Written:
    return write_private(folder, f"{stem}-drafts.zip", lambda out: drafts_zip(out, letters, at))


def hand_out_lists(
    folder: Path, comparison: Comparison, audience: Audience, wording: Wording, *, reference: str, language: Language
) -> tuple[Written, ...]:
    """Write the lists for the help desk, for security, and of the invitations to send again, in `language`."""
    base, zone = _base(reference), wording.zone
    counts = audience.counts
    devices = counts.devices + counts.shared + counts.without_user + counts.held
    return (
        write_bytes(folder, f"{base}-helpdesk.csv", helpdesk_csv(audience, language), devices),
        write_bytes(folder, f"{base}-security.csv", security_csv(comparison, language, zone), len(comparison.security)),
        write_bytes(
            folder, f"{base}-invitations.csv", invitations_csv(comparison, language, zone), len(comparison.invitations)
        ),
    )


def never_returned_name(reference: str) -> str:
    """The file name of the list of devices that never returned."""
    return f"{_base(reference)}-never-returned.csv"


def signed_name(reference: str) -> str:
    """The file name of security's list as it was signed."""
    return f"{_base(reference)}-security-signed.csv"


def hand_out_notice(folder: Path, bundle: Bundle, *, reference: str) -> tuple[Written, ...]:
    """Write a notice in all languages: as text, and as a draft where it has a subject."""
    stem = f"{_base(reference)}-{bundle.template.partition('.')[0].replace('_', '-')}"
    written: list[Written] = []
    for text in bundle.texts:
        written.append(write_bytes(folder, f"{stem}-{text.language}.txt", plain_file(text), 1))
        if text.subject:
            written.append(write_bytes(folder, f"{stem}-{text.language}.eml", draft(text), 1))
    return tuple(written)


def plain_file(text: Rendered) -> bytes:
    """`text` as a file to copy from: subject, blank line, text; UTF-8, one text message without anything else."""
    head = f"{text.subject}\n\n" if text.subject else ""
    return (head + text.body).encode()


def _base(reference: str) -> str:
    return for_file_name(Untrusted(reference))
