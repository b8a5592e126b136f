"""The parts of a running workspace, and what can be asked of them by name: acts, switches, readings.

The Python interface and the control API both come through here, so that they can do the same.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from practice.workspace import showing
from practice.workspace.acting import Acting
from practice.workspace.faults import Faults
from practice.workspace.inputs import CannotDoThat
from practice.workspace.rates import Rates
from practice.workspace.recorder import Recorder
from practice.workspace.records import Message
from practice.workspace.seen import Seen, look
from practice.workspace.sockets import Sockets
from practice.workspace.state import State
from practice.workspace.switches import Switches
from practice.workspace.wire import Json, SlackError

_ACTS = frozenset(
    {"slash", "press", "submit", "close", "shortcut", "write", "open_home", "event", "forge", "redeliver"}
)
_SWITCHES = frozenset(
    {
        "fail_next",
        "hold",
        "release",
        "duplicate_next",
        "retry_events",
        "limit_rates",
        "go_away",
        "come_back",
        "refresh",
        "hang_up",
        "clear",
        "change_person",
        "change_channel",
        "change_group",
    }
)


class Bell:
    """Rung at each change; whoever waits looks again."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits."""
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, seconds: float) -> None:
        """Return at the next ring, or when the seconds are over."""
        waiting = asyncio.create_task(self._next.wait())
        await asyncio.wait({waiting}, timeout=seconds)
        waiting.cancel()


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that a running workspace consists of."""

    state: State
    faults: Faults
    rates: Rates
    recorder: Recorder
    sockets: Sockets
    acting: Acting
    switches: Switches
    bell: Bell

    async def act(self, verb: str, given: Mapping[str, Any]) -> Json:
        """Let a person do something.

        Raises:
            CannotDoThat: The screen offers no such thing, or there is no such verb or argument.
        """
        result = await _bound(self.acting, _ACTS, verb, given)
        if isinstance(result, Seen):
            return result.to_json()
        if isinstance(result, Message):
            return showing.message(self.state, result)
        return {"acked": result}

    async def switch(self, verb: str, given: Mapping[str, Any]) -> Json:
        """Change how the workspace behaves, or who is in it.

        Raises:
            CannotDoThat: There is no such switch or argument.
        """
        await _bound(self.switches, _SWITCHES, verb, given)
        self.state.changed("faults")
        return self.switches.now()

    async def read(self, what: str, given: Mapping[str, Any]) -> Any:  # noqa: ANN401  JSON, a list or an object
        """Read something: `state`, `changes`, `message`, `versions`, `calls`, `deliveries`, `seen` or `switches`.

        Raises:
            CannotDoThat: There is no such thing, or no such argument.
        """
        return await _bound(_Readings(self), frozenset(_Readings.__dict__) - {"__init__"}, what, given)


class _Readings:
    """What can be read, each by its method's name."""

    def __init__(self, parts: Parts) -> None:
        self._parts, self._state = parts, parts.state

    async def state(self, person: str | None = None, channel: str | None = None) -> Json:
        """Return the workspace, as one person sees it or whole."""
        return showing.show(self._state, person, channel)

    async def changes(self, since: int = 0, wait: float = 0.0, person: str | None = None) -> Json:
        """Return what changed after `since`; wait up to `wait` seconds if nothing did."""
        if wait and self._state.last_change <= since:
            await self._parts.bell.wait(min(wait, 60.0))
        found = showing.changes(self._state, since, person)
        gap = bool(self._state.feed) and since + 1 < self._state.feed[0].number
        return {"version": self._state.last_change, "gap": gap, "changes": [asdict(change) for change in found]}

    async def message(self, channel: str, ts: str) -> Json:
        """Return one message."""
        return showing.message(self._state, self._state.message(channel, ts))

    async def versions(self, channel: str, ts: str) -> list[Json]:
        """Return what a message said, from its first version to the present one; also of a deleted message."""
        found = self._state.messages.get((channel, ts))
        if found is None:
            raise CannotDoThat(f"there never was a message {ts} in {channel}")
        present = {"at": found.at, "text": found.text, "blocks": found.blocks, "metadata": found.metadata}
        return [*(asdict(version) for version in found.versions), present]

    async def calls(self, since: int = 0) -> list[Json]:
        """Return the calls of the Web API after the one numbered `since`."""
        return [asdict(call) for call in self._parts.recorder.calls[since:]]

    async def deliveries(self) -> list[Json]:
        """Return every envelope that was sent."""
        return [
            {
                "envelope": d.envelope,
                "interaction": d.interaction,
                "connection": d.connection,
                "sent_at": d.sent_at,
                "acked_at": d.acked_at,
            }
            for d in self._parts.sockets.deliveries
        ]

    async def seen(self, interaction: str) -> Json:
        """Return what a person sees by now of something they did."""
        if interaction not in self._state.interactions:
            raise CannotDoThat(f"there is no interaction {interaction}")
        return look(self._state, self._state.interactions[interaction]).to_json()

    async def payload(self, interaction: str) -> Json:
        """Return what the bot was sent."""
        if interaction not in self._state.interactions:
            raise CannotDoThat(f"there is no interaction {interaction}")
        return {"kind": self._state.interactions[interaction].kind, **self._state.interactions[interaction].payload}

    async def switches(self) -> Json:
        """Return how the workspace behaves at present."""
        return self._parts.switches.now()


async def _bound(owner: object, verbs: frozenset[str], verb: str, given: Mapping[str, Any]) -> Any:  # noqa: ANN401  each verb its own
    """Call a method by name with these arguments.

    Raises:
        CannotDoThat: There is no such verb or argument, or nothing of that name in the workspace.
    """
    if verb not in verbs or verb.startswith("_"):
        raise CannotDoThat(f"there is no {verb!r}; there are: {', '.join(sorted(v for v in verbs if v[0] != '_'))}")
    method: Callable[..., Awaitable[Any]] = getattr(owner, verb)
    try:
        bound = inspect.signature(method).bind(**given)
    except TypeError as cause:
        raise CannotDoThat(f"{verb}: {cause}") from cause
    try:
        return await method(*bound.args, **bound.kwargs)
    except SlackError as refusal:
        raise CannotDoThat(refusal.code) from refusal
