"""Socket Mode: connections, envelopes and their acknowledgements."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from aiohttp import WSMsgType, web

from practice.workspace import limits
from practice.workspace.faults import Faults
from practice.workspace.people import APP
from practice.workspace.records import Interaction
from practice.workspace.state import State
from practice.workspace.wire import Json

_LOOK: Final = 0.05
"""Seconds between two looks at the workspace's time while an ack is awaited; it may be a clock moved by a test."""

_PING: Final = 0.2
"""Seconds between two pings. Slack sends them too, more seldom. slack_sdk's built-in client sits in a read of up to
three seconds, and sees only after it that it is to reconnect or to close."""
_PING_WORDS: Final = b"Ping from practice"
"""Never empty: that client waits for more bytes before it looks at a frame of two bytes, and holds up the rest."""


@dataclass(slots=True)
class Delivery:
    """One envelope on its way.

    Attributes:
        envelope: Its id, new for each attempt.
        interaction: The interaction that it tells of.
        connection: The number of the connection that it went to.
        sent_at: When, by the workspace's time.
        acked_at: When the acknowledgement came; nothing until then.
        payload: What the acknowledgement carried.
    """

    envelope: str
    interaction: str
    connection: int
    sent_at: float
    acked_at: float | None = None
    payload: Json | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class _Connection:
    number: int
    socket: web.WebSocketResponse
    leaving: bool = False


class Sockets:
    """The app's connections. Each envelope goes to one of them.

    Attributes:
        deliveries: Every envelope that was sent, oldest first.
    """

    def __init__(self, state: State, faults: Faults) -> None:
        self._state, self._faults = state, faults
        self._open: list[_Connection] = []
        self._opened = 0
        self._turn = 0
        self.deliveries: list[Delivery] = []
        self._unacked: dict[str, Delivery] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes to add to an application."""
        return [web.get("/link/", self._serve)]

    @property
    def connections(self) -> int:
        """How many connections can be delivered to."""
        return len([connection for connection in self._open if not connection.leaving])

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        """Hold one connection until either side ends it."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._state.tickets:
            raise web.HTTPForbidden(text="this address was used already or never handed out")
        self._state.tickets.remove(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self._open) >= limits.CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets", "debug_info": {}})
            await socket.close()
            return socket
        self._opened += 1
        connection = _Connection(self._opened, socket)
        self._open.append(connection)
        pinging = asyncio.create_task(_ping(socket))
        try:
            await socket.send_json(self._hello())
            self._state.changed("connection")
            await self._listen(connection)
        finally:
            pinging.cancel()
            self._open.remove(connection)
            self._state.changed("connection")
        return socket

    def _hello(self) -> Json:
        """Return the first message on a connection."""
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": APP},
            "debug_info": {"host": "practice", "approximate_connection_time": 18060},
        }

    async def _listen(self, connection: _Connection) -> None:
        """Take acknowledgements until the connection ends."""
        async for message in connection.socket:
            if message.type is not WSMsgType.TEXT:
                continue
            body = json.loads(message.data)
            delivery = self._unacked.pop(str(body.get("envelope_id")), None)
            if delivery is not None:
                delivery.acked_at = self._state.now()
                delivery.payload = body.get("payload") or {}
                delivery.done.set()

    async def deliver(self, interaction: Interaction, *, accepts: bool) -> Json | None:
        """Deliver what a person did, and write into the interaction whether it was acknowledged.

        Returns:
            What the acknowledgement carried; nothing if none came in time or there is no connection.
        """
        delivery = await self._send(interaction, accepts=accepts)
        attempts = self._faults.event_retries if interaction.kind == "events_api" else 0
        for attempt in range(1, attempts + 1):
            if delivery is not None and delivery.acked_at is not None:
                break
            delivery = await self._send(interaction, accepts=accepts, attempt=attempt)
        if delivery is None:
            interaction.error = "dispatch_failed"
        elif delivery.acked_at is None:
            interaction.error = "operation_timeout"
        else:
            interaction.acked = True
            interaction.ack_seconds = delivery.acked_at - delivery.sent_at
        if self._faults.take_duplicate():
            await self._send(interaction, accepts=accepts)
        return delivery.payload if delivery else None

    async def again(self, interaction: Interaction, *, accepts: bool) -> bool:
        """Deliver the same payload once more under a new envelope id; return whether it was acknowledged."""
        delivery = await self._send(interaction, accepts=accepts)
        return delivery is not None and delivery.acked_at is not None

    async def _send(self, interaction: Interaction, *, accepts: bool, attempt: int | None = None) -> Delivery | None:
        """Send one envelope to the connection whose turn it is, and wait for its acknowledgement."""
        envelope: Json = {
            "envelope_id": str(uuid4()),
            "type": interaction.kind,
            "payload": interaction.payload,
            "accepts_response_payload": accepts,
        }
        if attempt is not None:
            envelope |= {"retry_attempt": attempt, "retry_reason": "timeout"}
        while ready := [connection for connection in self._open if not connection.leaving]:
            self._turn += 1
            connection = ready[self._turn % len(ready)]
            delivery = Delivery(envelope["envelope_id"], interaction.id, connection.number, self._state.now())
            self.deliveries.append(delivery)
            self._unacked[delivery.envelope] = delivery
            try:
                await connection.socket.send_json(envelope)
            except ConnectionError:
                self.deliveries.remove(delivery)
                connection.leaving = True
                continue
            await self._wait(delivery)
            return delivery
        return None

    async def _wait(self, delivery: Delivery) -> None:
        """Wait until an envelope is acknowledged or its three seconds are over."""
        waiting = asyncio.create_task(delivery.done.wait())
        try:
            while self._state.now() - delivery.sent_at < limits.ACK_SECONDS:
                done, _ = await asyncio.wait({waiting}, timeout=_LOOK)
                if done:
                    return
        finally:
            waiting.cancel()

    async def refresh(self) -> None:
        """Ask the app to reconnect, as Slack does every few hours: nothing more is sent on the old connections."""
        for connection in list(self._open):
            connection.leaving = True
            await connection.socket.send_json(
                {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "practice"}}
            )

    async def close(self) -> None:
        """End all connections."""
        for connection in list(self._open):
            await connection.socket.close()


async def _ping(socket: web.WebSocketResponse) -> None:
    """Keep a connection lively until it ends; whoever listens on it sees that it did."""
    with suppress(ConnectionError):
        while not socket.closed:
            await socket.ping(_PING_WORDS)
            await asyncio.sleep(_PING)
