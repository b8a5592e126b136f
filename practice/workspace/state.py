"""The workspace's memory: everything that exists, in one place, and the feed of what changed. Knows no network."""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from secrets import token_hex
from typing import Final

from practice.workspace.people import BOT_USER, TEAM, THE_BOT, Channel, Person
from practice.workspace.records import Blocks, Change, Ephemeral, File, Interaction, Message, View
from practice.workspace.rules import Surface
from practice.workspace.wire import Json, SlackError

_FEED: Final = 10_000
"""Changes that are remembered; who is further behind reads the whole state again."""


class State:
    """All that the workspace knows. Only the server's own thread touches it.

    Attributes:
        now: The workspace's time, seconds since 1970.
        team: The id of the workspace.
        base: The server's address, such as `http://127.0.0.1:7700`; empty until it runs.
        scopes: What the bot's token may do.
        persons: Everybody by user id, the bot included.
        channels: Every conversation by id.
        groups: User groups by id.
        messages: All messages, deleted ones too, by (channel, ts).
        pins: By channel: pinned messages' `ts`, in the order in which they were pinned.
        ephemerals: What single persons were shown.
        views: Every view ever opened, by id.
        screens: By person: the dialogs on the screen, the topmost last.
        homes: By person: the view of the app's home tab.
        files: Files by id.
        interactions: By id.
        tickets: Socket Mode addresses that were handed out and not used yet.
        on_change: Called after each change.
    """

    def __init__(
        self,
        now: Callable[[], float],
        *,
        persons: Iterable[Person],
        channels: Iterable[Channel],
        groups: Iterable[tuple[str, list[str]]] = (),
        team: str = TEAM,
        scopes: frozenset[str] = frozenset(),
    ) -> None:
        self.now = now
        self.team = team
        self.scopes = scopes
        self.base = ""
        self.persons = {person.id: person for person in (*persons, THE_BOT)}
        self.channels = {channel.id: channel for channel in channels}
        self.groups = dict(groups)
        self.messages: dict[tuple[str, str], Message] = {}
        self.pins: dict[str, list[str]] = {}
        self.ephemerals: list[Ephemeral] = []
        self.views: dict[str, View] = {}
        self.screens: dict[str, list[str]] = {}
        self.homes: dict[str, str] = {}
        self.files: dict[str, File] = {}
        self.interactions: dict[str, Interaction] = {}
        self.tickets: set[str] = set()
        self.feed: deque[Change] = deque(maxlen=_FEED)
        self.on_change: Callable[[], None] = lambda: None
        self._numbers = itertools.count(1)
        self._changes = itertools.count(1)

    def next_ts(self) -> str:
        """Return a new message timestamp: no two are alike, and later ones sort later even if time stands still."""
        return f"{int(self.now())}.{next(self._numbers):06d}"

    def next_id(self, letter: str) -> str:
        """Return a new id, such as `V000012` for the letter V."""
        return f"{letter}{next(self._numbers):06d}"

    def changed(
        self,
        what: str,
        *,
        channel: str | None = None,
        ts: str | None = None,
        person: str | None = None,
        id: str | None = None,  # noqa: A002  Slack's own word for it
    ) -> None:
        """Write into the feed that something changed, and tell whoever waits."""
        self.feed.append(Change(next(self._changes), what, channel, ts, person, id))
        self.on_change()

    @property
    def last_change(self) -> int:
        """The number of the latest change; 0 before the first."""
        return self.feed[-1].number if self.feed else 0

    def person(self, user: str) -> Person:
        """Return somebody by user id.

        Raises:
            SlackError: `user_not_found`.
        """
        if user not in self.persons:
            raise SlackError("user_not_found")
        return self.persons[user]

    def channel(self, channel: str) -> Channel:
        """Return a conversation that the bot can see, by id.

        Raises:
            SlackError: `channel_not_found`, also for a private one that the bot is not in.
        """
        found = self.channels.get(channel)
        if found is None or ((found.private or found.direct) and BOT_USER not in found.members):
            raise SlackError("channel_not_found")
        return found

    def direct(self, user: str) -> Channel:
        """Return the direct conversation between the bot and somebody, opened if there was none."""
        for channel in self.channels.values():
            if channel.direct == user:
                return channel
        channel = Channel(self.next_id("D"), "", [user, BOT_USER], private=True, direct=user)
        self.channels[channel.id] = channel
        self.changed("channel", channel=channel.id)
        return channel

    def message(self, channel: str, ts: str) -> Message:
        """Return a message that is still there.

        Raises:
            SlackError: `message_not_found`.
        """
        found = self.messages.get((channel, ts))
        if found is None or found.deleted:
            raise SlackError("message_not_found")
        return found

    def in_channel(self, channel: str) -> Iterator[Message]:
        """Yield the messages of a conversation that are still there, oldest first."""
        return (m for m in self.messages.values() if m.channel == channel and not m.deleted)

    def add_message(self, message: Message) -> Message:
        """Put a message into its conversation; its thread's first message becomes the head of a thread."""
        self.messages[message.channel, message.ts] = message
        head = self.messages.get((message.channel, message.thread_ts or ""))
        if head is not None and head.thread_ts is None:
            head.thread_ts = head.ts
        self.changed("message", channel=message.channel, ts=message.ts)
        return message

    def add_ephemeral(self, ephemeral: Ephemeral) -> Ephemeral:
        """Show something to one person."""
        self.ephemerals.append(ephemeral)
        self.changed("ephemeral", channel=ephemeral.channel, ts=ephemeral.ts, person=ephemeral.person)
        return ephemeral

    def ephemeral(self, person: str, ts: str) -> Ephemeral | None:
        """Return something that one person was shown and that was not taken back."""
        for ephemeral in self.ephemerals:
            if (ephemeral.person, ephemeral.ts, ephemeral.deleted) == (person, ts, False):
                return ephemeral
        return None

    def screen(self, person: str) -> list[View]:
        """Return the dialogs on a person's screen, the topmost last."""
        return [self.views[view] for view in self.screens.get(person, [])]

    def add_view(self, person: str, surface: Surface, body: Json, *, on: View | None = None) -> View:
        """Open a dialog (on top of `on`, or instead of what is there) or put up a home tab."""
        view_id = self.next_id("V")
        view = View(
            id=view_id,
            person=person,
            team=self.team,
            surface=surface,
            body=body,
            hash=self.next_hash(),
            root=on.root if on else view_id,
            previous=on.id if on else None,
        )
        self.views[view_id] = view
        if surface is Surface.HOME:
            self.homes[person] = view_id
        elif on is not None:
            self.screens[person].append(view_id)
        else:
            self.screens[person] = [view_id]
        self.view_changed(view)
        return view

    def view_changed(self, view: View) -> None:
        """Write into the feed that a view changed."""
        what = "home" if view.surface is Surface.HOME else "view"
        self.changed(what, person=view.person, id=view.id)

    def next_hash(self) -> str:
        """Return a new `hash` of a view."""
        return f"{int(self.now())}.{token_hex(4)}"

    def add_interaction(self, person: str, kind: str, channel: str | None = None) -> Interaction:
        """Begin an interaction: mint its trigger and the secret of its `response_url`."""
        number = self.next_id("I")
        trigger = f"{int(self.now())}.{number[1:]}.{token_hex(16)}"
        interaction = Interaction(number, person, kind, self.now(), trigger, token_hex(16), channel=channel)
        self.interactions[number] = interaction
        return interaction

    def change_person(
        self, user: str, *, guest: bool | None = None, deactivated: bool | None = None, team: str | None = None
    ) -> Person:
        """Change somebody's account; what is left out stays.

        Raises:
            SlackError: `user_not_found`.
        """
        before = self.person(user)
        self.persons[user] = replace(
            before,
            guest=before.guest if guest is None else guest,
            deactivated=before.deactivated if deactivated is None else deactivated,
            team=team or before.team,
        )
        self.changed("person", person=user)
        return self.persons[user]


def text_of(blocks: Blocks) -> str:
    """Return the words of some blocks in reading order, for people and tests that search."""
    words: list[str] = []
    for block in blocks:
        _words(block, words)
    return "\n".join(words)


def _words(value: object, words: list[str]) -> None:
    """Gather every string under a key `text`."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "text" and isinstance(item, str):
                words.append(item)
            else:
                _words(item, words)
    elif isinstance(value, list):
        for item in value:
            _words(item, words)
