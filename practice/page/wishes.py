"""What only the program that started all this can do: the page wishes, that program fulfils.

The bot is a process of the demonstration's; this server neither knows its id nor could start it again.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from aiohttp import web

from practice.workspace.parts import Bell
from practice.workspace.wire import Json

LONGEST: Final = 60.0
"""Seconds that somebody who waits for wishes waits at most before asking again."""


class Wish(StrEnum):
    """What can be wished for."""

    KILL_BOT = "kill-bot"
    """End the bot as a power cut would, and start it again."""
    PLAY = "play"
    """Let the autopilot play everybody, up to the next gate at which a line is crossed."""
    PAUSE = "pause"
    """Let the autopilot stop playing."""


@dataclass(frozen=True, slots=True)
class Made:
    """One wish: its number, which counts up by one, and what was wished for."""

    number: int
    wish: Wish


class Wishes:
    """`POST /practice/wish/WHAT` by the page; `GET /practice/wishes?since=N&wait=S` by whoever fulfils them."""

    def __init__(self) -> None:
        self._made: list[Made] = []
        self._bell = Bell()
        self._heard = False
        self._playing = False

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to an application."""
        return [web.post("/practice/wish/{wish}", self._wish), web.get("/practice/wishes", self._hand_out)]

    def now(self) -> Json:
        """Whether somebody fulfils wishes here, and whether the autopilot plays."""
        return {"heard": self._heard, "playing": self._playing}

    async def close(self, _: web.Application) -> None:
        """Let go whoever waits; called when the server shuts down."""
        self._bell.ring()

    async def _wish(self, request: web.Request) -> web.Response:
        """Note a wish, if it is one and somebody is there to fulfil it."""
        name = request.match_info["wish"]
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="send JSON")
        if name not in set(Wish):
            return web.json_response({"cannot": f"there is no wish {name!r}; there are: {', '.join(Wish)}"}, status=409)
        if not self._heard:
            return web.json_response(
                {"cannot": "nobody fulfils wishes: the bot was started by other means"}, status=409
            )
        self._made.append(Made(len(self._made) + 1, Wish(name)))
        self._bell.ring()
        return web.json_response(asdict(self._made[-1]))

    async def _hand_out(self, request: web.Request) -> web.Response:
        """Return the wishes after `since`, as soon as there is one."""
        try:
            since, wait = int(request.query.get("since", "0")), float(request.query.get("wait", "0"))
        except ValueError:
            raise web.HTTPBadRequest(text="since and wait must be numbers") from None
        self._heard, self._playing = True, request.query.get("playing") == "yes"
        if wait and len(self._made) <= since:
            await self._bell.wait(min(wait, LONGEST))
        return web.json_response([asdict(made) for made in self._made[since:]])
