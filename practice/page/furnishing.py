"""Puts the page's rooms together, on the server of a practice workspace."""

from dataclasses import asdict, dataclass, field
from typing import Final

from aiohttp import web

from practice.control import Control
from practice.page.app import App
from practice.page.assets import Assets
from practice.page.stream import Stream
from practice.page.wishes import Wishes
from practice.workspace.parts import Parts

PATH: Final = "/practice/world"
"""Below it the world's control port is served once more, so that the page needs no second origin."""


@dataclass(frozen=True, slots=True)
class Page:
    """What furnishes a workspace with its page; see `practice.workspace.Workspace`.

    Attributes:
        control: The world beside the workspace; without it the page shows none.
        app: What the app tells people of itself: what can be typed, which shortcuts a message has.
    """

    control: Control | None = None
    app: App = field(default_factory=App)

    def __call__(self, app: web.Application, parts: Parts) -> None:
        """Add every route of the page to the workspace's application."""
        wishes = Wishes()
        stream = Stream(parts, self.control, wishes)
        app.add_routes([*Assets().routes(), *stream.routes(), *wishes.routes()])
        app.add_routes([web.get("/practice/about", self._about)])
        if self.control is not None:
            app.add_routes(self.control.routes(PATH))
        app.on_shutdown.extend([stream.close, wishes.close])

    async def _about(self, _: web.Request) -> web.Response:
        """What the app has told Slack of itself, and whether there is a world beside the workspace."""
        return web.json_response(asdict(self.app) | {"world": self.control is not None})
