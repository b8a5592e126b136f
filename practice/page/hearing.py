"""Hears what people wish for in the page: for the program that started the bot, in its own process."""

from typing import Self

import httpx

from practice.page.wishes import Wish

MORE: float = 20.0
"""Seconds that an answer may take beyond the time that was asked for."""


class PageGone(Exception):
    """The practice workspace doesn't answer any more; its process has ended, or is about to."""


class Hearing:
    """The wishes of one page, each handed out once."""

    def __init__(self, control_url: str) -> None:
        """Prepare a client; `control_url` is that of the workspace."""
        self._http = httpx.Client(base_url=control_url, trust_env=False)
        self._heard = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def wishes(self, wait: float, *, playing: bool = False) -> list[Wish]:
        """Return what was wished for since the last time; wait up to `wait` seconds if nothing was.

        Args:
            wait: Seconds.
            playing: Whether the autopilot plays; the page shows it.

        Raises:
            PageGone: Nobody answers.
        """
        asked: dict[str, str | int | float] = {
            "since": self._heard,
            "wait": wait,
            "playing": "yes" if playing else "no",
        }
        try:
            found = self._http.get("/practice/wishes", params=asked, timeout=wait + MORE).raise_for_status().json()
        except httpx.HTTPError as cause:
            raise PageGone(f"{PageGone.__doc__} ({type(cause).__name__})") from cause
        self._heard += len(found)
        return [Wish(one["wish"]) for one in found]
