"""Server-sent events: what changes in the workspace for one person, and what happens in the world beside it.

Nothing here runs while nobody has the page open: each connection looks for itself.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from practice.control import Control, plain
from practice.page.news import news
from practice.page.wishes import Wishes
from practice.workspace.parts import Parts
from practice.workspace.wire import Json

LOOK: Final = 0.25
"""Seconds between two looks at the world; the workspace's own changes are told at once."""
GATHER: Final = 0.04
"""Seconds in which changes that come together are gathered into one piece of news."""
BEAT: Final = 40
"""Looks without news after which a comment is sent, so that a page that has gone is noticed."""


@dataclass(slots=True)
class Reader:
    """How far one page has read.

    Attributes:
        person: Whose page it is.
        version: The last change of the workspace that it knows.
        entries: How many entries of the ledger it knows.
        picture: The world as it was told last, without its time.
        slack: How the workspace's switches were told last.
    """

    person: str
    version: int
    entries: int = 0
    picture: str = ""
    slack: Json | None = None


class Stream:
    """`GET /practice/stream?person=U…&since=N`: events `news`, `slack` and `world`."""

    def __init__(self, parts: Parts, control: Control | None, wishes: Wishes) -> None:
        self._parts, self._control, self._wishes = parts, control, wishes
        self._closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        """Return the route to add to an application."""
        return [web.get("/practice/stream", self._serve)]

    async def close(self, _: web.Application) -> None:
        """End every connection; called when the server shuts down."""
        self._closing.set()
        self._parts.bell.ring()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        """Tell one page what is new until it is closed."""
        reader = Reader(request.query.get("person", ""), _since(request))
        if reader.person not in self._parts.state.persons:
            raise web.HTTPNotFound(text="there is no such person")
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        quiet = 0
        try:
            while not self._closing.is_set():
                sent = self._unsent(reader)
                quiet = 0 if sent else quiet + 1
                if sent or quiet % BEAT == 0:
                    await response.write((sent or ":\n\n").encode())
                await self._parts.bell.wait(LOOK)
                await asyncio.sleep(GATHER)
        except ConnectionError:
            return response  # the page was closed
        return response

    def _unsent(self, reader: Reader) -> str:
        """Return the events that a page has not got yet."""
        return "".join([self._news(reader), self._slack(reader), self._world(reader)])

    def _news(self, reader: Reader) -> str:
        told = news(self._parts.state, reader.version, reader.person)
        if told is None:
            return ""
        reader.version = told["version"]
        return event("news", told, number=reader.version)

    def _slack(self, reader: Reader) -> str:
        now = self._parts.switches.now() | self._wishes.now()
        if now == reader.slack:
            return ""
        reader.slack = now
        return event("slack", now)

    def _world(self, reader: Reader) -> str:
        """The world and what its ledger has gained."""
        if self._control is None:
            return ""
        picture = plain(self._control.picture())
        at = picture.pop("now")
        body = json.dumps(picture)
        entries = self._control.ledger()
        if body == reader.picture and len(entries) == reader.entries:
            return ""
        gained, reader.picture, reader.entries = entries[reader.entries :], body, len(entries)
        return event("world", {"now": at, "picture": picture, "ledger": gained})


def _since(request: web.Request) -> int:
    """How far the page has read: what it got last on a connection that broke, or what it says at its start."""
    given = request.headers.get("Last-Event-ID") or request.query.get("since", "0")
    if not given.isdecimal():
        raise web.HTTPBadRequest(text="since must be a number")
    return int(given)


def event(name: str, body: Any, *, number: int | None = None) -> str:  # noqa: ANN401 - JSON
    """One server-sent event."""
    number_line = "" if number is None else f"id: {number}\n"
    return f"event: {name}\n{number_line}data: {json.dumps(body)}\n\n"
