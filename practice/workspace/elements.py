"""The table of Block Kit's elements and composition objects, with the sizes that Slack allows.

Sources: the reference pages of Block Kit and the limits that slack_sdk's models enforce.
"""

from collections.abc import Mapping
from typing import Final

from practice.workspace.rules import Choice, Flag, Free, Part, Parts, Rule, Shape, Text, Whole, Words

ID: Final = Words(most=255)
ADDRESS: Final = Words(most=3000)

_PLACEHOLDER = Text(most=150, plain=True)
_STYLE = Choice(frozenset({"primary", "danger"}))
_OPTION = Part(shape="option")
_RICH_OPTION = Part(shape="rich_option")

SELECTS: Final = frozenset(
    {"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
)
MULTI_SELECTS: Final = frozenset(f"multi_{kind}" for kind in SELECTS)
PICKERS: Final = frozenset({"datepicker", "timepicker", "checkboxes", "radio_buttons"})
TYPED: Final = frozenset({"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"})

OBJECTS: Final[Mapping[str, Shape]] = {
    "confirm": Shape(
        {
            "title": Text(most=100, plain=True, required=True),
            "text": Text(most=300, required=True),
            "confirm": Text(most=30, plain=True, required=True),
            "deny": Text(most=30, plain=True, required=True),
            "style": _STYLE,
        }
    ),
    "option": Shape(
        {
            "text": Text(most=75, plain=True, required=True),
            "value": Words(most=150, required=True),
            "description": Text(most=75, plain=True),
            "url": ADDRESS,
        }
    ),
    "rich_option": Shape(
        {
            "text": Text(most=75, required=True),
            "value": Words(most=150, required=True),
            "description": Text(most=75),
        }
    ),
    "option_group": Shape(
        {
            "label": Text(most=75, plain=True, required=True),
            "options": Parts(most=100, each=_OPTION, required=True),
        }
    ),
}
"""Objects that carry no `type`; a `rich_option` is an option of check boxes and radio buttons, which may be mrkdwn."""


def _element(any_of: tuple[str, ...] = (), /, **fields: Rule) -> Shape:
    """Return the shape of an interactive element: its own fields and those that all of them have."""
    common: dict[str, Rule] = {"action_id": ID, "confirm": Part(shape="confirm"), "focus_on_load": Flag()}
    return Shape({**common, **fields}, any_of)


def _select(any_of: tuple[str, ...] = (), /, **fields: Rule) -> Shape:
    """Return the shape of an element with a placeholder."""
    return _element(any_of, placeholder=_PLACEHOLDER, **fields)


def _static(**fields: Rule) -> Shape:
    """Return the shape of a menu whose options stand in it."""
    return _select(
        ("options", "option_groups"),
        options=Parts(most=100, each=_OPTION),
        option_groups=Parts(most=100, each=Part(shape="option_group")),
        **fields,
    )


def _typed(**fields: Rule) -> Shape:
    """Return the shape of an input that people type into."""
    return _select(initial_value=Words(), **fields, dispatch_action_config=Free())


_MENUS: Final[Mapping[str, Shape]] = {
    "static_select": _static(initial_option=_OPTION),
    "external_select": _select(initial_option=_OPTION, min_query_length=Whole(least=0)),
    "users_select": _select(initial_user=Words()),
    "channels_select": _select(initial_channel=Words(), response_url_enabled=Flag()),
    "conversations_select": _select(
        initial_conversation=Words(),
        default_to_current_conversation=Flag(),
        filter=Free(),
        response_url_enabled=Flag(),
    ),
    "overflow": _element(options=Parts(most=5, each=_OPTION, required=True)),
}

_MULTI_MENUS: Final[Mapping[str, Shape]] = {
    "multi_static_select": _static(initial_options=Parts(most=100, each=_OPTION), max_selected_items=Whole(least=1)),
    "multi_external_select": _select(
        initial_options=Parts(most=100, each=_OPTION),
        min_query_length=Whole(least=0),
        max_selected_items=Whole(least=1),
    ),
    "multi_users_select": _select(initial_users=Parts(most=100, each=Words()), max_selected_items=Whole(least=1)),
    "multi_channels_select": _select(initial_channels=Parts(most=100, each=Words()), max_selected_items=Whole(least=1)),
    "multi_conversations_select": _select(
        initial_conversations=Parts(most=100, each=Words()),
        default_to_current_conversation=Flag(),
        filter=Free(),
        max_selected_items=Whole(least=1),
    ),
}

_INPUTS: Final[Mapping[str, Shape]] = {
    "radio_buttons": _element(options=Parts(most=10, each=_RICH_OPTION, required=True), initial_option=_RICH_OPTION),
    "checkboxes": _element(
        options=Parts(most=10, each=_RICH_OPTION, required=True), initial_options=Parts(most=10, each=_RICH_OPTION)
    ),
    "datepicker": _select(initial_date=Words(pattern=r"\d{4}-\d{2}-\d{2}")),
    "timepicker": _select(initial_time=Words(pattern=r"\d{2}:\d{2}"), timezone=Words()),
    "datetimepicker": _element(initial_date_time=Whole(least=1_000_000_000, most=9_999_999_999)),
    "plain_text_input": _select(
        initial_value=Words(most=3000),
        multiline=Flag(),
        min_length=Whole(least=0, most=3000),
        max_length=Whole(least=1, most=3000),
        dispatch_action_config=Free(),
    ),
    "email_text_input": _typed(),
    "url_text_input": _typed(),
    "number_input": _typed(is_decimal_allowed=Flag(required=True), min_value=Words(), max_value=Words()),
    "rich_text_input": _select(initial_value=Free(), dispatch_action_config=Free()),
    "file_input": _element(filetypes=Free(), max_files=Whole(least=1, most=10)),
}

_OTHERS: Final[Mapping[str, Shape]] = {
    "button": _element(
        text=Text(most=75, plain=True, required=True),
        url=ADDRESS,
        value=Words(most=2000),
        style=_STYLE,
        accessibility_label=Words(most=75),
    ),
    "image": Shape(
        {"image_url": ADDRESS, "slack_file": Free(), "alt_text": Words(most=2000, least=1, required=True)},
        any_of=("image_url", "slack_file"),
    ),
    "plain_text": Shape({"text": Words(most=3000, least=1, required=True), "emoji": Flag()}),
    "mrkdwn": Shape({"text": Words(most=3000, least=1, required=True), "verbatim": Flag()}),
    "feedback_buttons": Shape(
        {"action_id": ID, "positive_button": Free(required=True), "negative_button": Free(required=True)}
    ),
    "icon_button": _element(
        icon=Words(required=True),
        text=Text(most=75, plain=True, required=True),
        value=Words(most=2000),
        accessibility_label=Words(most=75),
    ),
}

ELEMENTS: Final[Mapping[str, Shape]] = {**_MENUS, **_MULTI_MENUS, **_INPUTS, **_OTHERS}
"""Each element by its `type`; text objects too, since a context block holds them side by side with images."""
