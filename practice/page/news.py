"""What changed for one person since they last looked, with the changed things themselves. Pure."""

from practice.workspace import showing
from practice.workspace.records import Change
from practice.workspace.state import State
from practice.workspace.wire import Json

_ANEW = frozenset({"channel", "person"})
"""Changes after which somebody may see other conversations: the page reads the whole state again."""


def news(state: State, since: int, person: str) -> Json | None:
    """Return what is new for a person; None when nothing is.

    Args:
        state: The workspace's state.
        since: The number of the last change that the person knows.
        person: Whose page it is.

    Returns:
        `version` (the number to ask with next time); `gap`: read the whole state again, because too much was missed
        or because one's conversations changed; then each thing that changed, once, as it is now.
    """
    found = showing.changes(state, since, person)
    gap = _missed(state, since) or any(change.what in _ANEW for change in found)
    if not (found or gap):
        return None
    told: Json = {"version": state.last_change, "gap": gap}
    if gap:
        return told
    messages, deleted = _messages(state, found)
    told |= {"messages": messages, "deleted": deleted, "ephemerals": _ephemerals(state, found, person)}
    pinned = {change.channel for change in found if change.what == "pins" and change.channel}
    told["pins"] = {channel: list(state.pins.get(channel, [])) for channel in sorted(pinned)}
    if any(change.what == "view" for change in found):
        told["screen"] = [showing.view(view) for view in state.screen(person)]
    if any(change.what == "home" for change in found) and person in state.homes:
        told["home"] = showing.view(state.views[state.homes[person]])
    return told


def _missed(state: State, since: int) -> bool:
    """Whether changes after `since` are forgotten, or `since` belongs to a workspace that was there before this one."""
    return since > state.last_change or bool(state.feed and since + 1 < state.feed[0].number)


def _messages(state: State, found: list[Change]) -> tuple[list[Json], list[Json]]:
    """Return the changed messages as they are now, and where those that are gone stood."""
    named = dict.fromkeys((change.channel, change.ts) for change in found if change.ts and _about_message(change))
    there, gone = [], []
    for channel, ts in named:
        message = state.messages.get((channel or "", ts or ""))
        if message is not None and not message.deleted:
            there.append(showing.message(state, message))
        else:
            gone.append({"channel": channel, "ts": ts})
    return there, gone


def _about_message(change: Change) -> bool:
    return change.what in {"message", "message_changed", "message_deleted", "reaction", "pins"}


def _ephemerals(state: State, found: list[Change], person: str) -> list[Json]:
    """Return what this person alone was shown; what was taken back is marked as gone."""
    named = {change.ts for change in found if change.what == "ephemeral"}
    shown = [one for one in state.ephemerals if one.person == person and one.ts in named]
    return [one.seen() | {"gone": one.deleted} for one in shown]
