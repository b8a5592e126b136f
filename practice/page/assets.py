"""The files of the page: small modules and style sheets from this package, and nothing from anywhere else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiohttp import web

STATIC: Final = Path(__file__).parent / "static"
KINDS: Final[Mapping[str, str]] = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
"""What the page is made of; a file of another kind is not served."""

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
"""Sent with each file: the browser itself refuses scripts in texts, other hosts, frames, and text set as HTML."""


def files() -> dict[str, Path]:
    """Every file of the page by its path below `static`, such as `js/main.js`."""
    found = (file for file in STATIC.rglob("*") if file.suffix in KINDS)
    return {file.relative_to(STATIC).as_posix(): file for file in found}


class Assets:
    """The routes to the files; what there is was listed when the server started, so no path leads elsewhere."""

    def __init__(self) -> None:
        self._files = files()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to an application."""
        return [web.get("/", self._index), web.get("/page/{name:.+}", self._file)]

    async def _index(self, _: web.Request) -> web.Response:
        return self._answer("index.html")

    async def _file(self, request: web.Request) -> web.Response:
        return self._answer(request.match_info["name"])

    def _answer(self, name: str) -> web.Response:
        file = self._files.get(name)
        if file is None:
            raise web.HTTPNotFound(text="the page has no such file")
        return web.Response(body=file.read_bytes(), content_type=KINDS[file.suffix], charset="utf-8", headers=HEADERS)
