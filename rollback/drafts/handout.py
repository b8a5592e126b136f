"""Which files are handed out: lists and letters for named people, notices for everybody; all on disk, none is sent.

Every mail-merge list has its text beside it, and every letter is there as a draft too: whoever sends has the choice.
"""

from collections.abc import Iterator
from datetime import datetime
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
    base = _base(terms.common.reference)
    written: list[Written] = []
    for language in LANGUAGES:
        people = [person for person in audience.by_mail if person.language == language]
        if not people:
            continue
        content = merge_csv(people, terms, language)
        written.append(write_bytes(folder, f"{base}-enrol-again-{language}.csv", content, len(people)))
        kinds = {kind for person in people for kind in person.kinds}
        text = wording.render(terms.merge(tuple(kind for kind in DeviceKind if kind in kinds)), language)
        written.append(write_bytes(folder, f"{base}-enrol-again-{language}.txt", plain_file(text), len(people)))

    def letters() -> Iterator[tuple[Rendered, str]]:
        for person in audience.by_mail:
            yield wording.render(terms.request(person), person.language), person.mail

    local = at.astimezone(wording.zone)
    name = f"{base}-enrol-again-drafts.zip"
    written.append(write_private(folder, name, lambda out: drafts_zip(out, letters(), local)))
    return tuple(written)


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
