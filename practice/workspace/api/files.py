"""files.*: the three steps of an upload, and what became of it."""

from typing import Final

from practice.workspace import limits
from practice.workspace.api import content
from practice.workspace.api.chat import writable
from practice.workspace.people import BOT_USER
from practice.workspace.records import File, Message
from practice.workspace.state import State
from practice.workspace.wire import Args, Json, SlackError


def _upload_url(state: State, args: Args) -> Json:
    """files.getUploadURLExternal: the first step; the bytes are then posted to the address."""
    name, length = args.text("filename"), args.text("length")
    if not length.isdecimal() or int(length) < 1:
        raise SlackError("invalid_arguments", ["must be greater than 0 [json-pointer:/length]"])
    file = File(state.next_id("F"), name, int(length), state.now())
    state.files[file.id] = file
    return {"file_id": file.id, "upload_url": f"{state.base}/upload/{file.id}"}


def _file(state: State, file_id: str, *, shared: bool) -> File:
    """Return a file that arrived whole.

    Raises:
        SlackError: `file_not_found`.
    """
    file = state.files.get(file_id)
    if file is None or file.content is None or (shared and not file.shared):
        raise SlackError("file_not_found")
    return file


def _complete(state: State, args: Args) -> Json:
    """files.completeUploadExternal: the last step; with a channel the files are posted there."""
    wanted = args.values.get("files")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(w, dict) and "id" in w for w in wanted):
        raise SlackError("invalid_arguments", ["must be an array of objects with an id [json-pointer:/files]"])
    channels = [writable(state, c) for c in args.listed("channels") + args.listed("channel_id")]
    found = [(_file(state, str(one["id"]), shared=False), one.get("title")) for one in wanted]
    blocks = content.message_blocks(args)
    for file, title in found:
        file.shared, file.title = True, str(title or file.name)
        file.channels = [channel.id for channel in channels]
        state.changed("file", id=file.id)
    for channel in channels:
        state.add_message(
            Message(
                channel=channel.id,
                ts=state.next_ts(),
                author=BOT_USER,
                team=state.team,
                at=state.now(),
                text=args.text("initial_comment", "")[: limits.POST_TEXT],
                blocks=blocks,
                thread_ts=args.text("thread_ts", "") or None,
                files=[file.id for file, _ in found],
            )
        )
    return {"files": [file.slack(state.base) for file, _ in found]}


def _info(state: State, args: Args) -> Json:
    """files.info."""
    return {"file": _file(state, args.text("file"), shared=True).slack(state.base)}


def _delete(state: State, args: Args) -> Json:
    """files.delete."""
    file = _file(state, args.text("file"), shared=True)
    del state.files[file.id]
    for message in state.messages.values():
        if file.id in message.files:
            message.files.remove(file.id)
            state.changed("message_changed", channel=message.channel, ts=message.ts)
    state.changed("file", id=file.id)
    return {}


METHODS: Final = {
    "files.getUploadURLExternal": _upload_url,
    "files.completeUploadExternal": _complete,
    "files.info": _info,
    "files.delete": _delete,
}
