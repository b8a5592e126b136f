"""pins.* and reactions.*: marks on messages."""

import re
from typing import Final

from practice.workspace.people import BOT_USER
from practice.workspace.state import State
from practice.workspace.wire import Args, Json, SlackError


def _pins(state: State, args: Args) -> tuple[str, list[str]]:
    """Return a conversation's id and its pins."""
    channel = state.channel(args.text("channel"))
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    return channel.id, state.pins.setdefault(channel.id, [])


def _add_pin(state: State, args: Args) -> Json:
    """pins.add."""
    channel, pins = _pins(state, args)
    message = state.message(channel, args.text("timestamp"))
    if message.ts in pins:
        raise SlackError("already_pinned")
    pins.append(message.ts)
    state.changed("pins", channel=channel, ts=message.ts)
    return {}


def _remove_pin(state: State, args: Args) -> Json:
    """pins.remove."""
    channel, pins = _pins(state, args)
    message = state.message(channel, args.text("timestamp"))
    if message.ts not in pins:
        raise SlackError("no_pin")
    pins.remove(message.ts)
    state.changed("pins", channel=channel, ts=message.ts)
    return {}


def _list_pins(state: State, args: Args) -> Json:
    """pins.list."""
    channel, pins = _pins(state, args)
    items = [{"type": "message", "channel": channel, "message": state.message(channel, ts).slack()} for ts in pins]
    return {"items": items}


def _react(state: State, args: Args) -> Json:
    """reactions.add."""
    name = args.text("name")
    if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", name):
        raise SlackError("invalid_name")
    message = state.message(state.channel(args.text("channel")).id, args.text("timestamp"))
    users = message.reactions.setdefault(name, [])
    if BOT_USER in users:
        raise SlackError("already_reacted")
    users.append(BOT_USER)
    state.changed("reaction", channel=message.channel, ts=message.ts)
    return {}


METHODS: Final = {
    "pins.add": _add_pin,
    "pins.remove": _remove_pin,
    "pins.list": _list_pins,
    "reactions.add": _react,
}
