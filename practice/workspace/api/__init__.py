"""The methods of Slack's Web API, one file a family, and the table that finds them by name.

A method is a plain function of the workspace's state and its arguments; it returns the fields of the answer or raises
`SlackError`. Authorisation, faults and rate limits come before it, in `gate`.
"""

from collections.abc import Callable, Mapping
from typing import Final

from practice.workspace.api import chat, conversations, files, marks, users, views
from practice.workspace.state import State
from practice.workspace.wire import Args, Json

Method = Callable[[State, Args], Json]

METHODS: Final[Mapping[str, Method]] = {
    **chat.METHODS,
    **conversations.METHODS,
    **files.METHODS,
    **marks.METHODS,
    **users.METHODS,
    **views.METHODS,
}

__all__ = ["METHODS", "Method"]
