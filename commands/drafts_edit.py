"""`/rollback drafts NAME edit [LANGUAGE]`: a dialog with a notice's texts; what comes back is a new version."""

from collections.abc import Mapping

from slack_bolt import App

from commands.blocks import draft_dialog
from commands.blocks.actions import DialogId
from commands.desk import Desk, Reply, open_book
from commands.dialog import Purpose, on_submit, open_for, situation
from commands.router import Asked
from rollback.book import Book
from rollback.drafts.editing import editable
from rollback.operations import drafts as notices
from rollback.operations import editing
from rollback.operations.refusal import Presser, Refusal
from rollback.site import LANGUAGES
from storage.database import Unit
from storage.models import Dialog

OPENED = "The dialog is open; nothing is changed before you keep what you wrote."


def open_edit(desk: Desk, asked: Asked, name: str, language: str) -> Reply:
    """Open the dialog with the newest version of a notice, in the language asked for or the estate's first.

    Raises:
        Refusal: No such notice or language, or this person may not edit it.
    """
    if language and language not in LANGUAGES:
        raise Refusal(f"Notices are in {', '.join(LANGUAGES)}. Nothing was changed.")
    rollback_id = desk.current(asked.press.channel)
    with desk.database.read() as session:
        book = Book.open(session, rollback_id)
        who = desk.identity.presser(asked.press.account, book.row)
        row = notices.find(session, book, name)
        language = language or book.estate.languages[0]
        texts = editable(editing.must_be_editable(book, who, row, language), language)
    offered = {
        "name": name,
        "language": language,
        "templates": [text.template for text in texts],
        "joints": draft_dialog.layout(texts),
    }
    purpose = Purpose(DialogId.EDIT, rollback_id, digest=row.text_hash, offered=offered)
    seen = situation(desk, rollback_id)
    opened = open_for(desk, asked.press, purpose, lambda dialog: draft_dialog.edit(seen, name, language, texts, dialog))
    return opened or Reply(OPENED)


def register(app: App, desk: Desk) -> None:
    """Let `app` answer the dialog in which a notice is edited."""
    on_submit(app, desk, DialogId.EDIT, submit_edit)


def submit_edit(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """Keep what was written as a new version."""
    if dialog.rollback_id is None:
        raise Refusal("This dialog belongs to no rollback; nothing was changed.")
    told = dialog.offered
    texts = draft_dialog.filled_in(told["templates"], told["joints"], filled)
    book = open_book(unit, dialog.rollback_id)
    return editing.edit(unit, book, who, editing.Edit(str(told["name"]), dialog.digest, str(told["language"]), texts))
