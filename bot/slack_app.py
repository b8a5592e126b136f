"""The Bolt app: acknowledged means committed, and an error is never acknowledged."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from slack_bolt import App
from slack_sdk import WebClient

from commands.desk import Desk

log = logging.getLogger(__name__)
TIMEOUT = 10  # seconds for one call of the Web API

Register = Callable[[App, Desk], None]


def client(token: str, base_url: str, *, timeout: int = TIMEOUT, proxy: str = "") -> WebClient:
    """A Web API client that never sends anything twice: the default one repeats a post whose reply was lost.

    Socket Mode takes the same proxy; none is taken from the environment (`bot.proxies`).
    """
    return WebClient(token=token, base_url=base_url, timeout=timeout, retry_handlers=[], proxy=proxy or None)


def build(web: WebClient, desk: Desk, registers: Sequence[Register]) -> App:
    """The app with every listener registered.

    `process_before_response` makes Bolt wait for the listener before it acknowledges: the listener has committed by
    then. An exception leaves the press unacknowledged, so Slack shows an error; no error handler answers 200.
    """
    app = App(
        client=web,
        process_before_response=True,
        request_verification_enabled=False,
        ignoring_self_events_enabled=True,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        raise_error_for_unhandled_request=False,
    )

    @app.error
    def unanswered(error: Exception, body: dict[str, Any]) -> None:
        log.warning("a %s was not acknowledged: %s", body.get("type", "command"), type(error).__name__)
        raise error

    for register in registers:
        register(app, desk)
    return app
