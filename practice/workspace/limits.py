"""What Slack accepts: the numbers, and the tables of blocks and views. `checking` walks them; nothing here decides.

Sources: the reference pages of Block Kit and of the Web API's methods, the limits that slack_sdk's models enforce
and, where Slack publishes no number, what others have measured (said so beside it).
"""

from collections.abc import Mapping
from typing import Final

from practice.workspace.elements import ADDRESS, ID, MULTI_SELECTS, PICKERS, SELECTS, TYPED
from practice.workspace.rules import Choice, Flag, Free, Part, Parts, Shape, Surface, Text, Words

BLOCKS_PER_SURFACE: Final[Mapping[Surface, int]] = {Surface.MESSAGE: 50, Surface.MODAL: 100, Surface.HOME: 100}

POST_TEXT: Final = 40_000
"""Characters of `text` in chat.postMessage. Slack cuts what is longer; here it is refused, so that a bot which is
being cut is found out."""
UPDATE_TEXT: Final = 4_000
"""Characters of `text` in chat.update: seen in the field as `msg_too_long` for texts that could be posted."""
MESSAGE_WEIGHT: Final = 13_200
"""Characters of all blocks of a message together, with a surcharge for each block; beyond it `msg_blocks_too_long`.
Slack publishes no number. Measured by others: 13,297 characters of bare markdown passed; 9,597 in 50 blocks passed,
11,341 in 45 blocks did not."""
HEADER_SURCHARGE: Final = 100
BLOCK_SURCHARGE: Final = 50
VIEW_BYTES: Final = 250_000
METADATA_BYTES: Final = 16_000
"""Bytes of message metadata. Slack publishes no number; a guess on the safe side."""
ATTACHMENTS: Final = 100
VIEW_STACK: Final = 3
TRIGGER_SECONDS: Final = 3.0
ACK_SECONDS: Final = 3.0
RESPONSE_URL_USES: Final = 5
RESPONSE_URL_SECONDS: Final = 1800.0
CONNECTIONS: Final = 10
"""Socket Mode connections that one app may hold at once."""

_MESSAGES = frozenset({Surface.MESSAGE})
_IN_SECTION = SELECTS | MULTI_SELECTS | PICKERS | {"button", "overflow", "image"}
_IN_ACTIONS = SELECTS | PICKERS | {"button", "overflow", "datetimepicker"}
_IN_INPUT = SELECTS | MULTI_SELECTS | PICKERS | TYPED | {"datetimepicker", "file_input"}
_IN_CONTEXT = frozenset({"image", "plain_text", "mrkdwn"})

BLOCKS: Final[Mapping[str, Shape]] = {
    "section": Shape(
        {
            "text": Text(most=3000),
            "fields": Parts(most=10, each=Text(most=2000)),
            "accessory": Part(kinds=_IN_SECTION),
            "expand": Flag(),
        },
        any_of=("text", "fields"),
    ),
    "header": Shape({"text": Text(most=150, plain=True, required=True)}),
    "divider": Shape({}),
    "context": Shape({"elements": Parts(most=10, each=Part(kinds=_IN_CONTEXT), required=True)}),
    "actions": Shape({"elements": Parts(most=25, each=Part(kinds=_IN_ACTIONS), required=True)}),
    "input": Shape(
        {
            "label": Text(most=2000, plain=True, required=True),
            "hint": Text(most=2000, plain=True),
            "element": Part(kinds=_IN_INPUT, required=True),
            "optional": Flag(),
            "dispatch_action": Flag(),
        }
    ),
    "image": Shape(
        {
            "image_url": ADDRESS,
            "slack_file": Free(),
            "alt_text": Words(most=2000, least=1, required=True),
            "title": Text(most=2000, plain=True),
        },
        any_of=("image_url", "slack_file"),
    ),
    "rich_text": Shape({"elements": Parts(most=1000, each=Free(), required=True)}),
    "markdown": Shape({"text": Words(most=12_000, least=1, required=True)}, surfaces=_MESSAGES),
    "context_actions": Shape(
        {"elements": Parts(most=5, each=Part(kinds=frozenset({"feedback_buttons", "icon_button"})), required=True)},
        surfaces=_MESSAGES,
    ),
    "table": Shape(
        {"rows": Parts(most=100, each=Parts(most=20, each=Free()), required=True), "column_settings": Free()},
        surfaces=_MESSAGES,
    ),
    "task_card": Shape(
        {
            "task_id": Words(required=True),
            "title": Words(required=True),
            "details": Free(),
            "output": Free(),
            "sources": Free(),
            "status": Choice(frozenset({"pending", "in_progress", "complete", "error"})),
        },
        surfaces=_MESSAGES,
    ),
    "plan": Shape(
        {"title": Words(required=True), "tasks": Parts(most=50, each=Part(kinds=frozenset({"task_card"})))},
        surfaces=_MESSAGES,
    ),
    "alert": Shape(
        {
            "text": Text(most=3000, required=True),
            "level": Choice(frozenset({"default", "info", "warning", "error", "success"})),
        },
        surfaces=frozenset({Surface.MODAL}),
    ),
}
"""Each block that can be sent, by its `type`; `block_id` is allowed in all of them. Not modelled, and so refused:
`auth_provider`, `call`, `card`, `carousel`, `container`, `file`, `video`."""

VIEWS: Final[Mapping[Surface, Shape]] = {
    Surface.MODAL: Shape(
        {
            "title": Text(most=24, plain=True, required=True),
            "submit": Text(most=24, plain=True),
            "close": Text(most=24, plain=True),
            "private_metadata": Words(most=3000),
            "callback_id": ID,
            "external_id": ID,
            "clear_on_close": Flag(),
            "notify_on_close": Flag(),
            "submit_disabled": Flag(),
        }
    ),
    Surface.HOME: Shape({"private_metadata": Words(most=3000), "callback_id": ID, "external_id": ID}),
}
"""What a view may hold beside its `type` and `blocks`."""
