"""`handover @PERSON`, `handover take`, `handover keep`: the lead on its way to the next commander."""

from collections.abc import Callable, Mapping

from slack_bolt import App

from commands.blocks import dialogs
from commands.blocks.actions import ActionId, DialogId, Field
from commands.desk import Desk, Press, Reply, open_book
from commands.dialog import Purpose, on_submit, open_for, situation
from commands.pressing import doing, on_press
from commands.router import Asked
from rollback.book import Book
from rollback.operations import handover as operations
from rollback.operations.refusal import Presser, Refusal
from storage.database import Unit
from storage.models import Dialog, Message
from storage.words import Role, SubjectKind

USAGE = (
    "`/rollback handover @PERSON` offers the lead; that person types `/rollback handover take`, or `keep` to leave it "
    "where it is. Nothing was changed."
)
Answer = Callable[[Unit, Book, Presser, int | None], str]
ANSWERS: Mapping[str, Answer] = {"take": operations.take, "keep": operations.keep}


def handover(desk: Desk, asked: Asked) -> Reply:
    """`handover @PERSON`: offer the lead; `handover take`: say that you have it; `handover keep`: leave it."""
    rollback_id = desk.current(asked.press.channel)
    if len(asked.words) != 1:
        raise Refusal(USAGE, rollback_id)
    word = asked.words[0]
    answer = ANSWERS.get(word.lower())

    def unit_of_work(unit: Unit, who: Presser) -> str:
        book = open_book(unit, rollback_id)
        return answer(unit, book, who, None) if answer else operations.offer(unit, book, who, _named(book, word))

    return desk.do(asked.press, unit_of_work, rollback_id)


def _named(book: Book, word: str) -> str:
    """The id of the person who was mentioned, by id or by Slack account."""
    named = word.removeprefix("<@").split("|")[0].rstrip(">").removeprefix("@")
    return next((p.id for p in book.roster.people if named in (p.id, *(a.user for a in p.accounts))), named)


def register(app: App, desk: Desk) -> None:
    """Let `app` answer the board's *Hand over…* and the buttons of the card."""
    on_press(app, desk, ActionId.HAND_OVER, press_hand_over)
    on_press(app, desk, ActionId.HAVE_LEAD, doing(_answering(operations.take)))
    on_press(app, desk, ActionId.KEEP_LEAD, doing(_answering(operations.keep)))
    on_submit(app, desk, DialogId.HAND_OVER, submit_hand_over)


def press_hand_over(desk: Desk, press: Press, message: Message) -> Reply | None:
    """*Hand over…*: to whom."""
    rollback_id = message.rollback_id
    if rollback_id is None:
        raise Refusal("This card belongs to no rollback; nothing was changed.")
    seen = situation(desk, rollback_id)
    successors = [
        one
        for one in seen.people
        if Role.INCIDENT_COMMANDER in (*one.roles, *one.deputy_for) and one.id != seen.lead.id
    ]
    purpose = Purpose(DialogId.HAND_OVER, rollback_id, offered={"people": [one.id for one in successors]})
    return open_for(desk, press, purpose, lambda dialog: dialogs.hand_over(seen, successors, dialog))


def submit_hand_over(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """Offer the lead to one of those whom the dialog offered."""
    to = filled.get(Field.PERSON, "")
    if dialog.rollback_id is None or to not in dialog.offered.get("people", []):
        raise Refusal("Pick one of the people in the dialog; nothing was changed.", dialog.rollback_id)
    return operations.offer(unit, open_book(unit, dialog.rollback_id), who, to)


def _answering(answer: Answer) -> Callable[[Unit, Presser, Message], str]:
    def pressed(unit: Unit, who: Presser, message: Message) -> str:
        if message.subject != SubjectKind.HANDOVER or message.rollback_id is None:
            raise Refusal("This card offers no lead; nothing was changed.", message.rollback_id)
        return answer(unit, open_book(unit, message.rollback_id), who, message.subject_id)

    return pressed
