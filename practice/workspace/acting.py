"""What people do: commands, presses, dialogs, shortcuts, words. Runs in the workspace's own loop."""

from collections.abc import Mapping
from copy import deepcopy
from secrets import token_hex
from typing import Any

from practice.workspace import payloads
from practice.workspace.api import content, views
from practice.workspace.inputs import CannotDoThat, chosen, collect, complaints, find
from practice.workspace.people import BOT_USER, Channel, Person
from practice.workspace.records import Interaction, Message, View
from practice.workspace.responses import say
from practice.workspace.rules import Surface
from practice.workspace.seen import Seen, look
from practice.workspace.sockets import Sockets
from practice.workspace.state import State
from practice.workspace.wire import Json, SlackError

Values = Mapping[str, Any]


class Acting:
    """Carries out what people do, and tells what they see.

    Every method raises `CannotDoThat` if the person's screen offers no such thing: not in the channel, no such
    button, a dialog that is not on top.
    """

    def __init__(self, state: State, sockets: Sockets, events: frozenset[str]) -> None:
        self._state, self._sockets, self._events = state, sockets, events

    async def slash(self, user: str, channel: str, command: str, text: str = "") -> Seen:
        """Type a slash command into a conversation."""
        person, place = self._in(user, channel)
        interaction = self._state.add_interaction(user, "slash_commands", channel)
        interaction.payload = payloads.slash(person, place, command, text, self._hooks(interaction))
        self._show_ack(interaction, await self._sockets.deliver(interaction, accepts=True))
        return look(self._state, interaction)

    def _show_ack(self, interaction: Interaction, answer: Json | None) -> None:
        """Show what the ack of a command says, or that it says nothing that Slack can show."""
        if not answer:
            return
        try:
            say(self._state, interaction, answer, "ack")
            interaction.text = str(answer.get("text", ""))
        except SlackError:
            interaction.error = "invalid_command_response"

    async def press(  # noqa: PLR0913  a press has a place, a target and what is chosen there
        self,
        user: str,
        channel: str | None = None,
        ts: str | None = None,
        action_id: str | None = None,
        *,
        block_id: str | None = None,
        view_id: str | None = None,
        choose: object = None,
        values: Values | None = None,
        confirm: bool = True,
    ) -> Seen:
        """Press a button or choose in a menu, in a message (`channel`, `ts`), a dialog or the home tab (`view_id`).

        Args:
            user: Who.
            channel: The conversation of the message.
            ts: The message, or something only this person was shown.
            action_id: Which element; may be left out where `block_id` has only one.
            block_id: The block it is in.
            view_id: The dialog or home tab, instead of a message.
            choose: For a menu, check boxes or a picker: see `inputs.chosen`.
            values: What else is entered by then, by `block_id`.
            confirm: Whether the person says yes to the question of a confirm dialog.
        """
        where, blocks, view = self._target(user, channel, ts, view_id)
        block, element = find(blocks, action_id, block_id)
        if element.get("confirm") and not confirm:
            return Seen(view=view.slack() if view else None)
        action, entered = _action(block, element, choose, self._state.next_ts())
        state = collect(blocks, {**(values or {}), **entered}, view.values if view else None)
        if view is not None:
            view.values = state
            where = payloads.in_view(view)
        else:
            where["state"] = {"values": state}
        interaction = self._state.add_interaction(user, "interactive", channel)
        interaction.source, interaction.view = ts, view.id if view else None
        hooks = {"trigger_id": interaction.trigger} if view else self._hooks(interaction)
        person = self._state.person(user)
        interaction.payload = payloads.block_actions(person, self._state.team, action, hooks, **where)
        await self._sockets.deliver(interaction, accepts=False)
        return look(self._state, interaction)

    async def submit(self, user: str, view_id: str, values: Values | None = None) -> Seen:
        """Fill in a dialog and send it off; what Slack itself refuses never reaches the bot."""
        view = self._top(user, view_id)
        if "submit" not in view.body:
            raise CannotDoThat(f"{view_id} has no button that sends it off")
        view.values = collect(view.blocks, values or {}, view.values)
        view.problems = complaints(view.blocks, view.values)
        if view.problems:
            self._state.view_changed(view)
            return Seen(view=view.slack(), problems=view.problems)
        interaction = self._state.add_interaction(user, "interactive")
        interaction.view = view.id
        person = self._state.person(user)
        interaction.payload = payloads.view_submission(person, self._state.team, view, interaction.trigger)
        answer = await self._sockets.deliver(interaction, accepts=True)
        if answer is not None and interaction.acked:
            try:
                self._after_submit(interaction, view, answer)
            except SlackError:
                interaction.error = "bad_view_response"
        interaction.problems = dict(view.problems)
        return look(self._state, interaction)

    def _after_submit(self, interaction: Interaction, view: View, answer: Json) -> None:
        """Do with the dialog what the ack says; without a word it closes.

        Raises:
            SlackError: Slack would not take that answer.
        """
        action = answer.get("response_action")
        if action == "errors":
            view.problems = _problems(view, answer.get("errors"))
            self._state.view_changed(view)
        elif action == "update":
            views.replace_view(self._state, view, content.view_body(answer.get("view"), Surface.MODAL))
        elif action == "push":
            views.push_on(self._state, content.view_body(answer.get("view"), Surface.MODAL), interaction)
        elif action in {"clear", None}:
            self._take_down(view, whole=action == "clear")
        else:
            raise SlackError("invalid_arguments", [f"unknown response_action {action}"])

    def _take_down(self, view: View, *, whole: bool) -> None:
        """Take a dialog, or all of them, off the person's screen."""
        screen = self._state.screens.get(view.person, [])
        self._state.screens[view.person] = [] if whole else [shown for shown in screen if shown != view.id]
        self._state.view_changed(view)

    async def close(self, user: str, view_id: str, *, whole: bool = False) -> Seen:
        """Close a dialog without sending it; `whole` closes those below it too."""
        view = self._top(user, view_id)
        whole = whole or bool(view.body.get("clear_on_close"))
        self._take_down(view, whole=whole)
        if not view.body.get("notify_on_close"):
            screen = self._state.screen(user)
            return Seen(view=screen[-1].slack() if screen else None)
        interaction = self._state.add_interaction(user, "interactive")
        person = self._state.person(user)
        interaction.payload = payloads.view_closed(person, self._state.team, view, cleared=whole)
        await self._sockets.deliver(interaction, accepts=False)
        return look(self._state, interaction)

    async def shortcut(self, user: str, callback_id: str, channel: str | None = None, ts: str | None = None) -> Seen:
        """Use a shortcut: of a message if one is given, else a global one."""
        person, home = self._signed_in(user), self._state.team
        interaction = self._state.add_interaction(user, "interactive", channel)
        if channel is None:
            interaction.payload = payloads.shortcut(person, home, callback_id, interaction)
        else:
            _, place = self._in(user, channel)
            message, hooks = self._message(channel, ts or ""), self._hooks(interaction)
            interaction.source = message.ts
            interaction.payload = payloads.message_action(person, home, callback_id, place, message, hooks)
        await self._sockets.deliver(interaction, accepts=False)
        return look(self._state, interaction)

    async def write(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """Write a message as a person; the bot hears of it if it subscribed to that."""
        person, place = self._in(user, channel)
        ts, state = self._state.next_ts(), self._state
        message = state.add_message(Message(channel, ts, user, person.team, state.now(), text, thread_ts=thread_ts))
        kind = "im" if place.direct else "group" if place.private else "channel"
        body = {**message.slack(), "channel": channel, "channel_type": kind, "event_ts": ts}
        await self.event(user, body)
        if f"<@{BOT_USER}>" in text:
            await self.event(user, {**body, "type": "app_mention"})
        return message

    async def open_home(self, user: str) -> Seen:
        """Open the app's home tab."""
        self._signed_in(user)
        channel = self._state.direct(user)
        ts = self._state.next_ts()
        body: Json = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": "home", "event_ts": ts}
        if user in self._state.homes:
            body["view"] = self._state.views[self._state.homes[user]].slack()
        return await self.event(user, body)

    async def event(self, user: str, body: Json) -> Seen:
        """Deliver an event, if the app subscribed to its type."""
        if body["type"] not in self._events:
            return Seen()
        interaction = self._state.add_interaction(user, "events_api")
        event_id = f"Ev{interaction.id[1:]}{token_hex(3).upper()}"
        interaction.payload = payloads.event(self._state.team, body, event_id, self._state.now())
        await self._sockets.deliver(interaction, accepts=False)
        return look(self._state, interaction)

    async def forge(self, user: str, kind: str, payload: Json) -> Seen:
        """Deliver a payload that no screen offers, as a hostile or broken client might.

        Args:
            user: Who is said to have done it: becomes the payload's user.
            kind: `slash_commands`, `interactive` or `events_api`.
            payload: Sent as it is, but for the user, a fresh trigger and a fresh `response_url`.
        """
        person = self._state.person(user)
        channel = payload.get("channel_id") or (payload.get("channel") or {}).get("id")
        interaction = self._state.add_interaction(user, kind, channel)
        who: Json = {"user": {"id": user, "username": person.handle, "name": person.handle, "team_id": person.team}}
        if kind == "slash_commands":
            who = {"user_id": user, "user_name": person.handle, "team_id": person.team}
        fresh = {name: hook for name, hook in self._hooks(interaction).items() if name in payload}
        interaction.payload = {**deepcopy(payload), **(who if kind != "events_api" else {}), **fresh}
        answer = await self._sockets.deliver(interaction, accepts=kind == "slash_commands")
        if kind == "slash_commands":
            self._show_ack(interaction, answer)
        return look(self._state, interaction)

    async def redeliver(self, interaction_id: str) -> bool:
        """Deliver what somebody did once more, under a new envelope id; return whether it was acknowledged."""
        interaction = self._state.interactions.get(interaction_id)
        if interaction is None:
            raise CannotDoThat(f"there is no interaction {interaction_id!r}")
        return await self._sockets.again(interaction, accepts=interaction.kind == "slash_commands")

    def _signed_in(self, user: str) -> Person:
        """Return somebody who can use Slack at all."""
        person = self._state.persons.get(user)
        if person is None or person.deactivated or person.bot:
            raise CannotDoThat(f"{user} can't sign in")
        return person

    def _in(self, user: str, channel: str) -> tuple[Person, Channel]:
        """Return a person and a conversation that the person is in."""
        person, place = self._signed_in(user), self._state.channels.get(channel)
        if place is None or user not in place.members:
            raise CannotDoThat(f"{user} is not in {channel}")
        return person, place

    def _message(self, channel: str, ts: str) -> Message:
        """Return a message that can be seen."""
        message = self._state.messages.get((channel, ts))
        if message is None or message.deleted:
            raise CannotDoThat(f"there is no message {ts} in {channel}")
        return message

    def _top(self, user: str, view_id: str) -> View:
        """Return the topmost dialog on somebody's screen, which must be this one."""
        self._signed_in(user)
        screen = self._state.screens.get(user, [])
        if not screen or screen[-1] != view_id:
            raise CannotDoThat(f"{view_id} is not the topmost dialog on the screen of {user}")
        return self._state.views[view_id]

    def _target(
        self, user: str, channel: str | None, ts: str | None, view_id: str | None
    ) -> tuple[Json, list[Json], View | None]:
        """Return where a press happens, the blocks there, and the view if it is one."""
        if view_id is not None:
            view = self._state.views[view_id] if self._state.homes.get(user) == view_id else self._top(user, view_id)
            return {}, view.blocks, view
        _, place = self._in(user, channel or "")
        shown = self._state.ephemeral(user, ts or "")
        if shown is not None:
            return payloads.in_ephemeral(shown.ts, place), shown.blocks, None
        message = self._message(place.id, ts or "")
        return payloads.in_message(message, place), message.blocks, None

    def _hooks(self, interaction: Interaction) -> dict[str, str]:
        """Return the trigger and the `response_url` of an interaction."""
        return {
            "trigger_id": interaction.trigger,
            "response_url": f"{self._state.base}/response/{interaction.response}",
        }


def _action(block: Json, element: Json, choose: object, action_ts: str) -> tuple[Json, Json]:
    """Return the entry of `actions`, and what the press enters, by `block_id`."""
    action = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "action_ts": action_ts,
    }
    if element["type"] == "button":
        return action | {name: element[name] for name in ("text", "value", "style", "url") if name in element}, {}
    state = chosen(element, choose)
    entered = {} if element["type"] == "overflow" else {block["block_id"]: {element["action_id"]: state}}
    return {**action, **state}, entered


def _problems(view: View, errors: object) -> dict[str, str]:
    """Return the errors of an ack, which must name input blocks of the dialog.

    Raises:
        SlackError: They don't; Slack then shows that something went wrong, and not the errors.
    """
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise SlackError("invalid_arguments", [f"errors must name input blocks, not {errors}"])
    return {str(block_id): str(text) for block_id, text in errors.items()}
