"""Buttons and dialogs of a stage's card: the same operations as the verbs in words, by press."""

from collections.abc import Callable, Mapping, Sequence

from slack_bolt import App

from commands.blocks import dialogs
from commands.blocks.actions import ActionId, DialogId, Field
from commands.blocks.entered import evidence
from commands.blocks.forms import Option
from commands.blocks.message import Block
from commands.desk import Desk, Press, Reply, open_book
from commands.dialog import Purpose, on_submit, open_for, situation
from commands.pressing import Pressed, on_press
from rollback.book import Book
from rollback.operations import choices, stages
from rollback.operations.refusal import Presser, Refusal
from rollback.situation import Situation
from rollback.untrusted import Untrusted
from storage.database import Unit
from storage.models import Dialog, Message, PreviewRow, Stage
from storage.words import SubjectKind

Work = Callable[[Unit, Book, Stage, Presser], str]
Draw = Callable[[Situation, int, str], Block]


def register(app: App, desk: Desk) -> None:
    """Let `app` answer what stands on a stage's card."""
    at_once: Sequence[tuple[ActionId, Work]] = (
        (ActionId.RETRY, stages.retry),
        (ActionId.CHECK_AGAIN, stages.check_again),
        (ActionId.LOOK_AGAIN, stages.look_again),
        (ActionId.BY_HAND, lambda unit, book, stage, who: stages.by_hand(unit, book, stage, who, on=True)),
        (ActionId.BY_BOT, lambda unit, book, stage, who: stages.by_hand(unit, book, stage, who, on=False)),
    )
    for action, work in at_once:
        on_press(app, desk, action, _doing(work))
    through_dialogs: Sequence[tuple[ActionId, DialogId, Draw]] = (
        (ActionId.ATTEST, DialogId.ATTEST, dialogs.attest),
        (ActionId.ANSWER, DialogId.ANSWER, dialogs.answer),
        (ActionId.SKIP, DialogId.SKIP, dialogs.skip),
        (ActionId.HAPPENED, DialogId.HAPPENED, dialogs.happened),
        (ActionId.NOT_HAPPENED, DialogId.NOT_HAPPENED, dialogs.not_happened),
    )
    for action, verb, draw in through_dialogs:
        on_press(app, desk, action, _opening(verb, draw))
    on_press(app, desk, ActionId.PICK, press_pick)
    for verb, work_of in SUBMITS.items():
        on_submit(app, desk, verb, _submitting(work_of))
    on_submit(app, desk, DialogId.PICK, submit_pick)


def _doing(work: Work) -> Pressed:
    def pressed(desk: Desk, press: Press, message: Message) -> Reply:
        rollback_id, stage_id = _stage_of(message)

        def unit_of_work(unit: Unit, who: Presser) -> str:
            book = open_book(unit, rollback_id)
            return work(unit, book, _row(book, stage_id), who)

        return desk.do(press, unit_of_work, rollback_id)

    return pressed


def _opening(verb: DialogId, draw: Draw) -> Pressed:
    def pressed(desk: Desk, press: Press, message: Message) -> Reply | None:
        rollback_id, stage_id = _stage_of(message)
        purpose = Purpose(verb, rollback_id, stage_id=stage_id)
        return open_for(desk, press, purpose, lambda dialog: draw(situation(desk, rollback_id), stage_id, dialog))

    return pressed


def press_pick(desk: Desk, press: Press, message: Message) -> Reply | None:
    """*Pick…*: what the newest preview of the stage offers."""
    rollback_id, stage_id = _stage_of(message)
    with desk.database.read() as session:
        book = Book.open(session, rollback_id)
        preview = session.get(PreviewRow, _row(book, stage_id).preview_id)
        offers: Mapping[str, Sequence[Sequence[str]]] = preview.content.get("offers", {}) if preview is not None else {}
        now = {key: str(book.choices[key]) for key in offers if key in book.choices}
    offered = {key: [Option(str(value), Untrusted(label)) for value, label in rows] for key, rows in offers.items()}
    values = {key: [str(value) for value, _ in rows] for key, rows in offers.items()}
    purpose = Purpose(DialogId.PICK, rollback_id, stage_id=stage_id, offered=values)
    return open_for(
        desk, press, purpose, lambda dialog: dialogs.pick(situation(desk, rollback_id), offered, now, dialog)
    )


def submit_pick(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
    """Keep what was picked, out of what this dialog offered."""
    if dialog.rollback_id is None:
        raise Refusal("This dialog belongs to no rollback; nothing was changed.")
    return choices.pick(unit, open_book(unit, dialog.rollback_id), who, filled, dialog.offered)


def _answer(unit: Unit, book: Book, stage: Stage, who: Presser, filled: Mapping[str, str]) -> str:
    name = filled.get(Field.CHECK, "")
    if not name:
        raise Refusal("Pick the check that you answer; nothing was changed.", book.id)
    passed = filled.get(Field.PASSED, "yes") == "yes"
    return stages.answer(unit, book, stage, name, who, passed=passed, evidence=evidence(filled))


def _attest(unit: Unit, book: Book, stage: Stage, who: Presser, filled: Mapping[str, str]) -> str:
    return stages.attest(unit, book, stage, who, filled.get(Field.EVIDENCE, ""), frozenset())


def _skip(unit: Unit, book: Book, stage: Stage, who: Presser, filled: Mapping[str, str]) -> str:
    return stages.skip(unit, book, stage, who, filled.get(Field.REASON, ""))


def _happened(unit: Unit, book: Book, stage: Stage, who: Presser, filled: Mapping[str, str]) -> str:
    return stages.it_happened(unit, book, stage, who, filled.get(Field.EVIDENCE, ""))


def _not_happened(unit: Unit, book: Book, stage: Stage, who: Presser, filled: Mapping[str, str]) -> str:
    return stages.it_did_not_happen(unit, book, stage, who, filled.get(Field.EVIDENCE, ""))


WorkOf = Callable[[Unit, Book, Stage, Presser, Mapping[str, str]], str]

SUBMITS: Mapping[DialogId, WorkOf] = {
    DialogId.ANSWER: _answer,
    DialogId.ATTEST: _attest,
    DialogId.SKIP: _skip,
    DialogId.HAPPENED: _happened,
    DialogId.NOT_HAPPENED: _not_happened,
}


def _submitting(work: WorkOf) -> Callable[[Unit, Presser, Dialog, Mapping[str, str]], str]:
    def submitted(unit: Unit, who: Presser, dialog: Dialog, filled: Mapping[str, str]) -> str:
        if dialog.rollback_id is None or dialog.stage_id is None:
            raise Refusal("This dialog belongs to no stage; nothing was changed.")
        book = open_book(unit, dialog.rollback_id)
        return work(unit, book, _row(book, dialog.stage_id), who, filled)

    return submitted


def _stage_of(message: Message) -> tuple[int, int]:
    if message.subject != SubjectKind.STAGE or message.rollback_id is None:
        raise Refusal("This card belongs to no stage; nothing was changed.", message.rollback_id)
    return message.rollback_id, message.subject_id


def _row(book: Book, stage_id: int) -> Stage:
    for stage in book.stages.values():
        if stage.id == stage_id:
            return stage
    raise Refusal("This stage belongs to another rollback; nothing was changed.", book.id)
