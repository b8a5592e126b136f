"""The Web API over HTTP: reads the arguments, runs into faults, writes everything down."""

import json
from collections.abc import Mapping

from aiohttp import web

from practice.workspace.faults import Fault, Faults, How
from practice.workspace.gate import carry_out
from practice.workspace.rates import Rates
from practice.workspace.recorder import Recorder
from practice.workspace.state import State
from practice.workspace.wire import Args, Json, SlackError, unpack_form


def cut(request: web.Request) -> web.Response:
    """Break the connection instead of answering; the response returned never arrives."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


class WebApi:
    """The routes `/api/METHOD`, `/upload/FILE` and `/files/FILE/NAME`."""

    def __init__(self, state: State, faults: Faults, rates: Rates, recorder: Recorder) -> None:
        self._state, self._faults, self._rates, self._recorder = state, faults, rates, recorder

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to an application."""
        return [
            web.route("*", "/api/{method}", self._call),
            web.post("/upload/{file}", self._upload),
            web.get("/files/{file}/{name}", self._download),
        ]

    async def _call(self, request: web.Request) -> web.Response:
        """Answer one call."""
        method = request.match_info["method"]
        await self._faults.wait_while_held(method)
        fault = self._faults.take(method)
        if fault is not None and fault.how is How.LOST_BEFORE:
            return cut(request)
        args: Json = {}
        try:
            args = await _arguments(request)
            token = _token(request, args)
            if fault is not None and fault.how is How.REFUSED:
                raise _refusal(fault)
            body = carry_out(self._state, self._rates, method, token, Args(args))
        except SlackError as refusal:
            self._recorder.add(self._state.now(), method, args, error=refusal.code)
            return _refused(refusal)
        lost = fault is not None
        self._recorder.add(self._state.now(), method, args, lost=lost)
        return cut(request) if lost else web.json_response(body, headers=self._headers())

    def _headers(self) -> Mapping[str, str]:
        """Return the headers that Slack adds; slack_bolt reads the scopes out of them."""
        return {"x-oauth-scopes": ",".join(sorted(self._state.scopes))}

    async def _upload(self, request: web.Request) -> web.Response:
        """Take the bytes of a file, as the body or as the one part of a form."""
        file = self._state.files.get(request.match_info["file"])
        if file is None:
            raise web.HTTPNotFound(text="no such upload")
        if request.content_type == "multipart/form-data":
            parts = [part for part in (await request.post()).values() if isinstance(part, web.FileField)]
            content = parts[0].file.read() if parts else b""
        else:
            content = await request.read()
        if len(content) != file.length:
            raise web.HTTPBadRequest(text=f"expected {file.length} bytes, got {len(content)}")
        file.content = content
        return web.Response(text=f"OK - {len(content)}")

    async def _download(self, request: web.Request) -> web.Response:
        """Hand out a file to whoever has a bot token."""
        file = self._state.files.get(request.match_info["file"])
        if not _token(request, {}).startswith("xoxb-practice"):
            raise web.HTTPForbidden(text="a bot token is needed")
        if file is None or file.content is None:
            raise web.HTTPNotFound(text="no such file")
        return web.Response(body=file.content, content_type="application/octet-stream")


def _token(request: web.Request, args: Json) -> str:
    """Return the token, and take it out of the arguments so that it is written down nowhere."""
    beside = str(args.pop("token", "") or "")
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip() or beside


async def _arguments(request: web.Request) -> Json:
    """Return a call's arguments, from a JSON body or from a form and the address.

    Raises:
        SlackError: `invalid_json`, `json_not_object`, or what `unpack_form` raises.
    """
    if request.content_type == "application/json":
        raw = await request.text()
        try:
            # slack_sdk posts auth.test as JSON with an empty body.
            body = json.loads(raw or "{}")
        except ValueError as cause:
            raise SlackError("invalid_json") from cause
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        return body
    return unpack_form({**request.query, **await request.post()})


def _refusal(fault: Fault) -> SlackError:
    """Return the refusal that a fault asks for."""
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return SlackError(fault.error, status=fault.status, headers=headers)


def _refused(refusal: SlackError) -> web.Response:
    """Return a refusal on the wire; a server error has no JSON body."""
    if refusal.status >= web.HTTPInternalServerError.status_code:
        return web.Response(status=refusal.status, text=refusal.code, headers=refusal.headers)
    return web.json_response(refusal.answer(), status=refusal.status, headers=refusal.headers)
