"""conversations.*: channels, who is in them, and what was said."""

from collections.abc import Sequence
from typing import Final, TypeVar

from practice.workspace.people import BOT_USER, Channel
from practice.workspace.records import Message
from practice.workspace.scopes import family, require
from practice.workspace.state import State
from practice.workspace.wire import Args, Json, SlackError

T = TypeVar("T")


def page(items: Sequence[T], args: Args, default: int) -> tuple[list[T], Json]:
    """Return one page and the `response_metadata` that leads to the next; the cursor is the place in the list.

    Raises:
        SlackError: `invalid_cursor`.
    """
    cursor = args.text("cursor", "") or "0"
    if not cursor.isdecimal():
        raise SlackError("invalid_cursor")
    start, size = int(cursor), args.number("limit", default)
    following = str(start + size) if start + size < len(items) else ""
    return list(items[start : start + size]), {"response_metadata": {"next_cursor": following}}


def _readable(state: State, args: Args, what: str) -> Channel:
    """Return the conversation named by `channel`, if the token may read `what` (`read` or `history`) of its kind."""
    channel = state.channel(args.text("channel"))
    require(state.scopes, f"{family(channel)}:{what}")
    return channel


def _info(state: State, args: Args) -> Json:
    """conversations.info."""
    return {"channel": _readable(state, args, "read").conversation(state.team)}


def _members(state: State, args: Args) -> Json:
    """conversations.members."""
    members, more = page(_readable(state, args, "read").members, args, 100)
    return {"members": members, **more}


def _list(state: State, args: Args) -> Json:
    """conversations.list: of the kinds asked for, what the bot can see."""
    kinds = args.listed("types") or ["public_channel"]
    words = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
    if unknown := [kind for kind in kinds if kind not in words]:
        raise SlackError("invalid_types", unknown)
    families = [words[kind] for kind in kinds]
    require(state.scopes, *(f"{name}:read" for name in families))
    found = [
        channel.conversation(state.team)
        for channel in state.channels.values()
        if family(channel) in families
        and (BOT_USER in channel.members or family(channel) == "channels")
        and not (channel.archived and args.flag("exclude_archived"))
    ]
    channels, more = page(found, args, 100)
    return {"channels": channels, **more}


def _open(state: State, args: Args) -> Json:
    """conversations.open: a direct conversation with one user."""
    users = args.listed("users")
    if len(users) != 1:
        raise SlackError("users_list_not_supplied" if not users else "not_enough_users")
    user = state.person(users[0])
    if user.deactivated:
        raise SlackError("user_disabled")
    known = any(channel.direct == user.id for channel in state.channels.values())
    channel = state.direct(user.id)
    shape = channel.conversation(state.team) if args.flag("return_im") else {"id": channel.id}
    return {"channel": shape, **({"no_op": True, "already_open": True} if known else {})}


def _within(messages: list[Message], args: Args) -> list[Message]:
    """Return the messages between `oldest` and `latest`."""
    oldest, latest = args.text("oldest", "0"), args.text("latest", "")
    inclusive = args.flag("inclusive")

    def inside(message: Message) -> bool:
        ts = message.ts
        if inclusive and ts in {oldest, latest}:
            return True
        return float(ts) > float(oldest) and (not latest or float(ts) < float(latest))

    return [message for message in messages if inside(message)]


def _history(state: State, args: Args) -> Json:
    """conversations.history: newest first, without the replies in threads."""
    channel = _readable(state, args, "history")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    top = [m for m in state.in_channel(channel.id) if m.thread_ts in {None, m.ts}]
    found, more = page(_within(top, args)[::-1], args, 100)
    with_metadata = args.flag("include_all_metadata")
    return {
        "messages": [_with_replies(state, m, metadata=with_metadata) for m in found],
        "has_more": bool(more["response_metadata"]["next_cursor"]),
        "pin_count": len(state.pins.get(channel.id, [])),
        **more,
    }


def _with_replies(state: State, message: Message, *, metadata: bool) -> Json:
    """Return a message; the head of a thread tells how many answered."""
    body = message.slack(metadata=metadata)
    if message.thread_ts == message.ts:
        replies = [m for m in state.in_channel(message.channel) if m.thread_ts == message.ts and m is not message]
        body |= {"reply_count": len(replies), "reply_users": sorted({m.author for m in replies})}
        body["latest_reply"] = replies[-1].ts if replies else message.ts
    return body


def _replies(state: State, args: Args) -> Json:
    """conversations.replies: a thread, oldest first."""
    channel = _readable(state, args, "history")
    head = args.text("ts")
    if not any(m.ts == head for m in state.in_channel(channel.id)):
        raise SlackError("thread_not_found")
    thread = [m for m in state.in_channel(channel.id) if head in {m.ts, m.thread_ts}]
    found, more = page(_within(thread, args), args, 1000)
    with_metadata = args.flag("include_all_metadata")
    return {
        "messages": [_with_replies(state, m, metadata=with_metadata) for m in found],
        "has_more": bool(more["response_metadata"]["next_cursor"]),
        **more,
    }


METHODS: Final = {
    "conversations.info": _info,
    "conversations.members": _members,
    "conversations.list": _list,
    "conversations.open": _open,
    "conversations.history": _history,
    "conversations.replies": _replies,
}
