"""Which scope each method asks for, and whether the bot's token has it."""

from collections.abc import Mapping
from typing import Final

from practice.workspace.people import Channel
from practice.workspace.wire import SlackError

GRANTED: Final = frozenset(
    {
        "commands",
        "chat:write",
        "users:read",
        "pins:write",
        "im:write",
        "channels:read",
        "groups:read",
        "channels:history",
        "groups:history",
        "files:write",
        "usergroups:read",
    }
)
"""What the practice bot's token may do unless the workspace is told otherwise: the scopes of the bot's own manifest."""

_BY_METHOD: Final[Mapping[str, str]] = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "conversations.open": "im:write",
    "users.info": "users:read",
    "users.list": "users:read",
    "usergroups.users.list": "usergroups:read",
    "pins.add": "pins:write",
    "pins.remove": "pins:write",
    "pins.list": "pins:read",
    "reactions.add": "reactions:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.delete": "files:write",
    "files.info": "files:read",
}


def family(channel: Channel) -> str:
    """Return the word by which scopes name this kind of conversation."""
    if channel.direct is not None:
        return "im"
    return "groups" if channel.private else "channels"


def require(granted: frozenset[str], *needed: str) -> None:
    """Refuse unless all needed scopes are granted.

    Raises:
        SlackError: `missing_scope`, with what was needed and what is there.
    """
    missing = [scope for scope in needed if scope not in granted]
    if missing:
        raise SlackError("missing_scope", extra={"needed": ",".join(missing), "provided": ",".join(sorted(granted))})


def require_for(method: str, granted: frozenset[str]) -> None:
    """Refuse a method that the token has no scope for; methods on conversations check theirs by channel.

    Raises:
        SlackError: `missing_scope`.
    """
    if method in _BY_METHOD:
        require(granted, _BY_METHOD[method])
