"""What stands before each method: the token, the scopes and the rate limit."""

from typing import Final

from practice.workspace.api import METHODS
from practice.workspace.rates import Rates
from practice.workspace.scopes import require_for
from practice.workspace.state import State
from practice.workspace.wire import Args, Json, SlackError

MARK: Final = "practice"
"""A token without this word in it is refused: a token of a real workspace has no business here."""
BOT_TOKEN: Final = "xoxb-practice-rollback-bot"  # noqa: S105  made up, and good for nothing but practice
APP_TOKEN: Final = "xapp-practice-rollback-bot"  # noqa: S105  made up, and good for nothing but practice
_APP_METHODS: Final = frozenset({"apps.connections.open"})


def admit(method: str, token: str) -> None:
    """Refuse a call whose token is missing, real or of the wrong kind.

    Raises:
        SlackError: `not_authed`, `invalid_auth` or `not_allowed_token_type`.
    """
    if not token:
        raise SlackError("not_authed")
    if MARK not in token or not token.startswith(("xoxb-", "xapp-")):
        raise SlackError("invalid_auth")
    if token.startswith("xapp-") != (method in _APP_METHODS):
        raise SlackError("not_allowed_token_type")


def carry_out(state: State, rates: Rates, method: str, token: str, args: Args) -> Json:
    """Carry out one call and return Slack's answer.

    Raises:
        SlackError: Slack refuses.
    """
    if method not in METHODS:
        raise SlackError("unknown_method", extra={"req_method": method})
    admit(method, token)
    require_for(method, state.scopes)
    rates.count(method, args.text("channel", ""))
    return {"ok": True, **METHODS[method](state, args)}
