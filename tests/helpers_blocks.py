"""What is looked at in messages: their texts, Slack's limits as the practice workspace keeps them, hostile names."""

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from commands.blocks.message import Rendered
from practice.workspace import limits
from practice.workspace.checking import check_blocks, check_view, view_bytes, weigh
from practice.workspace.rules import Surface
from rollback.untrusted import Untrusted

T = TypeVar("T")
OURS = re.compile(r"<@[UW][A-Z0-9]+>|<#C[A-Z0-9]+>")
HOSTILE = (
    "<!channel>", "<!here|x>", "<@U0ATTACK>", "<#C0ATTACK>", "<https://evil.example|click>", "<b>bold</b>",
    "&lt;!channel&gt;", "&amp;", "&", "a & b < c > d", "*APPROVED*", "_all good_", "~struck~", "`code`", "``` it ```",
    "> quoted", ":white_check_mark:", ":skull: all gone", "@here", "@channel", "line\nFAKE LINE", "line\r\nFAKE LINE",
    "line\u2028FAKE LINE", "line\u2029FAKE LINE", "tab\tFAKE LINE", "\x00nul", "\x1b[31mred", "bell\x07",
    "\u202eevil", "\u2066isolate\u2069", "\u200bzero", "\u200dwidth", "\ufeffbom", "\u00ad soft", "\u2060joiner",
    "\U000e0041tag", "e\u0301\u0301\u0301\u0301\u0301", "Z\u0351\u036b\u0343\u036a\u0302a\u036b\u033d\u034f", "",
    " ", "\n", "\u3000", "\u2800", "\ud800", '=HYPERLINK("x")', "'; DROP TABLE gate; --", "[XMS]] ; RESTORE",
    "{{ 7*7 }}", "{0.__class__}", "%s%n", "../../etc/passwd", "C:\\x\\..\\y", "mailto:a@example.com",
    "javascript:alert(1)", "RB-7 approved by SO", "REAL · RB-1", "🧨" * 50, "A" * 200, "<" * 300, "&" * 5_000,
    "x" * 20_000, "`" * 4_000, "* " * 2_000, "0", "None", "_*~`_*~`",
)  # fmt: skip


def texts(value: object) -> Iterator[str]:
    """Every text in blocks or in a view, as it is sent."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key == "text" and isinstance(item, str):
                yield item
            else:
                yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)


def read(message: Rendered) -> str:
    """What people read of a message: its texts, with entities as Slack shows them."""
    return html.unescape("\n".join(texts(message.blocks)))


def buttons_of(value: object) -> list[dict[str, Any]]:
    """Every button in blocks or in a view."""
    if isinstance(value, Mapping):
        own = [dict(value)] if value.get("type") == "button" else []
        return own + [found for item in value.values() for found in buttons_of(item)]
    if isinstance(value, list | tuple):
        return [found for item in value for found in buttons_of(item)]
    return []


def actions_of(message: Rendered) -> list[str]:
    """The action ids of a message's buttons."""
    return [str(button["action_id"]) for button in buttons_of(message.blocks)]


def slack_takes(message: Rendered) -> None:
    """A message keeps all of Slack's limits, also those of an update."""
    blocks = list(message.blocks)
    assert not check_blocks(blocks, Surface.MESSAGE)
    assert weigh(blocks) <= limits.MESSAGE_WEIGHT
    assert 0 < len(message.text) <= limits.UPDATE_TEXT


def slack_takes_view(view: dict[str, Any]) -> None:
    """A dialog keeps all of Slack's limits."""
    assert not check_view(view)
    assert view_bytes(view) <= limits.VIEW_BYTES


def nothing_acts(value: object) -> None:
    """No text has markup, a control, format or bidi character, or a line that is not ours."""
    for text in texts(value):
        left = OURS.sub("", text)
        assert "<" not in left, text
        assert ">" not in left, text
        assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")], ascii(
            text
        )
        assert not any(line.strip().startswith("FAKE LINE") for line in text.split("\n")), text


def with_every_name(value: T, text: str) -> T:
    """A copy of a picture in which everything that systems or people named is called `text`."""
    return _replaced(value, Untrusted(text))  # type: ignore[no-any-return]


def _replaced(value: Any, name: Untrusted) -> Any:
    if isinstance(value, Untrusted):
        return name
    if isinstance(value, tuple):
        return tuple(_replaced(item, name) for item in value)
    if isinstance(value, Mapping):
        return {key: _replaced(item, name) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _replaced(getattr(value, f.name), name) for f in fields(value)})
    return value
