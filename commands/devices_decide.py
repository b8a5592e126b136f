"""`/rollback devices decide`: a dialog for rows of security's list, bound to the list that there is when it opens."""

from collections.abc import Mapping

from slack_bolt import App

from commands.blocks import decide_dialog
from commands.blocks.actions import DialogId, Field
from commands.desk import Desk, Reply, open_book
from commands.dialog import Purpose, on_submit, open_for, situation
from commands.router import Asked
from rollback.book import Book
from rollback.devices.decided import security_rows_of
from rollback.operations import security
from rollback.operations.lead import require
from rollback.operations.refusal import Presser, Refusal
from rollback.roles import Verb
from storage.database import Unit
from storage.models import Dialog

OPENED = "The dialog is open; nothing is decided before you send it off."


def open_decide(desk: Desk, asked: Asked) -> Reply:
    """Open the dialog.

    Raises:
        Refusal: This person doesn't decide about security's list, or there is no row on it.
    """
    rollback_id = desk.current(asked.press.channel)
    with desk.database.read() as session:
        book = Book.open(session, rollback_id)
        who = desk.identity.presser(asked.press.account, book.row)
        require(book, who, Verb.SECURITY_DECIDE, "decide about security's list")
        rows = security_rows_of(session, rollback_id)
    if not rows:
        raise Refusal("There is no row for security to decide about. Nothing was changed.", rollback_id)
    now, seen = security.standing(rows), situation(desk, rollback_id)
    purpose = Purpose(DialogId.DECIDE, rollback_id, digest=rows[0].list_hash)
    opened = open_for(desk, asked.press, purpose, lambda dialog: decide_dialog.decide(seen, now, dialog))
    return opened or Reply(OPENED)


def register(app: App, desk: Desk) -> None:
    """Let `app` answer the dialog in which security decides."""
    on_submit(app, desk, DialogId.DECIDE, submit_decide)


def submit_decide(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """Decide about the rows, on the list that was there when the dialog was opened."""
    if dialog.rollback_id is None:
        raise Refusal("This dialog belongs to no rollback; nothing was changed.")
    book, tell = open_book(unit, dialog.rollback_id), filled.get(Field.TELL) == "yes"
    rows, decision = filled.get(Field.ROWS, ""), filled.get(Field.DECISION, "")
    return security.decide(unit, book, who, dialog.digest, rows, decision, tell=tell)
