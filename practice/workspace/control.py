"""The control API: what tests, the autopilot and the page do and read, over HTTP on loopback.

    POST /practice/act/VERB          a person does something; the body holds the arguments of `Acting.VERB`
    POST /practice/switch/VERB       the workspace misbehaves or changes; the body holds those of `Switches.VERB`
    GET  /practice/read/WHAT?…       state, changes (waits if asked to), message, versions, calls, seen …
    GET  /practice/file/ID           the bytes of a file

The answer is JSON; what can't be done is 409 with `{"cannot": why}`. Every route of the server, Slack's own too,
refuses a request whose Host is not this server or whose Origin is another page.
"""

import json
from collections.abc import Awaitable

from aiohttp import web

from practice.workspace.inputs import CannotDoThat
from practice.workspace.parts import Parts
from practice.workspace.wire import Json


class Control:
    """The routes under `/practice/`."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to an application."""
        return [
            web.post("/practice/act/{verb}", self._act),
            web.post("/practice/switch/{verb}", self._switch),
            web.get("/practice/read/{what}", self._read),
            web.get("/practice/file/{file}", self._file),
        ]

    async def _act(self, request: web.Request) -> web.Response:
        """Let a person do something."""
        return await _answered(self._parts.act(request.match_info["verb"], await _body(request)))

    async def _switch(self, request: web.Request) -> web.Response:
        """Turn a switch."""
        return await _answered(self._parts.switch(request.match_info["verb"], await _body(request)))

    async def _read(self, request: web.Request) -> web.Response:
        """Read something; the numbers `since` and `wait` come as text."""
        given: Json = dict(request.query)
        for name, kind in (("since", int), ("wait", float)):
            if name in given:
                try:
                    given[name] = kind(given[name])
                except ValueError:
                    raise web.HTTPBadRequest(text=f"{name} must be a number") from None
        return await _answered(self._parts.read(request.match_info["what"], given))

    async def _file(self, request: web.Request) -> web.Response:
        """Hand out a file."""
        file = self._parts.state.files.get(request.match_info["file"])
        if file is None or file.content is None:
            raise web.HTTPNotFound(text="no such file")
        # As an attachment, so that a browser never draws what was uploaded.
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.content, content_type="application/octet-stream", headers=headers)


async def _answered(work: Awaitable[object]) -> web.Response:
    """Return the result of some work, or why it can't be done."""
    try:
        return web.json_response(await work)
    except CannotDoThat as why:
        return web.json_response({"cannot": str(why)}, status=409)


async def _body(request: web.Request) -> Json:
    """Return the JSON object in a request; a form, which another page could send, is refused."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send JSON")
    try:
        body = json.loads(await request.text() or "{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="send a JSON object")
    return body
