"""views.*: dialogs and home tabs."""

from typing import Final

from practice.workspace import limits
from practice.workspace.api import content
from practice.workspace.inputs import collect
from practice.workspace.records import Interaction, View
from practice.workspace.rules import Surface
from practice.workspace.state import State
from practice.workspace.wire import Args, Json, SlackError


def exchange(state: State, trigger: str) -> Interaction:
    """Use up a trigger: it is good once, for three seconds.

    Raises:
        SlackError: `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`.
    """
    found = [i for i in state.interactions.values() if i.trigger == trigger]
    if not found:
        raise SlackError("invalid_trigger_id")
    if found[0].trigger_used:
        raise SlackError("exchanged_trigger_id")
    if state.now() - found[0].born > limits.TRIGGER_SECONDS:
        raise SlackError("expired_trigger_id")
    found[0].trigger_used = True
    return found[0]


def _only_once(state: State, body: Json, *, but: str | None = None) -> None:
    """An `external_id` names one view of the team.

    Raises:
        SlackError: `duplicate_external_id`.
    """
    wanted = body.get("external_id")
    if wanted and any(v.body.get("external_id") == wanted and v.id != but for v in state.views.values()):
        raise SlackError("duplicate_external_id")


def open_view(state: State, body: Json, interaction: Interaction, *, on: View | None = None) -> View:
    """Put a checked dialog on the screen of whoever began the interaction."""
    view = state.add_view(interaction.person, Surface.MODAL, body, on=on)
    view.values = collect(view.blocks, {})
    view.interaction = interaction.id
    interaction.opened.append(view.id)
    return view


def replace_view(state: State, view: View, body: Json) -> None:
    """Change a dialog in place; what was entered stays where block and action are still there."""
    view.body = body
    view.hash = state.next_hash()
    view.values = collect(view.blocks, {}, view.values)
    view.problems = {}
    state.view_changed(view)


def _open(state: State, args: Args) -> Json:
    """views.open."""
    trigger = args.text("trigger_id")
    body = content.view_body(args.values.get("view"), Surface.MODAL)
    _only_once(state, body)
    return {"view": open_view(state, body, exchange(state, trigger)).slack()}


def push_on(state: State, body: Json, interaction: Interaction) -> View:
    """Put a dialog on top of the one in which the interaction happened.

    Raises:
        SlackError: `push_limit_reached`, or `not_found` if there is nothing to push on.
    """
    screen = state.screen(interaction.person)
    if not screen or interaction.view not in {view.id for view in screen}:
        raise SlackError("not_found")
    if len(screen) >= limits.VIEW_STACK:
        raise SlackError("push_limit_reached")
    return open_view(state, body, interaction, on=screen[-1])


def _push(state: State, args: Args) -> Json:
    """views.push: only with the trigger of something done in a dialog."""
    trigger = args.text("trigger_id")
    body = content.view_body(args.values.get("view"), Surface.MODAL)
    _only_once(state, body)
    return {"view": push_on(state, body, exchange(state, trigger)).slack()}


def _update(state: State, args: Args) -> Json:
    """views.update: by `view_id` or `external_id`, and only if `hash` is still right."""
    if ("view_id" in args) == ("external_id" in args):
        raise SlackError("invalid_arguments", ["provide either `view_id` or `external_id`"])
    wanted = args.text("view_id", ""), args.text("external_id", "")
    shown = {view_id for screen in state.screens.values() for view_id in screen} | set(state.homes.values())
    found = [
        v for v in state.views.values() if v.id == wanted[0] or (wanted[1] and v.body.get("external_id") == wanted[1])
    ]
    if not found or found[0].id not in shown:
        raise SlackError("not_found")
    view = found[0]
    body = content.view_body(args.values.get("view"), view.surface)
    if "hash" in args and args.text("hash") != view.hash:
        raise SlackError("hash_conflict")
    _only_once(state, body, but=view.id)
    replace_view(state, view, body)
    return {"view": view.slack()}


def _publish(state: State, args: Args) -> Json:
    """views.publish: the app's home tab of one user."""
    user = state.person(args.text("user_id"))
    body = content.view_body(args.values.get("view"), Surface.HOME)
    before = state.views.get(state.homes.get(user.id, ""))
    if before is None:
        view = state.add_view(user.id, Surface.HOME, body)
        view.values = collect(view.blocks, {})
        return {"view": view.slack()}
    if "hash" in args and args.text("hash") != before.hash:
        raise SlackError("hash_conflict")
    replace_view(state, before, body)
    return {"view": before.slack()}


METHODS: Final = {
    "views.open": _open,
    "views.push": _push,
    "views.update": _update,
    "views.publish": _publish,
}
