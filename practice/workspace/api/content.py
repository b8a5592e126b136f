"""What a bot may put into a message or a view: the checks that several methods share, with Slack's error codes."""

import json

from practice.workspace import limits
from practice.workspace.checking import check_blocks, check_view, view_bytes, weigh
from practice.workspace.inputs import named
from practice.workspace.records import Blocks
from practice.workspace.rules import Surface
from practice.workspace.wire import Args, Json, SlackError


def message_blocks(args: Args, *, weighed: bool = True) -> Blocks:
    """Return the blocks of a message, with ids filled in.

    Raises:
        SlackError: `invalid_blocks` with a pointer to each fault, or `msg_blocks_too_long`.
    """
    if "blocks" not in args:
        return []
    blocks = args.values["blocks"]
    problems = check_blocks(blocks, Surface.MESSAGE)
    if problems:
        raise SlackError("invalid_blocks", problems)
    if weighed and weigh(blocks) > limits.MESSAGE_WEIGHT:
        raise SlackError("msg_blocks_too_long")
    return named(blocks)


def message_text(args: Args, most: int) -> str:
    """Return the text of a message.

    Raises:
        SlackError: `msg_too_long`.
    """
    text = args.text("text", "")
    if len(text) > most:
        raise SlackError("msg_too_long")
    return text


def attachments(args: Args) -> Blocks:
    """Return the attachments of a message, kept as they are.

    Raises:
        SlackError: `too_many_attachments` or `invalid_attachments`.
    """
    value = args.values.get("attachments") or []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise SlackError("invalid_attachments")
    if len(value) > limits.ATTACHMENTS:
        raise SlackError("too_many_attachments")
    return value


def metadata(args: Args) -> Json | None:
    """Return the metadata of a message.

    Raises:
        SlackError: `invalid_metadata_format` or `metadata_too_large`.
    """
    value = args.values.get("metadata")
    if value is None:
        return None
    whole = isinstance(value, dict) and isinstance(value.get("event_type"), str)
    if not whole or not isinstance(value.get("event_payload"), dict):
        raise SlackError("invalid_metadata_format")
    if len(json.dumps(value).encode()) > limits.METADATA_BYTES:
        raise SlackError("metadata_too_large")
    return {"event_type": value["event_type"], "event_payload": value["event_payload"]}


def view_body(view: object, surface: Surface) -> Json:
    """Return what a view holds, with ids filled in.

    Raises:
        SlackError: `view_too_large`, or `invalid_arguments` with a pointer to each fault.
    """
    code = "invalid_arguments"
    if not isinstance(view, dict):
        raise SlackError(code, ["must provide an object [json-pointer:/view]"])
    if view_bytes(view) > limits.VIEW_BYTES:
        raise SlackError("view_too_large")
    problems = check_view(view)
    if problems:
        raise SlackError(code, problems)
    if view["type"] != surface:
        raise SlackError(code, [f"unsupported type: {view['type']} [json-pointer:/view/type]"])
    return {**view, "blocks": named(view["blocks"])}
