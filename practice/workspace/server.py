"""The practice workspace itself: one server, its own event loop in its own thread."""

import asyncio
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any, Final, Self

from aiohttp import web

from practice.http import own_host_only
from practice.workspace.acting import Acting
from practice.workspace.control import Control
from practice.workspace.doors import Doors, loopback
from practice.workspace.facade import Facade
from practice.workspace.faults import Faults
from practice.workspace.gate import APP_TOKEN, BOT_TOKEN
from practice.workspace.inputs import CannotDoThat
from practice.workspace.loop import LoopThread
from practice.workspace.parts import Bell, Parts
from practice.workspace.people import PERSONS, TEAM, Person, starting_channels, starting_groups
from practice.workspace.rates import Rates
from practice.workspace.recorder import Recorder
from practice.workspace.responses import ResponseUrls
from practice.workspace.scopes import GRANTED
from practice.workspace.sockets import Sockets
from practice.workspace.state import State
from practice.workspace.switches import Switches
from practice.workspace.time import wall_seconds
from practice.workspace.webapi import WebApi
from practice.workspace.wire import Json

EVENTS: Final = frozenset({"app_home_opened", "user_change"})
"""The events that the app is subscribed to unless the workspace is told otherwise."""
_UPLOAD_BYTES: Final = 64 * 1024 * 1024


class Workspace(Facade):
    """A stand-in for Slack on loopback, good for an unmodified app in Socket Mode.

    Attributes:
        bot_token: A token that it accepts for the Web API.
        app_token: A token that it accepts for Socket Mode.
    """

    bot_token: Final = BOT_TOKEN
    app_token: Final = APP_TOKEN

    def __init__(  # noqa: PLR0913  each has a default
        self,
        *,
        now: Callable[[], float] = wall_seconds,
        port: int = 0,
        control_port: int = 0,
        host: str = "127.0.0.1",
        team: str = TEAM,
        persons: Iterable[Person] = PERSONS,
        scopes: frozenset[str] = GRANTED,
        events: frozenset[str] = EVENTS,
        furnish: Callable[[web.Application, Parts], None] = lambda _app, _parts: None,
    ) -> None:
        """Prepare a workspace; nothing is opened before `start`.

        Args:
            now: Seconds since 1970: the time that messages, triggers and acknowledgements count on.
            port: Slack's port; 0 takes a free one.
            control_port: The port of the control API, which stays open while Slack is away; 0 takes a free one.
            host: A loopback address.
            team: The id of the workspace's team.
            persons: Who has an account, beside the bot.
            scopes: What the bot's token may do.
            events: The types of events that the app is subscribed to.
            furnish: Adds further routes to the server, such as `practice.page.Page` does.

        Raises:
            ValueError: The address is not on loopback.
        """
        self._host, self._wanted = loopback(host), (port, control_port)
        self._now, self._events, self._furnish = now, events, furnish
        self._state = State(
            now,
            persons=persons,
            channels=starting_channels(),
            groups=starting_groups().items(),
            team=team,
            scopes=scopes,
        )
        self._loop: LoopThread | None = None
        self._parts: Parts | None = None
        self._doors: Doors | None = None

    @property
    def base_url(self) -> str:
        """Slack's address for a WebClient, such as `http://127.0.0.1:7700/api/`."""
        return f"{self._state.base}/api/"

    @property
    def control_url(self) -> str:
        """The address of the control API, which stays open while Slack is away."""
        if self._doors is None:
            raise RuntimeError("the practice workspace is not running")
        return f"http://{self._host}:{self._doors.control_port}"

    def start(self) -> Self:
        """Open the ports; returns when they answer.

        Raises:
            OSError: A port is taken.
        """
        self._loop = LoopThread("practice-workspace")
        try:
            self._loop.run(self._open())
        except OSError:
            self.stop()
            raise
        return self

    async def _open(self) -> None:
        """Put the parts together and open the ports, in the loop's own thread."""
        state, faults, bell = self._state, Faults(), Bell()
        rates, recorder = Rates(self._now), Recorder()
        sockets = Sockets(state, faults)
        acting = Acting(state, sockets, self._events)
        app = web.Application(client_max_size=_UPLOAD_BYTES, middlewares=[own_host_only])
        self._doors = Doors(app, self._now, self._host, *self._wanted)
        switches = Switches(state, faults, rates, sockets, acting, self._doors)
        self._parts = Parts(state, faults, rates, recorder, sockets, acting, switches, bell)
        app.add_routes(WebApi(state, faults, rates, recorder).routes())
        app.add_routes([*sockets.routes(), *ResponseUrls(state).routes(), *Control(self._parts).routes()])
        self._furnish(app, self._parts)
        state.on_change = bell.ring
        await self._doors.open()
        state.base = f"http://{self._host}:{self._doors.port}"

    def stop(self) -> None:
        """Close everything; may be called twice."""
        if self._loop is None:
            return
        try:
            self._loop.run(self._close())
        finally:
            self._loop.stop()
            self._loop = None

    async def _close(self) -> None:
        """End the connections and shut the ports."""
        if self._parts is not None:
            self._parts.faults.clear()
            await self._parts.sockets.close()
        if self._doors is not None:
            await self._doors.close()
        await asyncio.sleep(0)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _running(self) -> tuple[LoopThread, Parts]:
        """Return the loop and the parts.

        Raises:
            RuntimeError: The workspace is not running.
        """
        if self._loop is None or self._parts is None:
            raise RuntimeError("the practice workspace is not running")
        return self._loop, self._parts

    def act(self, verb: str, **given: Any) -> Json:  # noqa: ANN401  each verb its own
        """Let a person do something: the verbs and arguments of `Acting`."""
        loop, parts = self._running()
        return loop.run(parts.act(verb, given))

    def switch(self, verb: str, **given: Any) -> Json:  # noqa: ANN401  each switch its own
        """Turn a switch, with the names and arguments of `Switches`; return how everything is set now."""
        loop, parts = self._running()
        return loop.run(parts.switch(verb, given))

    def read(self, what: str, **given: Any) -> Any:  # noqa: ANN401  each reading its own
        """Read something: see `Parts.read`. The result is the caller's own copy."""
        loop, parts = self._running()

        async def reading() -> Any:  # noqa: ANN401  as above
            return deepcopy(await parts.read(what, given))

        return loop.run(reading(), patience=90.0)

    def file(self, file_id: str) -> bytes:
        """Return the bytes of a file."""
        loop, parts = self._running()
        file = loop.call(lambda: parts.state.files.get(file_id))
        if file is None or file.content is None:
            raise CannotDoThat(f"there is no file {file_id}")
        return file.content
