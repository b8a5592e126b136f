"""New versions of notices: drafted when their occasion has come, and put on disk for those who review them."""

from rollback.book import Book
from rollback.drafts.files import Written, write_bytes
from rollback.drafts.handout import plain_file
from rollback.drafts.lint import lint_text
from rollback.drafts.notices import NOTICE_KINDS, Content
from rollback.drafts.occasions import Known, contexts, edition
from rollback.drafts.wording import Wording
from rollback.handing_out.office import Office
from rollback.handing_out.seen import Seen
from rollback.operations.notices import BOT, drafted, keep_files, known_hashes, newest, wake
from rollback.site import LANGUAGES
from storage.database import Lane, Unit
from storage.words import DraftState, Notice

OUT = frozenset({DraftState.HANDED_OUT, DraftState.MARKED_SENT})
RULE = "-" * 72


def draft_texts(office: Office, _: int, seen: Seen | None) -> bool:
    """Draft one notice whose occasion has come; True if it did."""
    if seen is None or seen.known is None:
        return False
    wording = office.wording(seen.book.estate)
    for notice in Notice:
        due = edition(notice, seen.known)
        if due and _is_new(seen, notice, due, wording):
            _draft(office, seen, notice, _content(notice, seen.known, due, wording))
            return True
    return False


def write_edited(office: Office, rollback_id: int, seen: Seen | None) -> bool:
    """Put what somebody has edited on disk for those who review it; True if it did."""
    if seen is None:
        return False
    with office.database.read() as session:
        known = known_hashes(session, rollback_id)
    for notice, row in seen.newest.items():
        if row.author != BOT and file_name(seen.book.label, notice, row.version, LANGUAGES[0]) not in known:
            files = write_for_review(office, seen.book.label, notice, row.version, Content.from_json(row.texts))
            _keep(office, rollback_id, files)
            return True
    return False


def _keep(office: Office, rollback_id: int, files: tuple[Written, ...]) -> None:
    office.database.run(lambda unit: keep_files(unit, rollback_id, files, ""), Lane.BULK)


def file_name(label: str, notice: Notice, version: int, language: str) -> str:
    """Name of the file in which reviewers read one version of a notice."""
    return f"{label}-draft-{notice}-{version}-{language}.txt"


def _is_new(seen: Seen, notice: Notice, due: str, wording: Wording) -> bool:
    """Another occasion, or other templates under a text that isn't out yet."""
    content = seen.content(notice)
    if content is None or content.edition != due:
        return True
    return seen.newest[notice].state not in OUT and dict(content.sources) != sources(notice, wording)


def sources(notice: Notice, wording: Wording) -> dict[str, str]:
    """Digests of the templates of a notice."""
    return {template: wording.source_digest(template) for template in NOTICE_KINDS[notice].templates}


def _content(notice: Notice, known: Known, due: str, wording: Wording) -> Content:
    texts = tuple(text for context in contexts(notice, known) for text in wording.bundle(context).texts)
    letters = notice is Notice.RE_ENROL
    return Content(
        edition=due,
        texts=texts,
        sources=sources(notice, wording),
        problems=tuple(str(problem) for text in texts for problem in lint_text(text)),
        event_date=known.terms.event_date.isoformat() if letters else "",
        reply_by=known.terms.reply_by.isoformat() if letters else "",
    )


def _draft(office: Office, seen: Seen, notice: Notice, content: Content) -> None:
    before = seen.newest.get(notice)
    version = 1 if before is None else before.version + 1
    files = write_for_review(office, seen.book.label, notice, version, content)

    def unit_of_work(unit: Unit) -> None:
        last = newest(unit.session, seen.book.id).get(notice)
        if (0 if last is None else last.version) != version - 1:
            return
        drafted(unit, seen.book.id, notice, content)
        keep_files(unit, seen.book.id, files, "")
        wake(unit, Book.open(unit.session, seen.book.id))

    office.database.run(unit_of_work, Lane.BULK)


def write_for_review(office: Office, label: str, notice: Notice, version: int, content: Content) -> tuple[Written, ...]:
    """One file a language, with every text of the notice: what reviewers read."""
    folder = office.folder_of(label)
    written: list[Written] = []
    for language in LANGUAGES:
        texts = [text for text in content.texts if text.language == language]
        whole = f"\n{RULE}\n\n".encode().join(plain_file(text) for text in texts)
        name = file_name(label, notice, version, language)
        written.append(write_bytes(folder, name, whole, len(texts)))
    return tuple(written)
