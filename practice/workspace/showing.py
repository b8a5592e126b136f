"""The workspace as JSON: whole, or as one person sees it. What the page and the autopilot read."""

from dataclasses import asdict
from typing import Final

from practice.workspace.people import Channel
from practice.workspace.records import Change, Message, View
from practice.workspace.state import State
from practice.workspace.wire import Json

_PRIVATE: Final = frozenset({"ephemeral", "view", "home"})
"""Changes that only the person concerned may know of."""


def show(state: State, person: str | None = None, channel: str | None = None) -> Json:
    """Return the workspace.

    Args:
        state: The workspace's state.
        person: Show only what this person sees; everything if left out.
        channel: Show only the messages of this conversation.
    """
    places = [c for c in state.channels.values() if person is None or person in c.members]
    wanted = [c for c in places if channel in {None, c.id}]
    screens = {user: [view(v) for v in state.screen(user)] for user in state.screens if person in {None, user}}
    homes = {user: view(state.views[v]) for user, v in state.homes.items() if person in {None, user}}
    return {
        "version": state.last_change,
        "team": state.team,
        "person": person,
        "persons": [asdict(p) | {"handle": p.handle, "stranger": p.team != state.team} for p in state.persons.values()],
        "channels": [asdict(c) for c in places],
        "messages": {c.id: [message(state, m) for m in state.in_channel(c.id)] for c in wanted},
        "pins": {c.id: list(state.pins.get(c.id, [])) for c in places},
        "ephemerals": [
            e.seen()
            for e in state.ephemerals
            if not e.deleted and person in {None, e.person} and channel in {None, e.channel}
        ],
        "screens": screens,
        "homes": homes,
        "files": [f.slack(state.base) for f in state.files.values() if f.shared and _may_see(f.channels, places)],
    }


def _may_see(channels: list[str], places: list[Channel]) -> bool:
    """Return whether a file was shared where one can look."""
    return any(place.id in channels for place in places)


def message(state: State, found: Message) -> Json:
    """Return one message with its metadata, its files in full, and how often it was changed."""
    body = found.slack(metadata=True)
    if found.files:
        body["files"] = [state.files[f].slack(state.base) for f in found.files if f in state.files]
    return {
        **body,
        "channel": found.channel,
        "changed_at": found.at,
        "versions": len(found.versions),
        "pinned": found.ts in state.pins.get(found.channel, []),
        "interaction": found.interaction,
    }


def view(found: View) -> Json:
    """Return one view with the errors beside its inputs, and the interaction that opened it."""
    return {**found.slack(), "person": found.person, "problems": found.problems, "interaction": found.interaction}


def changes(state: State, since: int, person: str | None = None) -> list[Change]:
    """Return what changed after `since`, oldest first; for one person without what is others' business."""
    return [
        change
        for change in state.feed
        if change.number > since
        and (person is None or change.what not in _PRIVATE or change.person == person)
        and (person is None or change.channel is None or _in(state, person, change.channel))
    ]


def _in(state: State, person: str, channel: str) -> bool:
    """Return whether somebody is in a conversation."""
    return channel in state.channels and person in state.channels[channel].members
