"""The dialog in which security decides about rows of its list, by the numbers on the list that lies on disk."""

from commands.blocks.actions import DialogId, Field
from commands.blocks.forms import Option, menu, text_input, view, yes_or_no
from commands.blocks.message import Block, code, section, words
from commands.blocks.parts import head
from rollback.operations.security import Standing
from rollback.operations.security import words as told
from rollback.situation import Situation
from rollback.untrusted import Untrusted
from storage.words import SecurityDecision

MEANINGS = {
    SecurityDecision.STOP: "stop: cancel in the console what would fire",
    SecurityDecision.REPEAT: "repeat: order again what the server has forgotten",
    SecurityDecision.LEAVE: "leave: nothing is done about it",
}


def decide(s: Situation, now: Standing, dialog_id: str) -> Block:
    """Decide about some rows.

    Args:
        s: The picture.
        now: How far the list has come.
        dialog_id: Id of the stored dialog.
    """
    blocks: list[Block] = [
        section(
            f"*{head(s)} · security's list {code(Untrusted(now.mark))}*: {words(told(now))}. Read the rows on disk; no "
            "name belongs here."
        ),
        text_input(Field.ROWS, "Which rows?", hint="Their numbers on the list: 1-3,7", length=(1, 500)),
        menu(Field.DECISION, "What is decided?", [Option(one, Untrusted(text)) for one, text in MEANINGS.items()]),
        yes_or_no(
            Field.TELL,
            "May the user be asked to set the device up again?",
            "Yes, once what is decided is done",
            "No, nobody is written to",
        ),
    ]
    return view(DialogId.DECIDE, dialog_id, f"{s.mode} {s.label}: decide", blocks, submit="Decide")
