"""Slack's rate limits: off unless switched on, counted on the workspace's own time."""

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from math import ceil
from typing import Final

from practice.workspace.wire import SlackError

_MINUTE: Final = 60.0
_TIERS: Final[Mapping[int, int]] = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls a minute by tier."""
_TIER_OF: Final[Mapping[str, int]] = {
    "apps.connections.open": 1,
    "chat.update": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "views.open": 4,
    "views.push": 4,
    "views.update": 4,
    "views.publish": 4,
    "users.info": 4,
    "users.list": 2,
    "usergroups.users.list": 2,
    "conversations.info": 3,
    "conversations.history": 3,
    "conversations.replies": 3,
    "conversations.members": 4,
    "conversations.list": 2,
    "conversations.open": 3,
    "pins.add": 2,
    "pins.remove": 2,
    "pins.list": 2,
    "reactions.add": 3,
}
POSTS_PER_SECOND: Final = 1
"""chat.postMessage counts by channel, one a second."""


class Rates:
    """Remembers the latest calls and refuses the one too many.

    Attributes:
        on: Whether anything is refused; off at the start.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self.on = False

    def count(self, method: str, channel: str) -> None:
        """Count one call.

        Raises:
            SlackError: `ratelimited` with status 429 and `Retry-After`, in whole seconds.
        """
        if not self.on:
            return
        if method == "chat.postMessage":
            self._count(f"{method} {channel}", POSTS_PER_SECOND, 1.0)
        elif method in _TIER_OF:
            self._count(method, _TIERS[_TIER_OF[method]], _MINUTE)

    def _count(self, key: str, allowed: int, window: float) -> None:
        """Keep the calls of the last `window` seconds, and refuse beyond `allowed`."""
        now, calls = self._now(), self._calls[key]
        while calls and calls[0] <= now - window:
            calls.popleft()
        if len(calls) >= allowed:
            wait = max(1, ceil(calls[0] + window - now))
            raise SlackError("ratelimited", status=429, headers={"Retry-After": str(wait)})
        calls.append(now)
