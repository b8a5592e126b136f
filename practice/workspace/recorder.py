"""Every call of the Web API, kept for the assertions of tests."""

from dataclasses import dataclass

from practice.workspace.wire import Json


@dataclass(frozen=True, slots=True)
class Call:
    """One call.

    Attributes:
        number: Counts up by one.
        at: When, by the workspace's time.
        method: Such as `chat.postMessage`.
        args: Its arguments without the token.
        error: Slack's word for the refusal; nothing if it was carried out.
        lost: It was carried out, and its answer never left.
    """

    number: int
    at: float
    method: str
    args: Json
    error: str | None = None
    lost: bool = False


class Recorder:
    """The calls, oldest first."""

    def __init__(self) -> None:
        self.calls: list[Call] = []

    def add(self, at: float, method: str, args: Json, *, error: str | None = None, lost: bool = False) -> None:
        """Write down one call."""
        self.calls.append(Call(len(self.calls) + 1, at, method, args, error, lost))
