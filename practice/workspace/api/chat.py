"""chat.*: posting, changing and deleting messages."""

from typing import Final

from practice.workspace import limits
from practice.workspace.api import content
from practice.workspace.people import BOT_USER, Channel
from practice.workspace.records import Ephemeral, Message
from practice.workspace.state import State
from practice.workspace.wire import Args, Json, SlackError


def writable(state: State, channel_id: str) -> Channel:
    """Return the conversation that a message goes to; a user's id means the direct conversation with that user.

    Raises:
        SlackError: `channel_not_found`, `not_in_channel`, `is_archived`, or `user_not_found` kinds of refusal.
    """
    if channel_id in state.persons:
        if state.persons[channel_id].deactivated or channel_id == BOT_USER:
            raise SlackError("channel_not_found")
        return state.direct(channel_id)
    channel = state.channel(channel_id)
    if channel.archived:
        raise SlackError("is_archived")
    if BOT_USER not in channel.members:
        raise SlackError("not_in_channel")
    return channel


def _post_message(state: State, args: Args) -> Json:
    """chat.postMessage."""
    channel = writable(state, args.text("channel"))
    text = content.message_text(args, limits.POST_TEXT)
    blocks, attached = content.message_blocks(args), content.attachments(args)
    if not (text or blocks or attached):
        raise SlackError("no_text")
    metadata = content.metadata(args)
    thread_ts = args.text("thread_ts", "") or None
    if thread_ts and all(m.ts != thread_ts for m in state.in_channel(channel.id)):
        raise SlackError("thread_not_found")
    message = state.add_message(
        Message(
            channel=channel.id,
            ts=state.next_ts(),
            author=BOT_USER,
            team=state.team,
            at=state.now(),
            text=text,
            blocks=blocks,
            attachments=attached,
            thread_ts=thread_ts,
            metadata=metadata,
        )
    )
    return {"channel": channel.id, "ts": message.ts, "message": message.slack(metadata=True)}


def _own_message(state: State, args: Args, refusal: str) -> Message:
    """Return a message of the bot's own.

    Raises:
        SlackError: `refusal` if somebody else wrote it, `channel_not_found`, `message_not_found`.
    """
    message = state.message(state.channel(args.text("channel")).id, args.text("ts"))
    if not message.ours:
        raise SlackError(refusal)
    return message


def _update(state: State, args: Args) -> Json:
    """chat.update: text without blocks removes the blocks; blocks given, the message isn't marked as edited."""
    message = _own_message(state, args, "cant_update_message")
    text = content.message_text(args, limits.UPDATE_TEXT) if "text" in args else message.text
    blocks = content.message_blocks(args) if "blocks" in args or "text" in args else message.blocks
    attached = content.attachments(args) if "attachments" in args else message.attachments
    metadata = content.metadata(args) if "metadata" in args else message.metadata
    if not (text or blocks or attached):
        raise SlackError("no_text")
    message.attachments = attached
    message.change(state.now(), text=text, blocks=blocks, metadata=metadata)
    message.edited = message.edited or "blocks" not in args
    state.changed("message_changed", channel=message.channel, ts=message.ts)
    body = {"channel": message.channel, "ts": message.ts, "text": message.text}
    return {**body, "message": message.slack(metadata=True)}


def _delete(state: State, args: Args) -> Json:
    """chat.delete."""
    message = _own_message(state, args, "cant_delete_message")
    message.deleted = True
    state.pins[message.channel] = [ts for ts in state.pins.get(message.channel, []) if ts != message.ts]
    state.changed("message_deleted", channel=message.channel, ts=message.ts)
    return {"channel": message.channel, "ts": message.ts}


def _post_ephemeral(state: State, args: Args) -> Json:
    """chat.postEphemeral: only for somebody who is in the channel."""
    channel = writable(state, args.text("channel"))
    user = state.person(args.text("user"))
    text = content.message_text(args, limits.POST_TEXT)
    blocks = content.message_blocks(args)
    if not (text or blocks):
        raise SlackError("no_text")
    if user.id not in channel.members or user.deactivated:
        raise SlackError("user_not_in_channel")
    thread_ts = args.text("thread_ts", "") or None
    shown = Ephemeral(user.id, channel.id, state.next_ts(), text, blocks, "postEphemeral", thread_ts=thread_ts)
    return {"message_ts": state.add_ephemeral(shown).ts}


def _permalink(state: State, args: Args) -> Json:
    """chat.getPermalink."""
    message = state.message(state.channel(args.text("channel")).id, args.text("message_ts"))
    link = f"{state.base}/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return {"channel": message.channel, "permalink": link}


METHODS: Final = {
    "chat.postMessage": _post_message,
    "chat.update": _update,
    "chat.delete": _delete,
    "chat.postEphemeral": _post_ephemeral,
    "chat.getPermalink": _permalink,
}
