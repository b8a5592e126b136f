"""Blocks of each kind that a bot may post, and what the practice app tells of itself."""

import base64
from typing import Any

from practice.page import App, Shortcut, Typed

APP = App(
    (Typed("/rollback", "start", "begins"), Typed("/rollback", "status", "says where it stands")),
    (Shortcut("keep", "Add to timeline"),),
)
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def option(value: str) -> dict[str, Any]:
    return {"text": plain(value.title()), "value": value}


def button(action: str, label: str, **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action, "text": plain(label), **more}


CONFIRM = {
    "title": plain("Hold it?"),
    "text": plain("Nothing new begins."),
    "confirm": plain("Yes"),
    "deny": plain("No"),
}
EVERYTHING = [
    {"type": "header", "text": plain("A header")},
    section("*bold* _italic_ ~struck~ `code` <https://docs.example.com|a link> <@U0ADMIN> <#C0STAKE>\n&gt; quoted"),
    {"type": "section", "fields": [{"type": "mrkdwn", "text": "*left*"}, plain("right")]},
    section(
        "with a menu", accessory={"type": "static_select", "action_id": "m", "options": [option("one"), option("two")]}
    ),
    {"type": "divider"},
    {"type": "context", "elements": [{"type": "mrkdwn", "text": "small *print*"}, plain("plain print")]},
    {
        "type": "actions",
        "elements": [
            button("go", "Go", style="primary"),
            button("hold", "Hold", style="danger", confirm=CONFIRM),
            {"type": "overflow", "action_id": "o", "options": [option("skip"), option("retry")]},
            {"type": "datepicker", "action_id": "d", "initial_date": "2030-01-07"},
            {"type": "radio_buttons", "action_id": "r", "options": [option("yes"), option("no")]},
            {"type": "checkboxes", "action_id": "c", "options": [option("this"), option("that")]},
            {"type": "users_select", "action_id": "u"},
        ],
    },
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [{"type": "text", "text": "rich", "style": {"bold": True}}]},
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U0ADMIN"}]}],
            },
        ],
    },
    {"type": "image", "image_url": "https://pictures.example.com/a.png", "alt_text": "a picture elsewhere"},
]
