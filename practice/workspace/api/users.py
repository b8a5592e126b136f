"""auth.test, apps.connections.open, users.* and usergroups.*: who is who."""

from secrets import token_hex
from typing import Final

from practice.workspace.api.conversations import page
from practice.workspace.people import APP, BOT, BOT_USER
from practice.workspace.state import State
from practice.workspace.wire import Args, Json, SlackError


def _auth_test(state: State, _args: Args) -> Json:
    """auth.test."""
    return {
        "url": f"{state.base}/",
        "team": "Practice",
        "team_id": state.team,
        "user": "rollbackbot",
        "user_id": BOT_USER,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def _connect(state: State, _args: Args) -> Json:
    """apps.connections.open: an address for one Socket Mode connection."""
    ticket = token_hex(16)
    state.tickets.add(ticket)
    address = state.base.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={APP}"}


def _info(state: State, args: Args) -> Json:
    """users.info."""
    return {"user": state.person(args.text("user")).user(state.team)}


def _list(state: State, args: Args) -> Json:
    """users.list: the members of this workspace; people of other teams aren't listed."""
    own = [person.user(state.team) for person in state.persons.values() if person.team == state.team]
    members, more = page(own, args, 200)
    return {"members": members, "cache_ts": int(state.now()), **more}


def _group(state: State, args: Args) -> Json:
    """usergroups.users.list."""
    group = args.text("usergroup")
    if group not in state.groups:
        raise SlackError("no_such_subteam")
    return {"users": list(state.groups[group])}


METHODS: Final = {
    "auth.test": _auth_test,
    "apps.connections.open": _connect,
    "users.info": _info,
    "users.list": _list,
    "usergroups.users.list": _group,
}
