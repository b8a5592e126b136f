"""The payloads of Socket Mode, made from what a person did. Pure."""

from collections.abc import Mapping
from typing import Any

from practice.workspace.people import APP, BOT_USER, Channel, Person
from practice.workspace.records import Interaction, Message, View
from practice.workspace.wire import Json

_TOKEN = "practice-verification"  # noqa: S105  the deprecated verification token, which nobody checks


def channel_name(channel: Channel) -> str:
    """Return the name that Slack gives: private and direct conversations go by a word for their kind."""
    if channel.direct is not None:
        return "directmessage"
    return "privategroup" if channel.private else channel.name


def slash(person: Person, channel: Channel, command: str, text: str, hooks: Mapping[str, str]) -> Json:
    """Return the payload of a slash command; its team is the team of whoever typed it."""
    return {
        "token": _TOKEN,
        "team_id": person.team,
        "team_domain": person.team.lower(),
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": person.id,
        "user_name": person.handle,
        "command": command,
        "text": text,
        "api_app_id": APP,
        "is_enterprise_install": "false",
        **hooks,
    }


def _interactive(kind: str, person: Person, home: str) -> Json:
    """Return what all interactive payloads share: `team` is the workspace, `user.team_id` the person's own team."""
    return {
        "type": kind,
        "token": _TOKEN,
        "api_app_id": APP,
        "team": {"id": home, "domain": home.lower()},
        "enterprise": None,
        "is_enterprise_install": False,
        "user": {"id": person.id, "username": person.handle, "name": person.handle, "team_id": person.team},
    }


def block_actions(person: Person, home: str, action: Json, hooks: Mapping[str, str], **where: Any) -> Json:  # noqa: ANN401  JSON
    """Return the payload of a press; `where` holds container, channel, message or view, and state."""
    return {**_interactive("block_actions", person, home), **where, "actions": [action], **hooks}


def in_message(message: Message, channel: Channel) -> Json:
    """Return where a press happened: in a message."""
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id, "is_ephemeral": False}
    if message.thread_ts and message.thread_ts != message.ts:
        container["thread_ts"] = message.thread_ts
    return {
        "container": container,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": message.slack(metadata=True),
    }


def in_ephemeral(ts: str, channel: Channel) -> Json:
    """Return where a press happened: in something only this person saw. Slack sends no message with it."""
    return {
        "container": {"type": "message", "message_ts": ts, "channel_id": channel.id, "is_ephemeral": True},
        "channel": {"id": channel.id, "name": channel_name(channel)},
    }


def in_view(view: View) -> Json:
    """Return where a press happened: in a dialog or on the home tab."""
    return {"container": {"type": "view", "view_id": view.id}, "view": view.slack()}


def view_submission(person: Person, home: str, view: View, trigger: str) -> Json:
    """Return the payload of a dialog that was sent off."""
    body = _interactive("view_submission", person, home)
    return {**body, "trigger_id": trigger, "view": view.slack(), "response_urls": []}


def view_closed(person: Person, home: str, view: View, *, cleared: bool) -> Json:
    """Return the payload of a dialog that was closed."""
    return {**_interactive("view_closed", person, home), "view": view.slack(), "is_cleared": cleared}


def message_action(
    person: Person, home: str, callback_id: str, channel: Channel, message: Message, hooks: Mapping[str, str]
) -> Json:
    """Return the payload of a message shortcut."""
    return {
        **_interactive("message_action", person, home),
        "callback_id": callback_id,
        "action_ts": message.ts,
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": message.slack(),
        **hooks,
    }


def shortcut(person: Person, home: str, callback_id: str, interaction: Interaction) -> Json:
    """Return the payload of a global shortcut."""
    body = _interactive("shortcut", person, home)
    return {
        **body,
        "callback_id": callback_id,
        "action_ts": f"{interaction.born:.6f}",
        "trigger_id": interaction.trigger,
    }


def event(home: str, body: Json, event_id: str, at: float) -> Json:
    """Return the payload of an event."""
    authorization = {"enterprise_id": None, "team_id": home, "user_id": BOT_USER, "is_bot": True}
    return {
        "token": _TOKEN,
        "team_id": home,
        "api_app_id": APP,
        "event": body,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(at),
        "authorizations": [{**authorization, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
    }
