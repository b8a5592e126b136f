"""The dialog in which a notice is edited: subject and text, in as many fields as Slack's limit of a field makes."""

from collections.abc import Mapping, Sequence

from commands.blocks.actions import DialogId, part_of, subject_of
from commands.blocks.forms import MOST_TYPED, text_input, view
from commands.blocks.message import Block, context, section, words
from commands.blocks.parts import head
from rollback.drafts.editing import Part, joined, parts
from rollback.drafts.lint import LONGEST_SUBJECT
from rollback.drafts.wording import Rendered
from rollback.situation import Situation

ROOM = MOST_TYPED - 200
"""Characters of a body that are put into one field: room is left to write more."""


def edit(s: Situation, name: str, language: str, texts: Sequence[Rendered], dialog_id: str) -> Block:
    """Edit the texts of one notice in one language.

    Args:
        s: The picture.
        name: Which notice.
        language: The language that is edited.
        texts: What stands there now.
        dialog_id: Id of the stored dialog.
    """
    told = f"*{head(s)} · notice `{words(name)}` in {words(language)}*: what you change is a new version."
    blocks: list[Block] = [section(told), context("Whatever was approved has to be reviewed and approved again.")]
    for number, text in enumerate(texts):
        if text.subject:
            length = (1, LONGEST_SUBJECT)
            blocks.append(text_input(subject_of(number), "Subject", initial=text.subject, length=length))
        pieces = parts(text.body, ROOM)
        for place, piece in enumerate(pieces):
            blocks.append(_field(number, place, piece, _label(text, place, len(pieces)), several=len(pieces) > 1))
    return view(DialogId.EDIT, dialog_id, f"{s.mode} {s.label}: edit", blocks, submit="Keep")


def layout(texts: Sequence[Rendered]) -> list[list[str]]:
    """What stood between the fields of each text, for putting it together again."""
    return [[piece.joint for piece in parts(text.body, ROOM)] for text in texts]


def filled_in(
    templates: Sequence[str], joints: Sequence[Sequence[str]], filled: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Subject and body of each text as they were filled in, by its template.

    Args:
        templates: The templates in the order of the dialog.
        joints: `layout` of the dialog.
        filled: What was filled in, by field.
    """
    return {
        template: (
            " ".join(filled.get(subject_of(number), "").split()),
            joined([filled.get(part_of(number, place), "") for place in range(len(joints[number]))], joints[number]),
        )
        for number, template in enumerate(templates)
    }


def _field(number: int, place: int, piece: Part, label: str, *, several: bool) -> Block:
    return text_input(part_of(number, place), label, initial=piece.text, multiline=True, optional=several)


def _label(text: Rendered, place: int, count: int) -> str:
    what = "Text" if text.subject else "Text message" if text.template.startswith("sms_") else "Page"
    return f"{what}, part {place + 1} of {count}" if count > 1 else what
