"""The pieces of a dialog: Slack views and their inputs. Each input's `block_id` says what is filled in."""

from collections.abc import Sequence
from dataclasses import dataclass

from commands.blocks.actions import DialogId, Field
from commands.blocks.message import Block
from rollback.untrusted import Untrusted, one_line

TITLE, OPTION, LABEL = 24, 75, 150  # Slack: characters of a view's title, of an option, and what a label needs
MOST_OPTIONS = 100
_NO_BRACKETS = str.maketrans("<>", "‹›")
MOST_TYPED = 3_000


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be picked in a dialog.

    Attributes:
        value: What the bot gets back, at most 150 characters; compared with the stored dialog's own list.
        label: What people read.
    """

    value: str
    label: Untrusted


def view(dialog: DialogId, dialog_id: str, title: str, blocks: Sequence[Block], submit: str = "") -> Block:
    """A dialog; without `submit` it can only be read and closed."""
    made: Block = {
        "type": "modal",
        "callback_id": dialog.value,
        "private_metadata": dialog_id,
        "title": plain_text(_title(title)),
        "close": plain_text("Cancel" if submit else "Close"),
        "blocks": list(blocks),
    }
    return made | {"submit": plain_text(submit)} if submit else made


def plain_text(text: str) -> Block:
    """A text without any markup."""
    return {"type": "plain_text", "text": text, "emoji": False}


def shown(text: Untrusted | str, most: int) -> str:
    """Text for a place that takes no markup: one line, at most `most` characters, with look-alikes of < and >."""
    return one_line(text if isinstance(text, Untrusted) else Untrusted(text), most).translate(_NO_BRACKETS)


def text_input(
    field: str,
    label: Untrusted | str,
    *,
    hint: str = "",
    optional: bool = False,
    initial: str = "",
    multiline: bool = False,
    length: tuple[int, int] = (0, MOST_TYPED),
) -> Block:
    """A line, or several, that a person types."""
    least, most = length
    element: Block = {"type": "plain_text_input", "action_id": field, "multiline": multiline, "max_length": most}
    if least:
        element["min_length"] = least
    if initial:
        element["initial_value"] = initial[:most]
    return _input(field, label, element, hint=hint, optional=optional)


def whole_number(field: str, label: Untrusted | str, *, optional: bool = False, initial: int | None = None) -> Block:
    """A whole number, 0 or more."""
    element: Block = {"type": "number_input", "action_id": field, "is_decimal_allowed": False, "min_value": "0"}
    if initial is not None:
        element["initial_value"] = str(initial)
    return _input(field, label, element, optional=optional)


def moment(field: str, label: str, *, hint: str = "", optional: bool = True, initial: int | None = None) -> Block:
    """A day and a time in the reader's own zone; it comes back as seconds since 1970 (UTC)."""
    element: Block = {"type": "datetimepicker", "action_id": field}
    if initial is not None:
        element["initial_date_time"] = initial
    return _input(field, label, element, hint=hint, optional=optional)


def menu(
    field: str,
    label: Untrusted | str,
    options: Sequence[Option],
    *,
    initial: str = "",
    at_once: str = "",
    optional: bool = False,
) -> Block:
    """One of several options.

    Args:
        field: Its `block_id`.
        label: What is asked.
        options: At least one; Slack takes a hundred, later ones are left out and the hint says so.
        initial: Value of the option that is set beforehand, if it is among them.
        at_once: The `action_id` under which a choice is told to the bot at once; empty: with the whole dialog.
        optional: Nothing needs to be picked.
    """
    listed = [_option(option) for option in options[:MOST_OPTIONS]]
    element: Block = {"type": "static_select", "action_id": at_once or field, "options": listed}
    before = next((option for option in listed if option["value"] == initial), None)
    if before is not None:
        element["initial_option"] = before
    hint = f"The first {MOST_OPTIONS} of {len(options)}." if len(options) > MOST_OPTIONS else ""
    block = _input(field, label, element, hint=hint, optional=optional)
    return block | {"dispatch_action": True} if at_once else block


def yes_or_no(field: str, label: Untrusted | str, yes: str, no: str) -> Block:
    """Two ways to answer, neither of them set beforehand."""
    options = [_option(Option("yes", Untrusted(yes))), _option(Option("no", Untrusted(no)))]
    return _input(field, label, {"type": "radio_buttons", "action_id": field, "options": options})


def number_input() -> Block:
    """The number of the rollback, typed by hand: it is not set beforehand and not shown beside the field."""
    return text_input(
        Field.NUMBER, "Type the number of this rollback", hint="As it stands at the top of the card.", length=(1, 20)
    )


def buttons_row(wanted: Sequence[tuple[str, str]]) -> list[Block]:
    """Buttons inside a dialog: action and label; what they mean is in the stored dialog."""
    if not wanted:
        return []
    made = [{"type": "button", "action_id": action, "text": plain_text(label)} for action, label in wanted]
    return [{"type": "actions", "elements": made}]


def _input(field: str, label: Untrusted | str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    block: Block = {
        "type": "input",
        "block_id": field,
        "label": plain_text(shown(label, LABEL)),
        "element": element,
        "optional": optional,
    }
    return block | {"hint": plain_text(shown(hint, LABEL))} if hint else block


def _option(option: Option) -> Block:
    return {"text": plain_text(shown(option.label, OPTION)), "value": option.value}


def _title(title: str) -> str:
    return title if len(title) <= TITLE else title[: TITLE - 1] + "…"
