"""What can go wrong with Slack, switched on for practice."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ANY: Final = "*"


class How(StrEnum):
    """How one call goes wrong."""

    REFUSED = "refused"
    """Nothing is done and Slack says so: an error code, an HTTP status, perhaps `Retry-After`."""
    LOST_BEFORE = "lost-before"
    """The connection breaks before anything is done."""
    LOST_AFTER = "lost-after"
    """The call is carried out, and the connection breaks before the answer."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One call that is to go wrong.

    Attributes:
        method: The method, or `*` for whichever comes next.
        how: In which way.
        error: For a refusal: Slack's word.
        status: For a refusal: the HTTP status; from 500 on the body is no JSON, as with Slack.
        retry_after: For a refusal: seconds in the `Retry-After` header.
    """

    method: str
    how: How = How.REFUSED
    error: str = "internal_error"
    status: int = 200
    retry_after: int | None = None


class Faults:
    """The faults that are waiting to happen.

    Attributes:
        duplicates: So many of the next envelopes arrive twice, the second time under a new envelope id.
        event_retries: How often an event that wasn't acknowledged is sent again (Slack does it three times).
    """

    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.duplicates = 0
        self.event_retries = 0
        self._held: dict[str, asyncio.Event] = {}

    def take(self, method: str) -> Fault | None:
        """Return the fault that this call runs into, and forget it."""
        for fault in self.waiting:
            if fault.method in {method, ANY}:
                self.waiting.remove(fault)
                return fault
        return None

    def take_duplicate(self) -> bool:
        """Return whether this envelope is to arrive twice."""
        if self.duplicates < 1:
            return False
        self.duplicates -= 1
        return True

    def hold(self, method: str) -> None:
        """Let every call of this method wait until it is released."""
        self._held.setdefault(method, asyncio.Event())

    def release(self, method: str) -> None:
        """Let the calls that wait go on."""
        held = self._held.pop(method, None)
        if held is not None:
            held.set()

    @property
    def held(self) -> list[str]:
        """The methods that are held."""
        return sorted(self._held)

    async def wait_while_held(self, method: str) -> None:
        """Return at once, or when the method is released."""
        held = self._held.get(method)
        if held is not None:
            await held.wait()

    def clear(self) -> None:
        """Make everything well again."""
        self.waiting.clear()
        self.duplicates = self.event_retries = 0
        for method in self.held:
            self.release(method)
