"""Socket Mode with a stamp: when each envelope arrived, so that a press which waited too long is dropped unanswered.

With ten stalled listeners the eleventh envelope waits for seconds and would then be carried out after Slack has told
the person that it failed.
"""

import json
import logging
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode.builtin import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from commands.router import DEADLINE
from storage.clock import Clock
from storage.database import CLICK_PATIENCE


class StampingHandler(SocketModeHandler):
    """Bolt's own handler; envelopes are stamped as they come off the wire."""

    def __init__(self, app: App, app_token: str, clock: Clock, *, concurrency: int = 20) -> None:
        """Connect `app` with `app_token`; nothing is connected before `connect`."""
        super().__init__(app, app_token, concurrency=concurrency, trace_enabled=False)
        self._clock = clock
        self._arrived: dict[str, float] = {}
        client = self.client
        assert isinstance(client, SocketModeClient)  # noqa: S101 - the builtin client of this SDK
        enqueue = client.enqueue_message

        def stamp_and_enqueue(message: str) -> None:
            self._stamp(message)
            enqueue(message)

        client.enqueue_message = stamp_and_enqueue  # type: ignore[method-assign]

    def handle(self, client: Any, req: SocketModeRequest) -> None:  # noqa: ANN401 - Bolt's own types disagree
        """Hand one envelope to Bolt, with its deadline in the body."""
        arrived = self._arrived.pop(req.envelope_id, self._clock.monotonic())
        req.payload[DEADLINE] = arrived + CLICK_PATIENCE
        super().handle(client, req)

    def _stamp(self, message: str) -> None:
        try:
            envelope: Any = json.loads(message)
        except ValueError:
            return
        if isinstance(envelope, dict) and isinstance(envelope.get("envelope_id"), str):
            self._arrived[envelope["envelope_id"]] = self._clock.monotonic()


def quiet() -> None:
    """Slack's libraries log whole payloads at DEBUG: never below WARNING here."""
    for name in ("slack_bolt", "slack_sdk"):
        logging.getLogger(name).setLevel(logging.WARNING)
