"""What a bot says through an ack or a `response_url`: to one person, to the channel, or instead of a message."""

import json

from aiohttp import web

from practice.workspace import limits
from practice.workspace.api import content
from practice.workspace.people import BOT_USER
from practice.workspace.records import Ephemeral, Interaction, Message
from practice.workspace.state import State
from practice.workspace.wire import Args, Json, SlackError


def say(state: State, interaction: Interaction, body: Json, via: str) -> None:
    """Carry out what a bot sent: a new message (to this person unless `in_channel`), or a change of the one pressed.

    Raises:
        SlackError: `invalid_blocks`, `msg_too_long`, `no_text`.
    """
    args = Args(body)
    if args.flag("delete_original"):
        _replace(state, interaction, None, [])
        return
    # Others have seen no limit on the weight of blocks on this way.
    text, blocks = content.message_text(args, limits.POST_TEXT), content.message_blocks(args, weighed=False)
    if not (text or blocks):
        raise SlackError("no_text")
    if args.flag("replace_original") and interaction.source is not None:
        _replace(state, interaction, text, blocks)
    elif args.text("response_type", "ephemeral") == "in_channel":
        _to_channel(state, interaction, text, blocks, content.metadata(args))
    else:
        channel = interaction.channel or ""
        ts, thread = state.next_ts(), args.text("thread_ts", "") or None
        state.add_ephemeral(Ephemeral(interaction.person, channel, ts, text, blocks, via, interaction.id, thread))


def _to_channel(state: State, interaction: Interaction, text: str, blocks: list[Json], metadata: Json | None) -> None:
    """Post for everybody in the conversation."""
    state.add_message(
        Message(
            channel=interaction.channel or "",
            ts=state.next_ts(),
            author=BOT_USER,
            team=state.team,
            at=state.now(),
            text=text,
            blocks=blocks,
            metadata=metadata,
            interaction=interaction.id,
        )
    )


def _replace(state: State, interaction: Interaction, text: str | None, blocks: list[Json]) -> None:
    """Change the message that was pressed, or take it away if there is no text."""
    source, channel = interaction.source or "", interaction.channel or ""
    ephemeral = state.ephemeral(interaction.person, source)
    if ephemeral is not None:
        ephemeral.deleted = text is None
        ephemeral.text, ephemeral.blocks = text or "", blocks
        state.changed("ephemeral", channel=channel, ts=source, person=interaction.person)
        return
    message = state.message(channel, source)
    if text is None:
        message.deleted = True
        state.changed("message_deleted", channel=channel, ts=source)
        return
    message.change(state.now(), text=text, blocks=blocks, metadata=message.metadata)
    state.changed("message_changed", channel=channel, ts=source)


class ResponseUrls:
    """The route behind each `response_url`: good five times, for thirty minutes."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to an application."""
        return [web.post("/response/{secret}", self._respond)]

    async def _respond(self, request: web.Request) -> web.Response:
        """Take one response."""
        secret = request.match_info["secret"]
        found = [i for i in self._state.interactions.values() if i.response == secret]
        try:
            self._use(found[0] if found else None)
            body = json.loads(await request.text() or "{}")
            say(self._state, found[0], body, "response_url")
        except SlackError as refusal:
            return web.json_response(refusal.answer(), status=refusal.status)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        return web.json_response({"ok": True})

    def _use(self, interaction: Interaction | None) -> None:
        """Count one use.

        Raises:
            SlackError: `expired_url` or `used_url`, both with status 404.
        """
        if interaction is None or self._state.now() - interaction.born > limits.RESPONSE_URL_SECONDS:
            raise SlackError("expired_url", status=404)
        if interaction.response_uses >= limits.RESPONSE_URL_USES:
            raise SlackError("used_url", status=404)
        interaction.response_uses += 1
