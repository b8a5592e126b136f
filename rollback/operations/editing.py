"""Editing a notice: what a person has changed is a new version, and no approval of an earlier one holds for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from rollback.book import Book
from rollback.drafts.editing import changed, editable
from rollback.drafts.notices import Content
from rollback.operations.drafts import find
from rollback.operations.lead import require
from rollback.operations.notices import BELL, drafted, wake
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb
from storage.database import Unit
from storage.models import Draft
from storage.words import Notice


def must_be_editable(book: Book, who: Presser, row: Draft, language: str) -> Content:
    """What the newest version of a notice holds, if this person may change its texts in that language.

    Raises:
        Refusal: Not this person's to edit, or the notice has no text in that language that anybody may.
    """
    require(book, who, Verb.DRAFT_EDIT, "edit a notice")
    content = Content.from_json(row.texts)
    if not editable(content, language):
        raise Refusal(
            f"`{row.name}` has no text that is edited here: it is the list, or letters made from a template for each "
            "person; change the template in the site's folder. Nothing was changed.",
            book.id,
        )
    return content


@dataclass(frozen=True)
class Edit:
    """What somebody has written on the form.

    Attributes:
        name: Which notice.
        read: Hash of the version that was on the form.
        language: The language that was edited.
        texts: Subject and body by the name of the template.
    """

    name: str
    read: str
    language: str
    texts: Mapping[str, tuple[str, str]]


def edit(unit: Unit, book: Book, who: Presser, wanted: Edit) -> str:
    """Keep a new version of a notice with what somebody has changed; it has to be reviewed and approved again.

    Raises:
        Refusal: Not this person's to edit, it changed meanwhile, nothing was changed, or the lint finds something.
    """
    name, language, texts = wanted.name, wanted.language, wanted.texts
    row = find(unit.session, book, name)
    before = must_be_editable(book, who, row, language)
    if row.text_hash != wanted.read:
        raise Refusal(f"`{name}` has changed while you edited: copy your text, and open the newest version.", book.id)
    content = changed(before, language, texts)
    if content.texts == before.texts:
        raise Refusal(f"Nothing of `{name}` was changed.", book.id)
    fresh = [problem for problem in content.problems if problem not in before.problems]
    if fresh:
        more = f" (and {len(fresh) - 1} more)" if len(fresh) > 1 else ""
        raise Refusal(f"{fresh[0]}{more}", book.id)
    made = drafted(unit, book.id, Notice(name), content, author=who.person.id)
    wake(unit, book)
    unit.ring(BELL)
    return (
        f"`{name}` is version {made.version} now, {made.text_hash[:8]}; what was approved before is not this text. It "
        "waits for its review."
    )
