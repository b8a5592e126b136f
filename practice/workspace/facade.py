"""What one can do with a practice workspace, in this process or in another: the same methods for both."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from practice.workspace.faults import How
from practice.workspace.seen import Seen
from practice.workspace.time import steady_seconds
from practice.workspace.wire import Json

T = TypeVar("T")


class Facade(ABC):
    """People, switches and readings of one workspace.

    What the screen doesn't offer raises `CannotDoThat`.
    """

    @abstractmethod
    def act(self, verb: str, **given: Any) -> Json:  # noqa: ANN401  each verb its own
        """Let a person do something: the verbs and arguments of `Acting`."""

    @abstractmethod
    def switch(self, verb: str, **given: Any) -> Json:  # noqa: ANN401  each switch its own
        """Turn a switch, with the names and arguments of `Switches`; return how everything is set now."""

    @abstractmethod
    def read(self, what: str, **given: Any) -> Any:  # noqa: ANN401  each reading its own
        """Read something: see `Parts.read`."""

    @abstractmethod
    def file(self, file_id: str) -> bytes:
        """Return the bytes of a file."""

    def slash(self, user: str, channel: str, command: str, text: str = "") -> Seen:
        """Type a slash command, such as `/rollback` with the text `status`."""
        return Seen.from_json(self.act("slash", user=user, channel=channel, command=command, text=text))

    def press(  # noqa: PLR0913  a press has a place, a target and what is chosen there
        self,
        user: str,
        channel: str | None = None,
        ts: str | None = None,
        action_id: str | None = None,
        *,
        block_id: str | None = None,
        view_id: str | None = None,
        choose: object = None,
        values: Mapping[str, Any] | None = None,
        confirm: bool = True,
    ) -> Seen:
        """Press a button, or choose in a menu; see `Acting.press`."""
        given = {"user": user, "channel": channel, "ts": ts, "action_id": action_id, "block_id": block_id}
        more = {"view_id": view_id, "choose": choose, "values": values, "confirm": confirm}
        return Seen.from_json(self.act("press", **given, **more))

    def submit(self, user: str, view_id: str, values: Mapping[str, Any] | None = None) -> Seen:
        """Fill in the dialog on top of the screen and send it off; `values` by `block_id`, see `inputs.collect`."""
        return Seen.from_json(self.act("submit", user=user, view_id=view_id, values=dict(values or {})))

    def close(self, user: str, view_id: str, *, whole: bool = False) -> Seen:
        """Close the dialog on top of the screen."""
        return Seen.from_json(self.act("close", user=user, view_id=view_id, whole=whole))

    def shortcut(self, user: str, callback_id: str, channel: str | None = None, ts: str | None = None) -> Seen:
        """Use a message shortcut, or a global one if no message is given."""
        return Seen.from_json(self.act("shortcut", user=user, callback_id=callback_id, channel=channel, ts=ts))

    def write(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Json:
        """Write a message as a person; return it."""
        return self.act("write", user=user, channel=channel, text=text, thread_ts=thread_ts)

    def open_home(self, user: str) -> Seen:
        """Open the app's home tab."""
        return Seen.from_json(self.act("open_home", user=user))

    def forge(self, user: str, kind: str, payload: Json) -> Seen:
        """Deliver a payload that no screen offers; see `Acting.forge`."""
        return Seen.from_json(self.act("forge", user=user, kind=kind, payload=payload))

    def redeliver(self, seen: Seen) -> bool:
        """Deliver what was done once more under a new envelope id; return whether it was acknowledged."""
        return bool(self.act("redeliver", interaction_id=seen.interaction)["acked"])

    def look(self, seen: Seen) -> Seen:
        """Return what the person sees by now of what was done."""
        return Seen.from_json(self.read("seen", interaction=seen.interaction))

    def payload(self, seen: Seen) -> Json:
        """Return what the bot was sent, and under `kind` the type of its envelope."""
        body: Json = self.read("payload", interaction=seen.interaction)
        return body

    def fail_next(
        self,
        method: str,
        how: How = How.REFUSED,
        *,
        error: str = "internal_error",
        status: int = 200,
        retry_after: int | None = None,
        times: int = 1,
    ) -> None:
        """Let the next calls of a method go wrong; see `Switches.fail_next`."""
        self.switch(
            "fail_next", method=method, how=how, error=error, status=status, retry_after=retry_after, times=times
        )

    def state(self, person: str | None = None, channel: str | None = None) -> Json:
        """Return the workspace, whole or as one person sees it; see `showing.show`."""
        body: Json = self.read("state", **_given(person=person, channel=channel))
        return body

    def messages(self, channel: str) -> list[Json]:
        """Return the messages of a conversation that are still there, oldest first."""
        messages: list[Json] = self.state(channel=channel)["messages"].get(channel, [])
        return messages

    def message(self, channel: str, ts: str) -> Json:
        """Return one message."""
        body: Json = self.read("message", channel=channel, ts=ts)
        return body

    def versions(self, channel: str, ts: str) -> list[Json]:
        """Return what a message said, from its first version to the present one."""
        versions: list[Json] = self.read("versions", channel=channel, ts=ts)
        return versions

    def calls(self, method: str | None = None, since: int = 0) -> list[Json]:
        """Return the calls of the Web API, of one method if given; see `recorder.Call`."""
        return [call for call in self.read("calls", since=since) if method in {None, call["method"]}]

    def ephemerals(self, person: str) -> list[Json]:
        """Return what one person was shown and nobody else."""
        shown: list[Json] = self.state(person=person)["ephemerals"]
        return shown

    def screen(self, person: str) -> Json | None:
        """Return the topmost dialog on somebody's screen."""
        views: list[Json] = self.state(person=person)["screens"].get(person, [])
        return views[-1] if views else None

    def changes(self, since: int = 0, wait: float = 0.0, person: str | None = None) -> Json:
        """Return `version` and the `changes` after `since`; wait up to `wait` seconds if nothing changed."""
        body: Json = self.read("changes", **_given(since=since, wait=wait, person=person))
        return body

    def wait_for(self, check: Callable[[], T | None], seconds: float = 10.0) -> T:
        """Return what `check` finds, looking again at each change.

        Raises:
            TimeoutError: It found nothing in so many seconds.
        """
        until = steady_seconds() + seconds
        while True:
            version = self.changes(since=2**53)["version"]
            found = check()
            if found:
                return found
            left = until - steady_seconds()
            if left <= 0:
                raise TimeoutError(f"not seen in {seconds} s in the practice workspace")
            self.changes(since=version, wait=left)

    def wait_for_screen(self, person: str, seconds: float = 10.0) -> Json:
        """Return the topmost dialog on somebody's screen as soon as there is one.

        Raises:
            TimeoutError: None came.
        """
        return self.wait_for(lambda: self.screen(person), seconds)


def _given(**values: object) -> dict[str, object]:
    """Return the arguments that were given."""
    return {name: value for name, value in values.items() if value is not None}
