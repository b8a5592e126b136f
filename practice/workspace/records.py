"""What the workspace remembers: messages with their earlier versions, ephemerals, views, files, interactions."""

from dataclasses import dataclass, field
from typing import Any

from practice.workspace.people import APP, BOT, BOT_USER
from practice.workspace.rules import Surface
from practice.workspace.wire import Json

Blocks = list[Json]


@dataclass(frozen=True, slots=True)
class Version:
    """How a message looked from `at` (seconds since 1970) until it was changed."""

    at: float
    text: str
    blocks: Blocks
    metadata: Json | None


@dataclass(slots=True)
class Message:
    """A message in a conversation.

    Attributes:
        channel: Where it stands.
        ts: Its name within the conversation.
        author: The user id of whoever wrote it.
        team: The team of the workspace, or of the author.
        at: When its present version was written.
        thread_ts: The message it answers, or itself where others answer it.
        files: Ids of files shared by it.
        reactions: Emoji name to the users who gave it.
        edited: Whether Slack shows "(edited)"; only an update by text alone does that.
        versions: The earlier versions, oldest first.
        deleted: Whether it is gone.
        interaction: The interaction that it answers, if it came through a `response_url` or an ack.
    """

    channel: str
    ts: str
    author: str
    team: str
    at: float
    text: str
    blocks: Blocks = field(default_factory=list)
    attachments: Blocks = field(default_factory=list)
    thread_ts: str | None = None
    metadata: Json | None = None
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    edited: bool = False
    versions: list[Version] = field(default_factory=list)
    deleted: bool = False
    interaction: str | None = None

    @property
    def ours(self) -> bool:
        """Whether the bot wrote it."""
        return self.author == BOT_USER

    def change(self, at: float, *, text: str, blocks: Blocks, metadata: Json | None) -> None:
        """Replace what it says, and keep what it said before."""
        self.versions.append(Version(self.at, self.text, self.blocks, self.metadata))
        self.at, self.text, self.blocks, self.metadata = at, text, blocks, metadata

    def slack(self, *, metadata: bool = False) -> Json:
        """Return it as the Web API does; its metadata only where Slack would send it."""
        body: Json = {"type": "message", "user": self.author, "ts": self.ts, "team": self.team, "text": self.text}
        if self.ours:
            profile = {"id": BOT, "app_id": APP, "user_id": BOT_USER, "name": "Rollback Bot", "deleted": False}
            body |= {"bot_id": BOT, "app_id": APP, "bot_profile": {**profile, "updated": 0, "team_id": self.team}}
        optional: Json = {
            "blocks": self.blocks,
            "attachments": self.attachments,
            "thread_ts": self.thread_ts,
            "files": [{"id": file} for file in self.files],
            "reactions": [{"name": n, "users": u, "count": len(u)} for n, u in self.reactions.items()],
            "edited": {"user": self.author, "ts": f"{self.at:.6f}"} if self.edited else None,
            "metadata": self.metadata if metadata else None,
        }
        return body | {name: value for name, value in optional.items() if value}


@dataclass(slots=True)
class Ephemeral:
    """A message that one person sees and nobody else.

    Attributes:
        via: How it came: `ack`, `response_url` or `postEphemeral`.
        interaction: The interaction that it answers, where there is one.
        deleted: Whether it was taken back.
    """

    person: str
    channel: str
    ts: str
    text: str
    blocks: Blocks
    via: str
    interaction: str | None = None
    thread_ts: str | None = None
    deleted: bool = False

    def seen(self) -> Json:
        """Return it as the control API shows it."""
        return {
            "person": self.person,
            "channel": self.channel,
            "ts": self.ts,
            "text": self.text,
            "blocks": self.blocks,
            "via": self.via,
            "interaction": self.interaction,
            "thread_ts": self.thread_ts,
        }


@dataclass(slots=True)
class View:
    """A dialog or a home tab on one person's screen.

    Attributes:
        body: What the bot sent: title, blocks, `private_metadata` and so on.
        hash: Changes at each update.
        values: `state.values`, as Slack fills it.
        problems: Errors shown beside inputs, by `block_id`.
        interaction: The interaction that opened it.
    """

    id: str
    person: str
    team: str
    surface: Surface
    body: Json
    hash: str
    root: str
    previous: str | None = None
    values: Json = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    interaction: str | None = None

    @property
    def blocks(self) -> Blocks:
        """The blocks in it."""
        blocks: Blocks = self.body["blocks"]
        return blocks

    def slack(self) -> Json:
        """Return it as views.open and payloads show it."""
        missing: dict[str, Any] = {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            "title": None,
            "submit": None,
            "close": None,
        }
        return {
            **missing,
            **self.body,
            "id": self.id,
            "team_id": self.team,
            "state": {"values": self.values},
            "hash": self.hash,
            "root_view_id": self.root,
            "previous_view_id": self.previous,
            "app_id": APP,
            "app_installed_team_id": self.team,
            "bot_id": BOT,
        }


@dataclass(slots=True)
class File:
    """A file, from the moment an upload address was asked for.

    Attributes:
        length: Bytes that were announced.
        content: Bytes that arrived; nothing until then.
        shared: Whether the upload was completed.
    """

    id: str
    name: str
    length: int
    created: float
    title: str = ""
    content: bytes | None = None
    shared: bool = False
    channels: list[str] = field(default_factory=list)

    def slack(self, base: str) -> Json:
        """Return it as files.info does; `base` is the server's address."""
        return {
            "id": self.id,
            "created": int(self.created),
            "timestamp": int(self.created),
            "name": self.name,
            "title": self.title or self.name,
            "size": self.length,
            "user": BOT_USER,
            "is_external": False,
            "is_public": False,
            "url_private": f"{base}/files/{self.id}/{self.name}",
            "url_private_download": f"{base}/files/{self.id}/{self.name}",
            "channels": self.channels,
            "groups": [],
            "ims": [],
        }


@dataclass(slots=True)
class Interaction:
    """Something a person did that reached the bot, with the trigger and the `response_url` it was given.

    Attributes:
        kind: The type of its envelope: `slash_commands`, `interactive` or `events_api`.
        payload: What was sent, so that it can be sent again.
        born: When, by the workspace's time.
        trigger: The `trigger_id`; good once, for three seconds.
        response: The secret in its `response_url`.
        source: The `ts` of the message that was pressed.
        view: The dialog in which it happened.
        acked: Whether the bot acknowledged it.
        ack_seconds: How long that took, by the workspace's time.
        error: What Slack showed the person instead.
        text: What the ack said to the person.
        problems: Errors beside inputs, by `block_id`.
        opened: Views opened through its trigger.
    """

    id: str
    person: str
    kind: str
    born: float
    trigger: str
    response: str
    channel: str | None = None
    source: str | None = None
    view: str | None = None
    payload: Json = field(default_factory=dict)
    trigger_used: bool = False
    response_uses: int = 0
    acked: bool = False
    ack_seconds: float | None = None
    error: str | None = None
    text: str | None = None
    problems: dict[str, str] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the feed that a page or an autopilot follows.

    Attributes:
        number: Counts up by one.
        what: Such as `message`, `message_changed`, `message_deleted`, `ephemeral`, `view`, `home`, `pins`, `file`,
            `reaction`, `channel`, `person`, `connection`, `faults`.
        channel: The conversation, where there is one.
        ts: The message, where there is one.
        person: The one person concerned, where there is one; nobody else may see more of it.
        id: The id of a view or file.
    """

    number: int
    what: str
    channel: str | None = None
    ts: str | None = None
    person: str | None = None
    id: str | None = None
