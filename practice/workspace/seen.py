"""What a person sees after doing something."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self

from practice.workspace.records import Interaction
from practice.workspace.state import State, text_of
from practice.workspace.wire import Json


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person sees.

    Attributes:
        interaction: Its id, with which one can look again later; empty if nothing was sent.
        acked: Whether the bot acknowledged it.
        error: What Slack shows instead: `operation_timeout` (no ack in three seconds), `dispatch_failed` (the bot isn't
            connected), `invalid_command_response`, `bad_view_response`.
        text: The words of the ack, if it had any.
        ephemerals: What was shown to this person alone because of it.
        view: The topmost dialog on the person's screen now.
        problems: Errors beside inputs, by `block_id`.
        seconds: How long the ack took, by the workspace's time.
    """

    interaction: str = ""
    acked: bool = False
    error: str | None = None
    text: str | None = None
    ephemerals: tuple[Json, ...] = ()
    view: Json | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None

    @property
    def words(self) -> str:
        """All that was said to this person alone, the ack included."""
        return "\n".join(f"{one['text']}\n{text_of(one['blocks'])}".strip() for one in self.ephemerals)

    def to_json(self) -> Json:
        """Return it for the control API."""
        return asdict(self)

    @classmethod
    def from_json(cls, body: Json) -> Self:
        """Return what the control API sent."""
        return cls(**{**body, "ephemerals": tuple(body["ephemerals"])})


def look(state: State, interaction: Interaction) -> Seen:
    """Return what a person sees by now of something they did."""
    screen = state.screen(interaction.person)
    own = [e for e in state.ephemerals if e.interaction == interaction.id and not e.deleted]
    return Seen(
        interaction=interaction.id,
        acked=interaction.acked,
        error=interaction.error,
        text=interaction.text,
        ephemerals=tuple(ephemeral.seen() for ephemeral in own),
        view=screen[-1].slack() if screen else None,
        problems=dict(interaction.problems),
        seconds=interaction.ack_seconds,
    )
