"""Dialogs and words to one person, sent after the acknowledgement on a small pool of their own."""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

log = logging.getLogger(__name__)


class SlackViews:
    """See `commands.desk.Views`."""

    def __init__(self, client: WebClient, *, threads: int = 4) -> None:
        """Send with `client`, which must not retry: a trigger works once."""
        self._client = client
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="views")

    def open(self, trigger: str, view: Mapping[str, Any]) -> None:
        """Open a dialog; the trigger is good for three seconds and one use."""
        self._pool.submit(self._safely, "views.open", trigger_id=trigger, view=dict(view))

    def update(self, view_id: str, seen: str, view: Mapping[str, Any]) -> None:
        """Draw an open dialog again, unless it changed since `seen` (its hash)."""
        self._pool.submit(self._safely, "views.update", view_id=view_id, hash=seen, view=dict(view))

    def tell(self, channel: str, user: str, text: str) -> None:
        """Tell one person something in a channel, seen by nobody else."""
        self._pool.submit(self._safely, "chat.postEphemeral", channel=channel, user=user, text=text)

    def stop(self) -> None:
        """Send what waits and end."""
        self._pool.shutdown()

    def _safely(self, method: str, **given: Any) -> None:  # noqa: ANN401 - Slack's own arguments
        try:
            self._client.api_call(method, json=given)
        except SlackApiError as error:
            log.warning("Slack refused %s: %s", method, error.response["error"])
        except (OSError, HTTPException) as error:
            log.warning("Slack did not answer %s: %s", method, type(error).__name__)
